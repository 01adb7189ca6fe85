"""The consolidation of one run: every table of it as a stream of rows, for the workbook and for those who go on with the data.

Rows of indicators and findings are fetched from the store one file at a time: memory does not grow with them.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from perfeval_xl.batch.outcome import details_of, issues_of
from perfeval_xl.batch.roster import Matched, Unit
from perfeval_xl.core.consolidate import Group, Spread, Superseded, TableResult
from perfeval_xl.core.decimals import round_to
from perfeval_xl.core.department import unit_key
from perfeval_xl.core.findings import SEVERITY_TITLES, Finding, Severity
from perfeval_xl.core.model import Direction
from perfeval_xl.core.rollup import Rollup
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.core.scoring import DIRECTION_TITLES
from perfeval_xl.workbook.tablecells import plain_row


class Type(StrEnum):
    """What a column of an exported table holds."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    DATE = "date"


class Field(NamedTuple):
    """name: in exported tables. title: on sheets."""

    name: str
    title: str
    type: Type = Type.TEXT


_T, _C, _N = Type.TEXT, Type.COUNT, Type.NUMBER
DEPARTMENTS: tuple[Field, ...] = (
    Field("rank", "名次", _C), Field("department", "单位"), Field("project", "项目"), Field("form", "表类"), Field("kind", "单位类别"), Field("year", "年度", _C),
    Field("total", "计算得分", _N), Field("reported", "填报得分", _N), Field("difference", "差异", _N), Field("weight", "分值合计", _N), Field("grade", "等级"),
    Field("output_score", "产出", _N), Field("benefit_score", "效益", _N), Field("satisfaction_score", "满意度", _N), Field("management_score", "管理", _N), Field("execution_score", "预算执行", _N), Field("other_score", "其他部分", _N),
    Field("execution_rate", "预算执行率", _N), Field("completion_rate", "平均完成率", _N), Field("indicators", "指标数", _C), Field("unscored", "未计分", _C),
    Field("errors", SEVERITY_TITLES[Severity.ERROR], _C), Field("warnings", SEVERITY_TITLES[Severity.WARNING], _C), Field("infos", SEVERITY_TITLES[Severity.INFO], _C), Field("funds", "预算（元）", _N), Field("ruleset", "规则集"), Field("file", "文件"), Field("sheet", "工作表"),
)  # fmt: skip
INDICATORS: tuple[Field, ...] = (
    Field("department", "单位"), Field("project", "项目"), Field("year", "年度", _C), Field("level1", "一级指标"), Field("level2", "二级指标"), Field("name", "指标名称"), Field("direction", "方向"),
    Field("target", "目标值"), Field("actual", "实现值"), Field("unit", "计量单位"), Field("completion_rate", "完成率", _N), Field("weight", "分值", _N), Field("score", "计算得分", _N),
    Field("reported_score", "填报得分", _N), Field("difference", "差异", _N), Field("status", "状态"), Field("rule", "计分规则"), Field("reason", "偏差原因"), Field("sheet", "工作表"), Field("cell", "单元格"),
    Field("file", "文件"),
)  # fmt: skip
FINDINGS: tuple[Field, ...] = (
    Field("severity", "级别"), Field("code", "编号"), Field("kind", "种类"), Field("title", "问题"), Field("department", "单位"), Field("project", "项目"), Field("year", "年度", _C),
    Field("found", "发现"), Field("expected", "应为"), Field("remedy", "处理办法"), Field("file", "文件"), Field("sheet", "工作表"), Field("cell", "单元格"),
)  # fmt: skip
FILES: tuple[Field, ...] = (
    Field("file", "文件"), Field("status", "结果"), Field("department", "单位"), Field("year", "年度", _C), Field("reason", "说明"), Field("sha256", "sha256"), Field("bytes", "字节数", _C),
    Field("reader", "读取方式"), Field("seconds", "用时（秒）", _N), Field("modified", "文件时间"), Field("indicators", "指标数", _C),
)  # fmt: skip
ROLLUPS: tuple[Field, ...] = (
    Field("name", "指标名称"), Field("level1", "一级指标"), Field("level2", "二级指标"), Field("unit", "计量单位"), Field("direction", "方向"), Field("year", "年度", _C), Field("departments", "单位数", _C), Field("target", "目标值（汇总）", _N), Field("actual", "实现值（汇总）", _N),
    Field("completion_rate", "完成率", _N), Field("score", "得分（满分100）", _N), Field("method", "汇总办法"),
)  # fmt: skip
SPREADS: tuple[Field, ...] = (
    Field("year", "年度", _C), Field("by", "分类"), Field("group", "类别"), Field("subgroup", "细类"), Field("tables", "自评表份数", _C), Field("indicators", "指标数", _C), Field("mean_rate", "平均完成率", _N), Field("full_share", "满分比例", _N),
    Field("quartile1", "下四分位", _N), Field("median", "中位数", _N), Field("quartile3", "上四分位", _N),
)  # fmt: skip
MAX_GROUPS = 500
"""Headings of one kind that statistics show; the rarest of those that people invent beyond are counted under one name."""
REST, NO_HEADING = "（其余名称）", "（未填）"
MERGED, REFUSED, DUPLICATE, REPLACED = "已汇总", "未采用", "内容重复", "已有更新的一份"
SEVERITIES = {severity.value: title for severity, title in SEVERITY_TITLES.items()}
# The first that fits: a section is known by the word in its name, and 预算执行 stands before the words of management.
_PARTS = (("产出", 0), ("效益", 1), ("效果", 1), ("满意", 2), ("预算执行", 4), ("执行率", 4), ("管理", 3), ("投入", 3), ("过程", 3), ("决策", 3))
_REST_PART = 5


@dataclass(slots=True)
class File:
    """One file of the run. status: one of the four words above. digest: of its bytes, empty where it could not be read. reason: in Chinese."""

    name: str
    link: str
    status: str
    digest: str = ""
    size: int = 0
    reader: str = ""
    seconds: float = 0.0
    modified: float = 0.0
    refused: Finding | None = None
    reason: str = ""
    tables: list[TableResult] = field(default_factory=list)
    kinds: dict[int, Mapping[str, int]] = field(default_factory=dict)
    """Findings by kind of each table, by its place in the file."""
    is_unchanged: bool = False
    kept: str = ""
    """The file that counts instead, where another one does."""
    departments: Sequence[str] = ()
    """Of a file that does not count: whose it is, as far as that is known."""

    @property
    def indicators(self) -> int:
        """Of its tables that count."""
        return sum(t.indicators for t in self.tables)


class Remark(NamedTuple):
    """A finding that only the run as a whole shows, and whose table it is about."""

    finding: Finding
    department: str = ""
    project: str = ""
    year: int | None = None


class Statistics:
    """Completion by heading and by kind of unit, each year for itself, counted as tables come."""

    def __init__(self) -> None:
        self.spreads: dict[int | None, dict[tuple[str, str, str], Spread]] = {}

    def add(self, table: TableResult, groups: Sequence[Group]) -> None:
        """One table."""
        counted: set[tuple[str, str, str]] = set()
        spreads = self.spreads.setdefault(table.year, {})
        for group in groups:
            level1, level2 = group.level1 or NO_HEADING, group.level2 or NO_HEADING
            for key in (("一级指标", level1, ""), ("二级指标", level1, level2), ("单位类别", table.kind, "")):
                spread = spreads.get(key)
                if spread is None:
                    spread = spreads[key] = Spread()
                spread.add(group, tables=key not in counted)
                counted.add(key)

    def rows(self) -> list[list[Any]]:
        """Rows of SPREADS, the latest year first: by first level, by second level below its first, by kind; the most frequent first."""
        return [[year, *row] for year, spreads in sorted(self.spreads.items(), key=lambda e: -(e[0] or 0)) for row in self._of_year(spreads)]

    @staticmethod
    def _of_year(spreads: Mapping[tuple[str, str, str], Spread]) -> list[list[Any]]:
        out: list[list[Any]] = []
        by_rows = sorted(spreads.items(), key=lambda e: (-e[1].rows, e[0]))
        first = [key[1] for key, _ in by_rows if key[0] == "一级指标"]
        place = {level1: i for i, level1 in enumerate(first)}
        for by in ("一级指标", "二级指标", "单位类别"):
            mine = [(key, spread) for key, spread in by_rows if key[0] == by]
            shown, rest = mine[:MAX_GROUPS], mine[MAX_GROUPS:]
            if by == "二级指标":
                shown.sort(key=lambda e: place[e[0][1]])
            if rest:
                together = Spread()
                for _, spread in rest:
                    together.merge(spread)
                shown.append(((by, f"{REST}{len(rest)} 种", ""), together))
            for key, spread in shown:
                low, middle, high = spread.quartiles or (None, None, None)
                out.append([*key, spread.tables, spread.rows, spread.mean, spread.full_share, low, middle, high])
        return out


@dataclass(slots=True)
class Consolidation:
    """files: all that were found, in order of name; their `tables` are those that count. ranks: of each table. more: findings that only the
    run as a whole shows. absent: why a unit of the roster counts as missing, where there is more to say than that nothing came. details, issues: packed rows of a file by its hash. shared: hashes of indicators that several tables report (`key_of` gives them).
    book: the rules that roll-ups are scored by. spreads: what statistics count.
    """

    files: Sequence[File]
    ranks: Mapping[tuple[int, int], int]
    superseded: Sequence[Superseded]
    more: Sequence[Remark]
    matched: Matched | None
    details: Callable[[str], bytes]
    issues: Callable[[str], bytes]
    shared: frozenset[int]
    key_of: Callable[[int | None, str], int]
    book: Rulebook | None
    statistic: Statistics
    rollups: dict[tuple[int | None, str], Rollup] = field(default_factory=dict)
    is_settled: bool = True
    """Whether every file was read as it was hashed; else another run may find something else."""
    notes: Sequence[str] = ()
    absent: Mapping[Unit, str] = field(default_factory=dict)
    skipped: Mapping[str, int] = field(default_factory=dict)
    passed: Sequence[str] = ()
    """Names of files passed over that may have been meant as a return."""
    rows_out: int = 0
    findings_out: int = 0

    def tables(self) -> list[TableResult]:
        """All that count: the latest year first, whole departments before projects, by rank; those without one behind them, in order of name."""
        every = [t for f in self.files for t in f.tables]
        return sorted(every, key=lambda t: (-(t.year or 0), t.form, self.ranks.get(t.number, len(every) + 1), t.number))

    def departments(self) -> Iterator[list[Any]]:
        """Rows of DEPARTMENTS."""
        for t in self.tables():
            parts = part_scores(t)
            yield [
                self.ranks.get(t.number), t.department, t.project, FORMS.get(t.form, t.form), t.kind, t.year, t.total, t.reported, t.difference, t.weight, t.grade, *parts, t.execution, t.completion,
                t.indicators, t.unscored, t.errors, t.warnings, t.infos, t.funds, t.ruleset, t.file, t.sheet,
            ]  # fmt: skip

    def indicators(self) -> Iterator[list[Any]]:
        """Rows of INDICATORS. On the way, roll-ups are gathered: they are whole once this is used up."""
        self.rollups.clear()
        self.rows_out = 0
        for file in self.files:
            if not file.tables:
                continue
            details = details_of(self.details(file.digest))
            for table in file.tables:
                rows, amounts = details[table.number[1]]
                unit = unit_key(table.department) or f"\0{file.name}"
                for amount in amounts:
                    if self.key_of(table.year, amount.key) in self.shared:
                        key = table.year, amount.key
                        entry = self.rollups.get(key)
                        if entry is None:
                            entry = self.rollups[key] = Rollup(amount, table.year)
                        entry.add(amount, unit, table.funds)
                head, tail = plain_row([table.department, table.project, table.year]), plain_row([file.name])
                self.rows_out += len(rows)
                for row in rows:
                    yield head + row + tail

    def statistics(self) -> list[list[Any]]:
        """Rows of SPREADS."""
        return self.statistic.rows()

    def rolled(self) -> list[list[Any]]:
        """Rows of ROLLUPS: indicators that two departments or more report, most widely reported first."""
        rows = []
        for one in sorted(self.rollups.values(), key=lambda r: (-(r.year or 0), -len(r.units), r.first.name, r.first.key)):
            target, actual, how = one.totals()
            scored = one.scored(self.book) if self.book is not None else None
            first = one.first
            rows.append([first.name, first.level1, first.level2, first.unit, DIRECTION_TITLES[Direction(first.direction)], one.year, len(one.units), round_to(target, 6), round_to(actual, 6), scored.completion if scored else None, scored.score if scored else None, how])
        return rows

    def findings(self) -> Iterator[list[Any]]:
        """Rows of FINDINGS: of the run, of files that could not be used, of every table."""
        self.findings_out = 0
        for remark in self.more:
            yield self._row(*remark)
        for file in self.files:
            if file.refused is not None:
                yield self._row(file.refused._replace(location=file.refused.location._replace(file=file.name)), "", "", None)
            if not file.tables:
                continue
            issues = issues_of(self.issues(file.digest))
            for table in file.tables:
                for severity, code, kind, title, found_text, expected, remedy, sheet, cell in issues[table.number[1]]:
                    self.findings_out += 1
                    yield [SEVERITIES[severity], code, kind, title, table.department, table.project, table.year, found_text, expected, remedy, file.name, sheet, cell]

    def _row(self, found: Finding, department: str, project: str, year: int | None) -> list[Any]:
        self.findings_out += 1
        at = found.location
        return [SEVERITIES[found.severity.value], found.kind.code, found.kind.kind, found.kind.title, department, project, year, found.found, found.expected, found.kind.remedy, at.file, at.sheet, at.cell]

    def inputs(self) -> Iterator[list[Any]]:
        """Rows of FILES."""
        for f in self.files:
            names = list(dict.fromkeys(t.department for t in f.tables))
            yield [
                f.name, f.status, "、".join(names), f.tables[0].year if f.tables else None, f.reason or (f.refused.found if f.refused is not None else ""), f.digest, f.size, f.reader, f.seconds,
                datetime.datetime.fromtimestamp(f.modified).strftime("%Y-%m-%d %H:%M:%S") if f.modified else "", f.indicators,  # local time, as people read it
            ]  # fmt: skip

    def kinds(self) -> Counter[str]:
        """Findings by kind, of everything that is listed."""
        total = Counter(r.finding.kind.kind for r in self.more) + Counter(f.refused.kind.kind for f in self.files if f.refused is not None)
        for file in self.files:
            for table in file.tables:
                total.update(file.kinds.get(table.number[1], {}))
        return total

    @property
    def rows_in(self) -> int:
        """Rows of the detail sheet, as the tables' readers counted them."""
        return sum(t.rows for f in self.files for t in f.tables)

    def counts(self) -> dict[str, int]:
        """Findings by severity, of everything that is listed."""
        total = Counter(r.finding.severity.value for r in self.more) + Counter(f.refused.severity.value for f in self.files if f.refused is not None)
        for t in (t for f in self.files for t in f.tables):
            total.update({"error": t.errors, "warning": t.warnings, "info": t.infos})
        return {name: total[name] for name in SEVERITIES}


FORMS = {"department": "部门整体", "project": "项目"}


def part_scores(table: TableResult) -> list[Decimal | None]:
    """Scores of output, benefit, satisfaction, management, budget execution, and of all other parts together."""
    parts: list[Decimal | None] = [None] * (_REST_PART + 1)
    for section in table.sections:
        if section.score is None:
            continue
        at = next((i for word, i in _PARTS if word in section.name), _REST_PART)
        parts[at] = (parts[at] or Decimal(0)) + section.score
    return parts
