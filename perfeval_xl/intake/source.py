"""What every kind of source becomes: paragraphs and tables in reading order, each with its place. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from perfeval_xl.workbook.grid import Merge


class IntakeError(Exception):
    """Why a source cannot be taken in; str() is one Chinese sentence that names the file."""


class Paragraph(NamedTuple):
    """Text without line breaks. place: where it begins in the source, in words."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class SourceTable:
    """rows: texts of cells, blank below or right of the first cell of a merged block. places: of each row, in words.

    merges: blocks, counted from 1. doubts: row (counted from 0) → why its cells may be divided otherwise. texts: row → its text as it
    stands in the source, where the row was put together from pieces.
    """

    rows: Sequence[Sequence[str]]
    places: Sequence[str]
    merges: Sequence[Merge] = ()
    doubts: Sequence[tuple[int, str]] = field(default=())
    texts: Mapping[int, str] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """Columns of the widest row."""
        return max(map(len, self.rows), default=0)


Block = Paragraph | SourceTable


class Doubt(NamedTuple):
    """What was not understood, or not for certain. text: as it stands in the source. reason: what about it. remedy: what to do.

    is_minor: listed for completeness (the words inside a chart): nobody must look at it.
    """

    place: str
    text: str
    reason: str
    remedy: str = "请对照原文件核对，需要的内容填入自评表。"
    is_minor: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One report. kind: what it is, in words. doubts: about the reading itself."""

    file: str
    kind: str
    blocks: Sequence[Block]
    doubts: Sequence[Doubt] = ()
