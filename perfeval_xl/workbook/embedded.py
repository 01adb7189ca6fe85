"""A native chart for a document: its part, and the workbook that an office program opens to change its numbers."""

from __future__ import annotations

import io
import re
import zipfile
from typing import NamedTuple

from perfeval_xl.workbook.drawings import ChartSheet, small_book

_SETTINGS = re.compile(rb"<c:printSettings>.*?</c:printSettings>", re.DOTALL)
# Where a label does not say what it leaves out, some programs show everything.
_ONLY_VALUES = b"".join(b'<c:show%s val="%d"/>' % (name, name == b"Val") for name in (b"LegendKey", b"Val", b"CatName", b"SerName", b"Percent", b"BubbleSize"))
RELATION = "rId1"
"""By which the chart's part names its workbook."""


class Embedded(NamedTuple):
    """part: the chart's XML. workbook: bytes of an .xlsx. width, height: pixels, 96 an inch. title: for those who cannot see it."""

    part: bytes
    workbook: bytes
    width: int
    height: int
    title: str


def embedded(sheet: ChartSheet) -> Embedded:
    """The first chart of a sheet."""
    chart = sheet.charts[0]
    book = small_book([sheet])
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        part = archive.read("xl/charts/chart1.xml")
    link = f'<c:externalData r:id="{RELATION}"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    part = _SETTINGS.sub(b"", part).replace(b'<c:showVal val="1"/>', _ONLY_VALUES)
    return Embedded(part.replace(b"</c:chartSpace>", link.encode()), book, chart.width, chart.height, chart.title)
