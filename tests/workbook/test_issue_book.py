"""The issue list as a workbook: what stands in which cell, links, sums that agree, letters, strangers' texts, many rows."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet.worksheet import Worksheet

import perfeval_xl.workbook.issue_book as module
from perfeval_xl.compare.issues import Checked, CheckedFile, Issue, Review
from perfeval_xl.core.findings import Location, Severity, finding
from perfeval_xl.workbook.issue_book import issue_book
from perfeval_xl.workbook.links import link
from perfeval_xl.workbook.read import read_bytes
from perfeval_xl.workbook.reviews import reviews_of
from tests.support.audit import declaration, evaluation, run
from tests.support.layouts import Row

FOLDER = Path("/x")
LINKS = Path(__file__).parents[1] / "support" / "office_links.py"


def one(file: str, department: str, *issues: Issue) -> CheckedFile:
    return CheckedFile(file, f"/x/{file}", department, 2023, "national-project-2020", "confirmed", "指定", issues)


def issue(kind: str, found: str = "发现", sheet: str = "自评表", cell: str = "G5", review: Review | None = None, severity: Severity | None = None) -> Issue:
    return Issue(finding(kind, Location("a.xlsx", sheet, cell), found, "应为", severity), review)


def opened(checked: Checked) -> dict[str, Worksheet]:
    book = load_workbook(io.BytesIO(issue_book(checked, FOLDER)))
    return {s.title: s for s in book.worksheets}


ACCEPTED = Review("score-mismatch", "b.xlsx", "乙局", "自评表", "G9", "发现", "接受：已核对", "李四", "问题清单.xlsx")
CHECKED = Checked(
    [
        one("a.xlsx", "甲局", issue("over-fulfilled", cell="E7"), issue("unmet-full-marks"), issue("operator-in-actual", severity=Severity.INFO)),
        one("b.xlsx", "乙局", issue("unmet-full-marks", cell="G8"), issue("score-mismatch", cell="G9", review=ACCEPTED)),
        one("c.xlsx", "甲局", issue("duplicate-submission", cell="")),
    ],
    ["一条说明。"],
)


def test_the_list_is_sorted_by_severity_with_accepted_findings_last() -> None:
    sheet = opened(CHECKED)["问题清单"]
    rows = [[c.value or "" for c in row] for row in sheet.iter_rows(min_row=3)]
    assert rows[0] == ["序号", "级别", "编号", "问题", "单位", "文件", "工作表", "单元格", "发现", "应为", "处理办法", "打开", "复核意见", "复核人"]
    assert [(r[0], r[1], r[2], r[4], r[5], r[6], r[7], r[11], r[12], r[13]) for r in rows[1:]] == [
        (1, "错误", "PE303", "甲局", "a.xlsx", "自评表", "G5", "打开", "", ""),
        (2, "错误", "PE303", "乙局", "b.xlsx", "自评表", "G8", "打开", "", ""),
        (3, "提醒", "PE309", "甲局", "a.xlsx", "自评表", "E7", "打开", "", ""),
        (4, "提醒", "PE114", "甲局", "c.xlsx", "自评表", "", "打开", "", ""),
        (5, "提示", "PE210", "甲局", "a.xlsx", "自评表", "G5", "打开", "", ""),
        (6, "已接受（错误）", "PE301", "乙局", "b.xlsx", "自评表", "G9", "打开", "接受：已核对", "李四"),
    ]
    assert (sheet.auto_filter.ref, sheet.freeze_panes, sheet.print_title_rows) == ("A3:N9", "E4", "$3:$3")
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    colours = {sheet.cell(row, 2).fill.fgColor.rgb for row in (4, 6, 8, 9)}
    assert len(colours) == 4


def test_the_counts_by_kind_and_by_department_agree_with_the_list() -> None:
    sheet = opened(CHECKED)["统计"]
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    sums = [i for i, r in enumerate(rows) if r[0] == "合计"]
    book = load_workbook(io.BytesIO(issue_book(CHECKED, FOLDER)), data_only=True)
    values = [[c.value for c in row] for row in book["统计"].iter_rows()]
    assert [values[i][2:] for i in sums] == [[2, 2, 1, 1, 6]] * 2
    assert [r[0] for r in values[4 : sums[0]]] == ["PE114", "PE210", "PE301", "PE303", "PE309"]
    assert list(values[sums[0] + 3 : sums[1]]) == [[2, "甲局", 1, 2, 1, 0, 4], [1, "乙局", 1, 0, 0, 1, 2]]
    assert rows[sums[0]][2] == f"=SUM(C5:C{sums[0]})"
    assert [r[0] for r in rows if r[0] == "一条说明。"]


def test_each_department_gets_a_letter_with_only_its_open_findings() -> None:
    sheets = opened(CHECKED)
    assert list(sheets) == ["问题清单", "统计", "退回 甲局", "退回 乙局"]
    letter = sheets["退回 乙局"]
    texts = [c.value for row in letter.iter_rows() for c in row if c.value is not None]
    assert texts[:3] == [
        "2023 年度预算绩效自评退回修改意见",
        "乙局：",
        "　　你单位报送的 2023 年度预算绩效自评材料（“b.xlsx”）收悉。经审核，需要改正或说明的问题共 1 项，其中错误 1 项。另有 1 项经复核已接受，不需改正。具体意见如下：",
    ]
    assert [c.value for c in letter[7]] == [1, "错误", "自评表 G8", "未完成却得满分：发现。应为：应为。", "请按评分规则扣分，或更正实现值。"]
    assert any(str(t).startswith("　　请于　　　　年　　月　　日前改正，并重新报送。") for t in texts)
    assert not any("G9" in str(t) for t in texts)
    assert (letter.page_setup.orientation, str(letter.page_setup.paperSize)) == ("portrait", "9")


def test_a_unit_gets_no_letter_about_another_whose_name_differs_by_a_sign_between_numbers() -> None:
    sheets = opened(Checked([one("a.xlsx", "1-2社区", issue("unmet-full-marks")), one("b.xlsx", "12社区", issue("unmet-full-marks")), one("c.xlsx", "12 社区", issue("unmet-full-marks"))]))
    assert [n for n in sheets if n.startswith("退回")] == ["退回 1-2社区", "退回 12社区"]


def test_departments_whose_names_no_sheet_can_have_get_names_of_their_own() -> None:
    names = ["'某:局/[甲]*?\\'", "正常局", "很长的名字" * 10, "很长的名字" * 10 + "二", "统计"]
    sheets = opened(Checked([one(f"{i}.xlsx", name, issue("unmet-full-marks")) for i, name in enumerate(names)]))
    letters = [n for n in sheets if n.startswith("退回")]
    assert len(letters) == len(names) == len({n.lower() for n in letters})
    assert all(len(n) <= 31 and not set(n) & set("[]:*?/\\") and not n.endswith("'") for n in letters)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://x\")", "http://example.com", "{=1}", "\t=1", "_x0041_", "a\x01b", "\ud800", "字" * 40_000])
def test_texts_of_strangers_stay_texts(text: str) -> None:
    checked = Checked([one("a.xlsx", text[:50], issue("unmet-full-marks", text, cell="A1"))])
    data = issue_book(checked, FOLDER)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/sheet") and "sheet2" not in name:
                assert b"<f>" not in archive.read(name), name
    sheet = load_workbook(io.BytesIO(data))["问题清单"]
    assert sheet["I4"].data_type == "s"
    assert sheet["I4"].hyperlink is None


def test_nothing_is_sent_back_for_hints_alone_and_it_is_said() -> None:
    hint = issue("operator-in-actual", severity=Severity.INFO)
    sheets = opened(Checked([one("a.xlsx", "甲局", hint), one("b.xlsx", "乙局", hint, issue("over-fulfilled"))]))
    assert list(sheets) == ["问题清单", "统计", "退回意见"]
    assert (sheets["退回意见"]["A3"].value, [r[1].value for r in sheets["退回意见"].iter_rows(min_row=7, max_row=8)]) == ("乙局：", ["提醒", "提示"])
    assert "有 1 个单位只有“提示”，不需退回，未生成退回意见。" in [row[0].value for row in sheets["统计"].iter_rows()]


def test_no_findings_is_said_and_needs_no_letter() -> None:
    sheets = opened(Checked([one("a.xlsx", "甲局")]))
    assert list(sheets) == ["问题清单", "统计"]
    assert sheets["问题清单"]["A2"].value == "没有发现问题。"


def test_more_rows_than_a_sheet_takes_go_on_in_the_next_one_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 4)
    issues = [issue("unmet-full-marks", cell=f"G{n}") for n in range(1, 11)]
    sheets = opened(Checked([one("a.xlsx", "甲局", *issues)]))
    assert list(sheets) == ["问题清单", "问题清单（续1）", "问题清单（续2）", "统计", "退回意见"]
    numbers = [c.value for name in list(sheets)[:3] for (c,) in sheets[name].iter_rows(min_row=4, max_col=1)]
    assert numbers == list(range(1, 11))
    assert sheets["问题清单（续1）"]["A1"].value == "问题清单（共 3 张，第 2 张）"
    said = [row[0].value for row in sheets["统计"].iter_rows()]
    assert "问题较多，一张工作表放不下，分列在“问题清单”及“问题清单（续1）”等 3 张工作表中，序号连续。" in said


def test_reviews_come_back_as_they_were_written_from_every_sheet_of_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 2)
    book = read_bytes("清单.xlsx", issue_book(CHECKED, FOLDER))
    assert reviews_of(book) == [ACCEPTED._replace(source="清单.xlsx")]


@pytest.mark.parametrize(
    ("target", "sheet", "cell", "address"),
    [
        ("/a/b/自评.xlsx", "自评表", "H12", "external:自评.xlsx#'自评表'!H12"),
        ("/a/c/自 评#1%.xlsx", "张三's 表", "", "external:../c/自%20评%231%25.xlsx#'张三''s 表'!A1"),
        ("/a/b/a%20b.xlsx", "", "", "external:a%2520b.xlsx"),
        ("/a/b/a.xlsx", "S", "H12:H13", "external:a.xlsx#'S'!A1"),
        ("/a/b/\udcff.xlsx", "S", "A1", ""),
        ("/a/b/" + "长" * 2_100, "S", "A1", ""),
        ("/a/b/12:30 自评.xlsx", "S", "A1", "external:12%3A30%20自评.xlsx#'S'!A1"),
        ("/a/b/a|b.xlsx", "", "", ""),
        (r"/a/b/\\evil.example\share\a.xlsx", "S", "A1", ""),
        (r"/a/b/下/\\evil.example\share\a.xlsx", "S", "A1", ""),
        (r"/a/b/C:\Windows\calc.xlsx", "S", "A1", ""),
        ("/a/b/C:calc.xlsx", "S", "A1", ""),
        ("/a/b/C|/calc.xlsx", "S", "A1", ""),
        ("/a/b/javascript:alert(1).xlsx", "S", "A1", ""),
        ("/a/b/下/ms-word:ofe|u|http:/evil/a.xlsx", "S", "A1", ""),
        ("/a/b/a\nb.xlsx", "S", "A1", ""),
    ],
)
def test_addresses_of_links(target: str, sheet: str, cell: str, address: str) -> None:
    assert link(target, Path("/a/b"), sheet, cell) == address


def test_a_failed_write_leaves_the_old_list_and_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    evaluation(tmp_path / "a.xlsx")
    run("check", tmp_path / "a.xlsx", "-o", tmp_path / "问题清单.xlsx")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    capsys.readouterr()
    assert run("check", tmp_path / "a.xlsx", "-o", tmp_path / "问题清单.xlsx") == 2
    assert capsys.readouterr().err.startswith("无法写入“问题清单.xlsx”")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


@pytest.mark.office
def test_every_link_opens_its_file_at_the_sheet_and_cell_in_libreoffice(tmp_path: Path) -> None:
    """Also where folder, file and sheet names hold blanks, #, % and apostrophes."""
    python = next((p for p in ("/usr/bin/python3", shutil.which("python3")) if p and not subprocess.run([p, "-c", "import uno"], capture_output=True, check=False).returncode), None)
    if python is None or shutil.which("soffice") is None:
        pytest.skip("LibreOffice and its Python bridge (uno) are not installed")
    rows = [Row("产出指标", "质量指标", "合格率", "≥95%", "90%", "60", "60"), Row("效益指标", "社会效益指标", "就业人数", "≥50人", "40人", "40", "40")]
    files = [
        evaluation(tmp_path / "报 送#1" / "水利 局's 100%.xlsx", rows, "某市水利局", sheet="张三's 表"),
        evaluation(tmp_path / "报 送#1" / "环保局.xlsx", rows, "某市环保局", sheet="自评表"),
    ]
    (tmp_path / "结果").mkdir()
    issues = tmp_path / "结果" / "问题清单.xlsx"
    assert run("check", *files, "--against", declaration(tmp_path / "申报.xlsx", rows), "-o", issues) == 1
    sheet = load_workbook(issues)["问题清单"]
    expected = []
    for row in sheet.iter_rows(min_row=4):
        path = next(f for f in files if f.name == row[5].value)
        cell = coordinate_to_tuple(str(row[7].value or "A1"))
        expected.append([str(path), row[6].value, cell[1] - 1, cell[0] - 1])
    done = subprocess.run(
        [python, str(LINKS), str(issues), str(tmp_path / "profile"), "11", "3", str(2 + len(expected))],
        capture_output=True, check=True, timeout=180, env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")},
    )  # fmt: skip
    assert len(expected) >= 4
    assert json.loads(done.stdout.decode().splitlines()[-1]) == expected
