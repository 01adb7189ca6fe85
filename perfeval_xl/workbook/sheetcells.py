"""Cells of one sheet part: where the wanted ones stand, byte for byte, and where missing ones belong."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from perfeval_xl.workbook.grid import SHEET_COLUMNS, SHEET_ROWS, position
from perfeval_xl.workbook.xmlparts import MAIN, Walker, XmlError, tag_end

_CELL_DEPTH, _ROW_DEPTH, _DATA_DEPTH = 4, 3, 2

Position = tuple[int, int]


@dataclass(slots=True)
class Tag:
    """A tag with its end tag. start, head: of the start tag; tail: the end tag, or head where there is none (<c/>); end: behind all."""

    start: int
    head: int
    attributes: dict[str, str]
    tail: int = 0
    end: int = 0

    @property
    def is_empty(self) -> bool:
        """Written as <c/>."""
        return self.tail == self.head == self.end


@dataclass(slots=True)
class Cell(Tag):
    """A wanted cell that exists. kept: spans of its formula and of its extension list."""

    kept: dict[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Row(Tag):
    """A row with wanted cells. before: column → where a missing cell of it goes."""

    before: dict[int, int] = field(default_factory=dict)
    last: int = 0


@dataclass(slots=True)
class SheetCells:
    """What a scan found. before: missing row → where it goes. columns: (first, last, style) of the column formats."""

    data: Tag
    dimension: Tag | None
    cells: dict[Position, Cell]
    rows: dict[int, Row]
    before: dict[int, int]
    columns: list[tuple[int, int, str]]

    def style(self, row: int, column: int) -> str:
        """Style index a cell has or, where it is missing, would take from its row or column."""
        cell = self.cells.get((row, column))
        if cell is not None:
            return cell.attributes.get("s", "0")
        line = self.rows.get(row)
        if line is not None and line.attributes.get("customFormat") in {"1", "true"}:
            return line.attributes.get("s", "0")
        return next((style for first, last, style in self.columns if first <= column <= last), "0")


def find_cells(data: bytes, wanted: Iterable[Position]) -> SheetCells:
    """Looks for cells in a sheet part (UTF-8). Raises: XmlError where the part is no sheet or contradicts itself."""
    scanner = _Scanner(data, wanted)
    scanner.walk()
    return scanner.result()


class _Scanner(Walker):
    """Depths are fixed by the format: worksheet, sheetData, row, c, and f, v, is or extLst."""

    def __init__(self, data: bytes, wanted: Iterable[Position]) -> None:
        super().__init__(data)
        self._wanted: dict[int, list[int]] = {}
        for row, column in sorted(set(wanted)):
            self._wanted.setdefault(row, []).append(column)
        self._pending = deque(self._wanted)
        self._namespace = ""
        self._is_in_data = False
        self._row_number = self._column_number = 0
        self._row: Row | None = None
        self._cell: Cell | None = None
        self._last_cell: Tag | None = None
        self._child: tuple[str, int] | None = None
        self._data: Tag | None = None
        self._dimension: Tag | None = None
        self._columns: list[tuple[int, int, str]] = []
        self._cells: dict[Position, Cell] = {}
        self._rows: dict[int, Row] = {}
        self._before: dict[int, int] = {}

    def enter(self, name: str, attributes: Mapping[str, str]) -> None:
        depth = self.depth
        if depth == _CELL_DEPTH and self._is_in_data:
            if name == self._namespace + "c":
                self._enter_cell(attributes)
        elif depth == _CELL_DEPTH + 1 and self._cell is not None:
            self._child = (name.rpartition(" ")[2], self.index)
        elif depth == _ROW_DEPTH and self._is_in_data:
            if name == self._namespace + "row":
                self._enter_row(attributes)
        elif depth <= _ROW_DEPTH:
            self._enter_sheet(name, attributes)

    def _enter_sheet(self, name: str, attributes: Mapping[str, str]) -> None:
        space, _, short = name.rpartition(" ")
        if self.depth == 1:
            if space not in MAIN or short != "worksheet":
                raise XmlError("不是工作表")
            self._namespace = space + " "
        elif name == self._namespace + "sheetData" and self.depth == _DATA_DEPTH:
            if self._data is not None:
                raise XmlError("有两份数据区")
            self._data = self._tag(attributes)
            self._is_in_data = True
        elif name == self._namespace + "dimension" and self.depth == _DATA_DEPTH:
            self._dimension = self._tag(attributes)
        elif name == self._namespace + "col" and attributes.get("style"):
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal() and len(self._columns) < SHEET_COLUMNS:
                self._columns.append((int(first), int(last), attributes["style"]))

    def _tag(self, attributes: Mapping[str, str]) -> Tag:
        start = self.index
        return Tag(start, tag_end(self.data, start), dict(attributes))

    def _close(self, tag: Tag) -> None:
        """Sets where the end tag is."""
        if self.data[tag.head - 2 : tag.head] == b"/>":
            tag.tail = tag.end = tag.head
        else:
            tag.tail = self.index
            tag.end = tag_end(self.data, tag.tail)

    def _enter_row(self, attributes: Mapping[str, str]) -> None:
        number = attributes.get("r")
        if number is None:
            self._row_number += 1
        elif number.isascii() and number.isdecimal() and len(number) < 8 and 0 < int(number) <= SHEET_ROWS:
            self._row_number = int(number)
        else:
            raise XmlError(f"行号“{number[:20]}”有误")
        self._column_number = 0
        row, start = self._row_number, self.index
        while self._pending and self._pending[0] < row:
            self._before[self._pending.popleft()] = start
        if row in self._wanted:
            if row in self._rows:
                raise XmlError(f"第 {row} 行出现了两次")
            tag = self._tag(attributes)
            self._row = self._rows[row] = Row(tag.start, tag.head, tag.attributes, last=tag.head)

    def _enter_cell(self, attributes: Mapping[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            row, column = self._row_number, self._column_number + 1
        else:
            found = position(reference)
            if found is None or found[0] != self._row_number:
                raise XmlError(f"第 {self._row_number} 行中有地址为“{reference[:20]}”的单元格")
            row, column = found
        self._column_number = column
        if self._row is None:
            return
        start = self.index
        self._last_cell = Tag(start, tag_end(self.data, start), {})
        for target in self._wanted[row]:
            if target < column and target not in self._row.before:
                self._row.before[target] = start
        if column in self._wanted[row]:
            if (row, column) in self._cells:
                raise XmlError(f"单元格“{reference}”出现了两次")
            self._cell = self._cells[row, column] = Cell(start, self._last_cell.head, dict(attributes))

    def leave(self, name: str) -> None:
        depth = self.depth
        if depth == _CELL_DEPTH + 1 and self._cell is not None and self._child is not None:
            short, start = self._child
            if short in {"f", "extLst"}:
                child = Tag(start, tag_end(self.data, start), {})
                self._close(child)
                self._cell.kept.setdefault(short, (start, child.end))
            self._child = None
        elif depth == _CELL_DEPTH and self._last_cell is not None and self._row is not None:
            self._close(self._last_cell)
            self._row.last = self._last_cell.end
            if self._cell is not None:
                self._cell.tail, self._cell.end = self._last_cell.tail, self._last_cell.end
            self._cell = self._last_cell = None
        elif depth == _ROW_DEPTH and self._row is not None:
            self._close(self._row)
            for target in self._wanted[self._row_number]:
                self._row.before.setdefault(target, self._row.last)
            self._row = None
        elif depth == _DATA_DEPTH:
            self._leave_sheet(name)

    def _leave_sheet(self, name: str) -> None:
        if self._data is not None and name == self._namespace + "sheetData":
            self._close(self._data)
            self._is_in_data = False
            for target in self._pending:
                self._before[target] = self._data.tail
        elif self._dimension is not None and name == self._namespace + "dimension":
            self._close(self._dimension)

    def result(self) -> SheetCells:
        """What was found. Raises: XmlError for a sheet without cells (a chart sheet, a dialog)."""
        if self._data is None:
            raise XmlError("没有数据区")
        missing = {row: at for row, at in self._before.items() if row not in self._rows}
        return SheetCells(self._data, self._dimension, self._cells, self._rows, missing, self._columns)
