"""Which rule set a submission is scored by, and why. Order: asked for, named in the workbook, recognised, national."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from perfeval_xl.core.model import Submission
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.rulesets.loader import FALLBACK, RulesetError, available, load, load_toml


@dataclass(frozen=True, slots=True)
class Shelf:
    """All rule sets in use, read at one moment. broken: names of files that cannot be read."""

    rulesets: Mapping[str, Ruleset]
    broken: tuple[str, ...] = ()

    def get(self, name: str) -> Ruleset:
        """The rule set of that identifier, or in the file of that path. Raises: RulesetError."""
        return self.rulesets.get(name) or load(name)


def shelf() -> Shelf:
    """Every rule set as it is now. A run over many files takes one shelf for all of them."""
    found: dict[str, Ruleset] = {}
    broken: list[str] = []
    for path in available():
        try:
            found[path.stem] = load_toml(path)
        except RulesetError:
            broken.append(path.name)
    return Shelf({name: one for name, one in found.items() if one.id == name}, (*broken, *(f"{name}.toml" for name, one in found.items() if one.id != name)))


def choose(submission: Submission, asked: str | None, rules: Shelf | None = None) -> tuple[Ruleset, str]:
    """The rule set and the reason, in Chinese. Raises: RulesetError."""
    if asked:
        return rules.get(asked) if rules is not None else load(asked), "由命令指定"
    if submission.ruleset:
        try:
            _check_identifier(submission.ruleset)
            return rules.get(submission.ruleset) if rules is not None else load(submission.ruleset), "工作簿中注明（PE_RULESET）"
        except RulesetError as error:
            raise RulesetError(f"工作簿“{submission.file}”注明的规则集不可用。{error}") from error
    rules = rules if rules is not None else shelf()
    matches = [_match(one, submission) for one in rules.rulesets.values()]
    aside = f"（规则集文件 {'、'.join(rules.broken)} 有误，未参与识别）" if rules.broken else ""
    best = max(matches, key=lambda m: m[0], default=None)
    if best is not None and best[0] > 0:
        return best[1], f"按表格特征识别：{best[2]}{aside}"
    return rules.get(FALLBACK), f"未识别出专门的规则集，采用通用的全国项目支出自评规则{aside}"


def _check_identifier(name: str) -> None:
    """A workbook names a rule set by its identifier; a path would let a stranger's file choose what is read here. Raises: RulesetError."""
    if name.endswith(".toml") or "/" in name or "\\" in name:
        raise RulesetError("工作簿只能以编号指明规则集，不能以文件路径指明。请在 PE_RULESET 处填写规则集编号，或用 --ruleset 指定。")


def _match(ruleset: Ruleset, submission: Submission) -> tuple[int, Ruleset, str]:
    """How strongly a form looks like the rule set's: words of the form first, then headings."""
    first = ruleset.recognise.from_year
    if first is not None and submission.year is not None and submission.year < first:
        return 0, ruleset, ""
    text = f"{submission.title}{submission.department}"
    words = max((group for group in ruleset.recognise.words if all(w in text for w in group)), key=len, default=())
    if words and ruleset.form != submission.form:
        words = ()
    levels = {row.level1 for row in submission.indicators}
    headings = [h for h in ruleset.recognise.headings if any(h in level for level in levels)]
    is_whole = bool(headings) and len(headings) == len(ruleset.recognise.headings)
    is_regional = bool(words) and ruleset.id != FALLBACK
    points = 100 * is_regional + 10 * len(words) + (5 + len(headings) if is_whole else 0)
    if not words and ruleset.form != submission.form:
        points = 0
    reason = "、".join(f"“{w}”" for w in (*words, *(headings if is_whole else ())))
    return points, ruleset, reason
