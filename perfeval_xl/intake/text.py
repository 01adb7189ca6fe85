""".txt → source: the text of a PDF, lines broken anywhere; tables of indicators put together again. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from perfeval_xl.intake.broken_table import find_header, rebuilt, table_end
from perfeval_xl.intake.lines import Line, full_width, is_bare_number, is_page_number, page_numbers, prose
from perfeval_xl.intake.source import Block, IntakeError, Source
from perfeval_xl.workbook.readers.text import decoded

MAX_TEXT = 2_000_000
"""Bytes: a report of a thousand pages."""
MAX_LINES = 60_000
MAX_TABLES = 50


def read_text(name: str, data: bytes) -> Source:
    """Raises: IntakeError."""
    if len(data) > MAX_TEXT:
        raise IntakeError(f"“{name}”有 {len(data) / 1_000_000:.1f} MB，超过 {MAX_TEXT // 1_000_000} MB，不是一份自评报告的文本。请只保留报告本身后重试。")
    text = decoded(data)
    if text is None or "\0" in text[:10_000]:
        raise IntakeError(f"“{name}”不是文本文件，或文字编码不是 UTF-8、UTF-16、GB18030。请用记事本打开后另存为 UTF-8 编码的 .txt 重试。")
    if not text.strip():
        raise IntakeError(f"“{name}”没有文字。请确认文件是否选对。")
    return Source(name, "文本文件", blocks_of(_lines(name, text)))


def _lines(name: str, text: str) -> list[Line]:
    """Lines with something on them; what surely is a page number left out. Form feeds count the pages."""
    out: list[Line] = []
    page = 1
    pages = text.count("\f")
    split = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(split) > MAX_LINES:
        raise IntakeError(f"“{name}”有 {len(split)} 行，超过 {MAX_LINES} 行，不是一份自评报告的文本。请只保留报告本身后重试。")
    counted = page_numbers([page.split("\n") for page in "\n".join(split).split("\f")]) if pages else frozenset()
    at = 0  # line of its page
    for number, raw in enumerate(split, 1):
        for piece, line in enumerate(raw.split("\f")):
            page, at = (page + 1, 0) if piece else (page, at)
            is_number = is_page_number(line) and (not is_bare_number(line) or (page - 1, at) in counted)
            if line.strip() and not is_number:
                place = f"第 {page} 页，文本第 {number} 行" if pages else f"第 {number} 行"
                out.append(Line(line, place, is_opened=line.startswith(("\u3000\u3000", "    "))))
        at += 1
    return out


def blocks_of(lines: Sequence[Line]) -> list[Block]:
    """Paragraphs, and tables between them."""
    out: list[Block] = []
    start, full = 0, full_width(lines)
    for _ in range(MAX_TABLES):
        header = find_header(lines, start)
        if header is None:
            break
        end = table_end(lines, header.last + 1)
        out += prose(lines[start : header.first], full)
        out.append(rebuilt(lines, header, end))
        start = end
    return out + prose(lines[start:], full)
