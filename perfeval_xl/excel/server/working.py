"""The process that works on one job: waits for its turn, merges as `perfeval merge` does, and says how it stands in the job's folder."""

from __future__ import annotations

import json
import os
import secrets
import sys
import threading
import time
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from perfeval_xl.excel.server.jobs import DONE, FAILED, RESULT, STOPPED, WORKING, Job
from perfeval_xl.excel.server.settings import Limits, current

_EVERY = 0.2  # seconds between two words about the progress
_POLL = 0.3


def run(job: Job, limits: Limits) -> int:
    """Merges; returns the exit status of `perfeval merge`."""
    lock = _turn(job, limits)
    try:
        _watch(job, limits)
        return _merged(job)
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


def _watch(job: Job, limits: Limits) -> None:
    """Ends the process where the work takes longer than it may, and with its folder."""

    def watch() -> None:
        end = time.monotonic() + limits.job_seconds
        while time.monotonic() < end and job.folder.is_dir():
            time.sleep(1)
        if job.folder.is_dir():
            job.say(STOPPED, message=f"汇总超过 {limits.job_seconds / 60:g} 分钟仍未完成，已停止。请分批汇总。")
        import psutil  # noqa: PLC0415

        for child in psutil.Process().children(recursive=True):
            child.kill()
        os._exit(2)

    threading.Thread(target=watch, daemon=True).start()


def _merged(job: Job) -> int:
    from perfeval_xl.batch.merge import MergeRequest, NothingFoundError, Order, StoppedError, merge  # noqa: PLC0415  # large; not while waiting
    from perfeval_xl.files import OutputError  # noqa: PLC0415
    from perfeval_xl.rulesets.loader import RulesetError  # noqa: PLC0415

    job.say(WORKING, done=0, all=job.uploaded()[0], name="")
    last = 0.0

    def tell(done: int, count: int, name: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY or done == count:
            last = time.monotonic()
            job.say(WORKING, done=done, all=count, name=Path(name).name)

    # among the uploads, so that links to them are right in the folder they came from
    output = job.files / f"汇总-{secrets.token_hex(8)}.xlsx"
    try:
        request = MergeRequest([str(job.files)], job.ruleset or None, [output], tell=tell)
        answer = merge(Order(request, output, arguments=["perfeval", "serve", "批量汇总"]))
        output.replace(job.folder / f"{RESULT}.xlsx")
    except (OutputError, RulesetError, NothingFoundError, StoppedError) as error:
        job.say(FAILED, message=str(error).replace(str(job.folder), ""))
        return 2
    except Exception as error:
        from perfeval_xl.excel.log import record  # noqa: PLC0415

        record("批量汇总", error)
        job.say(FAILED, message="出现意外错误，没有生成汇总表。请把这一情况告知信息技术人员。")
        return 2
    job.say(DONE, answer=_shown(answer.document), notes=answer.notes)
    return 1 if answer.has_errors else 0


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    """What the page needs of the answer."""
    keys = ("ruleset", "files", "departments", "tables", "indicators", "findings", "refused", "duplicates", "skipped", "seconds")
    return {key: document[key] for key in keys if key in document}


def main(folder: Path) -> int:
    """Works on the job in a folder."""
    data = json.loads((folder / "job.json").read_bytes())
    return run(Job(folder, data["owner"], data["ruleset"]), current().limits)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))


