"""`check` as people run it: real files, exact findings, reviews that are kept, exit status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import perfeval_xl.batch.check as module
from perfeval_xl.core.checks import Audit, SwitchedOff
from perfeval_xl.core.findings import KINDS
from perfeval_xl.core.model import Submission
from tests.support.audit import ROWS, cells, declaration, evaluation, review, run

SAMPLES = Path(__file__).parents[2] / "workbooks" / "samples"
UNMET = "PE303"


def document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def found(answer: dict[str, Any], kind: str) -> list[tuple[str, str, str, str]]:
    return [(one["file"], f["sheet"], f["cell"], f["found"]) for one in answer["files"] for f in one["findings"] if f["kind"] == kind]


def test_the_seed_report_has_its_misplaced_actual_found_and_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", SAMPLES / "yuangang-2023.xlsx", "--json") == 0
    answer = document(capsys)
    assert answer["counts"]["error"] == 0
    assert (answer["files"][0]["year"], answer["files"][0]["ruleset"]["id"]) == (2023, "guangzhou-department-2023")
    assert found(answer, "actual-in-rate-column") == [
        ("yuangang-2023.xlsx", "自评表", "F11", "完成率列写的是“493.3万元”，实现值列写的是“500万元”"),
    ]


def test_the_document_has_the_promised_shape(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluation(tmp_path / "a.xlsx")
    assert run("check", tmp_path / "a.xlsx", "--json") == 1
    answer = document(capsys)
    assert set(answer) == {"files", "counts", "notes"}
    assert set(answer["counts"]) == {"error", "warning", "info", "accepted"}
    (one,) = answer["files"]
    assert set(one) == {"file", "department", "year", "ruleset", "findings"}
    for f in one["findings"]:
        assert set(f) == {"kind", "code", "severity", "sheet", "cell", "message", "found", "expected", "accepted"}
        assert KINDS[f["kind"]].code == f["code"]
    assert answer["counts"]["error"] == sum(f["severity"] == "error" for f in one["findings"])
    assert found(answer, "unmet-full-marks") == [("a.xlsx", "Sheet1", "G5", "完成率 94.74%，自评得满分 30")]


def test_a_file_that_cannot_be_read_is_its_own_finding_and_the_others_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluation(tmp_path / "b.xlsx")
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "~$b.xlsx").write_bytes(b"lock")
    (tmp_path / "说明.txt").write_text("不是工作簿", encoding="utf-8")
    assert run("check", tmp_path, "--json") == 1
    answer = document(capsys)
    assert [(one["file"], bool(one["ruleset"])) for one in answer["files"]] == [("a.xlsx", False), ("b.xlsx", True)]
    (broken,) = answer["files"][0]["findings"]
    assert (broken["kind"], broken["severity"]) == ("not-a-workbook", "error")
    assert found(answer, "unmet-full-marks")


def test_nothing_readable_is_exit_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"nothing")
    assert run("check", tmp_path / "a.xlsx", "--json") == 2
    shown = capsys.readouterr()
    assert json.loads(shown.out)["counts"]["error"] == 1
    assert "没有一个文件能够读取并计分" in shown.err
    assert run("check", tmp_path / "no.xlsx") == 2
    assert "文件不存在" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--as-of", "2026/06/30"], "--as-of 的日期“2026/06/30”不正确。请写成“年-月-日”，如 2026-06-30。"),
        (["--ruleset", "nirgends"], "没有名为“nirgends”的规则集。"),
        (["--against", "no.xlsx"], "申报表“no.xlsx”无法使用：不是可读取的工作簿：文件不存在"),
        (["--previous", "no.xlsx"], "上年自评表“no.xlsx”无法使用：不是可读取的工作簿：文件不存在"),
        (["--accepted", "no.xlsx"], "问题清单“no.xlsx”无法读取：不是可读取的工作簿：文件不存在"),
        (["-o", "no/where.xlsx"], "输出文件夹“no”不存在。"),
        (["-o", "a.csv"], "问题清单的文件名应以 .xlsx 结尾。请改用“a.xlsx”。"),
        (["-o", "in.xlsx"], "输出文件“in.xlsx”就是输入文件。"),
    ],
)
def test_wrong_use_is_told_in_one_chinese_sentence(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = evaluation(tmp_path / "in.xlsx").read_bytes()
    assert run("check", "in.xlsx", *arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err
    assert len(shown.err.splitlines()) == 1
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"in.xlsx": before}


def test_an_empty_folder_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", tmp_path) == 2
    assert capsys.readouterr().err.startswith("没有可以校验的工作簿。")


def test_a_declaration_is_held_against_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluation(tmp_path / "a.xlsx")
    rows = [ROWS[0]._replace(target="≥200人"), *ROWS[1:], ROWS[0]._replace(name="按时完成率", target="100%")]
    declared = declaration(tmp_path / "申报.xlsx", rows)
    run("check", tmp_path / "a.xlsx", "--against", declared, "--json")
    answer = document(capsys)
    assert found(answer, "target-changed") == [("a.xlsx", "Sheet1", "D4", "“培训人数”的目标值，申报表（申报表!D4）为“≥200人”，自评表为“≥100人”")]
    assert found(answer, "indicator-dropped") == [("a.xlsx", "Sheet1", "", "申报表“申报.xlsx”中的“按时完成率”（申报表!C8），目标值“100%”，在自评表中没有")]
    assert found(answer, "indicator-added") == []


def test_declarations_and_last_years_find_their_departments(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    water, forest, other = "某市水利局", "某市林业局", "某市民政局"
    evaluation(tmp_path / "in" / "a.xlsx", department=water)
    evaluation(tmp_path / "in" / "b.xlsx", department=forest)
    evaluation(tmp_path / "old" / "x.xlsx", [ROWS[0]._replace(actual="1人"), *ROWS[1:]], forest, 2022)
    evaluation(tmp_path / "old" / "y.xlsx", department=other, year=2022)
    run("check", tmp_path / "in", "--previous", tmp_path / "old", "--json")
    answer = document(capsys)
    assert found(answer, "jump-from-last-year") == [("b.xlsx", "Sheet1", "E4", "“培训人数”的实现值为“120人”，2022 年为“1人”，是上年的 120 倍")]
    assert answer["notes"] == ["有 1 份自评表没有对应的上年自评表，未作比较：“a.xlsx”。", "“y.xlsx”（某市民政局）与各份自评表都不对应，未使用。"]


def test_one_department_sent_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluation(tmp_path / "1" / "a.xlsx")
    evaluation(tmp_path / "2" / "a.xlsx")
    run("check", tmp_path, "--json")
    answer = document(capsys)
    assert [f[0] for f in found(answer, "duplicate-submission")] == [str(tmp_path / "1" / "a.xlsx"), str(tmp_path / "2" / "a.xlsx")]


def test_several_tables_of_one_workbook_are_all_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from openpyxl import load_workbook  # noqa: PLC0415

    path = evaluation(tmp_path / "a.xlsx", sheet="项目一")
    book = load_workbook(path)
    second = book.copy_worksheet(book["项目一"])
    second.title = "项目二"
    second["C4"] = "发放宣传册"
    book.save(path)
    run("check", path, "--json")
    assert [f[1:3] for f in found(document(capsys), "unmet-full-marks")] == [("项目一", "G5"), ("项目二", "G5")]


def test_the_terminal_groups_by_severity_then_file_without_colours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluation(tmp_path / "a.xlsx")
    (tmp_path / "b.xlsx").write_bytes(b"nothing")
    assert run("check", tmp_path) == 1
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0].startswith("错误 ")
    assert lines.index("  a.xlsx") < lines.index("  b.xlsx")
    assert "    Sheet1!G5  PE303 unmet-full-marks" in lines
    assert "      未完成却得满分：完成率 94.74%，自评得满分 30；应为：28.42。请按评分规则扣分，或更正实现值。" in lines
    assert lines[-1].startswith("共校验 2 个文件（1 个无法读取或无法计分）：错误 ")
    assert "\x1b" not in shown.out + shown.err
    assert shown.err == ""


def test_an_accepted_finding_stays_listed_and_counts_for_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, issues = evaluation(tmp_path / "a.xlsx"), tmp_path / "问题清单.xlsx"
    assert run("check", path, "-o", issues, "--json") == 1
    errors = [f for f in document(capsys)["files"][0]["findings"] if f["severity"] == "error"]
    for code in {f["code"] for f in errors}:
        assert review(issues, code, "接受：原始资料已核对", "李四")
    assert run("check", path, "-o", issues, "--json") == 0
    answer = document(capsys)
    assert (answer["counts"]["error"], answer["counts"]["accepted"]) == (0, len(errors))
    assert [f["accepted"] for f in answer["files"][0]["findings"] if f["severity"] == "error"] == [{"by": "李四", "reason": "原始资料已核对"}] * len(errors)
    line = next(r for r in cells(issues) if r[2] == UNMET)
    assert (line[1], line[12], line[13]) == ("已接受（错误）", "接受：原始资料已核对", "李四")
    assert run("check", path, "-o", issues) == 0  # once more: the review is kept from list to list
    assert "已由 李四 接受：原始资料已核对" in capsys.readouterr().out


def test_a_renamed_file_keeps_its_reviews_and_a_changed_finding_is_open_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, issues = evaluation(tmp_path / "a.xlsx"), tmp_path / "问题清单.xlsx"
    run("check", path, "-o", issues)
    review(issues, UNMET, "同意，已另行批复", "李四")
    renamed = evaluation(tmp_path / "改名.xlsx")
    capsys.readouterr()
    run("check", renamed, "--accepted", issues, "--json")
    assert [f["accepted"] for f in document(capsys)["files"][0]["findings"] if f["code"] == UNMET] == [{"by": "李四", "reason": "已另行批复"}]
    changed = evaluation(tmp_path / "b.xlsx", [ROWS[0], ROWS[1]._replace(actual="80%"), *ROWS[2:]])
    assert run("check", changed, "--accepted", issues, "--json") == 1
    answer = document(capsys)
    assert [f["accepted"] for f in answer["files"][0]["findings"] if f["code"] == UNMET] == [None]
    assert any(n.startswith("以前接受过的问题中有 1 项在本次结果里没有，或其内容已经改变") for n in answer["notes"])
    other = evaluation(tmp_path / "其他" / "a.xlsx", department="某市林业局")
    assert run("check", other, "--accepted", issues, "--json") == 1
    assert document(capsys)["counts"]["accepted"] == 0


@pytest.mark.parametrize(
    ("opinion", "by", "note"),
    [
        ("接受：已核对", "", "没有填写“复核人”"),
        ("接受", "李四", "没有写明理由"),
        ("不同意，退回", "李四", ""),
        ("待核实", "李四", ""),
    ],
)
def test_an_opinion_that_does_not_accept_is_kept_and_the_finding_stays_open(
    opinion: str, by: str, note: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, issues = evaluation(tmp_path / "a.xlsx"), tmp_path / "问题清单.xlsx"
    run("check", path, "-o", issues)
    assert review(issues, UNMET, opinion, by) == 1
    capsys.readouterr()
    assert run("check", path, "-o", issues, "--json") == 1
    answer = document(capsys)
    assert answer["counts"]["accepted"] == 0
    assert any(note in n for n in answer["notes"]) if note else answer["notes"] == []
    line = next(r for r in cells(issues) if r[2] == UNMET)
    assert (line[1], line[12] or "", line[13] or "") == ("错误", opinion, by)


def test_a_review_in_the_departments_own_workbook_counts_and_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from openpyxl import load_workbook  # noqa: PLC0415

    path = evaluation(tmp_path / "a.xlsx")
    book = load_workbook(path)
    sheet = book.create_sheet("问题清单")
    sheet.append(["编号", "工作表", "单元格", "发现", "复核意见", "复核人"])
    sheet.append([UNMET, "Sheet1", "G5", "完成率 94.74%，自评得满分 30", "接受（已核对）", "王五"])
    book.save(path)
    run("check", path, "--json")
    answer = document(capsys)
    assert [f["accepted"] for f in answer["files"][0]["findings"] if f["code"] == UNMET] == [{"by": "王五", "reason": "已核对"}]
    assert answer["notes"] == ["有 1 项问题按“a.xlsx”的问题清单视为已接受。"]


def test_an_issue_list_in_the_folder_is_no_submission(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evaluation(tmp_path / "a.xlsx")
    run("check", tmp_path / "a.xlsx", "-o", tmp_path / "上次.xlsx")
    capsys.readouterr()
    run("check", tmp_path, "--json")
    answer = document(capsys)
    assert ([one["file"] for one in answer["files"]], answer["notes"]) == (["a.xlsx"], ["“上次.xlsx”是问题清单，不是自评表，未校验。"])


def test_explain_all_is_a_catalogue_with_every_kind_under_its_anchor(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", "--all") == 0
    first = capsys.readouterr().out
    codes = [line.split()[1] for line in first.splitlines() if line.startswith("### ")]
    assert codes == sorted(k.code for k in KINDS.values())
    for kind in KINDS.values():
        assert first.count(f'<a id="{kind.kind}"></a>') == 1
        assert f"](#{kind.kind})" in first
        assert f"### {kind.code} {kind.title}\n" in first
    run("explain", "--all")
    assert capsys.readouterr().out == first
    assert run("explain") == 2
    assert "perfeval explain --all" in capsys.readouterr().err


def test_what_a_folder_holds_besides_its_submissions_is_not_checked_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Declaration, last year's table and the issue list may lie in the same folder."""
    evaluation(tmp_path / "a.xlsx")
    old = evaluation(tmp_path / "去年.xlsx", year=2022)
    declared, issues = declaration(tmp_path / "申报.xlsx", ROWS), tmp_path / "问题清单.xlsx"
    for _ in range(2):
        run("check", tmp_path, "--against", declared, "--previous", old, "-o", issues, "--json")
        answer = document(capsys)
        assert ([one["file"] for one in answer["files"]], answer["notes"]) == (["a.xlsx"], [])


def test_the_inputs_are_never_changed(tmp_path: Path) -> None:
    paths = [evaluation(tmp_path / "a.xlsx"), evaluation(tmp_path / "去年.xlsx", year=2022), declaration(tmp_path / "申报.xlsx", ROWS)]
    before = [p.read_bytes() for p in paths]
    run("check", paths[0], "--previous", paths[1], "--against", paths[2], "-o", tmp_path / "问题清单.xlsx")
    assert [p.read_bytes() for p in paths] == before
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*(p.name for p in paths), "问题清单.xlsx"])


def test_a_check_that_fails_names_its_file_and_what_a_rule_set_leaves_out_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluation(tmp_path / "a.xlsx")
    evaluation(tmp_path / "b.xlsx", department="某市林业局")

    def audited(submission: Submission, *_: object, **__: object) -> Audit:
        if submission.file == "a.xlsx":
            raise ZeroDivisionError
        return Audit([], [SwitchedOff(KINDS["zero-weight"], 3, "本市不设该要求", "某文件")])

    monkeypatch.setattr(module, "full_audit", audited)
    assert run("check", tmp_path, "--json") == 1
    answer = document(capsys)
    assert found(answer, "unreadable-part") == [("a.xlsx", "", "", "校验时出错（ZeroDivisionError），该文件没有校验完")]
    assert answer["notes"] == ["规则集不报告“分值为零”（PE403），略去 3 项。原因：本市不设该要求（某文件）"]
