"""Pieces of formulas that Excel 2010, WPS and LibreOffice all know. Pure: texts only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from perfeval_xl.core.decimals import Rounding
from perfeval_xl.core.ruleset import ORNAMENTS, bare_name

_SETTLED = 12  # decimals to which a product is trusted, as in core.case
_FIELD = re.compile(r"\[(\w+)\]")


def in_row(formula: str, columns: Mapping[str, str], row: int) -> str:
    """The formula with addresses of one row.

    >>> in_row("=[actual]/[target]", {"target": "E", "actual": "G"}, 9)
    '=$G9/$E9'
    """
    return _FIELD.sub(lambda found: f"${columns[found[1]]}{row}", formula)


def array(texts: Iterable[str]) -> str:
    """An array constant of texts."""
    return "{" + ",".join('"' + t.replace('"', '""') + '"' for t in texts) + "}"


def equals_any(cell: str, texts: Iterable[str]) -> str:
    """Whether a text is one of those; unlike MATCH, signs such as * stand for themselves."""
    return f"SUMPRODUCT(--({cell}={array(texts)}))>0"


def contains_any(cell: str, texts: Iterable[str]) -> str:
    """Whether a text holds one of those."""
    return f"SUMPRODUCT(--ISNUMBER(FIND({array(texts)},{cell})))>0"


def bare(cell: str) -> str:
    """A name without blanks, line breaks, quotation marks and a bracket at its end, as core.ruleset.is_named compares it."""
    open_ = f'SUBSTITUTE({cell},"(","（")'
    whole = f'IF(OR(RIGHT(TRIM({cell}))=")",RIGHT(TRIM({cell}))="）"),IFERROR(LEFT({open_},FIND("（",{open_})-1),{cell}),{cell})'
    return without(f'SUBSTITUTE(SUBSTITUTE(SUBSTITUTE({whole}," ",""),"　",""),CHAR(10),"")', ORNAMENTS)


def is_called(cell: str, words: Iterable[str]) -> str:
    """Whether a bare name is one of those; * at either end stands for any words."""
    tests = []
    for word in map(bare_name, words):
        text = word.strip("*")
        size = len(text)
        if word.startswith("*") and word.endswith("*"):
            tests.append(f'ISNUMBER(FIND("{text}",{cell}))')
        elif word.startswith("*"):
            tests.append(f'RIGHT({cell},{size})="{text}"')
        elif word.endswith("*"):
            tests.append(f'LEFT({cell},{size})="{text}"')
        else:
            tests.append(f'{cell}="{text}"')
    return f"OR({','.join(tests)})"


def rounded(expression: str, places: int, mode: Rounding) -> str:
    """Half up or cut, on decimals: the inner ROUND takes off the noise of binary fractions, so that 3.945 goes up."""
    scale = 10**places
    half = "+0.5" if mode is Rounding.HALF_UP else ""
    return f"INT(ROUND(({expression})*{scale},{_SETTLED - places}){half})/{scale}"


def without(cell: str, signs: str) -> str:
    """The text with every one of those signs taken out."""
    for sign in signs:
        shown = '""""' if sign == '"' else f'"{sign}"'
        cell = f'SUBSTITUTE({cell},{shown},"")'
    return cell
