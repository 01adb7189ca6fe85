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


_OFTEN = frozenset({
    "test_the_pane_shows_score_weights_and_findings", "test_a_finding_leads_to_its_cell_by_mouse_and_by_keyboard", "test_every_function_answers_in_a_cell",
    "test_the_buttons_that_change_the_workbook", "test_the_report_of_the_open_table_is_downloaded", "test_another_rule_set_is_taken_and_given_back",
    "test_a_merge_of_120_files_with_hostile_ones_among_them", "test_a_merge_from_the_pane_opens_in_excel", "test_stop_while_uploading_and_while_merging", "test_the_keyboard_is_enough",
    "test_at_320_pixels_nothing_is_cut_off_and_everything_can_be_read", "test_the_real_office_script_reaches_for_no_other_host",
})  # fmt: skip
"""Tests in the browser that run with every change; the others, and those that start and end servers of their own, before a release."""
_SLOW = frozenset({"test_an_answer_that_nobody_takes_is_given_up", "test_a_slow_client_is_let_go_and_holds_up_nobody"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what takes long."""
    for item in items:
        if not isinstance(item, pytest.Function) or item.path.parent != Path(__file__).parent:
            continue
        name = item.originalname
        if item.path.name == "test_browser.py":
            is_long = name not in _OFTEN
        else:
            is_long = name in _SLOW or (item.path.name in {"test_gate.py", "test_jobs.py"} and "server" not in item.fixturenames)
        if is_long:
            item.add_marker("long")
