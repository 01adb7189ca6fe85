"""Our own Python on a PC without network: the embeddable one of a bundle, and the packages of its wheelhouse. Standard library only."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from perfeval_xl.excel.pc.journal import MARK, Journal
from perfeval_xl.excel.pc.profile import Profile, account

SUMS, TOOLS = "SHA256SUMS", "tools.zip"
PACKAGES = Path("Lib") / "site-packages"
_UNPACKED = 8  # how many times a bundle's size the program takes: wheels grow fivefold, and compiled modules come on top
_OWN = frozenset({MARK, "tools", "uninstall.cmd"})
_PYTHON = re.compile(r"[0-9][0-9A-Za-z.+!]*-[0-9a-f]{8}")
_TIME_LIMIT = 900  # seconds: an old disk and a virus scanner

Run = Callable[[Sequence[str]], int]
"""Starts a program and waits; returns its exit status."""


class BundleError(Exception):
    """What is wrong with a bundle; the text is one Chinese sentence with what to do."""


def run(command: Sequence[str]) -> int:
    """A program of the bundle or of Windows, by its full path. Raises: OSError."""
    try:
        return subprocess.run(command, timeout=_TIME_LIMIT, check=False, stdin=subprocess.DEVNULL).returncode  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise OSError("程序长时间没有完成，可能被安全软件拦住") from error
    except OSError as error:
        raise OSError(f"程序“{Path(command[0]).name}”无法启动，可能被安全软件或软件限制策略拦住") from error


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder made by `perfeval addin bundle`, whose files are as its list says. digest: of the list. version: of perfeval."""

    folder: Path
    digest: str
    version: str

    @property
    def folder_name(self) -> str:
        """Where its Python goes below the program's folder: another for each bundle, so that the old one serves until the new one is complete."""
        return f"{self.version}-{self.digest[:8]}"

    @property
    def addin(self) -> bytes:
        """perfeval.xlam, as it was built with the xlwings of the wheelhouse."""
        return (self.folder / "perfeval.xlam").read_bytes()

    @property
    def tools(self) -> list[tuple[str, bytes]]:
        """The .cmd files that take workbooks, and what they share: name and content. In a zip, as install.cmd can only check ASCII names for sure."""
        with zipfile.ZipFile(self.folder / TOOLS) as archive:
            return [(Path(name).name, archive.read(name)) for name in archive.namelist()]

    def clear_others(self, program: Path) -> None:
        """Deletes what earlier bundles left in the program's folder. Raises: OSError."""
        for one in program.iterdir():
            if one.is_dir() and one.name not in {self.folder_name, "tools"} and not one.is_symlink():
                shutil.rmtree(one)


def opened(folder: Path) -> Bundle:
    """The bundle in a folder, every file compared with its list. Raises: BundleError."""
    listing = folder / SUMS
    try:
        content = listing.read_bytes()
        pairs = [line.split(None, 1) for line in content.decode("ascii").splitlines()]
        sums = {name: digest for digest, name in pairs}
    except (OSError, ValueError) as error:
        raise BundleError(f"“{folder}”不是离线安装包，或其中的 {SUMS} 缺失、损坏。请重新复制完整的安装包。") from error
    there = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file() and p != listing}
    names = {PureWindowsPath(n).as_posix(): s for n, s in sums.items()}
    if wrong := sorted(n for n in there.keys() | names.keys() if n not in there or n not in names or _digest(there[n]) != names[n]):
        raise BundleError(f"安装包中的文件与 {SUMS} 不符：{'、'.join(wrong[:5])}{'等' if len(wrong) > 5 else ''}（共 {len(wrong)} 个）。没有安装，请重新复制完整的安装包。")
    wheels = [PurePosixPath(n).name for n in names if PurePosixPath(n).name.startswith("perfeval_xl-")]
    missing = [n for n in ("perfeval.xlam", TOOLS, "python/python.exe", "wheelhouse/requirements.txt") if n not in names]
    if len(wheels) != 1 or missing:
        raise BundleError(f"安装包不完整，缺少 {'、'.join(missing) or 'perfeval 本身'}。请用 perfeval addin bundle 重新制作。")
    return Bundle(folder, hashlib.sha256(content).hexdigest(), wheels[0].split("-")[1])


def program_of(profile: Profile, journal: Journal) -> Path:
    """The program's folder: the one there is, or a new one; another name where somebody else has a folder of ours already."""
    usual = profile.program
    if not usual.is_relative_to(profile.common):
        return usual
    free = usual.with_name(f"perfeval-{secrets.token_hex(6)}") if os.path.lexists(usual) else usual
    return journal.private_tree_in(profile.common) or free


def add_steps(profile: Profile, bundle: Bundle, program: Path, journal: Journal, start: Run) -> list[tuple[str, Callable[[], None]]]:
    """What puts a bundle's Python on the PC, in order: text and action. An action raises OSError or BundleError."""
    python, is_private = program / bundle.folder_name, program.is_relative_to(profile.common)
    shown = profile.shown(python)
    steps: list[tuple[str, Callable[[], None]]] = [(f"建立程序文件夹 {profile.shown(program)}", lambda: journal.tree(program, is_private=is_private))]
    if is_private:
        steps.append((f"只允许本用户和管理员使用 {profile.shown(program)}", lambda: _keep_others_out(program, start)))
    return [
        *steps,
        (f"复制 Python 到 {shown}", lambda: _copy_python(bundle, python)),
        (f"从安装包的 wheelhouse 安装程序（不联网，逐个核对 sha256）：{bundle.version}", lambda: _install_packages(bundle, python, start)),
        ("把 xlwings 的 DLL 放到 Python 旁边，供 Excel 加载", lambda: _place_libraries(python)),
        ("试运行", lambda: _try(python, start)),
        (f"写入 {profile.shown(program)}\\uninstall.cmd 和拖放用的 .cmd 文件", lambda: _copy_tools(bundle, program, journal.made_above(program))),
    ]


def _copy_python(bundle: Bundle, python: Path) -> None:
    size = sum(p.stat().st_size for p in bundle.folder.rglob("*") if p.is_file())
    if shutil.disk_usage(python.parent).free < _UNPACKED * size:
        raise BundleError(f"磁盘空间不足：安装需要约 {_UNPACKED * size // 1_000_000} MB。请清理磁盘后重试。")
    if python.exists():  # left by an installation that was interrupted, or a repair
        shutil.rmtree(python)
    shutil.copytree(bundle.folder / "python", python)
    (python / PACKAGES).mkdir(parents=True)
    listed = next(iter(sorted(python.glob("python3*._pth"))), None)
    if listed is None:
        raise BundleError("安装包中的 Python 不是可嵌入版（缺少 python3*._pth）。请用 Windows embeddable package 重新制作安装包。")
    # `import site` reads the .pth files of packages: pywin32 finds its libraries by one
    listed.write_text(f"{listed.stem}.zip\n.\n{PureWindowsPath(PACKAGES)}\nimport site\n", encoding="ascii")


def _install_packages(bundle: Bundle, python: Path, start: Run) -> None:
    wheels = bundle.folder / "wheelhouse"
    pip = next(iter(sorted(wheels.glob("pip-*.whl"))), None)
    if pip is None:
        raise BundleError("安装包中没有 pip。请用 perfeval addin bundle 重新制作。")
    status = start([
        str(python / "python.exe"), str(pip / "pip"), "install", "--quiet", "--no-index", "--no-cache-dir", "--disable-pip-version-check", "--isolated",
        "--only-binary=:all:", "--require-hashes", "--find-links", str(wheels), "--target", str(python / PACKAGES), "-r", str(wheels / "requirements.txt"),
    ])  # fmt: skip
    if status != 0:
        raise BundleError("安装包中的程序没有装上，可能被安全软件拦住，或磁盘已满。请由信息技术人员查看上面的提示后重试。")


def _place_libraries(python: Path) -> None:
    found = [p for folder in (python / PACKAGES, python) for p in folder.glob("xlwings*.dll")]
    if not found:
        raise BundleError("没有找到 xlwings 的 DLL。请用 perfeval addin bundle 重新制作安装包。")
    for one in found:
        if one.parent != python:
            shutil.copy2(one, python / one.name)


def _try(python: Path, start: Run) -> None:
    if start([str(python / "python.exe"), "-X", "utf8", "-P", "-m", "perfeval_xl.cli", "--version"]) != 0:
        raise BundleError("程序装上后不能运行，可能被安全软件拦住，或安装包不适合本机的 Windows。请由信息技术人员查看上面的提示。")


def _copy_tools(bundle: Bundle, program: Path, made_above: int) -> None:
    target = program / "tools"
    if target.exists():
        shutil.rmtree(target)
    target.mkdir()
    for name, data in bundle.tools:
        (target / name).write_bytes(data)
    (program / "uninstall.cmd").write_bytes(uninstaller(bundle.folder_name, made_above))


def uninstaller(folder_name: str, made_above: int) -> bytes:
    """A .cmd that uninstalls and then deletes the folder it lies in; only ASCII, so that no code page matters.

    made_above: how many of the folders above are ours, and go where they are empty.
    """
    above = "".join(f' & rmdir "%~dp0{chr(92).join([".."] * n)}" 2>nul' for n in range(1, made_above + 1))
    lines = [
        "@echo off",
        "setlocal DisableDelayedExpansion",
        f'"%~dp0{folder_name}\\python.exe" -X utf8 -P -m perfeval_xl.cli addin uninstall --leave-program',
        "if errorlevel 1 goto failed",
        "pause",
        "rem The interpreter has ended and its folder can go. This file is not read on after goto, which ends it.",
        'cd /d "%SYSTEMROOT%"',
        f'if not exist "%~dp0{MARK}" exit /b 0',
        f'(goto) 2>nul & rmdir /s /q "%~dp0."{above}',
        ":failed",
        "pause",
        "exit /b 2",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _keep_others_out(program: Path, start: Run) -> None:
    """ProgramData lets every user add files: a library put beside Python would run as somebody else."""
    if sys.platform == "win32" and any(start(command) != 0 for command in permissions(program, account())):
        raise BundleError("无法限制程序文件夹的权限。请由信息技术人员检查 ProgramData 的权限设置。")
    if others := sorted(p.name for p in program.iterdir() if p.name not in _OWN and not _PYTHON.fullmatch(p.name)):
        raise BundleError(f"程序文件夹“{program}”中有不是由本程序放入的“{others[0]}”，没有安装。请由信息技术人员查看并删除后重试。")


def permissions(program: Path, user: str) -> list[list[str]]:
    """What makes a folder one user's own: nothing inherited, and no entry left for everybody, however it came there."""
    tool = str(Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "icacls.exe")
    grants = [f"{who}:(OI)(CI)F" for who in (user, "*S-1-3-4", "*S-1-5-18", "*S-1-5-32-544")]  # and the owner, SYSTEM, administrators
    # Everyone, creator, anonymous, network, interactive, authenticated, users, guests, power users
    crowds = ["*S-1-1-0", "*S-1-3-0", "*S-1-5-7", "*S-1-5-2", "*S-1-5-4", "*S-1-5-11", "*S-1-5-32-545", "*S-1-5-32-546", "*S-1-5-32-547"]
    return [[tool, str(program), "/inheritance:r", "/grant:r", *grants, "/Q"], [tool, str(program), "/remove", *crowds, "/Q"]]


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
