"""A workbook as the strict Excel of tests/support/excel_host.js holds it, and as a file again with what was changed in it."""

from __future__ import annotations

import base64
import datetime
import io
import json
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.datetime import to_excel

HOST = Path(__file__).with_name("excel_host.js")


def model(path: Path) -> dict[str, Any]:
    """Sheets with their cells, row and column from 0: value, number format, formula."""
    values, formulas = load_workbook(path, data_only=True), load_workbook(path)
    sheets = [_sheet(values[name], formulas[name]) for name in values.sheetnames]
    names = []
    for name, defined in values.defined_names.items():
        sheet, _, area = str(defined.value).rpartition("!")
        names.append({"name": name, "type": "Range", "formula": f"={defined.value}", "sheet": sheet.strip("'").replace("''", "'"), "area": area.replace("$", "")})
    return {"name": path.name, "names": names, "sheets": sheets}


def _sheet(values: Any, formulas: Any) -> dict[str, Any]:
    cells, unlocked = {}, []
    for row in formulas.iter_rows():
        for cell in row:
            key = f"{cell.row - 1},{cell.column - 1}"
            if not cell.protection.locked:
                unlocked.append(key)
            if cell.value is None:
                continue
            value = values.cell(cell.row, cell.column).value
            cells[key] = {"value": _plain(value), "format": cell.number_format, **({"formula": cell.value} if cell.data_type == "f" else {})}
    return {"name": values.title, "visibility": "Visible" if values.sheet_state == "visible" else "Hidden", "cells": cells, "isProtected": values.protection.sheet, "open": unlocked}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime | datetime.date):
        return to_excel(value)  # type: ignore[no-untyped-call]
    return "" if value is None else value


def script(path: Path) -> str:
    """What is served in place of office.js."""
    return f"const MODEL = {json.dumps(model(path), ensure_ascii=False)};\n{HOST.read_text(encoding='utf-8')}"


def saved(path: Path, changes: str) -> str:
    """The file with the changes the host noted, in Base64; byte for byte as it was where there are none."""
    found = json.loads(changes)
    if not found:
        return base64.b64encode(path.read_bytes()).decode()
    book = load_workbook(path)
    for one in found:
        if "added" in one:
            book.create_sheet(one["added"])
        elif "removed" in one:
            del book[one["removed"]]
        else:
            cell = book[one["sheet"]].cell(one["row"], one["column"])
            cell.value = one["formula"] or (None if one["value"] == "" else one["value"])
    stream = io.BytesIO()
    book.save(stream)
    return base64.b64encode(stream.getvalue()).decode()
