"""The same formula text twice: its native branch recalculated by LibreOffice, its function called with what LibreOffice shows in its arguments' cells."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from perfeval_xl.excel import udfs
from perfeval_xl.rulesets.loader import load
from perfeval_xl.workbook.forms.form import Entry, FormRow, FundRow
from perfeval_xl.workbook.forms.template import Filling, write_self_evaluation
from tests.support.form_cases import plain_rows
from tests.support.office import converted, needs_office, poisoned
from tests.support.reading import loaded

pytestmark = [pytest.mark.office, needs_office]

FUNCTIONS = {f.__name__: f for f in udfs.FUNCTIONS}
RULESETS = ("national-project-2020", "hunan-department-2018", "guangzhou-department-2023", "hubei-project-2020")
_CALL = re.compile(r"(PE_[A-Z]+)\(([^()]*)\)")


def _form(folder: Path, ruleset: str) -> Path:
    rules = load(ruleset)
    rows = [r for r in plain_rows(11, 64) if r.direction]
    groups = [s.name for s in rules.sections] if hasattr(rules, "sections") else []
    level1 = groups or ["产出指标"]
    table: list[tuple[str, str, FormRow]] = [(level1[i % len(level1)], "其他", r) for i, r in enumerate(rows)]
    table.append((level1[0], "其他", FormRow("空", "≥", Entry(), "", Entry(), Decimal(1))))
    path = folder / f"{ruleset}.xlsx"
    write_self_evaluation(path, rules, Filling(2025, "某单位", "某项目", table, [], [FundRow(Decimal(120), Decimal(100), Decimal("79.27")), FundRow(), FundRow()]))
    return poisoned(path)


def test_native_branches_and_functions_agree(tmp_path: Path) -> None:
    forms = [_form(tmp_path, name) for name in RULESETS]
    shown = [loaded(path, data_only=True) for path in converted(forms, tmp_path, "xlsx")]
    compared: Counter[str] = Counter()
    wrong: list[tuple[Any, ...]] = []
    for path, values in zip(forms, shown, strict=True):
        for sheet in loaded(path).worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    found = _CALL.search(_chosen(values, sheet.title, str(cell.value))) if str(cell.value).startswith("=") else None
                    if found is None:
                        continue
                    arguments = [_value(values, sheet.title, a.strip()) for a in found[2].split(",")]
                    if any(a is _UNKNOWN for a in arguments) or not _is_called(values, sheet.title, str(cell.value)):
                        continue
                    native, ours = values[sheet.title][cell.coordinate].value, FUNCTIONS[found[1]](*arguments)
                    if isinstance(native, int | float) and isinstance(ours, int | float):
                        compared[found[1]] += 1
                        if abs(native - ours) > 1e-9 * max(1, abs(ours)):
                            wrong.append((path.stem, sheet.title, cell.coordinate, native, ours, arguments))
                    elif isinstance(native, int | float):
                        wrong.append((path.stem, sheet.title, cell.coordinate, native, ours, arguments))
    print(dict(compared))
    assert wrong == []
    assert compared["PE_SCORE"] >= 100
    assert compared["PE_COMPLETION"] >= 100
    assert compared["PE_EXECUTION"] >= 1


_UNKNOWN = object()


def _value(book: Any, sheet: str, text: str) -> Any:
    """What an argument's cell shows; a name or a plain address."""
    text = text.replace("$", "")
    if text in book.defined_names:
        where, _, cell = book.defined_names[text].attr_text.rpartition("!")
        return book[where.strip("'")][cell.replace("$", "")].value
    return book[sheet][text].value if re.fullmatch(r"[A-Z]+[0-9]+", text) else _UNKNOWN


def _chosen(book: Any, sheet: str, formula: str) -> str:
    """The formula with the one address that IF(A1="",B1,A1) comes to."""

    def choice(found: re.Match[str]) -> str:
        return found[2] if _value(book, sheet, found[1]) in {None, ""} else found[1]

    return re.sub(r'IF\((\$?[A-Z]+\$?[0-9]+)="",(\$?[A-Z]+\$?[0-9]+),\1\)', choice, formula)


def _is_called(book: Any, sheet: str, formula: str) -> bool:
    """Whether the formula's own condition lets the function be called: =IF([fn]=1,…"""
    condition = re.match(r"=IF\(\$?([A-Z]+)\$?([0-9]+)=1,", formula)
    return condition is None or book[sheet][f"{condition[1]}{condition[2]}"].value == 1
