"""Limits of this process, where it works on strangers' files: memory, interrupts, output."""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
import sys
from contextlib import suppress


def prepared(log: str, memory: int) -> None:
    """A worker's beginning: it leaves interrupts to the main process, speaks into the log, leaves no image of its memory on the disk, and can
    take only so much of it.

    log: path of a file that may be there. memory: bytes beyond what the process takes now; not limited where the system cannot.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # what was imported stays: searching for cycles need not walk through it
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    with suppress(ValueError, OSError):
        faulthandler.disable()
    if sys.platform != "win32":
        import resource  # noqa: PLC0415  # there is none on Windows: only the time is limited there

        at_rest = _address_space()
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (at_rest + memory, at_rest + memory))


def _address_space() -> int:
    """Bytes of address space this process takes at rest."""
    import psutil  # noqa: PLC0415

    return int(psutil.Process().memory_info().vms)
