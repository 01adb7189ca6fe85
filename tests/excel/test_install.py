"""Install and uninstall on made-up Windows PCs: the whole tree and the registry are compared before and after."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from perfeval_xl.excel.install import InstallError, Request, install, uninstall
from perfeval_xl.excel.pc import journal, registry
from perfeval_xl.excel.pc.journal import MARK, Journal
from perfeval_xl.excel.pc.profile import Profile, ProfileError, made_up
from perfeval_xl.excel.pc.registry import FileRegistry, Value, value_of
from perfeval_xl.excel.pc.runtime import BundleError, Run, opened, permissions, run, uninstaller
from perfeval_xl.files import write_aside
from tests.support.pc import OPTIONS, made_up_bundle, made_up_drive, sign, state

TOOLS = [("校验.cmd", b"check"), ("run.cmd", b"run"), ("not-installed.txt", b"words")]
LISTED = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\perfeval"


def _request(drive: Path, addin: bytes = b"add-in", *, has_menu: bool = False) -> Request:
    python = drive / "Python311" / "pythonw.exe"
    return Request(addin, python, tools=TOOLS, has_menu=has_menu)


def _installed(drive: Path, request: Request) -> list[str]:
    told: list[str] = []
    install(made_up(drive), request, told.append)
    return told


def _uninstalled(drive: Path) -> list[str]:
    told: list[str] = []
    uninstall(made_up(drive), told.append)
    return told


@pytest.mark.parametrize("user", ["zhang", "张三", "O'Brien & 李%四!"])
def test_uninstall_leaves_the_pc_as_it_was(tmp_path: Path, user: str) -> None:
    drive = made_up_drive(tmp_path, user)
    before = state(drive)
    _installed(drive, _request(drive, has_menu=True))
    home = drive / "Users" / user
    assert (home / "AppData/Roaming/Microsoft/Excel/XLSTART/perfeval.xlam").read_bytes() == b"add-in"
    assert (home / ".perfeval/perfeval.conf").read_bytes() == b'"INTERPRETER_WIN","C:\\Python311\\pythonw.exe"\r\n"SHOW CONSOLE","False"\r\n'
    assert (home / "AppData/Roaming/Microsoft/Windows/SendTo/绩效自评-校验.cmd").read_bytes() == b"check"
    assert (home / ".perfeval/run.cmd").read_bytes() == b"run"
    said = value_of(made_up(drive).registry, LISTED, "UninstallString")
    assert said == Value("REG_SZ", '"C:\\Python311\\python.exe" -X utf8 -P -m perfeval_xl.cli addin uninstall')
    assert _uninstalled(drive) == ["已卸载，安装前的内容已恢复。"]
    assert state(drive) == before


def test_what_stood_there_before_comes_back(tmp_path: Path) -> None:
    """An old copy in XLSTART, settings of the user's own, an old copy in Excel's list between two others."""
    old = {"OPEN": ("REG_SZ", '/R "C:\\a.xlam"'), "OPEN1": ("REG_EXPAND_SZ", '"%APPDATA%\\Microsoft\\AddIns\\Perfeval-0.0.9.xlam"'), "OPEN2": ("REG_SZ", "b.xlam"), "Font": ("REG_SZ", "x")}
    drive = made_up_drive(tmp_path, "zhang", {OPTIONS: old})
    home = drive / "Users" / "zhang"
    (home / "AppData/Roaming/Microsoft/Excel/XLSTART/perfeval.xlam").write_bytes(b"old")
    (home / ".perfeval").mkdir()
    (home / ".perfeval/perfeval.conf").write_bytes(b'"INTERPRETER_WIN","D:\\py\\python.exe"\n')
    before = state(drive)
    _installed(drive, _request(drive))
    values = FileRegistry(drive / "registry.json").values(OPTIONS)
    assert values == {"OPEN": Value("REG_SZ", '/R "C:\\a.xlam"'), "OPEN1": Value("REG_SZ", "b.xlam"), "Font": Value("REG_SZ", "x")}
    _installed(drive, _request(drive, b"newer"))
    _uninstalled(drive)
    assert state(drive) == before


def test_an_update_keeps_the_menu_and_says_what_it_left_without_failing(tmp_path: Path) -> None:
    drive = made_up_drive(tmp_path, "zhang")
    _installed(drive, _request(drive, has_menu=True))
    menu = drive / "Users/zhang/AppData/Roaming/Microsoft/Windows/SendTo"
    (drive / "Users/zhang/.perfeval/not-installed.txt").write_bytes(b"somebody's own")
    told: list[str] = []
    newer = Request(b"newer", drive / "Python311/pythonw.exe", tools=[t for t in TOOLS if t[0] != "not-installed.txt"])
    install(made_up(drive), newer, told.append)
    assert (menu / "绩效自评-校验.cmd").is_file()
    assert any("not-installed.txt”在安装之后被改动过，没有删除" in line for line in told)
    assert not any("。。" in line for line in told)
    assert Journal(drive / "Users/zhang/.perfeval", FileRegistry(drive / "registry.json")).about["complete"]


def test_only_copies_of_ours_are_taken_out_of_excels_list(tmp_path: Path) -> None:
    old = {"OPEN": ("REG_SZ", '"C:\\x\\perfeval-helper.xlam"'), "OPEN1": ("REG_SZ", '"C:\\x\\perfevaluation.xlam"'), "OPEN2": ("REG_SZ", '/R "C:\\x\\perfeval-1.2.xlam"')}
    drive = made_up_drive(tmp_path, "zhang", {OPTIONS: old})
    _installed(drive, _request(drive))
    assert sorted(FileRegistry(drive / "registry.json").values(OPTIONS) or ()) == ["OPEN", "OPEN1"]


def test_a_lost_backup_does_not_stop_the_rest_of_the_uninstallation(tmp_path: Path) -> None:
    drive = made_up_drive(tmp_path, "zhang")
    addin = drive / "Users/zhang/AppData/Roaming/Microsoft/Excel/XLSTART/perfeval.xlam"
    addin.write_bytes(b"old")
    _installed(drive, _request(drive))
    shutil.rmtree(drive / "Users/zhang/.perfeval/backup")
    told = _uninstalled(drive)
    assert any("备份" in line and "缺失或已损坏" in line for line in told)
    assert not addin.exists()
    assert not (drive / "Users/zhang/.perfeval").exists()


def test_a_made_up_pc_may_be_named_by_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive = made_up_drive(tmp_path, "zhang")
    before = state(drive)
    monkeypatch.chdir(tmp_path)
    install(made_up(Path("C")), _request(drive), lambda _: None)
    assert b"C:\\Python311" in (drive / "Users/zhang/.perfeval/perfeval.conf").read_bytes()
    uninstall(made_up(Path("C")), lambda _: None)
    assert state(drive) == before


def test_installing_twice_is_installing_once(tmp_path: Path) -> None:
    drive = made_up_drive(tmp_path, "zhang")
    before = state(drive)
    _installed(drive, _request(drive))
    once = state(drive)
    _installed(drive, _request(drive))
    twice = state(drive)
    record = "Users/zhang/.perfeval/install.json"
    assert {k: v for k, v in once.items() if k != record} == {k: v for k, v in twice.items() if k != record}
    _uninstalled(drive)
    assert state(drive) == before
    (drive / "Users/zhang/.perfeval/backup").mkdir(parents=True)  # somebody else's
    assert _uninstalled(drive) == ["没有安装记录，本机没有由本程序安装的内容，没有做任何改动。"]
    assert (drive / "Users/zhang/.perfeval/backup").is_dir()


def test_a_trial_changes_nothing_and_names_each_step(tmp_path: Path) -> None:
    drive = made_up_drive(tmp_path, "张三")
    before, told = state(drive), list[str]()
    install(made_up(drive), _request(drive, has_menu=True), told.append, is_trial=True)
    assert state(drive) == before
    assert told == [
        "1. 写入插件 C:\\Users\\张三\\AppData\\Roaming\\Microsoft\\Excel\\XLSTART\\perfeval.xlam",
        "2. 写入设置 C:\\Users\\张三\\.perfeval\\perfeval.conf：使用的 Python 为 C:\\Python311\\pythonw.exe",
        "3. 写入 C:\\Users\\张三\\AppData\\Roaming\\Microsoft\\Windows\\SendTo\\绩效自评-校验.cmd",
        "4. 写入 C:\\Users\\张三\\.perfeval\\run.cmd",
        "5. 写入 C:\\Users\\张三\\.perfeval\\not-installed.txt",
        "6. 在“设置－应用”中登记，可从那里卸载",
        "7. 清除旧版本留下的内容",
    ]


def test_excel_that_runs_stops_both_before_anything_is_changed(tmp_path: Path) -> None:
    drive = made_up_drive(tmp_path, "zhang")
    (drive / "processes.txt").write_text("explorer.exe\nEXCEL.EXE\n", encoding="utf-8")
    before = state(drive)
    with pytest.raises(InstallError, match=r"Excel 正在运行，没有安装。请保存并关闭所有 Excel 窗口后重试"):
        _installed(drive, _request(drive))
    assert state(drive) == before
    (drive / "processes.txt").write_text("", encoding="utf-8")
    _installed(drive, _request(drive))
    (drive / "processes.txt").write_text("excel.exe", encoding="utf-8")
    done = state(drive)
    with pytest.raises(InstallError, match=r"Excel 正在运行，没有卸载"):
        _uninstalled(drive)
    assert state(drive) == done


def test_a_python_whose_path_excel_cannot_read_is_refused(tmp_path: Path) -> None:
    drive = made_up_drive(tmp_path, "张三")
    before = state(drive)
    with pytest.raises(InstallError, match=r"“C:\\Users\\张三\\py\\python\.exe”含有中文等字符"):
        _installed(drive, Request(b"x", drive / "Users/张三/py/python.exe"))
    assert state(drive) == before


def test_what_was_changed_after_the_installation_is_left_and_named(tmp_path: Path) -> None:
    drive = made_up_drive(tmp_path, "zhang")
    _installed(drive, _request(drive))
    addin = drive / "Users/zhang/AppData/Roaming/Microsoft/Excel/XLSTART/perfeval.xlam"
    addin.write_bytes(b"somebody's own")
    FileRegistry(drive / "registry.json").write(LISTED, "DisplayName", Value("REG_SZ", "别的"))
    told = _uninstalled(drive)
    assert [t[:12] for t in told] == ["注册表“HKCU\\Sof", f"“{addin}”"[:12], "已卸载；以上各项保持原样"]
    assert addin.read_bytes() == b"somebody's own"
    assert not (drive / "Users/zhang/.perfeval").exists()


class _PowerCutError(Exception):
    pass


@pytest.mark.parametrize("goes_on", [False, True])
@pytest.mark.parametrize("at", range(1, 16))
def test_an_installation_cut_off_anywhere_can_be_undone_and_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, *, goes_on: bool) -> None:
    """The nth file that is written is never written, as when power fails; no cleaning up runs."""
    old = {OPTIONS: {"OPEN": ("REG_SZ", '"C:\\old\\perfeval.xlam"'), "OPEN1": ("REG_SZ", "b.xlam")}}
    drive = made_up_drive(tmp_path, "zhang", old)
    (drive / "Users/zhang/AppData/Roaming/Microsoft/Excel/XLSTART/perfeval.xlam").write_bytes(b"old")
    before = state(drive)
    count = 0

    def cut(target: Path, data: bytes) -> None:
        nonlocal count
        count += 1
        if count == at:
            raise _PowerCutError
        write_aside(target, data)

    with monkeypatch.context() as patched:
        patched.setattr(journal, "write_aside", cut)
        patched.setattr(registry, "write_aside", cut)
        with pytest.raises(_PowerCutError):
            _installed(drive, _request(drive))
    if goes_on:
        _installed(drive, _request(drive))
        assert (drive / "Users/zhang/AppData/Roaming/Microsoft/Excel/XLSTART/perfeval.xlam").read_bytes() == b"add-in"
    _uninstalled(drive)
    assert _without_empty_record(state(drive)) == before


def _without_empty_record(found: dict[str, object]) -> dict[str, object]:
    """A cut before the very first entry leaves an empty folder, which nobody knows of."""
    return {k: v for k, v in found.items() if not (k == "Users/zhang/.perfeval" and not any(other.startswith(k + "/") for other in found))}


@pytest.mark.parametrize("record", ["{", '{"format": 1, "made": false, "about": {}, "entries": [5]}', '{"format": 1, "made": false, "about": {}, "entries": [{"kind": "x"}]}', "[]"])
def test_a_broken_record_stops_everything(tmp_path: Path, record: str) -> None:
    drive = made_up_drive(tmp_path, "zhang")
    (drive / "Users/zhang/.perfeval").mkdir()
    (drive / "Users/zhang/.perfeval/install.json").write_text(record, encoding="utf-8")
    before = state(drive)
    with pytest.raises(InstallError, match=r"已损坏，无法确定装过什么，没有做任何改动"):
        _installed(drive, _request(drive))
    with pytest.raises(InstallError, match=r"已损坏，无法确定装过什么，没有做任何改动"):
        _uninstalled(drive)
    assert state(drive) == before


def _unpacked(command: Sequence[str]) -> int:
    """In place of pip, where it is not the matter of the test: it takes its time."""
    if "--target" in command:
        wheels, target = command[command.index("--find-links") + 1], command[command.index("--target") + 1]
        for one in Path(wheels).glob("[!p]*.whl"):
            with zipfile.ZipFile(one) as archive:
                archive.extractall(target)
        (Path(target) / "xlwings64-0.37.8.dll").touch()
    return 0


def _bundle_request(bundle: Path, start: Run = _unpacked) -> Request:
    taken = opened(bundle)
    return Request(taken.addin, bundle=taken, tools=taken.tools, run=start)


@pytest.mark.parametrize(("user", "program"), [("zhang", "Users/zhang/AppData/Local/Programs/perfeval"), ("张三", "ProgramData/perfeval-f49816eac4b8")])
def test_a_bundle_brings_its_own_python_to_an_ascii_path(tmp_path: Path, user: str, program: str) -> None:
    """pip itself installs the wheels, by their digests and without network."""
    drive, bundle = made_up_drive(tmp_path, user), made_up_bundle(tmp_path)
    before = state(drive)
    _installed(drive, _bundle_request(bundle, run))
    place = drive / program
    python = next(p for p in place.iterdir() if p.is_dir() and p.name != "tools")
    assert (python / "python311._pth").read_text() == "python311.zip\n.\nLib\\site-packages\nimport site\n"
    assert (python / "Lib/site-packages/xlwings/__init__.py").is_file()
    assert {p.name for p in python.glob("*.dll")} == {"xlwings32-0.37.8.dll", "xlwings64-0.37.8.dll"}
    assert (place / "tools/校验.cmd").is_file()
    settings = (drive / "Users" / user / ".perfeval/perfeval.conf").read_bytes().decode("ascii")
    shown = "C:\\" + program.replace("/", "\\")
    assert settings.splitlines()[0] == f'"INTERPRETER_WIN","{shown}\\{python.name}\\pythonw.exe"'
    assert value_of(made_up(drive).registry, LISTED, "UninstallString") == Value("REG_SZ", f'"{shown}\\uninstall.cmd"')
    _uninstalled(drive)
    assert state(drive) == before


def test_a_newer_bundle_takes_the_place_of_the_older(tmp_path: Path) -> None:
    drive = made_up_drive(tmp_path, "zhang")
    before = state(drive)
    _installed(drive, _bundle_request(made_up_bundle(tmp_path, "9.1")))
    _installed(drive, _bundle_request(made_up_bundle(tmp_path, "9.2", b"newer add-in")))
    place = drive / "Users/zhang/AppData/Local/Programs/perfeval"
    assert sorted(p.name[:4] for p in place.iterdir()) == [MARK[:4], "9.2-", "tool", "unin"]
    assert (drive / "Users/zhang/AppData/Roaming/Microsoft/Excel/XLSTART/perfeval.xlam").read_bytes() == b"newer add-in"
    _uninstalled(drive)
    assert state(drive) == before


def test_a_program_that_does_not_run_is_taken_away_again(tmp_path: Path) -> None:
    drive, bundle = made_up_drive(tmp_path, "zhang"), made_up_bundle(tmp_path)
    before = state(drive)

    def fails_at_last(command: Sequence[str]) -> int:
        return 5 if "--version" in command else _unpacked(command)

    taken = opened(bundle)
    with pytest.raises(InstallError, match=r"程序装上后不能运行.*已做的改动全部撤销，电脑与安装前相同。"):
        _installed(drive, Request(b"x", bundle=taken, run=fails_at_last))
    assert state(drive) == before


def test_a_wheel_changed_after_the_check_is_refused_by_its_digest(tmp_path: Path) -> None:
    drive, bundle = made_up_drive(tmp_path, "zhang"), made_up_bundle(tmp_path)
    before, request = state(drive), _bundle_request(bundle, run)
    with (bundle / "wheelhouse/xlwings-0.37.8-py3-none-any.whl").open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(InstallError, match=r"安装包中的程序没有装上"):
        _installed(drive, request)
    assert state(drive) == before


def test_a_full_disk_is_told_before_anything_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive, bundle = made_up_drive(tmp_path, "zhang"), made_up_bundle(tmp_path)
    before = state(drive)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(InstallError, match=r"磁盘空间不足：安装需要约 \d+ MB"):
        _installed(drive, _bundle_request(bundle))
    assert state(drive) == before


def test_a_folder_of_somebody_elses_is_not_taken_over(tmp_path: Path) -> None:
    drive, bundle = made_up_drive(tmp_path, "zhang"), made_up_bundle(tmp_path)
    other = drive / "Users/zhang/AppData/Local/Programs/perfeval"
    other.mkdir(parents=True)
    (other / "mine.txt").write_text("mine")
    before = state(drive)
    with pytest.raises(InstallError, match=r"已有其他内容，不是由本程序建立的"):
        _installed(drive, _bundle_request(bundle))
    assert state(drive) == before


@pytest.mark.parametrize("change", ["more", "less", "other", "no list", "bad list"])
def test_a_bundle_that_is_not_as_its_list_says_is_refused(tmp_path: Path, change: str) -> None:
    bundle = made_up_bundle(tmp_path)
    if change == "more":
        (bundle / "python/version.dll").write_bytes(b"")
    elif change == "less":
        (bundle / "python/pythonw.exe").unlink()
    elif change == "other":
        (bundle / "perfeval.xlam").write_bytes(b"other")
    elif change == "no list":
        (bundle / "SHA256SUMS").unlink()
    else:
        (bundle / "SHA256SUMS").write_bytes("摘要".encode())
    with pytest.raises(BundleError, match=r"与 SHA256SUMS 不符|SHA256SUMS 缺失、损坏"):
        opened(bundle)


def test_a_bundle_without_its_parts_is_refused(tmp_path: Path) -> None:
    bundle = made_up_bundle(tmp_path)
    (bundle / "perfeval.xlam").unlink()
    sign(bundle)
    with pytest.raises(BundleError, match=r"安装包不完整，缺少 perfeval.xlam"):
        opened(bundle)


def test_the_program_can_leave_its_own_folder_to_the_cmd_file(tmp_path: Path) -> None:
    """Nothing can delete itself on Windows: uninstall.cmd removes the folder when Python has ended."""
    drive = made_up_drive(tmp_path, "zhang")
    before = state(drive)
    _installed(drive, _bundle_request(made_up_bundle(tmp_path)))
    place = drive / "Users/zhang/AppData/Local/Programs/perfeval"
    script = (place / "uninstall.cmd").read_bytes().decode("ascii")
    uninstall(made_up(drive), lambda _: None, is_program_left=True)
    assert (place / "uninstall.cmd").is_file()
    assert not (drive / "Users/zhang/.perfeval").exists()
    assert '(goto) 2>nul & rmdir /s /q "%~dp0." & rmdir "%~dp0.." 2>nul\r\n' in script  # Programs was made by us, and goes where it is empty
    shutil.rmtree(place)
    place.parent.rmdir()
    assert state(drive) == before


@pytest.mark.parametrize("planted", ["folder", "mark", "link"])
def test_a_folder_another_user_made_first_is_never_used_for_the_program(tmp_path: Path, planted: str) -> None:
    """Everybody may make folders in ProgramData, and its name can be foretold; who owns it could put his own program into it."""
    drive = made_up_drive(tmp_path, "张三")
    taken = drive / "ProgramData/perfeval-f49816eac4b8"
    (drive / "ProgramData/theirs").mkdir()
    if planted == "link":
        taken.symlink_to(drive / "ProgramData/theirs", target_is_directory=True)
    else:
        taken.mkdir()
    if planted == "mark":
        (taken / MARK).touch()
    before = state(drive)
    for _ in range(2):  # again: the one that was made
        _installed(drive, _bundle_request(made_up_bundle(tmp_path) if not (tmp_path / "bundle-9.1").exists() else tmp_path / "bundle-9.1"))
        (ours,) = [p for p in (drive / "ProgramData").iterdir() if p.name not in {taken.name, "theirs"}]
        assert (ours / "uninstall.cmd").is_file()
        assert sorted(p.name for p in taken.iterdir()) == ([MARK] if planted == "mark" else [])
        assert f"\\{ours.name}\\" in (drive / "Users/张三/.perfeval/perfeval.conf").read_text(encoding="ascii")
    _uninstalled(drive)
    assert state(drive) == before


def test_a_folder_that_took_the_place_of_ours_is_neither_used_nor_deleted(tmp_path: Path) -> None:
    record = Journal(tmp_path / ".perfeval", FileRegistry(tmp_path / "registry.json"))
    record.tree(tmp_path / "p", is_private=True)
    assert record.private_tree_in(tmp_path) == tmp_path / "p"
    shutil.rmtree(tmp_path / "p")
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / MARK).write_text("0" * 32)
    assert record.private_tree_in(tmp_path) is None
    with pytest.raises(FileExistsError):
        record.tree(tmp_path / "p", is_private=True)
    assert record.undo() == [f"“{tmp_path / 'p'}”不再是安装时的样子，没有删除；不再需要时请手工删除。"]
    assert (tmp_path / "p" / MARK).is_file()


def test_what_somebody_slipped_into_the_program_folder_stops_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive, bundle = made_up_drive(tmp_path, "张三"), made_up_bundle(tmp_path)
    own = Journal.tree

    def slipped(self: Journal, target: Path, *, is_private: bool = False) -> None:
        own(self, target, is_private=is_private)
        (target / "python311.dll").touch()

    monkeypatch.setattr(Journal, "tree", slipped)
    with pytest.raises(InstallError, match=r"有不是由本程序放入的“python311.dll”"):
        _installed(drive, _bundle_request(bundle))


def test_the_program_folder_keeps_no_entry_that_was_inherited_or_given_to_everybody() -> None:
    grant, remove = permissions(Path("C:/ProgramData/perfeval-x"), "PC\\张三")
    assert grant[2:4] == ["/inheritance:r", "/grant:r"]
    assert [g.split(":")[0] for g in grant[4:-1]] == ["PC\\张三", "*S-1-3-4", "*S-1-5-18", "*S-1-5-32-544"]
    assert remove[2] == "/remove"
    assert {"*S-1-1-0", "*S-1-5-11", "*S-1-5-32-545", "*S-1-3-0"} <= set(remove)
    assert not {"*S-1-5-18", "*S-1-5-32-544"} & set(remove)


def test_the_uninstaller_is_ascii_with_crlf() -> None:
    text = uninstaller("9.1-abcd", 0)
    assert text.isascii()
    assert text.count(b"\n") == text.count(b"\r\n") > 5
    assert b'"%~dp09.1-abcd\\python.exe"' in text


def test_a_folder_without_our_mark_is_never_deleted(tmp_path: Path) -> None:
    record = Journal(tmp_path / ".perfeval", FileRegistry(tmp_path / "registry.json"))
    tree = tmp_path / "program"
    record.tree(tree)
    (tree / MARK).unlink()
    (tree / "mine").write_text("mine")
    assert record.undo() == [f"“{tree}”不再是安装时的样子，没有删除；不再需要时请手工删除。"]
    assert (tree / "mine").is_file()


def test_a_link_in_our_folder_is_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs/file").write_text("keep")
    record = Journal(tmp_path / ".perfeval", FileRegistry(tmp_path / "registry.json"))
    record.tree(tmp_path / "program")
    (tmp_path / "program/link").symlink_to(tmp_path / "theirs")
    assert record.undo() == []
    assert (tmp_path / "theirs/file").read_text() == "keep"
    assert not (tmp_path / "program").exists()


@pytest.mark.parametrize("users", [[], ["a", "b"]])
def test_a_made_up_drive_has_one_user(tmp_path: Path, users: list[str]) -> None:
    for user in users:
        (tmp_path / "Users" / user).mkdir(parents=True)
    with pytest.raises(ProfileError, match=rf"其中恰有一个用户，找到 {len(users)} 个"):
        made_up(tmp_path)


@pytest.mark.parametrize("text", ["[", "[]", '{"a": 1}', '{"a": {"b": []}}'])
def test_a_registry_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    drive = made_up_drive(tmp_path, "zhang")
    (drive / "registry.json").write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match=r"registry.json 无法读取"):
        made_up(drive)


def test_names_in_the_registry_know_no_case(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(json.dumps({"HKCU\\A\\B": {"Name": ["REG_SZ", "1"]}}), encoding="utf-8")
    keys = FileRegistry(tmp_path / "r.json")
    keys.write("hkcu\\a\\b", "NAME", Value("REG_SZ", "2"))
    assert keys.values("HKCU\\a\\B") == {"Name": Value("REG_SZ", "2")}
    assert keys.values("HKCU\\A") == {}
    assert keys.values("HKCU\\C") is None
    assert keys.subkeys("hkcu") == ["A"]
    keys.delete("HKCU\\A\\b", "name")
    keys.delete_empty("HKCU\\A\\b")
    assert keys.values("HKCU\\A\\B") is None


def test_the_profile_gives_windows_paths_both_ways(tmp_path: Path) -> None:
    profile: Profile = made_up(made_up_drive(tmp_path, "张三"))
    assert profile.shown(profile.startup) == "C:\\Users\\张三\\AppData\\Roaming\\Microsoft\\Excel\\XLSTART"
    assert profile.real("c:\\Users\\张三") == profile.home
