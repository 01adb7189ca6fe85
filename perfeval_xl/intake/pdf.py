""".pdf with a text layer → source: ruled tables cell by cell, tables without rules by the columns of their words, and lines of text."""

from __future__ import annotations

import io
import itertools
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from perfeval_xl.intake.broken_table import table_end
from perfeval_xl.intake.lines import (
    Line,
    cell_text,
    first_number,
    full_width,
    is_bare_number,
    is_page_number,
    page_numbers,
    prose,
)
from perfeval_xl.intake.open_table import PlacedLine, Word, find_open_header, open_table
from perfeval_xl.intake.source import Block, Doubt, IntakeError, Source, SourceTable
from perfeval_xl.workbook.grid import Merge
from perfeval_xl.workbook.headings import field_of

MAX_PAGES = 300
MAX_CHARS = 40_000
"""Characters of a page: a printed page of a report has two thousand."""
MAX_SHAPES = 20_000
"""Lines and rectangles of a page; a table has a few hundred."""
_NEAR = 3.0
"""Points: edges nearer than that are one."""
Area = tuple[float, float, float, float]
_EMPTY = "没有可以读取的文字，可能是扫描件（图片）。请用带文字识别（OCR）的软件转为可复制文字的 PDF 或 Word 后重试。"


def read_pdf(name: str, data: bytes) -> Source:
    """Raises: IntakeError."""
    import pdfplumber  # noqa: PLC0415  # on demand: it takes most of a second
    from pdfminer.pdfdocument import PDFPasswordIncorrect  # noqa: PLC0415
    from pdfplumber.utils.exceptions import PdfminerException  # noqa: PLC0415

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            count = len(document.pages)
            if count > MAX_PAGES:
                raise IntakeError(f"“{name}”有 {count} 页，超过 {MAX_PAGES} 页，不是一份自评报告。请只保留报告本身后重试。")
            pages = [_page(name, page) for page in document.pages]
    except PdfminerException as error:
        if isinstance(error.args[0] if error.args else None, PDFPasswordIncorrect):
            raise IntakeError(f"“{name}”设有打开密码，无法读取。请用 PDF 阅读器打开，取消密码后另存重试。") from error
        raise IntakeError(f"“{name}”已损坏，无法打开。请用 PDF 阅读器打开后另存重试。") from error
    except IntakeError:
        raise
    except Exception as error:  # damaged files lead the libraries into errors of every kind
        raise IntakeError(f"“{name}”已损坏，无法读取。请用 PDF 阅读器打开后另存重试。") from error
    if sum(p.chars for p in pages) < 20:
        raise IntakeError(f"“{name}”中{_EMPTY}")
    doubts = [Doubt(f"第 {i} 页", "（整页图片）", "这一页没有可以读取的文字", "请对照原文件，把这一页的内容填入自评表。") for i, p in enumerate(pages, 1) if not p.chars and p.images]
    doubts += [Doubt(f"第 {i} 页", p.drawn, "这是图中的文字，没有填入自评表", "图由表中的数画成，一般不需要处理。", is_minor=True) for i, p in enumerate(pages, 1) if p.drawn]
    return Source(name, "PDF 文档", list(_blocks(pages)), doubts)


class _Page(NamedTuple):
    """parts: lines and tables from top to bottom."""

    parts: Sequence[PlacedLine | SourceTable]
    chars: int
    images: int
    drawn: str = ""
    """Words of a chart."""


def _page(name: str, page: Any) -> _Page:
    try:
        _straightened(page)
        if len(page.chars) > MAX_CHARS or len(page.lines) + len(page.rects) + len(page.curves) > MAX_SHAPES:
            raise IntakeError(f"“{name}”第 {page.page_number} 页的内容过多，不是一份自评报告。请只保留报告本身后重试。")
        tables = _tables(page)
        areas = [area for area, table in tables if table is not None]
        charts = [area for area, table in tables if table is None]
        words = [_word(w) for w in page.extract_words(keep_blank_chars=False, use_text_flow=False, x_tolerance=2, y_tolerance=3)]
        free = [w for w in words if not any(a[0] <= w.middle <= a[2] and a[1] <= (w.top + w.bottom) / 2 <= a[3] for a in areas)]
        body = _body_size(free)
        drawn = [w for w in free if w.bottom - w.top < 0.85 * body and any(_is_near(w, a) for a in charts)]
        lines = _lines([w for w in free if w not in drawn], page)
        parts: list[tuple[float, PlacedLine | SourceTable]] = [(line.top, line) for line in lines]
        parts += [(area[1], table) for area, table in tables if table is not None]
        return _Page([p for _, p in sorted(parts, key=lambda p: p[0])], len(page.chars), len(page.images), " ".join(w.text for w in drawn))
    finally:
        page.close()


def _straightened(page: Any) -> None:
    """Lines that are level or upright but for the rounding of a turned page are made so: the library takes others for no rule."""
    for line in page.objects.get("line", ()):
        if abs(line["x0"] - line["x1"]) < 0.6:
            line["x1"] = line["x0"]
        if abs(line["top"] - line["bottom"]) < 0.6:
            line["bottom"] = line["top"]


def _word(found: dict[str, Any]) -> Word:
    return Word(str(found["text"]), float(found["x0"]), float(found["x1"]), float(found["top"]), float(found["bottom"]))


def _lines(words: Sequence[Word], page: Any) -> list[PlacedLine]:
    """Words as lines of the page, from top to bottom."""
    out: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (w.top, w.left)):
        middle = (word.top + word.bottom) / 2
        if out and out[-1][0].top <= middle <= out[-1][0].bottom:
            out[-1].append(word)
        else:
            out.append([word])
    rows = [sorted(row, key=lambda w: w.left) for row in out]
    left = _margin([row[0].left for row in rows])
    lines = []
    for number, row in enumerate(rows, 1):
        text = row[0].text
        for before, word in itertools.pairwise(row):
            text += (" " if word.left - before.right > 1 else "") + word.text
        size = max(row[0].bottom - row[0].top, 1)
        is_opened = row[0].left - left > 1.4 * size
        lines.append(PlacedLine(Line(text, f"第 {page.page_number} 页第 {number} 行", is_opened), row[0].top, row))
    return lines


def _margin(lefts: Iterable[float]) -> float:
    """Left edge of the text: where most lines begin."""
    counts = Counter(round(x) for x in lefts)
    often = [x for x, n in counts.items() if n >= max(2, max(counts.values()) // 3)]
    return min(often or counts or [0])


def _body_size(words: Sequence[Word]) -> float:
    """Height of most words of a page."""
    heights = sorted(w.bottom - w.top for w in words)
    return heights[len(heights) // 2] if heights else 0.0


def _is_near(word: Word, area: Area) -> bool:
    """Whether a word belongs to a chart: its numbers and names stand around its lines."""
    return area[0] - 60 <= word.middle <= area[2] + 60 and area[1] - 60 <= word.top <= area[3] + 60


def _tables(page: Any) -> list[tuple[Area, SourceTable | None]]:
    """Ruled tables with more than one cell, each with its area; None for lines around nothing: a chart."""
    if len(page.edges) < 4:
        return []
    out: list[tuple[Area, SourceTable | None]] = []
    for found in page.find_tables({"vertical_strategy": "lines", "horizontal_strategy": "lines", "snap_tolerance": _NEAR, "join_tolerance": _NEAR, "intersection_tolerance": 4}):
        if len(found.cells) > 1:
            left, top, right, bottom = map(float, found.bbox)
            table = _ruled(page, found.cells, len(out) + 1)
            out.append(((left, top, right, bottom), table if any(t for row in table.rows for t in row) else None))
    return out


def _ruled(page: Any, cells: Sequence[tuple[float, float, float, float]], number: int) -> SourceTable:
    """Cells as rows and columns: a cell that reaches over several edges is a merged block."""
    xs, ys = _edges(x for c in cells for x in (c[0], c[2])), _edges(y for c in cells for y in (c[1], c[3]))
    rows = [[""] * (len(xs) - 1) for _ in range(len(ys) - 1)]
    merges = []
    chars = page.chars
    by_cell: dict[int, list[Any]] = {}
    boxes = sorted(range(len(cells)), key=lambda i: cells[i][1])
    for char in chars:
        x, y = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
        for index in boxes:
            box = cells[index]
            if box[1] > y:
                break
            if box[0] <= x <= box[2] and y <= box[3]:
                by_cell.setdefault(index, []).append(char)
                break
    for index, (left, top, right, bottom) in enumerate(cells):
        first, last = _at(ys, top), _at(ys, bottom) - 1
        begin, end = _at(xs, left), _at(xs, right) - 1
        if last < first or end < begin:
            continue
        rows[first][begin] = _text(by_cell.get(index, []))
        if last > first or end > begin:
            merges.append(Merge(first + 1, begin + 1, last + 1, end + 1))
    places = [f"第 {page.page_number} 页表 {number} 第 {r} 行" for r in range(1, len(rows) + 1)]
    return SourceTable(rows, places, merges)


def _text(chars: Sequence[Any]) -> str:
    if not chars:
        return ""
    from pdfplumber.utils.text import extract_words  # noqa: PLC0415

    words = sorted((_word(w) for w in extract_words(list(chars), x_tolerance=2, y_tolerance=3)), key=lambda w: (w.top, w.left))
    lines: list[list[Word]] = []
    for word in words:
        middle = (word.top + word.bottom) / 2
        if lines and lines[-1][0].top <= middle <= lines[-1][0].bottom:
            lines[-1].append(word)
        else:
            lines.append([word])
    return cell_text(" ".join(w.text for w in sorted(line, key=lambda w: w.left)) for line in lines)


def _edges(values: Iterable[float]) -> list[float]:
    """Distinct edges, in order."""
    out: list[float] = []
    for value in sorted(values):
        if not out or value - out[-1] > _NEAR:
            out.append(value)
    return out


def _at(edges: Sequence[float], value: float) -> int:
    return min(range(len(edges)), key=lambda i: abs(edges[i] - value))


def _blocks(pages: Sequence[_Page]) -> Iterator[Block]:
    """Paragraphs over the ends of pages, and the tables between them. Running heads and page numbers are left out."""
    left_out = _running(pages)
    full = full_width([p.line for page in pages for p in page.parts if isinstance(p, PlacedLine)])
    waiting: list[PlacedLine] = []
    for number, page in enumerate(pages):
        for at, part in enumerate(page.parts):
            if isinstance(part, SourceTable):
                yield from _prose(waiting, full)
                waiting = []
                yield part
            elif (number, at) not in left_out:
                waiting.append(part)
    yield from _prose(waiting, full)


def _running(pages: Sequence[_Page]) -> set[tuple[int, int]]:
    """Page and index of first and last lines that stand on three pages or more, and of page numbers. Headings of a table printed again are no running lines."""
    texts = [[p.line.text.strip() if isinstance(p, PlacedLine) else "\0" for p in page.parts] for page in pages]
    edges = {(number, at) for number, own in enumerate(texts) for at in {0, len(own) - 1} if own}
    counts = Counter(text for number, own in enumerate(texts) for text in {own[at] for page, at in edges if page == number})
    running = {(n, at) for n, at in edges if counts[texts[n][at]] >= 3 and texts[n][at] != "\0" and not _is_heading(pages[n].parts[at])}
    marked = {(n, at) for n, own in enumerate(texts) for at, t in enumerate(own) if is_page_number(t) and not is_bare_number(t)}
    alone = {(n, at) for n, at in edges if is_bare_number(texts[n][at]) and first_number(texts[n][at]) == n + 1}
    return running | marked | alone | page_numbers(texts)


def _is_heading(part: PlacedLine | SourceTable) -> bool:
    """Whether every word of a line heads a column."""
    return isinstance(part, PlacedLine) and all(field_of(w.text) for w in part.words)


def _prose(lines: Sequence[PlacedLine], full: int) -> Iterator[Block]:
    """Lines as paragraphs; a table without rules among them as a table."""
    plain = [p.line for p in lines]
    start = 0
    while (header := find_open_header(lines, start)) is not None:
        end = table_end(plain, header.last + 1)
        yield from prose(plain[start : header.first], full)
        yield open_table(lines[header.first : end], header.last - header.first + 1, header.fields)
        start = end
    yield from prose(plain[start:], full)
