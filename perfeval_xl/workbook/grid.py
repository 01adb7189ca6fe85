"""Grid: the texts of one sheet, as a person sees them, with merged cells. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from perfeval_xl.core.findings import Finding

ERRORS = frozenset({"#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#N/A", "#NUM!", "#NULL!"})


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged block, both ends included, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Grid:
    """cells: (row, column) from 1 → text, blanks left out. merges: every cell of a merged block → its block."""

    file: str
    sheet: str
    cells: Mapping[tuple[int, int], str]
    rows: int
    columns: int
    merges: Mapping[tuple[int, int], Merge] = field(default_factory=dict)
    uncalculated: frozenset[tuple[int, int]] = frozenset()
    findings: tuple[Finding, ...] = ()

    def text(self, row: int, column: int) -> str:
        """Text of a cell; inside a merged block, the block's."""
        block = self.merges.get((row, column))
        return self.cells.get((block.top, block.left) if block else (row, column), "")

    def own(self, row: int, column: int) -> str:
        """Text of the cell itself, blank below or right of the first cell of a block."""
        return self.cells.get((row, column), "")

    def width(self, row: int, column: int) -> int:
        """Columns the cell's block spans."""
        block = self.merges.get((row, column))
        return block.right - block.left + 1 if block else 1
