"""Native formulas against the engine: LibreOffice recalculates filled forms, and every rate, score, sum and grade must agree.

Two forms of every shipped rule set and of three made ones are written with wrong stored results, recalculated, read back
as a bureau would read them, and scored by the engine. Compared are the cells: rate and score of every row (2,000 scores
at least), weight and score of every section in which no row is left open, the sum of weights of every form, and total
and grade, or how many rows could not be scored, of every form. No difference is allowed.

With the default seed: 24 forms, 2,815 rows, of which 2,304 scores and 2,300 rates are compared, 432 rows are scored by
neither side and 79 are left to the engine; 40 section sums, 72 section weights, 24 sums of weights, 12 totals, 12 grades
and 12 counts of rows without a score.

What a formula leaves to the engine shows a few words, is counted as not scored, and must be of a kind that
`form_differences.MAY_BE_OPEN` lists; rows marked plain may never be left open. PERFEVAL_SEED makes other rows.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from perfeval_xl.core.decimals import Rounding
from perfeval_xl.core.evaluate import EXECUTION, evaluate
from perfeval_xl.core.model import Direction
from perfeval_xl.core.parameters import (
    AppliesTo,
    CapRule,
    CapTier,
    DateRule,
    Deduction,
    EitherOrRule,
    LinearOverrun,
    PerPoint,
    Proportional,
    RuleStatus,
    Steps,
)
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.rulesets.loader import available, load
from perfeval_xl.workbook.forms import form
from perfeval_xl.workbook.forms.form import Entry, FormRow, FundRow
from perfeval_xl.workbook.forms.template import Filling, write_self_evaluation
from tests.support.form_cases import hard_rows, not_applicable_row, plain_rows
from tests.support.form_differences import PLAIN, POISON, Compared, compare_form
from tests.support.office import converted, needs_office, poisoned
from tests.support.reading import inputs_of

DAY = datetime.date(2025, 12, 31)
SEED = int(os.environ.get("PERFEVAL_SEED", "0"))
PLAIN_ROWS, HARD_ROWS, CLEAN_ROWS = 88, 56, 72
STATUS: dict[str, Any] = {"reference": "practice", "status": RuleStatus.UNCONFIRMED}

pytestmark = [pytest.mark.office, needs_office]


def _cut() -> Ruleset:
    """Whole numbers cut down, met rows rounded too, a floor, full marks where not applicable, totals capped."""
    base = load("national-project-2020")
    caps = (
        CapRule(**STATUS, indicator=EXECUTION, tiers=(CapTier(below=Decimal("0.5"), at_most=Decimal(59)), CapTier(below=Decimal("0.9"), at_most=Decimal(79)))),
        CapRule(**STATUS, indicator="满意度", tiers=(CapTier(below=Decimal("0.7"), at_most=Decimal(60)),)),
    )  # fmt: skip
    return replace(
        base, rounding=(replace(base.rounding[0], score_places=0, mode=Rounding.CUT, met="round", total_places=1),), caps=caps,
        completion=(replace(base.completion[0], floor=Decimal("0.6")),), not_applicable=(replace(base.not_applicable[0], policy="full"),),
    )  # fmt: skip


def _rate_first() -> Ruleset:
    """The rate is rounded before scoring; late work earns half."""
    base = load("hubei-project-2020")
    rules = tuple(replace(r, late=Decimal("0.5")) if isinstance(r, DateRule) else r for r in base.rules)
    return replace(base, rounding=(replace(base.rounding[0], rate_places=1, score_places=1),), rules=rules)


def _by_direction() -> Ruleset:
    """Deductions from the row's own target by direction, named rules with and without a direction, a pair of which one counts."""
    base = load("national-project-2020")
    taken = (Deduction(of=Decimal(10), points=Decimal("0.5")), Deduction(of=Decimal(4), points=Decimal("0.3")))
    own = (
        Proportional(**STATUS, id="own-proportional", title="a", applies_to=AppliesTo(names=("预算完成率",)), kind="proportional"),
        LinearOverrun(**STATUS, id="own-linear", title="b", applies_to=AppliesTo(names=("预算控制率",)), kind="linear-overrun", direction=Direction.LOWER),
        PerPoint(**STATUS, id="own-point", title="c", applies_to=AppliesTo(names=("面积控制率",)), kind="per-point", deductions=taken),
        PerPoint(**STATUS, id="lower-point", title="d", applies_to=AppliesTo(directions=(Direction.LOWER,)), kind="per-point", deductions=taken),
        Steps(**STATUS, id="higher-step", title="e", applies_to=AppliesTo(directions=(Direction.HIGHER,)), kind="steps", step=Decimal(5), deductions=taken),
    )  # fmt: skip
    return replace(base, rules=(*own, *base.rules), either_or=(EitherOrRule(**STATUS, names=("成本控制率", "在职人员控制率")),))


def rulesets() -> dict[str, Ruleset]:
    """Every shipped rule set, and three that hold what no shipped one does."""
    return {p.stem: load(p.stem) for p in available()} | {"cut": _cut(), "rate-first": _rate_first(), "by-direction": _by_direction()}


@dataclass(frozen=True)
class Case:
    """One form, and what it was made with."""

    ruleset: Ruleset
    path: Path


def _filling(ruleset: Ruleset, rows: Sequence[FormRow], funds: Sequence[FundRow]) -> Filling:
    """Rows spread over the sections; of a department, every third row goes to 管理效率."""
    book = ruleset.at(DAY)
    groups = form.table_groups(book)
    is_department = ruleset.form == "department"
    own = [r for i, r in enumerate(rows) if not is_department or i % 3]
    table = [(g.level1, g.parts[0].level2, r) for i, r in enumerate(own) for g in [groups[i % len(groups)]]]
    level1s = [g.level1 for g in form.management_groups(book)] if is_department else []
    others = [(level1s[i % len(level1s)], "其他", r) for i, r in enumerate(r for i, r in enumerate(rows) if i % 3 == 0)] if is_department else []
    return Filling(2025, "某单位", "某项目", table, others, funds)


def _clean_rows(seed: int, ruleset: Ruleset) -> list[FormRow]:
    """Rows that all get a score, two that do not apply, a pair. Deductions per percent point leave counts of things unscored."""
    rows = [r._replace(weight=r.weight if i % 5 else Decimal("3.33")) for i, r in enumerate(plain_rows(seed, CLEAN_ROWS))]
    pair = [FormRow(n, "≥", Entry(90), "%", Entry(81), Decimal(4)) for n in ("结转结余率", "结转结余变动率")]
    if any(not r.applies_to.names and isinstance(r, Steps | PerPoint) for r in ruleset.rules):
        rows = [r for r in rows if r.unit in {"", "%", "百分点"}]
    return [*rows[:10], not_applicable_row("3.33"), *pair, *rows[10:], not_applicable_row("2.25", "本年度无此项工作，不涉及")]


def _marked(rows: Iterable[FormRow]) -> list[FormRow]:
    return [r._replace(evidence=PLAIN) for r in rows]


FUNDS = (
    [FundRow(Decimal(120), Decimal(100), Decimal("79.27")), FundRow(), FundRow(None, Decimal("0.5"), Decimal("0.3"))],
    [FundRow(Decimal(100), None, Decimal("45.5")), FundRow(), FundRow()],
    [FundRow(Decimal(100), Decimal(100), Decimal(100)), FundRow(), FundRow()],
    [FundRow(Decimal(3), Decimal(0), Decimal(1)), FundRow(), FundRow()],
)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """All forms, written with wrong stored results and recalculated in one run of LibreOffice."""
    folder = tmp_path_factory.mktemp("forms")
    made: list[Case] = []
    for index, (name, ruleset) in enumerate(rulesets().items()):
        seed = 1000 * SEED + index
        mixed = [*_marked(plain_rows(seed, PLAIN_ROWS)), *hard_rows(seed, HARD_ROWS)]
        for kind, rows, funds in (("mixed", mixed, FUNDS[index % 4]), ("clean", _marked(_clean_rows(seed + 500, ruleset)), FUNDS[index % 3])):
            path = folder / f"{name}-{kind}.xlsx"
            write_self_evaluation(path, ruleset, _filling(ruleset, rows, funds))
            made.append(Case(ruleset, poisoned(path, str(POISON))))
    done = converted([c.path for c in made], folder, "xlsx")
    return [replace(c, path=p) for c, p in zip(made, done, strict=True)]


def test_every_rate_score_sum_and_grade_equals_the_engines(cases: list[Case]) -> None:
    done = Compared()
    for case in cases:
        submission, grids = inputs_of(case.path)
        evaluation = evaluate(submission, case.ruleset, day=DAY)
        compare_form(done, case.path.stem, evaluation, grids)
    print(f"seed {SEED}, {len(cases)} forms, {done}")
    assert done.wrong == []
    assert done.scores >= 2000
    assert sum(done.left_open.values()) <= done.rows // 20
