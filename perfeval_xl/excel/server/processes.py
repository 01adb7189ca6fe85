"""Processes that work on jobs: noted when they begin, ended with all they started, forgotten when they are gone."""

from __future__ import annotations

import subprocess
from contextlib import suppress

import psutil

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
