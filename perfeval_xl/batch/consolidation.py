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

from perfeval_xl.batch.amounts import name_of_key
from perfeval_xl.batch.outcome import details_of, issues_of
from perfeval_xl.batch.roster import Matched, Unit
from perfeval_xl.batch.spreads import Statistics as Statistics  # noqa: PLC0414  # those who make a consolidation take it from here
from perfeval_xl.core.consolidate import Superseded, TableResult
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


@dataclass(slots=True)
class Consolidation:
    """files: all that were found, in order of name; their `tables` are those that count. ranks: of each table. more: findings that only the
    run as a whole shows. absent: why a unit of the roster counts as missing, where there is more to say than that nothing came. details, issues: packed rows of a file by its hash. shared: hashes of indicators that several departments report (`key_of` gives them), names: of their names.
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
    names: frozenset[int]
    key_of: Callable[[int | None, str], int]
    book: Rulebook | None
    statistic: Statistics
    rollups: dict[tuple[int | None, str], Rollup] = field(default_factory=dict)
    left: dict[tuple[int | None, str], Counter[str]] = field(default_factory=dict)
    """Rows of the same names that are in none of the roll-ups, by the reason."""
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
        self.left.clear()
        self.rows_out = 0
        for file in self.files:
            if not file.tables:
                continue
            details = details_of(self.details(file.digest))
            for table in file.tables:
                rows, amounts, left = details[table.number[1]]
                unit = unit_key(table.department) or f"\0{file.name}"
                for amount in amounts:
                    if self.key_of(table.year, amount.key) in self.shared:
                        key = table.year, amount.key
                        entry = self.rollups.get(key)
                        if entry is None:
                            entry = self.rollups[key] = Rollup(amount, table.year)
                        entry.add(amount, unit, table.funds)
                    else:
                        self._leave(table.year, name_of_key(amount.key), _ALONE)
                for name, why in left:
                    self._leave(table.year, name, why)
                head, tail = plain_row([table.department, table.project, table.year]), plain_row([file.name])
                self.rows_out += len(rows)
                for row in rows:
                    yield head + row + tail

    def _leave(self, year: int | None, name: str, why: str) -> None:
        if self.key_of(year, name) in self.names:
            self.left.setdefault((year, name), Counter())[why] += 1

    def statistics(self) -> list[list[Any]]:
        """Rows of SPREADS."""
        return self.statistic.rows()

    def rolled(self) -> list[list[Any]]:
        """Rows of ROLLUPS: indicators that two departments or more report, most widely reported first."""
        rows = []
        for one in sorted(self.rollups.values(), key=lambda r: (-(r.year or 0), -len(r.units), r.first.name, r.first.key)):
            target, actual, how = one.totals()
            left = self.left.get((one.year, name_of_key(one.first.key)))
            if left:
                how += f"；另有 {left.total()} 项同名指标未计入（{'、'.join(f'{why} {n} 项' for why, n in left.most_common())}）"
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


_ALONE = "计量单位或方向与其他单位不同"
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
