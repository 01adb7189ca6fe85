"""Progress on stderr, only for someone who looks at it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from perfeval_xl.report.terminal import one_line


@contextmanager
def telling() -> Iterator[Callable[[int, int, str], None]]:
    """A function to call before each file: number, of how many, name. Silent where stderr is no terminal."""
    is_seen = sys.stderr.isatty()

    def tell(number: int, count: int, name: str) -> None:
        if is_seen and count > 1:
            sys.stderr.write(f"\r\x1b[K正在校验 {number}/{count}：{one_line(name)[:40]}")
            sys.stderr.flush()

    try:
        yield tell
    finally:
        if is_seen:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
