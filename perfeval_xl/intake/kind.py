"""Which rule set, and with it which form, a document is filled into: the kind that its title says, whatever is recognised besides. Pure but for the shelf."""

from __future__ import annotations

import datetime

from perfeval_xl.core.model import Submission
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.intake.source import Doubt, Paragraph
from perfeval_xl.rulesets.choose import choose
from perfeval_xl.rulesets.loader import RulesetError, load

_DEPARTMENT = ("hunan-department-2018", "guangdong-department")
"""For a department whose place nobody recognises, the first in force: the one that sets no full score for 产出 and 效益 and keeps two
decimals raises no false alarm over another place's form."""


def chosen(submission: Submission, asked: str | None, named: tuple[str, Paragraph] | None, place: str) -> tuple[Ruleset, str, list[Doubt]]:
    """The rule set, the reason, and what to look at. named: by our own report. place: of the title. Raises: RulesetError."""
    if not asked and named is not None:
        try:
            return load(named[0]), "报告中注明", []
        except RulesetError:
            remedy = "请向出具报告的单位取得这个规则集，用 perfeval rulesets add 存入后重新导入，或用 --ruleset 指定其他规则集。"
            ruleset, reason, doubts = chosen(submission, None, None, place)
            return ruleset, reason, [*doubts, Doubt(named[1].place, named[1].text, f"报告注明得分按规则集“{named[0]}”计算，本机没有这个规则集，暂按“{ruleset.title}”（{ruleset.id}）导入", remedy)]
    ruleset, reason = choose(submission, asked)
    if submission.form != "department" or ruleset.form == "department" or submission.ruleset:
        return ruleset, reason, []
    if asked:
        remedy = "请确认规则集；部门整体支出的自评表，请用 --ruleset 指定部门整体支出的规则集重新导入。"
        return ruleset, reason, [Doubt(place, submission.title, f"标题写明是部门整体支出，指定的规则集“{ruleset.title}”用于项目支出", remedy, is_minor=True)]
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
