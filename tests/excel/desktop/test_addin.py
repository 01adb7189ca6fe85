"""The add-in as a file: what the ribbon calls, what olevba reads, what Excel's rules for packages and ribbons ask."""

from __future__ import annotations

import hashlib
import inspect
import re
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree
from PIL import Image

from perfeval_xl.cli import cli
from perfeval_xl.excel import udfs
from perfeval_xl.excel.commands import COMMANDS
from perfeval_xl.excel.desktop import standalone
from perfeval_xl.excel.desktop.assets import material
from perfeval_xl.excel.desktop.build import BuildError, Built, build
from perfeval_xl.excel.desktop.ribbon import NAMESPACE, buttons
from tests.support.addin import ROOT, sheet_rows, sources

RIBBON = (material() / "ribbon" / "customUI14.xml").read_bytes()
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
# [MS-CUSTOMUI2] 2.2: ids ST_ID, key tips ST_KeyTip (1 to 3 characters), labels and tips ST_String and ST_LongString (1,024)
LONGEST = {"label": 1024, "screentip": 1024, "supertip": 1024, "keytip": 3}


# the ribbon and what it calls


def test_the_interface_s_eleven_buttons_stand_in_its_four_groups() -> None:
    assert {b.name: b.group for b in buttons(RIBBON)} == {
        "newTable": "填报", "recalculate": "填报", "check": "填报", "allocateWeights": "填报", "undo": "填报", "merge": "汇总", "findings": "汇总",
        "report": "报告", "rulesets": "工具", "doctor": "工具", "help": "工具",
    }  # fmt: skip


def test_every_callback_of_the_ribbon_is_a_procedure_of_the_right_form(addin: Path) -> None:
    source = sources(addin)["PerfevalRibbon"]
    found = re.findall(r"(?m)^Public Sub (\w+)\(control As IRibbonControl\)\s+PerfevalRun \"(\w+)\", (?:True|False)\s+End Sub\s*$", source)
    assert dict(found) == {b.callback: b.name for b in buttons(RIBBON)}
    assert len(found) == len(re.findall(r"(?m)^End Sub", source)) == 11


def test_every_callback_calls_a_command_that_exists(addin: Path) -> None:
    called = re.findall(r'PerfevalRun "(\w+)"', sources(addin)["PerfevalRibbon"])
    assert sorted(called) == sorted(COMMANDS)
    assert all(callable(COMMANDS[name]) for name in called)


def test_what_a_button_runs_is_python_that_can_be_imported(addin: Path) -> None:
    """The very text that VBA sends, up to the button's name, run by Python."""
    (command,) = re.findall(r'RunPython "(.+?)" & command', sources(addin)["PerfevalGuard"])
    imported = command.partition(";")[0]
    program = f"{imported}; assert callable(press_button); press_button('nothing')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr.strip().endswith("KeyError: 'nothing'"), done.stderr


def test_every_function_is_in_vba_with_the_arguments_python_has(addin: Path) -> None:
    heads = dict(re.findall(r"(?m)^Function (\w+)\((.*)\)\s*$", sources(addin)["PerfevalFunctions"]))
    assert sorted(heads) == sorted(function.__name__ for function in udfs.FUNCTIONS)
    assert len(heads) == 8
    for function in udfs.FUNCTIONS:
        names = re.findall(r"(Optional )?(\w+)(?:, |$)", heads[function.__name__])
        arguments = inspect.signature(function).parameters.values()
        assert [(name, bool(optional)) for optional, name in names] == [(a.name, a.default is not a.empty) for a in arguments]


def test_a_function_that_fails_shows_not_available_never_a_text(addin: Path) -> None:
    source = sources(addin)["PerfevalFunctions"]
    assert source.count("= CVErr(2042)") == 8
    assert "Err.Description" not in source


def test_functions_are_never_given_the_active_workbook(addin: Path) -> None:
    """xlwings takes sheets called *.py of the workbook it is given for code."""
    assert "ActiveWorkbook" not in sources(addin)["PerfevalFunctions"]


def test_every_procedure_our_vba_calls_exists(addin: Path) -> None:
    found = sources(addin)
    everything = "\n".join(found.values())
    called = {name for source in found.values() for name in re.findall(r"\b(Perfeval[A-Z]\w+)\b", re.sub(r"(?m)'.*$", "", source))}
    modules = set(found)
    for name in called - modules:
        assert re.search(rf"(?m)^(?:Public |Private )?(?:Sub|Function) {name}\b", everything), name


def test_our_vba_is_ascii_in_short_lines_ended_as_windows_does() -> None:
    for path in (material() / "vba").iterdir():
        data = path.read_bytes()
        assert data.isascii(), path.name
        assert data.count(b"\n") == data.count(b"\r\n") > 0, path.name
        assert max(map(len, data.splitlines())) < 1023, path.name


# the ribbon's own rules


def test_ids_and_key_tips_are_valid_and_unique() -> None:
    root = etree.fromstring(RIBBON)
    assert root.tag == f"{{{NAMESPACE}}}customUI"
    ids = [str(e.get("id")) for e in root.iter() if e.get("id")]
    assert len({i.lower() for i in ids}) == len(ids) == 11 + 4 + 1
    assert all(re.fullmatch(r"[A-Za-z_]\w*", i, re.ASCII) for i in ids)
    tips = [b.key_tip for b in buttons(RIBBON)]
    assert all(re.fullmatch("[A-Z]{1,3}", tip) for tip in tips)
    assert not [(a, b) for a in tips for b in tips if a is not b and b.startswith(a)], "Excel would act at the first letter"


def test_every_button_says_in_chinese_what_it_does() -> None:
    root = etree.fromstring(RIBBON)
    for button in root.iter(f"{{{NAMESPACE}}}button"):
        for name in ("label", "screentip", "supertip"):
            assert re.search("[\u4e00-\u9fff]", str(button.get(name))), (button.get("id"), name)
        assert all(len(str(button.get(name))) <= most for name, most in LONGEST.items())
        assert str(button.get("supertip")).endswith("。")


def test_each_icon_is_a_picture_of_one_size_with_transparency(addin: Path) -> None:
    with zipfile.ZipFile(addin) as package:
        rels = etree.fromstring(package.read("customUI/_rels/customUI14.xml.rels"))
        targets = {str(r.get("Id")): f"customUI/{r.get('Target')}" for r in rels}
        assert {b.image for b in buttons(RIBBON)} == set(targets)
        for name in targets.values():
            image = Image.open(BytesIO(package.read(name)))
            assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (64, 64))
    assert len(set(map(_digest, (material() / "ribbon" / "icons").iterdir()))) == 11


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# the package


def test_the_package_is_an_add_in_with_every_relation_and_type_in_place(addin: Path) -> None:
    with zipfile.ZipFile(addin) as package:
        assert package.testzip() is None
        names = package.namelist()
        assert len(set(names)) == len(names)
        assert names[0] == "[Content_Types].xml"
        types = etree.fromstring(package.read("[Content_Types].xml"))
        defaults = {str(e.get("Extension")) for e in types if e.get("Extension")}
        overrides = {str(e.get("PartName")): str(e.get("ContentType")) for e in types if e.get("PartName")}
        assert overrides["/xl/workbook.xml"] == "application/vnd.ms-excel.addin.macroEnabled.main+xml"
        assert overrides.get("/xl/vbaProject.bin", "") == "application/vnd.ms-office.vbaProject" or "bin" in defaults
        for name in names[1:]:
            assert f"/{name}" in overrides or name.rpartition(".")[2] in defaults, name
        for name in (n for n in names if n.endswith(".rels")):
            folder = name.partition("_rels/")[0]
            for relation in etree.fromstring(package.read(name)):
                target = str(relation.get("Target"))
                assert (target.lstrip("/") if target.startswith("/") else folder + target) in names, (name, target)
        kinds = {str(r.get("Type")): str(r.get("Target")) for r in etree.fromstring(package.read("_rels/.rels"))}
        assert kinds["http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"] == "customUI/customUI14.xml"
        assert package.read("customUI/customUI14.xml") == RIBBON


def test_every_sheet_s_code_name_is_a_document_module(addin: Path) -> None:
    """Excel repairs a workbook where they differ, and a repaired one has lost its macros."""
    with zipfile.ZipFile(addin) as package:
        parts = [n for n in package.namelist() if re.fullmatch(r"xl/(worksheets/sheet\d+|workbook)\.xml", n)]
        names = {str(e.get("codeName")) for n in parts for e in etree.fromstring(package.read(n)).iter("{*}sheetPr", "{*}workbookPr")}
    assert names == {name for name, source in sources(addin).items() if "Attribute VB_Base" in source}


def test_texts_and_descriptions_come_with_it_in_chinese(addin: Path) -> None:
    texts = dict(row[:2] for row in sheet_rows(addin, "perfeval.text"))
    keys = re.findall(r'Perfeval(?:Say|Text)\(? ?"([\w-]+)"', "\n".join(sources(addin).values()))
    assert set(keys) == set(texts)
    assert all(re.search("[\u4e00-\u9fff]", text) for text in texts.values())
    described = {row[0]: [text for text in row[1:] if text] for row in sheet_rows(addin, "perfeval.help")}
    assert sorted(described) == sorted(function.__name__ for function in udfs.FUNCTIONS)
    for name, words in described.items():
        assert all(re.search("[\u4e00-\u9fff]", text) and len(text) <= 255 for text in words), name


# building


def test_two_builds_are_equal_byte_for_byte(built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In another process, folder, time zone, and with another order of hashes."""
    for name, value in {"PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "SOURCE_DATE_EPOCH": "1"}.items():
        monkeypatch.setenv(name, value)
    other = tmp_path / "另一个 目录" / "x.xlam"
    other.parent.mkdir()
    program = "import sys; from pathlib import Path; from perfeval_xl.excel.desktop.build import build; build(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", program, str(other)], check=True, cwd=ROOT)
    assert other.read_bytes() == built.path.read_bytes()
    assert hashlib.sha256(other.read_bytes()).hexdigest() == built.sha256


def test_the_command_builds_and_says_what_is_in_it(built: Built, tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["addin", "build", "-o", str(tmp_path / "我的 插件.xlam")])
    assert done.exit_code == 0, done.output
    assert "11 个按钮" in done.stdout
    assert "8 个函数" in done.stdout
    assert built.sha256 in done.stdout


@pytest.mark.parametrize("name", ["插件.xlsx", "没有这个目录/perfeval.xlam", "."])
def test_where_it_cannot_be_written_the_command_says_so_and_writes_nothing(tmp_path: Path, name: str) -> None:
    done = CliRunner().invoke(cli, ["addin", "build", "-o", str(tmp_path / name)])
    assert done.exit_code == 2
    assert re.search("[\u4e00-\u9fff]", done.stderr)
    assert not any(tmp_path.iterdir())


def test_functions_that_cannot_be_imported_leave_the_old_add_in_in_place(tmp_path: Path) -> None:
    out = tmp_path / "perfeval.xlam"
    out.write_bytes(b"the old one")
    with pytest.raises(BuildError, match="无法读取工作表函数"):
        build(out, functions="perfeval_xl.no_such_module")
    assert out.read_bytes() == b"the old one"
    assert [p.name for p in tmp_path.iterdir()] == [out.name]


def test_a_button_without_a_command_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fewer_commands.py").write_text("COMMANDS = {'check': None, 'other': None}\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(BuildError, match=r"按钮与命令不一致.*merge.*other"):
        build(tmp_path / "perfeval.xlam", commands="fewer_commands")


def test_a_function_with_an_argument_vba_has_a_word_for_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "import xlwings as xw\n@xw.func\ndef PE_X(next):\n    return next\nFUNCTIONS = (PE_X,)\n"
    (tmp_path / "bad_functions.py").write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(BuildError, match="PE_X 的参数名是 VBA 的保留字：next"):
        build(tmp_path / "perfeval.xlam", functions="bad_functions")


def test_an_xlwings_that_is_not_as_expected_stops_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standalone, "installed_module", lambda: 'Public Const XLWINGS_VERSION As String = "9.9.9"')
    with pytest.raises(BuildError, match="与本程序预期的不同"):
        build(tmp_path / "perfeval.xlam")
    assert not any(tmp_path.glob("*.xlam"))
