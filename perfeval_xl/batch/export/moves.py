"""Moves: what was made aside takes its place as a whole. Whenever it is cut short, everything is old again, or the next export makes everything new.

The folder made aside gets its other name in one step; from then on the export counts as done, and what still lies in it is only to be moved.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from perfeval_xl.batch.export.schema import DATABASE, MANIFEST, TABLES
from perfeval_xl.files import OutputError

READY = ".export-ready"
"""Whole, on its way into place; none of the names that are cleared away by age."""
LOCK = ".export.lock"
WAIT_SECONDS = 60.0
_OLD = "old"
_NAMES = "|".join(table.name for table in TABLES)
_OURS = re.compile(rf"parquet/(?:{_NAMES})/year=[0-9]+/part\.parquet|csv/[0-9]+/(?:{_NAMES})\.csv|{re.escape(DATABASE)}|{re.escape(MANIFEST)}")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The folder for one export alone, on this machine or another. Raises: OutputError where another one is not done in time; OSError."""
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=WAIT_SECONDS)
    except Timeout as error:
        raise OutputError(f"导出文件夹“{folder}”正被另一次汇总使用，等候 {WAIT_SECONDS:.0f} 秒后仍未结束。请等它结束后重新运行，或换一个导出文件夹。") from error
    try:
        yield
    finally:
        lock.release()


def is_unfinished(folder: Path) -> bool:
    """Whether an export is on its way into place, or was cut short there: what lies in the folder may be of two runs."""
    return (folder / READY).exists()


def finish(folder: Path) -> None:
    """Makes an end of an export that was cut short on its way into place. Raises: OSError."""
    ready = folder / READY
    if not ready.is_dir():
        return
    names = sorted(path.relative_to(ready).as_posix() for path in ready.rglob("*") if path.is_file() and not path.is_symlink())
    _into_place([name for name in names if _OURS.fullmatch(name)], ready, folder)
    shutil.rmtree(ready)


def moved(made: Sequence[str], aside: Path, folder: Path) -> list[Path]:
    """Everything into place, in the order given; where one file cannot be, those before it are put back. Raises: OSError."""
    targets = [folder / name for name in made]
    for target in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            with target.open("rb+"):  # on Windows a file that others have open cannot be replaced: known before anything moves
                pass
    for name, target in zip(made, targets, strict=True):
        with (aside / name).open("rb+") as stream:
            os.fsync(stream.fileno())
        if target.exists():
            _keep(target, aside / _OLD / name)
    ready = folder / READY
    aside.rename(ready)
    try:
        _into_place(made, ready, folder)
    except BaseException:  # an interrupt as well
        _put_back(made, ready, folder)
        ready.rename(aside)
        raise
    shutil.rmtree(ready, ignore_errors=True)
    return targets


def _into_place(names: Sequence[str], ready: Path, folder: Path) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (ready / name).replace(folder / name)


def _put_back(names: Sequence[str], ready: Path, folder: Path) -> None:
    for name in reversed(names):
        if not (ready / name).exists():
            (folder / name).replace(ready / name)
            if (ready / _OLD / name).exists():
                (ready / _OLD / name).replace(folder / name)


def _keep(target: Path, kept: Path) -> None:
    """A second name for the same file; where the file system has none, a copy."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    try:
        kept.hardlink_to(target)
    except OSError:
        shutil.copy2(target, kept)
