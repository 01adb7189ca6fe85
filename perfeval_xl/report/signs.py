"""Signs that a person chose, and those that an import only supposed: a document says the former."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from perfeval_xl.core.direction import direction_of
from perfeval_xl.core.model import Evaluation, Indicator
from perfeval_xl.core.quantity import parse
from perfeval_xl.workbook.forms.form import ORIGINS, direction_choice
from perfeval_xl.workbook.grid import shown
from perfeval_xl.workbook.read import Book

_SAID = {
    "≥": ("≥", ">", "＞", "≧", "不少于", "不低于", "不小于", "大于", "高于", "超过", "以上", "至少"),
    "≤": ("≤", "<", "＜", "≦", "不多于", "不高于", "不大于", "不超过", "小于", "低于", "以内", "以下", "至多"),
    "＝": ("=", "＝", "等于"),
}
"""Direction of our form → how a source may say it."""
_PLACE, _TEXT = 2, 4  # columns of the sheet of origins, from 0


def with_chosen_signs(evaluation: Evaluation, book: Book) -> Evaluation:
    """The same evaluation; rows whose direction was only supposed when the form was filled in from another file have none.

    A direction is supposed where it is the one the engine takes without any, and the row as the source writes it says none.
    A form that a person filled in has no sheet of origins and stays as it is.
    """
    sources = _sources(book)
    if not sources:
        return evaluation
    scores = [s._replace(indicator=s.indicator._replace(direction="")) if _is_supposed(s.indicator, sources) else s for s in evaluation.scores]
    return replace(evaluation, scores=scores)


def _sources(book: Book) -> Mapping[str, str]:
    """“sheet!cell” of a row's name → the row as the source writes it."""
    grid = next((g for g in book.grids if g.sheet == ORIGINS), None)
    rows = grid.rows if grid is not None else ()
    return {str(shown(r[_PLACE])): str(shown(r[_TEXT])) for r in rows if len(r) > _TEXT and r[_PLACE] and r[_TEXT]}


def _is_supposed(row: Indicator, sources: Mapping[str, str]) -> bool:
    source = sources.get(f"{row.place.sheet}!{row.place.cell('name')}")
    said = _SAID.get(row.direction)
    if source is None or said is None or any(word in source for word in said):
        return False
    return row.direction == direction_choice(direction_of("", parse(row.target), row.level2, row.name).direction)
