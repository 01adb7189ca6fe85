"""Work on a stranger's file in a process of its own: what never ends, or grows without end, costs itself only."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Callable
from concurrent.futures import TimeoutError as NotDoneError
from concurrent.futures import process
from typing import Any, TypeVar

from perfeval_xl.limits import prepared

T = TypeVar("T")

MEMORY = 1_500_000_000
"""Bytes of address space beyond what the process has at its start; not limited where the system cannot."""


class EndlessError(Exception):
    """The work was not done in its time."""


class LostError(Exception):
    """The process ended without an answer, took more memory than it may, or failed with an error that cannot be sent."""


def apart(work: Callable[..., T], arguments: tuple[Any, ...], seconds: float) -> T:
    """What `work`, a function of a module, gives. Raises: EndlessError, LostError, and what `work` does, as it raised it."""
    from pebble import ProcessExpired, ProcessPool  # noqa: PLC0415  # on demand

    pool = ProcessPool(max_workers=1, initializer=prepared, initargs=(os.devnull, MEMORY), context=multiprocessing.get_context("spawn"))
    try:
        done: T = pool.schedule(sendable, (work, arguments), timeout=seconds).result()
        return done
    except NotDoneError as error:
        raise EndlessError from error
    except (ProcessExpired, process.BrokenProcessPool, MemoryError, RecursionError) as error:
        raise LostError from error
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def sendable(work: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    """What `work` gives or raises. Raises: LostError for an error that cannot be made again on the other side: it would never arrive there."""
    try:
        return work(*arguments)
    except Exception as error:
        if not _can_be_sent(error):
            raise LostError(type(error).__name__) from None
        raise


def _can_be_sent(error: Exception) -> bool:
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)  # noqa: S301  # made a moment ago, here
    except Exception:  # whatever its class does when it is made from something else
        return False
