"""How workers begin. Imports next to nothing of the program: the process they are copied from reads the program while this one does."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import BaseContext

from perfeval_xl.streams import stand_in

_MAX_SOCKET_FOLDER = 104 - len("/pymp-12345678/listener-12345678\0")
"""Bytes of the folder for temporary files, below which the process that workers begin from has its socket: macOS takes 104, Linux 108."""


def begin() -> BaseContext:
    """Workers that begin from a process without threads, which has read the program once; where there is none, each begins anew."""
    if "forkserver" not in multiprocessing.get_all_start_methods() or len(os.fsencode(tempfile.gettempdir())) > _MAX_SOCKET_FOLDER:
        return multiprocessing.get_context("spawn")
    stand_in()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["perfeval_xl.batch.worker"])
    if threading.current_thread() is threading.main_thread():  # an interrupt is this process's business, not of the one that is being prepared
        resource_tracker.ensure_running()  # which would lift the block, were it begun under it
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with _silent():
                forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return context


@contextmanager
def _silent() -> Iterator[None]:
    """What begins here says nothing in the terminal: a worker that is begun while the run is stopped would. Workers have a log of their own."""
    kept = os.dup(2)
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
