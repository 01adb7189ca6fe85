"""What each ribbon button does, as a function of an xlwings Book; one module per subject, all of them here by name.

A command reads, plans, then writes; whatever fails before the end leaves the workbook as it was and says so in Chinese.
Each also takes a `Host`; without one it finds out whether Excel or the server is behind the book.
"""

from __future__ import annotations

from collections.abc import Mapping

from perfeval_xl.excel.commands.base import Command, press
from perfeval_xl.excel.commands.calculating import recalculate
from perfeval_xl.excel.commands.checking import check, findings
from perfeval_xl.excel.commands.files import merge, new_table, report
from perfeval_xl.excel.commands.information import doctor, help_
from perfeval_xl.excel.commands.rules import rulesets
from perfeval_xl.excel.commands.undoing import undo
from perfeval_xl.excel.commands.weights import allocate_weights

COMMANDS: Mapping[str, Command] = {
    "newTable": new_table, "recalculate": recalculate, "check": check, "allocateWeights": allocate_weights, "undo": undo, "merge": merge,
    "findings": findings, "report": report, "rulesets": rulesets, "doctor": doctor, "help": help_,
}  # fmt: skip
"""Ribbon id → function; the same ids in both add-ins."""

__all__ = [
    "COMMANDS", "Command", "allocate_weights", "check", "doctor", "findings", "help_", "merge", "new_table", "press_button", "recalculate", "report", "rulesets", "undo",
]  # fmt: skip


def press_button(identifier: str) -> None:
    """What the desktop's ribbon calls: the command on the active workbook, with words where there is none."""
    press(COMMANDS[identifier])
