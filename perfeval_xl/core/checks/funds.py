"""PE5xx: the fund table of a project form: sums, rates, spending beyond the budget, units. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from perfeval_xl.core.checks.reasons import percent
from perfeval_xl.core.decimals import HUNDRED, ONE, ZERO, plain, round_to
from perfeval_xl.core.finance import in_yuan, is_shown_as, places_of, quotient_spread
from perfeval_xl.core.findings import Finding, finding
from perfeval_xl.core.model import Evaluation, Execution, Fund, IndicatorScore, Submission
from perfeval_xl.core.quantity import Kind, parse
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.core.units import unit_of

_TITLES = {"initial": "年初预算数", "annual": "全年预算数", "adjusted": "调整后预算数", "actual": "执行数"}
_REST = ("其他资金", "自筹", "自有", "其他")
_WAN = Decimal(10_000)


def _amount(text: str) -> Decimal | None:
    """An amount as written, in its cell's own unit."""
    read = parse(text) if text.strip() else None
    return read.value if read is not None and read.is_number and read.unit.dimension in {"", "money"} else None


def _cells(fund: Fund) -> dict[str, str]:
    return {**fund.budgets, "actual": fund.spent}


def execution_rate_wrong(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:
    """The printed rate beside spending over budget. A form may divide by any of its budgets; the rule set's is told."""
    form = submission.execution
    if form is not None:
        base = book.execution.base if book.execution is not None else "annual"
        for fund in (form.total, *form.sources):
            yield from _rate(fund.rate, fund.spent, _by_base(fund.budgets, base), fund)
        return
    for score in evaluation.scores:
        row = score.indicator
        if row.is_execution and row.rate and score.actual_field != "rate":
            yield from _rate(row.rate, row.actual, {"annual": row.target}, Fund(row.name, {}, row.actual, row.rate, row.place))


def _by_base(budgets: Mapping[str, str], base: str) -> dict[str, str]:
    """The rule set's budget first."""
    return {name: budgets[name] for name in sorted(budgets, key=lambda n: n != base)}


def _rate(text: str, spent: str, budgets: Mapping[str, str], fund: Fund) -> Iterator[Finding]:
    shown, actual = parse(text) if text.strip() else None, _amount(spent)
    if shown is None or not shown.is_number or shown.value is None or actual is None:
        return
    known = [(name, amount) for name, t in budgets.items() if (amount := _amount(t)) is not None and amount > 0]
    if not known:
        return
    places = places_of(shown.value)
    readings = [(shown.value, places)] if shown.kind is Kind.PERCENT else [(shown.value * HUNDRED, max(places - 2, 0)), (shown.value, places)]
    for _, budget in known:
        bounds = quotient_spread(actual, budget)
        low, high = bounds if bounds is not None else (actual / budget, actual / budget)
        capped = [(HUNDRED, HUNDRED)] if high > ONE else []  # never more than 100 % is printed on some forms
        if any(is_shown_as(v, p, lo, hi) for v, p in readings for lo, hi in [(low * HUNDRED, high * HUNDRED), *capped]):
            return
    name, budget = known[0]
    where = f"“{fund.label}”" if fund.label else ""
    yield finding("execution-rate-wrong", fund.place.location("rate"), f"{where}执行率列为“{text.strip()}”，执行数 {plain(actual)}，{_TITLES[name]} {plain(budget)}", percent(actual / budget))


def budget_exceeded(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001  # every check takes the same
    """Spending above every budget of its line; of the sources only where the sum itself is within."""
    form = submission.execution
    if form is None:
        return
    over = _over(form.total)
    if over:
        yield from over
        return
    for fund in form.sources:
        yield from _over(fund)


def _over(fund: Fund) -> list[Finding]:
    budgets = [(name, amount) for name, text in fund.budgets.items() if (amount := _amount(text)) is not None]
    spent = _amount(fund.spent)
    if spent is None or not budgets:
        return []
    name, most = max(budgets, key=lambda b: b[1])
    if most <= 0 or spent <= most or _is_mixed([*fund.budgets.values(), fund.spent]):
        return []
    label = f"“{fund.label}”" if fund.label else ""
    return [finding("budget-exceeded", fund.place.location("actual"), f"{label}执行数 {plain(spent)}，{_TITLES[name]} {plain(most)}", f"不超过 {plain(most)}")]


def _is_mixed(texts: Iterable[str]) -> bool:
    """Cells of different money units cannot be compared as they stand."""
    return len({parse(t).unit.scale for t in texts if t.strip() and parse(t).unit.dimension == "money"}) > 1


def fund_total_not_summed(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:  # noqa: ARG001
    """The sum line beside its sources: 0 or blank above amounts, less than its parts, or more where the parts are all."""
    form = submission.execution
    if form is None or not form.sources:
        return
    for name, text in _cells(form.total).items():
        parts = [amount for fund in form.sources if (amount := _amount(_cells(fund).get(name, ""))) is not None]
        summed = sum(parts, ZERO)
        total = _amount(text)
        if not parts or summed == 0 or _is_mixed([text, *(_cells(f).get(name, "") for f in form.sources)]):
            continue
        is_all = any(word in fund.label for fund in form.sources for word in _REST)
        is_wrong = total is None or total == 0 or total < summed or (is_all and total != summed)
        if is_wrong:
            column = name if name in form.total.place.columns else "actual"
            said = "为空" if total is None else f"为 {plain(total)}"
            yield finding("fund-total-not-summed", form.total.place.location(column), f"资金合计的{_TITLES[name]}{said}，各来源之和为 {plain(summed)}", plain(summed))


def money_unit(submission: Submission, evaluation: Evaluation, book: Rulebook) -> Iterable[Finding]:
    """元 where the table counts 万元, a project of a hundred yuan, an actual that is the target in another unit."""
    if submission.execution is not None:
        yield from _fund_units(submission.execution, book)
    for score in evaluation.scores:
        if score.target.unit.dimension == "money" and not score.indicator.is_execution:
            yield from _row_units(score)
        elif score.indicator.is_execution and submission.execution is None:
            yield from _small(score.indicator.target, score.indicator.unit, Fund("", {}, "", "", score.indicator.place), "target", book)


def _fund_units(form: Execution, book: Rulebook) -> Iterator[Finding]:
    heading = unit_of("元", form.unit[:-1]) if form.unit in {"元", "万元", "亿元"} else None
    for fund in (form.total, *form.sources):
        for name, text in _cells(fund).items():
            read = parse(text) if text.strip() else None
            if read is None or read.unit.dimension != "money" or heading is None or read.unit.scale == heading.scale:
                continue
            column = name if name in fund.place.columns else "actual"
            yield finding("money-unit", fund.place.location(column), f"表头的单位为{form.unit}，单元格写的是“{text.strip()}”", f"以{form.unit}为单位的数")
            return
    apart = [found for fund in (form.total, *form.sources) for found in _far_apart(fund, book)]
    if apart:
        yield apart[0]
        return
    name = next((n for n, text in form.total.budgets.items() if _amount(text)), "")
    if name:
        yield from _small(form.total.budgets[name], form.unit, form.total, name, book)


def _far_apart(fund: Fund, book: Rulebook) -> Iterator[Finding]:
    """Spending that is many times its largest budget."""
    times, spent = book.limit("money-unit", "times"), _amount(fund.spent)
    budgets = [(amount, name) for name, text in fund.budgets.items() if (amount := _amount(text)) is not None and amount > 0]
    if times is None or times.value is None or spent is None or not budgets or _is_mixed([*fund.budgets.values(), fund.spent]):
        return
    most, name = max(budgets)
    if spent >= most * times.value:
        yield finding("money-unit", fund.place.location("actual"), f"执行数 {plain(spent)} 是{_TITLES[name]} {plain(most)} 的 {plain(round_to(spent / most, 0))} 倍", "核对后的金额；执行数如以元为单位，请换算")


def _small(text: str, unit: str, fund: Fund, column: str, book: Rulebook) -> Iterator[Finding]:
    """Too little in yuan, or too much in ten thousands, for a year of a project."""
    read = parse(text)
    if not read.is_number or read.value is None or read.value <= 0:
        return
    yuan = in_yuan(read, unit)
    least, most = book.limit("money-unit", "least-yuan"), book.limit("money-unit", "most-wan")
    if yuan is None:
        return
    at = fund.place.location(column)
    shown = text.strip() + ("" if read.unit.symbol else unit)
    if least is not None and least.value is not None and yuan < least.value:
        yield finding("money-unit", at, f"全年预算为 {shown}，不足 {plain(least.value)} 元", "核对后的金额，如应为万元请改正单位")
    elif most is not None and most.value is not None and yuan > most.value * _WAN:
        yield finding("money-unit", at, f"全年预算为 {shown}，超过 {plain(most.value)} 万元", "核对后的金额，如应为元请改正单位")


def _row_units(score: IndicatorScore) -> Iterator[Finding]:
    target, actual = score.target, score.actual
    if target.value is None or not target.value or actual.value != target.value or actual.unit.dimension != "money":
        return
    if actual.unit.scale != target.unit.scale and not target.unit.per:
        yield finding("money-unit", score.indicator.place.location(score.actual_field), f"目标值“{target.text.strip()}”，实现值“{actual.text.strip()}”，数字相同而单位不同",
                      f"以“{target.unit.symbol}”为单位的实现值")  # fmt: skip
