"""Loading rule sets: TOML text → `Ruleset`, checked against its model; by identifier, folder or path.

Error messages are Chinese and name file and key, all of them at once. Folders, in order: the one that PERFEVAL_RULESETS
names (a bureau's), the user's own (`rulesets add`), the package's.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from perfeval_xl.core.parameters import LegalReference
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.rulesets.meaning import Place
from perfeval_xl.rulesets.validate import MAX_IDENTIFIER, check, check_parameters

FALLBACK = "national-project-2020"
FOLDER_VARIABLE = "PERFEVAL_RULESETS"
MAX_BYTES = 1_000_000
SHIPPED = Path(__file__).parent
COMMON = SHIPPED / "common" / "checks.toml"
"""Limits of the checks that hold wherever a rule set does not set its own."""


class RulesetError(Exception):
    """A rule set that cannot be used; str() is the Chinese message for the user, a line for each problem."""


def reason_of(error: OSError) -> str:
    """Why a file or folder could not be used, in Chinese: the system's own words are in the system's language."""
    if isinstance(error, FileNotFoundError):
        return "文件或文件夹不存在"
    if isinstance(error, PermissionError):
        return "没有权限，或文件正被其他程序占用"
    if isinstance(error, NotADirectoryError | FileExistsError):
        return "路径中有一段不是文件夹"
    return f"系统错误 {error.errno}"


class RulesetContentError(RulesetError):
    """A readable file that does not hold; messages: one for each problem."""

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__(messages)  # as they are given: what goes to another process is made again from them
        self.messages = tuple(messages)

    def __str__(self) -> str:
        return "\n".join(self.messages)


class Source(NamedTuple):
    """A rule set's file. where: 目录 (PERFEVAL_RULESETS), 本机 (the user's own folder) or 自带 (of the package)."""

    path: Path
    where: str


def user_folder() -> Path:
    """Where `rulesets add` keeps a person's own rule sets."""
    from platformdirs import user_data_path  # noqa: PLC0415

    return user_data_path("perfeval", appauthor=False) / "rulesets"


def folders() -> list[Source]:
    """Where rule sets are looked for, the first one first."""
    own = os.environ.get(FOLDER_VARIABLE)
    bureau = [Source(Path(own), "目录")] if own else []
    return [*bureau, Source(user_folder(), "本机"), Source(SHIPPED, "自带")]


def sources() -> Iterator[Source]:
    """Every rule set file, those that another of the same identifier goes before included. Raises: RulesetError."""
    for folder, where in folders():
        try:
            paths = sorted(folder.glob("*.toml")) if folder.is_dir() else []
        except OSError as error:
            raise RulesetError(f"规则集目录“{folder}”无法打开：{reason_of(error)}。请检查读取权限。") from error
        yield from (Source(path, where) for path in paths)


def available() -> Iterator[Path]:
    """Files of all rule sets in use: of one identifier, the first."""
    yield from (source.path for source in in_use())


def in_use() -> Iterator[Source]:
    """As `available`, each with where it comes from."""
    seen: set[str] = set()
    for source in sources():
        if source.path.stem not in seen:
            seen.add(source.path.stem)
            yield source


def load(name: str) -> Ruleset:
    """The rule set with that identifier, or in the file of that path. Raises: RulesetError."""
    if name.endswith(".toml") or "/" in name or "\\" in name:
        path = Path(name)
        if not path.is_file():
            raise RulesetError(f"找不到规则集文件“{name}”。请检查路径。")
        return load_toml(path)
    for path in available():
        if path.stem == name:
            found = load_toml(path)
            if found.id != name:
                raise RulesetError(f"规则集文件“{path.name}”的“id”有误：写的是“{found.id}”，应与文件名一致。请改文件名，或改 id。")
            return found
    known = "、".join(p.stem for p in available())
    shown = name if len(name) <= MAX_IDENTIFIER else name[:MAX_IDENTIFIER] + "…"
    raise RulesetError(f"没有名为“{shown}”的规则集。可用的规则集：{known}。运行 perfeval rulesets 查看说明。")


def load_toml(path: Path) -> Ruleset:
    """The rule set in a TOML file. Raises: RulesetError."""
    try:
        if not path.exists():
            raise RulesetError(f"找不到规则集文件“{path}”。请检查路径。")
        if not path.is_file():  # a pipe or a device would never end
            raise RulesetError(f"规则集文件“{path.name}”不是普通文件。请检查路径。")
        status = path.stat()
        return _read(path, status.st_mtime_ns, status.st_size)
    except OSError as error:
        raise RulesetError(f"规则集文件“{path.name}”无法打开：{reason_of(error)}。请检查文件是否存在、是否有读取权限。") from error


@lru_cache(maxsize=256)
def _read(path: Path, changed: int, size: int) -> Ruleset:  # noqa: ARG001  # changed: a file written anew is read anew
    if size > MAX_BYTES:
        raise RulesetError(f"规则集文件“{path.name}”超过 {MAX_BYTES // 1_000_000} MB，不是规则集。")
    with path.open("rb") as stream:
        content = stream.read(MAX_BYTES + 1)[:MAX_BYTES]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RulesetError(f"规则集文件“{path.name}”不是 UTF-8 编码的文本。请另存为 UTF-8。") from error
    return with_common(from_text(text, path.name))


def with_common(ruleset: Ruleset) -> Ruleset:
    """The rule set, and the common limits of all checks for which it has none of its own."""
    common, references = _common()
    own = {(c.kind, c.threshold) for c in ruleset.checks}
    checks = tuple(c for c in common["checks"] if (c.kind, c.threshold) not in own)
    plausible = () if ruleset.plausible else common["plausible"]
    needed = {p.reference for p in (*checks, *plausible)}
    more = {key: one for key, one in references.items() if key in needed and key not in ruleset.references}
    return replace(ruleset, references={**ruleset.references, **more}, checks=(*ruleset.checks, *checks), plausible=(*ruleset.plausible, *plausible))


@lru_cache(maxsize=1)
def _common() -> tuple[dict[str, tuple[Any, ...]], dict[str, LegalReference]]:
    data = tomllib.loads(COMMON.read_text(encoding="utf-8"), parse_float=Decimal)
    found, problems = check_parameters(data)
    if problems:
        raise RulesetContentError([f"规则集文件“{COMMON.name}”的“{_key(p.place, data)}”有误：{p.text}。" for p in problems])
    return found, {key: LegalReference(**one) for key, one in data["references"].items()}


def from_text(text: str, file: str) -> Ruleset:
    """Checks TOML text. file: name for messages. Raises: RulesetError that names file and line or key, of every problem."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:  # ValueError: an integer of thousands of digits
        place = _line(str(error))
        raise RulesetContentError([f"规则集文件“{file}”不是有效的 TOML：{place}。请检查该处的引号、括号和等号。"]) from error
    ruleset, problems = check(data)
    if ruleset is None:
        raise RulesetContentError([f"规则集文件“{file}”的“{_key(p.place, data)}”有误：{p.text}。" for p in problems])
    return ruleset


def _line(message: str) -> str:
    import re  # noqa: PLC0415  # only on errors

    found = re.search(r"line (\d+), column (\d+)", message)
    return f"第 {found[1]} 行第 {found[2]} 列" if found else "文件结尾处不完整"


def _key(place: Place, data: Mapping[str, Any]) -> str:
    """rules.satisfaction.step, grades.第1项.reference: a rule by its identifier, others by position as people count."""
    parts = [f"第{p + 1}项" if isinstance(p, int) else p for p in place]
    if len(place) > 2 and place[0] == "rules" and isinstance(place[1], int):
        identifier = data["rules"][place[1]].get("id")
        if isinstance(identifier, str) and identifier:
            parts[1] = identifier
    return ".".join(parts)
