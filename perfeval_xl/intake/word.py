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
from perfeval_xl.intake.numbering import Numbers, integer
from perfeval_xl.intake.source import Block, Doubt, IntakeError, Paragraph, Source, SourceTable
from perfeval_xl.intake.word_text import Shown, WordText
from perfeval_xl.workbook.grid import Merge
from perfeval_xl.workbook.read import ReadError
from perfeval_xl.workbook.readers.package import Package

MAX_PART = 30_000_000
"""Bytes of the document's own part."""
MAX_BLOCKS = 30_000
MAX_CELLS = 60_000
MAX_COLUMNS = 60
_DOCUMENT, _STYLES, _NUMBERING = "word/document.xml", "word/styles.xml", "word/numbering.xml"
_NOTES = {"word/footnotes.xml": ("w:footnote", "脚注"), "word/endnotes.xml": ("w:endnote", "尾注")}
_MAIN = re.compile(r"word/document[0-9]*\.xml")


def read_word(name: str, data: bytes) -> Source:
    """Raises: IntakeError."""
    try:
        package = Package(name, data)
        main = next((p for p in sorted(package.names()) if _MAIN.fullmatch(p)), "")
        if not main:
            raise IntakeError(f"“{name}”不是 Word 文档。请确认文件是否选对。")
        parts = {kept: package.part(part) for kept, part in ((_DOCUMENT, main), *((p, p) for p in (_STYLES, _NUMBERING, *_NOTES))) if part in package}
    except ReadError as error:
        raise IntakeError(f"“{name}”已损坏，或内容异常：{error.finding.found}。请用 Word 打开后另存为 .docx 重试。") from error
    for content in parts.values():
        if len(content) > MAX_PART:
            raise IntakeError(f"“{name}”的正文有 {len(content) // 1_000_000} MB，不是一份自评报告。请只保留报告本身后重试。")
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content[:200]:
            raise IntakeError(f"“{name}”的内容写法异常，没有读取。请用 Word 打开后另存为 .docx 重试。")
    notes = {part: parts.pop(part, b"") for part in _NOTES}
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
    return Source(name, "Word 文档", blocks, [*reader.doubts, *(doubt for part, content in notes.items() for doubt in _notes(content, *_NOTES[part]))])


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


def _notes(content: bytes, tag: str, name: str) -> list[Doubt]:
    """Notes below the page or behind the text, listed: no field of the form takes them."""
    if not content:
        return []
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))
    texts = [WordText().of(n).text.strip() for n in root.iter(qn(tag))] if root is not None else []
    return [Doubt(f"{name} {i}", text, f"{name}没有填入自评表") for i, text in enumerate((t for t in texts if t), 1)]


class _Reader:
    """One document on its way."""

    def __init__(self, name: str, document: Any) -> None:
        self.name, self.document = name, document
        self.paragraphs = self.tables = self.cells = 0
        self.doubts: list[Doubt] = []
        self.numbers = Numbers(document)
        self.text = WordText(document.styles.element)

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
        place, shown = f"第 {self.paragraphs} 段", self.text.of(element)
        number = self.numbers.of(element) if shown.text.strip() else ""
        for at, line in enumerate(shown.text.split("\n")):
            text = tightened((number if not at else "") + line)
            if text:
                yield Paragraph(text, place)
        self.doubts += [Doubt(place, text, why, "原文件中有需要的内容时，请手工填入自评表。") for text, why in _unread(shown)]
        if shown.has_picture and not shown.text.strip():
            self.doubts.append(Doubt(place, "（图片）", "这里是图片，图片中的文字没有读取", "图片中有需要的内容时，请手工填入自评表。"))

    def table(self, element: Any) -> Iterator[Block]:
        """A table; one inside a cell follows it as a table of its own."""
        self.tables += 1
        number = self.tables
        rows: list[list[str]] = []
        merges: list[Merge] = []
        open_blocks: dict[int, Merge] = {}
        inner: list[Any] = []
        doubts: list[tuple[int, str]] = []
        for row_number, row in enumerate(_rows(element), 1):
            line: list[str] = [""] * min(_skipped(row), MAX_COLUMNS)
            goes_on: dict[int, Merge] = {}
            cells = list(_row_cells(row))
            for at, cell in enumerate(cells):
                self.cells += 1
                if self.cells > MAX_CELLS:
                    raise IntakeError(f"“{self.name}”的表格超过 {MAX_CELLS} 个单元格，不是一份自评报告。请只保留报告本身后重试。")
                column, span = len(line) + 1, min(_span(cell), MAX_COLUMNS)
                if column + span > MAX_COLUMNS + 1:
                    beyond = "｜".join(text for c in cells[at:] if (text := self.cell(c)[0]))
                    self.doubts.append(Doubt(f"表 {number} 第 {row_number} 行", beyond, f"这一行超过 {MAX_COLUMNS} 栏，后面的单元格没有读取"))
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
                text, why = self.cell(cell)
                doubts += [(row_number - 1, reason) for reason in why]
                line += [text, *[""] * (span - 1)]
            merges += [b for c, b in open_blocks.items() if c not in goes_on or goes_on[c].top != b.top]
            open_blocks = goes_on
            rows.append(line)
        merges += open_blocks.values()
        width = max(map(len, rows), default=0)
        if width:
            places = [f"表 {number} 第 {r} 行" for r in range(1, len(rows) + 1)]
            yield SourceTable([[*r, *[""] * (width - len(r))] for r in rows], places, [m for m in merges if m.bottom > m.top or m.right > m.left], doubts)
        for one in inner:
            yield from self.table(one)

    def cell(self, cell: Any) -> tuple[str, list[str]]:
        """Text of a cell, and why it may not be all that a reader sees."""
        shown = [self.text.of(e) for e in _body(cell) if e.tag == qn("w:p")]
        text = cell_text([line for one in shown if (t := one.text.strip()) for line in t.split("\n")])
        why = [f"{reason}：{found}" for one in shown for found, reason in _unread(one)]
        if "\ufffd" in text:
            why.append("这一行有无法识别的符号，以“\ufffd”表示")
        if not text and any(one.has_picture for one in shown):
            why.append("这一行有图片，图片中的文字没有读取")
        return text, why


def _unread(shown: Shown) -> list[tuple[str, str]]:
    """What stands in a paragraph and was not read, and why."""
    out = [(shown.hidden.strip(), "这里有隐藏的文字，没有填入自评表")] if shown.hidden.strip() else []
    return out + [(text or "（公式）", "这里有公式，没有读取") for text in shown.formulas]


_WRAPPERS = {qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:smartTag"), qn("w:customXml"), qn("w:moveTo")}


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


def _span(cell: Any) -> int:
    found = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
    return max(integer(found), 1) if found is not None else 1


def _skipped(row: Any) -> int:
    found = row.find(f"{qn('w:trPr')}/{qn('w:gridBefore')}")
    return max(integer(found), 0) if found is not None else 0


def _vertical(cell: Any) -> str:
    """restart, continue, or empty."""
    found = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
    if found is None:
        return ""
    return "restart" if found.get(qn("w:val")) == "restart" else "continue"
