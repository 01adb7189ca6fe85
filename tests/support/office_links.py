"""Run by a Python that has LibreOffice's `uno`: opens a workbook, follows every link of its first sheet, prints where each ends, as JSON.

Arguments: workbook, profile folder, column of the links, first and last row, all counted from 0.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any


def main() -> None:
    import uno  # type: ignore[import-not-found]  # noqa: PLC0415  # only LibreOffice's Python has it; others only look at this file
    from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found]  # noqa: PLC0415

    path, profile, column, first, last = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
    pipe = f"perfeval{time.time_ns()}"
    office = subprocess.Popen(["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--norestore", f"--accept=pipe,name={pipe};urp;"])
    try:
        context = connected(pipe)
        desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
        hidden = PropertyValue()
        hidden.Name, hidden.Value = "Hidden", True
        book = desktop.loadComponentFromURL(uno.systemPathToFileUrl(path), "_blank", 0, (hidden,))
        ends = []
        for row in range(first, last + 1):
            fields = book.Sheets.getByIndex(0).getCellByPosition(column, row).getTextFields()
            opened = desktop.loadComponentFromURL(fields.getByIndex(0).URL, "_blank", 0, (hidden,))
            address = opened.CurrentSelection.getRangeAddress()
            sheet = opened.Sheets.getByIndex(address.Sheet).Name
            ends.append([uno.fileUrlToSystemPath(opened.URL), sheet, address.StartColumn, address.StartRow])
            opened.close(True)  # noqa: FBT003  # the office's own signature
        book.close(True)  # noqa: FBT003
        print(json.dumps(ends))
        desktop.terminate()
        office.wait(30)
    finally:
        office.kill()


def connected(pipe: str) -> Any:
    import uno  # noqa: PLC0415

    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(120):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except Exception:  # it is not there yet; the class of the error belongs to the bridge
            time.sleep(0.5)
    raise TimeoutError


if __name__ == "__main__":
    main()
