"""Guards: what of a workbook forbids writing (protected, shared, filtered, read-only), told before anything is written.

Only Excel itself can say so; the server learns of it when its actions are refused, and then nothing has been kept back.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import xlwings as xw

from perfeval_xl.excel.host import CommandError

REJECTED = frozenset({-2147418111, -2146777998, -2147417846})
"""COM: the call was rejected, Excel is busy: a cell is being edited, a dialog is open."""
_ALLOWED = (
    "AllowFormattingCells", "AllowFormattingColumns", "AllowFormattingRows", "AllowInsertingColumns", "AllowInsertingRows",
    "AllowInsertingHyperlinks", "AllowDeletingColumns", "AllowDeletingRows", "AllowSorting", "AllowFiltering", "AllowUsingPivotTables",
)  # fmt: skip


MAX_ATTEMPTS = 1000


def bound_attempts() -> None:
    """Calls that Excel rejects are made again a number of times, not without end: a cell in edit mode would hang the program for ever."""
    if sys.platform == "win32":
        from xlwings import _xlwindows  # noqa: PLC0415  # there is only one of it

        _xlwindows.N_COM_ATTEMPTS = MAX_ATTEMPTS


def is_desktop(book: xw.Book) -> bool:
    """Whether Excel itself is behind the book."""
    return book.app.engine.type == "desktop"


def check_book(book: xw.Book, *, changes_sheets: bool = False) -> None:
    """Raises: CommandError where the workbook cannot be changed at all. changes_sheets: whether a sheet is to be put in or deleted."""
    if not is_desktop(book):
        return
    api = book.api
    if api.MultiUserEditing:
        raise CommandError("这是共享工作簿，不能批量改写", "未共享的工作簿", "请在“审阅”中取消“共享工作簿”后再试。")
    if changes_sheets and api.ProtectStructure:
        raise CommandError("工作簿的结构受保护，不能增加或删除工作表", "未保护结构的工作簿", "请在“审阅—保护工作簿”中取消保护后再试。")


def is_read_only(book: xw.Book) -> bool:
    """Whether it can only be saved under another name."""
    return is_desktop(book) and bool(book.api.ReadOnly)


@contextmanager
def unlocked(book: xw.Book, sheets: Sequence[str], *, is_own: bool) -> Iterator[None]:
    """The sheets writable within the block. The protection of a form of ours, which has no password, is lifted and put back as it was.

    Raises: CommandError, before anything is written.
    """
    if not is_desktop(book):
        yield
        return
    with ExitStack() as stack:
        for name in dict.fromkeys(sheets):
            api = book.sheets[name].api
            if api.FilterMode:
                raise CommandError(f"工作表“{name}”正在筛选，部分行没有显示", "没有筛选的表", "请在“数据—清除”中清除筛选后再试。")
            if api.ProtectContents:
                if not is_own:
                    raise CommandError(f"工作表“{name}”受保护", "未保护的工作表", "请在“审阅—撤销工作表保护”后再试。")
                stack.enter_context(_lifted(api, name))
        yield


@contextmanager
def _lifted(api: Any, name: str) -> Iterator[None]:
    allowed = {option: bool(getattr(api.Protection, option)) for option in _ALLOWED}
    drawings, scenarios, selection = bool(api.ProtectDrawingObjects), bool(api.ProtectScenarios), api.EnableSelection
    try:
        api.Unprotect("")
    except Exception as error:
        raise _locked(name) from error
    if api.ProtectContents:
        raise _locked(name)
    try:
        yield
    finally:
        api.Protect(Password="", DrawingObjects=drawings, Contents=True, Scenarios=scenarios, **allowed)
        api.EnableSelection = selection


def _locked(name: str) -> CommandError:
    return CommandError(f"工作表“{name}”设有保护密码", "模板原有的、没有密码的保护", "请撤销工作表保护后再试。")


def explained(error: BaseException) -> CommandError | None:
    """What an error of Excel's own means to the user; None for one that is ours to mend."""
    code = getattr(error, "hresult", None)
    codes = {code} if isinstance(code, int) else set()
    details = error.args[2] if len(error.args) > 2 and isinstance(error.args[2], tuple) else ()
    codes |= {c for c in details if isinstance(c, int)}
    if codes & REJECTED:
        return CommandError("Excel 正忙：有单元格正在编辑，或有对话框没有关闭", "没有正在编辑的单元格", "请按回车或 Esc 结束编辑，关闭对话框后再点一次。")
    if isinstance(code, int):
        return CommandError("Excel 拒绝了这项操作，可能是工作簿只读、受保护，或处于“受保护的视图”", "可以编辑的工作簿", "请点“启用编辑”或另存为一个新文件后再试；仍不行时运行“诊断”。")
    return None
