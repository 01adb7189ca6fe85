"""A rule set as a workbook to edit, and back. Writing: aside, then moved into place. Reading: texts of cells, nothing run."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from perfeval_xl.core.decimals import HUNDRED, plain
from perfeval_xl.core.findings import Location, finding
from perfeval_xl.core.parameters import STATUS_TITLES, RuleStatus
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.files import OutputError, check_output, placed
from perfeval_xl.rulesets.loader import RulesetError
from perfeval_xl.rulesets.sheet_finding import MAX_COLUMNS, MAX_ROWS, Sheet
from perfeval_xl.rulesets.sheet_reading import Reading, read
from perfeval_xl.rulesets.sheet_rows import Value, fill
from perfeval_xl.rulesets.sheets import OTHERWISE, TABLES, Column, Kind, Shape, Table, headings
from perfeval_xl.workbook.grid import Grid, letter
from perfeval_xl.workbook.read import ReadError, read_workbook

GUIDE = "说明"
MAX_FILE = 2_000_000
MAX_UNPACKED = 16_000_000
"""A rule set has a few hundred filled rows; what is far larger is something else, and slow to read."""
MAX_CELL = 32_000
DIGITS = 15
"""Significant digits that spreadsheets keep; a number of more is written as text."""
_CREATED = datetime.datetime(2026, 1, 1)  # constant: the same rule set gives the same file


def read_ruleset_book(path: Path) -> Reading:
    """The rule set in a workbook, or everything that is wrong with it. Raises: ReadError where it is no workbook."""
    _guard(path)
    book = read_workbook(path)
    return read(book.file, [_sheet(grid) for grid in book.grids])


def _guard(path: Path) -> None:
    """Sizes, before anything is unpacked; what is no workbook at all, the reader says."""
    try:
        if not path.is_file():
            if path.exists() and not path.is_dir():  # a pipe or a device would never end
                raise ReadError(finding("not-a-workbook", Location(path.name), "这不是普通文件", "一个 .xlsx 工作簿"))
            return
        packed = path.stat().st_size
        unpacked = 0
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                unpacked = sum(part.file_size for part in archive.infolist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return
    if packed > MAX_FILE or unpacked > MAX_UNPACKED:
        found = f"文件有 {packed / 1e6:.1f} MB，解压后 {unpacked / 1e6:.1f} MB，远大于规则集"
        expected = f"不超过 {MAX_FILE // 1_000_000} MB、解压后不超过 {MAX_UNPACKED // 1_000_000} MB 的规则集工作簿"
        raise ReadError(finding("unsafe-workbook", Location(path.name), found, expected))


def _sheet(grid: Grid) -> Sheet:
    width = min(grid.width, MAX_COLUMNS)
    rows = [[grid.own(row, column) for column in range(1, width + 1)] for row in range(1, min(grid.height, MAX_ROWS + 1) + 1)]
    broken = {at: f"公式的结果是错误值 {text}" for at, text in grid.errors.items()} | dict.fromkeys(grid.uncalculated, "公式还没有计算结果")
    for row, column in broken:  # a broken cell past the last filled one still has its row
        rows.extend([] for _ in range(row - len(rows)) if row <= MAX_ROWS)
        if row <= MAX_ROWS and column <= MAX_COLUMNS:
            rows[row - 1].extend("" for _ in range(column - len(rows[row - 1])))
    return Sheet(grid.sheet, rows, broken)


# ---- writing ---------------------------------------------------------------------------------------------------------


def write_ruleset_book(ruleset: Ruleset, path: Path) -> None:
    """Writes the workbook; an existing file is replaced as a whole. Raises: RulesetError."""
    if path.suffix.lower() != ".xlsx":
        raise RulesetError(f"输出文件“{path.name}”的扩展名应为 .xlsx。请更改文件名。")
    try:
        check_output(path)
        with placed(path) as aside, aside.open("wb") as stream:
            _write(ruleset, stream)
    except OutputError as error:
        raise RulesetError(str(error)) from error


def _write(ruleset: Ruleset, stream: Any) -> None:
    import xlsxwriter  # noqa: PLC0415  # on demand

    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"title": f"规则集 {ruleset.title}", "author": "perfeval_xl", "created": _CREATED})
    formats = {name: book.add_format({"font_name": "宋体", "font_size": 10, "valign": "vcenter", "text_wrap": True, **own}) for name, own in _FORMATS.items()}
    rows = fill(ruleset, ruleset.id)
    guide = book.add_worksheet(GUIDE)
    names = list(dict.fromkeys(table.sheet for table in TABLES))
    sheets = {name: book.add_worksheet(name) for name in names}
    areas = _areas(rows)
    for name in names:
        _write_sheet(sheets[name], [t for t in TABLES if t.sheet == name], rows, areas, formats)
    _write_guide(guide, ruleset, formats)
    book.close()


_LINE = {"border": 1, "border_color": "#9AA5B1"}
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "blank": {"locked": False},
    "title": {"font_size": 15, "bold": True, "font_name": "黑体", "text_wrap": False},
    "hint": {"font_color": "#5B6770", "text_wrap": False},
    "part": {"bold": True, "font_name": "黑体", "font_size": 11, "text_wrap": False},
    "head": {"bold": True, "bg_color": "#DDE7F0", "align": "center", **_LINE},
    "label": {"bg_color": "#F3F6F9", "indent": 1, **_LINE},
    "fixed": {"font_color": "#5B6770", "bg_color": "#F3F6F9", "indent": 1, "align": "left", **_LINE},
    "text": {"locked": False, "indent": 1, "align": "left", **_LINE},
    "centre": {"locked": False, "align": "center", **_LINE},
    "number": {"locked": False, "align": "right", "indent": 1, **_LINE},
    "date": {"locked": False, "align": "center", "num_format": "yyyy-mm-dd", **_LINE},
    "rate": {"locked": False, "align": "right", "indent": 1, "num_format": "0.00%", **_LINE},
    "fine-rate": {"locked": False, "align": "right", "num_format": "0.00########%", **_LINE},
    "guide": {"font_size": 11, "align": "left"},
    "guide-head": {"font_size": 12, "bold": True, "font_name": "黑体", "text_wrap": False},
}
_STYLE = {Kind.TEXT: "text", Kind.WORDS: "text", Kind.CHOICES: "text", Kind.CHOICE: "centre", Kind.DATE: "date", Kind.RATE: "rate",
          Kind.POINTS: "number", Kind.NUMBER: "number", Kind.INTEGER: "number"}  # fmt: skip
_TOP = 3  # rows above the first table: title, hint, blank


def _areas(rows: Mapping[str, Sequence[Sequence[Value]]]) -> dict[str, tuple[int, int]]:
    """First and last input row of every table, counted from 1."""
    areas: dict[str, tuple[int, int]] = {}
    next_row: dict[str, int] = {}
    for table in TABLES:
        first = next_row.get(table.sheet, _TOP) + (3 if _is_stacked(table) else 2)
        last = first + len(rows[table.key]) + table.spare - 1
        areas[table.key] = first, last
        next_row[table.sheet] = last + 1
    return areas


def _is_stacked(table: Table) -> bool:
    return sum(other.sheet == table.sheet for other in TABLES) > 1


def _column_of(table: Table, position: int) -> int:
    """Tables below one another line up: what they have in common stands in the same columns."""
    own = len(table.columns) - 6 if table.columns[-1].field == "note" else len(table.columns)
    widest = max(len(t.columns) - 6 for t in TABLES if t.sheet == table.sheet) if _is_stacked(table) and table.columns[-1].field == "note" else own
    return position if position < own else position + widest - own


def _write_sheet(sheet: Any, tables: Sequence[Table], rows: Mapping[str, Sequence[Sequence[Value]]], areas: Mapping[str, tuple[int, int]], formats: Mapping[str, Any]) -> None:
    widths: dict[int, int] = {}
    for table in tables:
        for position, column in enumerate(table.columns):
            if table.shape is not Shape.PAIRS:
                at = _column_of(table, position)
                widths[at] = max(widths.get(at, 0), column.width)
    for at, width in widths.items():
        sheet.set_column(at, at, width)
    last_column = max(widths)
    for row in range(_TOP - 1):
        for at in range(last_column + 1):
            sheet.write_blank(row, at, None, formats["title"])
    sheet.write_string(0, 0, tables[0].title if len(tables) == 1 else tables[0].sheet, formats["title"])
    sheet.write_string(1, 0, "白色单元格可以修改；选中单元格可看到填写要求。行不够时，在表中插入行；不要删除列，不要改动表头。", formats["hint"])
    sheet.set_row(0, 26)
    for table in tables:
        _write_table(sheet, table, rows[table.key], areas, formats)
    sheet.protect("", {"insert_rows": True, "delete_rows": True, "format_cells": True, "format_columns": True, "format_rows": True, "sort": True})
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # 套号, years in names: meant as texts
    _page(sheet, pages=0 if len(tables) == 1 else 1)
    if len(tables) == 1:
        header = areas[tables[0].key][0] - 2
        sheet.repeat_rows(header)
        sheet.freeze_panes(header + 1, 0)


def _page(sheet: Any, pages: int = 0) -> None:
    """A4 across, one page wide; pages: high, 0 for as many as it takes."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, pages)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.set_footer("&C&9&A　第 &P 页，共 &N 页")
    sheet.hide_gridlines(2)


def _write_table(sheet: Any, table: Table, rows: Sequence[Sequence[Value]], areas: Mapping[str, tuple[int, int]], formats: Mapping[str, Any]) -> None:
    first, last = areas[table.key]
    for row in range(first - 1, last):
        values = rows[row - first + 1] if row - first + 1 < len(rows) else ()
        # a whole row unlocked, or Excel lets nobody delete it; its height written down, for a row format stops fitting
        sheet.set_row(row, _height(table, values), formats["blank"])
    if _is_stacked(table):
        sheet.write_string(first - 3, 0, table.title, formats["part"])
        sheet.set_row(first - 3, 20)
    for position, heading in enumerate(headings(table)):
        sheet.write_string(first - 2, _column_of(table, position), heading, formats["head"])
    sheet.set_row(first - 2, 30 if table.shape is not Shape.PAIRS else 20)
    if table.shape is Shape.PAIRS:
        for row, (column, values) in enumerate(zip(table.columns, rows, strict=True), first - 1):
            is_fixed = column.field in {"origin", "version"}
            sheet.write_string(row, 0, column.heading, formats["label"])
            _put(sheet, (row, 1), column, values[0], formats, "fixed" if is_fixed else "text")
            sheet.write_string(row, 2, column.help, formats["fixed"])
            if not is_fixed:
                _validate(sheet, (row, 1, row, 1), column, table, areas)
        return
    for position, column in enumerate(table.columns):
        at = _column_of(table, position)
        for row in range(first - 1, last):
            value = rows[row - first + 1][position] if row - first + 1 < len(rows) else None
            _put(sheet, (row, at), column, value, formats, _STYLE[column.kind])
        _validate(sheet, (first - 1, at, last - 1, at), column, table, areas)


def _height(table: Table, values: Sequence[Value]) -> int:
    """Enough for the wrapped texts of a row: a Chinese character takes two columns' worth of width."""
    lines = 1
    for column, value in zip(table.columns, values, strict=False):
        if isinstance(value, str) and column.width:
            lines = max(lines, *(-(-sum(1 if c.isascii() else 2 for c in part) // max(column.width - 3, 1)) for part in value.split("\n")))
    return min(6 + 14 * lines, 400)


def _put(sheet: Any, at: tuple[int, int], spec: Column, value: Value, formats: Mapping[str, Any], style: str) -> None:  # noqa: PLR0913  # a cell is all of these
    """One cell; texts always as texts, whatever they begin with."""
    row, column = at
    if value is None or value == "":
        sheet.write_blank(row, column, None, formats[style])
    elif isinstance(value, Decimal | int):
        number = Decimal(value)
        if spec.kind is Kind.RATE and -_exponent(number) > 4:
            style = "fine-rate"
        if _is_exact(number):
            sheet.write_number(row, column, float(number), formats[style])
        else:
            sheet.write_string(row, column, plain(number * HUNDRED) + "%" if spec.kind is Kind.RATE else plain(number), formats[style])
    elif isinstance(value, datetime.date):
        if value.year > 1900:
            sheet.write_datetime(row, column, datetime.datetime(value.year, value.month, value.day), formats[style])
        else:  # before the calendar of spreadsheets
            sheet.write_string(row, column, value.isoformat(), formats[style])
    else:
        if len(value) > MAX_CELL:
            raise RulesetError(f"“{spec.heading}”的文字有 {len(value)} 字，一个单元格放不下（最多 {MAX_CELL} 字）。请直接修改 TOML 文件。")
        sheet.write_string(row, column, value, formats[style])


def _exponent(number: Decimal) -> int:
    exponent = number.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _is_exact(number: Decimal) -> bool:
    """Whether a spreadsheet keeps every digit."""
    return len(number.normalize().as_tuple().digits) <= DIGITS and Decimal(format(float(number), f".{DIGITS}g")) == number


def _validate(sheet: Any, area: tuple[int, int, int, int], column: Column, table: Table, areas: Mapping[str, tuple[int, int]]) -> None:
    """Drop-down or check of an area (first row, column, last row, column), and the prompt that shows on its cells."""
    rule: dict[str, Any] = {"validate": "any"}
    if column.titles and column.kind is Kind.CHOICE:
        rule = {"validate": "list", "source": list(column.titles.values())}
    elif column.offered:
        top, bottom = areas[column.offered]
        source = next(t for t in TABLES if t.key == column.offered)
        rule = {"validate": "list", "source": f"='{source.sheet}'!${letter(1)}${top}:${letter(1)}${bottom}"}
    elif column.kind is Kind.RATE:
        rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 10}
    elif column.kind is Kind.NUMBER:
        rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1_000_000}
    elif column.kind is Kind.POINTS and not (table.key == "points" and column.field == "up_to"):  # that one also takes 以上
        rule = {"validate": "decimal", "criteria": "between", "minimum": -1_000_000, "maximum": 1_000_000}
    elif column.kind is Kind.INTEGER:
        low, high = (1900, 9999) if column.field.endswith("year") else (0, 6)
        rule = {"validate": "integer", "criteria": "between", "minimum": low, "maximum": high}
    elif column.kind is Kind.DATE:
        rule = {"validate": "date", "criteria": "between", "minimum": datetime.date(1901, 1, 1), "maximum": datetime.date(9999, 12, 31)}
    text = column.help or ("从下拉列表中选择。" if rule["validate"] == "list" else "")
    if rule["validate"] == "any" and not text:
        return
    if text and table.shape is not Shape.PAIRS:  # there the text stands beside the cell
        rule |= {"input_title": column.heading, "input_message": text[:250]}
    if rule["validate"] != "any":
        rule |= {"error_title": "填写有误", "error_message": f"{column.heading}：{text or '请填数字。'}"[:250]}
    sheet.data_validation(*area, rule)


def _write_guide(sheet: Any, ruleset: Ruleset, formats: Mapping[str, Any]) -> None:
    sheet.set_column(0, 0, 5)
    sheet.set_column(1, 1, 120)
    sheet.write_string(0, 0, "规则集填写说明", formats["title"])
    sheet.set_row(0, 28)
    unconfirmed = sum(p.status is RuleStatus.UNCONFIRMED for _, p in ruleset.parameters())
    row = 2
    for head, lines in _guide(ruleset, unconfirmed):
        sheet.write_string(row, 0, head, formats["guide-head"])
        sheet.set_row(row, 22)
        for n, line in enumerate(lines, 1):
            sheet.write_string(row + n, 0, f"{n}.", formats["guide"])
            sheet.write_string(row + n, 1, line, formats["guide"])
            sheet.set_row(row + n, 20 + 16 * (len(line) // 80))
        row += len(lines) + 2
    sheet.protect("")
    _page(sheet)


def _guide(ruleset: Ruleset, unconfirmed: int) -> list[tuple[str, list[str]]]:
    titles = "、".join(STATUS_TITLES.values())
    return [
        ("本工作簿", [
            f"内容：{ruleset.title}（编号 {ruleset.id}），共 {sum(1 for _ in ruleset.parameters())} 项参数，其中未核实 {unconfirmed} 项。",
            "每项参数都注明依据、条款、核实状态和起止日期。计分时按自评年度最后一天有效的参数计算。",
        ]),
        ("怎样修改", [
            "在“基本信息”中填写规则集编号。编号不变，即替换同一编号的规则集；改了编号，即为新的规则集。",
            "比例一律填带百分号的数，如 60%。只填 0.6 或 60 无法确定是哪一种，交回时会提示改正。分值和扣分填数字，不带单位。",
            "有下拉列表的单元格，请从列表中选择。一格中有几项文字的，用顿号“、”隔开。",
            f"核实状态有{titles}三种。与正式文件核对过的选“已核实”，并在“条款”中写明出处；不确定的选“未核实”，结果中会注明。",
            "规定有变化时，不必删除原来的参数：给原参数填上失效日期，另加一行填新的参数和生效日期，以前年度仍按原规定计算。",
            "规则自上而下采用：先找写明指标名称的规则，再找适用方向相符的第一条规则。扣分标准、区间得分、定性等次、评分要点按规则编号与“评分规则”对应。",
            f"“区间得分”中，每个分值的最后一行，区间上限填“{OTHERWISE}”，表示超过最后一个上限时的得分。",
            "不需要的内容请清空或删除整行，不要删除列和工作表。表头已保护；没有设密码。",
        ]),
        ("怎样交回", [
            "保存后运行：perfeval rulesets add 规则集.xlsx",
            "程序先检查全部内容。有错误时，逐条列出工作表、单元格、现有内容和应填内容，不保存任何改动；改正后再运行即可。",
            "没有错误时，规则集存入本机，原有版本另存备查，并列出改动的参数和一份样表在修改前后的得分。",
            "使用时指定编号，例如：perfeval score 自评表.xlsx --ruleset 编号",
        ]),
    ]  # fmt: skip
