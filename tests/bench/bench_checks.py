"""All checks beside scoring, on the same rows in one run.

Run: python -m tests.bench.bench_checks [rows]
"""

from __future__ import annotations

import sys
from dataclasses import replace
from decimal import Decimal
from functools import partial

from perfeval_xl.core.checks import CHECKS, audit
from perfeval_xl.core.checks.run import guarded
from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.model import Indicator, Place, Submission
from perfeval_xl.core.quantity import _parse
from perfeval_xl.rulesets.loader import load
from tests.bench.bench_evaluate import fastest, rows

COLUMNS = {"level2": "B", "name": "C", "target": "D", "actual": "E", "rate": "F", "weight": "G", "score": "H", "reason": "I"}


def filled(count: int) -> list[Indicator]:
    """The rows of the other bench with every column in use: headings, rates, reasons, prose in words."""
    out = []
    for i, row in enumerate(rows(count)):
        place = Place("a.xlsx", "自评表", i + 2, COLUMNS)
        out.append(row._replace(level1=("产出指标", "效益指标")[i % 2], level2=("数量指标", "社会效益指标")[i % 2], rate="100%" if i % 5 else "80%",
                                score=Decimal(9) if i % 7 == 0 else row.score, reason="受天气影响" if i % 14 == 0 else "无", place=place))  # fmt: skip
    return out


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    ruleset = load("guangzhou-department-2023")
    whole = Submission("a.xlsx", "自评表", "2023年度部门整体支出绩效自评表", "某街道办事处", 2023, filled(count), form="department")
    whole = replace(whole, facts={"自评结论": "较好地完成了年度工作。产出指标6个。" * 50})
    done = evaluate(whole, ruleset)
    book = ruleset.at(done.day)

    def scored() -> None:
        _parse.cache_clear()  # every round reads every text anew
        evaluate(whole, ruleset)

    scoring, checking = fastest(scored, lambda: audit(whole, done, book))
    found = audit(whole, done, book)
    print(f"{count} rows, {len(found)} findings: scoring {scoring * 1e6 / count:.2f} µs/row, all checks {checking * 1e6 / count:.2f} µs/row, ratio {checking / scoring:.2f} (limit 1)")
    for check in CHECKS:
        (took,) = fastest(partial(guarded, check, whole, done, book), rounds=1)
        print(f"  {check.__module__.rpartition('.')[2]}.{check.__name__}: {took * 1e6 / count:.2f} µs/row")


if __name__ == "__main__":
    main()
