"""[[checks]] and [[plausible]]: what is refused, and what the common limits add."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from perfeval_xl.core.findings import Severity
from perfeval_xl.rulesets.loader import SHIPPED, RulesetError, from_text, load_toml

BASE = (SHIPPED / "national-project-2020.toml").read_text(encoding="utf-8")


def _with(*lines: str, key: str = "checks") -> str:
    return BASE + f'\n[[{key}]]\nreference = "practice"\nstatus = "from-form"\n' + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (['kind = "no-such-kind"'], "没有名为“no-such-kind”的问题"),
        (['kind = "zero-weight"', 'threshold = "share"', "value = 1"], "该问题的界限只能是：（没有可设的界限）"),
        (['kind = "dominant-indicator"', 'threshold = "part"', "value = 1"], "该问题的界限只能是：share"),
        (['kind = "dominant-indicator"', 'threshold = "share"'], "缺少该项"),
        (['kind = "dominant-indicator"', "value = 1"], "填写了数值，应写明是哪一个界限"),
        (['kind = "dominant-indicator"', 'threshold = "share"', "value = 0"], "应大于 0"),
        (['kind = "zero-weight"', 'state = "off"'], "不报告的问题应写明理由"),
        (['kind = "zero-weight"', 'severity = "loud"'], "取值只能是其中之一"),
    ],
)
def test_what_a_check_cannot_be_is_refused_with_its_key(lines: list[str], message: str) -> None:
    with pytest.raises(RulesetError, match=r"national\.toml") as error:
        from_text(_with(*lines), "national.toml")
    assert message in str(error.value)


def test_a_limit_in_no_unit_is_refused() -> None:
    with pytest.raises(RulesetError, match="应为计量单位"):
        from_text(_with('title = "面积"', 'unit = "，"', "most = 1", key="plausible"), "a.toml")


def test_the_common_limits_fill_only_what_a_rule_set_leaves_open(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(_with('kind = "dominant-indicator"', 'threshold = "share"', "value = 0.3", 'severity = "error"'), encoding="utf-8")
    ruleset = load_toml(path)
    own = [c for c in ruleset.checks if c.kind == "dominant-indicator"]
    assert [(c.value, c.severity) for c in own] == [(Decimal("0.3"), Severity.ERROR)]
    assert {c.kind for c in ruleset.checks} >= {"target-too-low", "money-unit", "execution-behind", "progress-apart"}
    assert ruleset.plausible
    assert {p.reference for _, p in ruleset.parameters()} <= set(ruleset.references)
