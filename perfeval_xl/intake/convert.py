"""Source → what our form holds: narratives, money, rows, each with its place; and what was not understood. Pure."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.findings import Finding
from perfeval_xl.core.model import Execution, Submission
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.intake.accounts import funds_of, stated_accounts, told_accounts
from perfeval_xl.intake.aims import AIM_HEADINGS, aims_of, unfilled
from perfeval_xl.intake.chapters import MONEY, Story, read_story
from perfeval_xl.intake.grids import PlacedGrid, joined, placed_grids
from perfeval_xl.intake.kind import chosen
from perfeval_xl.intake.long_text import shortened
from perfeval_xl.intake.names import Names, with_title, without_names
from perfeval_xl.intake.own_words import Told, is_own_note, own_words, ruleset_named
from perfeval_xl.intake.rows import FormRows, Placed, form_rows
from perfeval_xl.intake.several import reports_of, title_of
from perfeval_xl.intake.source import Block, Doubt, IntakeError, Paragraph, Source, SourceTable
from perfeval_xl.workbook.forms.accounts import Accounts
from perfeval_xl.workbook.forms.form import FundRow, Origin, management_groups, table_groups
from perfeval_xl.workbook.forms.origin import Doubtful
from perfeval_xl.workbook.forms.pages import day_of
from perfeval_xl.workbook.forms.template import Filling
from perfeval_xl.workbook.funds import find_funds
from perfeval_xl.workbook.grid import position
from perfeval_xl.workbook.headings import heading
from perfeval_xl.workbook.layout import find_tables
from perfeval_xl.workbook.money import find_money
from perfeval_xl.workbook.parse import execution_of, parse_tables

_CLOSING = ("填报人", "联系电话", "填报日期")
_EVIDENCE = ("序号", "指标", "佐证材料")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user says of the source: rule set, year, sheet (表2) of the table to take."""

    ruleset: str | None = None
    year: int | None = None
    sheet: str = ""
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What is written. reason: why this rule set."""

    filling: Filling
    ruleset: Ruleset
    reason: str
    doubts: Sequence[Doubt]
    counts: Mapping[str, int] = field(default_factory=dict)


def take_in(source: Source, wishes: Wishes) -> Taken:
    """Raises: IntakeError (no table, no year), RulesetError."""
    every = joined(source.blocks)
    if not any(isinstance(b, SourceTable) for b in every):
        raise IntakeError(f"“{source.file}”中没有表格，找不到指标自评表，没有生成自评表。请确认这是绩效自评报告；表格是图片的，请先识别为文字。")
    grids = placed_grids(source.file, every)
    if wishes.sheet and wishes.sheet not in {g.grid.sheet for g in grids}:
        raise IntakeError(f"“{source.file}”中没有名为“{wishes.sheet}”的表，现有：{'、'.join(g.grid.sheet for g in grids)}。没有生成自评表。请用 --sheet 指明其中一张。")
    blocks, grids, others = _one_report(source.file, every, grids, wishes.sheet)
    blocks, names = without_names(blocks)
    story = read_story([b for b in blocks if isinstance(b, Paragraph)])
    submission, more = _submission(source, story, grids, wishes)
    doubts = [*source.doubts, *story.doubts, *others, *more]
    return taken_from(submission, Parts(source, story, {g.grid.sheet: g for g in grids}, doubts, with_title(names, story.cover)), wishes)


def _one_report(file: str, blocks: Sequence[Block], grids: Sequence[PlacedGrid], sheet: str) -> tuple[list[Block], list[PlacedGrid], list[Doubt]]:
    """Of several reports in one document, the first with a table of indicators, or the one with the table asked for; the others are listed."""
    reports = reports_of(blocks)
    if len(reports) == 1:
        return reports[0], list(grids), []
    rest = iter(grids)
    held = [[next(rest) for b in report if isinstance(b, SourceTable)] for report in reports]
    usable = [i for i, own in enumerate(held) if (sheet in {g.grid.sheet for g in own} if sheet else not isinstance(parse_tables(file, [g.grid for g in own], {}), Finding))]
    taken = usable[0] if usable else 0
    doubts = []
    for i, (report, own) in enumerate(zip(reports, held, strict=True)):
        title = title_of(report)
        if i == taken or title is None:
            continue
        remedy = f"需要时，用 --sheet {own[0].grid.sheet} 单独导入这份报告。" if i in usable or (own and sheet) else "请对照原文件核对，需要的内容填入自评表。"
        doubts.append(Doubt(title.place, title.text, f"这份文件还有另一份报告（{sum(isinstance(b, Paragraph) for b in report)} 段文字、{len(own)} 张表），没有导入", remedy))
    return reports[taken], held[taken], doubts


@dataclass(frozen=True, slots=True)
class Parts:
    """What stands beside the table of indicators."""

    source: Source
    story: Story
    tables: Mapping[str, PlacedGrid]
    doubts: Sequence[Doubt]
    names: Names = field(default_factory=Names)


def _submission(source: Source, story: Story, grids: Sequence[PlacedGrid], wishes: Wishes) -> tuple[Submission, list[Doubt]]:
    """The table of indicators; others are listed, row by row."""
    found = parse_tables(source.file, [g.grid for g in grids], {}, wishes.sheet)
    if isinstance(found, Finding):
        raise IntakeError(f"“{source.file}”中没有能够识别的指标自评表（表头应同时有指标名称、目标值、实现值），没有生成自评表。请确认文件是否选对。")
    kept = [s for s in found if s.form == story.cover.form] or list(found)
    taken = max(kept, key=lambda s: len(s.indicators))
    if not taken.indicators:
        raise IntakeError(f"“{source.file}”的指标自评表中没有一行指标，没有生成自评表。请确认文件是否选对。")
    by_sheet = {g.grid.sheet: g for g in grids}
    doubts = [
        Doubt(by_sheet[s.sheet].place(s.indicators[0].place.row) if s.indicators else s.sheet, f"{s.sheet} {s.project or s.title}：" + "；".join(i.name for i in s.indicators),
              f"这份文件还有一张指标表（{len(s.indicators)} 项指标），没有导入", f"需要时，用 --sheet {s.sheet} 单独导入这张表。")
        for s in found if s is not taken
    ]  # fmt: skip
    return taken, doubts


def taken_from(submission: Submission, parts: Parts, wishes: Wishes) -> Taken:
    """The filling of a form. Raises: IntakeError, RulesetError."""
    cover, doubts = parts.story.cover, list(parts.doubts)
    form = cover.form or ("department" if "整体支出" in cover.title else submission.form)
    names = parts.names
    year = cover.year or names.year or submission.year or wishes.year
    if year is None or not 2000 <= year <= 2100:
        raise IntakeError(f"“{parts.source.file}”中没有找到年度。请用 --year 指明，例如 --year 2024。")
    if wishes.year and wishes.year != year:
        doubts.append(Doubt(cover.place or "表格上方", cover.title or submission.title or str(year), f"文件中写明的是 {year} 年度，与 --year {wishes.year} 不同，按文件填写", "请核对年度；需要时，在“基本情况”中改正。"))
    closing = parts.story.closing
    submission = replace(submission, facts={**submission.facts, **names.facts})
    department = closing["单位名称"].text if "单位名称" in closing else submission.department or names.unit_of_title
    department = cover.name if form == "department" and cover.name else department
    department = names.department or department
    project = names.project or submission.project or names.project_of_title or (cover.name if form == "project" else "")
    doubts += unfilled(submission.facts, department, next((names.lines[x].place for x in names.lines), "表格上方"))
    read = submission
    submission = replace(submission, form=form, year=year, department=department, project=project, title=cover.title or submission.title, facts={}, file=parts.source.file)
    ruleset, reason, more = chosen(submission, wishes.ruleset, ruleset_named(parts.story.tables), cover.place or "表格上方")
    doubts += more
    told = _told(parts, submission, ruleset)
    facts, origins, more = _narratives(parts, read, told)
    doubts += more
    submission = replace(submission, indicators=[r._replace(reason=why.text) if (why := _why(told, r.name)) else r for r in submission.indicators])
    doubts += [d for one in told.values() for d in one.doubts]
    for label, text, place in (("单位名称", department, closing.get("单位名称", Paragraph("", cover.place)).place), ("年度", str(year), cover.place), ("项目名称", project, cover.place)):
        if text and not (label == "项目名称" and ruleset.form != "project" and not project):
            origins[label, ""] = Origin(place or "表格上方", cover.title or text)
    if not department:
        doubts.append(Doubt(cover.place, cover.title, "没有找到填报单位的名称", "请在“基本情况”中填写单位名称。"))
    execution = submission.execution or _execution(parts.tables, submission)
    rows = form_rows(submission, ruleset, parts.tables, _evidence(parts.tables))
    rows = replace(rows, table=_with_why(rows.table, told), management=_with_why(rows.management, told))
    _check_kept(submission, rows, ruleset)
    doubts += rows.doubts
    accounts, money_doubts = _accounts(parts, submission, told.get(MONEY, Told()).kept, (facts, origins))
    doubts += money_doubts
    funds: Sequence[FundRow] = (FundRow(), FundRow(), FundRow())
    fund_total = FundRow()
    if execution is not None:
        funds, fund_total, more = funds_of(execution, parts.tables, origins)
        doubts += more
    doubts += [Doubt(p.place, p.text, "表下的注没有填入自评表") for p in parts.story.tables if p.text.startswith(("注：", "注:")) and not is_own_note(p.text)]
    doubts += _unread(parts.tables, submission, execution)
    sums, more = _sums(submission, rows, execution, parts.tables)
    doubts += more
    facts, table, management, more = shortened(facts, rows.table, rows.management)
    doubts += more
    filling = Filling(
        year, department, project, table, management, funds, facts, accounts, parts.source.file, origins,
        sums, [Doubtful(*d[:4]) for d in doubts], fund_total,
    )  # fmt: skip
    counts = {"indicators": len(rows.table) + len(rows.management), "narratives": sum(1 for label, column in origins if not column and label in facts and label not in _CLOSING),
              "amounts": sum(1 for _, column in origins if column)}  # fmt: skip
    return Taken(filling, ruleset, reason, doubts, counts)


def _told(parts: Parts, submission: Submission, ruleset: Ruleset) -> dict[str, Told]:
    """What a person wrote, by field."""
    fields = parts.story.fields
    if not any(fields.values()):
        return {}
    evaluation = evaluate(replace(submission, execution=submission.execution or _execution(parts.tables, submission), money=submission.money or find_money([g.grid for g in parts.tables.values()])), ruleset)
    return {label: own_words(label, paragraphs, evaluation) for label, paragraphs in fields.items()}


def _why(told: Mapping[str, Told], name: str) -> Paragraph | None:
    """Why a row lost points, where a sentence says so."""
    return next((why for one in told.values() if (why := one.reasons.get(name.removeprefix("★")) or one.reasons.get(name))), None)


def _with_why(rows: Sequence[Placed], told: Mapping[str, Told]) -> list[Placed]:
    """Rows whose origin also says where the reason was found."""
    out = []
    for level1, level2, row in rows:
        why = _why(told, row.name)
        origin = row.origin._replace(text=f"{row.origin.text}；扣分原因（{why.place}）：{why.text}") if why and row.origin else row.origin
        out.append((level1, level2, row._replace(origin=origin)))
    return out


def _check_kept(submission: Submission, rows: FormRows, ruleset: Ruleset) -> None:
    """That the form has a place for every row read. Raises: IntakeError."""
    book = ruleset.at(datetime.date(submission.year or 2100, 12, 31))
    groups = [*table_groups(book, rows.table), *(management_groups(book, rows.management, is_imported=True) if ruleset.form == "department" else ())]
    held = Counter(cells.origin for g in groups for p in g.parts for cells in p.rows if cells.origin is not None)
    read = [i for i in submission.indicators if not i.is_execution]
    lost = Counter(cells.origin for _, _, cells in (*rows.table, *rows.management)) - held
    if lost or len(read) != held.total():
        names = "、".join(cells.name for _, _, cells in (*rows.table, *rows.management) if cells.origin in lost)
        raise IntakeError(f"“{submission.file}”中读到 {len(read)} 项指标，规则集 {ruleset.id} 的自评表只能放下 {held.total()} 项，没有生成自评表。放不下的是：{names}。请用 --ruleset 指定其他规则集。")


def _narratives(parts: Parts, submission: Submission, every: Mapping[str, Told]) -> tuple[dict[str, str], dict[tuple[str, str], Origin], list[Doubt]]:
    facts: dict[str, str] = {}
    origins: dict[tuple[str, str], Origin] = {}
    for label in parts.story.fields:
        own = every[label].kept
        if own and label != MONEY:
            facts[label] = "\n".join(p.text for p in own)
            origins[label, ""] = Origin(own[0].place if own[0].place == own[-1].place else f"{own[0].place} 至 {own[-1].place}", f"共 {len(own)} 段，{len(facts[label])} 字；以“{own[0].text[:30]}”开头")
    for label in _CLOSING:
        if label in parts.story.closing:
            facts[label], place = parts.story.closing[label]
            origins[label, ""] = Origin(place, facts[label])
    doubts = _aims(parts.tables.get(submission.sheet), facts, origins)
    for label, text in submission.facts.items():
        name = _FORM_LABELS.get(label)
        if name and name not in facts and text.strip() and text.strip() != "【待填】" and heading(text) not in AIM_HEADINGS:
            facts[name] = text.strip()
            origins[name, ""] = Origin(parts.names.lines[label].place if label in parts.names.lines else "表格中", text.strip())
    return facts, origins, doubts


_AIM = "整体绩效目标"


def _aims(table: PlacedGrid | None, facts: dict[str, str], origins: dict[tuple[str, str], Origin]) -> list[Doubt]:
    """The aim as the block above the indicators states it, where no chapter does; what has no field is listed."""
    aims, doubts = aims_of(table), []
    if aims.aim and _AIM not in facts:
        facts[_AIM] = aims.aim
        origins[_AIM, ""] = Origin(aims.aim_place, aims.aim)
    elif aims.aim and aims.aim != facts[_AIM]:
        doubts.append(Doubt(aims.aim_place, aims.aim, "表中的年度总体目标与正文的绩效目标不同，自评表填的是正文"))
    if aims.done:
        doubts.append(Doubt(aims.done_place, aims.done, "年度总体目标的实际完成情况，自评表没有这一栏，没有填入", "需要时，请写入“基本情况”的自评结论或履职效能分析。"))
    return doubts


_FORM_LABELS = {
    "部门职能": "部门职能", "主要职能": "部门职能", "年度工作任务": "年度工作任务", "年度重点工作任务": "年度工作任务", "年度总体工作和重点工作任务": "年度工作任务", "项目概况": "年度工作任务",
    "整体绩效目标": "整体绩效目标", "部门整体绩效目标": "整体绩效目标", "年度总体目标": "整体绩效目标", "绩效管理情况": "绩效管理情况", "主要问题": "主要问题", "存在问题": "主要问题",
    "存在的主要问题": "主要问题", "改进措施": "改进措施", "下一步改进措施": "改进措施", "自评结论": "自评结论", "履职效能分析": "履职效能分析", "管理效率分析": "管理效率分析", "收支情况说明": MONEY,
    "填报人": "填报人", "填表人": "填报人", "联系人": "填报人", "联系电话": "联系电话", "填报日期": "填报日期", "填表日期": "填报日期", "填报时间": "填报日期",
}  # fmt: skip


def _accounts(parts: Parts, submission: Submission, told: Sequence[Paragraph], out: tuple[dict[str, str], dict[tuple[str, str], Origin]]) -> tuple[Accounts, list[Doubt]]:
    """Amounts of the money table, and what sentences say beyond it. Sentences that say more than amounts are kept as they are."""
    facts, origins = out
    doubts: list[Doubt] = []
    table = submission.money or find_money([g.grid for g in parts.tables.values()])
    accounts = stated_accounts(table, parts.tables, origins, doubts)
    accounts, says_more = told_accounts(told, submission.year or 0, accounts, origins, doubts)
    if says_more:
        facts[MONEY] = "\n".join(p.text for p in told)
        origins[MONEY, ""] = Origin(told[0].place, f"共 {len(told)} 段；金额已填入“收支情况”，文字全文保留在此")
    dates = {label: day_of(text) or text if isinstance(text, str) else text for label, text in accounts.dates.items()}
    return replace(accounts, dates=_days(dates)), doubts


def _days(dates: Mapping[str, datetime.date | str]) -> dict[str, datetime.date | str]:
    out: dict[str, datetime.date | str] = {}
    for label, day in dates.items():
        found = re.fullmatch(r"(20[0-9]{2})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", day) if isinstance(day, str) else None
        out[label] = day_of(f"{found[1]}年{found[2]}月{found[3]}日") or day if found else day
    return out


def _execution(tables: Mapping[str, PlacedGrid], submission: Submission) -> Execution | None:
    """A fund table of its own, beside the one of indicators."""
    for one in tables.values():
        if one.grid.sheet != submission.sheet:
            lines = find_funds(one.grid, 1, one.grid.height)
            if lines is not None and not find_money([one.grid]):
                return execution_of(one.grid, lines, [])
    return None


def _evidence(tables: Mapping[str, PlacedGrid]) -> dict[str, str]:
    """Name of an indicator → its evidence, where a table lists them."""
    out: dict[str, str] = {}
    for one in tables.values():
        for number in range(1, min(one.grid.height, 4) + 1):
            if tuple(heading(t) for t in one.grid.line(number) if t) == _EVIDENCE:
                for row in range(number + 1, one.grid.height + 1):
                    _, name, text = (one.grid.text(row, c) for c in (1, 2, 3))
                    out.setdefault(name, text)
    return out


def _unread(tables: Mapping[str, PlacedGrid], submission: Submission, execution: Execution | None) -> list[Doubt]:
    """Tables that nothing was taken from, with their texts; pieces of a table that could be divided otherwise."""
    used = {r.place.sheet for r in submission.indicators} | ({execution.total.place.sheet} if execution is not None else set())
    used |= {line.place.sheet for line in submission.money.lines} if submission.money is not None else set()
    out = []
    for one in tables.values():
        for row, why in one.doubts:
            out.append(Doubt(one.place(row), " ".join(t for t in one.grid.line(row) if t), why, "请对照原文件核对这一行的各个单元格。"))
        is_evidence = any(tuple(heading(t) for t in one.grid.line(n) if t) == _EVIDENCE for n in range(1, min(one.grid.height, 4) + 1))
        if one.grid.sheet in used or is_evidence or find_tables(one.grid):
            continue
        if find_money([one.grid]) is not None or find_funds(one.grid, 1, one.grid.height) is not None:
            continue
        texts = ["｜".join(t for t in one.grid.line(row) if t) for row in range(1, one.grid.height + 1)]
        out.append(Doubt(one.place(1), "\n".join(t for t in texts if t), "这张表不是指标表、收支表或资金表，没有填入自评表"))
    for one in submission.findings:  # type: ignore[assignment]
        out += _found(one, tables)  # type: ignore[arg-type]
    return out


def _found(one: Finding, tables: Mapping[str, PlacedGrid]) -> list[Doubt]:
    """What the reader of tables remarked."""
    if one.severity.value == "info":
        return []
    at = position(one.location.cell) if one.location.cell else None
    table = tables.get(one.location.sheet)
    place = table.place(at[0]) if table is not None and at is not None else one.location.sheet
    text = table.grid.text(*at) if table is not None and at is not None else ""
    return [Doubt(place or str(one.location), text, one.message, "请对照原文件核对。")]


def _sums(submission: Submission, rows: FormRows, execution: Execution | None, tables: Mapping[str, PlacedGrid]) -> tuple[dict[str, Origin], list[Doubt]]:
    """Sums that the source states, by section of the form; doubted where the rows do not make them up."""
    out: dict[str, Origin] = {}
    doubts: list[Doubt] = []
    for total in submission.totals:
        if total.score is None:
            continue
        name = rows.sections.get(total.section, total.section)
        at, table = position(total.location.cell), tables.get(total.location.sheet)
        place, text = (table.place(at[0]), table.text(at[0])) if table is not None and at is not None else (str(total.location), plain(total.score))
        out.setdefault(name, Origin(place, text))
        scores = [i.score for i in submission.indicators if i.level1 == total.section or not total.section]
        if not total.section and execution is not None and not any(i.is_execution for i in submission.indicators):
            scores.append(execution.score)
        known = [s for s in scores if s is not None]
        own = sum(known, Decimal(0))
        if known and len(known) == len(scores) and own != total.score:
            doubts.append(Doubt(place, text, f"写明的合计是 {plain(total.score)}，各行得分之和是 {plain(own)}", "自评表的小计和总分由各行相加得出，请核对原文件的合计。"))
    return out, doubts
