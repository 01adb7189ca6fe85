"""Every ribbon button × everything that can stand in its way; what came of each press is judged in `tests.support.button_matrix`."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfeval_xl.excel.commands import COMMANDS
from tests.support.button_matrix import CASES, TITLES, Case, on_desktop, on_server

pytestmark = pytest.mark.long
REFUSED_ON_DESKTOP = {
    "没有打开工作簿": set(TITLES) - {"help"},
    "图表工作表在前": set(),
    "工作表受保护": {"recalculate", "allocateWeights", "undo", "check", "findings"},
    "共享工作簿": {"recalculate", "allocateWeights", "undo", "check", "findings"},
    "结构受保护": {"check", "findings"},
    "正在筛选": {"recalculate", "allocateWeights", "undo", "check", "findings"},
    "受保护的视图": {"recalculate", "allocateWeights", "undo", "check", "findings", "report"},
    "合并单元格": set(),
    "2,000 行": set(),
    "以只读方式打开": set(),
}
"""Buttons that do nothing there, and say so; where a case is not named, the judgement alone decides. 诊断 has a part of its own."""

OF_NO_TABLE = frozenset({"newTable", "merge", "doctor", "help"})
"""Buttons that neither read nor write the workbook: what protects, filters or fills it is one case to them."""
SEEN_WITHOUT_A_TABLE = frozenset({"正常的表", "没有打开工作簿", "图表工作表在前", "单元格正在编辑", "受保护的视图", "没有自评表"})
PRESSES = [
    (button, case) for button in TITLES for case in CASES
    if (button not in OF_NO_TABLE or case.title in SEEN_WITHOUT_A_TABLE) and (case.title != "2,000 行" or button in {"recalculate", "allocateWeights", "check", "undo"})
]  # fmt: skip


def _name(value: str | Case) -> str:
    return value if isinstance(value, str) else value.title


def test_the_table_knows_every_button() -> None:
    assert list(TITLES) == [*COMMANDS]


@pytest.mark.parametrize(("button", "case"), PRESSES, ids=_name)
def test_on_the_desktop_a_button_does_all_of_it_or_says_why_not(button: str, case: Case, tmp_path: Path) -> None:
    outcome = on_desktop(button, case, tmp_path)
    expected = REFUSED_ON_DESKTOP.get(case.title)
    if outcome.result == "partly":
        assert case.title == "从一半起一直被拒绝"
    if expected is not None and button != "doctor":
        assert (outcome.result == "told") == (button in expected), outcome


@pytest.mark.parametrize(("button", "case"), [(b, c) for b, c in PRESSES if c.on_server and c.title != "2,000 行"], ids=_name)
def test_over_the_network_a_button_does_all_of_it_or_says_why_not(button: str, case: Case, tmp_path: Path) -> None:
    on_server(button, case, tmp_path)
