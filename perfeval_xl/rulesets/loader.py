"""Loading rule sets: TOML text → `Ruleset`, checked against its model; by identifier, folder or path.

Error messages are Chinese and name file and key. A bureau's own files lie in the folder that PERFEVAL_RULESETS names.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from perfeval_xl.core.ruleset import AnyRule, Checklist, IntervalTable, PerPoint, Qualitative, Ruleset, Steps

FALLBACK = "national-project-2020"
FOLDER_VARIABLE = "PERFEVAL_RULESETS"
MAX_BYTES = 1_000_000

_PROBLEMS = {
    "missing": "缺少该项",
    "unexpected_keyword_argument": "不认识该项，请检查拼写",
    "extra_forbidden": "不认识该项，请检查拼写",
    "decimal_parsing": "应为数字",
    "decimal_type": "应为数字",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "string_type": "应为文字",
    "date_type": "应为日期，如 2023-01-01",
    "date_from_datetime_inexact": "应为日期，如 2023-01-01",
    "tuple_type": "应为列表",
    "dict_type": "应为表",
    "dataclass_type": "应为表",
    "enum": "取值只能是其中之一：{expected}",
    "literal_error": "取值只能是其中之一：{expected}",
    "union_tag_invalid": "规则种类 {tag} 不存在，只能是其中之一：{expected_tags}",
    "union_tag_not_found": "缺少规则种类 kind",
}


class RulesetError(Exception):
    """A rule set that cannot be used; str() is the Chinese message for the user."""


def folders() -> list[Path]:
    """Where rule sets are looked for: the bureau's own folder first, then those that come with the package."""
    own = os.environ.get(FOLDER_VARIABLE)
    return ([Path(own)] if own else []) + [Path(__file__).parent]


def available() -> Iterator[Path]:
    """Files of all rule sets by name, a bureau's own before a shipped one of the same identifier."""
    seen: set[str] = set()
    for folder in folders():
        if folder.is_dir():
            for path in sorted(folder.glob("*.toml")):
                if path.stem not in seen:
                    seen.add(path.stem)
                    yield path


def load(name: str) -> Ruleset:
    """The rule set with that identifier, or in the file of that path. Raises: RulesetError."""
    if name.endswith(".toml") or "/" in name or "\\" in name:
        path = Path(name)
        if not path.is_file():
            raise RulesetError(f"找不到规则集文件“{name}”。请检查路径。")
        return _read(path)
    for path in available():
        if path.stem == name:
            return _read(path)
    known = "、".join(p.stem for p in available())
    raise RulesetError(f"没有名为“{name}”的规则集。可用的规则集：{known}。运行 perfeval rulesets 查看说明。")


@cache
def _read(path: Path) -> Ruleset:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RulesetError(f"规则集文件“{path.name}”超过 {MAX_BYTES // 1_000_000} MB，不是规则集。")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise RulesetError(f"规则集文件“{path.name}”无法打开：{error.strerror}。请检查文件是否存在、是否有读取权限。") from error
    except UnicodeDecodeError as error:
        raise RulesetError(f"规则集文件“{path.name}”不是 UTF-8 编码的文本。请另存为 UTF-8。") from error
    return from_text(text, path.name)


def from_text(text: str, file: str) -> Ruleset:
    """Checks TOML text. file: name for messages. Raises: RulesetError that names file and line or key."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = _place(str(error))
        raise RulesetError(f"规则集文件“{file}”不是有效的 TOML：{place}。请检查该处的引号、括号和等号。") from error
    return _checked(data, file)


def _place(message: str) -> str:
    import re  # noqa: PLC0415  # only on errors

    found = re.search(r"line (\d+), column (\d+)", message)
    return f"第 {found[1]} 行第 {found[2]} 列" if found else "文件结尾处不完整"


@cache
def _adapter() -> Any:
    """Checks plain data against the dataclasses of core.ruleset. Imported on demand: pydantic is slow to load."""
    from typing import Annotated  # noqa: PLC0415

    from pydantic import ConfigDict, Field, TypeAdapter  # noqa: PLC0415

    from perfeval_xl.core import ruleset as model  # noqa: PLC0415

    for cls in vars(model).values():
        if isinstance(cls, type) and hasattr(cls, "__dataclass_fields__"):
            cls.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]
    tagged = Annotated[model.AnyRule, Field(discriminator="kind")]
    return TypeAdapter(Ruleset), TypeAdapter(tuple[tagged, ...])


def _checked(data: dict[str, Any], file: str) -> Ruleset:
    from dataclasses import replace  # noqa: PLC0415

    from pydantic import ValidationError  # noqa: PLC0415

    whole, rules = _adapter()
    try:
        plain = dict(data)
        own_rules = rules.validate_python(plain.pop("rules", ()), strict=False)
        ruleset: Ruleset = whole.validate_python({**plain, "rules": ()})
    except ValidationError as error:
        first = error.errors()[0]
        key = _key(first["loc"])
        problem = _PROBLEMS.get(first["type"], "取值不正确").format_map(_Context(first.get("ctx", {})))
        raise RulesetError(f"规则集文件“{file}”的“{key}”有误：{problem}。") from error
    ruleset = replace(ruleset, rules=own_rules)
    _check_references(ruleset, file)
    return ruleset


class _Context(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def _key(loc: tuple[int | str, ...]) -> str:
    """rules.3.step: position counted from 1, as people count."""
    parts = [f"第{p + 1}项" if isinstance(p, int) else p for p in loc]
    if loc and isinstance(loc[0], int):
        parts.insert(0, "rules")
    return ".".join(parts)


def _check_references(ruleset: Ruleset, file: str) -> None:
    """What types alone cannot say. Raises: RulesetError for the first problem."""
    for key, problem in _problems(ruleset):
        raise RulesetError(f"规则集文件“{file}”的“{key}”有误：{problem}。")


def _problems(ruleset: Ruleset) -> Iterator[tuple[str, str]]:
    """Key and problem: references that do not exist, dates the wrong way round, missing parts, then each rule's own."""
    for key in ("references", "rounding", "completion", "grades", "bands", "not_applicable", "rules"):
        if not getattr(ruleset, key):
            yield key, "至少要有一项"
    for key, parameter in ruleset.parameters():
        name = f"{key}.{getattr(parameter, 'id', '')}".rstrip(".")
        if parameter.reference not in ruleset.references:
            yield f"{name}.reference", f"依据“{parameter.reference}”没有在 references 中列出"
        if parameter.since and parameter.until and parameter.since > parameter.until:
            yield f"{name}.since", "开始日期晚于结束日期"
    if len({rule.id for rule in ruleset.rules}) != len(ruleset.rules):
        yield "rules.id", "规则编号重复"
    for rounding in ruleset.rounding:
        if not all(0 <= p <= 6 for p in (rounding.score_places, rounding.total_places, rounding.rate_places or 0)):
            yield "rounding", "小数位数应在 0 到 6 之间"
    for rule in ruleset.rules:
        yield from ((f"rules.{rule.id}.{key}", problem) for key, problem in _rule_problems(rule))


def _rule_problems(rule: AnyRule) -> Iterator[tuple[str, str]]:
    if isinstance(rule, IntervalTable) and any(len(row.points) != len(rule.up_to) + 1 or row.of <= 0 for row in rule.points):
        yield "points", "得分个数应比区间上限多一个，分值应大于 0"
    if isinstance(rule, IntervalTable) and (not rule.points or list(rule.up_to) != sorted(set(rule.up_to))):
        yield "up_to", "区间上限应由小到大，且至少有一行得分"
    if isinstance(rule, Qualitative) and [lv.name for lv in rule.levels] != ["达成", "部分达成", "未达成"]:
        yield "levels", "等次应依次为达成、部分达成、未达成"
    if isinstance(rule, Steps | PerPoint) and (not rule.deductions or any(d.of <= 0 for d in rule.deductions)):
        yield "deductions", "至少要有一项，分值应大于 0"
    if isinstance(rule, Steps) and rule.step <= 0:
        yield "step", "应大于 0"
    if isinstance(rule, Checklist) and sum(item.points for item in rule.items) <= 0:
        yield "items", "要点分值之和应大于 0"
