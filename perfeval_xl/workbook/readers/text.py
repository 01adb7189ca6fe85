"""CSV and TSV: encodings tried strictly in a fixed order, no guess beyond them; the delimiter that gives the most even rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import islice

from perfeval_xl.workbook.readers.base import Book, Cells, FileKind, clean, refused
from perfeval_xl.workbook.readers.limits import MAX_TEXT_FILE
from perfeval_xl.workbook.readers.ods import ERROR_TEXT

_DELIMITERS = ",\t;|，"
_SAMPLE = 200  # rows that decide the delimiter
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", ""), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decoded(data: bytes) -> str | None:
    """Text of a file: what its mark says, else UTF-8, else GB18030; None for what is no text."""
    encodings = next(([name] for mark, name in _MARKS if data.startswith(mark)), ["utf-8", "gb18030"])
    for encoding in encodings:
        try:
            text = data.decode(encoding) if encoding else ""
        except UnicodeDecodeError:
            continue
        if text and not any(c < " " and c not in "\t\n\r\f\x1a" for c in set(text)):
            return text
    return None


def read_text(file: str, text: str) -> Book:
    """Reads rows of separated values; all values are texts, as in the file. Raises: ReadError."""
    if len(text) > MAX_TEXT_FILE:
        raise refused(file, "unsafe-workbook", f"文本有 {len(text) // 1_000_000} MB", f"不超过 {MAX_TEXT_FILE // 1_000_000} MB")
    text = text.removeprefix("\ufeff").rstrip("\x1a")
    cells = Cells(file, "CSV")
    announced = text[:4] == "sep=" and text[5:6] in {"\n", "\r"}
    try:
        delimiter = text[4] if announced else _delimiter(text)
        if not delimiter:
            raise refused(file, "not-a-workbook", "这是纯文本，没有分成列", "工作簿，或以逗号、制表符分列的 CSV 文件")
        # the line sep=; is no row
        for row, line in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 0 if announced else 1):
            for column, value in enumerate(line if row else (), 1):
                shown = clean(value)
                if ERROR_TEXT.match(shown):
                    cells.errors[row, column] = shown
                else:
                    cells.put(row, column, shown)
    except csv.Error as error:
        raise refused(file, "not-a-workbook", "CSV 文件的引号不成对，或某格文字过长", "引号成对的 CSV 文件") from error
    return Book(file, FileKind.TEXT, "csv", (cells.grid(),))


def _delimiter(text: str) -> str:
    """The delimiter under which the most rows have the same number of columns, more than one; blank where none does. Raises: csv.Error."""
    best = (0, 0, "")
    failed: csv.Error | None = None
    sample = text[:200_000]
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        try:
            widths = Counter(len(line) for line in islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), _SAMPLE) if line)
        except csv.Error as error:
            failed = error
            continue
        width, rows = max(((w, n) for w, n in widths.items() if w > 1), key=lambda pair: (pair[1], pair[0]), default=(0, 0))
        if (rows, width) > best[:2]:
            best = rows, width, delimiter
    if failed is not None and not best[2]:
        raise failed
    return best[2]
