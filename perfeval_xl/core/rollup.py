"""Roll-up: one indicator over many departments. Absolute values add up, rates are averaged weighted by funds; only then is it scored. Pure.

Source of the rule: 湖北省 2020 年度绩效自评的汇总口径.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core.decimals import HUNDRED, ZERO, plain, round_to
from perfeval_xl.core.model import Indicator, IndicatorScore
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.core.scoring import score_indicator

_SHOWN_PLACES = 6
_TIMES, _LEAST_ROWS = 1000, 3
_NAMELESS = "\0"  # before the name of a file, of a table that names no unit


class Amount(NamedTuple):
    """One row's share in a roll-up: target and actual as bare numbers of one unit.

    key: what makes rows of different departments one indicator (name, unit's dimension, direction). target, actual: in `unit`,
    which has `size` smallest steps of its dimension. operator: of the target. is_rate: percent, unit price or time, to be averaged instead of added.
    """

    key: str
    name: str
    level1: str
    level2: str
    unit: str
    size: Decimal
    operator: str
    direction: str
    is_rate: bool
    target: Decimal
    actual: Decimal


@dataclass(slots=True)
class Rollup:
    """The running sums of one indicator. units: keys of the departments. weighted: sums of rate times funds, over rows whose funds are known."""

    first: Amount
    year: int | None = None
    units: set[str] = field(default_factory=set)
    rows: int = 0
    target: Decimal = ZERO
    actual: Decimal = ZERO
    funded: int = 0
    funds: Decimal = ZERO
    weighted_target: Decimal = ZERO
    weighted_actual: Decimal = ZERO
    largest: Decimal = ZERO
    largest_of: str = ""
    """The weightiest row, by its funds or by itself, and whose it is."""

    def add(self, amount: Amount, unit: str, funds: Decimal | None) -> None:
        """One row. unit: key of its department."""
        self.rows += 1
        self.units.add(unit)
        size = amount.size / self.first.size  # in the unit of the first
        target, actual = amount.target * size, amount.actual * size
        self.target += target
        self.actual += actual
        if amount.is_rate and funds is not None and funds > 0:
            self.funded += 1
            self.funds += funds
            self.weighted_target += target * funds
            self.weighted_actual += actual * funds
        weight = (funds or ZERO) if amount.is_rate else max(target, actual)
        if weight > self.largest:
            self.largest, self.largest_of = weight, unit

    def remark(self) -> str:
        """Where one row outweighs all the others a thousand times, it is likely in another unit (元 for 万元): said in Chinese, else empty."""
        rows, whole = (self.funded, self.funds) if self.first.is_rate else (self.rows, max(self.target, self.actual))
        rest = whole - self.largest
        if rows < _LEAST_ROWS or rest <= 0 or self.largest < rest / (rows - 1) * _TIMES:
            return ""
        what = "资金" if self.first.is_rate else "数量"
        return f"；“{self.largest_of.lstrip(_NAMELESS)}”的{what}是其余单位平均的 {plain(round_to(self.largest / (rest / (rows - 1)), 0))} 倍，请核对计量单位"

    def totals(self) -> tuple[Decimal, Decimal, str]:
        """Target and actual of all departments together, and how they were found, in Chinese."""
        if not self.first.is_rate:
            return self.target, self.actual, "绝对值相加" + self.remark()
        if self.funds > 0:
            how = "按资金加权平均" + (f"（{self.rows - self.funded} 项没有资金数或没有写明金额单位，未计入）" if self.funded < self.rows else "")
            return _short(self.weighted_target / self.funds), _short(self.weighted_actual / self.funds), how + self.remark()
        return _short(self.target / self.rows), _short(self.actual / self.rows), "简单平均（各单位都没有资金数，或没有写明金额单位）"

    def scored(self, book: Rulebook) -> IndicatorScore:
        """The rolled-up indicator by the rules, out of 100."""
        target, actual, _ = self.totals()
        one = self.first
        row = Indicator(
            one.level1, one.level2, one.name, f"{one.operator}{plain(target)}{one.unit}", f"{plain(actual)}{one.unit}", HUNDRED, direction=one.direction,
        )  # fmt: skip
        return score_indicator(row, book, [])


def _short(value: Decimal) -> Decimal:
    return round_to(value, _SHOWN_PLACES)
