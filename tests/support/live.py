"""A workbook as an open Excel holds it, over openpyxl: what the add-in sends of it, and what the actions that come back do to it.

Strict: an action nobody knows, a text that Excel would take for a number, a value that would vanish in a merged block, a locked cell
of a protected sheet are errors. Formulas are not calculated; those already there keep their stored results.
"""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import xlwings as xw
from lxml import etree
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from tests.support.reading import loaded

_NUMBER_LIKE = re.compile(r"[-+(]?[¥$]?\d[\d,]*(\.\d*)?\s*%?\)?|\d+[-/]\d+([-/]\d+)?|\d+:\d+(:\d+)?|\d+\.?\d*[eE][-+]?\d+|TRUE|FALSE", re.IGNORECASE)
_RULE: Any = FormulaRule
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


class RefusedError(Exception):
    """What Excel says of a cell that may not be written."""


class LiveBook:
    """One open workbook. path: the file it came from, which is never written. refuse_after: writes until all are refused. refuse_once: the one write that is refused."""

    def __init__(self, path: Path, active: int = 0) -> None:
        self.path, self.active = path, active
        self.book = loaded(path)
        self.results: dict[tuple[str, str], Any] = {}
        for sheet in loaded(path, data_only=True).worksheets:
            own = self.book[sheet.title]
            for row in own.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        self.results[sheet.title, cell.coordinate] = sheet[cell.coordinate].value
        self.alerts: list[str] = []
        self.writes = 0
        self.refuse_after: int | None = None
        self.refuse_once = 0

    def sheets(self) -> list[Worksheet]:
        return list(self.book.worksheets)

    def shown(self, sheet: Worksheet, cell: Cell | MergedCell) -> Any:
        """What the cell shows, as Office.js sends it."""
        value = cell.value
        if cell.data_type == "f":
            value = self.results.get((sheet.title, cell.coordinate))
            link = re.fullmatch(r'=HYPERLINK\("(?:[^"]|"")*","((?:[^"]|"")*)"\)', str(cell.value))
            if link:
                value = link[1].replace('""', '"')
        if value is None:
            return ""
        if isinstance(value, datetime.datetime):
            return value.isoformat(timespec="milliseconds") + "Z"
        return value

    def values(self, sheet: Worksheet) -> list[list[Any]]:
        """From A1 to the last cell that holds something, as Office.js's values-only range."""
        rows = [[self.shown(sheet, c) for c in row] for row in sheet.iter_rows(min_row=1, min_col=1)] or [[""]]
        while len(rows) > 1 and all(v == "" for v in rows[-1]):
            rows.pop()
        width = max([i + 1 for row in rows for i, v in enumerate(row) if v != ""], default=1)
        return [row[:width] for row in rows]

    def sheet_payload(self, sheet: Worksheet) -> dict[str, Any]:
        values = self.values(sheet)
        notes = [{"address": c.coordinate} for row in sheet.iter_rows() for c in row if c.comment is not None]
        corner = f"{get_column_letter(len(values[0]))}{len(values)}"
        return {
            "name": sheet.title, "visibility": "Visible" if sheet.sheet_state == "visible" else "Hidden", "values": values, "notes": notes, "notes_supported": True,
            "used_range_address": f"A1:{corner}" if corner != "A1" else "A1", "print_area": None, "show_gridlines": True,
            "pictures": [], "shapes": [], "charts": [], "tables": [], "pivot_tables": [],
        }  # fmt: skip

    def payload(self) -> dict[str, Any]:
        """What xlwings' script for Office.js sends."""
        titles = [s.title for s in self.sheets()]
        names = []
        for name, defined in self.book.defined_names.items():
            sheet, _, area = str(defined.attr_text).rpartition("!")
            title = sheet.strip("'").replace("''", "'")
            names.append({
                "name": name, "refers_to": f"={defined.attr_text}", "type": "Range", "sheet_index": titles.index(title) if title in titles else None,
                "address": area.replace("$", "") or None, "scope_sheet_name": None, "scope_sheet_index": None, "book_scope": True,
            })  # fmt: skip
        return {
            "client": "Office.js", "version": xw.__version__, "names": names, "sheets": [self.sheet_payload(s) for s in self.sheets()],
            "book": {"name": self.path.name, "active_sheet_index": self.active, "selection": "A1", "calculation": "Automatic"},
        }  # fmt: skip

    def apply(self, action: dict[str, Any]) -> None:
        """One action. Raises: RefusedError; KeyError for one that is not known here."""
        func, args = action["func"], action["args"]
        if func == "alert":
            self.alerts.append(args[0])
            return
        self.writes += 1
        if self.writes == self.refuse_once or (self.refuse_after is not None and self.writes > self.refuse_after):
            raise RefusedError(func)
        if func == "addSheet":
            self.book.create_sheet(args[1], args[0])
        elif func == "activateSheet":
            self.active = args[0]
        elif func == "calculate":
            self.calculate()
        else:
            _ACTIONS[func](self, self.sheets()[action["sheet_position"]], action)

    def write(self, sheet: Worksheet, row: int, column: int, value: Any) -> None:
        """As Range.values takes it."""
        cell = sheet.cell(row, column)
        if isinstance(cell, MergedCell):
            assert value in {"", None}, f"{sheet.title}!{cell.coordinate} lies in a merged block: {value!r} would vanish"
            return
        if sheet.protection.sheet and cell.protection.locked:
            raise RefusedError(f"{sheet.title}!{cell.coordinate} is locked")
        self.results.pop((sheet.title, cell.coordinate), None)
        if isinstance(value, str) and value.startswith("'"):
            cell.value, cell.data_type = value[1:], "s"
        elif isinstance(value, str) and value.startswith("="):
            cell.value = value
        elif isinstance(value, str) and cell.number_format == "@":
            cell.value, cell.data_type = value or None, "s" if value else "n"
        elif isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?%", value):
            cell.value = float(value[:-1]) / 100
            if cell.number_format == "General":
                cell.number_format = "0.00%"
        else:
            assert not (isinstance(value, str) and _NUMBER_LIKE.fullmatch(value.strip())), f"Excel would take {value!r} for a number"
            is_text = cell.number_format == "@" and isinstance(value, int | float) and not isinstance(value, bool)
            cell.value = None if value == "" else str(value) if is_text else value

    def calculate(self) -> None:
        """The sums of plain columns; every other formula keeps its result."""
        for sheet in self.sheets():
            for row in sheet.iter_rows():
                for cell in row:
                    found = re.fullmatch(r"=SUM\(([A-Z]+[0-9]+:[A-Z]+[0-9]+)\)", str(cell.value))
                    if found:
                        area: Any = sheet[found[1]]
                        values = [c.value for line in area for c in line if isinstance(c.value, int | float)]
                        self.results[sheet.title, cell.coordinate] = round(sum(values), 10)

    def faces(self) -> dict[tuple[str, str], tuple[Any, ...]]:
        """Everything that can be seen of every cell, and of every sheet under the address ''."""
        out: dict[tuple[str, str], tuple[Any, ...]] = {}
        for sheet in self.sheets():
            for row in sheet.iter_rows():
                for cell in row:
                    note = cell.comment.text if cell.comment is not None else None
                    if cell.value is not None or cell.has_style or note:
                        out[sheet.title, cell.coordinate] = (cell.value, note, cell.style_id)  # one for every combination of formats
            widths = {k: (d.width, d.hidden) for k, d in sheet.column_dimensions.items()}
            rules = sorted((str(r.sqref), [x.formula for x in r.rules]) for r in sheet.conditional_formatting)
            checks = sorted((str(v.sqref), v.type, v.formula1) for v in sheet.data_validations.dataValidation)
            merged = sorted(map(str, sheet.merged_cells.ranges))
            guard = sorted((k, v) for k, v in vars(sheet.protection).items())
            out[sheet.title, ""] = (None, None, sheet.sheet_state, repr(widths), repr(rules), repr(checks), repr(merged), repr(guard), repr(sheet.auto_filter.ref))
        return out

    def saved(self) -> bytes:
        """The file that Excel would save, with the stored results of formulas."""
        stream = io.BytesIO()
        self.book.save(stream)
        out = io.BytesIO()
        with zipfile.ZipFile(stream) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for part in source.infolist():
                data = source.read(part)
                found = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", part.filename)
                if found:
                    data = self._with_results(self.sheets()[int(found[1]) - 1], data)
                target.writestr(part, data)
        return out.getvalue()

    def _with_results(self, sheet: Worksheet, data: bytes) -> bytes:
        root = etree.fromstring(data)
        for cell in root.iter(f"{_MAIN}c"):
            if cell.find(f"{_MAIN}f") is None:
                continue
            value = self.shown(sheet, sheet[cell.get("r")])
            stored = cell.find(f"{_MAIN}v")
            stored = stored if stored is not None else etree.SubElement(cell, f"{_MAIN}v")
            stored.text = str(int(value)) if isinstance(value, bool) else str(value)
            kind = "b" if isinstance(value, bool) else None if isinstance(value, int | float) else "e" if str(value).startswith("#") else "str"
            cell.attrib.pop("t", None)
            if kind:
                cell.set("t", kind)
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def changed(before: dict[tuple[str, str], tuple[Any, ...]], after: dict[tuple[str, str], tuple[Any, ...]]) -> dict[tuple[str, str], tuple[Any, Any]]:
    """Cells that look different: (old value, new value). Of one whose value is the same, 'looks'."""
    found: dict[tuple[str, str], tuple[Any, Any]] = {}
    for at in sorted({*before, *after}):
        old, new = before.get(at), after.get(at)
        if old != new:
            found[at] = (old[0] if old else None, new[0] if new else None) if not (old and new and old[0] == new[0]) else ("looks", "looks")
    return found


def looks_changed(before: dict[tuple[str, str], tuple[Any, ...]], after: dict[tuple[str, str], tuple[Any, ...]]) -> list[tuple[str, str]]:
    """Cells and sheets that were there before and whose formats, validation, protection, merged blocks or widths are others now."""
    return [at for at, face in before.items() if face[2:] != after.get(at, (None, None))[2:]]


def _cells(action: dict[str, Any]) -> Iterator[tuple[int, int]]:
    for row in range(action["row_count"]):
        for column in range(action["column_count"]):
            yield action["start_row"] + 1 + row, action["start_column"] + 1 + column


def _set_values(live: LiveBook, sheet: Worksheet, action: dict[str, Any]) -> None:
    values: Sequence[Sequence[Any]] = action["values"]
    assert len(values) == action["row_count"], "Excel takes a block of exactly the range's size"
    assert all(len(line) == action["column_count"] for line in values), "Excel takes a block of exactly the range's size"
    for row, column in _cells(action):
        live.write(sheet, row, column, values[row - action["start_row"] - 1][column - action["start_column"] - 1])


def _note_at(live: LiveBook, sheet: Worksheet, action: dict[str, Any]) -> Cell:
    del live
    cell = sheet[action["args"][0].replace("$", "")]
    if sheet.protection.sheet and sheet.protection.objects:
        raise RefusedError(f"{sheet.title}: notes are protected")
    assert isinstance(cell, Cell)
    return cell


def _add_note(live: LiveBook, sheet: Worksheet, action: dict[str, Any]) -> None:
    cell = _note_at(live, sheet, action)
    assert cell.comment is None, "there is a note already"
    cell.comment = Comment(action["args"][1], "")


def _delete_note(live: LiveBook, sheet: Worksheet, action: dict[str, Any]) -> None:
    _note_at(live, sheet, action).comment = None


def _sheet_delete(live: LiveBook, sheet: Worksheet, action: dict[str, Any]) -> None:
    del action
    live.book.remove(sheet)


def _column_width(live: LiveBook, sheet: Worksheet, action: dict[str, Any]) -> None:
    del live
    for _, column in _cells(action):
        sheet.column_dimensions[get_column_letter(column)].width = action["args"][0]


def _each(sheet: Worksheet, action: dict[str, Any]) -> Iterator[Cell]:
    for row, column in _cells(action):
        cell = sheet.cell(row, column)
        if isinstance(cell, Cell):
            yield cell


def _font(live: LiveBook, sheet: Worksheet, action: dict[str, Any]) -> None:
    del live
    name, value = action["args"]
    for cell in _each(sheet, action):
        font: Any = copy(cell.font)
        cell.font = Font(name=font.name, size=font.size, bold=value if name == "bold" else font.bold)


def _fill(live: LiveBook, sheet: Worksheet, action: dict[str, Any]) -> None:
    del live
    for cell in _each(sheet, action):
        cell.fill = PatternFill("solid", fgColor=action["args"][0].lstrip("#"))


def _wrap(live: LiveBook, sheet: Worksheet, action: dict[str, Any]) -> None:
    del live
    for cell in _each(sheet, action):
        alignment: Any = copy(cell.alignment)
        alignment.wrapText = action["args"][0]
        cell.alignment = alignment


def _conditional(live: LiveBook, sheet: Worksheet, action: dict[str, Any]) -> None:
    del live
    rule = action["args"][0]
    spec = _RULE(formula=[str(rule["formula"]).lstrip("=")])
    spec.dxf = DifferentialStyle(fill=PatternFill(bgColor=str(rule["fill_color"]).lstrip("#")))
    sheet.conditional_formatting.add(action["where"], spec)


def _autofit(live: LiveBook, sheet: Worksheet, action: dict[str, Any]) -> None:
    del live
    if sheet.protection.sheet and sheet.protection.formatRows:
        raise RefusedError(f"{sheet.title}: heights are protected")
    assert action["args"] == ["rows"]
    for row, _ in _cells(action):
        sheet.row_dimensions[row].height = None


_ACTIONS: dict[str, Any] = {
    "setAutofit": _autofit,
    "setValues": _set_values, "addNote": _add_note, "deleteNote": _delete_note, "sheetDelete": _sheet_delete, "setColumnWidth": _column_width,
    "setFontProperty": _font, "setRangeColor": _fill, "setWrapText": _wrap, "addConditionalFormat": _conditional,
}  # fmt: skip
