"""New values in one sheet part: only the cells' own bytes change; missing cells and rows are put in where they belong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple
from xml.sax.saxutils import escape

from perfeval_xl.core.decimals import plain, to_decimal
from perfeval_xl.workbook.grid import address, position
from perfeval_xl.workbook.sheetcells import Cell, Position, Row, SheetCells, find_cells
from perfeval_xl.workbook.xmlparts import XmlError, attribute_spans, from_utf8, prefix_of, to_utf8

NewValue = str | int | float | bool | Decimal | None
MAX_TEXT = 32_767  # what a cell can hold
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


class ValueRefusedError(ValueError):
    """A value no cell can hold; the text is one Chinese clause."""


class _Edit(NamedTuple):
    """Bytes [start, end) become `text`. order: among insertions at one place."""

    start: int
    end: int
    order: Position
    text: bytes


def edited(part: bytes, values: Mapping[Position, NewValue]) -> bytes:
    """The sheet part with these values. Raises: XmlError for the part, ValueRefusedError for a value."""
    data, codec = to_utf8(part)
    found = find_cells(data, values)
    prefix = prefix_of(data, found.data.start)
    edits: list[_Edit] = []
    for row in sorted({row for row, _ in values}):
        columns = sorted(column for r, column in values if r == row)
        missing = [c for c in columns if (row, c) not in found.cells]
        edits += [_replacement(data, found.cells[row, c], values[row, c]) for c in columns if c not in missing]
        fresh = [(c, _new_cell(prefix, found, (row, c), values[row, c])) for c in missing if values[row, c] is not None]
        if fresh and row in found.rows:
            edits += _into_row(data, found.rows[row], row, fresh)
        elif fresh:
            text = b"<%srow r=\"%d\">%s</%srow>" % (prefix, row, b"".join(t for _, t in fresh), prefix)
            edits.append(_Edit(found.before[row], found.before[row], (row, 0), text))
    edits = _opened(found, edits, prefix)
    added = [p for p, v in values.items() if p not in found.cells and v is not None]
    return from_utf8(_applied(data, [*edits, *_dimension(data, found, added)]), codec)


def _replacement(data: bytes, cell: Cell, value: NewValue) -> _Edit:
    """The cell with its own start tag, formula and extensions, and the new value between them."""
    tag, prefix = data[cell.start : cell.head], prefix_of(data, cell.start)
    formula = _kept(data, cell, "f")
    kind, content = _content(value, prefix, has_formula=bool(formula))
    spans = attribute_spans(tag)
    # vm points at a rich value (a linked data type, a picture in the cell) that the old value was
    for name in sorted((n for n in spans if n in {b"t", b"vm"}), key=lambda n: -spans[n][0]):
        start, end = spans[name]
        tag = tag[:start] + tag[end:]
    body = formula + content + _kept(data, cell, "extLst")
    tag = tag.removesuffix(b">").removesuffix(b"/").rstrip()
    text = tag + kind + (b">" + body + b"</%sc>" % prefix if body else b"/>")
    return _Edit(cell.start, cell.end, (0, 0), text)


def _kept(data: bytes, cell: Cell, name: str) -> bytes:
    start, end = cell.kept.get(name, (0, 0))
    return data[start:end]


def _content(value: NewValue, prefix: bytes, *, has_formula: bool) -> tuple[bytes, bytes]:
    """The type attribute and the value element."""
    if value is None:
        return b"", b""
    kind, text = b"", ""
    if isinstance(value, bool):
        kind, text = b' t="b"', str(int(value))
    elif isinstance(value, str):
        return _text(value, prefix, has_formula=has_formula)
    else:
        number = to_decimal(value)
        if number is None:
            raise ValueRefusedError(f"“{value}”不是有限的数")
        text = plain(number)
    return kind, b"<%sv>%s</%sv>" % (prefix, text.encode("ascii"), prefix)


def _text(value: str, prefix: bytes, *, has_formula: bool) -> tuple[bytes, bytes]:
    """Text stays text whatever it starts with: the cell's type says so."""
    if len(value) > MAX_TEXT:
        raise ValueRefusedError(f"文字有 {len(value)} 个字，超过单元格的上限 {MAX_TEXT} 个")
    if _FORBIDDEN.search(value):
        raise ValueRefusedError("文字中有不能写入单元格的控制字符")
    # _x0041_ in a file means the letter A: a literal one is written with its underline escaped
    safe = escape(_LOOKS_ESCAPED.sub("_x005F_", value), {"\r": "&#13;"}).encode("utf-8")
    if has_formula:
        return b' t="str"', b"<%sv>%s</%sv>" % (prefix, safe, prefix)
    return b' t="inlineStr"', b'<%sis><%st xml:space="preserve">%s</%st></%sis>' % (prefix, prefix, safe, prefix, prefix)


def _new_cell(prefix: bytes, found: SheetCells, at: Position, value: NewValue) -> bytes:
    style = found.style(*at)
    kind, content = _content(value, prefix, has_formula=False)
    styled = b' s="%s"' % style.encode("ascii") if style != "0" and style.isascii() and style.isdecimal() else b""
    return b'<%sc r="%s"%s%s>%s</%sc>' % (prefix, address(*at).encode("ascii"), styled, kind, content, prefix)


def _into_row(data: bytes, row: Row, number: int, fresh: list[tuple[int, bytes]]) -> list[_Edit]:
    """Cells into a row that exists; its spans hint is widened where it no longer holds."""
    tag = data[row.start : row.head]
    edits: list[_Edit] = []
    spans = attribute_spans(tag).get(b"spans")
    first, _, last = row.attributes.get("spans", "").partition(":")
    head = tag
    if spans is not None and first.isdecimal() and last.isdecimal():
        low, high = min(int(first), fresh[0][0]), max(int(last), fresh[-1][0])
        if (low, high) != (int(first), int(last)):
            head = tag[: spans[0]] + b' spans="%d:%d"' % (low, high) + tag[spans[1] :]
    if row.is_empty:
        head = head.removesuffix(b"/>").rstrip() + b">" + b"".join(t for _, t in fresh) + b"</%srow>" % prefix_of(data, row.start)
        return [_Edit(row.start, row.end, (number, 0), head)]
    if head != tag:
        edits.append(_Edit(row.start, row.head, (number, 0), head))
    return edits + [_Edit(row.before[c], row.before[c], (number, c), text) for c, text in fresh]


def _opened(found: SheetCells, edits: list[_Edit], prefix: bytes) -> list[_Edit]:
    """Rows put into <sheetData/>: it gets an end tag."""
    if not found.data.is_empty:
        return edits
    rows = b"".join(e.text for e in sorted(edits, key=lambda e: e.order))
    return [_Edit(found.data.start, found.data.end, (0, 0), b"<%ssheetData>%s</%ssheetData>" % (prefix, rows, prefix))] if rows else []


def _dimension(data: bytes, found: SheetCells, added: list[Position]) -> list[_Edit]:
    """The used range, widened by cells that were not there; one that never was right (WPS: A1) stays as found."""
    if found.dimension is None or not added:
        return []
    tag = data[found.dimension.start : found.dimension.head]
    span = attribute_spans(tag).get(b"ref")
    first, _, last = found.dimension.attributes.get("ref", "").partition(":")
    start, end = position(first), position(last or first)
    if span is None or start is None or end is None or start == end:
        return []
    top, left = min(start[0], *(r for r, _ in added)), min(start[1], *(c for _, c in added))
    bottom, right = max(end[0], *(r for r, _ in added)), max(end[1], *(c for _, c in added))
    if (top, left, bottom, right) == (*start, *end):
        return []
    new = b' ref="%s:%s"' % (address(top, left).encode("ascii"), address(bottom, right).encode("ascii"))
    return [_Edit(found.dimension.start, found.dimension.head, (0, 0), tag[: span[0]] + new + tag[span[1] :])]


def _applied(data: bytes, edits: list[_Edit]) -> bytes:
    pieces, position = [], 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end, e.order)):
        if edit.start < position:
            raise XmlError("各处改动互相重叠")
        pieces += [data[position : edit.start], edit.text]
        position = edit.end
    return b"".join([*pieces, data[position:]])
