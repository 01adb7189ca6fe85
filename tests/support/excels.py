"""The two kinds of xlwings book a command meets, over one `LiveBook`: xlwings' own remote engine, and a stand-in for Excel on the desktop.

The desktop stand-in is a second copy of the remote engine's module whose actions are done at once and whose `api` objects are strict:
a member that Excel has not, or that is not listed here, is an error, for xlwings would ask a real Excel for it again without end.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlwings as xw
from openpyxl.formatting.formatting import ConditionalFormattingList

from tests.support.live import LiveBook, RefusedError

os.environ.setdefault("XLWINGS_LICENSE_KEY", "noncommercial")  # PolyForm Noncommercial: tests of a tool for public bodies
_xlremote: Any = importlib.import_module("xlwings.pro._xlremote")  # after the key

if "remote" not in [e.name for e in xw.engines]:
    xw.engines.add(xw.main.Engine(impl=_xlremote.engine))

BUSY = -2147418111
REFUSED = -2146827284


class ComError(Exception):
    """As pywin32 raises it: hresult, text, details."""

    def __init__(self, hresult: int) -> None:
        super().__init__(hresult, "com", None, None)
        self.hresult = hresult


class Counted:
    """How often cells were read and written through xlwings."""

    reads = 0
    writes = 0


def _counting(module: Any) -> None:
    own = module.Range.raw_value

    def read(self: Any) -> Any:
        Counted.reads += 1
        desk = getattr(self.sheet.book.books.app, "desk", None)
        if desk is not None:
            desk.busy()
        return own.fget(self)

    def write(self: Any, value: Any) -> None:
        Counted.writes += 1
        own.fset(self, value)

    module.Range.raw_value = property(read, write)


def remote(live: LiveBook) -> xw.Book:
    """The book that a server gets."""
    return xw.Book(json=live.payload())


def done(live: LiveBook, book: xw.Book) -> None:
    """What the browser does with the answer: one action after the other, until one is refused. Raises: RefusedError."""
    for action in book.json()["actions"]:
        live.apply(action)


def _desk_module() -> Any:
    spec = importlib.util.spec_from_file_location("xlwings.pro._xldesk", str(_xlremote.__file__))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_desk = _desk_module()
_counting(_xlremote)
_counting(_desk)


class _Strict(dict[str, Any]):
    """A COM object: the payload that the copied module looks into, and the members that are known."""

    desk: Desktop

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"Excel's {type(self).__name__} was asked for {name}, which is not known here")

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_") and not hasattr(type(self), name) and name != "desk":
            raise AssertionError(f"{name} was set on {type(self).__name__}")
        super().__setattr__(name, value)


class ComBook(_Strict):
    """Excel.Workbook."""

    @property
    def MultiUserEditing(self) -> bool:  # noqa: N802
        self.desk.busy()
        return self.desk.is_shared

    @property
    def ProtectStructure(self) -> bool:  # noqa: N802
        self.desk.busy()
        return bool(self.desk.live.book.security.lockStructure)

    @property
    def ReadOnly(self) -> bool:  # noqa: N802
        self.desk.busy()
        return self.desk.is_read_only

    @property
    def FullName(self) -> str:  # noqa: N802
        self.desk.busy()
        return self.desk.address or str(self.desk.live.path)

    def SaveCopyAs(self, target: str) -> None:  # noqa: N802
        self.desk.busy()
        if not self.desk.can_copy:
            raise ComError(REFUSED)
        Path(target).write_bytes(self.desk.live.saved())


class _Protection:
    def __init__(self, guard: Any) -> None:
        for name in ("formatCells", "formatColumns", "formatRows", "insertColumns", "insertRows", "insertHyperlinks", "deleteColumns", "deleteRows", "sort", "autoFilter", "pivotTables"):
            setattr(self, _ALLOWED[name], not getattr(guard, name))


_ALLOWED = {
    "formatCells": "AllowFormattingCells", "formatColumns": "AllowFormattingColumns", "formatRows": "AllowFormattingRows", "insertColumns": "AllowInsertingColumns",
    "insertRows": "AllowInsertingRows", "insertHyperlinks": "AllowInsertingHyperlinks", "deleteColumns": "AllowDeletingColumns", "deleteRows": "AllowDeletingRows",
    "sort": "AllowSorting", "autoFilter": "AllowFiltering", "pivotTables": "AllowUsingPivotTables",
}  # fmt: skip


class ComSheet(_Strict):
    """Excel.Worksheet."""

    @property
    def _sheet(self) -> Any:
        return self.desk.live.book[self["name"]]

    @property
    def FilterMode(self) -> bool:  # noqa: N802
        return self["name"] in self.desk.filtered

    @property
    def ProtectContents(self) -> bool:  # noqa: N802
        return bool(self._sheet.protection.sheet)

    @property
    def ProtectDrawingObjects(self) -> bool:  # noqa: N802
        return bool(self._sheet.protection.objects)

    @property
    def ProtectScenarios(self) -> bool:  # noqa: N802
        return bool(self._sheet.protection.scenarios)

    @property
    def Protection(self) -> _Protection:  # noqa: N802
        return _Protection(self._sheet.protection)

    @property
    def EnableSelection(self) -> int:  # noqa: N802
        return self.desk.selection.get(self["name"], 0)

    @EnableSelection.setter
    def EnableSelection(self, value: int) -> None:  # noqa: N802
        self.desk.selection[self["name"]] = value

    def Unprotect(self, password: str) -> None:  # noqa: N802
        assert password == ""
        if self._sheet.protection.password:
            raise ComError(REFUSED)
        self._sheet.protection.sheet = False
        self.desk.selection.pop(self["name"], None)  # it is kept with the protection

    def Protect(self, *, Password: str, DrawingObjects: bool, Contents: bool, Scenarios: bool, **allowed: bool) -> None:  # noqa: N802, N803
        assert not Password
        guard = self._sheet.protection
        guard.sheet, guard.objects, guard.scenarios = Contents, DrawingObjects, Scenarios
        for name, option in _ALLOWED.items():
            setattr(guard, name, not allowed[option])


class ComApp(_Strict):
    """Excel.Application: dialogs answered from a list."""

    def InputBox(self, message: str, title: str, default: str, *, Type: int) -> Any:  # noqa: N802, N803
        self.desk.busy()
        assert (title, Type) == ("绩效自评", 2)
        assert len(message) <= 255, "Application.InputBox takes no longer prompt"
        self.desk.asked.append(message)
        answer = self.desk.answers.pop(0)
        return default if answer is None else answer

    def FileDialog(self, kind: int) -> Any:  # noqa: N802
        self.desk.busy()
        assert kind == 4
        answer = self.desk.answers.pop(0)

        class Dialog:
            Title = ""

            def Show(self) -> int:  # noqa: N802
                return -1 if answer else 0

            def SelectedItems(self, index: int) -> str:  # noqa: N802
                assert index == 1
                return str(answer)

        return Dialog()

    def GetSaveAsFilename(self, name: str, kind: str) -> Any:  # noqa: N802
        self.desk.busy()
        self.desk.asked.append(name)
        assert "," in kind
        return self.desk.answers.pop(0)

    def CalculateFullRebuild(self) -> None:  # noqa: N802
        self.desk.busy()
        self.desk.calculated += 1
        self.desk.live.calculate()
        for payload, sheet in zip(self.desk.impl.api["sheets"], self.desk.live.sheets(), strict=True):
            payload.update(self.desk.live.sheet_payload(sheet))


class Desktop:
    """One Excel with one workbook. The rest is what can stand in the way; asked, told, statuses, opened are what the user saw."""

    def __init__(self, live: LiveBook, *answers: Any) -> None:
        self.live, self.answers = live, list(answers)
        self.is_shared = self.is_read_only = self.is_editing = False
        self.can_copy = True
        self.address = ""
        self.chart_in_front = False
        self.filtered: set[str] = set()
        self.selection: dict[str, int] = {}
        self.asked: list[str] = []
        self.told: list[str] = []
        self.statuses: list[Any] = []
        self.opened: list[str] = []
        self.calculated = 0
        impl = _desk.App(_desk.engine.apps, add_book=False)
        impl.desk = self
        self.com = ComApp()
        self.com.desk = self
        self.impl = _desk.Book(self._payload(), impl.books)
        impl.books.books.append(self.impl)
        impl.books._active = self.impl
        self.book = xw.Book(impl=self.impl)

    def _payload(self) -> ComBook:
        api = ComBook(self.live.payload())
        api["sheets"] = [self._com_sheet(s) for s in api["sheets"]]
        api.desk = self
        return api

    def _com_sheet(self, payload: dict[str, Any]) -> ComSheet:
        sheet = ComSheet(payload)
        sheet.desk = self
        return sheet

    def busy(self) -> None:
        """Excel takes no calls while a cell is edited."""
        if self.is_editing:
            raise ComError(BUSY)

    def act(self, action: dict[str, Any]) -> None:
        """Does it, and shows what came of it."""
        self.busy()
        if action["func"] == "alert":
            self.told.append(action["args"][0])
            return
        try:
            self.live.apply(action)
        except RefusedError as error:
            raise ComError(REFUSED) from error
        titles = [s.title for s in self.live.sheets()]
        sheets = self.impl.api["sheets"]
        if action["func"] in {"addSheet", "sheetDelete"}:
            sheets[:] = [self._com_sheet(self.live.sheet_payload(s)) for s in self.live.sheets()]
        elif action["sheet_position"] is not None and action["func"] in {"setValues", "addNote", "deleteNote"}:
            sheets[action["sheet_position"]].update(self.live.sheet_payload(self.live.book[titles[action["sheet_position"]]]))


def _append(self: Any, **kwargs: Any) -> None:
    args = kwargs.get("args")
    action = {k: kwargs.get(k) for k in ("func", "values", "sheet_position", "start_row", "start_column", "row_count", "column_count")}
    action["args"] = args if isinstance(args, list) else [args]
    if action["func"] == "addConditionalFormat":
        action["where"] = kwargs["where"]
    self.books.app.desk.act(action)


class _Formats:
    """Rules of one range: Excel's FormatConditions."""

    def __init__(self, range_: Any, where: str) -> None:
        self.range, self.where = range_, where
        self.sheet = range_.sheet.book.books.app.desk.live.book[range_.sheet.name]

    def add_custom(self, spec: dict[str, Any]) -> _Rule:
        entry = {**spec, "fill_color": _desk._color_to_hex(spec["fill_color"])}
        self.range.sheet.book.append_json_action(func="addConditionalFormat", args=[entry], sheet_position=self.range.sheet.index - 1, where=self.where.replace(",", " "))
        return _Rule(self.sheet, "", None)

    def _all(self) -> list[_Rule]:
        return [_Rule(self.sheet, str(area.sqref), rule) for area in self.sheet.conditional_formatting for rule in area.rules]

    def __iter__(self) -> Iterator[_Rule]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __call__(self, key: int) -> _Rule:
        return self._all()[key - 1]


class _Rule:
    def __init__(self, sheet: Any, where: str, rule: Any) -> None:
        self.sheet, self.where, self.rule = sheet, where, rule

    @property
    def type(self) -> str:
        return "custom" if self.rule.type == "expression" else str(self.rule.type)

    @property
    def formula(self) -> str:
        return "=" + str(self.rule.formula[0])

    def delete(self) -> None:
        kept = ConditionalFormattingList()
        for area in self.sheet.conditional_formatting:
            for rule in area.rules:
                if rule is not self.rule:
                    kept.add(str(area.sqref), rule)
        self.sheet.conditional_formatting = kept


def _status(self: Any, text: Any) -> None:
    self.desk.busy()
    self.desk.statuses.append(text)


def _cells_of(range_: Any) -> Any:
    sheet = range_.sheet.book.books.app.desk.live.book[range_.sheet.name]
    found = sheet[range_.address.replace("$", "")]
    return [c for row in found for c in row] if isinstance(found, tuple) else [found]


def _number_format(self: Any) -> str | None:
    """One for all cells; of several none, as Excel says."""
    shown = {c.number_format for c in _cells_of(self)}
    return str(shown.pop()) if len(shown) == 1 else None


def _set_number_format(self: Any, value: str) -> None:
    for cell in _cells_of(self):
        cell.number_format = value


def _path(self: Any) -> str:
    desk = self.books.app.desk
    assert not desk.address, "xlwings reads the workbook's own sheet xlwings.conf here, or fails"
    return str(desk.live.path)


def _fit(module: Any) -> None:
    """The copied module made into a desktop engine."""
    module.Book.append_json_action = _append
    module.Book.fullname = property(_path)
    module.Engine.type = property(lambda _self: "desktop")
    module.App.activate = lambda _self, _steal_focus=False: None
    module.App.api = property(lambda self: self.desk.com)
    module.App.status_bar = property(lambda _self: "", _status)
    module.Note.text = property(lambda self: self.range.sheet.book.books.app.desk.live.book[self.range.sheet.name][self.range.address.replace("$", "")].comment.text)
    module.Range.number_format = property(_number_format, _set_number_format)
    own_range = module.Sheet.range

    def any_range(self: Any, arg1: Any, arg2: Any = None) -> Any:
        parts = arg1.split(",") if isinstance(arg1, str) else []
        found = own_range(self, parts[0] if parts else arg1, arg2)
        found.areas = arg1 if parts else ""
        return found

    module.Sheet.range = any_range
    module.Range.conditional_formats = property(lambda self: _Formats(self, getattr(self, "areas", "") or self.address))
    own_active = module.Sheets.active

    class Chart:
        name = "图表1"

        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"a chart sheet was asked for {name}")

    module.Sheets.active = property(lambda self: Chart() if self.book.books.app.desk.chart_in_front else own_active.fget(self))

    def alert(self: Any, prompt: str, title: str, buttons: str, mode: str, callback: Any) -> str:
        del callback
        assert title == "绩效自评"
        self.desk.busy()
        self.desk.told.append(prompt)
        self.desk.mode = mode
        return self.desk.answers.pop(0) if buttons == "yes_no" else "ok"

    module.App.alert = alert

    class Opened:
        def __init__(self, name: str) -> None:
            self.name = name

    def opened(self: Any, fullname: str, *_more: Any) -> Any:
        self.app.desk.busy()
        self.app.desk.opened.append(fullname)
        return Opened(fullname)

    module.Books.open = opened


_fit(_desk)
