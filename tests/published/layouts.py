"""The published rows rebuilt as workbooks in every layout of tests/support/layouts.py, and read back.

Run: python -m tests.published.layouts [real_cases.csv]   prints rows read right by layout and document.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.model import Indicator, Submission
from perfeval_xl.workbook.labels import number
from perfeval_xl.workbook.parse import parse_book
from perfeval_xl.workbook.read import read_workbook
from tests.published.real_cases import DEFAULT
from tests.support.layouts import LAYOUTS, Form, Layout, Row
from tests.support.published import from_list

SIGNS = {"≥", "≤", "＞", "＜", ">", "<", "=", "＝", "﹦"}


def read_back(layout: Layout, rows: Sequence[Row], folder: Path) -> Submission:
    path = layout.save(folder / "form.xlsx", rows, Form(budget="100", spent="100"))
    book = read_workbook(path)
    done = parse_book(book.file, book.grids, book.names)
    assert isinstance(done, Submission), done.message
    return done


def differences(layout: Layout, rows: Sequence[Row], done: Submission) -> Iterator[str]:
    """Every cell that is not as published, and every row too many or too few."""
    got = [r for r in done.indicators if not r.is_detail]
    if len(got) != len(rows):
        yield f"{len(got)} rows instead of {len(rows)}"
    for want, row in zip(layout.expected(rows), got, strict=False):
        for name, expected, found in _pairs(want, row):
            if expected.replace(" ", "") != found.replace(" ", ""):
                yield f"{want.name}: {name} {found!r} instead of {expected!r}"


def _pairs(want: Row, row: Indicator) -> Iterator[tuple[str, str, str]]:
    if want.level1:
        yield "level1", want.level1, row.level1
    if want.level2:
        yield "level2", want.level2, row.level2
    sign = row.direction if row.direction in SIGNS else ""
    yield "name", want.name, row.name
    yield "target", want.target, sign + row.target + row.unit
    yield "actual", want.actual, row.actual
    yield "weight", _points(want.weight), _shown(row.weight)
    yield "score", _points(want.score), _shown(row.score)
    if want.reason:
        yield "reason", want.reason, row.reason


def _points(text: str) -> str:
    return _shown(number(text))


def _shown(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def main() -> None:
    forms = list(from_list(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
    print("| layout | documents | rows | read right |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for layout in LAYOUTS:
            wrong, total = 0, 0
            for source, rows in forms:
                found = list(differences(layout, rows, read_back(layout, rows, Path(folder))))
                wrong += len(found)
                total += len(rows)
                for line in found:
                    print(f"  {source}: {line}")
            print(f"| {layout.name} | {len(forms)} | {total} | {total - wrong} ({100 * (total - wrong) / total:.1f} %) |")


if __name__ == "__main__":
    main()
