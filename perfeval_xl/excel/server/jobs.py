"""Jobs: merges of uploaded files. A private folder each, with an owner, limits and an end; any worker process can go on with any of them.

What is known of a job lies in its folder, written in one step: `job.json` once, `status.json` by whoever works on it, `uploads` a line a file.
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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from perfeval_xl.batch.store import FOLDER_VARIABLE
from perfeval_xl.excel.server.settings import Limits, private

OPEN, WAITING, WORKING, DONE, FAILED, STOPPED = "open", "waiting", "working", "done", "failed", "stopped"
RUNNING = frozenset({WAITING, WORKING})
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
_GONE = ".gone-"


class JobError(Exception):
    """What cannot be done with a job; str() is what the user reads. status: of HTTP."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Job:
    """One job as it was made. owner: identity of its user. ruleset: identifier, empty where each table's own is taken."""

    folder: Path
    owner: str
    ruleset: str

    @property
    def name(self) -> str:
        """Its identifier: nobody guesses it."""
        return self.folder.name

    @property
    def files(self) -> Path:
        """What was uploaded, under the user's own names."""
        return self.folder / "files"

    def say(self, state: str, **more: Any) -> None:
        """Writes how it stands."""
        private(self.folder / "status.json", json.dumps({"state": state, **more}, ensure_ascii=False))

    def status(self) -> dict[str, Any]:
        """How it stands; a worker that is gone without a word has died."""
        said = self._said()
        if said["state"] in RUNNING and not self.is_alive():
            said = self._said()  # its last words may have come meanwhile
            if said["state"] in RUNNING:
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
            number, born = json.loads((self.folder / "process.json").read_bytes())
            process = psutil.Process(number)
            if process.create_time() == born and process.status() != psutil.STATUS_ZOMBIE:
                return process
        except (OSError, ValueError, psutil.Error):
            pass
        return None

    def start(self) -> None:
        """Sets a process of its own to work, which no worker's end ends. Raises: JobError."""
        if self.status()["state"] in RUNNING:
            raise JobError("这批文件正在汇总。", 409)
        if not self.uploaded()[0]:
            raise JobError("还没有上传文件。请先选择各单位的自评表。")
        for old in self.folder.glob(f"{RESULT}.*"):
            old.unlink(missing_ok=True)
        self.say(WAITING)
        environment = {**os.environ, FOLDER_VARIABLE: str(self.folder / "cache"), "PYTHONUTF8": "1"}
        more: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            more = {"creationflags": subprocess.CREATE_NO_WINDOW}
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-P", "-m", WORKER, str(self.folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, env=environment, **more)  # noqa: S603  # our own module; -P: nothing is imported from where uploads lie
        _children.append(process)
        with suppress(psutil.Error):
            private(self.folder / "process.json", json.dumps([process.pid, psutil.Process(process.pid).create_time()]))

    def stop(self, message: str = "已停止汇总。已上传的文件还在，可以重新汇总。") -> None:
        """Ends the process and all it started; nothing but its own folder can be half done."""
        process = self._process()
        if process is not None:
            ended(process)
        if self._said()["state"] in {OPEN, *RUNNING}:
            self.say(STOPPED, message=message)

    def uploaded(self) -> tuple[int, int]:
        """How many files, and their bytes."""
        try:
            lines = (self.folder / "uploads").read_bytes().split()
        except FileNotFoundError:
            return 0, 0
        return len(lines), sum(map(int, lines))

    def upload(self, name: str, limits: Limits) -> Path:
        """Where an upload of that name goes; nothing lies there. Raises: JobError."""
        if self.status()["state"] in RUNNING:
            raise JobError("正在汇总，不能再加入文件。请先停止，或另建一批。", 409)
        count, size = self.uploaded()
        if count >= limits.files:
            raise JobError(f"一批最多 {limits.files} 个文件。请分批汇总，或由信息技术人员在服务器上用 perfeval merge 汇总。", 413)
        if size >= limits.job_bytes:
            raise JobError(f"一批文件合计不能超过 {limits.job_bytes / 1_000_000:g} MB。请分批汇总。", 413)
        if shutil.disk_usage(self.folder).free < limits.free_bytes:
            raise JobError("服务器磁盘空间不足，不能再上传。请联系信息技术人员。", 507)
        target = self.files.joinpath(*safe_parts(name))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:  # a file of that name, a path too long
            raise JobError(f"文件名“{target.name[:60]}”不能使用。请改名后重试。") from error
        for number in range(2, 10_000):
            try:
                os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600))
            except FileExistsError:
                target = target.with_name(f"{re.sub(r' [(][0-9]+[)]$', '', target.stem)} ({number}){target.suffix}")
            except OSError as error:
                raise JobError(f"文件名“{target.name[:60]}”不能使用。请改名后重试。") from error
            else:
                return target
        raise JobError("同名文件过多。请改名后重试。")

    def count(self, size: int) -> None:
        """Notes one whole upload."""
        with (self.folder / "uploads").open("ab", buffering=0) as stream:
            stream.write(f"{size:{_LINE - 1}d}\n".encode())


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

    def new(self, owner: str, ruleset: str = "") -> Job:
        """An empty job. Raises: JobError where the user, or all together, have as many as they may."""
        every = self.every()
        mine = [j for j in every if j.owner == owner]
        if len(mine) >= self.limits.jobs:
            finished = [j for j in mine if j.status()["state"] not in RUNNING]
            if not finished:
                raise JobError(f"您已有 {len(mine)} 批文件正在汇总。请等待其中一批完成，或先停止一批。", 429)
            self.remove(min(finished, key=lambda j: j.folder.stat().st_mtime))
        if len(every) >= self.limits.all_jobs:
            raise JobError("服务器上的汇总任务过多。请稍后再试。", 503)
        job = Job(self.folder / secrets.token_hex(16), owner, ruleset)
        job.folder.mkdir(mode=0o700)
        job.files.mkdir(mode=0o700)
        private(job.folder / "job.json", json.dumps({"owner": owner, "ruleset": ruleset}))
        return job

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
            return Job(path, str(data["owner"]), str(data["ruleset"]))
        except (OSError, ValueError, KeyError):
            return None

    def remove(self, job: Job) -> None:
        """Ends it and everything of it."""
        job.stop()
        gone = job.folder.with_name(_GONE + job.name)
        with suppress(OSError):
            job.folder.rename(gone)  # nobody finds it any more, even while it is being taken apart
        shutil.rmtree(gone, ignore_errors=True)

    def sweep(self, now: float | None = None) -> int:
        """Removes what has not changed for as long as jobs are kept; returns how many. Merges at work stay."""
        now, count = time.time() if now is None else now, 0
        for path in self.folder.iterdir():
            if path.name.startswith(_GONE):
                shutil.rmtree(path, ignore_errors=True)
            elif _ID.match(path.name) and now - _changed(path) > self.limits.kept_seconds:
                job = self._read(path)
                if job is None:
                    shutil.rmtree(path, ignore_errors=True)
                elif not job.is_alive():
                    self.remove(job)
                    count += 1
        return count

    def stop_all(self, message: str) -> None:
        """Ends every merge: the server goes down."""
        for job in self.every():
            if job.status()["state"] in RUNNING:
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
