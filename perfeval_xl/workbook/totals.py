"""Totals: what each row of sums of a table belongs to. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from perfeval_xl.core.model import Indicator, Total


class Sum(NamedTuple):
    """A row of sums as met. rows: indicators before it. level2: the heading they stand under. is_head: it heads its rows, instead."""

    label: str
    total: Total
    rows: int
    level2: str
    is_head: bool


def placed(sums: Sequence[Sum], rows: Sequence[Indicator]) -> list[Total]:
    """The sums with their sections; of several sums of everything, the one called a total is the grand total (section empty)."""
    totals = [_placed(one, rows) for one in sums]
    grand = [(one.label, t) for one, t in zip(sums, totals, strict=True) if not t.section]
    best = next((t for label, t in reversed(grand) if "总" in label), grand[-1][1] if grand else None)
    return [t if t.section or t is best else replace(t, section=one.label) for one, t in zip(sums, totals, strict=True)]


def _placed(one: Sum, rows: Sequence[Indicator]) -> Total:
    """The section its label names, a second level that goes on below it, or the section above it."""
    total, heads = one.total, list(dict.fromkeys(r.level1 for r in rows if r.level1))
    if not total.section:
        return total
    named = next((h for h in heads if h.removesuffix("指标") and h.removesuffix("指标") in one.label), "")
    if named:
        return replace(total, section=named)
    goes_on = one.rows < len(rows) and rows[one.rows].level1 == total.section
    if one.rows and goes_on and one.level2 and not one.is_head:
        return replace(total, section=f"{total.section}·{one.level2}")
    return total
