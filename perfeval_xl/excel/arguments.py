"""Arguments of worksheet functions: blocks of cells of any shape → cells side by side, texts and numbers. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from perfeval_xl.core.decimals import to_decimal
from perfeval_xl.workbook.grid import CellValue, shown
from perfeval_xl.workbook.labels import number

MAX_CELLS = 200_000
"""Cells of one call: a whole column is named by mistake, and would hold Excel up."""
_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#DATA!", "#SPILL!", "#CALC!", "#BLOCKED!", "#FIELD!", "#GETTING_DATA")
_DAY_ZERO = datetime.date(1899, 12, 30)
_FIRST_DAY, _LAST_DAY = 36526, 73415  # 2000-01-01 and 2100-12-31 as spreadsheets count days; the forms' formulas have the same bounds


class RefusedError(Exception):
    """An argument that no answer can be given for; the text goes into the cell."""


Block = list[list[Any]]


def block(value: object) -> Block:
    """Rows of cells. A single value is one cell, a plain list one column."""
    if not isinstance(value, list | tuple):
        return [[value]]
    rows = [list(row) if isinstance(row, list | tuple) else [row] for row in value]
    return rows if rows and rows[0] else [[None]]


def aligned(*values: object) -> tuple[int, int, list[Sequence[Any]]]:
    """Height, width, and the cells of each argument row by row; one cell stands for all.

    Raises: RefusedError where the shapes do not fit, a block is too large, or one cell would have to serve as a block.
    """
    blocks = [block(v) for v in values]
    height, width = max(map(len, blocks)), max(len(b[0]) for b in blocks)
    if height * width > MAX_CELLS:
        raise RefusedError(f"区域过大，最多 {MAX_CELLS} 格")
    cells: list[Sequence[Any]] = []
    for rows in blocks:
        if len(rows) == 1 and len(rows[0]) == 1:
            cells.append([rows[0][0]] * (height * width))
        elif len(rows) == height and all(len(row) == width for row in rows):
            cells.append([cell for row in rows for cell in row])
        else:
            raise RefusedError("各区域的行数、列数不一致")
    return height, width, cells


def laid_out(answers: Sequence[Any], height: int, width: int) -> Any:
    """Answers in the shape of the arguments; a single one by itself, which every Excel shows alike."""
    if height == width == 1:
        return answers[0]
    return [list(answers[i : i + width]) for i in range(0, height * width, width)]


def one(value: object) -> Any:
    """The only cell of an argument. Raises: RefusedError for a block."""
    rows = block(value)
    if len(rows) > 1 or len(rows[0]) > 1:
        raise RefusedError("此参数只能是一个单元格")
    return rows[0][0]


def error_in(*cells: object) -> str:
    """What to say of an error value among the cells; empty where there is none."""
    for cell in cells:
        if type(cell) is str and cell[:1] == "#" and cell in _ERRORS:
            return f"引用的单元格有错误 {cell}"
    return ""


def text_of(cell: CellValue, *, is_day: bool = False) -> str:
    """A target or an actual as the reader of workbooks would show it. is_day: numbers that can be days are days.

    >>> text_of(0.95), text_of(" ≥95% "), text_of(46022.0, is_day=True), text_of(None)
    ('0.95', '≥95%', '2025年12月31日', '')
    """
    if type(cell) is str:
        return cell.strip()
    if cell is None:
        return ""
    if is_day and isinstance(cell, int | float) and not isinstance(cell, bool) and _FIRST_DAY <= cell <= _LAST_DAY:
        cell = _DAY_ZERO + datetime.timedelta(days=int(cell))
    return shown(cell)


@lru_cache(maxsize=4096)
def _of_float(value: float) -> Decimal | None:
    return to_decimal(format(value, ".15g"))  # the rest is noise of binary fractions


def amount(cell: CellValue) -> Decimal | None:
    """A weight, a score, a count: a number, or a text that is one (10分); None for a blank.

    Raises: RefusedError for anything else.
    >>> amount(3.34), amount("10分"), amount("")
    (Decimal('3.34'), Decimal('10'), None)
    """
    if type(cell) is float:
        found = _of_float(cell)
    elif cell is None or (type(cell) is str and not cell.strip()):
        return None
    elif type(cell) is str:
        found = number(cell)
    else:
        found = to_decimal(cell)
    if found is None:
        raise RefusedError("不是数字")
    return found


def whole(cell: CellValue, default: int, least: int, most: int) -> int:
    """A whole number within bounds. Raises: RefusedError."""
    found = amount(cell)
    if found is None:
        return default
    if found != found.to_integral_value() or not least <= found <= most:
        raise RefusedError(f"应为 {least} 至 {most} 的整数")
    return int(found)
