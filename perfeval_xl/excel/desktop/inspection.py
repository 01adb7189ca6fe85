"""Looks at the worksheet functions and commands as xlwings on Windows would; run in a process of its own.

On other systems xlwings' decorators do nothing, and its module of functions cannot be imported: here stand-ins take the place of
the Windows libraries, and the real decorators are put in before our functions are imported. That is no state for any other work.
Run: python -m perfeval_xl.excel.desktop.inspection FUNCTIONS COMMANDS; prints one JSON document.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
import json
import sys
import types
from collections.abc import Callable
from typing import Any

_WINDOWS = {"pythoncom": ("CoInitialize",), "pywintypes": (), "win32com": (), "win32com.client": ("Dispatch",)}


class _Book:
    """Asked for its name only. Not *.xlam: functions are then given the add-in as their workbook, never the active one, whose
    sheets called *.py xlwings would take for code."""

    Name = "perfeval"


def _stand_ins() -> None:
    if importlib.util.find_spec("pythoncom") is not None:
        return
    for name, contents in _WINDOWS.items():
        sys.modules[name] = types.ModuleType(name)
        for one in contents:
            setattr(sys.modules[name], one, None)


def inspect(functions: str, commands: str) -> dict[str, Any]:
    """functions, commands: names of modules. Returns: "wrappers" (VBA text), "functions" (name, category, doc, arguments), "commands" (ids)."""
    _stand_ins()
    import xlwings  # noqa: PLC0415  # after the stand-ins
    from xlwings import udfs  # noqa: PLC0415

    for name in ("func", "sub", "arg", "ret"):
        setattr(xlwings, name, getattr(udfs, f"xl{name}"))
    module = importlib.import_module(functions)
    out = io.StringIO()
    write_wrappers: Callable[..., None] = udfs.generate_vba_wrapper  # has no annotations
    write_wrappers(functions, module, out, _Book())
    described = [
        {
            "name": about["name"],
            "category": about["category"],
            "doc": about["ret"]["doc"],
            "arguments": [[a["name"], a["doc"]] for a in about["args"]],
        }
        for about in (function.__xlfunc__ for function in module.FUNCTIONS)
    ]  # fmt: skip
    return {"wrappers": out.getvalue(), "functions": described, "commands": sorted(importlib.import_module(commands).COMMANDS)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(inspect(*sys.argv[1:3])))
