"""The table of findings, the help that `explain` prints, and the vocabulary users rely on are one and the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from perfeval_xl.cli import main
from perfeval_xl.core.findings import KINDS, THRESHOLDS
from perfeval_xl.rulesets.loader import COMMON, load

INTERFACES = Path(__file__).parents[3] / "shared" / "INTERFACES.md"
LATER = {"formula-overwritten", "template-changed", "execution-behind", "progress-apart"}
"""Kinds that came after the list was written."""


@pytest.mark.skipif(not INTERFACES.is_file(), reason="the list of interfaces is not beside this repository; nothing in the product needs it")
def test_the_table_has_the_kinds_of_the_interfaces() -> None:
    listed: dict[str, str] = {}
    for line in INTERFACES.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"\| PE(\d)xx \w+", line):
            listed |= dict.fromkeys(re.findall(r"`([a-z-]+)`", line), found[1])
    assert set(KINDS) - LATER == set(listed)
    assert {kind for kind, family in listed.items() if not KINDS[kind].code.startswith(f"PE{family}")} == set()


def test_codes_are_unique_and_in_order() -> None:
    codes = [k.code for k in KINDS.values()]
    assert codes == sorted(set(codes))
    assert all(re.fullmatch(r"PE[1-6][0-9]{2}", code) for code in codes)


@pytest.mark.parametrize("kind", KINDS)
def test_explain_says_what_it_means_how_to_mend_it_and_the_rule_behind_it(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", kind]) == 0
    shown, entry = capsys.readouterr().out, KINDS[kind]
    for text in (entry.code, kind, entry.title, entry.help, entry.remedy, entry.basis):
        assert text in shown
    meaning, _, example = entry.help.partition("例：")
    assert len(meaning) >= 10
    assert len(example) >= 10
    assert entry.remedy.endswith("。")
    assert len(entry.basis) >= 4


def test_help_is_each_kinds_own() -> None:
    assert len({k.help for k in KINDS.values()}) == len(KINDS)
    assert len({k.title for k in KINDS.values()}) == len(KINDS)


def test_every_limit_has_a_common_value_with_its_reference() -> None:
    ruleset = load("national-project-2020")
    given = {(c.kind, c.threshold) for c in ruleset.checks if c.value is not None}
    named = {(kind, name) for kind, names in THRESHOLDS.items() for name in names if not name.startswith("month-")}
    assert named <= given
    assert {c.reference for c in ruleset.checks} <= set(ruleset.references)
    assert COMMON.is_file()
