"""One table in every file kind: what each cell holds, and a maker per kind."""

from __future__ import annotations

import datetime
import html
import io
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from perfeval_xl.workbook.grid import shown

DATA = Path(__file__).parents[1] / "workbook" / "data"
SHEET = "自评 表'1"
LONG = "绩效目标完成情况的说明" * 270


class Cell(NamedTuple):
    value: Any
    code: str = "General"
    error: str = ""
    formula: str = ""


D = datetime.date
CELLS: dict[tuple[int, int], Cell] = {
    (3, 2): Cell("2023年度部门整体支出绩效自评表"),
    **{(4, c): Cell(t) for c, t in enumerate(("指标", "年度目标值", "实际完成值", "分值", "得分"), 2)},
    (5, 2): Cell("合格率"), (5, 3): Cell(0.95, "0%"), (5, 4): Cell(0.9866, "0%"), (5, 5): Cell(5), (5, 6): Cell(None, error="#DIV/0!", formula="=1/0"), (5, 7): Cell("备用"),
    (6, 2): Cell("人数"), (6, 3): Cell(100, '0"人"'), (6, 4): Cell(98, '0"人"'), (6, 5): Cell(20.5), (6, 6): Cell(None, formula="=E6*2"),
    (7, 2): Cell("完成时间"), (7, 3): Cell(D(2023, 12, 31), "yyyy-mm-dd"), (7, 4): Cell(D(2023, 12, 1), 'yyyy"年"m"月"'), (7, 5): Cell(0), (7, 6): Cell(-1.25),
    (8, 2): Cell("=1+1"), (8, 3): Cell(LONG), (8, 4): Cell(value=True), (8, 5): Cell(0.1 + 0.2), (8, 6): Cell("<&>\"'；≥95%，“引号”𠮷"),
    (9, 2): Cell("合并"), (9, 3): Cell("  前后空格  "), (9, 4): Cell("第一行\n第二行"), (9, 5): Cell(123456789012345), (9, 6): Cell("00123"),
    (10, 3): Cell("－1"), (10, 4): Cell("@合计"),
}  # fmt: skip
MERGES = {(3, 2, 3, 6), (9, 2, 10, 2)}
HIDDEN_ROW, HIDDEN_COLUMN = 7, 7
HEIGHT, WIDTH = 10, 7
NAMES = {"PE_YEAR": (9, 6), "PE_INDICATORS": None}


def text(cell: Cell) -> str:
    """What a reader has to show of a cell."""
    return cell.value.strip() if isinstance(cell.value, str) else shown(cell.value, cell.code)


def texts() -> dict[tuple[int, int], str]:
    """Every cell with its text; cells that show nothing are left out."""
    return {spot: text(cell) for spot, cell in CELLS.items() if text(cell)}


def by_openpyxl() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    for (row, column), cell in CELLS.items():
        place = sheet.cell(row, column)
        place.value = cell.error or cell.formula or cell.value
        if cell.value == "=1+1":
            place.data_type = "s"
        place.number_format = cell.code
    for top, left, bottom, right in MERGES:
        sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
    sheet.row_dimensions[HIDDEN_ROW].hidden = True
    sheet.column_dimensions[get_column_letter(HIDDEN_COLUMN)].hidden = True
    sheet.protection.sheet = True
    other = book.create_sheet("隐藏表")
    other.sheet_state = "hidden"
    other["A1"] = "看不见"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def by_xlsxwriter() -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet(SHEET)
        merged = {(t, left): (b, r) for t, left, b, r in MERGES}
        for (row, column), cell in CELLS.items():
            shape = book.add_format({"num_format": cell.code})
            spot = (row - 1, column - 1)
            if (row, column) in merged:
                bottom, right = merged[row, column]
                sheet.merge_range(*spot, bottom - 1, right - 1, cell.value, shape)
            elif cell.error:
                sheet.write_formula(*spot, cell.formula, shape, cell.error)
            elif cell.formula:
                sheet.write_formula(*spot, cell.formula, shape, 41)
            elif isinstance(cell.value, str):
                sheet.write_string(*spot, cell.value, shape)
            elif isinstance(cell.value, datetime.date):
                sheet.write_datetime(*spot, cell.value, shape)
            elif isinstance(cell.value, bool):
                sheet.write_boolean(*spot, cell.value, shape)
            elif cell.value is not None:
                sheet.write_number(*spot, cell.value, shape)
        sheet.set_row(HIDDEN_ROW - 1, None, None, {"hidden": True})
        sheet.set_column(HIDDEN_COLUMN - 1, HIDDEN_COLUMN - 1, None, None, {"hidden": True})
        sheet.protect()
        other = book.add_worksheet("隐藏表")
        other.write_string(0, 0, "看不见")
        other.hide()
        quoted = SHEET.replace("'", "''")
        book.define_name("PE_YEAR", f"='{quoted}'!$F$9")
        book.define_name("PE_INDICATORS", f"='{quoted}'!$B$4:$F$10")
    return stream.getvalue()


def as_html(encoding: str = "utf-8") -> bytes:
    """As vendor systems export it under the name .xls."""
    covered = {(r, c) for t, left, b, right in MERGES for r in range(t, b + 1) for c in range(left, right + 1)} - {(t, left) for t, left, _, _ in MERGES}
    spans = {(t, left): f' rowspan="{b - t + 1}" colspan="{r - left + 1}"' for t, left, b, r in MERGES}
    lines = []
    for row in range(1, HEIGHT + 1):
        line = "".join(
            f"<td{spans.get((row, c), '')}>{_escaped(row, c)}</td>" for c in range(1, WIDTH + 1) if (row, c) not in covered
        )
        lines.append(f"<tr{' style=display:none' if row == HIDDEN_ROW else ''}>{line}</tr>")
    page = (
        f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta http-equiv="Content-Type" content="text/html; charset={encoding}">'
        f"<!--[if gte mso 9]><xml><x:Name>{html.escape(SHEET, quote=False)}</x:Name></xml><![endif]--><style>td {{color: red}}</style></head>"
        f"<body><script>alert(1)</script><table>{''.join(lines)}</table></body></html>"
    )
    return page.encode(encoding)


def _escaped(row: int, column: int) -> str:
    cell = CELLS.get((row, column), Cell(None))
    return html.escape(cell.error or text(cell)).replace("\n", "<br>")


def as_csv(encoding: str, delimiter: str = ",") -> bytes:
    import csv  # noqa: PLC0415

    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter)
    for row in range(1, HEIGHT + 1):
        cells = [CELLS.get((row, c), Cell(None)) for c in range(1, WIDTH + 1)]
        writer.writerow([c.error or text(c) for c in cells])
    return stream.getvalue().encode(encoding)


def as_xml2003() -> bytes:
    """SpreadsheetML 2003 as Excel writes it: indexes only where something is skipped."""
    codes = sorted({c.code for c in CELLS.values()})
    styles = "".join(f'<Style ss:ID="s{i}"><NumberFormat ss:Format="{html.escape(code)}"/></Style>' for i, code in enumerate(codes))
    spans = {(t, left): (b - t, r - left) for t, left, b, r in MERGES}
    lines = []
    for row in sorted({r for r, _ in CELLS}):
        cells = []
        for column in sorted(c for r, c in CELLS if r == row):
            cell = CELLS[row, column]
            down, across = spans.get((row, column), (0, 0))
            span = (f' ss:MergeDown="{down}"' if down else "") + (f' ss:MergeAcross="{across}"' if across else "")
            formula = f' ss:Formula="{cell.formula}"' if cell.formula else ""
            kind, value = _data(cell)
            data = f'<Data ss:Type="{kind}">{html.escape(value)}</Data>' if kind else ""
            cells.append(f'<Cell ss:Index="{column}" ss:StyleID="s{codes.index(cell.code)}"{span}{formula}>{data}</Cell>')
        lines.append(f'<Row ss:Index="{row}"{" ss:Hidden=" + chr(34) + "1" + chr(34) if row == HIDDEN_ROW else ""}>{"".join(cells)}</Row>')
    return (
        '<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        f'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel"><Styles>{styles}</Styles>'
        f'<Worksheet ss:Name="{html.escape(SHEET)}" ss:Protected="1"><Table><Column ss:Index="7" ss:Hidden="1"/>{"".join(lines)}</Table></Worksheet>'
        '<Worksheet ss:Name="隐藏表"><Table><Row><Cell><Data ss:Type="String">看不见</Data></Cell></Row></Table>'
        "<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></Worksheet></Workbook>"
    ).encode()


def _data(cell: Cell) -> tuple[str, str]:
    if cell.error:
        return "Error", cell.error
    if isinstance(cell.value, bool):
        return "Boolean", str(int(cell.value))
    if isinstance(cell.value, datetime.date):
        return "DateTime", f"{cell.value.isoformat()}T00:00:00.000"
    if isinstance(cell.value, str):
        return "String", cell.value
    return ("Number", repr(cell.value)) if cell.value is not None else ("", "")


def regenerate() -> None:
    """Writes the files that only an office program can write. By hand: python -m tests.support.contract"""
    soffice = shutil.which("soffice")
    assert soffice, "LibreOffice is needed to make these files"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "contract.xlsx"
        source.write_bytes(by_xlsxwriter())
        for kind in ("xls", "ods"):
            subprocess.run(
                [soffice, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", kind, "--outdir", str(DATA), str(source)],
                check=True, timeout=180,
            )  # fmt: skip


if __name__ == "__main__":
    regenerate()
