"""The sample that two rule sets are compared on: published rows, and one row for each way of scoring. Pure."""

from __future__ import annotations

from decimal import Decimal

from perfeval_xl.core.model import Execution, Fund, Indicator, Place, Submission
from perfeval_xl.core.ruleset import Ruleset, is_named

NAME = "样表"
_YEAR = 2023
_COLUMNS = {"name": "C", "target": "D", "actual": "E", "rate": "F", "weight": "G", "score": "H", "reason": "I"}
# the misplaced actual of 代征出租屋综合税 stands in its own column here
_PUBLISHED = (  # 广州市天河区元岗街道办事处2023年度部门整体支出绩效自评报告
    ("产出指标", "数量指标", "保洁面积", "保洁面积258256.8万平方米", "保洁面积258256.8万平方米", "3.34"),
    ("产出指标", "数量指标", "投诉案件完成率", "100%完成", "100%完成", "3.33"),
    ("产出指标", "数量指标", "举办文化活动场数", "4次", "4次", "3.33"),
    ("产出指标", "质量指标", "未成年保护站工作人员上门走访服务工作", "上门服务满意率（90%）", "上门服务满意率（90%）", "3.33"),
    ("产出指标", "质量指标", "垃圾清运率", "日产日清", "100%完成", "3.33"),
    ("产出指标", "时效指标", "根据上级养老服务指导中心指引，完成相应工作。", "达标", "达标", "3.34"),
    ("效益指标", "经济效益", "代征出租屋综合税", "500万元", "493.3万元", "4"),
    ("效益指标", "社会效益", "服务机构评估合格率", "100%", "100%", "4"),
    ("效益指标", "生态效益", "虫蚊媒密度", "控制在标准内", "控制在标准内", "4"),
    ("效益指标", "可持续发展", "宜居环境", "打造“更干净、更整洁、更平安、更有序”城区宜居环境，持续性发挥效能。", "按要求落实环卫各项工作，完成任务指标。", "4"),
    ("效益指标", "服务对象满意度", "居家养老服务总体满意度", "≥95%", "≥95%", "4"),
)
_WAYS = (  # made up so that every general way of scoring shows: short of the target, over the limit, late, no
    ("产出指标", "数量指标", "培训人数", "≥100人", "85人", "10"),
    ("产出指标", "数量指标", "检查次数", "≥100次", "55次", "10"),
    ("产出指标", "数量指标", "播发稿件数量", "2200篇", "2859篇", "10"),
    ("产出指标", "成本指标", "单位成本", "≤100元", "120元", "10"),
    ("产出指标", "时效指标", "项目完成时间", "2023年11月30日", "2023年12月20日", "10"),
    ("效益指标", "社会效益", "群众办事便利程度", "明显改善", "部分达成", "5"),
    ("产出指标", "质量指标", "是否通过验收", "是", "否", "5"),
    ("产出指标", "质量指标", "建筑合格率", "100%", "不适用", "5"),
)
_REPORTED = {"宜居环境": Decimal(4)}
"""Scores given by hand, as published, where the words alone say no level."""
_NAMED = (  # indicators that rules name, as published forms call them; the values are made up so that each rule takes something off
    ("投入", "预算配置", "在职人员控制率", "100%", "102%", "8"),
    ("投入", "预算配置", "“三公经费”变动率", "0%", "4%", "8"),
    ("过程", "预算执行", "预算完成率", "100%", "92%", "8"),
    ("过程", "预算执行", "预算控制率", "0%", "16%", "8"),
    ("过程", "预算执行", "新建楼堂馆所面积控制率", "100%", "107%", "8"),
    ("投入", "目标设定", "绩效目标合理性", "符合", "符合国家法律法规", "3"),
    ("产出指标", "成本指标", "成本控制率", "±10%", "12%", "5"),
    ("满意度指标", "满意度指标", "群众满意度", "≥90%", "84%", "10"),
)


def sample(*rulesets: Ruleset) -> Submission:
    """One filled table for all of these rule sets: rows of named rules only where one of them has such a rule."""
    names = tuple(n for r in rulesets for rule in r.rules for n in rule.applies_to.names)
    rows = [*_PUBLISHED, *_WAYS, *(row for row in _NAMED if is_named(names, row[2]))]
    place = Place(NAME, NAME, 4, {**_COLUMNS, "initial": "C", "annual": "D", "adjusted": "D"})
    fund = Fund("年度资金总额", {"initial": "120", "annual": "110", "adjusted": "100"}, "95", "", place)
    execution = Execution(fund, None, None) if any(r.execution for r in rulesets) else None
    indicators = tuple(
        Indicator(level1, level2, name, target, actual, Decimal(weight), score=_REPORTED.get(name), place=Place(NAME, NAME, number, _COLUMNS))
        for number, (level1, level2, name, target, actual, weight) in enumerate(rows, 6)
    )
    return Submission(NAME, NAME, NAME, "", _YEAR, indicators, execution=execution)
