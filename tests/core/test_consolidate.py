"""Consolidation: which submission counts, ranks, counted rates; roll-ups over departments."""

from __future__ import annotations

import datetime
import statistics
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from perfeval_xl.core.consolidate import Group, Spread, TableResult, newest_of_each, ranks
from perfeval_xl.core.rollup import Amount, Rollup
from perfeval_xl.rulesets.loader import load


def result(number: int, department: str = "甲", *, total: str = "90", unscored: int = 0, dated: datetime.date | None = None, modified: float = 0, project: str = "") -> TableResult:
    subject = (department, 2023, project, "department") if department else None
    return TableResult(
        (number, 0), f"{number}.xlsx", "表", department, project, "department", 2023, subject, "政府部门", "x", Decimal(total), Decimal(100), None, "优", 10, unscored, (),
        dated=dated, modified=modified,
    )  # fmt: skip


def test_the_forms_own_date_goes_before_the_files_time() -> None:
    old = result(0, dated=datetime.date(2024, 1, 5), modified=200)
    new = result(1, dated=datetime.date(2024, 2, 1), modified=100)
    kept, gone = newest_of_each([old, new])
    assert kept == [new]
    assert [(g.result, g.by, g.reason) for g in gone] == [(old, new, "填报日期 2024-01-05，另一份为 2024-02-01")]


def test_without_dates_the_files_time_decides_and_then_the_name() -> None:
    first, second, third = result(0, modified=5), result(1, modified=9), result(2, modified=9)
    kept, gone = newest_of_each([first, second, third])
    assert kept == [third]
    assert [g.reason for g in gone] == ["填报日期相同或未填，另一份的文件时间较新", "填报日期和文件时间相同，按文件名取后一份"]


def test_tables_without_a_department_and_other_projects_replace_nothing() -> None:
    every = [result(0, ""), result(1, ""), result(2, "乙", project="一"), result(3, "乙", project="二")]
    assert newest_of_each(every) == (every, [])


def test_the_share_of_the_full_score_ranks_within_one_year_and_form() -> None:
    big = replace(result(0, total="236"), weight=Decimal(300))
    project = replace(result(1, total="50"), form="project")
    earlier = replace(result(2, total="60"), year=2022)
    assert ranks([big, result(3, total="100"), project, earlier]) == {(3, 0): 1, (0, 0): 2, (1, 0): 1, (2, 0): 1}


def test_tables_of_one_file_do_not_replace_each_other() -> None:
    first, second = result(0), replace(result(0), number=(0, 1))
    assert newest_of_each([first, second]) == ([first, second], [])
    newer = result(1, modified=9)
    kept, gone = newest_of_each([first, second, newer])
    assert (kept, [g.result for g in gone]) == ([newer], [first, second])


def test_equal_totals_share_a_rank_and_what_is_not_wholly_scored_has_none() -> None:
    assert ranks([result(0, total="80"), result(1, total="95"), result(2, total="95.00"), result(3, total="99", unscored=1), result(4, total="70")]) == {
        (1, 0): 1, (2, 0): 1, (0, 0): 3, (4, 0): 4,
    }  # fmt: skip


rates = st.lists(st.decimals(0, 2, places=4), min_size=1, max_size=60)


@given(rates)
def test_mean_and_quartiles_are_those_of_the_capped_rates(values: list[Decimal]) -> None:
    spread = Spread()
    capped = sorted(min(v, Decimal(1)) for v in values)
    half = Spread()
    for i, value in enumerate(capped):
        (spread if i % 2 else half).add(Group("一", "二", 1, 0, 0, {value: 1}))
    spread.merge(half, tables=1)
    assert spread.tables == 1
    assert spread.rows == len(capped)
    assert spread.mean == sum(capped, Decimal(0)) / len(capped)
    low, middle, high = spread.quartiles or (0, 0, 0)
    assert middle == statistics.median(capped)
    if len(capped) > 1:
        expected = [Decimal(str(q)) for q in statistics.quantiles([float(c) for c in capped], n=4, method="inclusive")]
        assert all(abs(a - b) < Decimal("1e-9") for a, b in zip((low, middle, high), expected, strict=True))
    assert low <= middle <= high


def test_permille_and_percent_are_weighted_in_one_unit() -> None:
    rolled = Rollup(amount("95", "95", is_rate=True))
    rolled.add(amount("95", "95", is_rate=True), "甲", Decimal(10))
    rolled.add(amount("950", "950", is_rate=True)._replace(unit="‰", size=Decimal("0.1")), "乙", Decimal(10))
    assert rolled.totals()[:2] == (Decimal(95), Decimal(95))


def amount(target: str, actual: str, *, unit: str = "万元", size: str = "10000", is_rate: bool = False) -> Amount:
    return Amount("k", "指标", "产出指标", "数量指标", "%" if is_rate else unit, Decimal(1 if is_rate else size), "≥", "higher", is_rate, Decimal(target), Decimal(actual))


def test_absolute_values_add_up_in_the_unit_of_the_first() -> None:
    rolled = Rollup(amount("10", "9"))
    rolled.add(amount("10", "9"), "甲", None)
    rolled.add(amount("0.5", "0.6", unit="亿元", size="100000000"), "乙", Decimal(5))
    assert len(rolled.units) == 2
    assert rolled.totals() == (Decimal(5010), Decimal(6009), "绝对值相加")


def test_rates_are_weighted_by_funds_and_units_without_funds_are_said_to_be_left_out() -> None:
    rolled = Rollup(amount("90", "90", is_rate=True))
    rolled.add(amount("90", "80", is_rate=True), "甲", Decimal(300))
    rolled.add(amount("90", "100", is_rate=True), "乙", Decimal(100))
    rolled.add(amount("90", "10", is_rate=True), "丙", None)
    assert rolled.totals() == (Decimal(90), Decimal(85), "按资金加权平均（1 项没有资金数或没有写明金额单位，未计入）")


def test_rates_without_any_funds_are_averaged_plainly_and_said_so() -> None:
    rolled = Rollup(amount("90", "80", is_rate=True))
    rolled.add(amount("90", "80", is_rate=True), "甲", None)
    rolled.add(amount("90", "91", is_rate=True), "乙", None)
    assert rolled.totals() == (Decimal(90), Decimal("85.5"), "简单平均（各单位都没有资金数，或没有写明金额单位）")


def test_what_is_rolled_up_is_scored_only_then() -> None:
    rolled = Rollup(amount("100", "50"))
    rolled.add(amount("100", "50"), "甲", None)
    rolled.add(amount("100", "150"), "乙", None)
    book = load("national-project-2020").at(datetime.date(2023, 12, 31))
    scored = rolled.scored(book)
    assert (scored.completion, scored.score) == (Decimal(1), Decimal(100))
