"""PE5xx: the money sheet: growth against last year, “三公” against budget and last year, payments against the approval. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from perfeval_xl.core.checks.reasons import percent
from perfeval_xl.core.decimals import HUNDRED, ZERO, plain
from perfeval_xl.core.finance import (
    execution_rate,
    growth,
    growth_spread,
    is_shown_as,
    places_of,
    quotient_spread,
    spread_of,
)
from perfeval_xl.core.findings import Finding, finding
from perfeval_xl.core.model import Evaluation, MoneyLine, Submission
from perfeval_xl.core.quantity import Kind, parse
from perfeval_xl.core.ruleset import Rulebook

_THREE = frozenset({"three-public", "abroad", "vehicles", "reception"})
_CAPPED = frozenset({"expenditure", "meetings", "training", "public-funds"})


def growth_wrong(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001  # every check takes the same
    """Change and growth of each line beside what its amounts say, rounding of the written decimals allowed."""
    for line in submission.money.lines if submission.money is not None else ():
        if line.current is None:
            continue
        change = line.change
        if line.previous is not None:
            own = line.current - line.previous
            slack = sum(high - low for low, high in map(spread_of, (line.current, line.previous))) / 2
            if change is not None and abs(change - own) > slack and abs(abs(change) - abs(own)) > slack:
                yield finding("growth-wrong", line.place.location("change"), f"“{line.label}”增减额为 {plain(change)}，本年 {plain(line.current)}，上年 {plain(line.previous)}", plain(own))
                continue
            change = own
        if change is not None and line.growth:
            yield from _growth(line, line.current, change)


def _growth(line: MoneyLine, current: Decimal, change: Decimal) -> Iterator[Finding]:
    shown = shown_growth(line.growth)
    previous = current - change
    rate = growth(current, previous)
    if shown is None or rate is None or previous < 0:
        return
    # last year's own amount is what stands in the sheet; only where it is not there does it follow from two rounded ones
    bounds = quotient_spread(change, previous) if line.previous is not None else growth_spread(current, change)
    low, high = bounds if bounds is not None else (rate, rate)
    if not agrees(shown, low, high):
        base = f"上年 {plain(line.previous)}" if line.previous is not None else f"比上年增减 {plain(change)}"
        yield finding("growth-wrong", line.place.location("growth"), f"“{line.label}”增长率为“{line.growth.strip()}”，本年 {plain(current)}，{base}", percent(rate))


def shown_growth(text: str) -> list[tuple[Decimal, int]] | None:
    """What a growth cell can mean, in percent, each with its decimals: 21.8% is one thing, 0.218 two."""
    read = parse(text)
    value = read.signed
    if not read.is_number or value is None or read.unit.dimension not in {"", "ratio"}:
        return None
    places = places_of(value)
    if read.kind is Kind.PERCENT:
        return [(value * read.unit.size, places)]
    return [(value * HUNDRED, max(places - 2, 0)), (value, places)]


def agrees(shown: Sequence[tuple[Decimal, int]], low: Decimal, high: Decimal) -> bool:
    """Whether any reading is the rate. low, high: fractions."""
    return any(is_shown_as(value, places, low * HUNDRED, high * HUNDRED) for value, places in shown)


def rates_of_lines(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """The execution rate of each line beside its amounts."""
    for line in submission.money.lines if submission.money is not None else ():
        if not line.rate or line.current is None or line.budget is None:
            continue
        rate, shown = execution_rate(line.current, line.budget), shown_growth(line.rate)
        bounds = quotient_spread(line.current, line.budget)
        if rate is not None and shown is not None and bounds is not None and not agrees(shown, *bounds):
            yield finding("execution-rate-wrong", line.place.location("rate"), f"“{line.label}”执行率为“{line.rate.strip()}”，支出 {plain(line.current)}，预算 {plain(line.budget)}", percent(rate))


def spending_over_budget(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """Spending, meetings, training and public funds above the line's own budget."""
    for line in submission.money.lines if submission.money is not None else ():
        if line.subject in _CAPPED and line.current is not None and line.budget is not None and line.current > line.budget:
            yield finding("budget-exceeded", line.place.location("current"), f"“{line.label}”支出 {plain(line.current)}，预算 {plain(line.budget)}", f"不超过 {plain(line.budget)}")


def three_public(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """“三公” above its budget: every line. Above last year: the sum, or the parts where the form has no sum line."""
    lines = [ln for ln in (submission.money.lines if submission.money is not None else ()) if ln.subject in _THREE and ln.current is not None]
    has_sum = any(ln.subject == "three-public" for ln in lines)
    for line in lines:
        current = line.current or ZERO
        if line.budget is not None and current > line.budget:
            yield finding("three-public-over", line.place.location("current"), f"{quoted(line.label)}支出 {plain(current)}，预算 {plain(line.budget)}", f"不超过 {plain(line.budget)}")
        if line.previous is not None and current > line.previous and (not has_sum or line.subject == "three-public"):
            rate = growth(current, line.previous)
            more = f"，增长 {percent(rate)}" if rate is not None else ""
            yield finding("three-public-increased", line.place.location("current"), f"{quoted(line.label)}本年 {plain(current)}，上年 {plain(line.previous)}{more}", f"不超过 {plain(line.previous)}")


def quoted(label: str) -> str:
    """A label in quotation marks, its own turned into single ones.

    >>> quoted("“三公”经费")
    '“‘三公’经费”'
    """
    return f"“{label.translate({0x201C: 0x2018, 0x201D: 0x2019})}”"


def payment_before_budget(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """The first payment was made before the budget was approved."""
    money = submission.money
    if money is None or money.approved is None or money.paid is None:
        return
    approved, paid = parse(money.approved[0]).span, parse(money.paid[0]).span
    year = submission.year or 0
    if approved is None or paid is None:
        return
    if year:
        approved, paid = approved.in_year(year), paid.in_year(year)
    if paid.end < approved.start and min(paid.end.year, approved.start.year) > 1:
        yield finding("payment-before-budget", money.paid[1], f"首笔支付日期“{money.paid[0].strip()}”，预算批复日期“{money.approved[0].strip()}”", f"不早于 {approved.start}")
