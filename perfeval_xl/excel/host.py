"""Hosts: what a command may ask of the program around the workbook, beyond its cells; one for the desktop, one for the server.

Commands know only this protocol, so that another front end (a WPS add-in) needs nothing but a host of its own.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import xlwings as xw

TITLE = "绩效自评"
_FILTERS = {".xlsx": "Excel 工作簿 (*.xlsx),*.xlsx", ".docx": "Word 文档 (*.docx),*.docx"}
_FOLDER_PICKER = 4  # msoFileDialogFolderPicker
_NEW_CONSOLE = 0x10  # Windows only, so the library names it there only
_TEXT = 2  # Application.InputBox: a text
_UNSAFE = re.compile(r'[\\/:*?"<>|\[\]\x00-\x1f]')


class CommandError(Exception):
    """Why a command did nothing: what was found, what was expected, what to do; str() is what the user reads."""

    def __init__(self, found: str, expected: str = "", remedy: str = "") -> None:
        super().__init__("\n".join(line for line in (found, f"应为：{expected}" if expected else "", f"处理办法：{remedy}" if remedy else "") if line))


class StoppedError(Exception):
    """The user closed a dialog: nothing is done and nothing is said."""


class Host(Protocol):
    """identity: keeps apart what different people's workbooks of one name leave behind. is_local: files and processes of the user's PC are at hand."""

    identity: str
    is_local: bool

    def tell(self, message: str, *, is_problem: bool = False) -> None:
        """A dialog with one button."""

    def confirm(self, message: str) -> bool:
        """Whether the user agrees. Raises: CommandError where nobody can be asked."""

    def ask(self, message: str, default: str = "") -> str:
        """A text the user types. message: one short line, 255 characters at most. Raises: StoppedError, CommandError where nobody can be asked."""

    def status(self, message: str) -> None:
        """A line at the lower edge of the window, where there is one."""

    def ask_folder(self, title: str) -> Path:
        """A folder of the user's. Raises: StoppedError, CommandError."""

    def ask_target(self, name: str) -> Path:
        """Where a new file goes. name: proposed. Raises: StoppedError, CommandError."""

    def deliver(self, name: str, make: Callable[[Path], object]) -> str:
        """Has a file made under a name and gives it to the user; returns where it is, in words. Raises: StoppedError."""

    def start(self, module: str, arguments: Sequence[str]) -> None:
        """Runs a module of ours in a process and a window of its own, which outlives this one. Raises: CommandError."""

    def copy_of(self, book: xw.Book, folder: Path) -> Path | None:
        """The workbook as it is now, unsaved changes included, as a file in the folder; None where none can be had."""


class DesktopHost:
    """Excel on the same PC, through COM."""

    identity = ""
    is_local = True

    def __init__(self, book: xw.Book | None) -> None:
        self._app = book.app if book is not None else active_app()

    def tell(self, message: str, *, is_problem: bool = False) -> None:
        """A dialog of Excel's; of Windows where no workbook is open, or Excel takes no calls."""
        if self._app is not None:
            with contextlib.suppress(Exception):  # a cell in edit mode rejects every call
                self._app.alert(message, TITLE, "ok", "critical" if is_problem else "info")
                return
        if sys.platform == "win32":
            import ctypes  # noqa: PLC0415  # Windows only

            ctypes.windll.user32.MessageBoxW(None, message, TITLE, 0x30 if is_problem else 0x40)
        else:
            sys.stderr.write(message + "\n")

    def confirm(self, message: str) -> bool:
        """Yes or no."""
        return self._app is not None and self._app.alert(message, TITLE, "yes_no", "info") == "yes"

    def ask(self, message: str, default: str = "") -> str:
        """Excel's own input box."""
        answer = self._api.InputBox(message, TITLE, default, Type=_TEXT)
        if answer is False:
            raise StoppedError
        return str(answer).strip()

    def status(self, message: str) -> None:
        """Excel's status bar."""
        if self._app is not None:
            with contextlib.suppress(Exception):  # no line of text is worth a failure
                self._app.status_bar = message or False

    def ask_folder(self, title: str) -> Path:
        """Office's folder picker."""
        dialog = self._api.FileDialog(_FOLDER_PICKER)
        dialog.Title = title
        if not dialog.Show():
            raise StoppedError
        return Path(str(dialog.SelectedItems(1)))

    def ask_target(self, name: str) -> Path:
        """Excel's dialog for saving; the right ending is put behind a name without one."""
        ending = Path(name).suffix
        answer = self._api.GetSaveAsFilename(_UNSAFE.sub("_", name), _FILTERS[ending])
        if answer is False:
            raise StoppedError
        target = Path(str(answer))
        return target if target.suffix.lower() == ending else target.with_name(target.name + ending)

    def deliver(self, name: str, make: Callable[[Path], object]) -> str:
        """Saved where the user says, then opened: a workbook here, everything else by the program it belongs to."""
        target = self.ask_target(name)
        make(target)
        if target.suffix == ".xlsx" and self._app is not None:
            self._app.books.open(str(target))
        else:
            open_file(target)
        return f"已保存为 {target}"

    def start(self, module: str, arguments: Sequence[str]) -> None:
        """A console window of its own: it needs no part of Python that the embeddable one lacks, and Excel's end does not end it.

        Nothing is imported or started from the current folder: that is where the workbook lies, with whatever came along with it.
        """
        python = console_python()
        command = [str(python), "-P", "-X", "utf8", "-m", module, *arguments]
        more: Mapping[str, Any] = {"creationflags": _NEW_CONSOLE} if sys.platform == "win32" else {"start_new_session": True}
        try:
            started = subprocess.Popen(command, close_fds=True, cwd=python.parent, **more)  # noqa: S603  # our own module
            started.returncode = 0  # it outlives this process, which will not wait for it
        except OSError as error:
            raise CommandError("无法启动汇总程序，可能被安全软件阻止", "允许 Excel 启动的程序再启动其他程序", "请运行“诊断”，或由信息技术人员放行；也可以用命令 perfeval merge 汇总。") from error

    def copy_of(self, book: xw.Book, folder: Path) -> Path | None:
        """Saved aside by Excel itself: formulas, formats and merged cells then come through the reader of files, as from the command line."""
        target = folder / f"copy{Path(book.name).suffix or '.xlsx'}"
        try:
            book.api.SaveCopyAs(str(target))
        except Exception:  # Protected View, a full disk: the cells are read from the window then
            return None
        return target if target.is_file() else None

    @property
    def _api(self) -> Any:
        if self._app is None:
            raise CommandError("没有找到打开的 Excel", "", "请先打开一个工作簿，再点这个按钮。")
        return self._app.api


class ServerHost:
    """A workbook that came over the network: dialogs are actions, files are handed back, nothing runs here for the user.

    delivered: files for the server to give to the browser, name and content. identity: who is logged in.
    """

    is_local = False

    def __init__(self, book: xw.Book | None, identity: str = "") -> None:
        self._book, self.identity = book, identity
        self.delivered: list[tuple[str, bytes]] = []

    def tell(self, message: str, *, is_problem: bool = False) -> None:
        """The add-in's own dialog."""
        if self._book is not None:  # else there is nobody to tell
            self._book.app.alert(message, TITLE, "ok", "critical" if is_problem else "info")

    def confirm(self, message: str) -> bool:
        """Nobody waits for an answer."""
        raise _elsewhere("确认")

    def ask(self, message: str, default: str = "") -> str:
        """Nobody waits for an answer."""
        raise _elsewhere("选择")

    def status(self, message: str) -> None:
        """There is no such line."""

    def ask_folder(self, title: str) -> Path:
        """The server sees no folder of the user's."""
        raise _elsewhere("选取文件夹")

    def ask_target(self, name: str) -> Path:
        """The server writes no file of the user's."""
        raise _elsewhere("保存文件")

    def deliver(self, name: str, make: Callable[[Path], object]) -> str:
        """Made in a folder that is gone afterwards, and kept for the answer."""
        with tempfile.TemporaryDirectory(prefix="perfeval-") as folder:
            target = Path(folder) / f"file{Path(name).suffix}"
            make(target)
            self.delivered.append((_UNSAFE.sub("_", name), target.read_bytes()))
        return f"“{name}”已生成，请在任务窗格中打开或下载"

    def start(self, module: str, arguments: Sequence[str]) -> None:
        """Long jobs of the server have a page of their own."""
        raise _elsewhere("汇总")

    def copy_of(self, book: xw.Book, folder: Path) -> Path | None:
        """Only cells come over the network."""
        return None


def _elsewhere(what: str) -> CommandError:
    return CommandError(f"网页版加载项的按钮不能{what}", "", "请在任务窗格或绩效自评网页中操作，或使用桌面版加载项。")


def place_of(book: xw.Book, host: Host) -> str:
    """Where a workbook lies: its path, or its address in a cloud. Windows' paths know no case.

    On the desktop asked of Excel itself: xlwings looks for a local copy of an address, by what a sheet of the workbook says, and fails without.
    """
    return str(book.api.FullName if host.is_local else book.fullname).lower()


def active_app() -> xw.App | None:
    """The Excel in front, which may have no workbook open."""
    with contextlib.suppress(Exception):  # no Excel at all, as on a machine that only runs tests
        return xw.apps.active
    return None


def console_python() -> Path:
    """The interpreter that shows a console: pythonw.exe has none."""
    current = Path(sys.executable)
    beside = current.with_name(current.name.lower().replace("pythonw", "python"))
    return beside if beside.exists() else current


def open_file(path: Path) -> None:
    """Opens a file with the program it belongs to, on Windows; elsewhere nobody waits for it."""
    if sys.platform == "win32":
        os.startfile(path)  # noqa: S606  # a file we have just made
