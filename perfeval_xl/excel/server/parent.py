"""Parents: no process of the server outlives the one it works for, however that one ended."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, MutableMapping

import psutil

from perfeval_xl.excel.server.processes import birth, found

_VARIABLE = "PERFEVAL_SERVER_PROCESS"
_POLL = 1.0


def note_server(environment: MutableMapping[str, str]) -> None:
    """Says to all processes below which one is the server."""
    environment[_VARIABLE] = f"{os.getpid()} {birth(psutil.Process())}"


def server_of_environment() -> tuple[int, str] | None:
    """The server's process and when it was born; None where this one was started by hand."""
    number, _, born = os.environ.get(_VARIABLE, "").partition(" ")
    return (int(number), born) if born else None


def end_with(process: tuple[int, str] | None, end: Callable[[], None]) -> None:
    """Calls `end` when that process, which need not be the parent, is there no more."""
    if process is None:
        return
    number, born = process

    def watch() -> None:
        while found(number, born) is not None:
            time.sleep(_POLL)
        end()

    threading.Thread(target=watch, daemon=True).start()


def end_with_parent() -> None:
    """Ends this process with the one that made it through multiprocessing; nothing for a process that was not."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(2)

    threading.Thread(target=watch, daemon=True).start()
