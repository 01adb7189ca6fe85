"""Log of the server: one JSON line an event, never what stands in cells: an error is its kind and the lines it came through."""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path
from typing import Any

_OURS = ("perfeval", "uvicorn")


class Lines(logging.Formatter):
    """A record as one line of JSON. Texts of libraries that see cells are left out: an exception's text may quote one."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, where from, what."""
        line: dict[str, Any] = {"time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"), "level": record.levelname.lower(), "from": record.name}
        if isinstance(record.msg, BaseException):
            line["error"] = type(record.msg).__name__
        elif record.name.startswith(_OURS):
            line["event"] = record.getMessage() if not record.exc_info else "error"
        line.update(getattr(record, "facts", {}))
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = type(error).__name__
            line["at"] = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)][-12:]
        return json.dumps(line, ensure_ascii=False)


def configuration() -> dict[str, Any]:
    """For logging.config: everything to stderr, requests at level INFO, libraries from WARNING on."""
    return {
        "version": 1, "disable_existing_loggers": False,
        "formatters": {"lines": {"()": Lines}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}},
        "loggers": {"perfeval.server": {"level": "INFO"}, "uvicorn": {"level": "INFO"}, "uvicorn.access": {"level": "ERROR"}, "xlwings_server": {"level": "WARNING"}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
    }  # fmt: skip
