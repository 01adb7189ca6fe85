"""Ratios, side by side in one run: evaluation per row beside a bare Decimal multiply, divide and round; --help beside `pass`.

Run: python tests/bench/bench_evaluate.py [rows]
"""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.model import Indicator, Place, Submission
from perfeval_xl.core.quantity import _parse
from perfeval_xl.rulesets.loader import load

COLUMNS = {"name": "C", "target": "D", "actual": "E", "rate": "F", "weight": "G", "score": "H", "reason": "I"}
KINDS = (
    ("≥{0}%", "{1}%"), ("{0}万元", "{1}万元"), ("不低于{0}人", "{1}人"), ("≤{0}万元", "{1}万元"), ("{0}次", "{1}次"), ("显著提升", "显著提升"),
    ("2023年12月底", "2023年12月20日"), ("0起", "0起"), ("≥{0}%", "≥{0}%"), ("{0}平方米", "{1}平方米"), ("≤{0}万元", "完成"), ("保洁面积{0}万平方米", "保洁面积{1}万平方米"),
)  # fmt: skip


def rows(count: int) -> list[Indicator]:
    """Rows as written, nearly every number different. One in five misses its target yet reports full marks (a finding);
    text actuals and repeated operators (other findings) come with KINDS."""
    out = []
    for i in range(count):
        target, actual = KINDS[i % len(KINDS)]
        t = (5000 + i * 7 % 99_991) / 100
        a = t * 0.8 if i % 5 == 0 else t
        t_text, a_text = f"{t:.2f}", f"{a:.2f}"
        out.append(
            Indicator("产出指标", "数量指标", f"指标{i % 9973}", target.format(t_text, a_text), actual.format(t_text, a_text), Decimal(10), "",
                      Decimal(10), place=Place("a.xlsx", "自评表", i + 2, COLUMNS))
        )  # fmt: skip
    return out


def fastest(*works: Callable[[], object], rounds: int = 5) -> list[float]:
    """Best of several rounds of each, in seconds; they take turns, so that a busy moment of the machine meets all of them."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for i, work in enumerate(works):
            gc.collect()
            start = time.perf_counter()
            work()
            best[i] = min(best[i], time.perf_counter() - start)
    return best


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    numbers = [(Decimal(i % 4999 + 5000) / 100, Decimal(i % 4001 + 5000) / 100) for i in range(count)]
    hundredth, ten = Decimal("0.01"), Decimal(10)

    def bare() -> None:
        for a, t in numbers:
            (ten * a / t).quantize(hundredth, ROUND_HALF_UP)

    book = load("guangzhou-department-2023")
    whole = Submission("a.xlsx", "自评表", "", "", 2023, rows(count))
    found = len(evaluate(whole, book).findings)

    def evaluated() -> None:
        _parse.cache_clear()  # every round reads every text anew
        evaluate(whole, book)

    base, ours = fastest(bare, evaluated)
    print(f"{count} rows, {found} findings: bare Decimal {base * 1e6 / count:.2f} µs/row, evaluate {ours * 1e6 / count:.2f} µs/row, ratio {ours / base:.1f} (limit 60)")
    nothing, shown = fastest(
        lambda: subprocess.run([sys.executable, "-c", "pass"], check=True),
        lambda: subprocess.run([sys.executable, "-m", "perfeval_xl.cli", "--help"], check=True, capture_output=True),
        rounds=7,
    )
    print(f"python -c pass {nothing * 1e3:.0f} ms, perfeval --help {shown * 1e3:.0f} ms, ratio {shown / nothing:.1f} (limit 10)")


if __name__ == "__main__":
    main()
