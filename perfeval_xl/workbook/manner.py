"""Manner: a rate, a score or a sum written the way its cell is written: fraction, percent text, number, number with 分. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from perfeval_xl.core.decimals import HUNDRED, ONE, Rounding, plain, round_to, to_decimal
from perfeval_xl.workbook.grid import CellValue

RATE_PLACES = 4  # of a fraction: a rate is shown as percent with two decimals
_SIGNIFICANT = 15  # digits a spreadsheet keeps; what a formula would leave in its cell
_FINE = 10
_PERCENT_TEXT = re.compile(r"\A([0-9]+(?:\.([0-9]+))?)\s*[%％]\Z")
_SCORE_TEXT = re.compile(r"\A(-?[0-9]+(?:\.[0-9]+)?)\s*(分?)\Z")
_PLACEHOLDER = re.compile(r"\A[\s/／\\—–―－\-_.·无]*\Z")
_UNSCORED = re.compile(r"\A有 ?[0-9]+ ?项未能计分\Z")

Written = Decimal | str


class OtherContentError(Exception):
    """A person wrote something else there than what the cell is for."""


class Standing(NamedTuple):
    """A cell as it is. value: of the grid, None for a blank or an error value. shown: its text, an error value's too."""

    value: CellValue
    shown: str
    is_error: bool = False
    is_formula: bool = False
    is_percent: bool = False


class Scale(Enum):
    """How bare numbers of a rate column are meant: 0.9866 or 98.66."""

    FRACTION = 1
    POINTS = 100


def number_in(value: CellValue) -> Decimal | None:
    """The number a cell holds as a number; noise of binary fractions removed."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return to_decimal(format(value, ".15g") if isinstance(value, float) else value)


def is_free(cell: Standing) -> bool:
    """Nothing a person wrote stands there: a blank, a dash, an error value, the words of a formula."""
    if cell.is_error or cell.value is None:
        return True
    return isinstance(cell.value, str) and (cell.is_formula or _PLACEHOLDER.match(cell.value) is not None)


def scale_of(column: Iterable[tuple[CellValue, Decimal]]) -> Scale | None:
    """How the bare numbers of a column are meant, by what they are nearest to; None where it has none.

    column: value and computed rate of each row.
    >>> scale_of([(98.7, Decimal("0.9866")), (1, ONE)]), scale_of([("98%", ONE)])
    (<Scale.POINTS: 100>, None)
    """
    votes = {Scale.FRACTION: 0, Scale.POINTS: 0}
    for value, rate in column:
        number = number_in(value)
        if number:
            votes[Scale.FRACTION if abs(number - rate) <= abs(number - rate * HUNDRED) else Scale.POINTS] += 1
    if not any(votes.values()):
        return None
    return Scale.POINTS if votes[Scale.POINTS] >= votes[Scale.FRACTION] else Scale.FRACTION


def rate_for(cell: Standing, rate: Decimal, scale: Scale | None) -> Written | None:
    """What a rate cell should hold, or None where it holds it, if only rounded. Raises: OtherContentError where a person's words stand there."""
    number = number_in(cell.value)
    if number is not None:
        factor = 1 if cell.is_percent or scale is not Scale.POINTS else 100
        if _agrees(number / factor, _places(number / factor), rate):
            return None
        return _number(rate, cell, factor)
    if isinstance(cell.value, str):
        text = _PERCENT_TEXT.match(cell.value.strip())
        if text is not None:
            places = len(text[2] or "") or 2
            return None if _agrees(Decimal(text[1]) / HUNDRED, places + 2, rate) else _percent(rate)
    if not is_free(cell):
        raise OtherContentError
    if cell.is_percent or (scale is not None and not cell.shown) or cell.is_formula:
        return _number(rate, cell, 1 if cell.is_percent or scale is not Scale.POINTS else 100)
    return _percent(rate)


def score_for(cell: Standing, score: Decimal) -> Written | None:
    """What a score cell should hold, or None where it holds it. Raises: OtherContentError where something else than a score stands there."""
    if cell.is_percent and not is_free(cell):
        raise OtherContentError  # a coefficient (得分系数), not points
    number = number_in(cell.value)
    if number is not None:
        return None if number == score else score
    if isinstance(cell.value, str):
        text = _SCORE_TEXT.match(cell.value.strip())
        if text is not None:
            if Decimal(text[1]) == score:
                return None
            return plain(score) + text[2] if text[2] else score
    if not (is_free(cell) or (isinstance(cell.value, str) and _UNSCORED.match(cell.value))):
        raise OtherContentError
    return score


def left_out(cell: Standing, unscored: int) -> str | None:
    """The text of a sum that cannot be given yet, or None where it stands there. Raises: OtherContentError where a person's number stands there."""
    text = f"有 {unscored} 项未能计分"
    if cell.value == text:
        return None
    if is_free(cell) or (isinstance(cell.value, str) and _UNSCORED.match(cell.value)):
        return text
    raise OtherContentError


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _agrees(found: Decimal, places: int, rate: Decimal) -> bool:
    """The rate as found is the computed one, rounded to no less than the thousandth."""
    shown = min(max(places, RATE_PLACES - 1), _FINE)
    return round_to(found, _FINE) == rounded_rate(rate, shown)


def rounded_rate(rate: Decimal, places: int = RATE_PLACES) -> Decimal:
    """Half up, but unmet is never shown as met.

    >>> rounded_rate(Decimal("0.98664")), rounded_rate(Decimal("0.99996")), rounded_rate(Decimal("1.99996"))
    (Decimal('0.9866'), Decimal('0.9999'), Decimal('2.0000'))
    """
    near = round_to(rate, places)
    return round_to(rate, places, Rounding.CUT) if near >= ONE > rate else near


def _percent(rate: Decimal) -> str:
    return plain(rounded_rate(rate) * HUNDRED) + "%"


def _number(rate: Decimal, cell: Standing, factor: int) -> Decimal:
    if cell.is_formula:  # as its own calculation would leave it
        return Decimal(format(rate * factor, f".{_SIGNIFICANT}g"))
    return rounded_rate(rate) * factor
