"""A tiny writer of binary workbooks (.xlsb), from the records of [MS-XLSB]: no library here writes the format."""

from __future__ import annotations

import datetime
import io
import struct
import zipfile

from tests.support.contract import CELLS, HIDDEN_COLUMN, HIDDEN_ROW, MERGES, SHEET

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ERRORS = {"#DIV/0!": 0x07}


def record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(body)
    length = b""
    while True:
        size, low = size >> 7, size & 0x7F
        length += bytes([low | (0x80 if size else 0)])
        if not size:
            return head + length + body


def wide(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return struct.pack("<I", len(data) // 2) + data


def relations(*entries: tuple[str, str, str]) -> str:
    lines = "".join(f'<Relationship Id="{i}" Type="{_RELATION}/{kind}" Target="{target}"/>' for i, kind, target in entries)
    return f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'


def package(sheets: list[tuple[str, bool, bytes]], styles: bytes, strings: bytes) -> bytes:
    """sheets: name, whether hidden, records."""
    bundle = b"".join(record(156, struct.pack("<II", is_hidden, i) + wide(f"rId{i}") + wide(name)) for i, (name, is_hidden, _) in enumerate(sheets, 1))
    workbook = record(131) + record(153, struct.pack("<II", 0, 0) + wide("")) + record(143) + bundle + record(144) + record(132)
    targets = [(f"rId{i}", "worksheet", f"worksheets/sheet{i}.bin") for i in range(1, len(sheets) + 1)]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", relations(("rId1", "officeDocument", "xl/workbook.bin")))
        archive.writestr("xl/workbook.bin", workbook)
        archive.writestr("xl/_rels/workbook.bin.rels", relations(*targets, ("s", "styles", "styles.bin"), ("t", "sharedStrings", "sharedStrings.bin")))
        archive.writestr("xl/styles.bin", styles)
        archive.writestr("xl/sharedStrings.bin", strings)
        for i, (_, _, part) in enumerate(sheets, 1):
            archive.writestr(f"xl/worksheets/sheet{i}.bin", part)
    return stream.getvalue()


def row_head(row: int, *, is_hidden: bool = False) -> bytes:
    return record(0, struct.pack("<IIHBBB", row - 1, 0, 300, 0, 0x10 if is_hidden else 0, 0) + struct.pack("<I", 0))


def sheet(rows: bytes, merges: set[tuple[int, int, int, int]] = frozenset(), columns: bytes = b"") -> bytes:  # type: ignore[assignment]
    blocks = b"".join(record(176, struct.pack("<4I", t - 1, b - 1, left - 1, r - 1)) for t, left, b, r in sorted(merges))
    merged = record(177, struct.pack("<I", len(merges))) + blocks + record(178) if merges else b""
    size = record(148, struct.pack("<4I", 0, 9, 0, 6))
    return record(129) + size + columns + record(145) + rows + record(146) + merged + record(130)


def contract() -> bytes:
    """The contract's table."""
    codes = sorted({c.code for c in CELLS.values() if c.code != "General"})
    numbers = {"General": 0, **{code: 164 + i for i, code in enumerate(codes)}}
    order = list(numbers)
    formats = b"".join(record(44, struct.pack("<H", numbers[c]) + wide(c)) for c in codes)
    shapes = b"".join(record(47, struct.pack("<HH", 0, numbers[c]) + bytes(12)) for c in order)
    styles = (
        record(278) + record(615, struct.pack("<I", len(codes))) + formats + record(616) + record(617, struct.pack("<I", len(order))) + shapes + record(618) + record(279)
    )
    texts = [c.value for c in CELLS.values() if isinstance(c.value, str)]
    items = b"".join(record(19, b"\0" + wide(t)) for t in texts)
    strings = record(159, struct.pack("<II", len(texts), len(texts))) + items + record(160)
    rows = b""
    for row in sorted({r for r, _ in CELLS}):
        rows += row_head(row, is_hidden=row == HIDDEN_ROW)
        for column in sorted(c for r, c in CELLS if r == row):
            cell = CELLS[row, column]
            head = struct.pack("<II", column - 1, order.index(cell.code))
            empty_formula = struct.pack("<HII", 0, 0, 0)
            if cell.error:
                rows += record(11, head + bytes([_ERRORS[cell.error]]) + empty_formula)
            elif cell.formula:
                rows += record(9, head + struct.pack("<d", 41.0) + empty_formula)
            elif isinstance(cell.value, bool):
                rows += record(4, head + bytes([cell.value]))
            elif isinstance(cell.value, str):
                rows += record(7, head + struct.pack("<I", texts.index(cell.value)))
            elif isinstance(cell.value, datetime.date):
                rows += record(5, head + struct.pack("<d", (cell.value - datetime.date(1899, 12, 30)).days))
            elif cell.value is not None:
                rows += record(5, head + struct.pack("<d", cell.value))
    columns = record(390) + record(60, struct.pack("<IIIIH", HIDDEN_COLUMN - 1, HIDDEN_COLUMN - 1, 2560, 0, 1)) + record(391)
    hidden = sheet(row_head(1) + record(6, struct.pack("<II", 0, 0) + wide("看不见")))
    return package([(SHEET, False, sheet(rows, MERGES, columns)), ("隐藏表", True, hidden)], styles, strings)
