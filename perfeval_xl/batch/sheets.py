"""Sheets of the consolidated workbook: which tables it shows, in what columns, and the charts. The rows are the consolidation's streams."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from perfeval_xl.batch.consolidation import (
    DEPARTMENTS,
    DUPLICATE,
    FINDINGS,
    INDICATORS,
    MERGED,
    REFUSED,
    REPLACED,
    ROLLUPS,
    SPREADS,
    Consolidation,
    File,
    part_scores,
)
from perfeval_xl.batch.roster import Unit
from perfeval_xl.batch.store import program_version
from perfeval_xl.core.consolidate import TableResult
from perfeval_xl.core.findings import KINDS
from perfeval_xl.core.parameters import STATUS_TITLES, RuleStatus
from perfeval_xl.core.texts import shortened
from perfeval_xl.rulesets.loader import RulesetError, load
from perfeval_xl.workbook.drawings import Chart, ChartKind
from perfeval_xl.workbook.links import link
from perfeval_xl.workbook.tablecells import Cell, Linked
from perfeval_xl.workbook.tablelook import ColumnKind
from perfeval_xl.workbook.tables import Column, TableSheet

SUMMARY, DETAIL, STATISTICS, ROLLED, ISSUES, STATUS, CHARTS, RECORD = "汇总", "指标明细", "分类统计", "指标汇总", "问题清单", "报送情况", "图表", "运行记录"
BINS = 20  # of five points each
MOST_BARS = 20
MOST_POINTS = 30_000
MOST_HEIGHTENED = 5_000
"""Rows of issues that are held to be given their heights; more go through as they come."""
GRADES = (("优", "#C6EFCE"), ("良", "#DDEBF7"), ("中", "#FFEB9C"), ("差", "#FFC7CE"))
_LEVELS = (("错误", "#FFC7CE"), ("提醒", "#FFEB9C"), ("提示", "#DDEBF7"))
_STATES = (("未报送", "#FFC7CE"), (REFUSED, "#FFC7CE"), (DUPLICATE, "#FFEB9C"), (REPLACED, "#FFEB9C"), ("名单外", "#FFEB9C"))
_T, _W, _C, _S, _P, _M, _L = ColumnKind.TEXT, ColumnKind.WRAPPED, ColumnKind.COUNT, ColumnKind.SCORE, ColumnKind.PERCENT, ColumnKind.MONEY, ColumnKind.LINK
_KINDS: dict[str, tuple[float, ColumnKind]] = {
    "rank": (6, _C), "department": (30, _T), "project": (26, _T), "form": (9, _T), "kind": (13, _T), "year": (7, _C), "total": (11, _S), "reported": (10, _S), "difference": (8, _S),
    "weight": (9, _S), "grade": (7, _T), "output_score": (8, _S), "benefit_score": (8, _S), "satisfaction_score": (8, _S), "management_score": (8, _S), "execution_score": (9, _S), "other_score": (9, _S),
    "execution_rate": (11, _P), "completion_rate": (11, _P), "indicators": (8, _C), "unscored": (8, _C), "errors": (7, _C), "warnings": (7, _C), "infos": (7, _C), "funds": (16, _M),
    "ruleset": (24, _T), "file": (40, _T), "sheet": (14, _T), "level1": (13, _T), "level2": (15, _T), "name": (30, _T), "direction": (11, _T), "target": (20, _T), "actual": (20, _T),
    "unit": (9, _T), "tables": (9, _C), "score": (10, _S), "reported_score": (10, _S), "status": (10, _T), "rule": (26, _T), "reason": (30, _T), "cell": (8, _T), "severity": (7, _T), "code": (8, _T),
    "title": (16, _T), "found": (46, _T), "expected": (30, _T), "remedy": (36, _T), "by": (11, _T), "group": (20, _T), "subgroup": (20, _T), "departments": (8, _C), "mean_rate": (11, _P),
    "full_share": (10, _P), "quartile1": (10, _P), "median": (10, _P), "quartile3": (10, _P), "method": (40, _T),
}  # fmt: skip


class Context(NamedTuple):
    """What the record says of the run. output: where the workbook will lie, for its links."""

    output: Path
    ruleset: str | None
    started: datetime.datetime
    arguments: Sequence[str]


def sheets(c: Consolidation, context: Context) -> list[TableSheet]:
    """All sheets, in order. Statistics, roll-ups and the record are made of what the sheets before them gathered."""
    tables = c.tables()
    counts = c.counts()
    merged = sum(f.status == MERGED for f in c.files)
    whole = len(c.ranks)
    head = f"找到 {len(c.files)} 个文件，汇总 {merged} 个，未采用 {len(c.files) - merged} 个；{len(tables)} 份自评表；错误 {counts['error']} 项、提醒 {counts['warning']} 项、提示 {counts['info']} 项。"
    ranked = f"名次按得分占满分的比例，在同一年度、同一类表（部门整体、项目）中排列，只含全部指标都能计分的 {whole} 份；计算得分与填报得分并列，互不替代。"
    folder = context.output.parent
    findings = sum(t.errors + t.warnings + t.infos for t in tables) + len(c.more) + sum(f.refused is not None for f in c.files)
    states = list(_states(c))
    issues = _issues(c, folder)
    bars, stats = _Bars(c, tables), c.statistics()
    return [
        TableSheet(SUMMARY, "预算绩效自评汇总表", _summary_columns(), _summary(c, folder), len(tables), head + ranked, 2),
        TableSheet(DETAIL, "指标明细", _columns(INDICATORS, {}), c.indicators(), c.rows_in, "每行注明来自哪个文件、工作表、单元格；完成率为未封顶的数。", 1, is_plain=True),
        TableSheet(STATISTICS, "分类统计", _columns(SPREADS, {}), stats, len(stats), "各年度分开统计；完成率按四位小数计，超过 100% 的按 100% 计入平均数和四分位数；预算执行率不计入。", 3),
        TableSheet(ROLLED, "同名指标汇总", _columns(ROLLUPS, {"name": (34, _T), "target": (18, _S), "actual": (18, _S)}), _later(c.rolled), len(c.shared),
                   "两个以上单位填报的同一指标：绝对值相加，比率按资金加权平均，先汇总再按规则计分。", 1),
        TableSheet(ISSUES, "问题清单", _issue_columns(), list(issues) if findings <= MOST_HEIGHTENED else issues, findings, "点击“位置”打开文件中的单元格（压缩包内的文件除外）。", 2),
        TableSheet(STATUS, "报送情况", _STATUS_COLUMNS, list(_linked_states(states, c, folder)), len(states), _status_note(c), 2),
        TableSheet(CHARTS, "图表", bars.columns(), bars.rows(), bars.count, "图中的数据在左侧各列。", 0, bars.charts(), has_filter=False, prints_charts=True),
        TableSheet(RECORD, "运行记录", _RECORD_COLUMNS, _record(c, context), sum(1 for _ in _record(c, context)), "可据以核对：每个输入文件的摘要值、所用规则集、读入与写出的行数。", 1, has_filter=False),
    ]  # fmt: skip


def _columns(fields: Sequence[Any], own: dict[str, tuple[float, ColumnKind]]) -> list[Column]:
    out = []
    for field in fields:
        width, kind = own.get(field.name) or _KINDS[field.name]
        out.append(Column(field.title, width, kind))
    return out


# What a director reads; the rest of a table's fields is in the export.
_SHOWN = (
    "rank", "department", "project", "form", "year", "total", "reported", "difference", "weight", "grade", "output_score", "benefit_score", "satisfaction_score", "management_score", "execution_score", "other_score",
    "execution_rate", "completion_rate", "indicators", "unscored", "errors", "warnings", "ruleset", "file",
)  # fmt: skip
_AT = {field.name: i for i, field in enumerate(DEPARTMENTS)}


def _summary_columns() -> list[Column]:
    shown = [DEPARTMENTS[_AT[name]] for name in _SHOWN]
    columns = _columns(shown, {"file": (34, _L), "project": (18, _T), "execution_rate": (9, _P), "completion_rate": (9, _P)})
    return [c._replace(has_bar=f.name == "total", tints=GRADES if f.name == "grade" else ()) for f, c in zip(shown, columns, strict=True)]


def _summary(c: Consolidation, folder: Path) -> Iterator[list[Cell]]:
    links = {f.name: f.link for f in c.files}
    places = [_AT[name] for name in _SHOWN[:-1]]
    for row in c.departments():
        file = row[_AT["file"]]
        yield [*(row[i] for i in places), _link(file, links.get(file, ""), folder, row[_AT["sheet"]], "")]


def _link(text: str, path: str, folder: Path, sheet: str, cell: str) -> Cell:
    target = link(path, folder, sheet, cell) if path and "://" not in path else ""
    return Linked(text, target) if target else text


# The name of a kind is English, for other programs; people go by its code and its title.
_TOLD = tuple(i for i, field in enumerate(FINDINGS) if field.name != "kind")


def _issue_columns() -> list[Column]:
    own: dict[str, tuple[float, ColumnKind]] = {
        "severity": (6, _T), "code": (7, _T), "title": (14, _W), "department": (20, _W), "project": (16, _W), "year": (6, _C), "found": (42, _W), "expected": (26, _W), "remedy": (30, _W), "file": (30, _W),
        "sheet": (10, _W), "cell": (7, _T),
    }  # fmt: skip
    columns = [c._replace(tints=_LEVELS) if c.title == "级别" else c for c in _columns([FINDINGS[i] for i in _TOLD], own)]
    return [*columns, Column("位置", 16, _L)]


def _issues(c: Consolidation, folder: Path) -> Iterator[list[Cell]]:
    links = {f.name: f.link for f in c.files}
    for row in c.findings():
        file, sheet, cell = row[-3:]
        place = (f"{sheet}!{cell}" if cell else sheet) or "打开文件"
        yield [*(row[i] for i in _TOLD), _link(place, links.get(file, ""), folder, sheet, cell) if file else ""]


_STATUS_COLUMNS = (
    Column("情况", 15, tints=_STATES), Column("单位", 26, _W), Column("单位编码", 11, _W), Column("主管部门", 16, _W), Column("联系人", 9, _W), Column("年度", 6, _C), Column("文件", 42, _L), Column("说明", 52, _W),
)  # fmt: skip


def _states(c: Consolidation) -> Iterator[list[Any]]:
    """情况, unit, code, parent, person, year, file, remark: what is missing or refused first."""
    matched = c.matched
    listed = matched.received if matched is not None else {}
    unlisted = {u.department: u.like for u in matched.unlisted} if matched is not None else {}
    for unit in matched.missing if matched is not None else ():
        yield ["未报送", *unit, None, "", c.absent.get(unit, "没有收到该单位的自评表。请催报")]
    order = {REFUSED: 0, DUPLICATE: 1, REPLACED: 2, MERGED: 3}
    for file in sorted(c.files, key=lambda f: (order[f.status], f.name)):
        if file.status != MERGED:
            reason = file.reason or (f"{file.refused.kind.title}：{file.refused.found}。{file.refused.kind.remedy}" if file.refused is not None else "")
            yield [file.status, "、".join(d for d in file.departments if d), "", "", "", None, file.name, reason]
        for table in file.tables:
            found = listed.get(table.department)
            like = unlisted.get(table.department)
            state = "名单外" if matched is not None and found is None else "已汇总"
            remark = "" if like is None else f"不在名单中，相近的有：{'、'.join(like)}" if like else "不在名单中"
            unit = found or Unit(table.department)
            yield [state, table.department, unit.code, unit.parent, unit.person, table.year, file.name, "；".join(t for t in (remark, file.reason) if t)]


def _linked_states(states: Sequence[list[Any]], c: Consolidation, folder: Path) -> Iterator[list[Cell]]:
    links = {f.name: f.link for f in c.files}
    for row in states:
        yield [*row[:6], _link(row[6], links.get(row[6], ""), folder, "", ""), row[7]]


def _status_note(c: Consolidation) -> str:
    by = {state: sum(f.status == state for f in c.files) for state in (MERGED, REFUSED, DUPLICATE, REPLACED)}
    text = "；".join(f"{state} {n} 个文件" for state, n in by.items() if n) + "。"
    if c.matched is not None:
        text = f"名单 {len(c.matched.units)} 个单位，已报送 {len(set(c.matched.received.values()) - set(c.matched.missing))} 个，未报送 {len(c.matched.missing)} 个，名单外 {len(c.matched.unlisted)} 个。" + _doubled(c.matched.doubled) + text
    skipped = "、".join(f"{reason} {n} 个" for reason, n in c.skipped.items())
    return text + (f"另有 {skipped}，未计入。" if skipped else "")


def _doubled(names: Sequence[str]) -> str:
    """What of the roster a person should look at: a line too many may stand for a unit that is missing there."""
    told = "”“".join(shortened(name, _TOLD_NAME) for name in names[:_TOLD_NAMES])
    return f"名单中重复列出的单位 {len(names)} 个，各按一个单位计：“{told}”{'等' if len(names) > _TOLD_NAMES else ''}，请核对名单。" if names else ""


def _later(rows: Any) -> Iterator[Any]:
    """Rows that are only there once the sheets before are written."""
    yield from rows()


class _Bars:
    """The data of the charts, side by side from the first row on, and the charts."""

    def __init__(self, c: Consolidation, tables: Sequence[TableResult]) -> None:
        self.scores = self._distribution(tables)
        ranked = [t for t in tables if t.number in c.ranks] or list(tables)
        several = {name for name, n in Counter(t.department for t in ranked).items() if n > 1}
        self.sections = [(_bar_name(t, is_one_of_several=t.department in several), *part_scores(t)) for t in ranked[:MOST_BARS]]
        self.kinds = [(KINDS[kind].title, n) for kind, n in c.kinds().most_common(MOST_BARS)]
        points = [(t.execution, t.completion) for t in tables if t.execution is not None and t.completion is not None]
        self.points = points[:MOST_POINTS]
        self.count = max(len(self.scores), len(self.sections), len(self.kinds), len(self.points))

    @staticmethod
    def _distribution(tables: Sequence[TableResult]) -> list[tuple[str, int]]:
        """Tables by the share of the full score they reach, in twentieths."""
        bins = [0] * BINS
        for t in tables:
            if t.is_whole:
                bins[min(int(t.total / t.weight * BINS), BINS - 1)] += 1
        width = 100 // BINS
        return [(f"{i * width}–{(i + 1) * width}", n) for i, n in enumerate(bins)]

    def columns(self) -> list[Column]:
        return [
            Column("得分区间（%）", 13), Column("份数", 7, _C), Column("单位（按名次）", 28), Column("产出得分", 9, _S), Column("效益得分", 9, _S), Column("满意度得分", 10, _S), Column("管理得分", 9, _S),
            Column("预算执行得分", 11, _S), Column("其他得分", 9, _S), Column("问题种类", 20), Column("项数", 7, _C), Column("预算执行率", 11, _P), Column("平均完成率", 11, _P),
        ]  # fmt: skip

    def rows(self) -> Iterator[list[Cell]]:
        """Every block in its own columns."""
        blocks: tuple[tuple[Sequence[Sequence[Any]], int], ...] = ((self.scores, 2), (self.sections, 7), (self.kinds, 2), (self.points, 2))
        for i in range(self.count):
            yield [cell for rows, width in blocks for cell in (rows[i] if i < len(rows) else [None] * width)]

    def charts(self) -> list[Chart]:
        found = [Chart(ChartKind.COLUMN, "得分分布（占满分的百分比）", 0, [1], "O4", "得分区间（%）", "份数", 0, len(self.scores) - 1, 720, 400)]
        if self.sections:
            found.append(Chart(ChartKind.STACKED, f"各部分得分（前 {len(self.sections)} 名）", 2, [3, 4, 5, 6, 7, 8], "AA4", "", "得分", 0, len(self.sections) - 1, 820, 400))
        if self.kinds:
            found.append(Chart(ChartKind.BAR, "问题种类", 9, [10], "O26", "", "项数", 0, len(self.kinds) - 1, 720, 480))
        if self.points:
            found.append(Chart(ChartKind.SCATTER, "预算执行率与平均完成率", 11, [12], "AA26", "预算执行率", "平均完成率", 0, len(self.points) - 1, 720, 480))
        return found


def _bar_name(table: TableResult, *, is_one_of_several: bool) -> str:
    """What a bar is called: the unit; of a unit with several tables, the project that tells them apart."""
    return _short((is_one_of_several and table.project) or table.department or table.file)


def _short(name: str) -> str:
    """A name that fits below a bar: its end tells units apart."""
    return name if len(name) <= _BAR_NAME else "…" + name[-_BAR_NAME:]


_BAR_NAME = 10
_TOLD_NAME, _TOLD_NAMES = 30, 10
_RECORD_COLUMNS = (
    Column("类别", 10), Column("名称", 44), Column("内容", 60), Column("sha256", 68), Column("字节数", 12, _C), Column("读取方式", 12), Column("用时（秒）", 10), Column("文件时间", 20),
)  # fmt: skip


def _record(c: Consolidation, context: Context) -> Iterator[list[Cell]]:
    """What an auditor needs to do the same again."""
    def line(kind: str, name: str, text: str) -> list[Cell]:
        return [kind, name, text, "", None, "", None, ""]

    yield line("运行", "生成时间", f"{context.started:%Y-%m-%d %H:%M:%S}")
    yield line("运行", "程序版本", f"perfeval_xl {program_version()}")
    yield line("运行", "命令", " ".join(context.arguments))
    yield from _rules(c, context.ruleset, line)
    states = {s: sum(f.status == s for f in c.files) for s in (MERGED, REFUSED, DUPLICATE, REPLACED)}
    merged = states[MERGED]
    yield line("核对", "文件", f"找到 {len(c.files)} ＝ 汇总 {merged} ＋ 未采用 {len(c.files) - merged}（{'、'.join(f'{s} {n}' for s, n in states.items() if s != MERGED)}）")
    yield line("核对", "指标行", f"读入 {c.rows_in}，写入“{DETAIL}” {c.rows_out}，{'一致' if c.rows_in == c.rows_out else '不一致，请勿使用本汇总表，并与维护人员联系'}")
    yield line("核对", "问题", f"写入“{ISSUES}” {c.findings_out} 项")
    for reason, n in c.skipped.items():
        yield line("核对", "未作为自评表的文件", f"{reason} {n} 个")
    for name in c.passed:
        yield line("核对", name, "未作为自评表读取；如果是报送的自评表，请改报电子表格")
    for file in c.files:
        yield _input(file)


def _rules(c: Consolidation, asked: str | None, line: Any) -> Iterator[list[Cell]]:
    used: dict[str, int] = {}
    for file in c.files:
        for table in file.tables:
            used[table.ruleset] = used.get(table.ruleset, 0) + 1
    for name, n in sorted(used.items(), key=lambda e: (-e[1], e[0])):
        try:
            rules = load(asked) if asked is not None and load(asked).id == name else load(name)
            unconfirmed = sum(p.status is RuleStatus.UNCONFIRMED for _, p in rules.parameters())
            text = f"{rules.title}；依据状态：{STATUS_TITLES[rules.status]}；未核实的参数 {unconfirmed} 个"
        except RulesetError:
            text = "规则集文件已不在原处"
        yield line("规则集", name, f"{text}；用于 {n} 份自评表" + ("（由命令指定）" if asked else ""))
    for note in c.notes:
        yield line("规则集", "说明", note)


def _input(file: File) -> list[Cell]:
    shown = datetime.datetime.fromtimestamp(file.modified).strftime("%Y-%m-%d %H:%M:%S") if file.modified else ""
    words = file.reason or (file.refused.found if file.refused is not None else "")
    text = file.status + (f"：{words}" if words else f"，{len(file.tables)} 份自评表，{file.indicators} 项指标")
    return ["输入文件", file.name, text, file.digest, file.size, file.reader, Decimal(str(file.seconds)), shown]
