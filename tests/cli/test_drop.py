"""Files dropped on the .cmd files: each button has its counterpart, names survive whatever is in them, nothing is replaced.

Unproven here: cmd.exe itself. What it is given is checked as text, and what it hands on is parsed as Explorer writes it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
import shutil
from pathlib import Path
from types import ModuleType

import platformdirs
import pytest

from perfeval_xl.cli import main
from perfeval_xl.cli.drop import TASKS, dropped
from perfeval_xl.excel.commands import COMMANDS
from perfeval_xl.excel.desktop.assets import material

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "workbooks" / "samples" / "yuangang-2023.xlsx"
TOOLS = material() / "tools"


@pytest.fixture(autouse=True)
def own_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERFEVAL_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("PERFEVAL_LINE", raising=False)


def _tools_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tools", ROOT / "addin" / "tools.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_button_of_the_ribbon_has_a_file_to_drop_on() -> None:
    assert list(TASKS) == list(COMMANDS)
    assert {t.script for t in TASKS.values()} == {p.name for p in TOOLS.glob("*.cmd") if not p.name.isascii()}


def test_the_files_are_as_the_script_makes_them() -> None:
    made = _tools_script().files()
    assert {p.name: p.read_bytes() for p in TOOLS.iterdir()} == made


@pytest.mark.parametrize("path", [*sorted(TOOLS.glob("*.cmd")), *sorted((material() / "offline").glob("*.cmd"))], ids=lambda p: p.name)
def test_a_cmd_file_reads_the_same_in_every_code_page(path: Path) -> None:
    """ASCII, CR LF, every path in quotes, no argument put into the text of a command."""
    data = path.read_bytes()
    assert data.isascii()
    assert not data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\n") == data.count(b"\r\n")
    assert data.endswith(b"\r\n")
    lines = data.decode("ascii").split("\r\n")
    assert lines[0] == "@echo off"
    code = [line for line in lines if not line.startswith("rem ")]
    assert not any(re.search(r"(?i)\bcall\b", line) for line in code)
    for line in code:
        if path.parent == TOOLS:
            assert not re.search(r"%[*1-9]|%~[a-z]*[1-9]", line), line  # dropped names never become text of a command
        unquoted = re.sub(r'"[^"]*"', '""', line)
        assert not re.search(r"%~dp0|%USERPROFILE%|%PERFEVAL_(PYTHON|CONF)%", unquoted), line
        assert line.count('"') % 2 == 0, line
    labels = {line[1:] for line in code if line.startswith(":")}
    assert {m for line in code for m in re.findall(r"(?i)\bgoto (\w+)", line)} == labels


def test_the_common_part_hands_the_command_line_on_untouched() -> None:
    """Delayed expansion puts the line in after the parser has done its work; the interpreter's path too, for a ! in it is set before."""
    lines = (TOOLS / "perfeval-run.cmd").read_bytes().decode("ascii").split("\r\n")
    enabled = lines.index("setlocal EnableDelayedExpansion")
    assert lines.index("setlocal DisableDelayedExpansion") < lines.index('set "PERFEVAL_PYTHON="') < enabled
    assert lines[enabled + 1] == 'set "PERFEVAL_LINE=!cmdcmdline!"'
    assert lines[enabled + 2] == '"!PERFEVAL_PYTHON!" -X utf8 -P -m perfeval_xl.cli drop !PERFEVAL_TASK!'
    assert "exit !PERFEVAL_STATUS!" in lines  # without /b: what stands behind an & in a name is never run


def test_a_button_runs_the_users_own_common_part_before_one_that_lies_beside_it() -> None:
    for path in TOOLS.glob("*.cmd"):
        if path.name != "perfeval-run.cmd":
            runs = re.findall(r'if exist "([^"]+)"', path.read_text(encoding="ascii"))
            assert runs == [r"%USERPROFILE%\.perfeval\perfeval-run.cmd", "%~dp0perfeval-run.cmd"]


@pytest.mark.parametrize("record", ["5", "null", "[1]", '["ab"]', '"x"', "{"])
def test_a_broken_record_of_the_last_drop_is_no_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], record: str) -> None:
    monkeypatch.setenv("PERFEVAL_STATE", str(tmp_path))
    (tmp_path / "last-drop.json").write_text(record, encoding="utf-8")
    assert main(["drop", "undo"]) == 0
    assert "Traceback" not in capsys.readouterr().err


SHELL = r"C:\WINDOWS\system32\cmd.exe"
LINES = [
    (rf'{SHELL} /c ""D:\工具\校验.cmd" D:\a&b.xlsx"', [r"D:\a&b.xlsx"]),
    (rf'{SHELL} /c ""D:\工具\校验.cmd" "D:\我的 表.xlsx" D:\b^c!%PATH%.xlsx"', [r"D:\我的 表.xlsx", r"D:\b^c!%PATH%.xlsx"]),
    (rf'{SHELL} /c ""D:\工 & 具\校验.cmd" "\\server\共享 (2)\表,1;2=3.xlsx""', [r"\\server\共享 (2)\表,1;2=3.xlsx"]),
    (rf'{SHELL} /c ""D:\校验.cmd" "D:\a & calc.exe & .xlsx""', [r"D:\a & calc.exe & .xlsx"]),
    (rf'"{SHELL}" /d /c ""D:\校验.CMD" D:\a.xlsx"', [r"D:\a.xlsx"]),
    (rf"{SHELL} /c D:\校验.cmd D:\a.xlsx", [r"D:\a.xlsx"]),
    (rf'{SHELL} /c D:\校验.cmd "D:\a b.xlsx"', [r"D:\a b.xlsx"]),
    (rf'{SHELL} /c ""D:\诊断.cmd" "', []),
    (rf'{SHELL} /c ""D:\诊断.cmd""', []),
    (f'"{SHELL}" ', []),
    (rf'{SHELL} /c "python.exe x.py D:\a.xlsx"', []),
    ("", []),
    (f'{SHELL} /c "', []),
]


@pytest.mark.parametrize(("line", "files"), LINES)
def test_names_come_out_of_the_command_line_whole(line: str, files: list[str]) -> None:
    assert dropped(line) == files


def _cmd_line(*files: Path) -> str:
    """As Explorer writes it: in quotes only where there is a space."""
    return f'{SHELL} /c ""D:\\x.cmd" ' + " ".join(f'"{f}"' if " " in str(f) else str(f) for f in files) + '"'


ODD = "元岗 & ^100%!(最终),a=b;c.xlsx"


def test_a_dropped_file_is_recalculated_beside_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / ODD
    shutil.copy2(SAMPLE, source)
    before = source.read_bytes()
    monkeypatch.setenv("PERFEVAL_LINE", _cmd_line(source))
    assert main(["drop", "recalculate"]) == 0
    assert main(["drop", "recalculate"]) == 0
    stem = ODD.removesuffix(".xlsx")
    assert sorted(p.name for p in tmp_path.glob("*.xlsx")) == sorted([ODD, f"{stem}-重新计算.xlsx", f"{stem}-重新计算(2).xlsx"])
    assert source.read_bytes() == before
    assert f"结果：{tmp_path / stem}-重新计算(2).xlsx" in capsys.readouterr().out


@pytest.mark.parametrize(("task", "made"), [("findings", "表-问题清单.xlsx"), ("report", "表-自评报告.docx"), ("merge", "表-汇总.xlsx"), ("check", None), ("newTable", "自评表.xlsx")])
def test_each_task_makes_what_its_button_makes(tmp_path: Path, task: str, made: str | None) -> None:
    source = tmp_path / "表.xlsx"
    shutil.copy2(SAMPLE, source)
    before = hashlib.sha256(source.read_bytes()).digest()
    assert main(["drop", task, str(source)]) in {0, 1}
    there = {p.name for p in tmp_path.iterdir() if p.is_file()}
    assert there == {"表.xlsx", *([made] if made else [])}
    assert hashlib.sha256(source.read_bytes()).digest() == before


def test_a_new_form_without_a_folder_goes_to_the_desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Double-clicked, the current folder is that of the .cmd files, which are deleted with the program."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "桌面").mkdir()
    (tmp_path / "资料").mkdir()
    monkeypatch.chdir(tmp_path / "tools")
    monkeypatch.setattr(platformdirs, "user_desktop_path", lambda: tmp_path / "桌面")
    assert main(["drop", "newTable"]) == 0
    assert main(["drop", "newTable", str(tmp_path / "资料")]) == 0
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.xlsx")) == ["桌面/自评表.xlsx", "资料/自评表.xlsx"]
    monkeypatch.setattr(platformdirs, "user_desktop_path", lambda: tmp_path / "没有")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert main(["drop", "newTable"]) == 0
    assert (tmp_path / "自评表.xlsx").is_file()


def test_undo_takes_the_last_results_away_but_not_what_was_changed_since(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("甲.xlsx", "乙.xlsx"):
        shutil.copy2(SAMPLE, tmp_path / name)
    assert main(["drop", "recalculate", str(tmp_path / "甲.xlsx"), str(tmp_path / "乙.xlsx")]) == 0
    (tmp_path / "乙-重新计算.xlsx").write_bytes(b"worked on")
    assert main(["drop", "undo"]) == 0
    assert sorted(p.name for p in tmp_path.glob("*.xlsx")) == ["乙-重新计算.xlsx", "乙.xlsx", "甲.xlsx"]
    assert "之后被改动过，没有删除" in capsys.readouterr().out
    assert main(["drop", "undo"]) == 0
    assert capsys.readouterr().out == "没有可以撤销的操作。拖放工具从不改动原文件。\n"


def test_without_a_file_it_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drop", "report"]) == 2
    assert capsys.readouterr().err == "请把自评表拖到“生成报告.cmd”的图标上（可以一次拖几个），不要直接双击。\n"


def test_a_name_that_windows_cut_off_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drop", "check", str(tmp_path / "没有.xlsx")]) == 2
    assert "找不到" in capsys.readouterr().err


@pytest.mark.parametrize("task", ["doctor", "help", "rulesets"])
def test_what_needs_no_file_runs_without_one(task: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drop", task]) == 0
    assert capsys.readouterr().out
