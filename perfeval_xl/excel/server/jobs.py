"""Jobs: merges of uploaded files. A private folder each, with an owner, limits and an end; any worker process can go on with any of them.

What is known of a job lies in its folder, written in one step: `job.json` once, `status.json` by whoever works on it, `uploads` a line a file,
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
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from perfeval_xl.batch.store import FOLDER_VARIABLE
from perfeval_xl.excel.server.settings import Limits, private

OPEN, WAITING, WORKING, DONE, FAILED, STOPPED = "open", "waiting", "working", "done", "failed", "stopped"
RUNNING = frozenset({WAITING, WORKING})
FINISHED = frozenset({DONE, FAILED, STOPPED})
RUN_VARIABLE = "PERFEVAL_RUN"
"""Environment variable of a working process: the run it was started for."""
WORKER = "perfeval_xl.excel.server.working"
RESULT = "result"
DIED = "汇总程序意外中止（可能是内存不足、服务器重新启动或被安全软件终止），没有生成汇总表。已上传的文件还在，请点“重新汇总”。"
_ID = re.compile(r"\A[0-9a-f]{32}\Z")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")
_WIDE = str.maketrans(':*?"<>|', "：＊？＂＜＞｜")
"""What Windows takes in no file name, as wide signs: still to be read, and harmless."""
_DEVICES = re.compile(r"\A(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?\Z", re.IGNORECASE)
_MAX_PART, _MAX_DEPTH = 180, 12  # bytes of one name, folders above a file
_LINE = 16  # bytes of one line of `uploads`
_GONE, _LOCK = ".gone-", ".lock-"
_LOCK_SECONDS = 30
_DEAD_UPLOAD_SECONDS = 60  # without a byte; the gate gives up sooner


class JobError(Exception):
    """What cannot be done with a job; str() is what the user reads. status: of HTTP."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


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

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone with the job, among all threads and processes. Raises: JobError where it is gone, or another takes too long."""
        lock = FileLock(self.folder.with_name(_LOCK + self.name))
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
            found: dict[str, Any] = json.loads((self.folder / "status.json").read_bytes())
        except FileNotFoundError:
            return {"state": OPEN}
        return found

    def is_alive(self) -> bool:
        """Whether the process that works on it is there."""
        return self._process() is not None

    def _process(self) -> psutil.Process | None:
        try:
            number, born, _run = json.loads((self.folder / "process.json").read_bytes())
            process = psutil.Process(number)
            if process.create_time() == born and process.status() != psutil.STATUS_ZOMBIE:
                return process
        except (OSError, ValueError, psutil.Error):
            pass
        return None

    def _run(self) -> str:
        try:
            return str(json.loads((self.folder / "process.json").read_bytes())[2])
        except (OSError, ValueError, LookupError):
            return ""

    def _clear(self) -> None:
        """Forgets a run that has ended, and what it left among the uploads."""
        run = self._run()
        if run:
            self.output(run).unlink(missing_ok=True)
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
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
        own = self.folder / "tmp"  # what a merge leaves half done goes with its job
        own.mkdir(mode=0o700, exist_ok=True)
        environment = {**os.environ, FOLDER_VARIABLE: str(self.folder / "cache"), RUN_VARIABLE: run, "PYTHONUTF8": "1", **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(own))}
        more: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            more = {"creationflags": subprocess.CREATE_NO_WINDOW}
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-P", "-m", WORKER, str(self.folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, env=environment, **more)  # noqa: S603  # our own module; -P: nothing is imported from where uploads lie
        _children.append(process)
        with suppress(psutil.Error):  # gone already: the next look at it says so
            private(self.folder / "process.json", json.dumps([process.pid, psutil.Process(process.pid).create_time(), run]))

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
        try:
            lines = (self.folder / "uploads").read_bytes().split()
        except FileNotFoundError:
            return 0, 0
        return len(lines), sum(map(int, lines))

    def receive(self, name: str, limits: Limits, size: int = 0) -> Path:
        """A place for an upload of that name while it comes; it holds its share of the limits. size: as announced, in bytes. Raises: JobError."""
        safe_parts(name)
        with self.locked():
            self._take_files()
            count, taken = self.uploaded()
            coming = self.coming()
            if count + len(coming) >= limits.files:
                raise JobError(f"一批最多 {limits.files} 个文件。请分批汇总，或由信息技术人员在服务器上用 perfeval merge 汇总。", 413)
            if taken + sum(int(p.name.partition("-")[2]) for p in coming) >= limits.job_bytes:
                raise JobError(f"一批文件合计不能超过 {limits.job_bytes / 1_000_000:g} MB。请分批汇总。", 413)
            if shutil.disk_usage(self.folder).free < limits.free_bytes:
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
        if self._said()["state"] in RUNNING and self.is_alive():
            raise JobError("正在汇总，不能再加入文件。请先停止，或另建一批。", 409)

    def keep(self, received: Path, name: str) -> Path:
        """Moves a whole upload among the files, under its name or the next that is free, and notes it. Raises: JobError."""
        with self.locked():
            self._take_files()
            size, target = received.stat().st_size, self._place(name)
            received.replace(target)
            with (self.folder / "uploads").open("ab", buffering=0) as stream:
                stream.write(f"{size:{_LINE - 1}d}\n".encode())
            return target

    def _place(self, name: str) -> Path:
        target = self.files.joinpath(*safe_parts(name))
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


_children: list[subprocess.Popen[bytes]] = []


def reap() -> None:
    """Takes note of processes that have ended, so that the system forgets them."""
    _children[:] = [c for c in _children if c.poll() is None]


def ended(process: psutil.Process) -> None:
    """Ends a process and its children, kindly first."""
    with suppress(psutil.Error):
        every = [*process.children(recursive=True), process]
        for one in every:
            with suppress(psutil.Error):
                one.terminate()
        _, left = psutil.wait_procs(every, timeout=3)
        for one in left:
            with suppress(psutil.Error):
                one.kill()
        psutil.wait_procs(left, timeout=3)
    reap()


class Store:
    """All jobs of a deployment."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder, self.limits = folder, limits

    def new(self, owner: str, ruleset: str = "", *, is_report: bool = False) -> Job:
        """An empty job; old finished ones make room for it. Raises: JobError where the user, or all together, have as many as they may."""
        with FileLock(self.folder / f"{_LOCK}new"):
            self._make_room(owner, is_report=is_report)
            job = Job(self.folder / secrets.token_hex(16), owner, ruleset, is_report)
            job.folder.mkdir(mode=0o700)
            job.files.mkdir(mode=0o700)
            private(job.folder / "job.json", json.dumps({"owner": owner, "ruleset": ruleset, "is_report": is_report}))
        return job

    def _make_room(self, owner: str, *, is_report: bool) -> None:
        now = time.time()
        states = [(j, self._state(j), _changed(j.folder)) for j in self.every() if j.is_report == is_report]
        states = sorted((s for s in states if s[1]), key=lambda s: s[2])
        mine = [s for s in states if s[0].owner == owner]
        if is_report:
            if len(mine) >= self.limits.reports:
                self.remove(mine[0][0])
            return
        if len(mine) >= self.limits.jobs:
            going = [j for j, state, changed in mine if state in FINISHED or (state == OPEN and now - changed > self._open_seconds(j))]
            if not going:
                raise JobError(f"您已有 {len(mine)} 批文件正在上传或汇总。请等待其中一批完成，或先停止一批。", 429)
            self.remove(going[0])
            states = [s for s in states if s[0] != going[0]]
        if sum(state not in FINISHED for _, state, _ in states) >= self.limits.all_jobs:
            raise JobError("服务器上的汇总任务过多。请稍后再试。", 503)
        if len(states) >= self.limits.all_jobs:
            self.remove(next(j for j, state, _ in states if state in FINISHED))

    def _open_seconds(self, job: Job) -> float:
        return self.limits.idle_job_seconds if job.uploaded()[0] or job.coming() else self.limits.empty_seconds

    def _state(self, job: Job) -> str:
        try:
            return str(job.status()["state"])
        except JobError:  # gone meanwhile, or somebody is at it
            return WAITING if job.folder.is_dir() else ""

    def job(self, name: str, owner: str | None) -> Job:
        """The user's job of that name. Raises: JobError, the same whether it is another's or nobody's."""
        found = self._read(self.folder / name) if _ID.match(name) else None
        if found is None or owner is None or found.owner != owner:
            raise JobError("没有这项任务，或已超过保留时间。请重新上传。", 404)
        return found

    def every(self) -> list[Job]:
        """All jobs."""
        return [j for path in self.folder.iterdir() if _ID.match(path.name) and (j := self._read(path)) is not None]

    def _read(self, path: Path) -> Job | None:
        try:
            data = json.loads((path / "job.json").read_bytes())
            return Job(path, str(data["owner"]), str(data["ruleset"]), bool(data.get("is_report")))
        except (OSError, ValueError, KeyError):
            return None

    def remove(self, job: Job) -> None:
        """Ends it and everything of it."""
        with suppress(JobError):
            job.stop()
        gone = job.folder.with_name(_GONE + job.name)
        with suppress(OSError):
            job.folder.rename(gone)  # nobody finds it any more, even while it is being taken apart
        shutil.rmtree(gone, ignore_errors=True)
        with suppress(OSError):
            job.folder.with_name(_LOCK + job.name).unlink(missing_ok=True)

    def sweep(self, now: float | None = None) -> int:
        """Removes what has not changed for as long as jobs are kept, and empty jobs sooner; returns how many. Merges at work stay."""
        now, count = time.time() if now is None else now, 0
        for path in self.folder.iterdir():
            if path.name.startswith(_GONE):
                shutil.rmtree(path, ignore_errors=True)
            elif path.name.startswith(_LOCK) and _ID.match(path.name.removeprefix(_LOCK)):
                if not path.with_name(path.name.removeprefix(_LOCK)).exists():
                    with suppress(OSError):
                        path.unlink()
            elif _ID.match(path.name) and now - _changed(path) > min(self.limits.kept_seconds, self.limits.empty_seconds):
                count += self._swept(path, now - _changed(path))
        return count

    def _swept(self, path: Path, seconds: float) -> bool:
        job = self._read(path)
        if job is None:
            shutil.rmtree(path, ignore_errors=True)
            return False
        is_empty = self._state(job) == OPEN and not job.uploaded()[0] and not job.coming()
        if job.is_alive() or not (seconds > self.limits.kept_seconds or is_empty):
            return False
        self.remove(job)
        return True

    def stop_all(self, message: str) -> None:
        """Ends every merge: the server goes down, or comes up after an end that it did not choose."""
        for job in self.every():
            if self._state(job) in RUNNING:
                with suppress(JobError):
                    job.stop(message)


def _changed(folder: Path) -> float:
    times = [0.0]
    for name in ("", "job.json", "status.json", "uploads"):
        with suppress(OSError):
            times.append((folder / name).stat().st_mtime)
    return max(times)


def safe_parts(name: str) -> tuple[str, ...]:
    """A file name from outside as folders and a name below the job's own. Raises: JobError for one that leads elsewhere or nowhere.

    >>> safe_parts("局机关/一处/自评表.xlsx")
    ('局机关', '一处', '自评表.xlsx')
    """
    text = unicodedata.normalize("NFC", name).replace("\\", "/").translate(_WIDE)
    parts = [p.strip() for p in text.split("/")]
    if not text.strip() or len(parts) > _MAX_DEPTH or any(p in {"", ".", ".."} for p in parts):
        raise JobError(f"文件名“{text[:60]}”不能使用。请改名后重试。")
    for part in parts:
        try:
            is_long = len(part.encode()) > _MAX_PART
        except UnicodeEncodeError:
            is_long = True
        if is_long or _UNSAFE.search(part) or _DEVICES.match(part) or part.endswith("."):
            raise JobError(f"文件名“{part[:60]}”过长，或含有不能用于文件名的字符。请改名后重试。")
    return tuple(parts)
