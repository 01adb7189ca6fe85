"""Apart: whatever reads a workbook from outside does so in a process with limits of time and memory, as in a merge.

One that dies, hangs or grows costs its own request. Each worker of the server has a few such processes, made when first asked.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import TimeoutError as NotDoneError
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool

from perfeval_xl.apart import LostError, sendable
from perfeval_xl.excel.server.parent import end_with_parent
from perfeval_xl.limits import prepared

SECONDS = 60
MEMORY = 1_000_000_000
PLACES = 2
MAX_WAITING = 12  # tasks at work or waiting: who comes later is told so at once
MAX_TASKS = 200  # then a process is made anew: whatever a library keeps goes with it

T = TypeVar("T")


class ApartError(Exception):
    """Why there is no answer; str() is what the user reads."""


class Apart:
    """A few processes."""

    def __init__(self) -> None:
        self._pool: ProcessPool | None = None
        self._lock = threading.Lock()
        self._going = 0

    async def run(self, function: Callable[..., T], *args: Any, seconds: float = SECONDS) -> T:
        """The function's answer. Raises: ApartError; what the function itself raises."""
        if self._going >= MAX_WAITING:
            raise ApartError("服务器正在处理其他人的工作簿，暂时没有空闲。请稍等片刻再试。")
        self._going += 1  # in the one thread of the event loop
        try:
            return await asyncio.wrap_future(self._processes().schedule(sendable, args=[function, args], timeout=seconds))
        except NotDoneError as error:
            raise ApartError(f"处理超过 {seconds:g} 秒仍未完成，已停止。请检查工作簿是否过大，删去无关的工作表后重试。") from error
        except (LostError, ProcessExpired, MemoryError, OSError, EOFError) as error:
            raise ApartError("处理这个工作簿需要的内存过多，或处理程序意外中止。请删去无关的工作表后重试；仍不行时请联系信息技术人员。") from error
        finally:
            self._going -= 1

    def begin(self) -> None:
        """Makes the processes ready, so that the first user need not wait for it."""
        for _ in range(PLACES):
            self._processes().schedule(_nothing)

    def _processes(self) -> ProcessPool:
        with self._lock:
            if self._pool is None or not self._pool.active:
                context = multiprocessing.get_context("spawn")
                self._pool = ProcessPool(max_workers=PLACES, max_tasks=MAX_TASKS, initializer=_prepared, initargs=(os.devnull, MEMORY), context=context)
            return self._pool

    def close(self) -> None:
        """Ends them."""
        with self._lock:
            if self._pool is not None:
                self._pool.stop()  # type: ignore[no-untyped-call]
                self._pool.join()
                self._pool = None


def _prepared(log: str, memory: int) -> None:
    import perfeval_xl.excel.server.table  # noqa: F401, PLC0415  # what every task needs, before the memory is counted

    end_with_parent()
    prepared(log, memory)


def _nothing() -> None:
    return
