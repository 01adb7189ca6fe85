"""perfeval weights: blank weights are filled, what is filled in stays, and the totals of the file fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from perfeval_xl.cli import main


def _table(path: Path, weights: list[float | None], *, total: bool = True) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "自评表"
    sheet.append(["项目支出绩效自评表"])
    sheet.append(["一级指标", "二级指标", "三级指标", "目标值", "实际完成值", "分值", "得分"])
    for number, weight in enumerate(weights, 1):
        sheet.append(["产出指标", "数量指标", f"培训{number}类人员", "100人", "100人", weight, None])
    if total:
        sheet.append(["产出指标小计", None, None, None, None, 50, None])
    book.save(path)
    return path


def _weights(path: Path, count: int) -> list[object]:
    sheet = load_workbook(path)["自评表"]
    return [sheet.cell(row, 6).value for row in range(3, 3 + count)]


def test_blank_weights_share_what_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = _table(tmp_path / "表.xlsx", [20, None, None, None]), tmp_path / "新.xlsx"
    before = source.read_bytes()
    assert main(["weights", str(source), "-o", str(out)]) == 0
    said = capsys.readouterr().out
    assert _weights(out, 4) == [20, 10, 10, 10], said
    assert "3 项平均分配 30：10" in said
    assert source.read_bytes() == before


def test_nothing_to_share_out_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = _table(tmp_path / "表.xlsx", [25, 25]), tmp_path / "新.xlsx"
    assert main(["weights", str(source), "-o", str(out)]) == 0
    assert not out.exists()
    assert "没有需要分配的分值" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "words"), [("表.xlsx", "就是输入文件"), ("新.xlsm", "应以 .xlsx 结尾"), ("没有/新.xlsx", "不存在")])
def test_an_output_that_cannot_be_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, words: str) -> None:
    source = _table(tmp_path / "表.xlsx", [None, None])
    assert main(["weights", str(source), "-o", str(tmp_path / name)]) == 2
    assert words in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["表.xlsx"]


def test_a_form_of_ours_gets_its_weights_and_its_sums(tmp_path: Path) -> None:
    """The stored result of the total's formula is brought up to date, so that every program shows it."""
    form = tmp_path / "自评表.xlsx"
    assert main(["new", str(form), "--year", "2024"]) == 0
    book = load_workbook(form)
    sheet = book["自评表"]
    first = next(row for row in range(1, 60) if sheet.cell(row, 3).value == "三级指标") + 1
    rows = [r for r in range(first, first + 200) if sheet.cell(r, 1).value == "产出指标"][:3] or [r for r in range(first, first + 3)]
    for row in rows:
        sheet.cell(row, 3).value, sheet.cell(row, 5).value = f"培训{row}类", "100人"
    filled = tmp_path / "已填.xlsx"
    book.save(filled)
    assert main(["weights", str(filled), "-o", str(tmp_path / "新.xlsx")]) == 0
    done = load_workbook(tmp_path / "新.xlsx")["自评表"]
    column = next(c for c in range(1, 15) if done.cell(first - 1, c).value == "分值")
    assert all(isinstance(done.cell(r, column).value, int | float) for r in rows)
