"""Submissions from the plain data of tests/cases/checks.toml, audited."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from perfeval_xl.core.checks import audit
from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.findings import Finding, Location
from perfeval_xl.core.model import Execution, Fund, Indicator, Money, MoneyLine, Place, Submission, Total
from perfeval_xl.rulesets.loader import load
from tests.support.rows import indicator

FUNDS = {"initial": "C", "annual": "D", "actual": "E", "rate": "F", "weight": "G", "score": "H"}
LINES = {"current": "B", "previous": "C", "budget": "D", "change": "E", "growth": "F", "rate": "G"}
FILE, SHEET = "a.xlsx", "自评表"


def row(line: int, cells: Sequence[str]) -> Indicator:
    names = ("level1", "level2", "name", "target", "actual", "rate", "weight", "score", "reason")
    return indicator(line, **dict(zip(names, cells, strict=True)))


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _fund(line: int, label: str, cells: Mapping[str, str]) -> Fund:
    budgets = {name: cells[name] for name in ("initial", "annual", "adjusted") if name in cells}
    return Fund(label, budgets, cells.get("actual", ""), cells.get("rate", ""), Place(FILE, SHEET, line, FUNDS))


def _execution(data: Mapping[str, Any]) -> Execution:
    sources = tuple(_fund(4 + i, label, {"annual": annual, "actual": actual}) for i, (label, annual, actual) in enumerate(data.get("sources", [])))
    return Execution(_fund(3, "年度资金总额", data), _number(data["weight"]), _number(data["score"]), sources, "万元")


def _line(line: int, cells: Sequence[str]) -> MoneyLine:
    subject, label, current, previous, budget, change, growth, rate = cells
    return MoneyLine(subject, label, _number(current), _number(previous), _number(budget), _number(change), growth, rate, Place(FILE, "收支情况", line, LINES))


def submission(data: Mapping[str, Any]) -> Submission:
    money = None
    if data.keys() & {"money", "approved", "paid"}:
        dates = {name: (data[name], Location(FILE, "收支情况", cell)) for name, cell in (("approved", "B30"), ("paid", "B31")) if name in data}
        money = Money([_line(20 + i, cells) for i, cells in enumerate(data.get("money", []))], "万元", dates.get("approved"), dates.get("paid"))
    return Submission(
        FILE, SHEET, data.get("title", "2023年度项目支出绩效自评表"), data.get("department", "某市水利局"), 2023, [row(5 + i, cells) for i, cells in enumerate(data.get("rows", []))],
        [Total(section, _number(score), Location(FILE, SHEET, cell), _number(weight)) for section, score, weight, cell in data.get("totals", [])],
        form="project", execution=_execution(data["funds"]) if "funds" in data else None, facts=data.get("facts", {}), money=money,
    )  # fmt: skip


def audited(data: Mapping[str, Any], ruleset: str = "national-project-2020", as_of: datetime.date | None = None) -> list[Finding]:
    rules = load(ruleset)
    given = submission(data)
    done = evaluate(given, rules)
    return audit(given, done, rules.at(done.day), as_of=as_of)
