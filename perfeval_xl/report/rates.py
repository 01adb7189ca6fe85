"""What the money sheet states beside what its own amounts give: the same words for the sentence and the table. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core.decimals import HUNDRED, plain, round_to
from perfeval_xl.core.finance import (
    execution_rate,
    growth,
    growth_spread,
    is_shown_as,
    places_of,
    quotient_spread,
    spread_of,
)
from perfeval_xl.core.model import MoneyLine
from perfeval_xl.core.quantity import parse
from perfeval_xl.report.wording import amount, one_paragraph, percent

PLACES = 2
"""Decimals of a growth or rate that the workbook does not state itself."""
Spread = tuple[Decimal, Decimal]
_CHECK = "，请核对）"


class Growth(NamedTuple):
    """This year against the last. change, rate: as told, signed, rate in percent; computed_*: where the amounts say something else."""

    change: Decimal | None
    rate: Decimal | None
    computed_change: Decimal | None
    computed_rate: Decimal | None

    @property
    def sign(self) -> int:
        """1, 0 or -1, by what the amounts say where they say it."""
        known = (self.computed_change, self.change, self.rate)
        value = next((v for v in known if v is not None), Decimal(0))
        return (value > 0) - (value < 0)

    @property
    def is_known(self) -> bool:
        """Whether anything is said about last year."""
        return self.change is not None or self.rate is not None

    def told(self, unit: str) -> str:
        """Change and rate, as far as they are known."""
        return "，".join(filter(None, (self.told_change(unit), self.told_rate())))

    def told_change(self, unit: str) -> str:
        """增加20万元, with what the amounts give where it is something else."""
        if self.change is None:
            return ""
        other = "" if self.computed_change is None else f"（按两年数据计算为{_moved(self.computed_change, unit)}{_CHECK}"
        return _moved(self.change, unit) + other

    def told_rate(self) -> str:
        """增长25%, with what the amounts give where it is something else; the sign is kept where it is not that of the change."""
        if self.rate is None:
            return ""
        way = "下降" if self.sign < 0 else "增长"
        shown = abs(self.rate) if self.rate * self.sign > 0 else self.rate
        other = "" if self.computed_rate is None else f"（按两年数据计算为{percent(self.computed_rate, PLACES)}{_CHECK}"
        return f"{way}{_percent(shown)}{other}"

    def change_cell(self) -> str:
        """As told_change, for a table."""
        return "" if self.change is None else amount(self.change) + _beside(None if self.computed_change is None else amount(self.computed_change))

    def rate_cell(self) -> str:
        """As told_rate, for a table."""
        return "" if self.rate is None else _percent(self.rate) + _beside(None if self.computed_rate is None else percent(self.computed_rate, PLACES))


def growth_of(line: MoneyLine) -> Growth:
    """Stated amounts and rates go first; what is not stated is computed."""
    computed = None if line.current is None or line.previous is None else line.current - line.previous
    change = computed if line.change is None else line.change
    base = computed if computed is not None else change
    rate = None if line.current is None or base is None else growth(line.current, line.current - base)
    spread = None if line.current is None or base is None else growth_spread(line.current, base)
    stated = stated_percent(line.growth, spread)
    if stated is None:
        told, other = None if not rate else round_to(rate * HUNDRED, PLACES), None
    else:
        agrees = rate is None or _agrees(stated, spread or (rate, rate))
        told, other = stated, None if agrees else rate
    is_same = computed is None or line.change is None or line.current is None or line.previous is None or _can_be(line.change, line.current, line.previous)
    return Growth(change, told, None if is_same else computed, other)


def _can_be(change: Decimal, current: Decimal, previous: Decimal) -> bool:
    """Whether the amounts, which may be rounded, can differ by that."""
    now, then, said = spread_of(current), spread_of(previous), spread_of(change)
    return now[0] - then[1] <= said[1] and said[0] <= now[1] - then[0]


def execution_of(line: MoneyLine) -> tuple[Decimal | None, Decimal | None]:
    """The rate as told, in percent, and the computed fraction where that is something else."""
    computed = execution_rate(line.current, line.budget) if line.current is not None and line.budget else None
    spread = None if computed is None or line.current is None or line.budget is None else quotient_spread(line.current, line.budget) or (computed, computed)
    stated = stated_percent(line.rate, spread)
    if stated is None:
        return None if computed is None else round_to(computed * HUNDRED, PLACES), None
    return stated, None if spread is None or _agrees(stated, spread) else computed


def told_execution(line: MoneyLine) -> str:
    """99.89%, with what the amounts give where it is something else; empty where nothing is known."""
    rate, other = execution_of(line)
    return "" if rate is None else _percent(rate) + ("" if other is None else f"（按预算数计算为{percent(other)}{_CHECK}")


def execution_cell(line: MoneyLine) -> str:
    """As told_execution, for a table."""
    rate, other = execution_of(line)
    return one_paragraph(line.rate) if rate is None else _percent(rate) + _beside(None if other is None else percent(other))


def stated_percent(text: str, spread: Spread | None) -> Decimal | None:
    """A rate as written, in percent. Without the sign it is read as what the amounts give; else as a fraction up to 1, and in percent beyond.

    >>> [stated_percent(t, None) for t in ("21.8%", "0.95", "95", "")]
    [Decimal('21.8'), Decimal('95'), Decimal('95'), None]
    """
    read = parse(text) if text.strip() else None
    if read is None or not read.is_number or read.value is None:
        return None
    if text.strip().endswith(("%", "％")):
        return read.value
    as_fraction = read.value.scaleb(2)
    if spread is not None and _agrees(as_fraction, spread):
        return as_fraction
    if spread is not None and _agrees(read.value, spread):
        return read.value
    return as_fraction if abs(read.value) <= 1 else read.value


def _agrees(stated: Decimal, spread: Spread) -> bool:
    return is_shown_as(stated, places_of(stated), spread[0] * HUNDRED, spread[1] * HUNDRED)


def _moved(change: Decimal, unit: str) -> str:
    return f"{'增加' if change > 0 else '减少'}{amount(abs(change))}{unit}" if change else "持平"


def _percent(value: Decimal) -> str:
    return plain(round_to(value, PLACES)) + "%"


def _beside(other: str | None) -> str:
    return "" if other is None else f"（计算为{other}{_CHECK}"
