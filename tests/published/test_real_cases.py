"""162 published rows, where they are at hand: none lost, each answered, each difference named."""

from __future__ import annotations

import pytest

from tests.published.real_cases import DEFAULT, Outcome, outcomes

pytestmark = [pytest.mark.published, pytest.mark.skipif(not DEFAULT.is_file(), reason="published rows are not beside this repository; nothing in the product needs them")]


@pytest.fixture(scope="module")
def rows() -> list[Outcome]:
    return list(outcomes())


def test_every_row_is_read(rows: list[Outcome]) -> None:
    assert len(rows) == 162


def test_clean_rows_with_both_texts_give_a_rate_or_say_why_not(rows: list[Outcome]) -> None:
    both = [o for o in rows if o.has_both and o.is_clean]
    assert len(both) > 80
    assert sum(o.is_answered for o in both) / len(both) >= 0.98


def test_the_engine_agrees_with_the_published_score_or_names_the_difference(rows: list[Outcome]) -> None:
    assert [o.line for o in rows if o.is_comparable and not o.agrees and not o.kinds] == []


def test_agreement_is_not_bought_with_findings(rows: list[Outcome]) -> None:
    """Rows where both agree carry no finding but the ones about how a cell is written."""
    about_writing = {"operator-in-actual", "lookalike-operator", "actual-in-rate-column"}
    noisy = [o.line for o in rows if o.is_comparable and o.agrees and not set(o.kinds) <= about_writing]
    assert noisy == []
