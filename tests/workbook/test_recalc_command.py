"""`perfeval recalc`: what it writes, prints and refuses; the input is never changed."""

from __future__ import annotations

import io
import json
import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from perfeval_xl.cli import main
from perfeval_xl.workbook import package, refill
from perfeval_xl.workbook.fresh import RESULT_SHEET
from tests.support.rich import FORM, members, rich_form, zipped

SAMPLES = Path(__file__).parents[2] / "workbooks" / "samples"
EXPECTED = [
    ("F5", "rate", "0%", "95%", True), ("H5", "score", "50", "47.5", False), ("F6", "rate", "106%", "106.67%", False), ("F7", "rate", "", "100%", False),
    ("F8", "rate", "", "94.74%", False), ("H8", "score", "", "9.47", False), ("H9", "total", "90", "96.97", True),
]  # fmt: skip


@pytest.fixture
def form(tmp_path: Path) -> Path:
    path = tmp_path / "自评.xlsx"
    path.write_bytes(rich_form())
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, Any, str]:
    status = main(["recalc", *map(str, arguments), "--json"])
    shown = capsys.readouterr()
    return status, json.loads(shown.out) if shown.out else None, shown.err


def changed(answer: Any) -> list[tuple[str, str, str, str, bool]]:
    return [(c["cell"], c["field"], c["old"], c["new"], c["formula"]) for c in answer["changes"]]


def test_the_computed_cells_are_written_and_every_other_part_stays(form: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, out = form.read_bytes(), form.with_name("结果.xlsx")
    status, answer, _ = run(capsys, form, "-o", out)
    assert (status, answer["method"], answer["output"], answer["total"]["score"]) == (1, "patched", str(out), "96.97")
    assert changed(answer) == EXPECTED
    assert answer["kept"] == []
    assert answer["notes"][:2] == [refill.FORMULAS, refill.OTHERS]
    assert form.read_bytes() == before
    old, new = members(before), members(out.read_bytes())
    assert [n for n in old if old[n] != new[n]] == ["xl/worksheets/sheet1.xml"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sheet = load_workbook(out, data_only=True)[FORM]
    assert [sheet[c].value for c in ("F5", "F6", "F7", "F8", "H5", "H8", "H9")] == [0.95, "106.67%", 1, "94.74%", 47.5, 9.47, 96.97]
    assert sorted(p.name for p in form.parent.iterdir()) == ["结果.xlsx", "自评.xlsx"]


@pytest.mark.parametrize("name", ["自评.xlsx", *sorted(p.name for p in SAMPLES.glob("*.xlsx"))])
def test_a_second_run_changes_nothing(name: str, form: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = form if name == form.name else SAMPLES / name
    first, second = tmp_path / "1.xlsx", tmp_path / "2.xlsx"
    run(capsys, source, "-o", first)
    _, answer, _ = run(capsys, first, "-o", second)
    assert answer["changes"] == []
    assert first.read_bytes() == second.read_bytes()


def test_the_table_of_changes_is_printed(form: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recalc", str(form), "-o", str(form.with_name("b.xlsx"))]) == 1
    out = capsys.readouterr().out
    for words in ("自评表!H5", "培训人数", "47.5", "（空）", "保留公式", "改动 7 个单元格。", "合计：分值 100，得分 96.97", "已写入"):
        assert words in out


def test_unscored_rows_are_listed_with_the_value_they_keep(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recalc", str(SAMPLES / "tianchang-2022.xlsx"), "-o", str(tmp_path / "b.xlsx")]) == 1
    out = capsys.readouterr().out
    assert "以下 7 个单元格保留原值：" in out
    assert "自评表!G8 得分 工程质量合格：10 — 未能计分，保留原值" in out


def test_nothing_wrong_gives_exit_status_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, answer, _ = run(capsys, SAMPLES / "zhongjiang-2022.xlsx", "-o", tmp_path / "b.xlsx")
    assert (status, answer["changes"], answer["kept"]) == (0, [], [])
    assert (tmp_path / "b.xlsx").read_bytes() == (SAMPLES / "zhongjiang-2022.xlsx").read_bytes()


def test_another_rule_set_can_be_asked_for(form: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, answer, _ = run(capsys, form, "-o", form.with_name("b.xlsx"), "--ruleset", "jiangxi-project-2017")
    assert answer["ruleset"]["id"] == "jiangxi-project-2017"
    assert run(capsys, form, "-o", form.with_name("c.xlsx"), "--ruleset", "nirgends")[0] == 2
    assert not form.with_name("c.xlsx").exists()


def _same(form: Path) -> Path:
    return form


def _other_spelling(form: Path) -> Path:
    (form.parent / "d").mkdir()
    return form.parent / "d" / ".." / form.name


def _symbolic(form: Path) -> Path:
    link = form.with_name("link.xlsx")
    link.symlink_to(form)
    return link


def _hard(form: Path) -> Path:
    link = form.with_name("hard.xlsx")
    link.hardlink_to(form)
    return link


def _through_folder(form: Path) -> Path:
    link = form.parent.parent / "folder link"
    link.symlink_to(form.parent, target_is_directory=True)
    return link / form.name


@pytest.mark.parametrize("spell", [_same, _other_spelling, _symbolic, _hard, _through_folder])
def test_the_output_may_not_be_the_input_however_it_is_spelled(spell: Any, form: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = form.read_bytes()
    status, _, message = run(capsys, form, "-o", spell(form))
    assert (status, form.read_bytes()) == (2, before)
    assert "就是输入文件" in message


@pytest.mark.parametrize(
    ("output", "message"),
    [("b.xls", "输出文件名应以 .xlsx 结尾，否则 Excel 拒绝打开。请改用“b.xlsx”。"), ("b.xlsm", "应以 .xlsx 结尾"), ("nowhere/b.xlsx", "不存在。请先建立该文件夹"),
     (".", "是一个文件夹"), ("x" * 300 + ".xlsx", "不可用"), ("pipe.xlsx", "不是普通文件")],
)  # fmt: skip
def test_an_output_that_cannot_be_is_refused(output: str, message: str, form: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(form.parent / "pipe.xlsx")
    names = sorted(form.parent.iterdir())
    status, _, error = run(capsys, form, "-o", form.parent / output)
    assert status == 2
    assert message in error
    assert len(error.splitlines()) == 1
    assert sorted(form.parent.iterdir()) == names


def test_a_workbook_with_macros_keeps_its_ending(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "a.xlsm"
    source.write_bytes(rich_form(macros=True))
    assert "请改用“b.xlsm”" in run(capsys, source, "-o", tmp_path / "b.xlsx")[2]
    _, answer, _ = run(capsys, source, "-o", tmp_path / "b.xlsm")
    assert changed(answer) == EXPECTED
    assert members(source.read_bytes())["xl/vbaProject.bin"] == members((tmp_path / "b.xlsm").read_bytes())["xl/vbaProject.bin"]


def test_a_failed_write_leaves_the_old_output_and_nothing_else(form: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    out = form.with_name("b.xlsx")
    out.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    status, _, message = run(capsys, form, "-o", out)
    assert status == 2
    assert "无法写入“b.xlsx”：没有写入权限，磁盘已满，或文件正被其他程序打开" in message
    assert out.read_bytes() == b"old"
    assert sorted(p.name for p in form.parent.iterdir()) == ["b.xlsx", "自评.xlsx"]


def test_an_output_that_exists_is_replaced_and_keeps_its_mode(form: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = form.with_name("b.xlsx")
    out.write_bytes(b"old")
    out.chmod(0o640)
    run(capsys, form, "-o", out)
    assert out.read_bytes()[:2] == b"PK"
    assert out.stat().st_mode & 0o777 == 0o640


def test_a_file_saved_by_someone_while_it_is_read_is_not_mixed(form: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    states = iter([(1, 1, 1), (1, 2, 1), (1, 2, 1)])
    monkeypatch.setattr(refill, "state_of", lambda _: next(states))
    status, _, message = run(capsys, form, "-o", form.with_name("b.xlsx"))
    assert (status, message.strip()) == (2, "文件“自评.xlsx”在读取期间被改动。请在保存并关闭该文件后重试。")
    assert not form.with_name("b.xlsx").exists()


@pytest.mark.parametrize("name", ["missing.xlsx", "text.xlsx"])
def test_an_input_that_cannot_be_read_gives_one_sentence(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.xlsx").write_text("不是工作簿", encoding="utf-8")
    (tmp_path / "b.xlsx").write_bytes(b"old")
    status, answer, message = run(capsys, tmp_path / name, "-o", tmp_path / "b.xlsx")
    assert (status, answer, len(message.splitlines())) == (2, None, 1)
    assert f"[{name}]：不是可读取的工作簿" in message
    assert (tmp_path / "b.xlsx").read_bytes() == b"old"


def signed(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        contents = {n: archive.read(n) for n in archive.namelist()}
    mark = b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin" Target="_xmlsignatures/origin.sigs"/>'
    contents["_rels/.rels"] = contents["_rels/.rels"].replace(b"</Relationships>", mark + b"</Relationships>")
    return zipped(contents | {"_xmlsignatures/origin.sigs": b""})


def test_a_broken_signature_is_announced(form: Path, capsys: pytest.CaptureFixture[str]) -> None:
    form.write_bytes(signed(form.read_bytes()))
    _, answer, _ = run(capsys, form, "-o", form.with_name("b.xlsx"))
    assert answer["notes"][0] == refill.SIGNED


def test_where_parts_cannot_be_kept_a_new_workbook_holds_table_and_results(form: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As for .xls, .ods and text files, which have no parts to keep."""
    monkeypatch.setattr(package.Package, "__init__", _no_package)
    out = form.with_name("b.xlsx")
    status, answer, _ = run(capsys, form, "-o", out)
    assert (status, answer["method"]) == (1, "new")
    assert answer["notes"][0].startswith("文件不是 .xlsx 或 .xlsm 工作簿，不能原样修改。已将表格和计算结果写入新的工作簿；")
    monkeypatch.undo()
    book = load_workbook(out)
    assert book.sheetnames == [FORM, RESULT_SHEET]
    assert [book[FORM][c].value for c in ("A1", "F5", "F6", "F7", "H5", "H8", "H9")] == ["2023年度项目支出绩效自评表", 0.95, "106.67%", "100%", 47.5, 9.47, 96.97]
    assert [str(r) for r in book[FORM].merged_cells.ranges] == ["A1:I1"]
    rows = [[c.value for c in line] for line in book[RESULT_SHEET].iter_rows(min_row=3)]
    assert rows[1] == ["H5", "产出指标", "数量指标", "培训人数", "≥100人", "95人", 0.95, 50, 47.5, 50, "填报 50，计算 47.5"]
    assert rows[-1] == [None, "合计", None, None, None, None, None, 100, 96.97, 90, "优"]
    second = form.with_name("c.xlsx")
    assert run(capsys, out, "-o", second)[1]["changes"] == []


def _no_package(*_: object) -> None:
    raise package.PatchError("文件不是 .xlsx 或 .xlsm 工作簿")
