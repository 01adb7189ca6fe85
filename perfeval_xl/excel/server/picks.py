"""The rule set a user picked in the pane for a workbook: kept where the commands look for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import xlwings as xw

from perfeval_xl.excel.choices import Choice, choose, chosen
from perfeval_xl.excel.host import ServerHost


def picked(user: str, name: str) -> Choice:
    """What was picked for a workbook of that name."""
    return chosen(_book(name), ServerHost(None, user))


def pick(user: str, name: str, ruleset: str, department: str = "") -> None:
    """Keeps it for that unit's workbook; an empty one forgets."""
    choose(_book(name), ServerHost(None, user), ruleset, department)


def _book(name: str) -> xw.Book:
    """As much of a book as the choice needs: its full name, which over the network is its name."""
    return cast("xw.Book", SimpleNamespace(fullname=name))
