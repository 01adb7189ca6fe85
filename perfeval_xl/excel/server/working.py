"""The process that works on one job: waits for its turn, merges as `perfeval merge` does, and says how it stands in the job's folder."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from perfeval_xl.excel.server.jobs import DONE, FAILED, RUN_VARIABLE, STOPPED, WORKING, Job, JobError
from perfeval_xl.excel.server.parent import end_with, server_of_environment
from perfeval_xl.excel.server.settings import Limits, current

_EVERY = 0.2  # seconds between two words about the progress
_POLL = 0.3


def run(job: Job, run: str, limits: Limits) -> int:
    """Merges; returns the exit status of `perfeval merge`. run: which start of the job this is; one that is not waited for does nothing."""
    if not job.begins(run):
        return 2
    end_with(server_of_environment(), _end)
    lock = _turn(job, limits)
    try:
        if not job.begins(run):  # stopped while it waited
            return 2
        _watch(job, run, limits)
        return _merged(job, run)
    finally:
        lock.release()


def _turn(job: Job, limits: Limits) -> FileLock:
    """One of the places for merges at work; whoever dies leaves it."""
    while True:
        for place in range(limits.running):
            lock = FileLock(job.folder.parent / f"place-{place}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                continue
            return lock
        time.sleep(_POLL)


def _watch(job: Job, run: str, limits: Limits) -> None:
    """Ends the process where the work takes longer than it may, and with its folder."""

    def watch() -> None:
        end = time.monotonic() + limits.job_seconds
        while time.monotonic() < end and job.folder.is_dir():
            time.sleep(min(1, limits.job_seconds))
        try:
            if job.folder.is_dir():
                job.tell(run, STOPPED, message=f"汇总超过 {limits.job_seconds / 60:g} 分钟仍未完成，已停止。请分批汇总。")
        finally:
            _end()  # whatever becomes of the words

    threading.Thread(target=watch, daemon=True).start()


def _end() -> None:
    """Ends this process and all it started."""
    import psutil  # noqa: PLC0415

    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            child.kill()
    os._exit(2)


def _merged(job: Job, run: str) -> int:
    from perfeval_xl.batch.begin import begin  # noqa: PLC0415

    begin()  # meanwhile this process reads the program, too
    from perfeval_xl.batch.merge import MergeRequest, NothingFoundError, Order, StoppedError, merge  # noqa: PLC0415  # large; not while waiting
    from perfeval_xl.files import OutputError  # noqa: PLC0415
    from perfeval_xl.rulesets.loader import RulesetError  # noqa: PLC0415

    job.tell(run, WORKING, done=0, all=job.uploaded()[0], name="")
    last = 0.0

    def tell(done: int, count: int, name: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY or done == count:
            last = time.monotonic()
            with suppress(JobError):  # a word about the progress is not worth the merge
                job.tell(run, WORKING, done=done, all=count, name=Path(name).name)

    output = job.output(run)
    try:
        request = MergeRequest([str(job.files)], job.ruleset or None, [output], tell=tell)
        answer = merge(Order(request, output, arguments=["perfeval", "serve", "批量汇总"]))
        is_ours = job.tell(run, DONE, output, answer=_shown(answer.document), notes=answer.notes)
    except (OutputError, RulesetError, NothingFoundError, StoppedError) as error:
        job.tell(run, FAILED, message=str(error).replace(str(job.folder), ""))
        return 2
    except Exception as error:
        from perfeval_xl.excel.log import record  # noqa: PLC0415

        record("批量汇总", error)
        job.tell(run, FAILED, message="出现意外错误，没有生成汇总表。请把这一情况告知信息技术人员。")
        return 2
    if not is_ours:
        return 2
    return 1 if answer.has_errors else 0


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    """What the page needs of the answer."""
    keys = ("ruleset", "files", "departments", "tables", "indicators", "findings", "refused", "duplicates", "skipped", "seconds")
    return {key: document[key] for key in keys if key in document}


def main(folder: Path) -> int:
    """Works on the job in a folder."""
    data = json.loads((folder / "job.json").read_bytes())
    try:
        return run(Job(folder, data["owner"], data["ruleset"]), os.environ.get(RUN_VARIABLE, ""), current().limits)
    except JobError:  # the job was removed
        return 2


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
