"""The money sheet (收支情况): income, spending and “三公” lines under headings of years and budgets, in the words forms use. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from perfeval_xl.core.findings import Location
from perfeval_xl.core.model import Money, MoneyLine, Place
from perfeval_xl.core.quantity import parse
from perfeval_xl.workbook.grid import Grid, letter
from perfeval_xl.workbook.headings import bracketed, heading

_COLUMNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("growth", re.compile(r"增长率|增减率|增长比例|增减比例|变动率|增幅")),
    ("change", re.compile(r"增减额|增减金额|增减数|比上年增减|增加额|增减变动|\A增减\Z|较上年增减")),
    ("rate", re.compile(r"执行率|完成率|支出率|预算完成")),
    ("previous", re.compile(r"上年|去年|上一年")),
    ("budget", re.compile(r"预算")),
    ("current", re.compile(r"本年|当年|今年|决算|实际|支出数|执行数|发生额|\A金额\Z")),
)
_SUBJECTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("three-public", re.compile(r"三公.{0,2}经费.{0,4}(?:合计|小计|总额|支出)?\Z")),
    ("abroad", re.compile(r"因公出国|出国[（(]?境")),
    ("vehicles", re.compile(r"公务用车")),
    ("reception", re.compile(r"公务接待|接待费")),
    ("meetings", re.compile(r"会议费")),
    ("training", re.compile(r"培训费")),
    ("public-funds", re.compile(r"公用经费")),
    ("income", re.compile(r"收入(?:合计|总计|决算)?\Z|决算收入|本年收入|总收入")),
    ("expenditure", re.compile(r"支出(?:合计|总计|决算)?\Z|决算支出|本年支出|总支出")),
)
_NAME = re.compile(r"\A(?:项目|科目|经费|经费项目|支出项目|内容|名称|收支项目|指标|类别|费用项目)\Z")
_DATES = (
    ("approved", re.compile(r"预算批复(?:日期|时间)|批复日期")),
    ("paid", re.compile(r"(?:首笔|首次|第一笔)(?:支付|付款)(?:日期|时间)|首笔支付|支付日期")),
)
_MONEY = re.compile(r"(万元|亿元|元)")
MAX_ROWS = 300


def find_money(grids: Sequence[Grid]) -> Money | None:
    """The lines of every money table on these sheets; None where there is none."""
    lines: list[MoneyLine] = []
    unit = ""
    dates: dict[str, tuple[str, Location]] = {}
    for grid in grids:
        columns: dict[str, int] = {}
        for row in range(1, min(grid.height, MAX_ROWS) + 1):
            texts = grid.line(row)
            head = _header(texts)
            if head:
                columns = head
                unit = unit or _unit(grid, row)
                continue
            for name, pattern in _DATES:
                found = _date(grid, row, texts, pattern)
                if found is not None:
                    dates.setdefault(name, found)
            line = _line(grid, row, columns, texts) if columns else None
            if line is not None:
                lines.append(line)
    if not lines and not dates:
        return None
    return Money(lines, unit, dates.get("approved"), dates.get("paid"))


def _header(texts: Sequence[str]) -> dict[str, int]:
    """Columns of a heading row: what the lines are called, and at least two kinds of amounts."""
    columns: dict[str, int] = {}
    for column, text in enumerate(texts, 1):
        if not text or len(text) > 30:
            continue
        word = heading(text)
        if _NAME.match(word):
            columns.setdefault("name", column)
            continue
        for name, pattern in _COLUMNS:
            if pattern.search(word):
                columns.setdefault(name, column)
                break
    amounts = columns.keys() & {"current", "previous", "budget"}
    return columns if "name" in columns and len(amounts) >= 2 else {}


def _line(grid: Grid, row: int, columns: Mapping[str, int], texts: Sequence[str]) -> MoneyLine | None:
    label = grid.text(row, columns["name"]) or next((t for t in texts[: columns["name"]] if t), "")
    amounts = {n: _amount(grid.text(row, columns[n])) if n in columns else None for n in ("current", "previous", "budget", "change")}
    if not label or all(a is None for a in amounts.values()):
        return None
    word = re.sub(r"[“”\"‘’\s]", "", label)
    subject = next((name for name, pattern in _SUBJECTS if pattern.search(word)), "other")
    place = Place(grid.file, grid.sheet, row, {n: letter(c) for n, c in columns.items()})
    growth, rate = (grid.text(row, columns[n]) if n in columns else "" for n in ("growth", "rate"))
    return MoneyLine(subject, label, amounts["current"], amounts["previous"], amounts["budget"], amounts["change"], growth, rate, place)


def _amount(text: str) -> Decimal | None:
    read = parse(text) if text else None
    return read.value if read is not None and read.is_number and read.unit.dimension in {"", "money"} else None


def _date(grid: Grid, row: int, texts: Sequence[str], pattern: re.Pattern[str]) -> tuple[str, Location] | None:
    for column, text in enumerate(texts, 1):
        if text and len(text) <= 40 and pattern.search(text):
            rest = re.split(r"[:：]", text, maxsplit=1)
            if len(rest) > 1 and rest[1].strip():
                return rest[1].strip(), grid.location(row, column)
            at = next((c for c in range(column + 1, len(texts) + 1) if texts[c - 1]), 0)
            return (texts[at - 1], grid.location(row, at)) if at else None
    return None


def _unit(grid: Grid, row: int) -> str:
    for near in range(row, max(row - 4, 0), -1):
        for text in grid.line(near):
            found = _MONEY.search(bracketed(text)) or re.search(r"单位[:：]\s*(万元|亿元|元)", text)
            if found:
                return found[1]
    return ""
