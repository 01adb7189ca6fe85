"""Rows and submissions from plain data."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from perfeval_xl.core.model import Indicator, Place, Submission

COLUMNS = {"name": "C", "target": "D", "actual": "E", "rate": "F", "weight": "G", "score": "H", "reason": "I"}


def indicator(line: int = 5, **cells: Any) -> Indicator:
    """A row; weight and score as text."""
    weight, score = cells.pop("weight", None), cells.pop("score", None)
    base: dict[str, Any] = {"level1": "产出指标", "level2": "数量指标", "name": "指标", "target": "", "actual": ""}
    return Indicator(
        **{**base, **cells},
        weight=Decimal(weight) if weight else None,
        score=Decimal(score) if score else None,
        place=Place("a.xlsx", "自评表", line, COLUMNS),
    )


def submission(*rows: Indicator, year: int | None = 2023) -> Submission:
    return Submission("a.xlsx", "自评表", "项目支出绩效自评表", "某单位", year, rows, form="project")
