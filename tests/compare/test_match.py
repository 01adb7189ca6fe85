"""Which rows of two tables are one indicator: cases of names, and properties of every matching."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfeval_xl.compare.match import match
from perfeval_xl.core.model import Indicator


def row(name: str, level1: str = "产出指标", target: str = "") -> Indicator:
    return Indicator(level1, "", name, target, "", None)


def names(old: list[str], new: list[str]) -> list[tuple[str, str, int]]:
    return [(p.old.name, p.new.name, p.likeness) for p in match([row(n) for n in old], [row(n) for n in new]).pairs]


@pytest.mark.parametrize(
    ("old", "new", "likeness"),
    [
        ("培训人数", "培训 人数", 100),
        ("指标1：★培训人数", "培训人数", 100),
        ("ＰＭ2.5浓度", "PM2.5浓度", 100),
        ("培训人数", "参加培训人数", 80),
        ("服务对象满意率", "服务对象满意度", 86),
        ("农村公路养护里程（公里）", "农村公路养护里程", 89),
    ],
)
def test_names_that_are_one_indicator(old: str, new: str, likeness: int) -> None:
    assert names([old], [new]) == [(old, new, likeness)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("培训人数", "培训次数"),
        ("第一季度培训场次", "第二季度培训场次"),
        ("新建高标准农田灌溉面积", "改建高标准农田灌溉面积"),
        ("城镇居民人均可支配收入增长率", "农村居民人均可支配收入增长率"),
        ("2022年底前完成验收项目数量", "2023年底前完成验收项目数量"),
        ("满意度", "服务对象满意度"),
    ],
)
def test_names_of_different_indicators_are_never_taken_for_one(old: str, new: str) -> None:
    assert names([old], [new]) == []


def test_a_likeness_holds_only_within_one_level() -> None:
    matching = match([row("培训人数", "产出指标")], [row("参加培训人数", "效益指标")])
    assert (matching.pairs, len(matching.dropped), len(matching.added)) == ([], 1, 1)


def test_an_equal_name_is_preferred_to_a_like_one_and_each_row_is_taken_once() -> None:
    assert names(["参加培训人数", "培训人数"], ["培训人数", "参与培训人数"]) == [("培训人数", "培训人数", 100)]
    assert names(["培训总人数"], ["培训人数", "培训总人数合计"]) == [("培训总人数", "培训人数", 89)]


def test_rows_of_one_name_are_told_apart_by_their_levels() -> None:
    old = [row("满意度", "产出指标", "a"), row("满意度", "满意度指标", "b")]
    new = [row("满意度", "满意度指标", "c"), row("满意度", "产出指标", "d")]
    assert [(p.old.target, p.new.target) for p in match(old, new).pairs] == [("b", "c"), ("a", "d")]


NAMES = st.lists(st.text(alphabet="培训人数次率第一二1新改建", min_size=0, max_size=8), max_size=8)


@given(NAMES, NAMES)
def test_every_row_is_in_exactly_one_place_whatever_the_names(old: list[str], new: list[str]) -> None:
    before, now = [row(n, target=str(i)) for i, n in enumerate(old)], [row(n, target=str(i)) for i, n in enumerate(new)]
    matching = match(before, now)
    named = [r.target for r in before if r.name]
    assert sorted([*(p.old.target for p in matching.pairs), *(r.target for r in matching.dropped)]) == sorted(named)
    assert sorted([*(p.new.target for p in matching.pairs), *(r.target for r in matching.added)]) == sorted(r.target for r in now if r.name)


@given(NAMES)
def test_a_table_matches_itself_whole(old: list[str]) -> None:
    matching = match([row(n) for n in old], [row(n) for n in old])
    assert (matching.dropped, matching.added) == ([], [])
