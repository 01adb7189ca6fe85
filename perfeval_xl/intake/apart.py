"""A stranger's document is read by a process of its own: one that never ends, or grows without end, costs itself only."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import TimeoutError as NotDoneError
from concurrent.futures import process
from contextlib import suppress
from typing import TypeVar

from perfeval_xl.intake.source import IntakeError

T = TypeVar("T")

SECONDS = 150
MEMORY = 1_500_000_000
"""Bytes of address space beyond what the process has at its start; not limited where the system cannot."""


def read_apart(read: Callable[[str, bytes], T], name: str, data: bytes, seconds: float = SECONDS) -> T:
    """What `read` makes of a file, within limits. Raises: IntakeError."""
    from pebble import ProcessExpired, ProcessPool  # noqa: PLC0415  # on demand

    pool = ProcessPool(max_workers=1, initializer=_limited, context=multiprocessing.get_context("spawn"))
    try:
        done: T | str = pool.schedule(_told, (read, name, data), timeout=seconds).result()
    except NotDoneError as error:
        raise IntakeError(f"“{name}”在 {seconds:g} 秒内没有读完，已停止，没有生成自评表。请只保留报告本身，另存后重试。") from error
    except (ProcessExpired, process.BrokenProcessPool, MemoryError, RecursionError) as error:
        raise IntakeError(f"读取“{name}”需要的内存过多，或文件已损坏，已停止，没有生成自评表。请用 Word、WPS 或 PDF 阅读器打开后另存重试。") from error
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()
    if isinstance(done, str):
        raise IntakeError(done)
    return done


def _told(read: Callable[[str, bytes], T], name: str, data: bytes) -> T | str:
    try:
        return read(name, data)
    except IntakeError as error:
        return str(error)


def _limited() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415  # not on Windows

        with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123  # no folder to open it from
            now = int(stream.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))
