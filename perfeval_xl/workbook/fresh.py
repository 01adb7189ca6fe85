"""Fresh: a new workbook with the table of a file that cannot be changed in place, and what was computed from it."""

from __future__ import annotations

import datetime
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.model import Evaluation, IndicatorScore, Status
from perfeval_xl.workbook.grid import CellValue, Grid, Merge, position, shown
from perfeval_xl.workbook.manner import Written, rounded_rate

RESULT_SHEET = "计算结果"
_FONT = {"font_name": "宋体", "font_size": 10, "valign": "vcenter", "text_wrap": True}
_MAX_TEXT = 32_767
_WIDTH = 16  # of a copied column, in characters
_MAX_MEASURED = 50  # columns looked at for the height of a row
_LINE, _MAX_HEIGHT = 14, 400
_MAX_NAME = 31
_DAY_ONE = datetime.date(1900, 3, 1)  # earlier dates count differently from program to program: written as text
_STATUS = {Status.UNSCORED: "未能计分", Status.NOT_APPLICABLE: "本年不适用", Status.ALTERNATIVE: "二选一，已按另一项计分", Status.DETAIL: "明细，不单独计分"}
_COLUMNS = (("单元格", 9), ("一级指标", 12), ("二级指标", 14), ("三级指标", 28), ("目标值", 18), ("实现值", 18), ("完成率", 10), ("分值", 8),
            ("计算得分", 10), ("填报得分", 10), ("说明", 22))  # fmt: skip


def fresh_workbook(evaluation: Evaluation, grid: Grid, values: Mapping[str, Written], origin: str) -> bytes:
    """A new .xlsx file: the sheet as read with the new values in place, and a sheet with every computed number.

    values: cell → new value. origin: which file it comes from and why it is new, in Chinese.
    """
    import xlsxwriter  # noqa: PLC0415  # on demand

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": datetime.datetime(2000, 1, 1), "comments": origin})  # constant: the same input gives the same file
        name = _sheet_name(grid.sheet)
        _copy(book, book.add_worksheet(name), grid, {at: v for cell, v in values.items() if (at := position(cell))})
        _results(book, book.add_worksheet(RESULT_SHEET if name != RESULT_SHEET else RESULT_SHEET + "2"), evaluation, origin)
    return out.getvalue()


def _sheet_name(name: str) -> str:
    """A name every program accepts."""
    return re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name).strip("' ")[:_MAX_NAME].strip("' ") or "自评表"


def _copy(book: Any, sheet: Any, grid: Grid, values: Mapping[tuple[int, int], Written]) -> None:
    """Values, merged blocks and percent formats; the look of the original is not known here."""
    formats = {kind: book.add_format({**_FONT, "border": 1, **more}) for kind, more in {
        "text": {}, "percent": {"num_format": "0.00%", "align": "right"}, "date": {"num_format": 'yyyy"年"m"月"d"日"'}, "number": {"align": "right"},
        "new": {"align": "right", "bg_color": "#FFF2CC"}, "new percent": {"num_format": "0.00%", "align": "right", "bg_color": "#FFF2CC"},
    }.items()}  # fmt: skip
    blocks = dict(_blocks(grid))
    done: set[tuple[int, int]] = set()
    for row, line in enumerate(grid.rows, 1):
        for column, old in enumerate(line, 1):
            at = (row, column)
            value: CellValue = values.get(at, grid.errors.get(at, old))
            kind = _kind(value, grid.formats.get(at, "General"), is_new=at in values)
            if at in blocks:
                block = blocks[at]
                sheet.merge_range(block.top - 1, block.left - 1, block.bottom - 1, block.right - 1, "", formats[kind])
            if value is None or value == "":
                sheet.write_blank(row - 1, column - 1, None, formats[kind])
            else:
                _write(sheet, at, value, formats[kind], grid.formats.get(at, "General"))
            done.add(at)
        texts = ((grid.own(row, c), _WIDTH * grid.span(row, c)) for c in range(1, min(len(line), _MAX_MEASURED) + 1))
        sheet.set_row(row - 1, _height(texts))
    for at in values.keys() - done:
        _write(sheet, at, values[at], formats["new"], "General")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_column(0, max(grid.width - 1, 0), _WIDTH)


def _height(texts: Iterable[tuple[str, int]]) -> int:
    """Of a row whose wrapped texts stand in columns of these widths: a Chinese character is two wide."""
    lines = (sum(-(-sum(1 if ch.isascii() else 2 for ch in part) // max(width - 2, 1)) or 1 for part in text[:2000].split("\n")) for text, width in texts)
    return min(_LINE * max(lines, default=1) + 4, _MAX_HEIGHT)


def _blocks(grid: Grid) -> Iterator[tuple[tuple[int, int], Merge]]:
    """First cell → merged block; overlapping ones, which no program accepts, once only."""
    covered: set[tuple[int, int]] = set()
    for block in dict.fromkeys(grid.merges.values()):
        cells = {(r, c) for r in range(block.top, block.bottom + 1) for c in range(block.left, block.right + 1)}
        if len(cells) > 1 and not cells & covered and block.top <= grid.height and block.left <= len(grid.rows[block.top - 1]):
            covered |= cells
            yield (block.top, block.left), block


def _kind(value: CellValue, number_format: str, *, is_new: bool) -> str:
    is_percent = "%" in re.sub(r'"[^"]*"', "", number_format) and not isinstance(value, str)
    if is_new:
        return "new percent" if is_percent else "new"
    if is_percent:
        return "percent"
    if isinstance(value, datetime.date):
        return "date"
    return "text" if value is None or isinstance(value, str | bool) else "number"


def _write(sheet: Any, at: tuple[int, int], value: CellValue, look: Any, number_format: str) -> None:
    row, column = at[0] - 1, at[1] - 1
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value, look)
    elif isinstance(value, datetime.date) and (value.date() if isinstance(value, datetime.datetime) else value) >= _DAY_ONE:
        sheet.write_datetime(row, column, value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value, look)
    elif isinstance(value, int | float | Decimal):
        if math.isfinite(value):  # no cell can hold others
            sheet.write_number(row, column, float(value), look)
    else:
        text = value if isinstance(value, str) else shown(value, number_format)
        sheet.write_string(row, column, text[:_MAX_TEXT], look)


def _results(book: Any, sheet: Any, evaluation: Evaluation, origin: str) -> None:
    text, number, rate = (book.add_format({**_FONT, "border": 1, **more}) for more in ({}, {"align": "right"}, {"align": "right", "num_format": "0.00%"}))
    head = book.add_format({**_FONT, "border": 1, "bold": True, "align": "center", "bg_color": "#DDE7F0"})
    title = book.add_format({**_FONT, "font_size": 15, "bold": True, "align": "center", "text_wrap": False})
    note = book.add_format({**_FONT, "text_wrap": True, "valign": "top"})
    last = len(_COLUMNS) - 1
    sheet.merge_range(0, 0, 0, last, f"{evaluation.submission.title} 计算结果"[:_MAX_TEXT], title)
    sheet.set_row(0, 30)
    sheet.merge_range(1, 0, 1, last, f"{origin}\n规则集：{evaluation.ruleset}（{evaluation.ruleset_reason}）"[:_MAX_TEXT], note)
    sheet.set_row(1, 48)
    for column, (heading, width) in enumerate(_COLUMNS):
        sheet.set_column(column, column, width)
        sheet.write_string(2, column, heading, head)
    line = 3
    for score in evaluation.scores:
        cells = _line(score)
        sheet.set_row(line, _height((str(v), width) for v, (_, width) in zip(cells, _COLUMNS, strict=True) if isinstance(v, str)))
        for column, value in enumerate(cells):
            look = rate if column == 6 else number if column in {7, 8, 9} else text
            _cell(sheet, (line, column), value, look)
        line += 1
    left_out = f"有 {evaluation.unscored} 项未能计分" if evaluation.unscored else evaluation.grade or ""
    total = ("", "合计", "", "", "", "", None, evaluation.weight, evaluation.total, evaluation.reported, left_out)
    for column, value in enumerate(total):
        _cell(sheet, (line, column), value, number if column in {7, 8, 9} else text)
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _cell(sheet: Any, at: tuple[int, int], value: Any, look: Any) -> None:
    if value is None or value == "":
        sheet.write_blank(*at, None, look)
    elif isinstance(value, str):
        sheet.write_string(*at, value[:_MAX_TEXT], look)
    else:
        sheet.write_number(*at, float(value), look)


def _line(score: IndicatorScore) -> tuple[Any, ...]:
    row = score.indicator
    rate = None if score.completion is None else rounded_rate(score.completion)
    note = _STATUS.get(score.status, "")
    if not note and row.score is not None and score.score is not None and row.score_rows == 1 and row.score != score.score:
        note = f"填报 {plain(row.score)}，计算 {plain(score.score)}"
    cell = row.place.cell("score") or row.place.cell("name")
    return (cell, row.level1, row.level2, row.name, row.target, score.actual.text or row.actual, rate, score.weight, score.score, row.score, note)
