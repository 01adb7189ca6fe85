"""What only the run as a whole shows: who is missing, who sent twice, whose table names no unit or another year. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.batch.consolidation import REFUSED, File, Remark
from perfeval_xl.batch.roster import Matched, Unit
from perfeval_xl.core.consolidate import Superseded, TableResult
from perfeval_xl.core.department import unit_key
from perfeval_xl.core.findings import Location, Severity, finding
from perfeval_xl.core.texts import shortened

_NAME = 60
MOST_YEAR_SHARE, LEAST_OF_YEAR = Decimal("0.75"), 3
"""A run is of one year where this share of its tables is, and at least so many: several years merged together are not."""


class Roll(NamedTuple):
    """What the roster brings to light. absent: unit → why it counts as missing, where there is more to say than that nothing came."""

    remarks: Sequence[Remark]
    absent: Mapping[Unit, str]


def twin(name: str, other: File) -> Remark:
    """A file with the same bytes as another."""
    table = other.tables[0] if other.tables else None
    text = f"本文件与“{other.name}”的内容完全相同，只汇总一次"
    return Remark(finding("duplicate-submission", Location(name), text, "一份自评表"), table.department if table else "", year=table.year if table else None)


def superseded(one: Superseded) -> Remark:
    """A table that another submission of its unit replaces."""
    table = one.result
    text = f"本文件与“{one.by.file}”都是“{shortened(table.department, _NAME)}”" + (f"{table.year} 年度" if table.year else "") + f"的自评表，未采用本文件：{one.reason}"
    return Remark(finding("duplicate-submission", Location(table.file, table.sheet), text, "一份自评表"), table.department, table.project, table.year)


def unread(file: File, note: str) -> Remark:
    """A table of the file that was left aside."""
    first = file.tables[0]
    return Remark(finding("unreadable-part", Location(file.name), note, "如该表也应汇总，请填写完整并取消隐藏", Severity.INFO), first.department, year=first.year)


def unnamed(tables: Sequence[TableResult]) -> Iterator[Remark]:
    """Tables that do not say whose they are, or of which year."""
    for table in tables:
        lacks = [title for title, value in (("填报单位", table.department), ("年度", table.year)) if not value]
        if lacks:
            text = f"没有读到{'和'.join(lacks)}，" + ("不知道是哪个单位报送的" if not table.department else "不能与同一年度的自评表排名")
            yield Remark(finding("unreadable-part", Location(table.file, table.sheet), text, f"表头上方写明{'和'.join(lacks)}"), table.department, table.project, table.year)


def year_of(tables: Sequence[TableResult]) -> int | None:
    """The year a run is of; None where it brings several together."""
    years = Counter(t.year for t in tables if t.year)
    if not years:
        return None
    year, count = years.most_common(1)[0]
    return year if count >= LEAST_OF_YEAR and count >= years.total() * MOST_YEAR_SHARE else None


def with_year(matched: Matched, tables: Sequence[TableResult]) -> Matched:
    """Units of the roster that sent only another year's form are missing too."""
    main = year_of(tables)
    if main is None:
        return matched
    by_unit: dict[Unit, set[int | None]] = {}
    for table in tables:
        unit = matched.received.get(table.department)
        if unit is not None:
            by_unit.setdefault(unit, set()).add(table.year)
    late = {unit for unit, years in by_unit.items() if not years & {main, None}}
    return replace(matched, missing=[u for u in matched.units if u in late or u in set(matched.missing)]) if late else matched


def odd_years(tables: Sequence[TableResult]) -> Iterator[Remark]:
    """Tables of another year than nearly all."""
    years = Counter(t.year for t in tables if t.year)
    main = year_of(tables)
    if main is None:
        return
    for table in tables:
        if table.year and table.year != main:
            text = f"本表为 {table.year} 年度，本次汇总的 {years.total()} 份自评表中有 {years[main]} 份为 {main} 年度"
            yield Remark(finding("wrong-year", Location(table.file, table.sheet), text, f"{main} 年度的自评表；如确为 {table.year} 年度，请另行汇总"), table.department, table.project, table.year)


def of_roster(matched: Matched, kept: Sequence[TableResult], files: Sequence[File]) -> Roll:
    """Units that are missing, and reporting units that the roster does not have."""
    remarks: list[Remark] = []
    absent: dict[Unit, str] = {}
    first: dict[str, TableResult] = {}
    for table in kept:
        first.setdefault(table.department, table)
    for one in matched.unlisted:
        table = first[one.department]
        like = f"，名单中相近或同名的有：{'、'.join(one.like)}，请人工确认" if one.like else "，名单中没有相近的名称"
        text = f"报送单位“{shortened(one.department, _NAME)}”不能与名单中的一个单位对应{like}" if one.department else "表中没有填写单位名称，不能与名单对应"
        remarks.append(Remark(finding("unlisted-department", Location(table.file, table.sheet), text, "名单中的单位全称"), one.department, table.project, table.year))
    nameless = {t.file for t in kept if not t.department}
    unused = [(unit_key(f.name), f) for f in files if (f.status == REFUSED and f.refused is not None) or f.name in nameless]
    received: dict[Unit, list[TableResult]] = {}
    for table in kept:
        if (known := matched.received.get(table.department)) is not None:
            received.setdefault(known, []).append(table)
    for unit in matched.missing:
        if unit in received:
            table = received[unit][0]
            absent[unit] = f"只收到 {table.year} 年度的自评表“{table.file}”，没有收到 {year_of(kept)} 年度的"
            remarks.append(_missing(table.file, f"“{unit.department}”{absent[unit]}", f"该单位 {year_of(kept)} 年度的自评表", unit))
            continue
        sent = next((f for name, f in unused if unit_key(unit.department) in name), None)
        alike = [u.department for u in matched.unlisted if u.department and unit.department in u.like]
        if sent is not None and sent.refused is not None:
            absent[unit] = f"报送的文件（按文件名判断是“{sent.name}”）没有采用：{sent.refused.found}。{sent.refused.kind.remedy}"
            remarks.append(_missing(sent.name, f"“{unit.department}”{absent[unit]}", "该单位可以读取的自评表", unit))
        elif sent is not None:
            absent[unit] = f"可能已经报送：“{sent.name}”的文件名与该单位相符，但表中没有填写单位名称。请核对，并在表中写明填报单位"
            remarks.append(_missing(sent.name, f"“{unit.department}”{absent[unit]}", "写明填报单位的自评表", unit))
        elif alike:
            absent[unit] = f"可能已经报送：名单外的“{'”“'.join(shortened(a, _NAME) for a in alike[:3])}”与该单位名称相近。请确认是否同一单位；是的，请在表中或名单中统一名称"
            remarks.append(_missing("", f"“{unit.department}”{absent[unit]}", "名称与名单一致的自评表", unit))
        else:
            who = "，".join(part for part in (f"编码 {unit.code}" if unit.code else "", f"主管部门 {unit.parent}" if unit.parent else "", f"联系人 {unit.person}" if unit.person else "") if part)
            remarks.append(_missing("", f"“{unit.department}”没有报送" + (f"（{who}）" if who else ""), "该单位的自评表", unit))
    return Roll(remarks, absent)


def _missing(file: str, text: str, expected: str, unit: Unit) -> Remark:
    return Remark(finding("missing-submission", Location(file), text, expected), unit.department)
