"""Reports as LibreOffice shows them: it opens them, prints every chapter, draws the charts, numbers the pages."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from perfeval_xl.report.word.blank import DEPARTMENT, PROJECT
from tests.support.document import SAMPLES, run
from tests.support.office import converted, needs_office

pytestmark = [pytest.mark.office, needs_office]


def pages(document: Path, folder: Path) -> list[str]:
    (pdf,) = converted([document], folder, "pdf")
    text = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, check=True).stdout.decode()
    return ["".join(page.split()) for page in text.split("\f") if page.strip()]


@pytest.mark.parametrize(("name", "plan"), [("yuangang-2023", DEPARTMENT), ("zhongjiang-2022", PROJECT)])
def test_every_chapter_is_printed_with_its_chart_and_page_numbers(name: str, plan: tuple[tuple[str, str], ...], tmp_path: Path) -> None:
    out = tmp_path / f"{name}.docx"
    run(SAMPLES / f"{name}.xlsx", "-o", out, "--annotate", "comments")
    shown = pages(out, tmp_path)
    whole = "".join(shown)
    at = [whole.find(text) for kind, text in plan if kind in {"1", "2"}]
    assert -1 not in at
    assert at == sorted(at)
    assert "各部分分值与得分" in whole  # the title is drawn by the chart, it stands nowhere else
    assert all(f"—{n}—" in page for n, page in enumerate(shown, 1))


def test_the_headings_of_a_long_table_stand_on_each_of_its_pages(tmp_path: Path) -> None:
    from openpyxl import load_workbook  # noqa: PLC0415

    book = load_workbook(SAMPLES / "yuangang-2023.xlsx")
    sheet = book["自评表"]
    for area in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(area))
    sheet.delete_rows(4, sheet.max_row)
    for i in range(60):
        sheet.append(["产出指标", "数量指标", f"第{i + 1}项工作完成数量", "100个", "100个", "100%", 1, 1])
    book.save(tmp_path / "a.xlsx")
    run(tmp_path / "a.xlsx", "-o", tmp_path / "a.docx")
    with_table = [p for p in pages(tmp_path / "a.docx", tmp_path) if p.count("100个") > 10]
    assert len(with_table) > 1
    assert all("年度实现值" in p for p in with_table)
