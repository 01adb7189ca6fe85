"""Processes that work on jobs: noted when they begin, ended with all they started, forgotten when they are gone."""

from __future__ import annotations

import subprocess
from contextlib import suppress

import psutil


def birth(process: psutil.Process) -> str:
    """What tells a process from a later one of its number, whatever is done to the clock: Linux counts from its start, which psutil turns into a time of day."""
    try:
        with open(f"/proc/{process.pid}/stat", "rb") as stream:  # noqa: PTH123  # no folder to open it from
            return stream.read().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return repr(process.create_time())


def found(number: int, born: str) -> psutil.Process | None:
    """The process of that number, where it is there, at work, and the one that was noted."""
    try:
        process = psutil.Process(number)
        return process if birth(process) == born and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


_children: list[subprocess.Popen[bytes]] = []


def began(process: subprocess.Popen[bytes]) -> None:
    """Notes one of ours."""
    _children.append(process)


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
