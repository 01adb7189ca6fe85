"""Jobs: merges of uploaded files. A private folder each, with an owner, limits and an end; any worker process can go on with any of them.

What is known of a job lies in its folder, written in one step: `job.json` once, `status.json` by whoever works on it, `uploads` a line a file: its bytes, mark and name as JSON,
`process.json` which process works on it and in which run. Whoever changes how a job stands holds its lock, which lies beside the folder.
A file is received in `incoming` and moved among the files when it is whole: a merge never sees half of one.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from filelock import FileLock, Timeout

from perfeval_xl.batch.store import FOLDER_VARIABLE
from perfeval_xl.excel.server.filenames import safe_parts
from perfeval_xl.excel.server.processes import began, birth, ended, found
from perfeval_xl.excel.server.settings import Limits, private

OPEN, WAITING, WORKING, DONE, FAILED, STOPPED = "open", "waiting", "working", "done", "failed", "stopped"
RUNNING = frozenset({WAITING, WORKING})
FINISHED = frozenset({DONE, FAILED, STOPPED})
RUN_VARIABLE = "PERFEVAL_RUN"
"""Environment variable of a working process: the run it was started for."""
WORKER = "perfeval_xl.excel.server.working"
RESULT = "result"
DAMAGED = "这项任务的记录已损坏（可能是服务器断电），没有生成汇总表。请重新上传。"
DIED = "汇总程序意外中止（可能是内存不足、服务器重新启动或被安全软件终止），没有生成汇总表。已上传的文件还在，请点“重新汇总”。"
TEMPORARY = "t"
LOCK = ".lock-"
"""Begins the name of a job's lock, beside its folder."""
_LOCK_SECONDS = 30
_DEAD_UPLOAD_SECONDS = 60  # without a byte; the gate gives up sooner


class JobError(Exception):
    """What cannot be done with a job; str() is what the user reads. status: of HTTP."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Upload(NamedTuple):
    """size: bytes. mark: of its sender, the same when it is sent again. name: below the job's files."""

    size: int
    mark: str
    name: str


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it was made. owner: identity of its user. ruleset: identifier, empty where each table's own is taken. is_report: keeps one report, not a merge."""

    folder: Path
    owner: str
    ruleset: str
    is_report: bool = False

    @property
    def name(self) -> str:
        """Its identifier: nobody guesses it."""
        return self.folder.name

    @property
    def files(self) -> Path:
        """What was uploaded, under the user's own names."""
        return self.folder / "files"

    @property
    def temporary(self) -> Path:
        """What a merge leaves half done goes with its job. Beside the jobs, under a short name: the path of a socket in it is bounded."""
        return self.folder.parent / TEMPORARY / self.name[:12]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone with the job, among all threads and processes. Raises: JobError where it is gone, or another takes too long."""
        lock = FileLock(self.folder.with_name(LOCK + self.name))
        try:
            lock.acquire(timeout=_LOCK_SECONDS)
        except Timeout as error:
            raise JobError("这项任务正在处理另一请求。请稍后再试。", 503) from error
        try:
            if not self.folder.is_dir():
                raise JobError("没有这项任务，或已超过保留时间。请重新上传。", 404)
            yield
        finally:
            lock.release()

    def say(self, state: str, **more: Any) -> None:
        """Writes how it stands. With the lock held, or where nobody else can know of the job."""
        private(self.folder / "status.json", json.dumps({"state": state, **more}, ensure_ascii=False))

    def tell(self, run: str, state: str, result: Path | None = None, **more: Any) -> bool:
        """Writes how a run stands and takes its result, unless it was stopped or followed by another: then nothing changes, and the answer is False."""
        with self.locked():
            if not run or self._run() != run or self._said()["state"] not in RUNNING:
                return False
            if result is not None:
                result.replace(self.folder / f"{RESULT}{result.suffix}")
            self.say(state, **more)
            return True

    def begins(self, run: str) -> bool:
        """Whether the run is the one that is waited for. Comes back when its start has been noted."""
        with self.locked():
            return bool(run) and self._run() == run and self._said()["state"] == WAITING

    def output(self, run: str) -> Path:
        """Where a run writes: among the uploads, so that links to them are right in the folder they came from."""
        return self.files / f"汇总-{run}.xlsx"

    def status(self) -> dict[str, Any]:
        """How it stands; a worker that is gone without a word has died."""
        said = self._said()
        if said["state"] not in RUNNING or self.is_alive():
            return said
        with self.locked():  # it may just be starting, or its last words have come meanwhile
            said = self._said()
            if said["state"] in RUNNING and not self.is_alive():
                self._clear()
                self.say(FAILED, message=DIED)
                return self._said()
            return said

    def _said(self) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / "status.json").read_bytes())
        except FileNotFoundError:
            return {"state": OPEN}
        except (OSError, ValueError):
            found = None
        return found if isinstance(found, dict) and isinstance(found.get("state"), str) else {"state": FAILED, "message": DAMAGED}

    def is_alive(self) -> bool:
        """Whether the process that works on it is there."""
        return self._process() is not None

    def _process(self) -> psutil.Process | None:
        try:
            number, born, _run = json.loads((self.folder / "process.json").read_bytes())
            return found(number, born)
        except (OSError, ValueError, TypeError):
            return None

    def _run(self) -> str:
        try:
            return str(json.loads((self.folder / "process.json").read_bytes())[2])
        except (OSError, ValueError, LookupError, TypeError):
            return ""

    def _clear(self) -> None:
        """Forgets a run that has ended, and what it left among the uploads."""
        run = self._run()
        if run:
            self.output(run).unlink(missing_ok=True)
        shutil.rmtree(self.temporary, ignore_errors=True)
        (self.folder / "process.json").unlink(missing_ok=True)

    def start(self) -> None:
        """Sets a process of its own to work, which no worker's end ends. Raises: JobError."""
        with self.locked():
            if self._said()["state"] in RUNNING and self.is_alive():
                raise JobError("这批文件正在汇总。", 409)
            if not self.uploaded()[0]:
                raise JobError("还没有上传文件。请先选择各单位的自评表。")
            self._clear()
            for old in self.folder.glob(f"{RESULT}.*"):
                old.unlink(missing_ok=True)
            self.say(WAITING)
            try:
                self._begin(secrets.token_hex(8))
            except OSError as error:
                self.say(FAILED, message="服务器暂时不能开始汇总。已上传的文件还在，请稍后点“重新汇总”。")
                raise JobError("服务器暂时不能开始汇总。请稍后再试。", 503) from error

    def _begin(self, run: str) -> None:
        own = self.temporary
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        environment = {**os.environ, FOLDER_VARIABLE: str(self.folder / "cache"), RUN_VARIABLE: run, "PYTHONUTF8": "1", **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(own))}
        more: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            more = {"creationflags": subprocess.CREATE_NO_WINDOW}
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-P", "-m", WORKER, str(self.folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, env=environment, **more)  # noqa: S603  # our own module; -P: nothing is imported from where uploads lie
        began(process)
        with suppress(psutil.Error):  # gone already: the next look at it says so
            private(self.folder / "process.json", json.dumps([process.pid, birth(psutil.Process(process.pid)), run]))

    def stop(self, message: str = "已停止汇总。已上传的文件还在，可以重新汇总。") -> None:
        """Ends the process and all it started; nothing but its own folder can be half done. Raises: JobError."""
        with self.locked():
            process = self._process()
            if process is not None:
                ended(process)
            if self._said()["state"] in {OPEN, *RUNNING}:
                self.say(STOPPED, message=message)
            self._clear()

    def uploaded(self) -> tuple[int, int]:
        """How many files, and their bytes."""
        kept = self._uploads()
        return len(kept), sum(u.size for u in kept)

    def stored(self, mark: str) -> str:
        """The name under which the upload of that mark is kept; empty where there is none: its answer may have been lost, and it comes again."""
        return next((u.name for u in self._uploads() if u.mark == mark), "") if mark else ""

    def _uploads(self) -> list[Upload]:
        try:
            lines = (self.folder / "uploads").read_bytes().split(b"\n")
        except OSError:
            return []
        kept = []
        for line in lines:
            with suppress(ValueError, TypeError):  # half a line, after a power cut
                kept.append(Upload(*json.loads(line)))
        return kept

    def receive(self, name: str, limits: Limits, size: int = 0) -> Path:
        """A place for an upload of that name while it comes; it holds its share of the limits. size: as announced, in bytes. Raises: JobError."""
        _parts(name)
        with self.locked():
            self._take_files()
            count, taken = self.uploaded()
            coming = self.coming()
            if count + len(coming) >= limits.files:
                raise JobError(f"一批最多 {limits.files} 个文件。请分批汇总，或由信息技术人员在服务器上用 perfeval merge 汇总。", 413)
            if taken + sum(int(p.name.partition("-")[2]) for p in coming) + size > limits.job_bytes:
                raise JobError(f"一批文件合计不能超过 {limits.job_bytes / 1_000_000:g} MB。请分批汇总。", 413)
            if shutil.disk_usage(self.folder).free - size < limits.free_bytes:
                raise JobError("服务器磁盘空间不足，不能再上传。请联系信息技术人员。", 507)
            place = self.folder / "incoming" / f"{secrets.token_hex(8)}-{size}"
            place.parent.mkdir(mode=0o700, exist_ok=True)
            os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            return place

    def coming(self) -> list[Path]:
        """Uploads under way; those of a worker that died are taken away."""
        found = []
        with suppress(FileNotFoundError):
            for path in (self.folder / "incoming").iterdir():
                with suppress(OSError):
                    if time.time() - path.stat().st_mtime < _DEAD_UPLOAD_SECONDS:
                        found.append(path)
                    else:
                        path.unlink()
        return found

    def _take_files(self) -> None:
        if self.is_report:
            raise JobError("没有这项任务，或已超过保留时间。请重新上传。", 404)
        if self._said()["state"] in RUNNING and self.is_alive():
            raise JobError("正在汇总，不能再加入文件。请先停止，或另建一批。", 409)

    def keep(self, received: Path, name: str, mark: str = "") -> Path:
        """Moves a whole upload among the files, under its name or the next that is free, and notes it. mark: of its sender, the same when it is sent again. Raises: JobError."""
        with self.locked():
            self._take_files()
            if before := self.stored(mark):  # while this one was on its way
                return self.files / before
            size, target = received.stat().st_size, self._place(name)
            try:
                received.replace(target)
                self._note(Upload(size, mark, target.relative_to(self.files).as_posix()))
            except OSError:
                target.unlink(missing_ok=True)  # it is sent again, and must not be there twice
                raise
            return target

    def _note(self, upload: Upload) -> None:
        """One more line, whole or not at all."""
        path = self.folder / "uploads"
        before = path.stat().st_size if path.exists() else 0
        try:
            with path.open("ab") as stream:
                stream.write(b"\n" + json.dumps(upload, ensure_ascii=False).encode())  # half a line before it, from a power cut, stays alone
        except OSError:
            with suppress(OSError):
                os.truncate(path, before)
            raise

    def _place(self, name: str) -> Path:
        target = self.files.joinpath(*_parts(name))
        refused = JobError(f"文件名“{target.name[:60]}”不能使用。请改名后重试。")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:  # a file of that name, a path too long
            self._without_empty(target.parent)
            raise refused from error
        for number in range(2, 10_000):
            try:
                os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600))
            except FileExistsError:
                target = target.with_name(f"{re.sub(r' [(][0-9]+[)]$', '', target.stem)} ({number}){target.suffix}")
            except OSError as error:
                self._without_empty(target.parent)
                raise refused from error
            else:
                return target
        raise JobError("同名文件过多。请改名后重试。")

    def _without_empty(self, folder: Path) -> None:
        """Removes folders that were made for a file that could not be kept."""
        while folder != self.files and self.files in folder.parents:
            with suppress(OSError):  # one with files stays
                folder.rmdir()
            folder = folder.parent


def _parts(name: str) -> tuple[str, ...]:
    try:
        return safe_parts(name)
    except ValueError as error:
        raise JobError(str(error)) from error
