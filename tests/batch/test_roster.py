"""The roster: found by its heading, matched exactly or but for signs, proposals never taken for matches."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from perfeval_xl.batch.roster import RosterError, Unit, match, read_roster


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
    assert read_roster(path) == [Unit("市水利局", "101", "市政府", "张三"), Unit("市教育局", "102")]


def test_a_file_without_a_column_of_units_is_told(tmp_path: Path) -> None:
    path = roster(tmp_path / "名单.xlsx", [["a", "b"], [1, 2]])
    with pytest.raises(RosterError, match="没有“单位名称”一列"):
        read_roster(path)
    with pytest.raises(RosterError, match="找不到名单"):
        read_roster(tmp_path / "没有.xlsx")


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
