"""The add-in onto a PC and off again: per user, without administrator rights, without network. Standard library only.

Everything goes through the journal, so that uninstall takes back exactly what was done, at whatever point an installation stopped.
Into XLSTART and not into the registry's list of add-ins: a trusted location by default, and one file to take away again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

from perfeval_xl import __version__
from perfeval_xl.excel.pc.journal import Journal, JournalError
from perfeval_xl.excel.pc.profile import Profile
from perfeval_xl.excel.pc.registry import Key, Value
from perfeval_xl.excel.pc.runtime import Bundle, BundleError, Run, add_steps, program_of, run
from perfeval_xl.files import OutputError

ADDIN = "perfeval.xlam"
CONFIG = "perfeval.conf"
OFFICE = r"HKCU\Software\Microsoft\Office"
LISTED = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\perfeval"
_OPEN = re.compile(r"(?i)OPEN(\d*)")
_OURS = re.compile(r'(?i)(^|[\\/"\s])perfeval(-[\d.]+)?\.xlam\b')


class InstallError(Exception):
    """Why nothing was installed or uninstalled, or not all of it; the text is Chinese, with what to do."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to install. addin: content of perfeval.xlam. interpreter: the Python to use, where no bundle brings one.

    tools: name and content of the .cmd files of the buttons, and of what they share. has_menu: the buttons go into the menu 发送到. run: starts a program and waits.
    """

    addin: bytes
    interpreter: Path | None = None
    bundle: Bundle | None = None
    tools: Sequence[tuple[str, bytes]] = ()
    has_menu: bool = False
    run: Run = run


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is done. text: what, in Chinese."""

    text: str
    act: Callable[[], None] = field(repr=False)


def install(profile: Profile, request: Request, tell: Callable[[str], None], *, is_trial: bool = False) -> None:
    """Does the steps, telling each; is_trial: only tells them. Raises: InstallError."""
    journal = _journal(profile)
    was_empty = journal.is_empty
    if not is_trial:
        _check_closed(profile, "安装")
    try:
        steps = _steps(profile, request, journal, tell)
    except (BundleError, JournalError) as error:
        raise InstallError(str(error)) from error
    if not was_empty and not journal.about.get("complete"):
        tell("上次的安装没有做完，这次从头做起。")
    for number, step in enumerate(steps, 1):
        tell(f"{number}. {step.text}")
        if is_trial:
            continue
        try:
            step.act()
        except (OSError, OutputError, BundleError) as error:
            raise InstallError(_failure(journal, error, is_fresh=was_empty)) from error
    if not is_trial:
        journal.finish({"complete": True, "version": __version__, "program": str(program_of(profile, journal)) if request.bundle else ""})


def uninstall(profile: Profile, tell: Callable[[str], None], *, is_trial: bool = False, is_program_left: bool = False) -> None:
    """Takes everything back. is_program_left: all but the program's own folder, which uninstall.cmd deletes afterwards, as no program can
    delete itself on Windows. Raises: InstallError."""
    journal = _journal(profile)
    if journal.is_empty:
        if not is_trial:
            journal.undo()  # what an installation leaves that stopped before its first step
        tell("没有安装记录，本机没有由本程序安装的内容，没有做任何改动。")
        return
    if is_trial:
        for number, target in enumerate(reversed(journal.targets()), 1):
            tell(f"{number}. 恢复 {target}")
        return
    _check_closed(profile, "卸载")
    try:
        notices = journal.undo(program_of(profile, journal) if is_program_left else None)
    except (OSError, OutputError) as error:
        raise InstallError(f"卸载没有做完：{_cause(error)}。请关闭 Excel 和其他使用绩效自评的窗口，再卸载一次。") from error
    for notice in notices:
        tell(notice)
    tell("已卸载，安装前的内容已恢复。" if not notices else "已卸载；以上各项保持原样。")


def _journal(profile: Profile) -> Journal:
    try:
        return Journal(profile.settings, profile.registry)
    except JournalError as error:
        raise InstallError(str(error)) from error


def _check_closed(profile: Profile, what: str) -> None:
    if profile.is_excel_running():
        raise InstallError(f"Excel 正在运行，没有{what}。请保存并关闭所有 Excel 窗口后重试；看不到窗口时，请注销或重新启动电脑。")


def _steps(profile: Profile, request: Request, journal: Journal, tell: Callable[[str], None]) -> list[Step]:
    steps: list[Step] = []
    program = program_of(profile, journal)
    if request.bundle is not None:
        python = program / request.bundle.folder_name / "pythonw.exe"
        _check_ascii(profile.shown(python))
        steps += [Step(text, act) for text, act in add_steps(profile, request.bundle, program, journal, request.run)]
    elif request.interpreter is not None:
        python = _windowless(request.interpreter)
        _check_ascii(_shown(profile, python))
        _check_library(profile, python)
    else:
        raise InstallError("没有指明使用哪个 Python。请用离线安装包安装（--bundle 文件夹）。")
    shown = _shown(profile, python)
    addin, settings = profile.startup / ADDIN, profile.settings / CONFIG
    kept = {str(addin), str(settings), LISTED, *([str(program)] if request.bundle else [])}
    steps.append(Step(f"写入插件 {profile.shown(addin)}" + _replacing(journal, addin), lambda: journal.file(addin, request.addin)))
    text = f'"INTERPRETER_WIN","{shown}"\r\n"SHOW CONSOLE","False"\r\n'.encode("ascii")
    steps.append(Step(f"写入设置 {profile.shown(settings)}：使用的 Python 为 {shown}" + _replacing(journal, settings), lambda: journal.file(settings, text)))
    for key, changes, old in _old_entries(profile):
        kept.add(key)
        steps.append(Step(f"不再加载旧的插件 {old}（注册表 {key}；卸载时恢复）", lambda k=key, c=changes: journal.values(k, c)))  # type: ignore[misc]
    has_menu = request.has_menu or any(Path(t).parent == profile.send_to for t in journal.targets())  # an update keeps it
    for name, data in request.tools:
        if name.isascii():  # what they share: where each finds it, wherever it was copied to
            target = profile.settings / name
        elif has_menu:
            target = profile.send_to / f"绩效自评-{name}"
        else:
            continue
        kept.add(str(target))
        steps.append(Step(f"写入 {profile.shown(target)}", lambda t=target, d=data: journal.file(t, d)))  # type: ignore[misc]
    listed = _listed(profile, request, program, shown)
    steps.append(Step("在“设置－应用”中登记，可从那里卸载", lambda: journal.values(LISTED, listed)))
    kept |= {t for t in journal.targets() if t.startswith(OFFICE)}
    steps.append(Step("清除旧版本留下的内容", lambda: _clear(program, request, journal, kept, tell)))
    return steps


def _check_ascii(shown: str) -> None:
    if not shown.isascii():
        raise InstallError(f"Python 的路径“{shown}”含有中文等字符，Excel 无法从中加载插件。请使用离线安装包（它会另选路径），或把 Python 装到只含英文字母的文件夹。")


def _shown(profile: Profile, python: Path) -> str:
    """The interpreter as Windows writes it; that of this machine, where the PC is made up and has none, as it is."""
    return profile.shown(python) if profile.drive is None or python.is_relative_to(profile.drive) else str(python)


def _check_library(profile: Profile, python: Path) -> None:
    """Excel looks for the DLL beside Python and one folder above; pip puts it elsewhere when it installs "for this user only"."""
    if profile.drive is None and not any(list(folder.glob("xlwings*.dll")) for folder in (python.parent, python.parent.parent)):
        raise InstallError(f"“{python.parent}”中没有 xlwings 的 DLL，Excel 无法启动计算程序，没有安装。请在虚拟环境（venv）中安装 perfeval-xl 后重试，或使用离线安装包。")


def _windowless(interpreter: Path) -> Path:
    beside = interpreter.with_name("pythonw.exe")
    return beside if beside.is_file() else interpreter


def _replacing(journal: Journal, target: Path) -> str:
    if not target.exists():
        return ""
    return "（更新）" if str(target) in journal.targets() else "（替换原有文件，卸载时恢复）"


def _clear(program: Path, request: Request, journal: Journal, kept: set[str], tell: Callable[[str], None]) -> None:
    for notice in journal.forget(kept):  # all is written by now: what was left is said, and fails nothing
        tell(notice)
    if request.bundle is not None:
        request.bundle.clear_others(program)


def _old_entries(profile: Profile) -> list[tuple[str, Mapping[str, Value | None], str]]:
    """Entries of Excel's own list of add-ins that load another copy of ours; the others move up, as Excel stops at a gap."""
    found = []
    for version in profile.registry.subkeys(OFFICE):
        key = rf"{OFFICE}\{version}\Excel\Options"
        values = profile.registry.values(key) or {}
        names = sorted((n for n in values if _OPEN.fullmatch(n)), key=lambda n: int(n[4:] or 0))
        old = [n for n in names if _OURS.search(str(values[n].data))]
        if old:
            found.append((key, _without(values, names, old), "、".join(str(values[n].data) for n in old)))
    return found


def _without(values: Key, names: Sequence[str], old: Sequence[str]) -> Mapping[str, Value | None]:
    left = [values[n] for n in names if n not in old]
    return {name: left[i] if i < len(left) else None for i, name in enumerate(names)}


def _listed(profile: Profile, request: Request, program: Path, interpreter: str) -> Mapping[str, Value | None]:
    """What Windows lists among the programs, from where users uninstall them."""
    python = str(PureWindowsPath(interpreter).with_name("python.exe"))
    command = f'"{profile.shown(program)}\\uninstall.cmd"' if request.bundle else f'"{python}" -X utf8 -P -m perfeval_xl.cli addin uninstall'
    return {
        "DisplayName": Value("REG_SZ", "绩效自评 Excel 插件"),
        "DisplayVersion": Value("REG_SZ", __version__),
        "Publisher": Value("REG_SZ", "perfeval"),
        "UninstallString": Value("REG_SZ", command),
        "NoModify": Value("REG_DWORD", 1),
        "NoRepair": Value("REG_DWORD", 1),
    }


def _failure(journal: Journal, error: Exception, *, is_fresh: bool) -> str:
    """What to say, after taking back what was done where nothing was there before."""
    cause = f"安装没有做完：{_cause(error)}。"
    if not is_fresh:
        return cause + "请排除原因后再安装一次；也可以先卸载。"
    try:
        journal.undo()
    except (OSError, OutputError):
        return cause + "已做的改动没能全部撤销，请排除原因后再安装一次，或运行卸载。"
    return cause + "已做的改动全部撤销，电脑与安装前相同。"


def _cause(error: Exception) -> str:
    if isinstance(error, OSError) and not isinstance(error, FileExistsError):
        return str(error).rstrip("。") if error.errno is None else f"文件“{error.filename}”无法写入或删除，可能没有权限、磁盘已满，或正被其他程序使用"
    if isinstance(error, FileExistsError):
        return f"文件夹“{error}”已有其他内容，不是由本程序建立的"
    return str(error).rstrip("。")
