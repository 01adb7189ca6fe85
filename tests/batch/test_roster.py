"""The roster: found by its heading, matched exactly or but for signs, proposals never taken for matches."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from rapidfuzz import fuzz

from perfeval_xl.batch.roster import LIKE, RosterError, Unit, match, read_roster
from perfeval_xl.core.department import unit_key


def roster(path: Path, rows: list[list[object]]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_the_columns_are_found_below_a_title(tmp_path: Path) -> None:
    path = roster(tmp_path / "名单.xlsx", [["2023年应报送单位"], ["序号", "单位名称", "单位编码", "主管部门", "联系人"], [1, "市水利局", "101", "市政府", "张三"], [2, "市教育局", 102, None, None],
                                           [None, "合计", None, None, None], [3, "市 水利局", None, None, None]])  # fmt: skip
    units = read_roster(path)
    assert units == [Unit("市水利局", "101", "市政府", "张三"), Unit("市教育局", "102"), Unit("市 水利局")]
    found = match(units, ["市水利局"])
    assert (found.units, found.doubled) == (units[:2], ["市水利局"])


def test_a_file_without_a_column_of_units_is_told(tmp_path: Path) -> None:
    path = roster(tmp_path / "名单.xlsx", [["a", "b"], [1, 2]])
    with pytest.raises(RosterError, match="没有“单位名称”一列"):
        read_roster(path)
    with pytest.raises(RosterError, match="找不到名单“没有"):
        read_roster(tmp_path / "没有.xlsx")
    (tmp_path / "坏.xlsx").write_bytes(b"%PDF")
    with pytest.raises(RosterError, match="无法读取"):
        read_roster(tmp_path / "坏.xlsx")


def test_names_match_exactly_or_but_for_signs_and_likeness_only_proposes() -> None:
    units = [Unit("某市水利局"), Unit("某市教育局（本级）"), Unit("某市卫生健康委员会"), Unit("某市档案馆")]
    found = match(units, ["某市水利局", "某市教育局(本级)", "某市卫生健康委", "某市水利局机关", ""])
    assert found.received == {"某市水利局": units[0], "某市教育局(本级)": units[1]}
    assert [u.department for u in found.missing] == ["某市卫生健康委员会", "某市档案馆"]
    assert [(u.department, u.like) for u in found.unlisted] == [("某市卫生健康委", ("某市卫生健康委员会",)), ("某市水利局机关", ("某市水利局",)), ("", ())]


def test_units_of_one_name_are_kept_apart_and_all_sheets_are_read(tmp_path: Path) -> None:
    book = Workbook()
    first, second = book.active, book.create_sheet("乙区")
    assert first is not None
    for row in (["单位名称", "单位编码"], ["实验小学", "101"], ["实验小学", "102"], ["某镇1-2社区", "103"]):
        first.append(row)
    for row in (["单位名称", "单位编码"], ["某镇12社区", "104"]):
        second.append(row)
    book.save(tmp_path / "名单.xlsx")
    units = read_roster(tmp_path / "名单.xlsx")
    assert [u.code for u in units] == ["101", "102", "103", "104"]
    found = match(units, ["实验小学", "某镇12社区"])
    assert found.received == {"某镇12社区": units[3]}
    assert [u.code for u in found.missing] == ["101", "102", "103"]
    assert found.unlisted[0].like == ("实验小学（编码 101）", "实验小学（编码 102）")


def test_a_unit_that_stands_twice_counts_once_and_is_told() -> None:
    lines = [Unit("甲局"), Unit("乙局", "1"), Unit("甲 局"), Unit("乙局", "2"), Unit("丙局", "3"), Unit("丙局"), Unit("丁局", "4"), Unit("丁局", "4"), Unit("戊局")]
    found = match(lines, ["甲局", "戊局"])
    assert [u.department for u in found.units] == ["甲局", "乙局", "乙局", "丙局", "丁局", "戊局"]
    assert found.doubled == ["甲局", "丙局", "丁局"]
    assert [u.department for u in found.missing] == ["乙局", "乙局", "丙局", "丁局"]


def test_thousands_of_strange_names_and_endless_ones_are_compared_in_bounded_time() -> None:
    names = [f"某市{a}{b}{c}{i}中心" for i, (a, b, c) in enumerate(itertools.product("水教卫民财交文农林商统审", repeat=3))]
    units = [Unit(name) for name in names] + [Unit("某" * 30_000 + str(i)) for i in range(50)]
    asked = [name.replace("中心", "所") for name in names] + ["某" * 29_000 + "局" * i for i in range(50)]
    start = time.process_time()
    found = match(units, asked)
    assert time.process_time() - start < 2
    assert len(found.unlisted) == len(asked)
    assert all(names[i] in one.like for i, one in enumerate(found.unlisted[: len(names)]) if len(one.like) < 3)


@given(st.lists(st.text("水利教育局中心（）1", max_size=8), max_size=12, unique=True), st.lists(st.text("水利教育局中心（）1", max_size=8), max_size=5, unique=True))
def test_what_is_proposed_is_what_comparing_one_by_one_gives(listed: list[str], asked: list[str]) -> None:
    units = [Unit(name) for name in listed]
    found = match(units, asked)
    for one in found.unlisted:
        if one.like and "编码" not in one.like[0]:
            scores = [fuzz.ratio(unit_key(one.department), unit_key(name)) for name in one.like]
            every = sorted((score for u in found.units if (score := fuzz.ratio(unit_key(one.department), unit_key(u.department))) >= LIKE), reverse=True)
            assert scores == pytest.approx(every[:3])
