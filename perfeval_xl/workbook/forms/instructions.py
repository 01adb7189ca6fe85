"""填报说明: how to fill in the form, made from the rule set and the table of findings, so that it cannot contradict them."""

from __future__ import annotations

from collections.abc import Iterator

from xlsxwriter.worksheet import Worksheet

from perfeval_xl.core.decimals import HUNDRED, plain
from perfeval_xl.core.findings import KINDS, SEVERITY_TITLES
from perfeval_xl.core.parameters import STATUS_TITLES, Parameter, RuleStatus
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.workbook.forms import form
from perfeval_xl.workbook.forms.styles import Styles, height_of, page

WIDTHS = (10, 30, 66)
_STEPS = {
    form.SELF_EVALUATION: (
        "先填“基本情况”：单位名称、年度和各项文字。",
        "在“{table}”逐行填写三级指标、方向、目标值、单位、年度实现值和分值。白色单元格可以填写，完成率、得分、小计和总分自动计算，不要改写。",
        "目标值和实现值只填数字，单位填在“单位”栏；期限填日期；定性目标填文字，实现值从下拉列表选择等次；本年不适用的填“不适用”，并在偏差原因栏说明。",
        "完成率或得分处显示“疑为日期”的：期限指标请将方向选为“时限”；确为数值的，请填写单位，或在数字前加半角单引号。显示“请填数值”等字样的，按提示补填。",
        "有扣分或明显偏离目标的，填写偏差原因及改进措施，并列出佐证材料。",
        "小计行显示各部分尚可分配的分值；总分处显示“有 N 项未能计分”的，请先补齐这些行。",
        "行数不够时，在该部分中间插入行，再把上一行的公式向下填充（如提示受保护，先在“审阅”中撤销工作表保护，没有密码）。",
        "填“收支情况”，金额单位为万元。",
        "报送前用加载项的“校验”，或运行 perfeval check 检查一遍，问题列在“问题清单”。",
    ),
    form.TARGET_DECLARATION: (
        "先填“基本情况”：单位名称、年度和各项文字。",
        "在“{table}”逐行填写三级指标、方向、目标值、单位和分值。白色单元格可以填写。",
        "目标值只填数字，单位填在“单位”栏；期限填日期；定性目标填文字。",
        "小计行显示各部分尚可分配的分值，应全部分配完。",
        "年度终了时，自评表的目标值应与本表一致；调整的，须说明依据。",
    ),
}
_FAMILIES = {form.SELF_EVALUATION: ("PE2", "PE3", "PE4", "PE5"), form.TARGET_DECLARATION: ("PE201", "PE205", "PE206", "PE209", "PE4")}


def write_instructions(sheet: Worksheet, styles: Styles, book: Rulebook, kind: str) -> None:
    """Steps, rules with reference and status, what is unconfirmed, and the findings one may get."""
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 32)
    sheet.merge_range(0, 0, 0, 2, "填报说明", styles.title())
    row = 1
    table = form.TABLE if kind == form.SELF_EVALUATION else form.DECLARATION
    row = _heading(sheet, styles, row, "一、怎样填写")
    for number, text in enumerate(_STEPS[kind], 1):
        row = _wide(sheet, styles, row, str(number), text.format(table=table))
    row = _heading(sheet, styles, row, f"二、计分规则：{book.ruleset.title}（{STATUS_TITLES[book.ruleset.status]}）")
    for title, text in _rules(book):
        row = _three(sheet, styles, row, ("", title, text))
    unconfirmed = [title for title, parameter in _parameters(book) if parameter.status is RuleStatus.UNCONFIRMED]
    if unconfirmed:
        text = "以下内容未核实，请与本级财政部门的规定核对：" + "、".join(dict.fromkeys(unconfirmed)) + "。"
        row = _wide(sheet, styles, row, "注意", text)
    row = _heading(sheet, styles, row, "三、校验会指出的问题和处理办法")
    row = _three(sheet, styles, row, ("编号", "问题", "含义和处理办法"), is_head=True)
    for entry in KINDS.values():
        if entry.code.startswith(_FAMILIES[kind]):
            row = _three(sheet, styles, row, (entry.code, f"{entry.title}（{SEVERITY_TITLES[entry.severity]}）", f"{entry.help}{entry.remedy}"))
    page(sheet, landscape=False)
    sheet.print_area(0, 0, row - 1, 2)


def _parameters(book: Rulebook) -> Iterator[tuple[str, Parameter]]:
    yield "得分取位", book.rounding
    yield "完成率上下限", book.completion
    yield "等级划分", book.grades
    yield "不适用指标的处理", book.not_applicable
    if book.execution is not None:
        yield "预算执行率", book.execution
    if book.thresholds is not None:
        yield "超额完成须说明的界限", book.thresholds
    yield from ((f"“{s.name}”的分值", s) for s in book.sections)
    yield from ((f"指标“{i.name}”", i) for i in book.indicators)
    yield from (("总分上限", c) for c in book.caps)
    yield from ((r.title, r) for r in book.rules)


def _rules(book: Rulebook) -> Iterator[tuple[str, str]]:
    rounding, limits = book.rounding, book.completion
    mode = {"half-up": "四舍五入", "cut": "舍去尾数"}[rounding.mode.value]
    met = "；完成目标的按分值计" if rounding.met == "keep-weight" else ""
    yield f"得分保留 {rounding.score_places} 位小数，{mode}{met}", book.cite(rounding)
    floor = f"，低于 {plain(limits.floor * HUNDRED)}% 不得分" if limits.floor else ""
    yield f"完成率最高按 {plain(limits.cap * HUNDRED)}% 计{floor}", book.cite(limits)
    if book.execution is not None:
        base = {"initial": "年初预算数", "annual": "全年预算数", "adjusted": "调整后预算数"}[book.execution.base]
        yield f"预算执行率＝全年执行数÷{base}，分值 {plain(book.execution.weight)}", book.cite(book.execution)
    policy = {"full": "得满分", "redistribute": "不计入，分值按比例分给其他指标"}[book.not_applicable.policy]
    yield f"本年不适用的指标{policy}", book.cite(book.not_applicable)
    grades = "、".join(f"{g.name}≥{plain(g.from_share * HUNDRED)}%" for g in book.grades.grades)
    yield f"等级（占满分的比例）：{grades}", book.cite(book.grades)
    if book.thresholds is not None:
        yield f"完成率达到 {plain(book.thresholds.over_fulfilled * HUNDRED)}% 的，须说明原因", book.cite(book.thresholds)
    for pair in book.either_or:
        yield "、".join(f"“{n}”" for n in pair.names) + " 只计一项", book.cite(pair)
    for cap in book.caps:
        tiers = "；".join(f"低于 {plain(t.below * HUNDRED)}% 的，总分最高 {plain(t.at_most)}" for t in cap.tiers)
        yield f"{cap.indicator}{tiers}", book.cite(cap)
    for rule in book.rules:
        yield rule.title, book.cite(rule)


def _heading(sheet: Worksheet, styles: Styles, row: int, text: str) -> int:
    sheet.set_row(row, 26)
    sheet.merge_range(row, 0, row, 2, text, styles.line(bold=True, font_size=11))
    return row + 1


def _wide(sheet: Worksheet, styles: Styles, row: int, label: str, text: str) -> int:
    sheet.set_row(row, height_of([(text, WIDTHS[1] + WIDTHS[2])], 22))
    sheet.write_string(row, 0, label, styles.fixed())
    sheet.merge_range(row, 1, row, 2, text, styles.fixed(align="left"))
    return row + 1


def _three(sheet: Worksheet, styles: Styles, row: int, texts: tuple[str, str, str], *, is_head: bool = False) -> int:
    first, second, third = texts
    left = styles.head() if is_head else styles.fixed(align="left")
    if first:
        sheet.set_row(row, height_of([(second, WIDTHS[1]), (third, WIDTHS[2])], 22))
        sheet.write_string(row, 0, first, styles.head() if is_head else styles.fixed())
        sheet.write_string(row, 1, second, left)
    else:
        sheet.set_row(row, height_of([(second, WIDTHS[0] + WIDTHS[1]), (third, WIDTHS[2])], 22))
        sheet.merge_range(row, 0, row, 1, second, left)
    sheet.write_string(row, 2, third, left)
    return row + 1
