"""Rows: what each row under a header is (indicator, heading of a section, sum, remark), and what its cells hold. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from perfeval_xl.core.decimals import HUNDRED
from perfeval_xl.core.findings import Finding, Location, finding
from perfeval_xl.core.model import Indicator, Place, Total
from perfeval_xl.workbook import labels
from perfeval_xl.workbook.frames import Frame, Row, frame_of, name_of, row_of
from perfeval_xl.workbook.grid import Merge, address, letter
from perfeval_xl.workbook.headings import field_of, heading
from perfeval_xl.workbook.labels import is_placeholder, number
from perfeval_xl.workbook.layout import Segment, Table
from perfeval_xl.workbook.points import in_points, sharing
from perfeval_xl.workbook.totals import Sum, placed

_YES = frozenset({"是", "√", "★", "核心"})
_PERCENTS = ("%", "％")
_NO_POINTS = frozenset({"不适用", "不涉及", "不计分"})
_NAME_FIELDS = frozenset({"name", "level4"})
_FIELDS = ("target", "adjusted", "actual", "rate", "weight", "score", "review")
EXECUTION_NAMES = frozenset({"预算执行率", "资金执行率", "预算执行情况", "执行率", "项目预算执行率", "年度预算执行率", "预算资金执行率", "部门预算执行率"})


class TableRows(NamedTuple):
    """What the rows of a table hold. facts: label → text of the remarks below and between."""

    indicators: Sequence[Indicator]
    totals: Sequence[Total]
    findings: Sequence[Finding]
    facts: dict[str, str]


def read_rows(table: Table) -> TableRows:
    """Every row below each header, in reading order."""
    reading = _Reading(table)
    for segment in table.segments:
        reading.segment(segment, frame_of(segment.shape, sideways=table.is_sideways))
    return reading.done()


def last_row(table: Table, rows: TableRows) -> int:
    """The last row of the sheet in which something of the table stands."""
    if table.is_sideways:
        return max(frame_of(s.shape, sideways=True).right for s in table.segments)
    return max((r.place.row for r in rows.indicators), default=table.top)


class _Reading:
    """One pass down a table; the headings of the hierarchy are carried along."""

    def __init__(self, table: Table) -> None:
        self.table, self.grid = table, table.grid
        self.has_faults = bool(table.grid.errors or table.grid.uncalculated)
        self.rows: list[Indicator] = []
        self.totals: list[Sum] = []
        self.found: list[Finding] = []
        self.facts: dict[str, str] = {}
        self.level1 = self.level2 = ""
        self.is_closed = False
        self.hidden: list[int] = []

    def done(self) -> TableRows:
        """Everything read, with the one sum that is the grand total told from the others."""
        if self.hidden:
            title = "列" if self.table.is_sideways else "行"
            ends = _joined([letter(n) for n in self.hidden] if self.table.is_sideways else [str(n) for n in self.hidden])
            self.found.append(finding("hidden-rows", self.location(self.hidden[0], 1), f"第 {ends} {title}被隐藏，其内容同样参与计算", "显示全部指标"))
        return TableRows(in_points(self.rows), placed(self.totals, self.rows), self.found, self.facts)

    def location(self, row: int, column: int) -> Location:
        """A cell of the sheet, turned back where the table runs sideways."""
        return Location(self.grid.file, self.grid.sheet, address(column, row) if self.table.is_sideways else address(row, column))

    def segment(self, seg: Segment, frame: Frame) -> None:
        """Reads the rows under one header."""
        grid, start = self.grid, len(self.rows)
        self.is_closed = False
        is_plain = frame.is_plain and not self.has_faults
        for number_ in range(seg.header + 1, min(seg.last, grid.height) + 1):
            line = grid.line(number_)
            if number_ <= seg.header + 2 and labels.numbers_columns(line[frame.left - 1 : frame.right]):
                continue
            if is_plain and not self.is_closed and len(line) >= frame.right and self.plain(frame, number_, line):
                continue
            filled = [c for c, text in enumerate(line[: frame.right], 1) if text and c >= frame.left]
            block = grid.merges.get((number_, frame.evidence)) if grid.merges else None
            if block is not None and block.left < frame.evidence:
                if number_ == block.top and grid.own(block.top, block.left):
                    self.wide(frame, number_, line, block)
                continue
            if not filled and not self.has_faults:
                continue
            if len(line) < frame.right:
                line += [""] * (frame.right - len(line))
            self.row(frame, row_of(frame, grid, number_, line, filled))
        self.rows[start:] = sharing(grid, seg, self.rows[start:])

    def plain(self, frame: Frame, number_: int, line: Sequence[str]) -> bool:
        """The common row: a name in its own cell, evidence or points, and no word that makes it anything else."""
        columns, levels = frame.columns, frame.levels
        at, target, actual = levels[-1][1], columns["target"], columns["actual"]
        name = line[at - 1]
        if not name or not labels.is_plain(name):
            return False
        if not (line[target - 1] and line[actual - 1]) and (len(levels) < 2 or number(line[columns.get("weight", target) - 1]) is None):
            return False
        first = line[frame.left - 1] or next(t for t in line[frame.left :] if t)
        if first is not name and not labels.is_plain(first):
            return False
        merges = self.grid.merges
        texts = dict(zip(columns, frame.of_line(line), strict=True))
        if merges:
            for column in (at, target, actual):
                block = merges.get((number_, column))
                if block is not None and block.left != block.right:
                    return False
            for field, text in texts.items():
                if not text and (number_, columns[field]) in merges:
                    texts[field] = self.grid.text(number_, columns[field])
        outer = [(field, line[column - 1]) for field, column in levels[:-1]]  # below the first of a merged block they are carried
        self.carry(frame, number_, outer)
        self.indicator(frame, number_, texts, name)
        return True

    def row(self, frame: Frame, row: Row) -> None:
        """One row, told apart by its label, then by what it lacks."""
        if not row.has_points and sum(bool(field_of(t)) for t in (*row.texts.values(), *row.own) if t) >= 2:
            return  # a header printed again, or the rest of a tall one
        total = labels.total_label(row.levels, row.label, row.texts.get("target", ""), row.texts.get("actual", ""))
        if total:
            self.is_closed = labels.is_grand(total) and "总" in total
            self.sum(row, total, "" if labels.is_grand(total) else self.level1, frame.columns)
            return
        if self.is_remark(frame, row):
            return
        if self.is_closed and not row.has_points:
            self.remark(row.label, " ".join(t for c in row.filled[1:] if (t := row.line[c - 1])))  # signatures in the table's columns
            return
        name = name_of(row.levels, row.own)
        if row.is_blank and not self.is_faulty(frame, row) and (is_placeholder(name) or is_placeholder(row.levels[-1][1])):
            self.carry(frame, row.number, row.levels)
            return
        if self.is_section(frame, row):
            return
        self.carry(frame, row.number, row.levels)
        self.indicator(frame, row.number, row.texts, name)

    def is_faulty(self, frame: Frame, row: Row) -> bool:
        """Whether a cell of evidence holds an error or a formula without a result; a score's formula waits on blank rows."""
        if not self.has_faults:
            return False
        cells = [(row.number, frame.columns[n]) for n in ("target", "adjusted", "actual") if n in frame.columns]
        return any(c in self.grid.errors or c in self.grid.uncalculated for c in cells)

    def wide(self, frame: Frame, number_: int, line: list[str], block: Merge) -> None:
        """A cell that covers the evidence columns: a sum, the heading of a section, or prose."""
        label = self.grid.own(block.top, block.left)
        beside = next((t for t in line[: block.left - 1] if t), "")
        if beside and not labels.is_total(beside):
            self.remark(beside, label)
            return
        label = beside or label
        word = heading(label)
        free = {n: c for n, c in frame.columns.items() if c > block.right}
        texts = {n: self.grid.text(number_, c) for n, c in free.items()}
        row = Row(number_, line, [c for c, t in enumerate(line, 1) if t and c > block.right], texts, [], [])
        if labels.is_total(label):
            self.is_closed = labels.is_grand(word) and "总" in word
            self.sum(row, word, "" if labels.is_grand(word) else self.level1, free)
        elif labels.names_section(label):
            self.under(label)
            if number(texts.get("score", "")) is not None:
                self.sum(row, word, self.level1, free, is_head=True)
        else:
            name, rest = labels.labelled(label)
            self.remark(name, rest if rest and len(name) <= 20 else label)

    def is_remark(self, frame: Frame, row: Row) -> bool:
        """填表人：…, 自评结论, 注：…: kept as facts, never scored."""
        label = row.label
        if not label:
            return False
        word, rest = labels.labelled(label)
        if row.first >= frame.evidence:  # a signature in the columns of values
            if not ((rest and labels.is_closing(word)) or (len(row.filled) == 1 and labels.is_day(label))):
                return False
            self.remark(word, rest or label)
            return True
        is_closing = labels.is_closing(word)
        is_lone = len(row.filled) == 1 and labels.is_remark(label)
        columns = frame.columns
        is_wide = self.is_prose(columns, row.number)
        if not (is_closing or is_lone or is_wide):
            return False
        if row.has_points and not (is_lone or (is_wide and is_closing)):
            return False
        self.remark(word, " ".join(t for c in row.filled[1:] if (t := row.line[c - 1])) or rest or label)
        return True

    def is_prose(self, columns: Mapping[str, int], row: int) -> bool:
        """One cell over target, actual and more: sentences beside a label."""
        target, actual = columns.get("target"), columns.get("actual")
        if not self.grid.merges or target is None or actual is None:
            return False
        block = self.grid.merges.get((row, target))
        return block is not None and block.left <= min(target, actual) and block.right > max(target, actual)

    def remark(self, label: str, text: str) -> None:
        """Kept under its label; prose without one under the first words."""
        word = heading(label)[:20]
        if word and word not in self.facts:
            self.facts[word] = text or label

    def is_section(self, frame: Frame, row: Row) -> bool:
        """A row that only heads the rows below it (产出指标 50分), perhaps with their sums."""
        if row.texts.get("target") or row.texts.get("actual"):
            return False
        own = list(dict.fromkeys(t for t in row.own if t))
        if len(own) != 1 or row.says("target", "adjusted", "actual", "rate", "review", "reason"):
            return False
        first, last = frame.levels[0][1], frame.levels[-1][1]
        covers = len(frame.levels) > 1 and first + self.grid.span(row.number, first) > last
        at_name = row.own[-1] == own[0] and not covers
        if (at_name and len(frame.levels) > 1) or not labels.names_section(own[0], exactly=at_name):
            return False
        block = self.grid.merges.get((row.number, first))
        if not covers and not at_name and block is not None and block.bottom > row.number == block.top:
            return False  # a level cell that merges down over its rows: its first row is left blank
        if at_name and number(row.texts.get("score", "")) is not None and not labels.is_first_level(own[0]):
            return False  # 项目管理 in a flat list, with weight and score: an indicator like its neighbours
        self.under(own[0])
        if number(row.texts.get("score", "")) is not None:
            self.sum(row, heading(own[0]), self.level1, frame.columns, is_head=True)
        return True

    def under(self, label: str) -> None:
        """What the rows below a heading stand under: 数量指标 below 产出指标 is a second level."""
        if self.level1 and not labels.is_second_level(self.level1) and labels.is_second_level(label):
            self.level2 = labels.head(label)
        else:
            self.level1, self.level2 = labels.head(label), ""

    def carry(self, frame: Frame, row: int, levels: Sequence[tuple[str, str]]) -> None:
        """Headings hold until the next one, whether their cells are merged or only the first is filled in."""
        if not (frame.level1 or frame.level2):
            return
        first = second = ""
        for name, text in levels:
            if text:
                if name == "level1":
                    first = labels.head(text)
                elif name == "level2":
                    second = labels.head(text)
        merges = self.grid.merges
        block = merges.get((row, frame.levels[-1][1])) if merges else None
        if block is not None and frame.level2 and merges.get((row, frame.level2)) == block:
            second = ""
        elif not second and (not first or first == self.level1):
            second = self.level2
        self.level1, self.level2 = first or self.level1, second

    def sum(self, row: Row, label: str, section: str, columns: Mapping[str, int], *, is_head: bool = False) -> None:
        """A row of sums; it stands at its score cell, filled in or not, where the form has one."""
        self.faults(row.number, {n: c for n, c in columns.items() if n in {"score", "weight"}})
        score, weight = (number(row.texts.get(n, "")) if n in columns else None for n in ("score", "weight"))
        at = columns.get("score") or columns.get("weight")
        if score is None and weight is None:
            last = max(columns.values(), default=len(row.line))  # what stands beyond the table, such as marks in hidden columns, is no sum of it
            numbers = [(c, n) for c in row.filled if c <= last and (n := number(row.line[c - 1])) is not None]
            if len(numbers) == 1:
                at, score = numbers[0]
            elif at is None or is_head:
                return
        self.totals.append(Sum(label, Total(section, score, self.location(row.number, at or 1), weight), len(self.rows), self.level2, is_head))

    def faults(self, row: int, columns: Mapping[str, int]) -> None:
        """Error values and formulas without a result, at their cells."""
        grid = self.grid
        if not self.has_faults:
            return
        for column in dict.fromkeys(columns.values()):
            block = grid.merges.get((row, column))
            at = (block.top, block.left) if block else (row, column)
            if at in grid.errors:
                self.found.append(finding("error-cell", self.location(*at), f"单元格显示 {grid.errors[at]}", "数值或文字"))
            elif at in grid.uncalculated and not grid.own(*at):
                self.found.append(finding("uncalculated-formula", self.location(*at), "公式没有计算结果", "已计算并保存的数值"))

    def indicator(self, frame: Frame, row: int, texts: Mapping[str, str], name: str) -> None:
        """One indicator, every cell as it stands."""
        find, grid = texts.get, self.grid
        if self.has_faults:
            self.faults(row, {n: c for n, c in frame.columns.items() if n in _FIELDS})
        if row in grid.hidden_rows:
            self.hidden.append(row)
        target, adjusted, letters = find("target", ""), find("adjusted"), frame.letters
        if adjusted and adjusted != target and not is_placeholder(adjusted):
            target, letters = adjusted, {**letters, "target": letters["adjusted"]}
        place = Place(grid.file, grid.sheet, row, letters, letter(row) if self.table.is_sideways else "")
        weight_text, score_text = find("weight", ""), find("score", "")
        weight, score = number(weight_text), number(score_text)
        if weight is None and weight_text:
            self.no_points(frame, row, "weight", weight_text)
        if score_text and score is None:
            self.no_points(frame, row, "score", score_text)
        elif score is not None and weight is not None and score_text.endswith(_PERCENTS) and not weight_text.endswith(_PERCENTS):
            score = score * weight / HUNDRED  # 95% of its weight
        clean, is_starred, is_part = labels.clean_name(name)
        reason, note, unit = find("reason", ""), find("note", ""), find("unit", "")
        if note and note != reason:
            reason = f"{reason}；{note}" if reason else note
        self.rows.append(
            Indicator(
                self.level1, self.level2, clean, target, find("actual", ""), weight, find("rate", ""), score, reason,
                find("direction", ""), unit or frame.units.get("target", ""), place, clean in EXECUTION_NAMES and "%" not in target + unit, 1,
                find("actual_unit", "") or frame.units.get("actual", ""), number(find("review", "")), find("evidence", ""),
                is_starred or find("core", "") in _YES, is_part and not (weight_text or score_text),
            )
        )  # fmt: skip

    def no_points(self, frame: Frame, row: int, name: str, text: str) -> None:
        """Words where a weight or a score belongs are reported, not passed over."""
        if not is_placeholder(text) and text not in _NO_POINTS:
            kind, title = ("missing-weight", "分值") if name == "weight" else ("missing-score", "得分")
            self.found.append(finding(kind, self.location(row, frame.columns[name]), f"{title}列写的是“{text[:40]}”，不是一个数", "一个数值"))


def _joined(numbers: Sequence[str]) -> str:
    return "、".join(numbers[:10]) + (f" 等 {len(numbers)}" if len(numbers) > 10 else "")
