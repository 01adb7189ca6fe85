"""The user's part of a PC: folders, registry, and whether Excel runs; of this PC, or made up in a folder. Standard library only."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from perfeval_xl.excel.pc.registry import FileRegistry, Registry, SystemRegistry

_OTHERS = frozenset({"public", "default", "default user", "all users"})


class ProfileError(Exception):
    """Why there is no profile; the text is one Chinese sentence with what to do."""


@dataclass(frozen=True, slots=True)
class Profile:
    """home, roaming, local, common: %USERPROFILE%, %APPDATA%, %LOCALAPPDATA%, %ProgramData%. drive: the folder that stands for C:\\ in a
    made-up PC, else None. is_excel_running: asked again each time."""

    home: Path
    roaming: Path
    local: Path
    common: Path
    registry: Registry
    is_excel_running: Callable[[], bool]
    drive: Path | None = None

    def shown(self, path: Path) -> str:
        """The path as Windows writes it."""
        if self.drive is None:
            return str(path)
        return "C:\\" + str(path.absolute().relative_to(self.drive)).replace("/", "\\")

    def real(self, shown: str) -> Path:
        """The path a Windows path stands for."""
        if self.drive is not None and shown[:3].lower() == "c:\\":
            return self.drive.joinpath(*shown[3:].split("\\"))
        return Path(shown)

    @property
    def settings(self) -> Path:
        """Where the add-in's VBA looks for its configuration; the journal lies beside it."""
        return self.home / ".perfeval"

    @property
    def startup(self) -> Path:
        """Excel opens what lies here, and trusts it as it comes (a trusted location by default)."""
        return self.roaming / "Microsoft" / "Excel" / "XLSTART"

    @property
    def send_to(self) -> Path:
        """The menu 发送到."""
        return self.roaming / "Microsoft" / "Windows" / "SendTo"

    @property
    def program(self) -> Path:
        """Where our Python goes. Its path must be ASCII, as Office loads the DLL and reads the configuration through the code page.

        A user name in Chinese: a folder right in ProgramData, where every user may make one. Below a folder shared with others, whoever
        made that one first could do as he likes with ours.
        """
        usual = self.local / "Programs" / "perfeval"
        if self.shown(usual).isascii():
            return usual
        return self.common / f"perfeval-{hashlib.sha256(self.shown(self.home).lower().encode()).hexdigest()[:12]}"


def this_pc() -> Profile:
    """Of the user who runs this. Raises: ProfileError."""
    if sys.platform != "win32":
        raise ProfileError("桌面插件只能装在 Windows 上。本机不是 Windows；可以用 --profile 文件夹 在一个模拟的 C 盘上试装。")
    try:
        folders = [Path(os.environ[name]) for name in ("USERPROFILE", "APPDATA", "LOCALAPPDATA", "ProgramData")]
    except KeyError as error:
        raise ProfileError(f"系统没有给出 {error.args[0]} 文件夹。请在用户自己的桌面会话中运行，不要用系统帐户运行。") from error
    return Profile(*folders, SystemRegistry(), _excel_runs)


def made_up(drive: Path) -> Profile:
    """A folder that stands for drive C: Users\\NAME, ProgramData; registry.json and processes.txt beside them. Raises: ProfileError."""
    drive = drive.absolute()
    users = [p for p in sorted((drive / "Users").glob("*")) if p.is_dir() and p.name.lower() not in _OTHERS] if (drive / "Users").is_dir() else []
    if len(users) != 1:
        raise ProfileError(f"“{drive}”中应有 Users 文件夹，其中恰有一个用户，找到 {len(users)} 个。请按 C 盘的样子建立文件夹后重试。")
    data = users[0] / "AppData"
    try:
        registry = FileRegistry(drive / "registry.json")
    except (OSError, ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise ProfileError(f"“{drive}”中的 registry.json 无法读取。请改正或删除该文件后重试。") from error

    def runs() -> bool:
        listed = drive / "processes.txt"
        return listed.is_file() and "excel.exe" in listed.read_text(encoding="utf-8").lower()

    return Profile(users[0], data / "Roaming", data / "Local", drive / "ProgramData", registry, runs, drive)


def account() -> str:
    """The user as Windows programs name it, with the domain."""
    return "\\".join(filter(None, (os.environ.get("USERDOMAIN"), os.environ.get("USERNAME"))))


def _excel_runs() -> bool:
    """Whether this user has Excel open; other users of the PC do not matter."""
    tool = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "tasklist.exe"
    command = [str(tool), "/NH", "/FO", "CSV", "/FI", "IMAGENAME eq EXCEL.EXE", *(["/FI", f"USERNAME eq {account()}"] if account() else [])]
    try:
        done = subprocess.run(command, capture_output=True, timeout=30, check=False)  # noqa: S603  # a program of Windows, by its full path
    except (OSError, subprocess.SubprocessError):
        return False  # a file that is open refuses to be replaced, and that is told as well
    return b"excel.exe" in done.stdout.lower()
