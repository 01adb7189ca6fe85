"""Sheets of the merged workbook: texts that can be read to their end, links that stay where the files are, what the roster has twice."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell

from tests.batch.test_merge import form, merge

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")


@pytest.fixture
def cache(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PERFEVAL_CACHE": str(tmp_path / "缓存")}


def test_long_texts_are_wrapped_in_rows_high_enough_and_a_unit_listed_twice_is_told(tmp_path: Path, cache: dict[str, str]) -> None:
    form(tmp_path / "报送" / "甲.xlsx", "某市水利局", actual="50人")
    (tmp_path / "报送" / "某市教育局.xlsx").write_bytes(b"%PDF-1.7")
    roster = Workbook()
    lines = roster.active
    assert lines is not None
    for row in (["单位名称", "单位编码"], ["某市水利局", "101"], ["某市教育局", "102"], ["某市 水利局", None]):
        lines.append(row)
    roster.save(tmp_path / "名单.xlsx")
    merge(cache, tmp_path / "报送", "-o", tmp_path / "汇总.xlsx", "--roster", tmp_path / "名单.xlsx")
    book = load_workbook(tmp_path / "汇总.xlsx")
    assert "名单 2 个单位，已报送 1 个，未报送 1 个，名单外 0 个。名单中重复列出的单位 1 个，各按一个单位计：“某市水利局”，请核对名单。" in str(book["报送情况"]["A2"].value)
    for name, titles in (("报送情况", ("说明",)), ("问题清单", ("发现", "应为", "处理办法"))):
        sheet = book[name]
        columns = {c.value: c.col_idx for c in sheet[3] if isinstance(c, Cell)}
        assert all(sheet.cell(4, columns[title]).alignment.wrap_text for title in titles)
    missing = next(row for row in book["报送情况"].iter_rows(min_row=4) if row[0].value == "未报送")
    assert len(str(missing[7].value)) > 60
    assert book["报送情况"].row_dimensions[missing[0].row or 0].height > 40
    assert book["图表"].print_area == "'图表'!$O$4:$AN$51"


@pytest.mark.skipif(os.sep == "\\", reason="names that Windows does not allow")
def test_names_of_files_that_windows_would_take_for_a_place_are_shown_and_not_linked(tmp_path: Path, cache: dict[str, str]) -> None:
    names = [r"\\evil.example\share\a.xlsx", r"C:\Windows\calc.xlsx", "javascript:alert(1).xlsx", "12:30 自评.xlsx"]
    for i, name in enumerate(names):
        form(tmp_path / "报送" / name, f"单位{i}局", actual="50人")
    merge(cache, tmp_path / "报送", "-o", tmp_path / "报送" / "汇总.xlsx")
    with zipfile.ZipFile(tmp_path / "报送" / "汇总.xlsx") as archive:
        relations = "".join(archive.read(n).decode() for n in archive.namelist() if "worksheets/_rels" in n)
    assert 'Target="12%3A30%20自评.xlsx"' in relations
    assert not any(word in relations for word in ("evil", "calc", "javascript"))
    assert {row[6].value for row in load_workbook(tmp_path / "报送" / "汇总.xlsx")["报送情况"].iter_rows(min_row=4)} == set(names)
