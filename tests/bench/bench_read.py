"""Ratios, side by side in one run on one core: a bare calamine read, our guarded read with its scan, and read plus parse.

Run: python tests/bench/bench_read.py [rounds]. The three take turns, so that a busy machine slows all of them alike.
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from perfeval_xl.workbook.parse import parse_book
from perfeval_xl.workbook.read import read_bytes
from perfeval_xl.workbook.readers.package import forget

SAMPLES = Path(__file__).parents[2] / "workbooks" / "samples"
HEADER = ["一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因分析及改进措施"]


def larger(rows: int = 400) -> bytes:
    """A form of many rows with every kind of cell, as bytes."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["2023年度部门整体支出绩效自评表"])
    sheet.append(HEADER)
    for i in range(rows):
        sheet.append(["产出指标", "数量指标", f"指标{i}", "≥95%", 0.9 + i % 10 / 100, 5, 4.75, "无" if i % 3 else None])
        sheet.cell(i + 3, 5).number_format = "0%"
    for i in range(3, rows, 10):
        sheet.merge_cells(start_row=i, end_row=i + 9, start_column=1, end_column=1)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def measure(name: str, data: bytes, rounds: int) -> None:
    def bare() -> object:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [book.get_sheet_by_index(i).to_python(skip_empty_area=False) for i in range(len(book.sheet_names))]

    def read() -> object:
        return read_bytes(name, data)

    def parsed() -> object:
        book = read_bytes(name, data)
        return parse_book(book.file, book.grids, dict(book.names))

    def first() -> object:
        forget()
        return read_bytes(name, data)

    works: tuple[Callable[[], object], ...] = (bare, read, parsed, first)
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for i, work in enumerate(works):
            start = time.perf_counter()
            work()
            best[i] = min(best[i], time.perf_counter() - start)
    one, two, three, four = (b * 1e3 for b in best)
    print(f"{name} ({len(data)} bytes): bare {one:.3f} ms, read and scan {two:.3f} ms = {two / one:.2f} (limit 2.2), and parse {three:.3f} ms = {three / one:.2f} (limit 4); the first file of its form {four / one:.2f}")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for path in sorted(SAMPLES.glob("*.xlsx")):
        measure(path.name, path.read_bytes(), rounds)
    measure("larger.xlsx", larger(), max(rounds // 5, 5))


if __name__ == "__main__":
    main()
