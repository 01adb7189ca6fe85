"""Sentences that our own report makes out of the numbers: on the way back they are left out, for the form makes them again. Pure.

Only what is written exactly so; a sentence that says anything of its own is kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from perfeval_xl.intake.source import Paragraph

TO_FILL = "【待填】"
_NUMBER = r"(?:-?[0-9]+(?:\.[0-9]+)?|【待填】)"
_COUNTS = r"[^，；。]{1,40}指标[0-9]+个(?:，其中[^；。]{1,300})?"
_GENERATED: dict[str, tuple[re.Pattern[str], ...]] = {
    "绩效管理情况": (re.compile(rf"(?:20[0-9]{{2}}|【待填】)年，(?:部门整体|项目)共设立{_COUNTS}(?:；{_COUNTS})*。"),),
    "自评结论": (
        re.compile(rf"(?:20[0-9]{{2}}|【待填】)年度(?:部门整体|项目)支出绩效自评(?:分值{_NUMBER}分，自评)?得分{_NUMBER}分?(?:，(?:评定等级为“.”|另有[0-9]+项指标未能计分【待填】|按评分规则计算为{_NUMBER}分，请核对))?。"),
        re.compile(r"“三公”经费支出(?:未超|超出)本年预算。"),
    ),
    "履职效能分析": (
        re.compile(rf"(?:履职效能|绩效|管理效率)指标分值{_NUMBER}分，自评得分{_NUMBER}分?，包括[^。]{{1,300}}。"),
        re.compile(rf"(?:20[0-9]{{2}}|【待填】)年共设置[^，。]{{1,60}}[0-9]+个，分值{_NUMBER}分，[^。]*?合计得分(?:为{_NUMBER}分|【待填】)。", re.DOTALL),
        re.compile(rf"“.{{1,500}}”目标值.*，扣{_NUMBER}分，扣分原因：.*", re.DOTALL),
    ),
}
_AMOUNT = r"(?:[^，；。]{1,40}(?:亿元|万元|元)|【待填】)"
_BUDGETS = rf"(?:年初预算数|全年预算数|调整后预算数|全年执行数){_AMOUNT}"
_GENERATED["收支情况说明"] = (
    re.compile(rf"项目{_BUDGETS}(?:，{_BUDGETS})*(?:，预算执行率[^，。]{{1,12}})?(?:，分值[^，。]{{1,8}})?(?:，得分[^，。]{{1,10}})?。"),
    re.compile(rf"其中：[^，；。]{{1,40}}?{_BUDGETS}(?:，{_BUDGETS})*(?:；[^，；。]{{1,40}}?{_BUDGETS}(?:，{_BUDGETS})*)*。"),
    re.compile(r"(?:本部门本年决算收入|决算支出)【待填】。"),
)
_NOTE = re.compile(r"注：以下得分与按评分规则计算的结果不一致，表中为填报得分，请核对：.*")
_GENERATED["管理效率分析"] = _GENERATED["履职效能分析"]


def is_own_note(text: str) -> bool:
    """The remark below our own table of indicators; the form's formulas and its check say the same again."""
    return bool(_NOTE.fullmatch(text))


def without_own_words(label: str, told: Sequence[Paragraph]) -> list[Paragraph]:
    """The paragraphs of a field that a person wrote."""
    return [p for p in told if p.text != TO_FILL and not any(pattern.fullmatch(p.text) for pattern in _GENERATED.get(label, ()))]
