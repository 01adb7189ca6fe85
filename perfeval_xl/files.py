"""Files written aside and moved into place: an output appears whole or not at all, an input is never its own output."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


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
        handle, name = tempfile.mkstemp(prefix=".perfeval-", suffix=target.suffix or ".tmp", dir=target.parent)
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
