"""Rule sets picked in the pane: one user's never cost another's, however many pick at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from perfeval_xl.excel import choices
from perfeval_xl.excel.server.picks import pick, picked
from perfeval_xl.excel.snapshot import FOLDER_VARIABLE


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "undo"))
    return tmp_path / "rulesets"


def test_picks_at_once_are_all_kept() -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: pick(f"one:{n % 2}", f"{n}.xlsx", f"set-{n}"), range(24)))
    assert [picked(f"one:{n % 2}", f"{n}.xlsx").ruleset for n in range(24)] == [f"set-{n}" for n in range(24)]


def test_many_picks_of_one_user_cost_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "MAX_KEPT", 3)
    pick("one:a", "a.xlsx", "mine")
    for number in range(5):
        pick("one:b", f"{number}.xlsx", "theirs")
    assert picked("one:a", "a.xlsx").ruleset == "mine"
    assert [picked("one:b", f"{n}.xlsx").ruleset for n in range(5)] == ["", "", "theirs", "theirs", "theirs"]
    pick("one:a", "a.xlsx", "")
    assert picked("one:a", "a.xlsx").ruleset == ""


def test_the_users_kept_are_bounded(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setattr(choices, "MAX_USERS", 3)
    for number in range(6):
        pick(f"one:{number}", "a.xlsx", "x")
    assert len(list(place.glob("*.json"))) == 3
    assert picked("one:5", "a.xlsx").ruleset == "x"


def test_a_pick_is_for_the_unit_whose_workbook_it_was() -> None:
    pick("one:a", "自评表.xlsx", "beijing-project-2016", "甲局")
    choice = picked("one:a", "自评表.xlsx")
    assert [choice.of(unit) for unit in ("甲局", " 甲局 ", "乙局", "")] == ["beijing-project-2016"] * 2 + ["", "beijing-project-2016"]
    pick("one:a", "自评表.xlsx", "beijing-project-2016")
    assert picked("one:a", "自评表.xlsx").of("乙局") == "beijing-project-2016"
