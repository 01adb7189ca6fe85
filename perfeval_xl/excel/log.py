"""A log for IT: what failed and where in the program, never what stands in cells."""

from __future__ import annotations

import datetime
import os
import platform
import traceback
from pathlib import Path

MAX_BYTES = 1_000_000
FOLDER_VARIABLE = "PERFEVAL_LOG"


def folder() -> Path:
    """Where the log lies; the environment variable PERFEVAL_LOG names another folder."""
    own = os.environ.get(FOLDER_VARIABLE)
    if own:
        return Path(own)
    from platformdirs import user_log_path  # noqa: PLC0415

    return user_log_path("perfeval", appauthor=False)


def file() -> Path:
    """The log."""
    return folder() / "excel.log"


def record(what: str, error: BaseException | None = None, note: str = "") -> None:
    """One entry: time, command, kind of error and the lines of our program it came through. Never raises.

    An error's own text is left out: it may quote a cell. note: words of ours.
    """
    lines = [f"{datetime.datetime.now().astimezone().isoformat(timespec='seconds')} {what} {note}".rstrip()]
    if error is not None:
        code = getattr(error, "hresult", None)
        lines.append(f"  {type(error).__name__}" + (f" {code}" if isinstance(code, int) else "") + f" (Python {platform.python_version()})")
        lines += [f"  {Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    try:
        path = file()
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > MAX_BYTES:
            path.replace(path.with_suffix(".old.log"))
        with path.open("a", encoding="utf-8") as stream:
            stream.write("\n".join(lines) + "\n")
    except OSError:
        return  # a log that cannot be written is no reason to stop
