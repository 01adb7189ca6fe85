"""Points of rows read: weights written as fractions, weights and scores that rows share in one merged cell. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from perfeval_xl.core.decimals import HUNDRED, ONE, ZERO
from perfeval_xl.core.model import Indicator
from perfeval_xl.core.weighting import equal_split
from perfeval_xl.workbook.grid import Grid
from perfeval_xl.workbook.layout import Segment

_LEAST_SHARE = Decimal("0.8")


def in_points(rows: Sequence[Indicator]) -> list[Indicator]:
    """Weights written as fractions of the whole (0.15) are points of a hundred: none above 1, and together (nearly) 1.

    Budget execution may hold the rest (0.1) in the fund table. Scores go with them where they are fractions too.
    """
    weights = [r.weight for r in rows if r.weight is not None]
    if len(weights) < 2 or max(weights) > ONE or not _LEAST_SHARE <= sum(weights, ZERO) <= ONE:
        return list(rows)
    scores = [r.score for r in rows if r.score is not None]
    by = HUNDRED if scores and max(scores) <= ONE else ONE
    return [r._replace(weight=None if r.weight is None else r.weight * HUNDRED, score=None if r.score is None else r.score * by) for r in rows]


def sharing(grid: Grid, seg: Segment, rows: Sequence[Indicator]) -> list[Indicator]:
    """Rows under one merged weight or score cell share it: the weight is split evenly, the score stands for all of them."""
    out = list(rows)
    merges = grid.merges
    if not merges:
        return out
    lines = [r.place.row for r in rows]
    for name in ("weight", "score"):
        column = seg.columns.get(name)
        if column is None:
            continue
        groups: dict[tuple[int, int], list[int]] = {}
        for i, line in enumerate(lines):
            block = merges.get((line, column))
            if block is not None and block.bottom > block.top:
                groups.setdefault((block.top, block.left), []).append(i)
        for members in groups.values():
            if len(members) < 2:
                continue
            value = getattr(rows[members[0]], name)
            if name == "weight" and value is not None:
                for i, share in zip(members, equal_split(value, len(members)), strict=True):
                    out[i] = out[i]._replace(weight=share)
            elif name == "score":
                for position, i in enumerate(members):
                    out[i] = out[i]._replace(score=value if not position else None, score_rows=0 if position else len(members))
    return out
