"""Tables: large workbooks of plain tables, written as their rows come; memory stays flat. Texts stay texts, charts are native."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from perfeval_xl.files import ASIDE, PLAIN
from perfeval_xl.workbook.drawings import chart_parts, spliced
from perfeval_xl.workbook.grid import SHEET_ROWS
from perfeval_xl.workbook.tablelook import ColumnKind, head_format
from perfeval_xl.workbook.tablepages import Page, pages_of
from perfeval_xl.workbook.tablesheet import Column, TableSheet, check_names

__all__ = ["Column", "TableSheet", "write_tables"]

_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    b' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    b'<dc:creator>perfeval_xl</dc:creator><dcterms:created xsi:type="dcterms:W3CDTF">2026-01-01T00:00:00Z</dcterms:created>'
    b'<dcterms:modified xsi:type="dcterms:W3CDTF">2026-01-01T00:00:00Z</dcterms:modified></cp:coreProperties>'
)  # constant: the same tables give the same file


def write_tables(target: Path, sheets: Sequence[TableSheet], *, most_rows: int = SHEET_ROWS) -> None:
    """Writes the workbook to `target`; what does not fit on one sheet goes on in "名称 (2)".

    most_rows: of one sheet, its title and headings included. The caller sees to the way aside and into place (`files.placed`).
    Raises: ValueError for the caller's mistakes: names, columns, charts, or rows that are not `count`; OSError.
    """
    pages = [page for sheet in sheets for page in pages_of(sheet, most_rows)]
    check_names([page.name for page in pages])
    with tempfile.TemporaryDirectory(prefix=ASIDE, dir=target.parent) as folder:
        plain = Path(folder) / PLAIN
        _write(plain, pages)
        charts = [page.chart_sheet() for page in pages if page.charts]
        spliced(plain, target, {"docProps/core.xml": _CORE, **chart_parts(plain, charts)})


def _write(path: Path, pages: Sequence[Page]) -> None:
    import rustpy_xlsxwriter  # noqa: PLC0415  # on demand

    def each(value: Callable[[Page], Any]) -> dict[str, Any]:
        return {page.name: value(page) for page in pages}

    head = head_format()
    try:
        rustpy_xlsxwriter.write_worksheets(
            [(page.name, page.records()) for page in pages],
            str(path),
            column_widths=each(Page.widths),
            column_formats=each(Page.formats),
            header_format=each(lambda _: head),
            header_row=each(lambda page: page.header_row),
            merge_ranges=each(Page.merged),
            row_heights=each(Page.heights),
            autofilter=each(lambda page: page.sheet.has_filter),
            freeze_panes=each(lambda page: {"row": page.header_row + 1, "col": page.sheet.frozen}),
            url_columns=each(Page.links),
            conditional_formats=each(Page.conditions),
            ignore_errors=each(lambda page: [c.title for c in page.columns if c.kind in {ColumnKind.TEXT, ColumnKind.WRAPPED}]),
            page_setup=each(Page.paper),
        )  # fmt: skip
    except RuntimeError as error:  # the library's word for what it cannot write
        raise OSError(str(error)) from error
