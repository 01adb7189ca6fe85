"""Files written aside and moved into place: an output appears whole or not at all, an input is never its own output."""

from __future__ import annotations

import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ASIDE = ".perfeval-tmp-"
"""What the names of half-made outputs begin with."""
PLAIN = "tables.xlsx"
"""The only file in a half-made folder."""
_LEFT_SECONDS = 3600  # half-made outputs of an hour are certainly nobody's any more
_MADE = re.compile(re.escape(ASIDE) + r"[a-z0-9_]{8}(?:\.[a-z0-9]{1,5})?")


class OutputError(Exception):
    """Where an output cannot go; the text is one Chinese sentence."""


def check_output(target: Path, source: Path | None = None, ending: str = "") -> None:
    """Whether `target` may be written, whatever way its path is spelled; looked at before any work is done.

    source: the input, which is never overwritten. ending: the only one that fits, such as .xlsx. Raises: OutputError.
    """
    try:
        if ending and target.suffix.lower() != ending:
            raise OutputError(f"输出文件“{target.name}”的扩展名应为 {ending}。请改为“{target.stem or '文件'}{ending}”后重试。")
        if source is not None and (target.resolve() == source.resolve() or (target.exists() and source.exists() and target.samefile(source))):
            raise OutputError(f"输出文件“{target.name}”就是输入文件。输入文件不会被改动，请换一个输出文件名。")
        if target.is_dir():
            raise OutputError(f"输出位置“{target.name}”是一个文件夹。请给出文件名，如“结果.xlsx”。")
        if target.exists() and not target.is_file():
            raise OutputError(f"输出位置“{target.name}”不是普通文件。请换一个输出文件名。")
        if not target.parent.is_dir():
            raise OutputError(f"输出文件夹“{target.parent}”不存在。请先建立该文件夹，或换一个位置。")
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name no file can have
        raise OutputError(f"输出位置“{target}”不可用。请换一个输出文件名。") from error


@contextmanager
def placed(target: Path) -> Iterator[Path]:
    """A path beside `target` to write to; it takes the target's place in one step when the block ends well, else nothing is left.

    Raises: OutputError.
    """
    made: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=ASIDE, suffix=target.suffix or ".tmp", dir=target.parent)
        os.close(handle)
        made = Path(name)
        yield made
        with made.open("rb+") as stream:
            os.fsync(stream.fileno())
        made.chmod(_mode(target))
        made.replace(target)
    except OSError as error:
        raise OutputError(f"无法写入“{target.name}”：没有写入权限，磁盘已满，或文件正被其他程序打开。请关闭该文件或换一个位置后重试。") from error
    finally:
        if made is not None:
            made.unlink(missing_ok=True)


def write_aside(target: Path, data: bytes) -> None:
    """Writes `data` beside `target`, then moves it there. Raises: OutputError."""
    with placed(target) as aside:
        aside.write_bytes(data)


def _mode(target: Path) -> int:
    """Of the file that is replaced, else what a new file gets."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def clear_leftovers(place: Path) -> None:
    """Takes away half-made outputs of runs that were killed; a folder that holds anything else stays."""
    for path in place.glob(f"{ASIDE}*"):
        with suppress(OSError):
            if _MADE.fullmatch(path.name) is None or time.time() - path.lstat().st_mtime <= _LEFT_SECONDS:
                continue
            if path.is_dir() and not path.is_symlink():
                if {p.name for p in path.iterdir()} <= {PLAIN}:
                    (path / PLAIN).unlink(missing_ok=True)
                    path.rmdir()
            else:
                path.unlink()
