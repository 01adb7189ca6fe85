"""The store of jobs: makes them, finds them for their owners, makes room, and takes away what nobody has come back to."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from perfeval_xl.excel.server.jobs import FINISHED, LOCK, OPEN, RUNNING, WAITING, Job, JobError
from perfeval_xl.excel.server.settings import Limits, private

_ID = re.compile(r"\A[0-9a-f]{32}\Z")
_GONE = ".gone-"


class Store:
    """All jobs of a deployment."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder, self.limits = folder, limits

    def new(self, owner: str, ruleset: str = "", *, is_report: bool = False) -> Job:
        """An empty job; old finished ones make room for it. Raises: JobError where the user, or all together, have as many as they may."""
        with FileLock(self.folder / f"{LOCK}new"):
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
            elif len(states) >= self.limits.all_reports:
                self.remove(states[0][0])
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
        except (JobError, OSError):  # gone meanwhile, or somebody is at it
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
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def remove(self, job: Job) -> None:
        """Ends it and everything of it."""
        with suppress(JobError):
            job.stop()
        gone = job.folder.with_name(_GONE + job.name)
        with suppress(OSError):
            job.folder.rename(gone)  # nobody finds it any more, even while it is being taken apart
        shutil.rmtree(gone, ignore_errors=True)
        shutil.rmtree(job.temporary, ignore_errors=True)
        with suppress(OSError):
            job.folder.with_name(LOCK + job.name).unlink(missing_ok=True)

    def sweep(self, now: float | None = None) -> int:
        """Removes what has not changed for as long as jobs are kept, and empty jobs sooner; returns how many. Merges at work stay."""
        now, count = time.time() if now is None else now, 0
        for path in self.folder.iterdir():
            if path.name.startswith(_GONE):
                shutil.rmtree(path, ignore_errors=True)
            elif path.name.startswith(LOCK) and _ID.match(path.name.removeprefix(LOCK)):
                if not path.with_name(path.name.removeprefix(LOCK)).exists():
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
                with suppress(JobError, OSError):  # the others go on
                    job.stop(message)


def _changed(folder: Path) -> float:
    times = [0.0]
    for name in ("", "job.json", "status.json", "uploads"):
        with suppress(OSError):
            times.append((folder / name).stat().st_mtime)
    return max(times)
