"""Run by LibreOffice's own Python: opens workbooks, runs macros of the first while the last is the active one, prints what came back, as JSON.

run_vba.py JOB.json; the job: "profile" (folder), "books" (paths), "calls" ([macro, arguments]), "cells" ([sheet, cell] of the first
book). The answer: "results" (one for each call, or {"error"}), "cells" ([text, error number]), "active" (name of the active book).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ALWAYS_EXECUTE = 4  # com.sun.star.document.MacroExecMode.ALWAYS_EXECUTE_NO_WARN: of the documents opened here only


def _context(pipe: str) -> Any:
    import uno  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415  # only LibreOffice's Python has it

    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(120):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:  # not up yet
            time.sleep(0.5)
    raise SystemExit("LibreOffice did not start")


def _property(name: str, value: Any) -> Any:
    from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415

    return PropertyValue(Name=name, Value=value)


def _call(book: Any, macro: str, arguments: list[Any]) -> Any:
    try:
        script = book.getScriptProvider().getScript(f"vnd.sun.star.script:perfeval.{macro}?language=Basic&location=document")
        return script.invoke(tuple(arguments), (), ())[0]
    except Exception as error:  # whatever LibreOffice raises
        return {"error": str(error)[:500]}


def main(job: dict[str, Any]) -> None:
    pipe = f"perfeval{time.time_ns()}"
    office = subprocess.Popen(
        ["soffice", f"-env:UserInstallation=file://{job['profile']}", "--headless", "--norestore", f"--accept=pipe,name={pipe};urp;"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        context = _context(pipe)
        desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        options = (_property("MacroExecutionMode", ALWAYS_EXECUTE),)
        opened = [desktop.loadComponentFromURL(Path(path).resolve().as_uri(), "_blank", 0, options) for path in job["books"]]
        frame = opened[-1].CurrentController.Frame
        desktop.setActiveFrame(frame)
        frame.activate()
        first = opened[0]
        first.calculateAll()
        results = [_call(first, macro, arguments) for macro, arguments in job["calls"]]
        cells = []
        for sheet, cell in job["cells"]:
            at = first.Sheets.getByName(sheet).getCellRangeByName(cell)
            cells.append([at.String, at.getError()])
        print(json.dumps({"results": results, "cells": cells, "active": Path(desktop.getCurrentComponent().URL).name}))
        for book in opened:
            book.close(True)
        desktop.terminate()
        office.wait(30)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(office.pid, signal.SIGKILL)  # the program the script started too


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
