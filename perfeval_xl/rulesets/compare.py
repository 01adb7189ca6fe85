"""Two rule sets side by side: which parameters differ, and what that does to the scores of a sample. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, NamedTuple

from perfeval_xl.core.decimals import HUNDRED, plain
from perfeval_xl.core.evaluate import EXECUTION, evaluate
from perfeval_xl.core.model import Evaluation, IndicatorScore, Status
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.rulesets.sample import sample
from perfeval_xl.rulesets.sheets import BY_KEY, Column, Kind, Table
from perfeval_xl.rulesets.store import to_data


class Change(NamedTuple):
    """place: key in the rule set, such as rules.satisfaction.step. where: the same in Chinese. old, new: empty where there is none."""

    place: str
    where: str
    old: str
    new: str
    item: str = ""
    """The item of a list that the value belongs to, such as rules.satisfaction; head: the same in Chinese."""
    head: str = ""


def summary(changes: Sequence[Change]) -> list[Change]:
    """For people: an item that is wholly new or wholly gone is one line, led by what names it."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.item or change.place, []).append(change)
    short: list[Change] = []
    for item, group in groups.items():
        is_new, is_gone = all(not c.old for c in group), all(not c.new for c in group)
        if len(group) < _WHOLE or not (is_new or is_gone):
            short += group
            continue
        names = [c.new or c.old for c in group if c.place.rsplit(".", 1)[-1] in {"title", "name"}][:1]
        text = ("新增" if is_new else "删去") + "".join(f"：{name}" for name in names) + f"（{len(group)} 项内容）"
        short.append(Change(item, group[0].head, "" if is_new else text, text if is_new else ""))
    return short


_WHOLE = 3  # fewer values are no whole item: each has at least its reference, its status and a value of its own


class RowChange(NamedTuple):
    """One row of the sample under both rule sets. old, new: score, or what became of the row."""

    name: str
    target: str
    actual: str
    weight: str
    old: str
    new: str


class Comparison(NamedTuple):
    """old: identifier of the rule set compared with. rows: empty where one of both scores nothing on that day; then note says why."""

    old: str
    changes: list[Change]
    rows: list[RowChange]
    old_total: str
    new_total: str
    old_grade: str
    new_grade: str
    note: str


def compare(old: Ruleset, new: Ruleset, day: datetime.date) -> Comparison:
    """Old and new. day: on which the sample is scored."""
    changes = differences(old, new)
    form = sample(old, new)
    answers: list[Evaluation] = []
    for ruleset in (old, new):
        try:
            answers.append(evaluate(form if ruleset.execution else replace(form, execution=None), ruleset, day=day))
        except LookupError as error:
            title = _head(BY_KEY[str(error.args[0])])
            note = f"规则集“{ruleset.id}”（{'原' if ruleset is old else '新'}）在 {day} 没有有效的“{title}”，未能对比样表得分"
            return Comparison(old.id, changes, [], "", "", "", "", note)
    before, after = ({score.indicator.name: score for score in answer.scores} for answer in answers)
    rows = [_row(before.get(name), after.get(name)) for name in sorted(before | after, key=lambda name: name != EXECUTION)]
    (old_total, old_grade), (new_total, new_grade) = ((plain(answer.total), answer.grade or "") for answer in answers)
    return Comparison(old.id, changes, rows, old_total, new_total, old_grade, new_grade, "")


def _row(old: IndicatorScore | None, new: IndicatorScore | None) -> RowChange:
    scores = [score for score in (old, new) if score is not None]
    row = scores[0].indicator
    target, weight = (
        "／".join(dict.fromkeys(texts)) for texts in ([s.indicator.target for s in scores], ["" if s.weight is None else plain(s.weight) for s in scores])
    )
    return RowChange(row.name, target, row.actual, weight, _outcome(old), _outcome(new))


_OUTCOMES = {Status.UNSCORED: "未计分", Status.NOT_APPLICABLE: "不适用", Status.ALTERNATIVE: "二选一", Status.DETAIL: "不单独计分"}


def _outcome(score: IndicatorScore | None) -> str:
    if score is None:
        return "不计"
    return _OUTCOMES.get(score.status) or ("" if score.score is None else plain(score.score))


def differences(old: Ruleset, new: Ruleset) -> list[Change]:
    """Every value that differs, in the order of the new rule set, then what is gone."""
    before, after = dict(_flat(to_data(old))), dict(_flat(to_data(new)))
    changes = []
    for key, text in after.items():
        was = before.get(key, "")
        if key[-1] == _ORDER:
            was, text = _common_order(was, text)  # noqa: PLW2901  # of what is in both: what is new or gone is said by itself
        if was != text:
            changes.append(Change(*_place(key), was, text, *_item(key)))
    changes += [Change(*_place(key), value, "", *_item(key)) for key, value in before.items() if key not in after and key[-1] != _ORDER]
    return changes


_ORDER = ""
"""Last part of the key under which the order of a list is kept: the first rule that fits is the one that counts."""
_BREAK = "\0"  # in no text of a rule set


def _common_order(old: str, new: str) -> tuple[str, str]:
    before, after = old.split(_BREAK), new.split(_BREAK)
    return "；".join(n for n in before if n in set(after)), "；".join(n for n in after if n in set(before))


def _named(items: Sequence[Mapping[str, Any]], *fields: str) -> dict[str, Mapping[str, Any]]:
    """Items by what names them; by position where nothing does."""
    named: dict[str, Mapping[str, Any]] = {}
    for index, item in enumerate(items, 1):
        base = next((str(item[f]) for f in fields if item.get(f)), "") or (f"分值{plain(Decimal(item['of']))}" if "of" in item else f"第{index}项")
        name, n = base, 1
        while name in named:
            n += 1
            name = f"{base}（{n}）"
        named[name] = item
    return named


_Key = tuple[str, ...]


def _flat(data: Mapping[str, Any]) -> Iterator[tuple[_Key, str]]:
    """Key → value as a clerk writes it. Items of a list go by what names them, so that an inserted one moves no others."""
    for key, value in data.items():
        if key == "references":
            for name, item in value.items():
                yield from (((key, name, field), text) for field, text in item.items())
        elif key == "recognise":
            yield from (((key, field), _text(None, one)) for field, one in value.items())
        elif key in BY_KEY:
            yield from _items(BY_KEY[key], value)
        else:
            yield (key,), _text(_column(BY_KEY[""], key), value)


def _items(table: Table, items: Sequence[Mapping[str, Any]]) -> Iterator[tuple[_Key, str]]:
    named = _named(items, "id", "name", "indicator")
    yield (table.key, _ORDER), _BREAK.join(named)
    for name, item in named.items():
        yield from _fields(table, item, (table.key, name), "")


def _fields(table: Table, item: Mapping[str, Any], at: _Key, prefix: str) -> Iterator[tuple[_Key, str]]:
    for field, value in item.items():
        inner = BY_KEY.get(field) if table.key == "rules" else table if field in {"grades", "bands", "tiers"} else None
        if isinstance(value, Mapping):
            yield from _fields(table, value, (*at, field), f"{prefix}{field}.")
        elif inner is not None and not prefix and isinstance(value, list):
            named = _named(value, "name", "text")
            yield (*at, field, _ORDER), _BREAK.join(named)
            for name, one in named.items():
                yield from (((*at, field, name, key), _text(_column(inner, key), text)) for key, text in one.items())
        else:
            yield (*at, field), _text(_column(table, prefix + field) or _column(BY_KEY["points"], field), value)


def _column(table: Table, field: str) -> Column | None:
    return next((c for c in table.columns if c.field == field), None)


def _text(column: Column | None, value: Any) -> str:
    if isinstance(value, list):
        return "；".join("、".join(map(str, one)) if isinstance(one, list) else _text(column, one) for one in value)
    if isinstance(value, Decimal | int):
        number = Decimal(value)
        return plain(number * HUNDRED) + "%" if column is not None and column.kind is Kind.RATE else plain(number)
    if column is not None and column.titles:
        return column.titles.get(value, str(value))
    return str(value)


def _item(key: _Key) -> tuple[str, str]:
    if len(key) < 3 or key[0] not in BY_KEY:
        return "", ""
    return ".".join(key[:2]), f"{_head(BY_KEY[key[0]])}“{key[1]}”"


def _head(table: Table) -> str:
    return table.title.split("（")[0].lstrip("一二三四五六、")


_INNER_TITLES = {"up_to": "区间上限", "points": "得分"}


def _place(key: _Key) -> tuple[str, str]:
    """Key with points, and the same as headings: 评分规则“satisfaction”每档百分点."""
    dotted = ".".join(key)
    if key[-1] == _ORDER:
        table = BY_KEY[key[0]]
        inner = BY_KEY[key[2]].sheet if len(key) > 3 and key[2] in BY_KEY else ""
        return ".".join(key[:-1]), _head(table) + (f"“{key[1]}”" if len(key) > 2 else "") + inner + "的先后顺序"
    whole = _column(BY_KEY[""], dotted)
    if whole is not None:
        return dotted, whole.heading
    if dotted in BY_KEY:  # recognise.words
        return dotted, BY_KEY[dotted].columns[0].heading
    table = BY_KEY[key[0]]
    head = f"{_head(table)}“{key[1]}”"
    column = _column(table, ".".join(key[2:]))
    if column is None and len(key) > 4:  # of an inner list: its own table where it is a rule's
        head += f"“{key[3]}”"
        column = _column(BY_KEY.get(key[2], table) if key[0] == "rules" else table, key[4])
    return dotted, head + (column.heading if column is not None else _INNER_TITLES.get(key[-1], key[-1]))
