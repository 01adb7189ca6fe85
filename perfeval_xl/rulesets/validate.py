"""What makes plain data a rule set: types, then meaning; every problem with its place, not only the first. Pure.

Each parameter is checked by itself, so that a mistake in one hides no mistake in another.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, get_args, get_type_hints

from perfeval_xl.core import parameters as model
from perfeval_xl.core.parameters import Parameter
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.rulesets.meaning import NEEDED, Place, meaning

PARAMETERS: Mapping[str, type[Parameter] | None] = {
    "rounding": model.RoundingRule, "completion": model.CompletionRule, "grades": model.GradeRule, "bands": model.BandRule,
    "sections": model.SectionRule, "indicators": model.FormIndicator, "execution": model.ExecutionRule,
    "not_applicable": model.NotApplicableRule, "caps": model.CapRule, "either_or": model.EitherOrRule,
    "thresholds": model.ThresholdRule, "checks": model.CheckRule, "plausible": model.PlausibleRule, "rules": None,
}  # fmt: skip
ONE_AT_A_TIME = ("rounding", "completion", "grades", "bands", "execution", "not_applicable", "thresholds")
RULE_KINDS: Mapping[str, type[model.Rule]] = {get_args(get_type_hints(cls)["kind"])[0]: cls for cls in get_args(model.AnyRule)}
MAX_ITEMS = 500
MAX_TEXT = 2_000
MAX_PLACES = 10
MAX_NUMBER = Decimal(1_000_000)
MAX_IDENTIFIER = 50
_IDENTIFIER = re.compile(r"[a-z0-9\u4e00-\u9fff]+(?:-[a-z0-9\u4e00-\u9fff]+)*")
_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]|add")
_MAY_BE_EMPTY = frozenset({"article", "note", "target", "unit", "formula", "level2", "threshold", "reason"})

_PROBLEMS = {
    "missing": "缺少该项",
    "unexpected_keyword_argument": "不认识该项，或这种规则不用该项；请检查拼写，或删去",
    "extra_forbidden": "不认识该项，或这种规则不用该项；请检查拼写，或删去",
    "decimal_parsing": "应为数字",
    "decimal_type": "应为数字",
    "finite_number": "应为数字",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "string_type": "应为文字",
    "date_type": "应为日期，如 2023-01-01",
    "date_parsing": "应为日期，如 2023-01-01",
    "date_from_datetime_parsing": "应为日期，如 2023-01-01",
    "date_from_datetime_inexact": "应为日期，如 2023-01-01",
    "tuple_type": "应为列表",
    "dict_type": "应为表",
    "dataclass_type": "应为表",
    "enum": "取值只能是其中之一：{expected}",
    "literal_error": "取值只能是其中之一：{expected}",
}


class Problem(NamedTuple):
    """place: keys from the whole down. text: what is wrong and what was expected, in Chinese, no full stop."""

    place: Place
    text: str


def identifier_problem(identifier: str) -> str:
    """Why a rule set may not be called so, or empty. It becomes a file name on every system, so little is allowed."""
    if len(identifier) > MAX_IDENTIFIER:
        return f"编号有 {len(identifier)} 个字符，应不超过 {MAX_IDENTIFIER} 个"
    if not _IDENTIFIER.fullmatch(identifier):
        return "编号只能由小写字母、数字、汉字和连字符“-”组成，连字符不能在首尾，如“本局-2024”"
    if _RESERVED.fullmatch(identifier):
        return f"“{identifier}”是系统保留的名称，请换一个编号"
    return ""


def check(data: Mapping[str, Any]) -> tuple[Ruleset | None, list[Problem]]:
    """The rule set, or None and all problems. data: as TOML gives it."""
    problems: list[Problem] = []
    head = {key: value for key, value in data.items() if key not in PARAMETERS}
    kept: dict[str, list[tuple[int, Any]]] = {}
    for key, cls in PARAMETERS.items():
        items = data.get(key, ())
        if not isinstance(items, Sequence) or isinstance(items, str):
            problems.append(Problem((key,), "应为列表"))
        elif len(items) > MAX_ITEMS:
            problems.append(Problem((key,), f"有 {len(items)} 项，应不超过 {MAX_ITEMS} 项"))
        else:
            kept[key] = [(i, one) for i, item in enumerate(items) if (one := _item(key, i, cls, item, problems)) is not None]
    stub: dict[str, tuple[Any, ...]] = dict.fromkeys(PARAMETERS, ())
    whole = _typed(Ruleset, {**head, **stub}, (), problems)
    problems += _problems(whole, data, kept)
    if problems or whole is None:
        return None, list(dict.fromkeys(problems))
    return replace(whole, **{key: tuple(one for _, one in items) for key, items in kept.items()}), []


def check_parameters(data: Mapping[str, Any]) -> tuple[dict[str, tuple[Any, ...]], list[Problem]]:
    """The parameters of a file that is no whole rule set, by key, and every problem with them."""
    problems: list[Problem] = []
    kept = {
        key: [(i, one) for i, item in enumerate(data.get(key, ())) if (one := _item(key, i, cls, item, problems)) is not None]
        for key, cls in PARAMETERS.items() if key in data
    }  # fmt: skip
    known = data.get("references", {})
    for key, items in kept.items():
        for index, item in items:
            problems += [Problem((key, index, *at), text) for at, text in meaning(item)]
            if item.reference not in known:
                problems.append(Problem((key, index, "reference"), f"依据“{item.reference}”没有列在依据（references）中"))
    return {key: tuple(one for _, one in items) for key, items in kept.items()}, problems


def _item(key: str, index: int, cls: type[Parameter] | None, item: Any, problems: list[Problem]) -> Any:
    place: Place = (key, index)
    if cls is None:
        if not isinstance(item, Mapping):
            problems.append(Problem(place, "应为表"))
            return None
        kind = item.get("kind")
        if kind is None:
            problems.append(Problem((*place, "kind"), "缺少规则种类（kind）"))
            return None
        cls = RULE_KINDS.get(kind) if isinstance(kind, str) else None
        if cls is None:
            problems.append(Problem((*place, "kind"), f"规则种类 {kind} 不存在，只能是其中之一：{'、'.join(RULE_KINDS)}"))
            return None
    return _typed(cls, item, place, problems)


@cache
def _adapter(cls: type) -> Any:
    """Checks plain data against a dataclass of core.parameters, or a rule set. Imported on demand: pydantic is slow to load."""
    from pydantic import ConfigDict, TypeAdapter  # noqa: PLC0415

    for one in (*vars(model).values(), Ruleset):
        if isinstance(one, type) and is_dataclass(one):
            # blanks at the edges of a text are never meant, and would keep names from being found
            one.__pydantic_config__ = ConfigDict(extra="forbid", str_strip_whitespace=True)  # type: ignore[attr-defined]
    return TypeAdapter(cls)


def _typed(cls: type, item: Any, place: Place, problems: list[Problem]) -> Any:
    from pydantic import ValidationError  # noqa: PLC0415

    try:
        return _adapter(cls).validate_python(item)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            text = _PROBLEMS.get(one["type"], "取值不正确").format_map(_Context(one.get("ctx", {})))
            problems.append(Problem((*place, *one["loc"]), text.replace(" or ", "、").replace("'", "")))
        return None


class _Context(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def _problems(whole: Ruleset | None, data: Mapping[str, Any], kept: Mapping[str, list[tuple[int, Any]]]) -> Iterator[Problem]:
    """What types alone cannot say."""
    if whole is not None:
        if (name := identifier_problem(whole.id)) and whole.id:
            yield Problem(("id",), name)
        yield from _texts(whole, ())
    for key in NEEDED:
        if not data.get(key):
            yield Problem((key,), "至少要有一项")
    references = data.get("references")
    known = references if isinstance(references, Mapping) else {}
    for key, items in kept.items():
        for index, item in items:
            place = (key, index)
            yield from _texts(item, place)
            if item.reference not in known:
                yield Problem((*place, "reference"), f"依据“{item.reference}”没有列在依据（references）中")
            if item.since and item.until and item.since > item.until:
                yield Problem((*place, "since"), "开始日期晚于结束日期")
            yield from (Problem((*place, *at), text) for at, text in meaning(item))
        if key in ONE_AT_A_TIME:
            yield from _overlaps(key, items)
    seen: dict[str, int] = {}
    for index, rule in kept.get("rules", ()):
        if rule.id in seen:
            yield Problem(("rules", index, "id"), f"规则编号“{rule.id}”与第{seen[rule.id] + 1}项重复")
        seen.setdefault(rule.id, index)


def _overlaps(key: str, items: Sequence[tuple[int, Any]]) -> Iterator[Problem]:
    """Of these only one can be in force on a day; the second would be passed over in silence."""
    for n, (index, item) in enumerate(items):
        for earlier, other in items[:n]:
            first, last = datetime.date.min, datetime.date.max
            if max(item.since or first, other.since or first) <= min(item.until or last, other.until or last):
                yield Problem((key, index, "since"), f"有效期与第{earlier + 1}项重叠，同一天只能有一项有效；请填写起止日期")
                break


def _texts(value: Any, place: Place) -> Iterator[Problem]:
    """Texts and numbers anywhere below: not empty, not endless, no control characters, of a size that can be meant."""
    if isinstance(value, str):
        text = _text_problem(value, may_be_empty=bool(place) and place[-1] in _MAY_BE_EMPTY)
        if text:
            yield Problem(place, text)
    elif isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        if abs(value) > MAX_NUMBER or not isinstance(exponent, int) or -exponent > MAX_PLACES:
            yield Problem(place, f"数字过大，或小数超过 {MAX_PLACES} 位")
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _texts(key, (*place, key))
            yield from _texts(one, (*place, key))
    elif isinstance(value, tuple):
        if len(value) > MAX_ITEMS:
            yield Problem(place, f"有 {len(value)} 项，应不超过 {MAX_ITEMS} 项")
        for index, one in enumerate(value[:MAX_ITEMS]):
            yield from _texts(one, (*place, index))
    elif is_dataclass(value):
        for one in fields(value):
            yield from _texts(getattr(value, one.name), (*place, one.name))


def _text_problem(text: str, *, may_be_empty: bool) -> str:
    if not text and not may_be_empty:
        return "不能为空"
    if len(text) > MAX_TEXT:
        return f"文字有 {len(text)} 字，应不超过 {MAX_TEXT} 字"
    if any(unicodedata.category(c) in {"Cc", "Cs", "Cn"} and c != "\n" for c in text):
        return "含有不可见的控制字符，请重新输入"
    return ""
