"""What no template can say: cells merged downwards, native charts, remarks, places to fill in made visible. Works on a python-docx document."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from typing import Any

from perfeval_xl.report.word.fill import UNBRACED
from perfeval_xl.report.wording import CHART, CONTINUED, REMARK, TO_FILL
from perfeval_xl.workbook.embedded import Embedded

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EMU = 9525  # a pixel of 96 an inch
_CHART_MARK = re.compile(f"{CHART}([0-9]+){CHART}")
_REMARK_MARK = re.compile(f"{REMARK}([0-9]+){REMARK}")
_PIECES = re.compile(f"({TO_FILL}|{REMARK}[0-9]+{REMARK})")
REVIEWER = "perfeval 校验"


def finish(document: Any, charts: Sequence[Embedded], remarks: Sequence[str]) -> int:
    """Changes the document in place. Returns: how many places are left to fill in."""
    merge_cells(document)
    put_charts(document, charts)
    open_places = 0
    anchors: dict[int, Any] = {}
    for root in _roots(document):
        for text in list(root.iter(f"{_W}t")):
            text.text = (text.text or "").translate(UNBRACED)
            if _PIECES.search(text.text):
                open_places += _split(text, anchors)
    _comment(document, remarks, anchors)
    return open_places


def _roots(document: Any) -> Iterator[Any]:
    yield document.element.body
    seen: set[Any] = set()
    for section in document.sections:
        for part in (section.header, section.footer, section.even_page_header, section.even_page_footer, section.first_page_header, section.first_page_footer):
            if not part.is_linked_to_previous and part._element not in seen:  # no public way
                seen.add(part._element)
                yield part._element


def merge_cells(document: Any) -> None:
    """A cell that holds the mark joins the one above it, in its own column."""
    for table in document.element.body.iter(f"{_W}tbl"):
        above: dict[int, Any] = {}
        for row in table.iterchildren(f"{_W}tr"):
            at, here = 0, {}
            for cell in row.iterchildren(f"{_W}tc"):
                texts = list(cell.iter(f"{_W}t"))
                if "".join(t.text or "" for t in texts).strip() == CONTINUED:
                    for t in texts:
                        t.text = ""
                    if at in above:
                        _vertical(above[at], "restart")
                        _vertical(cell, "continue")
                here[at] = cell
                span = cell.find(f"{_W}tcPr/{_W}gridSpan")
                at += int(span.get(f"{_W}val", "1")) if span is not None else 1
            above = here
    for t in document.element.body.iter(f"{_W}t"):
        if t.text and CONTINUED in t.text:  # outside a cell of its own: a template that uses the value elsewhere
            t.text = t.text.replace(CONTINUED, "")


def _vertical(cell: Any, value: str) -> None:
    own = cell.get_or_add_tcPr()
    found = own.find(f"{_W}vMerge")
    if found is None:
        own._add_vMerge().set(f"{_W}val", value)  # puts it where the schema wants it
    elif value == "continue":
        found.set(f"{_W}val", value)


def put_charts(document: Any, charts: Sequence[Embedded]) -> None:
    """The paragraph with a chart's mark gets the chart; a mark of a chart there is none of goes."""
    used = 0
    for text in list(document.element.body.iter(f"{_W}t")):
        found = _CHART_MARK.search(text.text or "")
        if found is None:
            continue
        text.text = _CHART_MARK.sub("", text.text)
        number = int(found[1])
        if number < len(charts):
            used += 1
            text.getparent().addnext(_drawing(_relation(document, charts[number], used), charts[number], used))


def _relation(document: Any, chart: Embedded, number: int) -> str:
    from docx.opc.packuri import PackURI  # noqa: PLC0415  # on demand
    from docx.opc.part import Part  # noqa: PLC0415

    package = document.part.package
    taken = {str(p.partname) for p in package.parts}
    while f"/word/charts/chart{number}.xml" in taken:
        number += 1
    part = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART_TYPE, chart.part, package)
    book = Part(PackURI(f"/word/embeddings/chart{number}.xlsx"), _BOOK_TYPE, chart.workbook, package)
    part.rels.add_relationship(f"{_R}/package", book, "rId1")
    return str(document.part.relate_to(part, f"{_R}/chart"))


def _drawing(relation: str, chart: Embedded, number: int) -> Any:
    from docx.oxml import parse_xml  # noqa: PLC0415  # on demand

    return parse_xml(
        f'<w:r xmlns:w="{_W[1:-1]}"><w:drawing><wp:inline xmlns:wp="{_WP}" distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{chart.width * _EMU}" cy="{chart.height * _EMU}"/><wp:docPr id="{9000 + number}" name="图表 {number}" descr="{chart.title}"/><wp:cNvGraphicFramePr/>'
        f'<a:graphic xmlns:a="{_A}"><a:graphicData uri="{_C}"><c:chart xmlns:c="{_C}" xmlns:r="{_R}" r:id="{relation}"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
    )


def _split(text: Any, anchors: dict[int, Any]) -> int:
    """A run in pieces, so that what is to be filled in is highlighted and remarks know their place. Returns: how many to fill in."""
    run, count = text.getparent(), 0
    if run is None or run.tag != f"{_W}r" or sum(1 for c in run if c.tag != f"{_W}rPr") > 1:
        marks = [int(n) for n in _REMARK_MARK.findall(text.text)]
        anchors.update(dict.fromkeys(marks, run))
        count = str(text.text).count(TO_FILL)
        text.text = _REMARK_MARK.sub("", text.text)
        return count
    last = run
    for piece in filter(None, _PIECES.split(text.text)):
        mark = _REMARK_MARK.fullmatch(piece)
        if mark is not None:
            anchors[int(mark[1])] = last
            continue
        made = copy.deepcopy(run)
        inner = made.find(f"{_W}t")
        inner.text = piece
        inner.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        if piece == TO_FILL:
            count += 1
            made.get_or_add_rPr().highlight_val = _yellow()
        last.addnext(made)
        last = made
    if last is not run:
        for number, anchor in anchors.items():
            if anchor is run:
                anchors[number] = last
        run.getparent().remove(run)
    else:
        text.text = ""
    return count


def _yellow() -> Any:
    from docx.enum.text import WD_COLOR_INDEX  # noqa: PLC0415  # on demand

    return WD_COLOR_INDEX.YELLOW


def _comment(document: Any, remarks: Sequence[str], anchors: dict[int, Any]) -> None:
    """Remarks as Word comments; those whose place the template does not show stand at the first paragraph with text."""
    from docx.text.run import Run  # noqa: PLC0415  # on demand

    if not remarks:
        return
    first = next((r for r in document.element.body.iter(f"{_W}r") if r.find(f"{_W}t") is not None and (r.find(f"{_W}t").text or "").strip()), None)
    for number, remark in enumerate(remarks):
        at = anchors.get(number, first)
        if at is None or at.getparent() is None:
            at = first
        if at is None:
            return
        comment = document.add_comment(Run(at, document), text=remark, author=REVIEWER, initials="校")
        comment._comment_elm.attrib.pop(f"{_W}date", None)  # the day of writing would make every file another one
