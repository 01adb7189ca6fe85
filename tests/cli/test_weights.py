"""perfeval weights: blank weights are filled, what is filled in stays, and the totals of the file fit."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from perfeval_xl.cli import main
from perfeval_xl.workbook.grid import Grid
from perfeval_xl.workbook.patch import patch
from perfeval_xl.workbook.read import read_workbook


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


def test_a_form_of_ours_gets_its_weights_and_its_sums(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The stored result of the total's formula is brought up to date, so that every program shows it."""
    form, filled, out = (tmp_path / name for name in ("空白.xlsx", "已填.xlsx", "新.xlsx"))
    assert main(["new", str(form), "--year", "2024"]) == 0
    sheet = _sheet(form)
    first, column = next((r, line.index("分值") + 1) for r, line in enumerate(sheet.rows, 1) if line[0] == "一级指标" if "分值" in line)
    rows, total = range(first + 1, first + 4), next(r for r, line in enumerate(sheet.rows, 1) if line[0] == "产出指标小计")
    cells = {f"C{row}": f"培训{row}类人员" for row in rows} | {f"E{row}": "100人" for row in rows}
    filled.write_bytes(patch(form.read_bytes(), {"自评表": cells}))
    assert main(["weights", str(filled), "-o", str(out)]) == 0
    done = _sheet(out)
    assert [str(done.rows[r - 1][column - 1]) for r in rows] == ["16.67", "16.66", "16.67"]
    assert str(done.rows[total - 1][column - 1]) in {"50", "50.0"}
    said = capsys.readouterr().out
    assert "产出指标：满分 50，3 项平均分配 50：16.67、16.66" in said
    assert "Ctrl+Alt+F9" in said


def test_a_table_without_weights_column_is_told_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "表.xls.xlsx"
    book = Workbook()
    book.save(source)
    assert main(["weights", str(source), "-o", str(tmp_path / "新.xlsx")]) == 2
    assert capsys.readouterr().err
    assert not (tmp_path / "新.xlsx").exists()


def _sheet(path: Path) -> Grid:
    return next(g for g in read_workbook(path).grids if g.sheet == "自评表")
