"""Findings: what is wrong, where, what was expected, how to mend it; and the closed table of their kinds. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """error: a number is missing or contradicted. warning: it rests on an assumption. info: tolerated, worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


SEVERITY_TITLES = {Severity.ERROR: "错误", Severity.WARNING: "提醒", Severity.INFO: "提示"}


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One row of the closed table. help: what it means. remedy: what to do. basis: the rule or the fact behind it."""

    code: str
    kind: str
    severity: Severity
    title: str
    help: str
    remedy: str
    basis: str


class Location(NamedTuple):
    """file, sheet and cell; empty where a finding concerns a whole sheet or file.

    >>> print(Location("a.xlsx", "自评表", "H12"))
    '[a.xlsx]自评表'!H12
    """

    file: str
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        if not self.sheet:
            return f"[{self.file}]"
        sheet = self.sheet.replace("'", "''")
        return f"'[{self.file}]{sheet}'" + (f"!{self.cell}" if self.cell else "")


class Finding(NamedTuple):
    """kind: from the table. found, expected: Chinese, as the user sees them. severity: the kind's unless lowered."""

    kind: FindingKind
    location: Location
    found: str
    expected: str = ""
    severity: Severity = Severity.WARNING

    @property
    def message(self) -> str:
        """Title, what was found, what was expected, what to do."""
        parts = [self.kind.title, "：", self.found]
        if self.expected:
            parts += ["；应为：", self.expected]
        return "".join(parts).rstrip("。") + "。" + self.kind.remedy


def finding(kind: str, location: Location, found: str, expected: str = "", severity: Severity | None = None) -> Finding:
    """A finding of a kind named in the table. Raises: KeyError for a name that is not in it (a bug)."""
    entry = KINDS[kind]
    return Finding(entry, location, found, expected, severity or entry.severity)


_E, _W, _I = Severity.ERROR, Severity.WARNING, Severity.INFO
_FORM = "自评表填报要求"
_TABLE: tuple[tuple[str, str, Severity, str, str, str, str], ...] = (
    # PE1xx structure
    ("PE101", "not-a-workbook", _E, "不是可读取的工作簿", "文件不是 Excel 工作簿，或已损坏，无法打开。", "请用 Excel 或 WPS 打开原文件，另存为 .xlsx 后重新报送。", "文件格式"),
    ("PE102", "encrypted-workbook", _E, "工作簿设有打开密码", "文件加密，无法读取内容。", "请取消打开密码后重新报送。", "文件格式"),
    ("PE103", "unsafe-workbook", _E, "工作簿不安全", "文件解压后体积异常，或含有不应出现的内容，已停止读取。", "请用空白模板重新填报，不要粘贴来历不明的内容。", "文件安全"),
    ("PE104", "unreadable-part", _W, "部分内容无法读取", "工作簿中个别部件损坏，其余内容已读取。", "请核对该部分内容，必要时重新填写。", "文件格式"),
    ("PE105", "no-indicator-table", _E, "未找到指标表", "没有找到同时含有指标名称、目标值、实现值的表头。", "请确认填报的是自评表，且表头文字未被删除或改写。", _FORM),
    ("PE106", "ambiguous-table", _W, "存在多个可能的指标表", "不止一处像是指标表，已取其中最完整的一处。", "请删除多余的表，或确认所取的表是否正确。", _FORM),
    ("PE107", "template-outdated", _W, "模板版本过旧", "填报所用模板的版本早于现行版本。", "请改用现行模板填报。", _FORM),
    ("PE108", "error-cell", _E, "单元格为错误值", "单元格显示 #REF!、#DIV/0! 等错误值，不能作为数据。", "请修正公式，或直接填写数值。", "电子表格错误值"),
    ("PE109", "uncalculated-formula", _E, "公式尚未计算", "公式单元格没有保存计算结果。", "请在 Excel 或 WPS 中打开、重新计算并保存后再报送。", "电子表格公式"),
    ("PE110", "number-as-text", _I, "数字以文本形式保存", "单元格里的数字是文本，已按数字读取。", "建议改为数值格式。", "电子表格格式"),
    ("PE111", "hidden-rows", _I, "存在隐藏的行或列", "指标表中有隐藏的行或列，其内容同样参与计算。", "请取消隐藏并核对。", _FORM),
    ("PE112", "wrong-year", _W, "年度不一致", "标题、正文或日期中的年度互不一致。", "请核对并统一年度。", _FORM),
    ("PE113", "duplicate-indicator", _W, "指标重复", "同一指标出现多次，会被重复计分。", "请删除重复行，或改为不同的指标名称。", _FORM),
    ("PE114", "duplicate-submission", _W, "重复报送", "同一单位同一年度报送了多份文件。", "请确认以哪一份为准。", "报送要求"),
    ("PE115", "unlisted-department", _W, "单位不在名单中", "报送单位未出现在应报送名单中。", "请核对单位名称。", "报送要求"),
    ("PE116", "missing-submission", _E, "未报送", "名单中的单位没有报送文件。", "请催报。", "报送要求"),
    ("PE117", "formula-overwritten", _W, "计算公式被改写", "模板中由公式计算的单元格填成了固定的数，数据改动后不会随之更新。", "请恢复模板的公式；得分已按规则重新计算。", _FORM),
    ("PE118", "template-changed", _W, "模板结构被改动", "模板的名称、工作表或行被删除、改名或插入，内容已照常读取。", "请在现行模板中填报，不要改动其结构。", _FORM),
    # PE2xx values
    ("PE201", "blank-target", _E, "目标值未填写", "没有年度目标值，无法判断完成情况。", "请按批复的绩效目标填写年度目标值。", _FORM),
    ("PE202", "blank-actual", _E, "实现值未填写", "没有年度实现值，该项不能计分。", "请填写年度实现值；本年度不适用的，请在偏差原因栏说明。", _FORM),
    ("PE203", "actual-in-rate-column", _W, "实现值填入了完成率列", "“年度实现值”照抄了目标值，而“指标完成率”列中是带单位的数量。已将该数量作为实现值计算。", "请将该数量移至“年度实现值”列，完成率由公式计算。", "天河区元岗街道 2023 年度自评表实例"),
    ("PE204", "text-for-number", _E, "实现值与目标值无法比较", "实现值的写法与目标值不是一类（如目标值是数字或期限，实现值是文字），或无法读作确定的数量，不能判断完成情况。", "请按目标值的写法填写实际完成情况，数量要写明数值和单位。", _FORM),
    ("PE205", "several-quantities", _E, "一格内有多个数量", "一个单元格中写了两个以上的数量，无法确定以哪个为准。", "请拆分为多行指标，每行一个数量。", _FORM),
    ("PE206", "number-only-in-name", _W, "目标值只写在指标名称里", "指标名称中含有数量，目标值栏却没有填写。", "请将数量填入目标值栏。", _FORM),
    ("PE207", "repeated-text", _W, "名称、目标与实现值文字相同", "同一段文字重复出现在指标名称、目标值和实现值中，看不出完成情况。", "请分别填写可衡量的目标值和实际完成情况。", _FORM),
    ("PE208", "unit-mismatch", _W, "计量单位不一致", "目标值与实现值的计量单位不同。", "请统一计量单位后重新填写。", _FORM),
    ("PE209", "lookalike-operator", _I, "比较符号不规范", "使用了形似“≥≤＞＜＝”的其他字符，已按对应的比较符号读取。", "建议改用 ≥、≤、＞、＜、＝。", _FORM),
    ("PE210", "operator-in-actual", _I, "实现值带有比较符号", "实现值应是实际完成的确数，却带有比较符号，已按其中的数字计算。", "请填写实际完成的确数。", _FORM),
    ("PE211", "implausible-quantity", _W, "数量不合常理", "数量远远超出同类指标的一般水平，可能单位有误。", "请核对数量和单位。", "同类指标比较"),
    ("PE212", "weight-as-value", _W, "分值填成了目标值或得分", "目标值、实现值与分值完全相同，疑似误填。", "请核对各栏内容。", _FORM),
    ("PE213", "negative-actual", _W, "实现值为负数", "实现值为负数，按 0 计算。", "请核对实现值。", "评分规则：负值按 0 计"),
    ("PE214", "out-of-range-percent", _W, "百分比填写可疑", "百分比写成了小数，或超出合理范围。已按换算后的百分比计算。", "请统一填写为带 % 的百分比。", _FORM),
    # PE3xx scores
    ("PE301", "score-mismatch", _E, "自评得分与计算结果不一致", "按评分规则计算的得分与填报的自评得分不同。", "请核对得分；如有特殊评分办法，请在备注中说明。", "评分规则"),
    ("PE302", "rate-mismatch", _W, "完成率与计算结果不一致", "填报的完成率与按目标值、实现值计算的不同。", "请核对完成率。", "完成率＝实现值÷目标值"),
    ("PE303", "unmet-full-marks", _E, "未完成却得满分", "实现值未达到目标值，自评得分却是满分。", "请按评分规则扣分，或更正实现值。", "评分规则"),
    ("PE304", "met-but-deducted", _W, "已完成却扣分", "实现值已达到目标值，自评得分却低于分值。", "请恢复满分，或在偏差原因栏说明扣分理由。", "评分规则"),
    ("PE305", "blank-full-marks", _E, "未填写却得分", "目标值或实现值为空，却有自评得分。", "请补填目标值和实现值；不适用的指标不应计分。", "评分规则"),
    ("PE306", "score-over-weight", _E, "得分超过分值", "自评得分高于该项分值。", "得分最高为该项分值，请更正。", "评分规则"),
    ("PE307", "missing-score", _W, "自评得分未填写", "有分值却没有自评得分。", "请填写自评得分，或由公式计算。", _FORM),
    ("PE308", "missing-reason", _W, "未说明偏差原因", "有扣分或明显偏离目标，却没有填写偏差原因。", "请填写偏差原因及改进措施。", "偏差原因分析及改进措施"),
    ("PE309", "over-fulfilled", _W, "大幅超额完成", "实现值远高于目标值。", "请说明原因；今后请合理设定目标值。", "偏离度要求"),
    ("PE310", "target-too-low", _W, "目标值明显偏低", "目标值相对实际水平明显偏低。", "请在以后年度合理设定目标值。", "偏离度要求"),
    ("PE311", "qualitative-band", _W, "定性指标得分不在区间内", "自评得分不在该完成等次对应的分值区间内。", "请在对应区间内评分。", "定性指标分档"),
    # PE4xx sums
    ("PE401", "weights-do-not-sum", _E, "分值合计不符", "各项分值之和与规定的合计不同。", "请调整分值，使合计符合规定。", "分值设置要求"),
    ("PE402", "missing-weight", _E, "分值未填写", "该项没有分值，不能计分。", "请填写分值。", "分值设置要求"),
    ("PE403", "zero-weight", _W, "分值为零", "该项分值为 0，不影响总分。", "请确认是否需要该指标。", "分值设置要求"),
    ("PE404", "dominant-indicator", _W, "单项分值过高", "一项指标占了绝大部分分值。", "请合理分配分值。", "分值设置要求"),
    ("PE405", "section-total", _E, "分项合计不符", "填报的分项合计与各行得分之和不同。", "请核对分项合计。", "合计＝各行之和"),
    ("PE406", "total-score", _E, "总分不符", "填报的总分与各项得分之和不同。", "请核对总分。", "合计＝各行之和"),
    ("PE407", "unscored-section", _W, "有未计分的部分", "该部分没有任何得分。", "请补填得分。", _FORM),
    ("PE408", "wrong-section", _W, "指标归类有误", "指标所在的一级或二级指标与其内容不符。", "请调整到正确的类别。", _FORM),
    ("PE409", "indicator-count", _W, "指标数量不符", "文字所述指标个数与表中不同。", "请核对指标个数。", _FORM),
    # PE5xx money
    ("PE501", "execution-rate-wrong", _E, "预算执行率有误", "填报的执行率与按执行数、预算数计算的不同。", "请核对执行率。", "执行率＝执行数÷预算数"),
    ("PE502", "growth-wrong", _E, "增长率有误", "填报的增长率与按两年数据计算的不同。", "请核对增长率。", "增长率＝（本年－上年）÷上年"),
    ("PE503", "budget-exceeded", _W, "支出超过预算", "执行数大于预算数。", "请核对数据并说明原因。", "先有预算、后有支出"),
    ("PE504", "three-public-over", _W, "“三公”经费超预算", "“三公”经费支出超过预算。", "请核对数据并说明原因。", "“三公”经费只减不增"),
    ("PE505", "three-public-increased", _W, "“三公”经费增长", "“三公”经费比上年增长。", "请核对数据并说明原因。", "“三公”经费只减不增"),
    ("PE506", "fund-total-not-summed", _E, "资金合计未汇总或为 0", "资金合计与各来源之和不同，或为 0。", "请核对资金合计。", "合计＝各来源之和"),
    ("PE507", "payment-before-budget", _W, "支付早于预算批复", "支付日期早于预算批复日期。", "请核对日期。", "先有预算、后有支出"),
    ("PE508", "money-unit", _W, "金额单位可疑", "金额的单位疑有误（元与万元）。", "请核对金额单位。", _FORM),
    # PE6xx across files
    ("PE601", "target-changed", _W, "目标值与申报不一致", "自评表中的目标值与申报时不同。", "请说明目标调整的依据。", "绩效目标申报表"),
    ("PE602", "indicator-dropped", _W, "申报的指标未自评", "申报的指标没有出现在自评表中。", "请补充该指标，或说明原因。", "绩效目标申报表"),
    ("PE603", "indicator-added", _I, "自评新增指标", "自评表中的指标未在申报表中出现。", "请说明新增依据。", "绩效目标申报表"),
    ("PE604", "jump-from-last-year", _W, "与上年相比变化过大", "数值与上年同一指标相差悬殊。", "请核对数值并说明原因。", "与上年比较"),
    ("PE605", "prose-contradicts-table", _W, "文字与表格矛盾", "文字所述完成情况与表格数据矛盾。", "请核对并统一表述。", "自评报告与自评表一致"),
)  # fmt: skip

KINDS: dict[str, FindingKind] = {row[1]: FindingKind(*row) for row in _TABLE}
