"""The published rows kept beside the repository, scored one by one.

Run: python -m tests.published.real_cases [real_cases.csv]   prints the table and its summary.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from perfeval_xl.core.decimals import plain, round_to, to_decimal
from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.model import Indicator, IndicatorScore, Place, Status, Submission
from perfeval_xl.core.quantity import Kind, parse
from perfeval_xl.rulesets.loader import load

DEFAULT = Path(__file__).parents[3] / "shared" / "data" / "real_cases.csv"
RULESETS = {"01": "guangzhou-department-2023", "27": "jiangxi-project-2017", "29": "hubei-project-2020", "31": "hunan-department-2018",
            "04": "sichuan-project-2023", "07": "sichuan-project-2023"}  # fmt: skip
DAMAGED = {"09", "13", "15", "19"}
COLUMNS = {"name": "G", "target": "H", "actual": "I", "rate": "J", "weight": "K", "score": "L", "reason": "M"}
READABLE = {Kind.NUMBER, Kind.PERCENT, Kind.RANGE, Kind.DATE, Kind.QUALITATIVE, Kind.YES_NO}


class Outcome(NamedTuple):
    """One published row, and what the engine says."""

    line: int
    source: str
    score: IndicatorScore
    kinds: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        return self.source[:2] not in DAMAGED

    @property
    def has_both(self) -> bool:
        row = self.score.indicator
        return bool(row.target.strip()) and bool(row.actual.strip())

    @property
    def is_answered(self) -> bool:
        return self.score.completion is not None or bool(self.kinds)

    @property
    def is_comparable(self) -> bool:
        row = self.score.indicator
        readable = {parse(row.target).kind, parse(row.actual).kind} <= READABLE
        return readable and row.weight is not None and row.score is not None

    @property
    def agrees(self) -> bool:
        return self.score.score == self.score.indicator.score


def outcomes(path: Path = DEFAULT) -> Iterator[Outcome]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for line, row in enumerate(csv.DictReader(stream), 2):
            indicator = Indicator(
                row["level1"], row["level2"], row["level3_indicator"], row["target_text"], row["actual_text"], to_decimal(row["weight"]),
                row["completion_text"], to_decimal(row["score"]), place=Place(path.name, "csv", line, COLUMNS),
                is_execution="预算执行率" in {row["level1"], row["level3_indicator"]},
            )  # fmt: skip
            ruleset = load(RULESETS.get(row["source_file"][:2], "national-project-2020"))
            year = int(row["year"]) if row["year"].isdigit() else None
            done = evaluate(Submission(path.name, "csv", "", "", year, [indicator]), ruleset)
            yield Outcome(line, row["source_file"], done.scores[0], tuple(f.kind.kind for f in done.findings))


def _text(value: Decimal | None) -> str:
    return "" if value is None else plain(round_to(value, 4))


def main() -> None:
    done = list(outcomes(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT))
    print("| line | target | actual | weight | published | rate | computed | findings |\n|---|---|---|---|---|---|---|---|")
    for one in done:
        row = one.score.indicator
        cells = [str(one.line), row.target[:16], row.actual[:16], _text(row.weight), _text(row.score), _text(one.score.completion),
                 _text(one.score.score), " ".join(one.kinds)]  # fmt: skip
        print("| " + " | ".join(cells) + " |")
    both = [o for o in done if o.has_both and o.is_clean]
    comparable = [o for o in done if o.is_comparable]
    differing = [o for o in comparable if not o.agrees]
    print(f"\nrows read: {len(done)}; scored {sum(o.score.status is Status.SCORED for o in done)}")
    print(f"clean rows with both texts: {len(both)}, rate or finding: {sum(o.is_answered for o in both)}")
    print(f"readable target, actual, weight and score: {len(comparable)}, agree {len(comparable) - len(differing)}, differ {len(differing)}, "
          f"of these named by a finding {sum(bool(o.kinds) for o in differing)}")
    print("kinds of difference:", dict(Counter(kind for o in differing for kind in o.kinds)))


if __name__ == "__main__":
    main()
