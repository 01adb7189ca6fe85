"""Which rule set, and with it which form, a document is filled into: the kind that its title says, whatever is recognised besides. Pure but for the shelf."""

from __future__ import annotations

import datetime

from perfeval_xl.core.model import Submission
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.core.texts import shortened
from perfeval_xl.intake.source import Doubt, Paragraph
from perfeval_xl.rulesets.choose import choose
from perfeval_xl.rulesets.loader import RulesetError, available, load

_DEPARTMENT = ("hunan-department-2018", "guangdong-department")
"""For a department whose place nobody recognises, the first in force: the one that sets no full score for 产出 and 效益 and keeps two
decimals raises no false alarm over another place's form."""
_MAX_PROBLEMS = 500
"""Characters of what is wrong with a rule set."""


def chosen(submission: Submission, asked: str | None, named: tuple[str, Paragraph] | None, place: str) -> tuple[Ruleset, str, list[Doubt]]:
    """The rule set, the reason, and what to look at. named: by our own report. place: of the title. Raises: RulesetError."""
    if not asked and named is not None:
        return _named(submission, named[0], named[1], place)
    ruleset, reason = choose(submission, asked)
    if asked:
        return ruleset, reason, _other_form(submission, ruleset, place, is_asked=True)
    if _is_fitting(submission, ruleset):
        return ruleset, reason, []
    day = datetime.date(submission.year or 2100, 12, 31)
    for name in _DEPARTMENT:
        other = load(name)
        try:
            other.at(day)
        except LookupError:
            continue
        remedy = "请核对规则集；本地另有规定的，请用 --ruleset 指定规则集重新导入（perfeval rulesets 列出全部规则集）。"
        doubt = Doubt(place, submission.title, f"标题写明是部门整体支出，但没有识别出所用的规则，暂按“{other.title}”（{other.id}）导入，满分、取位和等级可能与本地规定不同", remedy)
        return other, "标题写明是部门整体支出，未识别出本地的规则集", [doubt]
    return ruleset, reason, []


def _named(submission: Submission, name: str, told: Paragraph, place: str) -> tuple[Ruleset, str, list[Doubt]]:
    """The rule set that our own report names; where it cannot be used, as if none were named, and why."""
    try:
        ruleset = load(name)
    except RulesetError as error:
        if name in {path.stem for path in available()}:
            problems = "；".join(line.rstrip("。") for line in str(error).splitlines())
            why = f"本机的这个规则集不能使用（{shortened(problems, _MAX_PROBLEMS)}）"
            remedy = "请改正这个规则集，或向出具报告的单位重新取得后用 perfeval rulesets add 存入，再重新导入；也可用 --ruleset 指定其他规则集。"
        else:
            why, remedy = "本机没有这个规则集", "请向出具报告的单位取得这个规则集，用 perfeval rulesets add 存入后重新导入，或用 --ruleset 指定其他规则集。"
        ruleset, reason, doubts = chosen(submission, None, None, place)
        return ruleset, reason, [*doubts, Doubt(told.place, told.text, f"报告注明得分按规则集“{name}”计算，{why}，暂按“{ruleset.title}”（{ruleset.id}）导入", remedy)]
    return ruleset, "报告中注明", _other_form(submission, ruleset, place, is_asked=False)


def _is_fitting(submission: Submission, ruleset: Ruleset) -> bool:
    return submission.form != "department" or ruleset.form == "department" or bool(submission.ruleset)


def _other_form(submission: Submission, ruleset: Ruleset, place: str, *, is_asked: bool) -> list[Doubt]:
    """A department's report under a project's rule set: whoever asked for it knows, whoever takes a report in may not."""
    if _is_fitting(submission, ruleset):
        return []
    remedy = "请确认规则集；部门整体支出的自评表，请用 --ruleset 指定部门整体支出的规则集重新导入。"
    return [Doubt(place, submission.title, f"标题写明是部门整体支出，{'指定' if is_asked else '报告注明'}的规则集“{ruleset.title}”用于项目支出", remedy, is_minor=is_asked)]
