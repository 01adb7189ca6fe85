"""Finding cells of a workbook by what stands above and beside them."""

from __future__ import annotations

from openpyxl.worksheet.worksheet import Worksheet


def cell_of(sheet: Worksheet, heading: str, where: str = "", offset: int = 0) -> str:
    """Address below a heading: of the row that holds `where`, or the first one, and offset rows further."""
    head = next(c for row in sheet.iter_rows() for c in row if c.value == heading)
    rows = range(head.row + 1, sheet.max_row + 1)
    row = next(r for r in rows if not where or any(c.value == where for c in sheet[r]))
    return f"{head.column_letter}{row + offset}"
