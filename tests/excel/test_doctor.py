"""The doctor on made-up PCs: what it says of each thing that stands in the way, and that it says nothing where nothing does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from perfeval_xl.cli import main
from perfeval_xl.excel.commands import COMMANDS
from perfeval_xl.excel.doctor import Diagnosis, Facts, diagnose, document, in_short, judged
from perfeval_xl.excel.host import DesktopHost
from perfeval_xl.excel.pc.facts import AddinFile, snapshot
from perfeval_xl.excel.pc.profile import made_up
from perfeval_xl.excel.pc.registry import FileRegistry, Value
from tests.support.pc import made_up_drive

C2R = r"HKLM\SOFTWARE\Microsoft\Office\ClickToRun\Configuration"
EXCEL = r"HKCU\Software\Microsoft\Office\16.0\Excel"
POLICY = r"HKCU\Software\Policies\Microsoft\Office\16.0"
ASR = r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
LOCAL_ASR = r"HKLM\SOFTWARE\Microsoft\Windows Defender\Windows Defender Exploit Guard\ASR\Rules"
CHILDREN, API = "D4F940AB-401B-4EFC-AADC-AD5F3C50688A", "92e97fa1-2edf-4476-bdd6-9dd0b4dddc7b"
CLASS = "{00024500-0000-0000-C000-000000000046}"
SERVER = rf"HKCR\CLSID\{CLASS}\LocalServer32"

HEALTHY: Mapping[str, Mapping[str, Value]] = {
    C2R: {"Platform": Value("REG_SZ", "x64"), "VersionToReport": Value("REG_SZ", "16.0.17928.20156")},
    r"HKCR\Excel.Application\CLSID": {"": Value("REG_SZ", CLASS)},
    SERVER: {"": Value("REG_SZ", r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE /automation")},
    r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage": {"ACP": Value("REG_SZ", "936")},
}
PYTHON = r"C:\ProgramData\perfeval-f49816eac4b8\0.1.0-abcd\pythonw.exe"
XLSTART = r"C:\Users\张三\AppData\Roaming\Microsoft\Excel\XLSTART"


def _dword(number: int) -> Value:
    return Value("REG_DWORD", number)


def _facts(registry: Mapping[str, Mapping[str, Value]] | None = None) -> Facts:
    """A PC on which all is well, but for what the registry says."""
    keys = {k.lower(): v for k, v in {**HEALTHY, **(registry or {})}.items()}
    return Facts(
        "win32", "0.1.0", "3.11.9", PYTHON, "0.37.8", has_pywin32=True, registry=keys, home=r"C:\Users\张三", settings={"INTERPRETER_WIN": PYTHON}, is_interpreter_there=True,
        libraries=("xlwings32-0.37.8.dll", "xlwings64-0.37.8.dll"), addin=AddinFile(XLSTART + r"\perfeval.xlam", "ab" * 32, is_current=True), startup=XLSTART, rulesets=9,
        is_log_writable=True, engine="desktop",
    )  # fmt: skip


def _trouble(facts: Facts) -> list[tuple[str, str]]:
    return [(d.kind, d.state) for d in judged(facts) if d.state in {"warning", "error"}]


def test_a_healthy_pc_has_no_trouble_and_every_subject_is_told() -> None:
    found = judged(_facts())
    assert _trouble(_facts()) == []
    assert [d.kind for d in found] == [
        "office", "excel-owner", "program", "xlwings", "log", "addin", "mark-of-the-web", "interpreter", "library", "path-encoding", "trusted-locations", "macros",
        "disabled-items", "protected-view", "copies", "two-addins", "defender", "policies", "engine",
    ]  # fmt: skip
    assert str(found[0]) == "【正常】Excel：Excel 2016 或更新版本，64 位，版本 16.0.17928.20156。"
    assert str(found[-1]) == "【正常】试算 PE_GRADE(95)：桌面插件已回答，函数可用。"


REGISTRY_CASES: list[tuple[str, Mapping[str, Mapping[str, Value]], list[tuple[str, str]], str]] = [
    ("Store Office by its program", {SERVER: {"": Value("REG_SZ", r"C:\Program Files\WindowsApps\Microsoft.Office.Desktop.Excel\EXCEL.EXE")}}, [("office", "error")], "Microsoft Store"),
    ("WPS owns Excel.Application", {SERVER: {"": Value("REG_SZ", r"C:\Users\张三\AppData\Local\Kingsoft\WPS Office\12.1\office6\et.exe /automation")}}, [("excel-owner", "error")], "已被 WPS 占用"),
    ("nobody owns it", {r"HKCR\Excel.Application\CLSID": {}}, [("excel-owner", "warning")], "修复 Office"),
    ("trusted locations off by policy", {POLICY + r"\Excel\Security\Trusted Locations": {"AllLocationsDisabled": _dword(1)}}, [("trusted-locations", "warning"), ("macros", "warning")], "组策略“禁用所有受信任位置”"),
    ("and unsigned macros too", {EXCEL + r"\Security\Trusted Locations": {"alllocationsdisabled": _dword(1)}, POLICY + r"\Excel\Security": {"vbawarnings": _dword(3)}}, [("trusted-locations", "warning"), ("macros", "error")], "只允许签名的宏"),
    ("and all macros", {EXCEL + r"\Security\Trusted Locations": {"AllLocationsDisabled": _dword(1)}, EXCEL + r"\Security": {"VBAWarnings": _dword(4)}}, [("trusted-locations", "warning"), ("macros", "error")], "禁用所有宏"),
    ("VBA off", {POLICY + r"\Common": {"VBAOff": _dword(1)}}, [("macros", "error")], "关闭了 Office 的 VBA"),
    ("add-ins off", {EXCEL + r"\Security": {"DisableAllAddins": _dword(1)}}, [("macros", "error")], "取消“禁用所有应用程序加载项”"),
    ("add-ins signed only", {POLICY + r"\Excel\Security": {"requireaddinsig": _dword(1)}}, [("macros", "error")], "本插件没有签名"),
    ("macros of add-ins signed only", {POLICY + r"\Common\Security": {"requirealwaysonmacrosig": _dword(1)}}, [("macros", "error")], "本插件没有签名"),
    ("disabled after a crash", {EXCEL + r"\Resiliency\DisabledItems": {"1A2B": Value("REG_BINARY", "01000000" + r"c:\x\PERFEVAL.xlam".encode("utf-16-le").hex())}}, [("disabled-items", "error")], "禁用项目"),
    ("another copy", {EXCEL + r"\Options": {"OPEN1": Value("REG_SZ", '"D:\\old\\perfeval.xlam"'), "OPEN": Value("REG_SZ", "b.xlam")}}, [("copies", "warning")], "D:\\old\\perfeval.xlam"),
    ("both add-ins", {EXCEL.replace("Excel", "WEF\\Developer"): {"x": Value("REG_SZ", r"C:\perfeval-manifest.xml")}}, [("two-addins", "warning")], "只保留一个"),
    ("no child processes", {ASR: {CHILDREN: Value("REG_SZ", "1")}}, [("defender", "error")], "在该规则的排除项中加入"),
    ("no child processes, set locally", {LOCAL_ASR: {CHILDREN: _dword(1)}}, [("defender", "error")], "阻止所有 Office 应用程序创建子进程"),
    ("a policy before what was set locally", {LOCAL_ASR: {CHILDREN: _dword(1)}, ASR: {CHILDREN: Value("REG_SZ", "2")}}, [], ""),
    ("only a warning", {ASR: {API: Value("REG_SZ", "6")}}, [("defender", "warning")], "阻止 Office 宏调用 Win32 API"),
    ("managed from elsewhere", {r"HKLM\SOFTWARE\Policies\Microsoft\Windows Defender\Policy Manager": {"ASRRules": Value("REG_SZ", f"{API}=1|{CHILDREN}=1")}}, [("defender", "error")] * 2, "已设为阻止"),
    ("no cmd.exe", {r"HKCU\Software\Policies\Microsoft\Windows\System": {"DisableCMD": _dword(2)}}, [("policies", "error")], "阻止访问命令提示符"),
    ("AppLocker", {r"HKLM\SOFTWARE\Policies\Microsoft\Windows\SrpV2\Exe": {}}, [("policies", "warning")], "AppLocker"),
    ("software restrictions", {r"HKLM\SOFTWARE\Policies\Microsoft\Windows\Safer\CodeIdentifiers": {"DefaultLevel": _dword(0)}}, [("policies", "warning")], "SRP"),
    ("software restrictions that restrict nothing", {r"HKLM\SOFTWARE\Policies\Microsoft\Windows\Safer\CodeIdentifiers": {"DefaultLevel": _dword(0x40000)}}, [], ""),
    ("a code page without Chinese", {r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage": {"ACP": Value("REG_SZ", "1252")}}, [("path-encoding", "error")], "系统区域设置"),
    ("the UTF-8 code page", {r"HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage": {"ACP": Value("REG_SZ", "65001")}}, [], ""),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "expected", "words"), [c[1:] for c in REGISTRY_CASES], ids=[c[0] for c in REGISTRY_CASES])
def test_each_setting_that_stands_in_the_way_is_told_with_its_remedy(keys: Mapping[str, Mapping[str, Value]], expected: list[tuple[str, str]], words: str) -> None:
    facts = _facts(keys)
    assert _trouble(facts) == expected
    told = [str(d) for d in judged(facts) if d.state in {"warning", "error"}]
    assert all("处理办法：" in t for t in told)
    assert words in "".join(told)


FACT_CASES: list[tuple[str, dict[str, object], list[tuple[str, str]]]] = [
    ("no add-in", {"addin": None}, [("addin", "error")]),
    ("an add-in of another version", {"addin": AddinFile("x", "cd" * 32, is_current=False)}, [("addin", "error")]),
    ("an add-in that cannot be compared", {"addin": AddinFile("x", "cd" * 32)}, []),
    ("from the internet", {"addin": AddinFile("x", "ab" * 32, 3, is_current=True)}, [("mark-of-the-web", "error")]),
    ("from the intranet", {"addin": AddinFile("x", "ab" * 32, 1, is_current=True)}, []),
    ("no settings", {"settings": None, "interpreter": "", "is_interpreter_there": False, "libraries": ()}, [("interpreter", "error"), ("library", "error")]),
    ("Python gone", {"is_interpreter_there": False, "libraries": ()}, [("interpreter", "error"), ("library", "error")]),
    ("Python without a folder", {"interpreter": "python.exe"}, [("interpreter", "error")]),
    ("Python in a Chinese folder", {"interpreter": r"C:\软件\python.exe"}, [("path-encoding", "error")]),
    ("the DLL of another version", {"libraries": ("xlwings64-0.36.0.dll",)}, [("library", "error")]),
    ("the DLL of the other bitness", {"libraries": ("xlwings32-0.37.8.dll",)}, [("library", "error")]),
    ("no xlwings", {"xlwings": ""}, [("xlwings", "error"), ("library", "error")]),
    ("no pywin32", {"has_pywin32": False}, [("xlwings", "error")]),
    ("no log", {"is_log_writable": False}, [("log", "warning")]),
    ("no rule sets", {"rulesets": 0}, [("program", "error")]),
    ("the web add-in answers", {"engine": "server"}, [("engine", "warning")]),
    ("nobody answers", {"engine": "native"}, [("engine", "error")]),
    ("nobody was asked", {"engine": ""}, []),
    ("a name of a user that GBK does not have", {"home": "C:\\Users\\한"}, [("path-encoding", "error")]),
]  # fmt: skip


@pytest.mark.parametrize(("facts", "expected"), [c[1:] for c in FACT_CASES], ids=[c[0] for c in FACT_CASES])
def test_each_part_that_is_missing_or_wrong_is_told(facts: dict[str, object], expected: list[tuple[str, str]]) -> None:
    found = replace(_facts(), **facts)  # type: ignore[arg-type]
    assert _trouble(found) == expected
    assert all(d.remedy for d in judged(found) if d.state in {"warning", "error"})


@pytest.mark.parametrize(
    ("keys", "bits", "state"),
    [
        ({C2R: {"Platform": Value("REG_SZ", "x86")}}, "32 位", "ok"),
        ({C2R: {}, r"HKLM\SOFTWARE\Microsoft\Office\16.0\Excel\InstallRoot": {"Path": Value("REG_SZ", "x")}}, "64 位", "ok"),
        ({C2R: {}, r"HKLM32\SOFTWARE\Microsoft\Office\15.0\Excel\InstallRoot": {"Path": Value("REG_SZ", "x")}}, "2013，32 位", "ok"),
        ({C2R: {}, r"HKLM\SOFTWARE\Microsoft\Office\14.0\Excel\InstallRoot": {"Path": Value("REG_SZ", "x")}, r"HKLM\SOFTWARE\Microsoft\Office\14.0\Outlook": {"Bitness": Value("REG_SZ", "x86")}}, "2010，32 位", "ok"),
        ({C2R: {}, r"HKLM32\SOFTWARE\Microsoft\Office\12.0\Excel\InstallRoot": {"Path": Value("REG_SZ", "x")}}, "2007（32 位），早于", "error"),
    ],
)
def test_kind_and_bitness_of_office(keys: Mapping[str, Mapping[str, Value]], bits: str, state: str) -> None:
    first = judged(_facts(keys))[0]
    assert first.state == state
    assert bits in first.found


def test_a_pc_without_excel_says_so_and_checks_the_rest() -> None:
    wps = {"HKCU\\Software\\Kingsoft\\Office\\6.0\\Common": {"InstallRoot": Value("REG_SZ", "C:\\WPS")}}
    found = judged(replace(_facts({**wps, C2R: {}, SERVER: {}, r"HKCR\Excel.Application\CLSID": {}}), addin=None, settings=None))
    assert [(d.kind, d.state) for d in found] == [("office", "info"), ("excel-owner", "ok"), ("program", "ok"), ("xlwings", "ok"), ("log", "ok"), ("defender", "ok"), ("policies", "ok")]
    assert "本机没有安装 Excel，装有 WPS 表格" in found[0].found
    assert "拖放工具" in found[0].remedy


def test_this_machine_is_checked_as_far_as_it_goes() -> None:
    found = diagnose()
    assert all(isinstance(d, Diagnosis) for d in found)
    assert [d.kind for d in found if d.kind in {"program", "xlwings", "log"}] == ["program", "xlwings", "log"]


def test_protected_view_switched_off_is_told() -> None:
    names = ("DisableInternetFilesInPV", "DisableAttachementsInPV", "DisableUnsafeLocationsInPV")
    found = judged(_facts({EXCEL + r"\Security\ProtectedView": {n: _dword(1) for n in names}}))
    assert next(d for d in found if d.kind == "protected-view").found == "已关闭，收到的文件直接打开"


def test_a_made_up_pc_is_examined_by_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The add-in is built and installed for real, its mark put on, one setting taken away."""
    registry = {k: {n: (v.kind, v.data) for n, v in values.items()} for k, values in HEALTHY.items()}
    drive = made_up_drive(tmp_path, "zhang", registry)
    (drive / "Python311").mkdir()
    for name in ("python.exe", "pythonw.exe", "xlwings64-0.0.1.dll"):
        (drive / "Python311" / name).touch()
    assert main(["addin", "install", "--profile", str(drive)]) == 0
    addin = drive / "Users/zhang/AppData/Roaming/Microsoft/Excel/XLSTART/perfeval.xlam"
    Path(f"{addin}:Zone.Identifier").write_text("[ZoneTransfer]\r\nZoneId=3\r\n")
    capsys.readouterr()
    assert main(["addin", "doctor", "--profile", str(drive), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    states = {i["kind"]: i["state"] for i in answer["items"]}
    assert {k: states[k] for k in ("office", "addin", "mark-of-the-web", "interpreter", "library", "engine")} == {
        "office": "ok", "addin": "ok", "mark-of-the-web": "error", "interpreter": "ok", "library": "error", "engine": "info",
    }  # fmt: skip
    assert answer["counts"]["error"] >= 2
    Path(f"{addin}:Zone.Identifier").unlink()
    assert main(["addin", "uninstall", "--profile", str(drive)]) == 0
    assert main(["addin", "doctor", "--profile", str(tmp_path / "none")]) == 2


def test_the_snapshot_takes_the_keys_that_are_there(tmp_path: Path) -> None:
    registry = FileRegistry(tmp_path / "r.json")
    registry.write(EXCEL + r"\Security\Trusted Locations\Location3", "Path", Value("REG_SZ", "C:\\x\\"))
    registry.write(r"HKCU\Software\Private", "Secret", Value("REG_SZ", "x"))
    taken = snapshot(registry)
    assert (EXCEL + r"\Security\Trusted Locations\Location3").lower() in taken
    assert not any("private" in key for key in taken)


def test_the_dialog_tells_what_stands_in_the_way_first() -> None:
    found = [Diagnosis("a", "ok", "甲", "好"), Diagnosis("b", "info", "乙", "如此"), Diagnosis("c", "error", "丙", "不行", "请改"), Diagnosis("d", "warning", "丁", "可能不行", "请看")]
    assert in_short(found) == (
        "发现 2 项问题。\n\n【错误】丙：不行。处理办法：请改。\n\n【提醒】丁：可能不行。处理办法：请看。\n\n【说明】乙：如此。\n\n另有 1 项正常。运行 perfeval addin doctor 可查看全部。"
    )
    assert in_short(found[:1]).startswith("没有发现问题。")


def test_the_button_says_what_the_command_says() -> None:
    told: list[str] = []

    class Host(DesktopHost):
        def tell(self, message: str, *, is_problem: bool = False) -> None:
            assert not is_problem
            told.append(message)

    COMMANDS["doctor"](None, Host(None))
    assert told == [in_short(diagnose())]


def test_the_document_counts_the_states() -> None:
    assert document([Diagnosis("a", "ok", "甲", "乙"), Diagnosis("b", "error", "甲", "乙", "丙")]) == {
        "items": [
            {"kind": "a", "state": "ok", "subject": "甲", "found": "乙", "remedy": ""},
            {"kind": "b", "state": "error", "subject": "甲", "found": "乙", "remedy": "丙"},
        ],
        "counts": {"error": 1, "warning": 0, "info": 0, "ok": 1},
    }


def test_a_pc_that_never_had_the_add_in_is_told_to_install_it(tmp_path: Path) -> None:
    registry = {k: {n: (v.kind, v.data) for n, v in values.items()} for k, values in HEALTHY.items()}
    found = diagnose(made_up(made_up_drive(tmp_path, "张三", registry)))
    assert next(str(d) for d in found if d.kind == "addin").startswith("【错误】插件文件：C:\\Users\\张三\\AppData\\Roaming\\Microsoft\\Excel\\XLSTART 中没有 perfeval.xlam。处理办法：请运行 perfeval addin install")
