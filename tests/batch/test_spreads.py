"""Statistics of a run: by heading and kind, exact for what is shown, bounded for what people invent."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from perfeval_xl.batch import spreads as module
from perfeval_xl.batch.spreads import MAX_GROUPS, MAX_KEPT, Statistics
from perfeval_xl.core.consolidate import Group, TableResult


def table(number: int = 0, year: int = 2023) -> TableResult:
    return TableResult((number, 0), f"{number}.xlsx", "表", "甲", "", "department", year, None, "政府部门", "x", Decimal(90), Decimal(100), None, "优", 10, 0, ())


def group(level1: str, level2: str = "数量指标", rows: int = 1) -> Group:
    return Group(level1, level2, rows, rows, rows, {Decimal(1): rows})


def of(statistic: Statistics, by: str) -> list[list[Any]]:
    return [row[2:6] for row in statistic.rows() if row[1] == by]


def filled(tables: Iterable[list[Group]]) -> Statistics:
    statistic = Statistics()
    for number, groups in enumerate(tables):
        statistic.add(table(number), groups)
    return statistic


def test_a_table_with_many_headings_counts_once_among_those_that_are_left_over() -> None:
    rows = of(filled([[group(f"标题{i:03}") for i in range(MAX_GROUPS + 100)]]), "一级指标")
    assert rows[-1] == ["（其余名称）100 种", "", 1, 100]
    assert all(row[2:] == [1, 1] for row in rows[:-1])


def test_what_is_left_over_counts_the_tables_that_have_any_of_it() -> None:
    common = [group(f"标题{i:03}", rows=2) for i in range(MAX_GROUPS)]
    rows = of(filled([common, [*common, group("甲"), group("乙")], [*common, group("乙")], common]), "一级指标")
    assert (rows[0], rows[-1]) == (["标题000", "", 4, 8], ["（其余名称）2 种", "", 2, 3])


def test_second_levels_stand_below_their_first_and_a_heading_in_two_groups_is_one_of_the_table() -> None:
    rows = filled([[group("效益指标", "社会效益"), group("产出指标"), group("产出指标", "质量指标", 3), group("产出指标")], [group("产出指标"), group("", "")]]).rows()
    assert [row[:6] for row in rows] == [
        [2023, "一级指标", "产出指标", "", 2, 6], [2023, "一级指标", "效益指标", "", 1, 1], [2023, "一级指标", "（未填）", "", 1, 1],
        [2023, "二级指标", "产出指标", "数量指标", 2, 3], [2023, "二级指标", "产出指标", "质量指标", 1, 3], [2023, "二级指标", "效益指标", "社会效益", 1, 1], [2023, "二级指标", "（未填）", "（未填）", 1, 1],
        [2023, "单位类别", "政府部门", "", 2, 8],
    ]  # fmt: skip


def test_headings_beyond_what_is_kept_are_counted_together_and_those_kept_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEPT", 3)
    monkeypatch.setattr(module, "MAX_GROUPS", 2)
    rows = of(filled([[group("甲"), group("乙")], [group("丙"), group("丁"), group("戊"), group("甲")], [group("甲"), group("乙"), group("丁")]]), "一级指标")
    assert rows == [["甲", "", 3, 3], ["乙", "", 2, 2], ["（其余名称）1 种以上", "", 2, 4]]


def test_memory_does_not_grow_with_headings_that_people_invent() -> None:
    def invented(start: int) -> list[list[Group]]:
        return [[group(f"标题{t * 100 + i:06}") for i in range(100)] for t in range(start, start + MAX_KEPT // 100)]

    statistic = filled(invented(0))
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for more in range(1, 4):
        for number, groups in enumerate(invented(more * MAX_KEPT // 100)):
            statistic.add(table(number), groups)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 200_000
    rows = of(statistic, "一级指标")
    assert rows[-1] == [f"（其余名称）{MAX_KEPT - MAX_GROUPS} 种以上", "", 4 * MAX_KEPT // 100 - MAX_GROUPS // 100, 4 * MAX_KEPT - MAX_GROUPS]
