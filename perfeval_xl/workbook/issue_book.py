"""Issue lists as workbooks: 问题清单 with links and room for the reviewer, 统计 with sums that agree, 退回意见 for each department."""

from __future__ import annotations

import datetime
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from perfeval_xl.compare.issues import Checked, CheckedFile, Issue
from perfeval_xl.core.department import unit_key
from perfeval_xl.core.findings import KINDS, SEVERITY_TITLES, FindingKind, Severity
from perfeval_xl.files import OutputError, check_output, write_aside
from perfeval_xl.workbook.links import link
from perfeval_xl.workbook.read import ReadError, read_workbook
from perfeval_xl.workbook.reviews import SHEET, SUMMARY
from perfeval_xl.workbook.send_back import CLOSING, COLUMNS, SIGNATURE, Note, notes_of

ROWS = 60_000
"""Rows of one sheet: a sheet holds 65,530 links, and no more."""
MAX_NOTES = 250
"""Letters in one workbook; a workbook of more sheets opens slowly everywhere."""
MAX_CELL = 32_000
_CREATED = datetime.datetime(2026, 1, 1)  # constant: the same findings give the same file
_HEADINGS = ("序号", "级别", "编号", "问题", "单位", "文件", "工作表", "单元格", "发现", "应为", "处理办法", "打开", "复核意见", "复核人")
_WIDTHS = (5, 9, 7, 14, 13, 15, 8, 7, 34, 18, 21, 6, 15, 8)
_ACCEPTED = "已接受"
_LINE = {"border": 1, "border_color": "#9AA5B1"}
_COLOURS = {"error": "#FBE3E1", "warning": "#FFF3D6", "info": "#E8F1FA", "accepted": "#ECECEC"}
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "title": {"font_size": 15, "bold": True, "font_name": "黑体", "text_wrap": False},
    "hint": {"font_color": "#5B6770", "text_wrap": False},
    "head": {"bold": True, "bg_color": "#DDE7F0", "align": "center", **_LINE},
    "cell": dict(_LINE),
    "centre": {"align": "center", **_LINE},
    "number": {"align": "right", "num_format": "0", **_LINE},
    "sum": {"align": "right", "num_format": "0", "bold": True, "bg_color": "#F3F6F9", **_LINE},
    "sum-label": {"bold": True, "bg_color": "#F3F6F9", **_LINE},
    "link": {"align": "center", "font_color": "#0563C1", "underline": 1, **_LINE},
    "open": {"bg_color": "#FFFFFF", "locked": False, **_LINE},
    **{name: {"align": "center", "bg_color": colour, "bold": name == "error", **_LINE} for name, colour in _COLOURS.items()},
    "letter-title": {"font_size": 18, "bold": True, "font_name": "黑体", "align": "center", "text_wrap": False},
    "remark": {"font_color": "#5B6770", "align": "left"},
    "letter": {"font_size": 12, "align": "left", "valign": "top"},
    "signature": {"font_size": 12, "align": "left", "text_wrap": False},
    "letter-head": {"font_size": 11, "bold": True, "bg_color": "#DDE7F0", "align": "center", **_LINE},
    "letter-cell": {"font_size": 11, "valign": "top", **_LINE},
    "letter-centre": {"font_size": 11, "valign": "top", "align": "center", **_LINE},
}  # fmt: skip


def write_issue_book(checked: Checked, target: Path) -> None:
    """Writes the workbook; an existing one is replaced as a whole. Raises: OutputError."""
    write_aside(target, issue_book(checked, target.parent))


def check_issue_output(target: Path, sources: Sequence[Path]) -> tuple[Path, ...]:
    """Whether the list may be written there, and the list that lies there already, whose reviews are to be kept. Raises: OutputError."""
    for source in sources:
        check_output(target, source)
    if target.suffix.lower() != ".xlsx":
        raise OutputError(f"问题清单的文件名应以 .xlsx 结尾。请改用“{target.stem}.xlsx”。")
    if not target.exists():
        return ()
    try:
        book = read_workbook(target)
    except ReadError as error:
        if error.finding.kind.kind == "encrypted-workbook":  # its reviews would be lost unread
            raise OutputError(f"“{target.name}”设有打开密码，其中的复核意见无法读取。请取消密码，或换一个输出文件名。") from error
        return ()
    return (target,) if any(g.sheet.startswith(SHEET) for g in book.grids) else ()


def issue_book(checked: Checked, folder: Path) -> bytes:
    """The workbook's bytes. folder: where it will lie, for the links."""
    import xlsxwriter  # noqa: PLC0415  # on demand

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    book.set_properties({"title": SHEET, "author": "perfeval_xl", "created": _CREATED})
    formats = {name: book.add_format({"font_name": "宋体", "font_size": 10, "valign": "vcenter", "text_wrap": True, **own}) for name, own in _FORMATS.items()}
    pages = _pages(checked)
    for number, page in enumerate(pages):
        _list(book.add_worksheet(SHEET if not number else f"{SHEET}（续{number}）"), page, (number, len(pages)), formats, folder)
    letters = notes_of(checked)
    _summary(book.add_worksheet(SUMMARY), checked, formats, _remarks(checked, len(pages), len(letters)))
    names = {SHEET.lower(), SUMMARY.lower()}
    for letter in letters[:MAX_NOTES]:
        name = "退回意见" if len(letters) == 1 else _sheet_name(letter.name, names)
        names.add(name.lower())
        _letter(book.add_worksheet(name), letter, formats)
    book.close()
    return stream.getvalue()


def _remarks(checked: Checked, pages: int, letters: int) -> list[str]:
    notes = list(checked.notes)
    if pages > 1:
        notes.append(f"问题较多，一张工作表放不下，分列在“{SHEET}”及“{SHEET}（续1）”等 {pages} 张工作表中，序号连续。")
    hinted = sum(not (c["error"] or c["warning"]) and bool(c["info"]) for _, _, c in _by_department(checked))
    if hinted:
        notes.append(f"有 {hinted} 个单位只有“提示”，不需退回，未生成退回意见。")
    if letters > MAX_NOTES:
        notes.append(f"共有 {letters} 个单位需要退回，本工作簿只生成了前 {MAX_NOTES} 个单位的退回意见。请分批校验，以生成其余单位的退回意见。")
    return notes


Row = tuple[int, CheckedFile, Issue]


def _pages(checked: Checked) -> list[list[Row]]:
    """Rows by severity, then in the order of the files; accepted ones last."""
    order = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
    every = sorted(checked.issues(), key=lambda pair: (pair[1].is_accepted, order[pair[1].finding.severity]))
    rows = [(number, one, issue) for number, (one, issue) in enumerate(every, 1)]
    return [rows[i : i + ROWS] for i in range(0, len(rows), ROWS)] or [[]]


def _text(value: str) -> str:
    """What a cell can hold: bounded, and characters that are no text marked."""
    value = value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    return value if len(value) <= MAX_CELL else value[:MAX_CELL] + "…"


def _list(sheet: Any, rows: Sequence[Row], page: tuple[int, int], formats: Mapping[str, Any], folder: Path) -> None:
    number, pages = page
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    part = f"（共 {pages} 张，第 {number + 1} 张）" if pages > 1 else ""
    sheet.write_string(0, 0, f"{SHEET}{part}", formats["title"])
    sheet.set_row(0, 26)
    hint = "经核实可以接受的问题，请在“复核意见”栏写“接受：”及理由，在“复核人”栏署名；再次校验时保留本文件，即列为已接受，不再计为错误。" if rows else "没有发现问题。"
    sheet.write_string(1, 0, hint, formats["hint"])
    for column, title in enumerate(_HEADINGS):
        sheet.write_string(2, column, title, formats["head"])
    sheet.set_row(2, 22)
    for at, (serial, one, issue) in enumerate(rows, 3):
        _issue(sheet, at, (serial, one, issue), formats, folder)
    sheet.autofilter(2, 0, max(2 + len(rows), 3), len(_HEADINGS) - 1)
    sheet.freeze_panes(3, 4)
    sheet.repeat_rows(2)
    _page(sheet, landscape=True)
    sheet.ignore_errors({"number_stored_as_text": "A1:N1048576"})


def _issue(sheet: Any, at: int, row: Row, formats: Mapping[str, Any], folder: Path) -> None:
    serial, one, issue = row
    found, place, review = issue.finding, issue.finding.location, issue.review
    severity = SEVERITY_TITLES[found.severity]
    style = "accepted" if issue.is_accepted else found.severity.value
    sheet.write_number(at, 0, serial, formats["centre"])
    sheet.write_string(at, 1, f"{_ACCEPTED}（{severity}）" if issue.is_accepted else severity, formats[style])
    texts = (found.kind.code, found.kind.title, one.department, one.file, place.sheet, place.cell, found.found, found.expected, found.kind.remedy)
    for column, text in enumerate(texts, 2):
        sheet.write_string(at, column, _text(text), formats["centre" if column in {2, 7} else "cell"])
    url = link(one.path, folder, place.sheet, place.cell)
    if url:
        sheet.write_url(at, 11, url, formats["link"], "打开")
    else:
        sheet.write_blank(at, 11, None, formats["cell"])
    for column, text in ((12, review.opinion if review else ""), (13, review.by if review else "")):
        if text:
            sheet.write_string(at, column, _text(text), formats["open"])
        else:
            sheet.write_blank(at, column, None, formats["open"])
    shown = ("", "", "", *texts[1:], "", review.opinion if review else "")
    sheet.set_row(at, _height(shown, _WIDTHS))


def _height(texts: Sequence[str], widths: Sequence[int], size: int = 10, most: int = 160) -> float:
    """Enough for the wrapped texts of a row: a Chinese character takes two columns' worth of width."""
    lines = 1
    for text, width in zip(texts, widths, strict=False):
        room = max(width - 2, 2)
        parts = text[:4_000].split("\n") if len(text) > 4 else ()
        lines = max(lines, sum(-(-_width(part) // room) or 1 for part in parts))
    return min(6 + (size + 3.5) * lines, float(most))


def _width(text: str) -> int:
    return sum(1 if c.isascii() else 2 for c in text)


def _page(sheet: Any, *, landscape: bool) -> None:
    """A4, one page wide, as many as it takes."""
    if landscape:
        sheet.set_landscape()
    else:
        sheet.set_portrait()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.set_footer("&C&9&A　第 &P 页，共 &N 页")
    sheet.hide_gridlines(2)


# ---- 统计 -------------------------------------------------------------------------------------------------------------

_COUNTED = ("error", "warning", "info", "accepted")
_COUNT_TITLES = ("错误", "提醒", "提示", _ACCEPTED, "合计")


def _state(issue: Issue) -> str:
    return "accepted" if issue.is_accepted else issue.finding.severity.value


def _summary(sheet: Any, checked: Checked, formats: Mapping[str, Any], notes: Sequence[str]) -> None:
    for column, width in enumerate((10, 26, 8, 8, 8, 8, 8)):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, "问题统计", formats["title"])
    sheet.set_row(0, 26)
    unread = sum(not one.is_read for one in checked.files)
    sheet.write_string(1, 0, f"共校验 {len(checked.files)} 个文件" + (f"，其中 {unread} 个无法读取或无法计分。" if unread else "。"), formats["hint"])
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    for _, issue in checked.issues():
        by_kind[issue.finding.kind.code][_state(issue)] += 1
    title = {k.code: k.title for k in _kinds(checked)}
    row = _table(sheet, 3, ("编号", "问题"), [(code, title[code], by_kind[code]) for code in sorted(by_kind)], formats)
    row = _table(sheet, row + 2, ("文件数", "单位"), list(_by_department(checked)), formats)
    sheet.write_string(row + 1, 0, "两表的合计均为全部问题数，应当相等。", formats["hint"])
    row += 3
    rulesets = Counter(f"{one.ruleset}（{one.ruleset_reason}）" for one in checked.files if one.ruleset)
    lines = [*(f"规则集：{name}，{count} 个文件。" for name, count in rulesets.items()), *notes]
    for line in lines:
        sheet.merge_range(row, 0, row, 6, "", formats["remark"])
        sheet.write_string(row, 0, _text(line), formats["remark"])
        sheet.set_row(row, _height([line], [76]))
        row += 1
    sheet.repeat_rows(0)
    _page(sheet, landscape=False)


def _kinds(checked: Checked) -> Iterator[FindingKind]:
    yield from KINDS.values()
    for _, issue in checked.issues():
        yield issue.finding.kind


def _by_department(checked: Checked) -> Iterator[tuple[int, str, Counter[str]]]:
    groups: dict[str, list[CheckedFile]] = defaultdict(list)
    for one in checked.files:
        groups[unit_key(one.department) or f"\0{one.file}"].append(one)
    for files in groups.values():
        count = Counter(_state(i) for one in files for i in one.issues)
        yield len(files), files[0].department or f"（未写单位）{files[0].file}", count


def _table(sheet: Any, top: int, heads: tuple[str, str], rows: Sequence[tuple[str | int, str, Counter[str]]], formats: Mapping[str, Any]) -> int:
    """One table of counts with its sums; returns the row of the sums."""
    for column, title in enumerate((*heads, *_COUNT_TITLES)):
        sheet.write_string(top, column, title, formats["head"])
    at = top
    for first, name, count in rows:
        at += 1
        if isinstance(first, int):
            sheet.write_number(at, 0, first, formats["number"])
        else:
            sheet.write_string(at, 0, first, formats["centre"])
        sheet.write_string(at, 1, _text(name), formats["cell"])
        for column, state in enumerate(_COUNTED, 2):
            sheet.write_number(at, column, count[state], formats["number"])
        sheet.write_formula(at, 6, f"=SUM(C{at + 1}:F{at + 1})", formats["number"], count.total())
        sheet.set_row(at, _height([name], [26]))
    end = at + 1
    sheet.write_string(end, 0, "合计", formats["sum-label"])
    sheet.write_blank(end, 1, None, formats["sum-label"])
    for column, state in enumerate((*_COUNTED, ""), 2):
        value = sum(count[state] if state else count.total() for _, _, count in rows)
        letter = "ABCDEFG"[column]
        if rows:
            sheet.write_formula(end, column, f"=SUM({letter}{top + 2}:{letter}{at + 1})", formats["sum"], value)
        else:
            sheet.write_number(end, column, 0, formats["sum"])
    return end


# ---- 退回意见 ---------------------------------------------------------------------------------------------------------

_LETTER_WIDTHS = (6, 7, 16, 42, 26)
_BAD_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def _sheet_name(department: str, taken: set[str]) -> str:
    """退回 + department: allowed signs, 31 characters, not yet taken."""
    clean = _text(_BAD_NAME.sub("", department)).strip(" '") or "未写单位"
    name, number = f"退回 {clean}"[:31].rstrip(" '"), 1
    while name.lower() in taken:
        number += 1
        tail = f"（{number}）"
        name = f"退回 {clean}"[: 31 - len(tail)].rstrip(" '") + tail
    return name


def _letter(sheet: Any, note: Note, formats: Mapping[str, Any]) -> None:
    whole = sum(_LETTER_WIDTHS)
    for column, width in enumerate(_LETTER_WIDTHS):
        sheet.set_column(column, column, width)

    def across(row: int, text: str, style: str, least: float = 0) -> None:
        sheet.merge_range(row, 0, row, len(_LETTER_WIDTHS) - 1, "", formats[style])
        sheet.write_string(row, 0, _text(text), formats[style])
        sheet.set_row(row, max(_height([text], [whole - 4], 12, 400), least))

    across(0, note.title, "letter-title", 36)
    across(2, note.salutation, "letter")
    across(3, f"　　{note.opening}", "letter")
    top = 5
    for column, title in enumerate(COLUMNS):
        sheet.write_string(top, column, title, formats["letter-head"])
    sheet.set_row(top, 22)
    row = top
    for line in note.lines:
        row += 1
        sheet.write_number(row, 0, line.number, formats["letter-centre"])
        for column, text in enumerate(line[1:], 1):
            sheet.write_string(row, column, _text(text), formats["letter-centre" if column == 1 else "letter-cell"])
        sheet.set_row(row, _height(["", *line[1:]], _LETTER_WIDTHS, 11, 400))
    row += 1
    for text in CLOSING:
        row += 1
        across(row, f"　　{text}", "letter")
    row += 1
    for text in SIGNATURE:
        row += 1
        sheet.write_string(row, 3, f"　　　　　　{text}", formats["signature"])
        sheet.set_row(row, 22)
    sheet.repeat_rows(top)
    _page(sheet, landscape=False)
