"""A rule set as rows of its workbook form, and single cells read back: the words and numbers clerks write. Pure."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from perfeval_xl.core.decimals import HUNDRED
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.rulesets.sheets import OTHERWISE, TABLES, VERSION, Column, Kind, Shape, Table
from perfeval_xl.rulesets.store import to_data

Value = str | int | Decimal | datetime.date | None
SEPARATOR = "、"
_SEPARATORS = "、，,；;\n"
_WORD = re.compile(rf'\s*(?:"((?:[^"]|"")*)"|([^{_SEPARATORS}]*))\s*(?:[{_SEPARATORS}]|\Z)')
_NUMBER = re.compile(r"[+-]?\d{1,30}(?:\.\d{1,30})?")
_RATE = re.compile(rf"({_NUMBER.pattern})\s*%")
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


class UnreadableError(Exception):
    """A cell that does not hold what its column asks for; str() says what it should hold."""


def fill(ruleset: Ruleset, origin: str) -> dict[str, list[list[Value]]]:
    """Rows of every table, by the table's key. origin: rule set this one is exported from."""
    data = to_data(ruleset) | {"origin": origin, "version": VERSION}
    return {table.key: list(_rows(table, data)) for table in TABLES}


def _rows(table: Table, data: Mapping[str, Any]) -> Iterator[list[Value]]:
    if table.shape is Shape.PAIRS:
        yield from ([_shown(column, _get(data, column.field))] for column in table.columns)
    elif table.shape is Shape.DETAILS:
        for rule in data["rules"]:
            yield from ([rule["id"], *line] for line in _details(table, rule))
    elif table.shape is Shape.GROUPS:
        for number, item in enumerate(data.get(table.key, ()), 1):
            inner = item["tiers" if table.key == "caps" else table.key]
            for n, detail in enumerate(inner):
                yield [str(number), *(_shown(c, _get(detail if c.is_detail else item, c.field) if c.is_detail or n == 0 else None) for c in table.columns[1:])]
    elif table.key == "references":
        yield from ([key, *(_shown(c, item[c.field]) for c in table.columns[1:])] for key, item in data["references"].items())
    elif table.key.startswith("recognise."):
        yield from ([_shown(table.columns[0], item)] for item in _get(data, table.key) or ())
    else:
        for item in data.get(table.key, ()):
            yield [_shown(column, _get(item, column.field)) for column in table.columns]


def _details(table: Table, rule: Mapping[str, Any]) -> Iterator[list[Value]]:
    columns = table.columns[1:]
    if table.key == "points":
        for row in rule.get("points", ()):
            for end, points in zip((*rule["up_to"], OTHERWISE), row["points"], strict=True):
                yield [row["of"], end, points]
        return
    for item in rule.get(table.key, ()):
        yield [_shown(column, item.get(column.field)) for column in columns]


def _get(item: Mapping[str, Any], field: str) -> Any:
    value: Any = item
    for key in field.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _shown(column: Column, value: Any) -> Value:
    if value is None:
        return None
    if column.kind is Kind.CHOICE and column.titles:
        return column.titles[value]
    if column.kind is Kind.CHOICES:
        return join([column.titles[one] for one in value])
    if column.kind is Kind.WORDS:
        return join(value)
    return value if isinstance(value, str | int | Decimal | datetime.date) else str(value)


def join(words: Sequence[str]) -> str:
    """Several texts in one cell; one that holds a separator itself stands in quotation marks.

    >>> join(["数量指标", "元/人、天"])
    '数量指标、"元/人、天"'
    """
    return SEPARATOR.join(f'"{w.replace(chr(34), chr(34) * 2)}"' if not w or w[0] == '"' or any(c in w for c in _SEPARATORS) else w for w in words)


def split(text: str) -> list[str]:
    """The texts of one cell. Raises: UnreadableError.

    >>> split('数量指标，质量指标;"元/人、天"')
    ['数量指标', '质量指标', '元/人、天']
    """
    words, at = [], 0
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None or found.end() == at:
            raise UnreadableError("几项文字，用顿号“、”隔开；英文引号须成对")
        quoted, bare = found.groups()
        word = quoted.replace('""', '"') if quoted is not None else bare.strip()
        if word:
            words.append(word)
        at = found.end()
    return words


def value_of(column: Column, text: str) -> Any:
    """What a filled cell says, as TOML would hold it. text: not blank. Raises: UnreadableError with what was expected."""
    return _READERS[column.kind](column, text)


def _ascii(text: str) -> str:
    """Full-width digits, signs and letters as plain ones."""
    return unicodedata.normalize("NFKC", text).strip()


def _rate(_: Column, text: str) -> Decimal:
    """A percent, as a fraction. A bare number could be meant as either, so it is refused; only 0 is the same as both."""
    plain = _ascii(text)
    if found := _RATE.fullmatch(plain):
        return Decimal(found[1]) / HUNDRED if len(found[1]) < 25 else _too_long()
    if _NUMBER.fullmatch(plain) and Decimal(plain) == 0:
        return Decimal(0)
    hint = "；不带百分号的数可能是比例，也可能是百分数，无法确定" if _NUMBER.fullmatch(plain) else ""
    raise UnreadableError(f"带百分号的数，如 60%{hint}")


def _too_long() -> Decimal:
    raise UnreadableError("位数较少的数")


def _points(_: Column, text: str) -> Decimal:
    plain = _ascii(text)
    found = _RATE.fullmatch(plain)
    number = found[1] if found else plain
    if not _NUMBER.fullmatch(number):
        raise UnreadableError("以百分点计的数，如 5")
    return Decimal(number)


def _number(_: Column, text: str) -> Decimal:
    plain = _ascii(text)
    if not _NUMBER.fullmatch(plain):
        raise UnreadableError("数字，不带百分号和单位")
    return Decimal(plain)


def _integer(_: Column, text: str) -> int:
    plain = _ascii(text)
    if not _NUMBER.fullmatch(plain) or Decimal(plain) != int(Decimal(plain)):
        raise UnreadableError("整数")
    return int(Decimal(plain))


def _date(_: Column, text: str) -> datetime.date:
    found = _DATE.fullmatch(_ascii(text))
    try:
        if found:
            return datetime.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise UnreadableError("日期，如 2024-01-01")


def _choice(column: Column, text: str) -> str:
    if not column.titles:
        return text  # chosen from another table; whether it is there is for the rule set's own check
    key = next((key for key, title in column.titles.items() if text in {key, title}), None)
    if key is None:
        raise UnreadableError("下列之一：" + "、".join(column.titles.values()))
    return key


def _choices(column: Column, text: str) -> list[str]:
    return [_choice(column, word) for word in split(text)]


_READERS: Mapping[Kind, Any] = {
    Kind.TEXT: lambda _, text: text, Kind.WORDS: lambda _, text: split(text), Kind.RATE: _rate, Kind.POINTS: _points, Kind.NUMBER: _number,
    Kind.INTEGER: _integer, Kind.DATE: _date, Kind.CHOICE: _choice, Kind.CHOICES: _choices,
}  # fmt: skip
