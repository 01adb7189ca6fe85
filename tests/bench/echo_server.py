"""`perfeval serve` with one more function, which gives back what it gets: beside it the cost of ours is seen, without that of the server."""

from __future__ import annotations

import os
import sys
from typing import Any

os.environ.update(XLWINGS_ON_SERVER="true", XLWINGS_LICENSE_KEY="noncommercial")  # before xlwings is imported


def main() -> int:
    """The command line, in this process: one worker."""
    import xlwings as xw  # noqa: PLC0415

    from perfeval_xl.cli import main as run  # noqa: PLC0415
    from perfeval_xl.excel.server import functions  # noqa: PLC0415
    from perfeval_xl.excel.udfs import FUNCTIONS  # noqa: PLC0415

    cells = {"ndim": 2, "err_to_str": True}

    @xw.func
    @xw.arg("targets", **cells)
    @xw.arg("actuals", **cells)
    @xw.arg("weights", **cells)
    @xw.arg("directions", **cells)
    def ECHO(targets: Any, actuals: Any, weights: Any, directions: Any = None) -> Any:  # noqa: ARG001, N802  # as ours are written
        """As many cells in and out as PE_TABLE."""
        return [[a[0], b[0]] for a, b in zip(targets, weights, strict=True)]

    setattr(functions, "FUNCTIONS", (*FUNCTIONS, ECHO))  # noqa: B010  # of a module that only reads it
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
