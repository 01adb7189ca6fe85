""".docx → source: paragraphs and tables in reading order, merged cells as blocks, the automatic numbers of headings written out."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from lxml import etree

from perfeval_xl.intake.lines import cell_text, tightened
from perfeval_xl.intake.source import Block, Doubt, IntakeError, Paragraph, Source, SourceTable
from perfeval_xl.workbook.grid import Merge
from perfeval_xl.workbook.read import ReadError
from perfeval_xl.workbook.readers.package import Package

MAX_PART = 30_000_000
"""Bytes of the document's own part."""
MAX_BLOCKS = 30_000
MAX_CELLS = 60_000
MAX_COLUMNS = 60
_DOCUMENT, _STYLES, _NUMBERING, _NOTES = "word/document.xml", "word/styles.xml", "word/numbering.xml", "word/footnotes.xml"
_MAIN = re.compile(r"word/document[0-9]*\.xml")
_HAN = "零一二三四五六七八九"


def read_word(name: str, data: bytes) -> Source:
    """Raises: IntakeError."""
    try:
        package = Package(name, data)
        main = next((p for p in sorted(package.names()) if _MAIN.fullmatch(p)), "")
        if not main:
            raise IntakeError(f"“{name}”不是 Word 文档。请确认文件是否选对。")
        parts = {kept: package.part(part) for kept, part in ((_DOCUMENT, main), *((p, p) for p in (_STYLES, _NUMBERING, _NOTES))) if part in package}
    except ReadError as error:
        raise IntakeError(f"“{name}”已损坏，或内容异常：{error.finding.found}。请用 Word 打开后另存为 .docx 重试。") from error
    for content in parts.values():
        if len(content) > MAX_PART:
            raise IntakeError(f"“{name}”的正文有 {len(content) // 1_000_000} MB，不是一份自评报告。请只保留报告本身后重试。")
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content[:200]:
            raise IntakeError(f"“{name}”的内容写法异常，没有读取。请用 Word 打开后另存为 .docx 重试。")
    notes = parts.pop(_NOTES, b"")
    try:
        document = Document(io.BytesIO(_bare(parts)))
        reader = _Reader(name, document)
    except Exception as error:  # the library lets through what lxml and zipfile raise
        raise IntakeError(f"“{name}”已损坏，无法打开。请用 Word 打开后另存为 .docx 重试。") from error
    blocks: list[Block] = []
    for block in reader.blocks():
        blocks.append(block)
        if len(blocks) > MAX_BLOCKS:
            raise IntakeError(f"“{name}”的段落超过 {MAX_BLOCKS} 个，不是一份自评报告。请只保留报告本身后重试。")
    return Source(name, "Word 文档", blocks, [*reader.doubts, *_notes(notes)])


_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PACKAGED = "http://schemas.openxmlformats.org/package/2006"


def _bare(parts: Mapping[str, bytes]) -> bytes:
    """A document of its text, styles and numbers alone: no picture, link, macro or embedded file of a stranger is ever opened."""
    kinds = {_DOCUMENT: "document.main", _STYLES: "styles", _NUMBERING: "numbering"}
    types = "".join(f'<Override PartName="/{p}" ContentType="{_TYPE}.{kinds[p]}+xml"/>' for p in parts)
    links = "".join(f'<Relationship Id="r{i}" Type="{_RELATION}/{kinds[p]}" Target="{p.removeprefix("word/")}"/>' for i, p in enumerate(parts) if p != _DOCUMENT)
    relations = f'<Relationships xmlns="{_PACKAGED}/relationships">'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        default = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        target.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGED}/content-types">{default}{types}</Types>')
        target.writestr("_rels/.rels", f'{relations}<Relationship Id="r0" Type="{_RELATION}/officeDocument" Target="{_DOCUMENT}"/></Relationships>')
        target.writestr("word/_rels/document.xml.rels", f"{relations}{links}</Relationships>")
        for part, content in parts.items():
            target.writestr(part, content)
    return out.getvalue()


def _notes(content: bytes) -> list[Doubt]:
    """Footnotes, listed: no field of the form takes them."""
    if not content:
        return []
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
    texts = [_text(n).strip() for n in root.iter(qn("w:footnote"))] if root is not None else []
    return [Doubt(f"脚注 {i}", text, "脚注没有填入自评表") for i, text in enumerate((t for t in texts if t), 1)]


class _Reader:
    """One document on its way."""

    def __init__(self, name: str, document: Any) -> None:
        self.name, self.document = name, document
        self.paragraphs = self.tables = self.cells = 0
        self.doubts: list[Doubt] = []
        self.numbers = _Numbers(document)

    def blocks(self) -> Iterator[Block]:
        """Everything of the body, in order; what text boxes hold, where they are anchored."""
        for element in _body(self.document.element.body):
            if element.tag == qn("w:p"):
                yield from self.paragraph(element)
            else:
                yield from self.table(element)

    def paragraph(self, element: Any) -> Iterator[Block]:
        """A paragraph; its soft line breaks make several. A blank one says nothing."""
        self.paragraphs += 1
        number = self.numbers.of(element)
        for at, line in enumerate(_text(element).split("\n")):
            text = tightened((number if not at else "") + line)
            if text:
                yield Paragraph(text, f"第 {self.paragraphs} 段")
        if any(True for _ in element.iter(qn("w:drawing"), qn("w:pict"))) and not _text(element).strip() and not any(True for _ in element.iter(_CHART)):
            self.doubts.append(Doubt(f"第 {self.paragraphs} 段", "（图片）", "这里是图片，图片中的文字没有读取", "图片中有需要的内容时，请手工填入自评表。"))

    def table(self, element: Any) -> Iterator[Block]:
        """A table; one inside a cell follows it as a table of its own."""
        self.tables += 1
        number = self.tables
        rows: list[list[str]] = []
        merges: list[Merge] = []
        open_blocks: dict[int, Merge] = {}
        inner: list[Any] = []
        for row_number, row in enumerate(_rows(element), 1):
            line: list[str] = [""] * min(_skipped(row), MAX_COLUMNS)
            goes_on: dict[int, Merge] = {}
            for cell in _row_cells(row):
                self.cells += 1
                if self.cells > MAX_CELLS:
                    raise IntakeError(f"“{self.name}”的表格超过 {MAX_CELLS} 个单元格，不是一份自评报告。请只保留报告本身后重试。")
                column, span = len(line) + 1, min(_span(cell), MAX_COLUMNS)
                if column + span > MAX_COLUMNS + 1:
                    break
                way = _vertical(cell)
                inner += [t for t in _body(cell) if t.tag == qn("w:tbl")]
                block = open_blocks.get(column)
                if way == "continue" and block is not None and block.right == column + span - 1:
                    goes_on[column] = block._replace(bottom=row_number)
                    line += [""] * span
                    continue
                if way == "restart" or span > 1:
                    goes_on[column] = Merge(row_number, column, row_number, column + span - 1)
                line += [_cell_text(cell), *[""] * (span - 1)]
            merges += [b for c, b in open_blocks.items() if c not in goes_on or goes_on[c].top != b.top]
            open_blocks = goes_on
            rows.append(line)
        merges += open_blocks.values()
        width = max(map(len, rows), default=0)
        if width:
            places = [f"表 {number} 第 {r} 行" for r in range(1, len(rows) + 1)]
            yield SourceTable([[*r, *[""] * (width - len(r))] for r in rows], places, [m for m in merges if m.bottom > m.top or m.right > m.left])
        for one in inner:
            yield from self.table(one)


_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_WRAPPERS = {qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:smartTag"), qn("w:customXml"), qn("w:moveTo")}
_GONE = {qn("w:del"), qn("w:moveFrom"), qn("w:instrText"), qn("w:delText")}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def _body(parent: Any, depth: int = 0) -> Iterator[Any]:
    for child in parent:
        if child.tag in {qn("w:p"), qn("w:tbl")}:
            yield child
        elif child.tag in _WRAPPERS and depth < 20:
            yield from _body(child, depth + 1)


def _rows(table: Any) -> Iterator[Any]:
    return _children(table, qn("w:tr"))


def _row_cells(row: Any) -> Iterator[Any]:
    return _children(row, qn("w:tc"))


def _children(parent: Any, tag: str, depth: int = 0) -> Iterator[Any]:
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in _WRAPPERS and depth < 20:
            yield from _children(child, tag, depth + 1)


def _text(element: Any) -> str:
    """Text as a reader sees it: what was struck out by tracked changes is left out, text boxes are read once."""
    out: list[str] = []
    waiting = [iter(element)]
    while waiting:  # not by recursion: a stranger's file may nest deeply
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
            continue
        tag = child.tag
        if tag == qn("w:t"):
            out.append(child.text or "")
        elif tag in {qn("w:br"), qn("w:cr")}:
            out.append("\n" if child.get(qn("w:type")) not in {"page", "column"} else "")
        elif tag == qn("w:tab"):
            out.append(" ")
        elif tag == qn("w:noBreakHyphen"):
            out.append("-")
        elif tag == qn("w:sym"):
            out.append("\ufffd")
        elif tag not in _GONE and tag != _FALLBACK and tag != qn("w:tbl") and tag != qn("w:pPr"):
            if tag == qn("w:p") and out and out[-1] != "\n":
                out.append("\n")
            waiting.append(iter(child))
    return "".join(out)


def _cell_text(cell: Any) -> str:
    texts = [t for e in _body(cell) if e.tag == qn("w:p") and (t := _text(e).strip())]
    return cell_text([line for t in texts for line in t.split("\n")])


def _span(cell: Any) -> int:
    found = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
    return max(_integer(found), 1) if found is not None else 1


def _skipped(row: Any) -> int:
    found = row.find(f"{qn('w:trPr')}/{qn('w:gridBefore')}")
    return max(_integer(found), 0) if found is not None else 0


def _integer(element: Any) -> int:
    text = element.get(qn("w:val")) or ""
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else 1


def _vertical(cell: Any) -> str:
    """restart, continue, or empty."""
    found = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
    if found is None:
        return ""
    return "restart" if found.get(qn("w:val")) == "restart" else "continue"


class _Numbers:
    """Automatic numbers of paragraphs, as Word shows them: 一、（一）1. are not in the text itself."""

    def __init__(self, document: Any) -> None:
        self.levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self.counts: dict[tuple[str, int], int] = {}
        self.styles: dict[str, tuple[str, int]] = {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            root = None
        if root is not None:
            self._read(root)
        for style in document.styles.element.iter(qn("w:style")):
            found = self._stated(style)
            if found is not None:
                self.styles[style.get(qn("w:styleId")) or ""] = found

    def _read(self, root: Any) -> None:
        shapes: dict[str, dict[int, tuple[str, str, int]]] = {}
        for abstract in root.iter(qn("w:abstractNum")):
            levels = {}
            for level in abstract.iter(qn("w:lvl")):
                kind, text, start = (level.find(qn(f"w:{n}")) for n in ("numFmt", "lvlText", "start"))
                at = level.get(qn("w:ilvl")) or "0"
                if at.isdigit():
                    levels[int(at)] = ((kind.get(qn("w:val")) or "") if kind is not None else "decimal", (text.get(qn("w:val")) or "") if text is not None else "",
                                       _integer(start) if start is not None else 1)  # fmt: skip
            shapes[abstract.get(qn("w:abstractNumId")) or ""] = levels
        for number in root.iter(qn("w:num")):
            link = number.find(qn("w:abstractNumId"))
            if link is not None:
                self.levels[number.get(qn("w:numId")) or ""] = shapes.get(link.get(qn("w:val")) or "", {})

    def _stated(self, element: Any) -> tuple[str, int] | None:
        found = element.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        if found is None:
            return None
        number, level = found.find(qn("w:numId")), found.find(qn("w:ilvl"))
        return (number.get(qn("w:val")) or "" if number is not None else "", _integer(level) if level is not None else 0)

    def of(self, paragraph: Any) -> str:
        """The number shown before a paragraph, or nothing."""
        found = self._stated(paragraph)
        if found is None:
            style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
            found = self.styles.get(style.get(qn("w:val")) or "") if style is not None else None
        if found is None or found[0] not in self.levels or not _text(paragraph).strip():
            return ""
        number, level = found
        shape = self.levels[number].get(level)
        if shape is None or shape[0] in {"bullet", "none"}:
            return ""
        self.counts[number, level] = self.counts.get((number, level), shape[2] - 1) + 1
        for key in [k for k in self.counts if k[0] == number and k[1] > level]:
            del self.counts[key]
        text = shape[1]
        for at in range(level + 1):
            kind = self.levels[number].get(at, shape)[0]
            text = text.replace(f"%{at + 1}", _shown(self.counts.get((number, at), 1), kind))
        return text


def _shown(value: int, kind: str) -> str:
    if "chinese" in kind.lower() or "japanese" in kind.lower() or "taiwanese" in kind.lower():
        tens, ones = divmod(min(value, 99), 10)
        return (("" if tens == 1 else _HAN[tens]) + "十" if tens else "") + (_HAN[ones] if ones or not tens else "")
    if kind == "decimalEnclosedCircle" and 1 <= value <= 20:
        return chr(0x2460 + value - 1)
    if kind in {"lowerLetter", "upperLetter"}:
        return chr((97 if kind == "lowerLetter" else 65) + (value - 1) % 26)
    return str(value)
