"""Evaluation → the JSON document other programs rely on. Numbers are strings of exact decimals."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from perfeval_xl.core.decimals import plain, round_to
from perfeval_xl.core.findings import Finding
from perfeval_xl.core.model import Evaluation, IndicatorScore, Step

RATE_PLACES = 8


def evaluation_document(evaluation: Evaluation, traces: Sequence[Sequence[Step]] | None = None) -> dict[str, Any]:
    """The document of `score --json`; with traces, each indicator and the total carry theirs as lines of text."""
    submission = evaluation.submission
    document: dict[str, Any] = {
        "file": submission.file,
        "department": submission.department,
        "year": submission.year,
        "ruleset": {"id": evaluation.ruleset, "status": evaluation.ruleset_status, "reason": evaluation.ruleset_reason},
        "form": submission.form,
        "layout": list(submission.layout),
        "indicators": [_indicator(s) for s in evaluation.scores],
        "sections": [
            {
                "name": s.name,
                "weight": plain(s.weight),
                "score": _number(s.score),
                "reported": _number(s.reported),
                "count": s.count,
                "unscored": s.unscored,
                "bands": dict(s.bands),
            }
            for s in evaluation.sections
        ],
        "total": {
            "weight": plain(evaluation.weight),
            "score": plain(evaluation.total),
            "reported": _number(evaluation.reported),
            "grade": evaluation.grade,
            "unscored": evaluation.unscored,
            "redistributed": plain(evaluation.redistributed),
        },
        "findings": [finding_document(f) for f in evaluation.findings],
        "notes": list(evaluation.notes),
    }
    if traces is not None:
        for row, steps in zip(document["indicators"], traces, strict=True):
            row["trace"] = [str(step) for step in steps]
        document["total"]["trace"] = [str(step) for step in evaluation.steps]
    return document


def _indicator(score: IndicatorScore) -> dict[str, Any]:
    row = score.indicator
    cell = row.place.cell("score") or row.place.cell("name")
    rate = None if score.completion is None else plain(round_to(score.completion, RATE_PLACES))
    return {
        "cell": f"{row.place.sheet}!{cell}",
        "level1": row.level1,
        "level2": row.level2,
        "name": row.name,
        "target": row.target,
        "actual": score.actual.text or row.actual,
        "direction": score.direction.value,
        "unit": row.unit or score.target.unit.symbol,
        "completion": rate,
        "weight": None if score.weight is None else plain(score.weight),
        "score": _number(score.score),
        "reported_score": _number(row.score),
        "reason": row.reason,
        "status": score.status.value,
        "rule": score.rule,
    }


def finding_document(found: Finding) -> dict[str, str]:
    """One finding, every field a string."""
    return {
        "kind": found.kind.kind,
        "code": found.kind.code,
        "severity": found.severity.value,
        "sheet": found.location.sheet,
        "cell": found.location.cell,
        "message": found.message,
        "found": found.found,
        "expected": found.expected,
    }


def _number(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
