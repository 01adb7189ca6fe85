"""Published mistakes, where the rows are at hand: found at least 95 %, false alarms on at most 3 % of the clean rows."""

from __future__ import annotations

import pytest

from tests.published.mistakes import CASES, Found, false_alarms, labelled, made, published
from tests.published.real_cases import DEFAULT

needs_rows = pytest.mark.skipif(not DEFAULT.is_file(), reason="published rows are not beside this repository; nothing in the product needs them")


@pytest.fixture(scope="module")
def documents() -> list[Found]:
    return published()


@pytest.mark.published
@needs_rows
def test_labels_name_rows_that_exist(documents: list[Found]) -> None:
    rows = {(d.source, name) for d in documents for name in d.lines.values()} | {(d.source, "") for d in documents}
    assert [row for m in CASES["mistakes"] for row in m.get("rows", []) if tuple(row) not in rows] == []


@pytest.mark.published
@needs_rows
def test_labelled_mistakes_are_found(documents: list[Found]) -> None:
    results = list(labelled(documents))
    assert sum(r.found for r in results) >= 0.95 * sum(r.carried for r in results), [m for r in results for m in r.missed]


@pytest.mark.published
@needs_rows
def test_clean_rows_are_left_alone(documents: list[Found]) -> None:
    count, alarms = false_alarms(documents)
    assert count > 80
    assert len(alarms) <= 0.03 * count, alarms


def test_mistakes_without_a_published_row_are_found_too() -> None:
    assert [(r.title, r.missed) for r in made() if r.missed] == []
