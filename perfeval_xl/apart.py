"""Work on a stranger's file in a process of its own: what never ends, or grows without end, costs itself only."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import TimeoutError as NotDoneError
from concurrent.futures import process
from contextlib import suppress
from typing import Any, TypeVar, cast

T = TypeVar("T")

MEMORY = 1_500_000_000
"""Bytes of address space beyond what the process has at its start; not limited where the system cannot."""


class EndlessError(Exception):
    """The work was not done in its time."""


class LostError(Exception):
    """The process ended without an answer, or took more memory than it may."""


def apart(work: Callable[..., T], arguments: tuple[Any, ...], refusal: type[Exception], seconds: float) -> T:
    """What `work`, a function of a module, gives. Raises: EndlessError, LostError, and `refusal` with its words where `work` does."""
    from pebble import ProcessExpired, ProcessPool  # noqa: PLC0415  # on demand

    pool = ProcessPool(max_workers=1, initializer=_limited, context=multiprocessing.get_context("spawn"))
    try:
        done, words = pool.schedule(_told, (work, arguments, refusal), timeout=seconds).result()
    except NotDoneError as error:
        raise EndlessError from error
    except (ProcessExpired, process.BrokenProcessPool, MemoryError, RecursionError) as error:
        raise LostError from error
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()
    if words is not None:
        raise refusal(words)
    return cast("T", done)


def _told(work: Callable[..., T], arguments: tuple[Any, ...], refusal: type[Exception]) -> tuple[T | None, str | None]:
    """A refusal travels as its words: not every exception can be sent."""
    try:
        return work(*arguments), None
    except refusal as error:
        return None, str(error)


def _limited() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415  # not on Windows

        with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123  # no folder to open it from
            now = int(stream.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))
