"""Grades of a total, and counts of indicators by completion band. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from perfeval_xl.core.decimals import ONE
from perfeval_xl.core.parameters import BandRule, GradeRule


def grade_of(score: Decimal, full: Decimal, rule: GradeRule) -> str | None:
    """The best grade whose share of the full score is reached; None where there is no full score."""
    if full <= 0:
        return None
    share = score / full
    return next((grade.name for grade in rule.grades if share >= grade.from_share), None)


def band_counts(rates: Sequence[Decimal], rule: BandRule) -> dict[str, int]:
    """How many counted rates lie in each band that holds any, best band first. More than fulfilled counts as fulfilled."""
    counts = dict.fromkeys((band.name for band in rule.bands), 0)
    top = next((band.name for band in rule.bands if band.from_rate <= ONE <= band.to_rate), "")
    short = rates
    if top:
        short = [rate for rate in rates if rate < ONE]
        counts[top] = len(rates) - len(short)
    for rate in short:
        for band in rule.bands:
            if band.from_rate <= rate <= band.to_rate:
                counts[band.name] += 1
                break
    return {name: count for name, count in counts.items() if count}
