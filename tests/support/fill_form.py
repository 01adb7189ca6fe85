"""Run by LibreOffice's own Python: opens a form, does to it what a person would, saves it.

fill_form.py PIPE SOURCE TARGET STEPS.json; STEPS, in order: [sheet, cell, value] types, ["insert-row", sheet, row] puts a blank row
above that one, ["rename-sheet", old, new], ["delete-name", name], ["unprotect", sheet].
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import uno  # type: ignore[import-not-found, unused-ignore]
from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found, unused-ignore]


def _property(name: str, value: Any) -> Any:
    return PropertyValue(Name=name, Value=value)


def _desktop(pipe: str) -> Any:
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(120):
        try:
            remote = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
            return remote.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", remote)
        except Exception:  # not up yet
            time.sleep(0.5)
    raise SystemExit("LibreOffice did not start")


def _step(book: Any, step: list[Any]) -> None:
    sheets, (what, *rest) = book.Sheets, step
    if what == "insert-row":
        sheets.getByName(rest[0]).Rows.insertByIndex(rest[1] - 1, 1)
    elif what == "rename-sheet":
        sheets.getByName(rest[0]).Name = rest[1]
    elif what == "delete-name":
        book.NamedRanges.removeByName(rest[0])
    elif what == "unprotect":
        sheets.getByName(rest[0]).unprotect("")
    else:
        cell, value = rest
        at = sheets.getByName(what).getCellRangeByName(cell)
        if isinstance(value, int | float):
            at.setValue(value)
        else:
            at.setFormula(value)  # as typed


def main(pipe: str, source: str, target: str, steps: str) -> None:
    desktop = _desktop(pipe)
    book = desktop.loadComponentFromURL(Path(source).resolve().as_uri(), "_blank", 0, (_property("Hidden", True),))
    try:
        for step in json.loads(Path(steps).read_text(encoding="utf-8")):
            _step(book, step)
        book.calculateAll()
        book.storeToURL(Path(target).resolve().as_uri(), (_property("FilterName", "Calc MS Excel 2007 XML"),))
    finally:
        book.close(True)
        desktop.terminate()


if __name__ == "__main__":
    main(*sys.argv[1:5])
