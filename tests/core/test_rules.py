"""Every rule kind, with the published numbers of tests/cases/rules.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from perfeval_xl.core.decimals import plain, round_to
from perfeval_xl.core.evaluate import evaluate, trace
from perfeval_xl.core.parameters import AnyRule
from perfeval_xl.rulesets.loader import load
from tests.support.rows import indicator, submission

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "rules.toml").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[c["what"] for c in CASES])
def test_the_rule_gives_the_published_number(case: dict[str, Any]) -> None:
    ruleset = load(case["ruleset"])
    evaluation = evaluate(submission(indicator(**case["row"])), ruleset)
    (score,) = evaluation.scores
    rate = None if score.completion is None else plain(round_to(score.completion, 4))
    got = (rate, None if score.score is None else str(score.score), [f.kind.kind for f in evaluation.findings])
    assert got == (case.get("rate"), case.get("score"), case.get("findings", []))


@pytest.mark.parametrize("case", CASES, ids=[c["what"] for c in CASES])
def test_every_score_can_be_followed_with_a_pencil(case: dict[str, Any]) -> None:
    """The trace starts at the cells and ends at the score that is reported."""
    ruleset = load(case["ruleset"])
    evaluation = evaluate(submission(indicator(**case["row"])), ruleset)
    lines = [str(step) for step in trace(evaluation, ruleset)[0]]
    assert "D5" in lines[0]
    score = evaluation.scores[0].score
    if score is None:
        assert lines[-1].startswith("不计分：")
    else:
        assert any(plain(score) in line for line in lines[2:])
        assert any(line.startswith("规则：") for line in lines)


def test_every_rule_kind_has_a_case() -> None:
    used: set[str] = set()
    for case in CASES:
        ruleset = load(case["ruleset"])
        score = evaluate(submission(indicator(**case["row"])), ruleset).scores[0]
        used |= {rule.kind for rule in ruleset.rules if rule.id == score.rule}
    assert used == {get_args(get_type_hints(kind)["kind"])[0] for kind in get_args(AnyRule)}
