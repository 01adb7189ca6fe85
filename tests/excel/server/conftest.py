"""One server for all tests that only ask it; those that stop or limit it start their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.server import HAS_SERVER, Running, running


@pytest.fixture(scope="session")
def server() -> Iterator[Running]:
    """Reached by this machine only, without encryption; two worker processes."""
    if not HAS_SERVER:
        pytest.skip("the extra `server` is not installed")
    with running("--http", "--workers", "2") as up:
        yield up


_OFTEN = frozenset({"test_the_pane_shows_score_weights_and_findings", "test_a_merge_of_120_files_with_hostile_ones_among_them", "test_the_keyboard_is_enough"})
"""With every change: the server and its pages in a browser, once through. The others, some ten minutes, before a release."""
_WITHOUT_SERVER = frozenset({"test_apart.py", "test_picks.py", "test_start.py", "test_store.py"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what takes long."""
    for item in items:
        if isinstance(item, pytest.Function) and item.path.parent == Path(__file__).parent and item.path.name not in _WITHOUT_SERVER and item.originalname not in _OFTEN:
            item.add_marker("long")
