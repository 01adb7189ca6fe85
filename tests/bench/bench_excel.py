"""Ratio, side by side in one run: PE_TABLE on a column of rows beside the engine on the same rows; and what else a click costs.

Run: python -m tests.bench.bench_excel [rows]
"""

from __future__ import annotations

import datetime
import sys
from decimal import Decimal

from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.model import Submission
from perfeval_xl.core.quantity import _parse
from perfeval_xl.excel.udfs import PE_TABLE
from perfeval_xl.rulesets.loader import load
from tests.bench.bench_evaluate import fastest, rows

RULESET = "national-project-2020"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    book = load(RULESET).at(datetime.date(2023, 12, 31))
    indicators = rows(count)
    whole = Submission("a.xlsx", "自评表", "", "", 2023, indicators)
    # as xlwings hands cells over: a list of rows, every number a float
    targets, actuals, weights = [[r.target] for r in indicators], [[r.actual] for r in indicators], [[float(r.weight or 0)] for r in indicators]

    def engine() -> None:
        _parse.cache_clear()  # every round reads every text anew
        evaluate(whole, book.ruleset, day=book.day)

    def function() -> None:
        _parse.cache_clear()
        PE_TABLE(targets, actuals, weights, None, f"{RULESET}@2023")

    base, ours = fastest(engine, function)
    answers = PE_TABLE(targets, actuals, weights, None, f"{RULESET}@2023")
    scores = evaluate(whole, book.ruleset, day=book.day).scores
    pairs = [(Decimal(str(a[1])) if isinstance(a[1], float | int) else None, s.score) for a, s in zip(answers, scores, strict=True)]
    same, other = sum(a == b is not None for a, b in pairs), sum(a != b for a, b in pairs)
    print(f"{count} rows, {same} scores equal, {other} not: engine {base * 1e6 / count:.2f} µs/row, PE_TABLE {ours * 1e6 / count:.2f} µs/row, ratio {ours / base:.2f} (limit 1.5)")


if __name__ == "__main__":
    main()
