"""The folder of an export: whether it can take one, a place aside to make it in, and everything into place at the end."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from perfeval_xl.batch.export.database import check_database
from perfeval_xl.batch.export.schema import DATABASE
from perfeval_xl.files import OutputError

_ASIDE = ".perfeval-export-"
_STALE_SECONDS = 86_400


def check_export(folder: Path) -> None:
    """Whether the folder can take an export; looked at before any work is done. Raises: OutputError."""
    try:
        if folder.exists() and not folder.is_dir():
            raise OutputError(f"导出位置“{folder}”是一个文件，不是文件夹。请给出一个文件夹。")
        above = next((p for p in folder.absolute().parents if p.exists()), None)
        if above is None or not above.is_dir():
            raise OutputError(f"导出位置“{folder}”的上级“{above}”不是文件夹。请换一个位置。")
        for name in ("parquet", "csv"):
            if (folder / name).exists() and not (folder / name).is_dir():
                raise OutputError(f"导出文件夹中的“{name}”应是文件夹。请将它移走，或换一个导出位置。")
        with tempfile.TemporaryFile(dir=folder if folder.is_dir() else above):
            pass
    except (OSError, ValueError, RuntimeError) as error:
        raise OutputError(f"导出位置“{folder}”不能写入：没有写入权限，或磁盘已满。请换一个位置。") from error
    try:
        str(folder.absolute()).encode()
    except UnicodeEncodeError as error:
        raise OutputError(f"导出位置“{folder.name.encode('utf-8', 'replace').decode()}”的路径中有不是 UTF-8 的文件名，数据库不能写在这里。请换一个位置。") from error
    if "?" in str(folder.absolute()):
        raise OutputError(f"导出位置“{folder}”的路径中有问号，数据库不能写在这里。请换一个位置。")
    check_database(folder / DATABASE)


@contextmanager
def aside_in(folder: Path) -> Iterator[Path]:
    """A folder inside the given one, which is made where it is missing; gone at the end. Raises: OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder.absolute()))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def moved(made: Sequence[str], aside: Path, folder: Path) -> list[Path]:
    """Everything into place. Each file is replaced in one step; whether all can be is looked at first. Raises: OSError."""
    targets = [folder / path for path in made]
    for target in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            with target.open("rb+"):
                pass
    for path, target in zip(made, targets, strict=True):
        (aside / path).replace(target)
    return targets


def _clear(folder: Path) -> None:
    """What exports that were killed left behind. A younger one may belong to an export that is still at it."""
    for left in folder.glob(f"{_ASIDE}*"):
        with suppress(OSError):
            if left.is_dir() and time.time() - left.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
