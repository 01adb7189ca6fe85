"""Evidence: which cells of a row hold the target and the actual, and what is remarkable about how they are written. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from perfeval_xl.core.completion import looks_like_fraction
from perfeval_xl.core.decimals import HUNDRED, ZERO, plain
from perfeval_xl.core.findings import Finding, finding
from perfeval_xl.core.model import Indicator
from perfeval_xl.core.quantity import NUMERIC, Kind, Operator, Quantity, are_dates, as_date, parse
from perfeval_xl.core.units import NO_UNIT, Relation, relation

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_NUMBER, _PERCENT, _QUALITATIVE, _DATE, _BLANK, _NO_SIGN = Kind.NUMBER, Kind.PERCENT, Kind.QUALITATIVE, Kind.DATE, Kind.NONE, Operator.NONE

_WHOLE = parse("100%")
_NOUN = r"(?:事故|投诉|事件|案件|问题|情况|现象|伤亡|死亡|违规|违纪|违法|差错|火灾|上访|信访|舆情|纠纷|拖欠|超支|逾期|延误|失误|病例|疫情|污染)"
# 无事故, 全年未发生较大火灾, 零投诉: nothing happened, which is the number 0.
_ZERO_WORDS = re.compile(
    r"(?:本?全?年度?|年内|均|全部|实现|做到|确保|截至目前)*(?:"
    rf"(?:无|零|未|没有?|不)(?:有|出现|发生|发现|产生)?(?:任何)?[\u4e00-\u9fff]{{0,8}}?{_NOUN}(?:发生|出现)?|(?:未|无|没有|零)(?:发生|出现|产生)|为?零|无)"
)


@dataclass(slots=True)
class Evidence:
    """target, actual: as read. field: the column the actual comes from. notes: what was assumed, for the trace.

    are_numbers: both are, the common case, told once for all that follows.
    """

    target: Quantity
    actual: Quantity
    field: str
    notes: tuple[str, ...]
    are_numbers: bool = False


def evidence_of(row: Indicator, findings: list[Finding], year: int = 0) -> Evidence:
    """Reads both cells of a row; appends what is remarkable to `findings`. year: what 本年 means, 0 where not known."""
    target, actual = parse(row.target), parse(row.actual)
    if row.unit or row.actual_unit:
        target, actual = _with_columns(row, target, actual)
    source = "actual"
    notes: tuple[str, ...] = ()
    if row.rate:
        other = parse(row.rate)
        if _is_misplaced(other, target, actual):
            findings.append(
                finding(
                    "actual-in-rate-column",
                    row.place.location("rate"),
                    f"完成率列写的是“{row.rate.strip()}”，实现值列写的是“{row.actual.strip() or '（空）'}”",
                    f"完成率列为百分比，实现值列为“{row.rate.strip()}”",
                )
            )
            actual, source = other, "rate"
            notes = ("实现值取自“指标完成率”列",)
    a_kind, t_kind = actual.kind, target.kind
    is_number = a_kind is _NUMBER or a_kind is _PERCENT
    if is_number and actual.operator is not _NO_SIGN:
        findings.append(finding("operator-in-actual", row.place.location(source), f"实现值写为“{actual.text.strip()}”",
                                f"确数，如“{plain(actual.value or Decimal(0))}{actual.unit.symbol}”"))  # fmt: skip
    if target.lookalike or actual.lookalike:
        for which, quantity in (("target", target), (source, actual)):
            if quantity.lookalike:
                findings.append(finding("lookalike-operator", row.place.location(which),
                                        f"“{quantity.text.strip()}”中的“{quantity.lookalike}”", f"“{quantity.operator}”"))  # fmt: skip
    if not is_number or not (t_kind is _NUMBER or t_kind is _PERCENT):
        if t_kind is _QUALITATIVE and a_kind is _QUALITATIVE:
            return Evidence(target, actual, source, notes)
        target, actual, more = _spoken(target, actual, year)
        notes += more
    elif target.unit is NO_UNIT and actual.unit is NO_UNIT and are_dates(target, actual):
        target, actual, more = _dated(target, actual, year)
        notes += more
    else:
        return Evidence(target, actual, source, notes, True)  # noqa: FBT003  # by position: the hot road
    return Evidence(target, actual, source, notes, target.is_number and actual.is_number)


def _spoken(target: Quantity, actual: Quantity, year: int) -> tuple[Quantity, Quantity, tuple[str, ...]]:
    """Words that stand for the number 0, numbers that stand for dates, and the year that dates leave out."""
    if target.is_number and target.value == 0 and _ZERO_WORDS.fullmatch(actual.text.strip()):
        note = f"目标值为 0，实现值“{actual.text.strip()}”读作 0"
        return target, target._replace(operator=_NO_SIGN, lookalike="", text=actual.text), (note,)
    if actual.is_number and target.kind is _QUALITATIVE and _ZERO_WORDS.fullmatch(target.words):
        note = f"目标值“{target.text.strip()}”读作 0"
        return actual._replace(value=ZERO, operator=_NO_SIGN, lookalike="", text=target.text), actual, (note,)
    if actual.kind is _BLANK and actual.text.strip() == "无" and _ZERO_WORDS.fullmatch(target.words):
        return target, actual._replace(kind=_QUALITATIVE, words="未发生"), (f"目标值“{target.text.strip()}”，实现值“无”读作未发生",)
    if target.kind is _DATE or actual.kind is _DATE:
        is_told = target.span is not None and actual.span is not None and min(target.span.start.year, actual.span.start.year) > 1
        return (target, actual, ()) if is_told else _dated(target, actual, year)
    return target, actual, ()


def _dated(target: Quantity, actual: Quantity, year: int) -> tuple[Quantity, Quantity, tuple[str, ...]]:
    """Both as dates of the table's own year where they name none."""
    target, actual = (as_date(q) or q if q.kind is _NUMBER else q for q in (target, actual))
    dated = [q._replace(span=q.span.in_year(year)) if q.span is not None and year else q for q in (target, actual)]
    is_filled = dated[0].span != target.span or dated[1].span != actual.span
    return dated[0], dated[1], (f"日期未写年份的，按 {year} 年度理解",) if is_filled else ()


def _with_columns(row: Indicator, target: Quantity, actual: Quantity) -> tuple[Quantity, Quantity]:
    """Bare numbers in the unit of their column. A fraction under a column of percents stays one, for a person to look at."""
    aim = _in_unit_of_column(target, row.unit) if row.unit else target
    own = _in_unit_of_column(actual, row.actual_unit or row.unit)
    if looks_like_fraction(actual, aim):
        return aim, actual
    if looks_like_fraction(target, own):
        return target, own
    return aim, own


def execution_evidence(row: Indicator) -> Evidence:
    """Budget and spending of a budget execution row; its rate column where the amounts are missing."""
    target, actual = parse(row.target), parse(row.actual)
    if target.kind is _BLANK and actual.kind is _BLANK:
        rate = parse(row.rate)
        if rate.kind is _NUMBER and not rate.unit.symbol and rate.value is not None:
            value = rate.value * HUNDRED if rate.value <= 1 else rate.value
            rate = _WHOLE._replace(value=value, text=row.rate)
        if rate.kind is _PERCENT:
            return Evidence(_WHOLE._replace(text="100%"), rate, "rate", ("没有预算数和执行数，按填报的执行率计算",))
    if target.kind is _BLANK and actual.kind is _PERCENT:
        return Evidence(_WHOLE._replace(text="100%"), actual, "actual", ("没有预算数，实现值写的即是执行率",))
    if row.unit:
        target, actual = _in_unit_of_column(target, row.unit), _in_unit_of_column(actual, row.unit)
    return Evidence(target, actual, "actual", ())


def _in_unit_of_column(quantity: Quantity, column: str) -> Quantity:
    if not quantity.is_number or quantity.unit.dimension:
        return quantity
    unit = parse(f"1{re.sub(r'[（()）]', '', column.strip())}").unit
    if unit is NO_UNIT:
        return quantity
    if quantity.unit.scale != 1:  # 5万 under 元 or 万元 is five 万元: the cell's own scale stands
        unit = replace(unit, symbol=quantity.unit.symbol + unit.symbol.lstrip("十百千万亿"), scale=quantity.unit.scale)
    kind = _PERCENT if unit.dimension == "ratio" else _NUMBER
    return quantity._replace(unit=unit, kind=kind)


def _is_misplaced(rate: Quantity, target: Quantity, actual: Quantity) -> bool:
    """The rate column holds an amount in the target's own kind of unit, and the actual only repeats the target."""
    if rate.kind is not _NUMBER or not rate.unit.dimension or target.kind not in NUMERIC:
        return False
    if relation(rate.unit, target.unit) not in {Relation.SAME, Relation.CONVERTIBLE}:
        return False
    return actual.kind is _BLANK or (actual.value == target.value and actual.unit == target.unit)
