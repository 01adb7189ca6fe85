"""The ribbon's commands as the server registers them: `commands` on the workbook that came over the network, in a process apart.

With the cells comes, where Excel gives it, the workbook as a file: formulas, formats and merged cells are then known as on the desktop.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import xlwings as xw

from perfeval_xl.excel.host import ServerHost
from perfeval_xl.excel.server.apart import Apart, ApartError

MODULE = "custom_scripts"
"""The name under which xlwings Server looks for them."""
DELIVER = "perfevalDeliver"
"""The function of the pane that takes a file: its name, its content."""
IDS = ("newTable", "recalculate", "check", "allocateWeights", "undo", "merge", "findings", "report", "rulesets", "doctor", "help")


class Pressed(NamedTuple):
    """What a command did: actions for Excel, files for the user."""

    actions: list[dict[str, Any]]
    files: list[tuple[str, bytes]]


class FileHost(ServerHost):
    """The server's host, with the workbook as a file at hand."""

    def __init__(self, book: xw.Book, identity: str, data: bytes) -> None:
        super().__init__(book, identity)
        self._data = data

    def copy_of(self, book: xw.Book, folder: Path) -> Path | None:
        """The file that came with the cells."""
        if not self._data:
            return None
        target = folder / f"copy{Path(book.name).suffix or '.xlsx'}"
        target.write_bytes(self._data)
        return target


def press(identifier: str, payload: dict[str, Any], user: str, data: bytes) -> Pressed:
    """One command on one workbook. payload: as the add-in sends it."""
    from perfeval_xl.excel.commands import COMMANDS  # noqa: PLC0415  # in the process apart only

    book = xw.Book(json=payload)
    try:
        host = FileHost(book, user, data)
        COMMANDS[identifier](book, host)
        return Pressed(list(book.json()["actions"]), host.delivered)
    finally:
        book.close()


def module(apart: Apart, user_type: type) -> ModuleType:
    """A module with a script for every command. user_type: by which xlwings Server hands over who is asking."""
    made = ModuleType(MODULE, __doc__)
    for identifier in IDS:
        setattr(made, identifier, xw.script(_script(identifier, apart, user_type)))
    return made


def _script(identifier: str, apart: Apart, user_type: type) -> Callable[..., Any]:
    async def run(book: xw.Book, user: Any, file: str = "") -> None:
        try:
            done = await apart.run(press, identifier, book.api, str(user.id), _decoded(file))
        except ApartError as error:
            raise xw.XlwingsError(str(error)) from error
        book.json()["actions"].extend(done.actions)
        for name, content in done.files:
            book.impl.append_json_action(func="runMacro", args=[DELIVER, name, base64.b64encode(content).decode()])  # by the book, not by whichever is active

    run.__name__ = run.__qualname__ = identifier
    run.__annotations__ = {"book": xw.Book, "user": user_type, "file": str, "return": None}
    return run


def _decoded(file: str) -> bytes:
    try:
        return base64.b64decode(file, validate=True)
    except (binascii.Error, ValueError) as error:
        raise xw.XlwingsError("收到的工作簿内容不完整。请保存后重试。") from error
