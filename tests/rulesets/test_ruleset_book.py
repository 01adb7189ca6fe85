"""The workbook a clerk gives back: every mistake at its cell, the layout changed by hand, files that are something else."""

from __future__ import annotations

import datetime
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.rulesets.loader import RulesetError, load
from perfeval_xl.rulesets.sheet_reading import Reading
from perfeval_xl.workbook import ruleset_book
from perfeval_xl.workbook.read import ReadError
from perfeval_xl.workbook.ruleset_book import read_ruleset_book, write_ruleset_book
from tests.support.books import cell_of

HUNAN = load("hunan-department-2018")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The exported workbook of the set that has every kind of rule."""
    write_ruleset_book(HUNAN, tmp_path / "规则集.xlsx")
    return tmp_path / "规则集.xlsx"


def _edited(path: Path, edit: Callable[[Workbook], None]) -> Reading:
    book = load_workbook(path)
    edit(book)
    book.save(path)
    return read_ruleset_book(path)


def test_every_mistake_is_told_at_itscell_of(path: Path) -> None:
    where: dict[str, str] = {}

    def edit(book: Workbook) -> None:
        basic, values, limits, rules = book["基本信息"], book["计分参数"], book["等级与上限"], book["评分规则"]
        changes: list[tuple[str, Worksheet, str, Any]] = [
            ("id", basic, cell_of(basic, "内容"), "../湖南"),
            ("places", values, cell_of(values, "单项得分小数位"), "两位"),
            ("floor", values, cell_of(values, "完成率下限"), "0.6"),
            ("policy", values, cell_of(values, "不适用指标的处理"), "酌情"),
            ("grade", limits, cell_of(limits, "最低得分比例", offset=1), "95%"),
            ("since", book["分值结构"], cell_of(book["分值结构"], "生效日期"), "2024-13-01"),
            ("weight", book["固定指标"], cell_of(book["固定指标"], "指标分值"), -8),
            ("kind", rules, cell_of(rules, "规则种类", "lower"), "按心情"),
            ("reference", rules, cell_of(rules, "依据", "yes-no"), "没有的依据"),
            ("title", rules, cell_of(rules, "规则名称", "date"), None),
            ("rule", book["扣分标准"], cell_of(book["扣分标准"], "规则编号"), "没有的规则"),
            ("end", book["区间得分"], cell_of(book["区间得分"], "区间上限（百分点）", offset=1), 25),
            ("default", book["定性等次"], cell_of(book["定性等次"], "默认得分比例", "部分达成"), "90%"),
            ("points", book["评分要点"], cell_of(book["评分要点"], "要点分值"), "1分"),
        ]
        for name, sheet, cell, value in changes:
            sheet[cell] = value
            where[name] = f"'[规则集.xlsx]{sheet.title}'!{cell}"
        ends = book["区间得分"]
        for name, offset in (("not rising", 2), ("second table", 6)):  # below the changed 10; its fellow for a weight of 8
            where[name] = f"'[规则集.xlsx]区间得分'!{cell_of(ends, '区间上限（百分点）', offset=offset)}"

    reading = _edited(path, edit)
    assert reading.ruleset is None
    do = "。请改正该单元格。"
    assert [str(f) for f in reading.faults] == [
        f"{where['id']}：写的是“../湖南”；应为：编号只能由小写字母、数字、汉字和连字符“-”组成，连字符不能在首尾，如“本局-2024”{do}",
        f"{where['places']}：写的是“两位”；应为：整数{do}",
        f"{where['floor']}：写的是“0.6”；应为：带百分号的数，如 60%；不带百分号的数可能是比例，也可能是百分数，无法确定{do}",
        f"{where['policy']}：写的是“酌情”；应为：下列之一：得满分、分值分给其他指标{do}",
        f"{where['grade']}：写的是“95%”；应为：等级应由高到低，每一等的最低比例应低于上一等{do}",
        f"{where['since']}：写的是“2024-13-01”；应为：日期，如 2024-01-01{do}",
        f"{where['weight']}：写的是“-8”；应为：分值应大于 0；由各单位自定的请留空{do}",
        f"{where['kind']}：写的是“按心情”；应为：下列之一：按完成率比例、超出部分线性扣减、目标值与实现值之比、每满一档扣分、每百分点扣分、按区间查表、定性分档、按期完成、是否符合、按要点计分{do}",
        f"{where['title']}：没有填写；应为：缺少该项。请填写该单元格。",
        f"{where['reference']}：写的是“没有的依据”；应为：依据“没有的依据”没有列在依据（references）中{do}",
        f"{where['rule']}：写的是“没有的规则”；应为：“评分规则”表中的规则编号。请改正编号，或删除该行。",
        f"{where['not rising']}：写的是“20”；应为：区间上限应由小到大{do}",
        f"{where['second table']}：写的是“10”；应为：与该规则前一张得分表相同的区间上限：0、25、20、30、以上。请改正各区间上限。",
        f"{where['default']}：写的是“90%”；应为：默认比例应在下限与上限之间{do}",
        f"{where['points']}：写的是“1分”；应为：数字，不带百分号和单位{do}",
    ]


def _changed(ruleset: Ruleset, **own: object) -> Ruleset:
    return replace(ruleset, **own)  # type: ignore[arg-type]


FLOOR = replace(HUNAN, completion=(replace(HUNAN.completion[0], floor=Decimal("0.6")),))


@pytest.mark.parametrize("written", ["60%", " 60 ％", "６０%", "60.0%"])
def test_a_rate_is_read_however_it_is_written(path: Path, written: str) -> None:
    def edit(book: Workbook) -> None:
        sheet = book["计分参数"]
        sheet[cell_of(sheet, "完成率下限")] = written

    assert _edited(path, edit).ruleset == FLOOR


def test_a_number_in_a_cell_of_percents_is_what_the_sheet_shows(path: Path) -> None:
    def edit(book: Workbook) -> None:
        sheet = book["计分参数"]
        cell = sheet[cell_of(sheet, "完成率下限")]
        assert cell.number_format == "0.00%"
        cell.value = 0.6

    assert _edited(path, edit).ruleset == FLOOR


@pytest.mark.parametrize(("value", "shown"), [(0.6, "0.6"), (60, "60"), (1, "1"), ("六成", "六成"), ("60", "60"), (True, "是")])
def test_a_rate_without_its_sign_is_refused_and_never_guessed(path: Path, value: Any, shown: str) -> None:
    def edit(book: Workbook) -> None:
        sheet = book["计分参数"]
        cell = sheet[cell_of(sheet, "完成率下限")]
        cell.number_format = "General"
        cell.value = value

    reading = _edited(path, edit)
    assert [f.found for f in reading.faults] == [f"写的是“{shown}”"]
    assert reading.faults[0].expected.startswith("带百分号的数，如 60%")


def test_percent_points_take_the_sign_and_mean_the_same(path: Path) -> None:
    def edit(book: Workbook) -> None:
        sheet = book["评分规则"]
        sheet[cell_of(sheet, "基准百分点", "budget-completion")] = "100%"

    assert _edited(path, edit).ruleset == HUNAN


@pytest.mark.parametrize("value", ["2024-01-01", "2024/1/1", "2024年1月1日", datetime.date(2024, 1, 1), datetime.datetime(2024, 1, 1)])
def test_dates_are_read_however_they_are_written(path: Path, value: Any) -> None:
    def edit(book: Workbook) -> None:
        sheet = book["计分参数"]
        sheet[cell_of(sheet, "生效日期")] = value

    since = replace(HUNAN.rounding[0], since=datetime.date(2024, 1, 1))
    assert _edited(path, edit).ruleset == replace(HUNAN, rounding=(since,))


def test_rows_inserted_sheets_renamed_and_moved_and_columns_swapped_change_nothing(path: Path) -> None:
    def edit(book: Workbook) -> None:
        book["评分规则"].title = "我们的规则"
        book.move_sheet("固定指标", -5)
        book["分值结构"].insert_rows(1, 3)
        book["分值结构"].insert_cols(1)
        book["等级与上限"].insert_rows(6, 2)
        sheet = book["扣分标准"]
        for row in range(1, sheet.max_row + 1):
            second: Any = sheet.cell(row, 2).value
            third: Any = sheet.cell(row, 3).value
            sheet.cell(row, 2).value, sheet.cell(row, 3).value = third, second
        book.create_sheet("我的笔记").append(["与规则集无关", 1, 2])

    reading = _edited(path, edit)
    assert [str(f) for f in reading.faults] == []
    assert reading.ruleset == HUNAN


def test_a_new_row_in_the_spare_ones_is_a_new_parameter(path: Path) -> None:
    """The regulation changes on 2025-01-01: the old grades end, new ones begin."""

    def edit(book: Workbook) -> None:
        sheet = book["等级与上限"]
        sheet[cell_of(sheet, "失效日期")] = datetime.date(2024, 12, 31)
        row = int(cell_of(sheet, "套号")[1:]) + 4
        for n, (name, share) in enumerate((("合格", "60%"), ("不合格", "0%"))):
            line: list[Any] = [2, name, share]
            for column, value in zip("ABC", line, strict=True):
                sheet[f"{column}{row + n}"] = value
        common: list[Any] = ["form", "已核实", datetime.date(2025, 1, 1)]
        for column, value in zip("EGH", common, strict=True):
            sheet[f"{column}{row}"] = value

    made = _edited(path, edit).ruleset
    assert made is not None
    assert [g.name for g in made.at(datetime.date(2024, 12, 31)).grades.grades] == ["优", "良", "中", "差"]
    assert [(g.name, g.from_share) for g in made.at(datetime.date(2025, 1, 1)).grades.grades] == [("合格", Decimal("0.6")), ("不合格", Decimal(0))]


def test_deleted_columns_and_sheets_are_told_and_nothing_else(path: Path) -> None:
    def edit(book: Workbook) -> None:
        book["扣分标准"].delete_cols(3)
        del book["评分要点"]
        book["分值结构"].delete_cols(10)

    assert [str(f) for f in _edited(path, edit).faults] == [
        "[规则集.xlsx]：没有找到“评分要点（用于“按要点计分”）”表（表头：规则编号、要点、要点分值、识别词语…）；应为：导出时的各张表齐全。请从重新导出的规则集工作簿中复制该表；不需要的表只清空内容，不要删除。",
        "'[规则集.xlsx]分值结构'!A4：“分值结构”表没有“备注”列；应为：导出时的各列齐全。请恢复表头为“备注”的列；不需要的列只清空内容，不要删除。",
        "'[规则集.xlsx]扣分标准'!A4：“扣分标准（用于“每满一档扣分”“每百分点扣分”）”表没有“每次扣分”列；应为：导出时的各列齐全。请恢复表头为“每次扣分”的列；不需要的列只清空内容，不要删除。",
    ]


def test_a_copied_sheet_and_a_column_of_ones_own_are_told(path: Path) -> None:
    def edit(book: Workbook) -> None:
        copy = book.copy_worksheet(book["评分要点"])
        copy.title = "评分要点 (2)"
        book["扣分标准"]["D4"], book["扣分标准"]["D5"] = "我的说明", "x"

    assert [str(f) for f in _edited(path, edit).faults] == [
        "'[规则集.xlsx]扣分标准'!D4：表头写的是“我的说明”；应为：“扣分标准（用于“每满一档扣分”“每百分点扣分”）”表的各列。请恢复表头；自己加的内容请移到其他工作表。",
        "'[规则集.xlsx]评分要点 (2)'!A4：“评分要点（用于“按要点计分”）”表在这里又出现一次，前一次在“评分要点”第 4 行；应为：只有一张。请删除多余的一张。",
    ]


def test_formulas_without_a_result_and_error_values_are_told(path: Path) -> None:
    def edit(book: Workbook) -> None:
        sheet = book["评分规则"]
        sheet[cell_of(sheet, "每档百分点", "budget-completion")] = "=2+3"
        sheet[cell_of(sheet, "基准百分点", "budget-completion")] = "#REF!"

    assert [str(f) for f in _edited(path, edit).faults] == [
        "'[规则集.xlsx]评分规则'!H7：公式的结果是错误值 #REF!；应为：直接填写的内容。请改为直接填写，不用公式。",
        "'[规则集.xlsx]评分规则'!I7：公式还没有计算结果；应为：直接填写的内容。请改为直接填写，不用公式。",
    ]


def test_a_kind_specific_value_on_another_kind_is_told_at_itscell_of(path: Path) -> None:
    def edit(book: Workbook) -> None:
        sheet = book["评分规则"]
        sheet[cell_of(sheet, "每档百分点", "proportional")] = 5
        book["扣分标准"].append([])
        row = book["扣分标准"].max_row + 1
        line: list[Any] = ["lower", 5, 1]
        for column, value in zip("ABC", line, strict=True):
            book["扣分标准"][f"{column}{row}"] = value

    found = _edited(path, edit).faults
    assert [(f.location.sheet, f.location.cell[0], f.expected) for f in found] == [
        ("评分规则", "I", "不认识该项，或这种规则不用该项；请检查拼写，或删去"),
        ("扣分标准", "A", "不认识该项，或这种规则不用该项；请检查拼写，或删去，在“扣分标准”表中填写"),
    ]


def _empty(folder: Path) -> Path:
    Workbook().save(folder / "空.xlsx")
    return folder / "空.xlsx"


def test_a_workbook_that_is_no_rule_set_is_told_in_one_sentence(tmp_path: Path) -> None:
    reading = read_ruleset_book(_empty(tmp_path))
    assert [str(f) for f in reading.faults] == ["[空.xlsx]：没有找到规则集的任何表；应为：由 perfeval rulesets 编号 -o 文件 导出的规则集工作簿。请先导出，再修改。"]


def test_what_is_far_larger_than_a_rule_set_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = tmp_path / "大.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (ruleset_book.MAX_UNPACKED + 1))
    monkeypatch.setattr(ruleset_book, "read_workbook", lambda _: pytest.fail("read"))
    with pytest.raises(ReadError, match=r"解压后 16\.0 MB，远大于规则集"):
        read_ruleset_book(bomb)


def test_thousands_of_rows_are_told_and_not_all_read(path: Path) -> None:
    def edit(book: Workbook) -> None:
        sheet = book["评分要点"]
        for row in range(5, 6_000):
            sheet.cell(row, 1).value = "x"

    faults = _edited(path, edit).faults
    assert "'[规则集.xlsx]评分要点'：超过 3000 行；应为：不超过 3000 行。请删除多余的行。" in [str(f) for f in faults]
    assert len(faults) < 3_100


@pytest.mark.parametrize("name", ["没有.xlsx", "文件夹.xlsx"])
def test_no_file_gives_the_readers_message(tmp_path: Path, name: str) -> None:
    (tmp_path / "文件夹.xlsx").mkdir()
    with pytest.raises(ReadError):
        read_ruleset_book(tmp_path / name)


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes among the files of this system")
    os.mkfifo(tmp_path / "a.xlsx")
    with pytest.raises(ReadError, match="不是普通文件"):
        read_ruleset_book(tmp_path / "a.xlsx")


def test_an_export_that_fails_leaves_the_file_that_was_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ruleset_book, "_write", full)
    with pytest.raises(RulesetError, match=r"无法写入“规则集.xlsx”：没有写入权限，磁盘已满"):
        write_ruleset_book(HUNAN, path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    odd = _changed(HUNAN, issuer='=HYPERLINK("http://x","y")', title="+1", references={k: replace(v, source="@x") for k, v in HUNAN.references.items()})
    write_ruleset_book(odd, tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert not any(b"<f>" in archive.read(part) for part in archive.namelist())
    assert read_ruleset_book(tmp_path / "a.xlsx").ruleset == odd


def test_headings_are_locked_cells_to_fill_are_not_and_every_closed_word_has_its_list(path: Path) -> None:
    book = load_workbook(path)
    for sheet in book.worksheets:
        assert sheet.protection.sheet, sheet.title
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    rules = book["评分规则"]
    assert rules["A4"].protection.locked
    assert not rules["A5"].protection.locked
    lists = {str(v.formula1) for sheet in book.worksheets for v in sheet.data_validations.dataValidation if v.type == "list"}
    for words in ("已核实,据公开表格,未核实", "四舍五入,舍去", "年初预算数,全年预算数,调整后预算数", "得满分,分值分给其他指标", "实现值,与目标值的偏离", "部门整体支出,项目支出"):
        assert f'"{words}"' in lists
    assert any("按要点计分" in text for text in lists)
    assert any(text.startswith("'基本信息'!$A$") for text in lists)
    assert any(text.startswith("'评分规则'!$A$") for text in lists)
