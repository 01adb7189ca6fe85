"""Memory: the most that all processes of a run took together, looked at while it runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_EVERY = 0.5  # seconds: a look at all processes costs some milliseconds


class Peak:
    """mib: the highest sum seen so far."""

    mib = 0.0


@contextmanager
def watched() -> Iterator[Peak]:
    """The peak of this process and its children, until the block ends."""
    import psutil  # noqa: PLC0415  # on demand

    own = psutil.Process()
    peak, ended = Peak(), threading.Event()

    def look() -> None:
        total = 0
        for process in (own, *own.children(recursive=True)):
            with suppress(psutil.Error):
                total += process.memory_info().rss
        peak.mib = max(peak.mib, total / 2**20)

    def watch() -> None:
        while not ended.wait(_EVERY):
            with suppress(psutil.Error):
                look()

    look()
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()
