"""The user's own folder of rule sets: written whole or not at all, the version before kept beside."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.files import OutputError, write_aside
from perfeval_xl.rulesets.loader import (
    FOLDER_VARIABLE,
    RulesetError,
    available,
    from_text,
    load,
    reason_of,
    sources,
    user_folder,
)
from perfeval_xl.rulesets.meaning import remarks

OLDER = "previous"


class Stored(NamedTuple):
    """path: where the rule set lies now. previous: where the version it replaced was kept, or None."""

    path: Path
    previous: Path | None


def to_data(ruleset: Ruleset) -> dict[str, Any]:
    """Plain data as TOML holds it; what is empty is left out."""
    data = _plain(ruleset)
    assert isinstance(data, dict)  # noqa: S101
    return data


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        data = {}
        for field in fields(value):
            one = getattr(value, field.name)
            is_left_out = one is None or (one in ("", ()) and field.default is not MISSING)  # numbers are always written: a default may change
            if not is_left_out:
                data[field.name] = _plain(one)
        return data
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def to_toml(ruleset: Ruleset) -> str:
    """The rule set as canonical TOML: the same rule set always gives the same text."""
    import tomli_w  # noqa: PLC0415

    return tomli_w.dumps(to_data(ruleset))


def add(ruleset: Ruleset, now: datetime.datetime, folder: Path | None = None) -> Stored:
    """Keeps a checked rule set under its identifier. now: for the name of the version before.

    Raises: RulesetError where the folder cannot be written; then nothing has changed.
    """
    text = to_toml(ruleset)
    if from_text(text, f"{ruleset.id}.toml") != ruleset:  # never store what would be read as something else
        raise RulesetError(f"规则集“{ruleset.id}”存储后与原内容不一致，未保存。请报告此问题。")
    folder = folder if folder is not None else user_folder()
    target = folder / f"{ruleset.id}.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        previous = None
        if target.exists():
            old = target.read_bytes()
            if old == text.encode():
                return Stored(target, None)
            previous = _free(folder / OLDER, ruleset.id, now)
            write_aside(previous, old)
        write_aside(target, text.encode())
    except OSError as error:
        raise RulesetError(f"规则集目录“{folder}”无法写入：{reason_of(error)}。请检查写入权限和磁盘空间。") from error
    except OutputError as error:
        raise RulesetError(f"规则集未保存。{error}") from error
    return Stored(target, previous)


def base_of(ruleset: Ruleset, origin: str) -> Ruleset | None:
    """What a new rule set is compared with: the one now used under its identifier, else the one it was exported from."""
    known = {path.stem for path in available()}
    for name in (ruleset.id, origin):
        if name in known:
            try:
                return load(name)
            except RulesetError:  # a broken old one is what may be being mended
                continue
    return None


def notes(ruleset: Ruleset, day: datetime.date) -> list[str]:
    """What to know about a rule set that is about to be kept. Call before `add`."""
    found = remarks(ruleset, day)
    same = {source.where for source in sources() if source.path.stem == ruleset.id}
    if "目录" in same:
        found.append(f"{FOLDER_VARIABLE} 目录中已有编号为“{ruleset.id}”的规则集，仍以该目录中的为准")
    if "自带" in same:
        found.append(f"程序自带同一编号的规则集“{ruleset.id}”，以后使用本机存入的这一个")
    return found


def _free(folder: Path, identifier: str, now: datetime.datetime) -> Path:
    """A name not taken yet: two changes may fall into one second."""
    folder.mkdir(exist_ok=True)
    stem = f"{identifier}.{now:%Y%m%d-%H%M%S}"
    numbers = (f"{stem}{'' if n == 1 else f'-{n}'}.toml" for n in range(1, 10_000))
    return next(path for name in numbers if not (path := folder / name).exists())
