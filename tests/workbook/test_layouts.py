"""Forms as others make them: every published row comes back whole from every layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.published.layouts import differences, read_back
from tests.published.real_cases import DEFAULT
from tests.support.layouts import LAYOUTS, Layout, Row
from tests.support.published import from_list, from_samples

SAMPLES = list(from_samples())


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
@pytest.mark.parametrize(("source", "rows"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_every_row_of_a_sample_is_read_right_from_every_layout(layout: Layout, source: str, rows: list[Row], tmp_path: Path) -> None:
    assert list(differences(layout, rows, read_back(layout, rows, tmp_path))) == [], source


@pytest.mark.published
@pytest.mark.skipif(not DEFAULT.is_file(), reason="published rows are not beside this repository; nothing in the product needs them")
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.name)
def test_every_published_row_is_read_right_from_every_layout(layout: Layout, tmp_path: Path) -> None:
    for source, rows in from_list(DEFAULT):
        assert list(differences(layout, rows, read_back(layout, rows, tmp_path))) == [], source


def test_there_are_layouts_enough() -> None:
    assert len(LAYOUTS) >= 12
