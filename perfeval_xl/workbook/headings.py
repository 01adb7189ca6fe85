"""Headings: which field a column heading names, in all the words that forms use for it. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

# field → headings, written without blanks and brackets. The first of each list is the word our own forms use.
_WORDS: dict[str, tuple[str, ...]] = {
    "level1": ("一级指标", "一级目标", "一级", "一级指标名称", "1级指标", "一級指標"),
    "level2": ("二级指标", "二级目标", "二级", "指标类别", "指标类型", "二级指标名称", "2级指标", "二級指標"),
    "name": ("三级指标", "指标名称", "三级指标名称", "3级指标", "三級指標", "指標名稱", "具体指标", "评价指标名称", "三级", "三级目标", "绩效指标名称", "指标内容", "指标值名称", "考核指标", "评分指标"),
    "level4": ("四级指标",),
    "levels": ("自评指标", "绩效指标", "评价指标", "指标", "年度绩效指标", "绩效目标指标", "指标体系"),
    "target": ("目标值", "年度目标值", "年度指标值", "指标值", "年初目标值", "绩效指标值", "预期值", "预期指标值", "全年目标值", "计划值", "年初指标值", "年度预期指标值",
               "年度绩效目标值", "计划完成值", "目标", "预期目标值", "年初设定目标值", "计划目标值", "全年指标值", "年度目标", "绩效目标值", "年初绩效目标值", "预期目标",
               "年初目标", "申报目标值", "设定目标值", "年初设定指标值", "年度计划值", "全年预期值", "计划指标值", "本年目标值", "目标值指标值", "年度计划", "标准值",
               "年初预期值", "年初绩效目标", "年度绩效指标值", "批复目标值", "计划数", "目标数", "年初设定值", "设定值", "全年指标数", "指标数", "年度指標值", "目標值", "年度目標值", "预期目标数"),
    "adjusted": ("调整后目标值", "调整指标值", "调整后指标值", "调整目标值", "调整后年度指标值", "调整后年度目标值", "调整后的指标值", "调整后全年目标值", "调整值", "调整后值", "调整后"),
    "actual": ("年度实现值", "实际完成值", "全年实际值", "实现值", "完成值", "实际完成情况", "全年完成值", "实际值", "全年实际完成值", "年度实际完成值", "实际完成", "完成情况",
               "实际完成指标值", "全年完成情况", "自评完成值", "全年实现值", "实际完成数", "完成数", "实际情况", "年度完成值", "实际实现值", "全年实际完成情况", "年度完成情况",
               "目标完成情况", "指标完成情况", "实际达到值", "年度实际值", "实际完成结果", "年终完成值", "实绩", "全年实际完成", "完成结果", "实际执行值", "本年完成值",
               "自评实际完成值", "年度实际完成情况", "截至年底完成值", "实际完成值情况", "实际数", "指标实际完成值", "完成指标值", "年末完成值", "年末实际值", "年终完成值", "完成指标", "实际完成指标", "實際完成值", "全年完成数"),
    "rate": ("完成率", "指标完成率", "完成比例", "完成程度", "得分系数", "目标完成率", "指标完成度", "完成度", "完成百分比"),
    "weight": ("分值", "单项分值", "权重", "标准分", "标准分值", "满分", "权重分值", "分值权重", "指标权重", "指标分值", "分值设置", "赋分", "权重值", "设定分值", "满分值", "基本分",
               "基准分", "指标权重分", "权重分", "分數", "權重", "分数", "分值占比", "总分值", "标准分数"),
    "score": ("得分", "单项自评得分", "自评得分", "单项得分", "自评分", "评分", "自评分值", "自评分数", "实际得分", "评价得分", "得分情况", "指标得分", "单位自评得分", "部门自评得分",
              "自评结果", "自评", "部门自评", "单位自评", "自评打分", "项目单位自评得分", "预算部门自评得分", "预算单位自评得分", "自评单位得分"),
    "review": ("复核得分", "评审得分", "核定得分", "审核得分", "财政复核得分", "复评得分", "财政评分", "主管部门评分", "专家评分", "再评价得分", "财政部门评分", "主管部门复核得分", "抽查得分",
               "复核分", "复评分", "审核分", "财政审核得分", "主管部门审核得分", "评价组评分", "第三方评分", "复核评分", "主管部门评价得分", "财政部门复核得分", "部门复核得分"),
    "direction": ("方向", "指标方向", "指标性质", "完成方向", "指标符号", "符号", "性质", "比较符", "运算符", "运算符号", "计算符号", "指标属性", "比较符号", "正反向", "指标极性"),
    "unit": ("单位", "计量单位", "度量单位", "指标单位", "量纲"),
    "reason": ("偏差原因及改进措施", "偏差原因分析及改进措施", "未完成原因", "偏差原因", "原因分析", "扣分原因", "未完成原因分析", "偏差原因分析"),
    "note": ("备注", "说明", "情况说明", "备注说明"),
    "evidence": ("佐证材料", "佐证资料", "证明材料", "数据来源", "佐证"),
    "standard": ("评分标准", "评分规则", "评分办法", "计分标准", "评价标准", "指标解释", "指标说明", "评分细则", "计算公式", "评价要点", "指标定义", "扣分标准", "评分依据", "指标解释及评分标准"),
    "core": ("是否核心指标", "核心指标", "是否重点"),
    "serial": ("序号", "编号", "行次"),
}  # fmt: skip
_FIELD_OF = {word: name for name, words in _WORDS.items() for word in words}
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("levels", re.compile(r"\A(?:自评|绩效|评价|年度绩效)指标(?:根据|按照?|依据)")),
    ("review", re.compile(r"(?:复核|评审|复评|核定|审核|财政|主管部门|评价组|专家|抽查|再评价|第三方).{0,6}(?:得分|评分|分)\Z")),
    ("fund", re.compile(r"\A(?:全年|年度|本年|预算|实际|资金)*(?:执行|支出|支付|决算)(?:数|金额|资金|额)[A-Da-d]?\Z")),  # of the fund table
    ("reason", re.compile(r"(?:偏差|未完成|未达标|未实现|差异|扣分|失分|未达成|偏离).{0,8}原因|原因分析|改进措施|原因说明|偏差说明")),
    ("score", re.compile(r"自评.{0,4}(?:得分|评分|分数)\Z")),
    ("adjusted", re.compile(r"调整后?的?.{0,6}(?:目标|指标)值\Z")),
    ("rate", re.compile(r"(?:指标|目标)?(?:值)?完成(?:率|比例|百分比)\Z")),
    ("target", re.compile(r"\A(?:20[0-9]{2}年度?)?(?:年初|年度|全年|本年度?|当年|预期|计划|设定|批复|申报|绩效|期初|预算)*(?:目标|指标|预期|计划)(?:目标|指标)?值\Z")),
    ("actual", re.compile(r"\A(?:20[0-9]{2}年度?)?(?:年终|年度|全年|本年度?|当年|实际|自评|截至.{1,10}|期末|目标|指标)*(?:完成|实现|达到|实际)(?:指标|目标)?(?:值|情况|数|结果)\Z")),
)  # fmt: skip
# What a sub-heading under a heading that spans several columns adds to it.
_UNDER: dict[str, dict[str, str]] = {
    "target": {"值": "target", "数值": "target", "指标值": "target", "目标值": "target", "符号": "direction", "性质": "direction", "运算符": "direction", "单位": "unit",
               "计量单位": "unit", "年初": "target", "年初数": "target", "申报": "target", "调整后": "adjusted", "调整": "adjusted", "调整数": "adjusted", "计划": "target",
               "计划数": "target", "目标": "target", "实际": "actual", "实际数": "actual", "完成": "actual", "实际完成": "actual"},
    "actual": {"值": "actual", "数值": "actual", "完成值": "actual", "单位": "actual_unit", "计量单位": "actual_unit", "计划": "target", "目标": "target", "实际": "actual",
               "完成": "actual", "得分": "score", "分值": "weight"},
    "score": {"自评": "score", "单位自评": "score", "部门自评": "score", "复核": "review", "财政复核": "review", "财政": "review", "主管部门": "review", "审核": "review",
              "评审": "review", "分值": "weight", "得分": "score"},
}  # fmt: skip
MAX_HEADING = 120
_LONGEST_WORD = 24
_IDLE = re.compile(r"[（(【\[][^（()）\]】]*[)）\]】]|[\s:：*★☆▲/／、·.。“”\"]|\A[0-9一二三四五六七八九十]{1,2}[、.．]")
_BRACKET = re.compile(r"[（(【\[]\s*(?:单位[:：]\s*)?([^（()）\]】]{1,8})\s*[)）\]】]")


@lru_cache(maxsize=16384)
def heading(text: str) -> str:
    """A heading without blanks, brackets and what they hold.

    >>> heading("单项分值\\n（权重）"), heading("实际完成值 (B)")
    ('单项分值', '实际完成值')
    """
    return _IDLE.sub("", text)


@lru_cache(maxsize=16384)
def field_of(text: str) -> str:
    """The field a heading names; empty where it names none.

    >>> field_of("年度指标值（A）"), field_of("未完成原因和改进措施"), field_of("财政复核得分"), field_of("保洁面积")
    ('target', 'reason', 'review', '')
    """
    if len(text) > MAX_HEADING:
        return ""
    word = heading(text)
    found = _FIELD_OF.get(word)
    if found:
        return found
    if len(word) > _LONGEST_WORD:  # a heading with the instruction printed below it
        word = heading(text.partition("\n")[0])
        found = _FIELD_OF.get(word)
        if found:
            return found
        return "levels" if _PATTERNS[0][1].search(word) else ""
    if len(word) >= 2:
        for name, pattern in _PATTERNS:
            if pattern.search(word):
                return name
    return ""


def field_under(parent: str, text: str) -> str:
    """The field of a sub-heading below one that names `parent`; empty where it says nothing of its own."""
    word = heading(text)
    return _UNDER.get(parent, {}).get(word, "") or field_of(text)


@lru_cache(maxsize=4096)
def bracketed(text: str) -> str:
    """What stands in a heading's brackets, such as the unit in 目标值（万元）."""
    found = _BRACKET.search(text)
    return found[1].strip() if found else ""
