"""`perfeval …` in this process: what a command of its own would print, without a second to begin it."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Mapping
from typing import NamedTuple
from unittest import mock

from perfeval_xl.cli import main


class Done(NamedTuple):
    """code: exit status."""

    code: int
    out: str
    err: str


def command(*arguments: object, environment: Mapping[str, str] | None = None) -> Done:
    """Runs it. environment: beside that of this process."""
    out, err = io.StringIO(), io.StringIO()
    with mock.patch.dict(os.environ, environment or {}), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(a) for a in arguments])
    return Done(code, out.getvalue(), err.getvalue())
