"""Progress on stderr, only for someone who looks at it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from perfeval_xl.core.texts import one_line


@contextmanager
def telling(title: str) -> Iterator[Callable[[int, int, str], None]]:
    """A function to call as files are gone through: how many, of how many, the name of the one at hand.

    Shows title, rate and time left. Silent where stderr is no terminal, and for a single file.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _all, _name: None
        return
    from rich.console import Console  # noqa: PLC0415  # on demand: only for a terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    progress = Progress(
        TextColumn(title), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]} 个/秒"), TimeRemainingColumn(), TextColumn("{task.fields[name]}", markup=False),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = progress.add_task("", total=None, rate="", name="")

    def tell(done: int, count: int, name: str) -> None:
        if count > 1:
            progress.start()
            speed = progress.tasks[0].speed
            progress.update(task, completed=done, total=count, name=one_line(name)[-40:], rate=f"{speed:.0f}" if speed else "")

    try:
        yield tell
    finally:
        progress.stop()
