"""The workbook form of a rule set: its sheets, tables, columns and closed words, as data. Pure; no spreadsheet library.

What `core.parameters` calls by English keys has its Chinese heading here, once: for writing, reading and comparing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from perfeval_xl.core.case import MODE_TITLES
from perfeval_xl.core.decimals import Rounding
from perfeval_xl.core.findings import SEVERITY_TITLES
from perfeval_xl.core.parameters import STATUS_TITLES
from perfeval_xl.core.scoring import DIRECTION_TITLES

VERSION = "1"
"""Of this form; a workbook of another version is refused."""
OTHERWISE = "以上"
"""In place of an interval's upper end: everything beyond the last one."""


class Kind(StrEnum):
    """How a cell is read. RATE: fraction, shown as 60%. POINTS: percent points, a plain number. WORDS: several texts."""

    TEXT = "text"
    WORDS = "words"
    RATE = "rate"
    POINTS = "points"
    NUMBER = "number"
    INTEGER = "integer"
    DATE = "date"
    CHOICE = "choice"
    CHOICES = "choices"


class Column(NamedTuple):
    """field: dotted key. titles: key → closed word. offered: table whose first column is the list to choose from.

    is_detail: of the inner list, one a row, where the rest of the row belongs to the whole group.
    """

    field: str
    heading: str
    kind: Kind
    width: int
    help: str = ""
    titles: Mapping[str, str] = {}
    offered: str = ""
    is_detail: bool = False


class Shape(StrEnum):
    """PAIRS: label and value. LIST: an item a row. GROUPS: rows of one 套号 are one item. DETAILS: rows of one rule."""

    PAIRS = "pairs"
    LIST = "list"
    GROUPS = "groups"
    DETAILS = "details"


class Table(NamedTuple):
    """key: of the rule set; for details, the key inside the rule. spare: empty rows offered below."""

    key: str
    sheet: str
    title: str
    shape: Shape
    columns: tuple[Column, ...]
    spare: int = 2


_STATUS = {key.value: title for key, title in STATUS_TITLES.items()}
_DIRECTIONS = {key.value: title for key, title in DIRECTION_TITLES.items()}
KIND_TITLES = {
    "proportional": "按完成率比例", "linear-overrun": "超出部分线性扣减", "inverse-ratio": "目标值与实现值之比", "steps": "每满一档扣分", "per-point": "每百分点扣分",
    "interval-table": "按区间查表", "qualitative": "定性分档", "date": "按期完成", "yes-no": "是否符合", "checklist": "按要点计分",
}  # fmt: skip
_FORMS = {"department": "部门整体支出", "project": "项目支出"}
_MODES = {key.value: title for key, title in MODE_TITLES.items()}
assert set(_MODES) == {mode.value for mode in Rounding}  # noqa: S101  # a new way to round needs its word
_MET = {"keep-weight": "保持原分值", "round": "同样取位"}
_BASES = {"initial": "年初预算数", "annual": "全年预算数", "adjusted": "调整后预算数"}
_POLICIES = {"full": "得满分", "redistribute": "分值分给其他指标"}
_MEASURES = {"actual": "实现值", "deviation": "与目标值的偏离"}

_SEVERITIES = {key.value: title for key, title in SEVERITY_TITLES.items()}
_STATES = {"on": "报告", "off": "不报告"}

_RATE = "请填带百分号的数，如 60%。"
_WORDS = "可填多项，用顿号“、”隔开。"
_COMMON = (
    Column("reference", "依据", Kind.CHOICE, 13, "“依据”表中的依据编号。", offered="references"),
    Column("article", "条款", Kind.TEXT, 12, "依据中的条款，如“第十二条”；没有可留空。"),
    Column("status", "核实状态", Kind.CHOICE, 14, "未核实的参数会在结果中注明。", _STATUS),
    Column("since", "生效日期", Kind.DATE, 12, "从哪一天起有效，如 2024-01-01；一直有效的留空。"),
    Column("until", "失效日期", Kind.DATE, 12, "有效的最后一天，如 2024-12-31；没有期限的留空。"),
    Column("note", "备注", Kind.TEXT, 22),
)
_SET = Column("", "套号", Kind.TEXT, 8, "同一套的各行填同一个号，如 1；依据、状态、日期只填在每套的第一行。")
_RULE = Column("", "规则编号", Kind.CHOICE, 20, "“评分规则”表中的规则编号。", offered="rules")

TABLES: tuple[Table, ...] = (
    Table("", "基本信息", "一、基本信息", Shape.PAIRS, (
        Column("id", "规则集编号", Kind.TEXT, 0, "小写字母、数字、汉字和连字符，如“本局-2024”；改了即为新的规则集。"),
        Column("title", "规则集名称", Kind.TEXT, 0, "文件或表格的名称和年度。"),
        Column("issuer", "发布单位", Kind.TEXT, 0, "制定规则的单位。"),
        Column("form", "适用表格", Kind.CHOICE, 0, "从下拉列表中选择。", _FORMS),
        Column("status", "总体核实状态", Kind.CHOICE, 0, "从下拉列表中选择；不确定的请选“未核实”。", _STATUS),
        Column("recognise.from_year", "识别起始年度", Kind.INTEGER, 0, "早于该年度的表格不按本规则集识别；不限的留空。"),
        Column("origin", "导出自", Kind.TEXT, 0, "由程序填写，用于交回时对比，请勿修改。"),
        Column("version", "表式版本", Kind.TEXT, 0, "由程序填写，请勿修改。"),
    ), 0),
    Table("references", "基本信息", "二、依据", Shape.LIST, (
        Column("", "依据编号", Kind.TEXT, 20, "简短的编号，供各参数引用，如 form。"),
        Column("title", "文件名称和文号", Kind.TEXT, 40),
        Column("source", "来源", Kind.TEXT, 60, "从何处看到，如“某局公开的自评表”。"),
    ), 3),
    Table("recognise.words", "基本信息", "三、识别词组（标题、单位中同时含有一行内各词，即按本规则集识别）", Shape.LIST, (
        Column("", "识别词组", Kind.WORDS, 24, "同一行的词须同时出现，" + _WORDS),), 2),
    Table("recognise.headings", "基本信息", "四、识别标题（一级指标中同时含有以下各行，即按本规则集识别）", Shape.LIST, (
        Column("", "识别标题", Kind.TEXT, 20, "一级指标的名称，一行一个。"),), 2),
    Table("rounding", "计分参数", "一、得分取位", Shape.LIST, (
        Column("score_places", "单项得分小数位", Kind.INTEGER, 20, "0 到 6 的整数。"),
        Column("mode", "取位方式", Kind.CHOICE, 14, "", _MODES),
        Column("met", "完成得满分的行", Kind.CHOICE, 15, "完成目标的行，得分保持原分值，还是同样取位。", _MET),
        Column("rate_places", "完成率小数位", Kind.INTEGER, 14, "先对完成率（%）取位再计分的，填小数位；不先取位的留空。"),
        Column("total_places", "合计小数位", Kind.INTEGER, 12, "0 到 6 的整数。"), *_COMMON)),
    Table("completion", "计分参数", "二、完成率上下限", Shape.LIST, (
        Column("floor", "完成率下限", Kind.RATE, 16, "低于该完成率的得 0 分；没有下限填 0%。" + _RATE),
        Column("cap", "完成率上限", Kind.RATE, 14, "高于该完成率的按此计分，一般为 100%。"), *_COMMON)),
    Table("execution", "计分参数", "三、预算执行率", Shape.LIST, (
        Column("base", "预算基数", Kind.CHOICE, 16, "执行率的分母。", _BASES),
        Column("weight", "执行率分值", Kind.NUMBER, 14, "大于 0 的数。"),
        Column("reason_below", "须说明原因的界限", Kind.RATE, 15, "执行率低于它须说明原因；没有规定的留空。" + _RATE), *_COMMON)),
    Table("not_applicable", "计分参数", "四、不适用的指标", Shape.LIST, (
        Column("policy", "不适用指标的处理", Kind.CHOICE, 16, "", _POLICIES), *_COMMON)),
    Table("thresholds", "计分参数", "五、超额完成", Shape.LIST, (
        Column("over_fulfilled", "须说明的超额界限", Kind.RATE, 16, "完成率达到它须说明原因，如 130%。"), *_COMMON)),
    Table("either_or", "计分参数", "六、二选一的指标（同一行中只计一项；没有规定的留空）", Shape.LIST, (
        Column("names", "二选一的指标名称", Kind.WORDS, 20, "至少两个，" + _WORDS), *_COMMON), 3),
    Table("grades", "等级与上限", "一、等级划分（由高到低，最后一等的最低比例为 0%）", Shape.GROUPS, (
        _SET,
        Column("name", "等级名称", Kind.TEXT, 16, is_detail=True),
        Column("from_share", "最低得分比例", Kind.RATE, 14, "占满分的比例，含本数。" + _RATE, is_detail=True), *_COMMON), 3),
    Table("bands", "等级与上限", "二、完成率分段（由高到低）", Shape.GROUPS, (
        _SET,
        Column("name", "分段名称", Kind.TEXT, 16, "报告中的写法，如 60-100%。", is_detail=True),
        Column("from_rate", "分段下限", Kind.RATE, 14, "含本数。" + _RATE, is_detail=True),
        Column("to_rate", "分段上限", Kind.RATE, 14, "含本数。" + _RATE, is_detail=True), *_COMMON), 3),
    Table("caps", "等级与上限", "三、总分上限（由低到高；没有规定的留空）", Shape.GROUPS, (
        _SET,
        Column("below", "该指标低于", Kind.RATE, 16, _RATE, is_detail=True),
        Column("at_most", "总分最高", Kind.NUMBER, 14, "不小于 0 的数。", is_detail=True),
        Column("indicator", "限制总分的指标", Kind.TEXT, 14, "指标名称或其一部分，或“预算执行率”；只填在每套的第一行。"), *_COMMON), 4),
    Table("sections", "分值结构", "分值结构", Shape.LIST, (
        Column("name", "部分名称", Kind.TEXT, 16),
        Column("weight", "部分分值", Kind.NUMBER, 10, "大于 0 的数；由各单位自定的留空。"),
        Column("levels", "表中标题", Kind.WORDS, 20, "该部分各行的一、二级指标，" + _WORDS),
        Column("parts", "所含二级指标", Kind.WORDS, 34, _WORDS), *_COMMON), 8),
    Table("indicators", "固定指标", "固定指标", Shape.LIST, (
        Column("level1", "一级指标", Kind.TEXT, 13), Column("level2", "二级指标", Kind.TEXT, 13), Column("name", "三级指标", Kind.TEXT, 22),
        Column("target", "目标值", Kind.TEXT, 10, "按表格中的写法，如 ≤100%。"), Column("unit", "计量单位", Kind.TEXT, 9),
        Column("weight", "指标分值", Kind.NUMBER, 9, "大于 0 的数；由各单位自定的留空。"),
        Column("formula", "计算公式", Kind.TEXT, 30, "实现值如何算出，用文字写。"), *_COMMON), 12),
    Table("checks", "检查参数", "一、检查（界限、级别和不报告的问题）", Shape.LIST, (
        Column("kind", "问题名称", Kind.TEXT, 24, "perfeval explain 所列的英文名称，如 dominant-indicator。"),
        Column("threshold", "界限名称", Kind.TEXT, 14, "该问题的界限；不设界限的留空。"),
        Column("value", "界限数值", Kind.NUMBER, 12, "大于 0 的数。"),
        Column("severity", "问题级别", Kind.CHOICE, 10, "与通常级别不同的填写，否则留空。", _SEVERITIES),
        Column("state", "是否报告", Kind.CHOICE, 10, "不报告的须写明理由。", _STATES),
        Column("reason", "不报告的理由", Kind.TEXT, 26), *_COMMON), 6),
    Table("plausible", "检查参数", "二、数量的合理上限", Shape.LIST, (
        Column("title", "数量说明", Kind.TEXT, 30, "说明是哪一类数量。"),
        Column("most", "合理上限", Kind.NUMBER, 12, "大于 0 的数，超过即提醒核对。"),
        Column("unit", "上限单位", Kind.TEXT, 12, "如 平方公里、亿元。"),
        Column("names", "数量名称用词", Kind.WORDS, 20, "指标名称或单元格含有其中一项即适用；不限的留空。" + _WORDS),
        Column("departments", "单位名称用词", Kind.WORDS, 18, "单位名称含有其中一项即适用；不限的留空。" + _WORDS), *_COMMON), 4),
    Table("rules", "评分规则", "评分规则", Shape.LIST, (
        Column("id", "规则编号", Kind.TEXT, 18, "简短的编号，不重复，如 satisfaction。"),
        Column("title", "规则名称", Kind.TEXT, 30, "用文字写明怎样得分、怎样扣分。"),
        Column("kind", "规则种类", Kind.CHOICE, 17, "扣分标准、区间得分、定性等次、评分要点在各自的工作表中填写。", KIND_TITLES),
        Column("applies_to.names", "适用指标名称", Kind.WORDS, 18, "指标名称是其中一项即适用（空格、引号不计；* 代表任意文字，如 *满意度）；不限的留空。" + _WORDS),
        Column("applies_to.levels", "适用标题", Kind.WORDS, 13, "一、二级指标含有其中一项即适用；不限的留空。" + _WORDS),
        Column("applies_to.directions", "适用方向", Kind.CHOICES, 17, "不限的留空，" + _WORDS + "可填：" + "、".join(_DIRECTIONS.values()) + "。", _DIRECTIONS),
        Column("direction", "规定方向", Kind.CHOICE, 11, "规则自己规定方向的填写，否则留空。", _DIRECTIONS),
        Column("line", "基准百分点", Kind.POINTS, 11, "“每满一档扣分”“每百分点扣分”用，如 90；以目标值为准的留空。"),
        Column("step", "每档百分点", Kind.POINTS, 11, "“每满一档扣分”用，如 5。"),
        Column("measure", "查表依据", Kind.CHOICE, 12, "“按区间查表”用。", _MEASURES),
        Column("late", "逾期得分比例", Kind.RATE, 11, "“按期完成”用，占分值的比例，如 0%。"), *_COMMON), 8),
    Table("deductions", "扣分标准", "扣分标准（用于“每满一档扣分”“每百分点扣分”）", Shape.DETAILS, (
        _RULE, Column("of", "扣分标准的分值", Kind.NUMBER, 18, "该扣分标准对应的指标分值。"), Column("points", "每次扣分", Kind.NUMBER, 14, "每满一档或每百分点扣几分。")), 12),
    Table("points", "区间得分", "区间得分（用于“按区间查表”；每个分值的最后一行，区间上限填“以上”）", Shape.DETAILS, (
        _RULE, Column("of", "得分表的分值", Kind.NUMBER, 18, "该得分表对应的指标分值。"),
        Column("up_to", "区间上限（百分点）", Kind.POINTS, 20, "含本数，由小到大；超过最后一个上限的，填“以上”。"), Column("points", "区间得分", Kind.NUMBER, 14)), 8),
    Table("levels", "定性等次", "定性等次（用于“定性分档”；依次为达成、部分达成、未达成）", Shape.DETAILS, (
        _RULE, Column("name", "等次", Kind.TEXT, 14), Column("from_share", "等次下限", Kind.RATE, 14, "占分值的比例。" + _RATE), Column("to_share", "等次上限", Kind.RATE, 14, _RATE),
        Column("default", "默认得分比例", Kind.RATE, 16, "没有填报得分时采用。" + _RATE)), 6),
    Table("items", "评分要点", "评分要点（用于“按要点计分”）", Shape.DETAILS, (
        _RULE, Column("text", "要点", Kind.TEXT, 44), Column("points", "要点分值", Kind.NUMBER, 12, "不小于 0 的数。"), Column("words", "识别词语", Kind.WORDS, 40, "实现值中写有其中一词即算符合，" + _WORDS)), 12),
)  # fmt: skip

BY_KEY = {table.key: table for table in TABLES}
PAIR_HEADINGS = ("项目", "内容", "填写说明")
COMMON_FIELDS = tuple(column.field for column in _COMMON)


def headings(table: Table) -> tuple[str, ...]:
    """Of the header row."""
    return PAIR_HEADINGS if table.shape is Shape.PAIRS else tuple(column.heading for column in table.columns)
