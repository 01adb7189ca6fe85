"""The forms we hand out: names, protection, cached values, reproducible files, clear messages."""

from __future__ import annotations

import datetime
import importlib.util
from decimal import Decimal
from pathlib import Path

import pytest

from perfeval_xl.cli import main
from perfeval_xl.core.achievement import achievement, says_on_time
from perfeval_xl.core.direction import direction_of
from perfeval_xl.core.quantity import Kind, parse
from perfeval_xl.rulesets.loader import available, load
from perfeval_xl.workbook.assess import Request, assess
from perfeval_xl.workbook.forms.form import Entry, FormRow
from perfeval_xl.workbook.forms.template import Filling, write_self_evaluation
from perfeval_xl.workbook.forms.words import DIRECTIONS, Words
from tests.support.reading import loaded

WORKBOOKS = Path(__file__).parents[2] / "workbooks"
RULESETS = sorted(p.stem for p in available())


def test_templates_are_what_the_package_builds_byte_for_byte(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("build", WORKBOOKS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    made = build.build_templates(tmp_path)
    assert [p.name for p in made] == sorted(p.name for p in (WORKBOOKS / "templates").glob("*.xlsx"))
    assert [p.name for p in made if p.read_bytes() != (WORKBOOKS / "templates" / p.name).read_bytes()] == []


@pytest.mark.parametrize("ruleset", RULESETS)
def test_a_form_has_the_sheets_and_names_that_programs_rely_on(ruleset: str, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    assert main(["new", str(path), "--ruleset", ruleset, "--department", "某局", "--year", "2024"]) == 0
    book = loaded(path)
    management = ["管理效率"] if load(ruleset).form == "department" else []
    assert book.sheetnames == ["填报说明", "基本情况", "自评表", *management, "收支情况", "问题清单"]
    names = {name: [book[s][a] for s, a in d.destinations] for name, d in book.defined_names.items()}
    assert set(names) == {"PE_DEPARTMENT", "PE_YEAR", "PE_RULESET", "PE_TEMPLATE", "PE_INDICATORS", "PE_TOTAL"}
    values = {name: cells[0].value for name, cells in names.items() if name not in {"PE_INDICATORS", "PE_TOTAL"}}
    assert values == {"PE_DEPARTMENT": "某局", "PE_YEAR": 2024, "PE_RULESET": ruleset, "PE_TEMPLATE": f"perfeval-2026.1/self-evaluation/{ruleset}"}
    assert all(sheet.protection.sheet for sheet in book.worksheets)
    table = book["自评表"]
    for row in table.iter_rows(min_col=1, max_col=12):
        for cell in row:
            assert cell.protection.locked or not str(cell.value or "").startswith("="), f"{cell.coordinate}: a formula that can be overwritten"


def test_cached_results_are_the_engines(tmp_path: Path) -> None:
    """A viewer that never calculates shows the same numbers."""
    path = tmp_path / "a.xlsx"
    rows = [("产出指标", "数量指标", FormRow("税收", "≥", Entry(500), "万元", Entry(493.3), Decimal(4))),
            ("效益指标", "社会效益", FormRow("满意", "≥", Entry(95), "%", Entry(0.97, "0%"), Decimal("3.34")))]  # fmt: skip
    write_self_evaluation(path, load("guangzhou-department-2023"), Filling(2023, rows=rows))
    table = loaded(path, data_only=True)["自评表"]
    assert [table[c].value for c in ("H5", "J5", "I17", "J17")] == [0.9866, 3.9, 4, 3.9]
    assert [r[9].value for r in table.iter_rows() if r[0].value == "总分"] == [7.24]


def test_what_begins_with_an_equals_sign_stays_text(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    assert main(["new", str(path), "--department", '=HYPERLINK("http://x","y")']) == 0
    cell = loaded(path)["基本情况"]["B2"]
    assert (cell.data_type, cell.value) == ("s", '=HYPERLINK("http://x","y")')


@pytest.mark.parametrize(
    ("name", "message"),
    [("a.xls", "扩展名应为 .xlsx"), ("no/a.xlsx", "不存在。请先建立该文件夹"), ("folder.xlsx", "是一个文件夹")],
)
def test_a_wrong_output_is_refused_in_chinese_and_nothing_is_left(name: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    assert main(["new", str(tmp_path / name)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err
    assert [p.name for p in tmp_path.iterdir()] == ["folder.xlsx"]


def test_an_output_that_exists_is_replaced_as_a_whole_and_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.xlsx"
    path.write_text("old", encoding="utf-8")
    assert main(["new", str(path), "--form", "target-declaration"]) == 0
    assert "已替换原有的同名文件" in capsys.readouterr().out
    assert "绩效目标申报表" in loaded(path).sheetnames
    assert [p.name for p in tmp_path.iterdir()] == ["a.xlsx"]


def test_somebodys_work_is_not_replaced_by_a_blank_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.xlsx"
    assert main(["new", str(path)]) == 0
    assert main(["new", str(path)]) == 0  # it was blank
    book = loaded(path)
    sheet = book["自评表"]
    row = next(r for r in range(1, 40) if str(sheet.cell(r, 1).value).startswith("产出指标"))
    sheet.cell(row, 3).value = "新建堤防长度"
    book.save(path)
    before = path.read_bytes()
    capsys.readouterr()
    assert main(["new", str(path)]) == 2
    assert "填有内容，不会被空白表覆盖" in capsys.readouterr().err
    assert path.read_bytes() == before


@pytest.mark.parametrize("options", [("--ruleset", name) for name in sorted(p.stem for p in available())] + [("--form", "target-declaration")])
def test_a_blank_form_gives_way_to_another(options: tuple[str, str], tmp_path: Path) -> None:
    """Rows that the rule set brings along are nobody's work."""
    path = tmp_path / "a.xlsx"
    assert main(["new", str(path), *options]) == 0
    assert main(["new", str(path), *options]) == 0


def test_a_declaration_that_somebody_filled_in_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.xlsx"
    assert main(["new", str(path), "--form", "target-declaration"]) == 0
    book = loaded(path)
    sheet = book["绩效目标申报表"]
    row = next(r for r in range(1, 60) if str(sheet.cell(r, 1).value).startswith("产出指标"))
    for column, value in ((3, "新建堤防长度"), (5, 12)):
        sheet.cell(row, column).value = value
    book.save(path)
    before = path.read_bytes()
    assert main(["new", str(path)]) == 2
    assert "填有内容，不会被空白表覆盖" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_marks_in_hidden_columns_are_no_sums_of_a_form_without_stored_results(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    assert main(["new", str(path)]) == 0
    book = loaded(path)
    sheet = book["自评表"]
    row = next(r for r in range(1, 40) if str(sheet.cell(r, 1).value).startswith("产出指标"))
    for column, value in ((3, "新建堤防长度"), (5, 12), (7, 11.4), (9, 10)):
        sheet.cell(row, column).value = value
    book.save(path)
    done = assess(path, Request())
    assert [t.location.cell for t in done.evaluation.submission.totals if t.score is not None] == []
    assert {t.location.cell[0] for t in done.evaluation.submission.totals} == {"J"}


def test_the_year_before_this_one_is_the_default(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    assert main(["new", str(path)]) == 0
    assert loaded(path)["基本情况"]["B3"].value == datetime.date.today().year - 1


@pytest.mark.parametrize(("words", "level"), [(Words.MET, "达成"), (Words.PARTLY, "部分达成"), (Words.MISSED, "未达成")])
def test_words_of_the_formulas_mean_the_same_to_the_engine(words: tuple[str, ...], level: str) -> None:
    for word in words:
        assert achievement(parse("显著提升"), parse(word)) == level, word


def test_times_nothings_and_directions_mean_the_same_to_the_engine() -> None:
    assert [w for w in Words.ON_TIME if says_on_time(parse(w)) is not True] == []
    assert [w for w in Words.LATE if says_on_time(parse(w)) is not False] == []
    assert [w for w in Words.NOTHING if parse(w).kind is not Kind.NONE] == []
    for word, direction in DIRECTIONS.items():
        assert direction_of(word, parse("5"), "", "").direction is direction
