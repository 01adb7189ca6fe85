"""Sentences and table rows about money: income and expenditure with their growth, “三公”, the fund table of a project. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.model import Execution, Fund, IndicatorScore, Money, MoneyLine
from perfeval_xl.core.quantity import parse
from perfeval_xl.report.points import shown_score
from perfeval_xl.report.rates import execution_cell, growth_of, told_execution
from perfeval_xl.report.reasons import Reason, reasons_of
from perfeval_xl.report.wording import TO_FILL, amount, one_paragraph, percent, sentence

_THREE, _OTHERS = ("abroad", "vehicles", "reception"), ("meetings", "training", "public-funds")


def line_of(money: Money | None, subject: str) -> MoneyLine | None:
    """The line of a subject that holds this year's amount; else any of that subject."""
    lines = [line for line in money.lines if line.subject == subject] if money is not None else []
    return next((line for line in lines if line.current is not None), lines[0] if lines else None)


def money_sentences(money: Money | None, own: Sequence[str] = ()) -> list[str]:
    """Income, expenditure, “三公” and the other controlled expenses, each compared with last year and its budget. own: the unit's account, for its reasons."""
    unit = (money.unit if money is not None else "") or "万元"
    reasons = reasons_of(own)
    out = [_compared(title, line_of(money, subject), unit, reasons.get(subject)) for title, subject in (("本年决算收入", "income"), ("决算支出", "expenditure"))]
    spent = line_of(money, "expenditure")
    if spent is not None and spent.current is not None and spent.budget:
        out.append(f"本年支出预算{amount(spent.budget)}{unit}，支出决算{amount(spent.current)}{unit}，预算执行率{told_execution(spent) or TO_FILL}。")
    three = line_of(money, "three-public")
    if three is not None and three.current is not None:
        out.append(_controlled("“三公”经费", three, unit))
    for head, subjects in (("其中：" if out[-1].startswith("“三公”") else "", _THREE), ("", _OTHERS)):
        single = [_controlled(one_paragraph(line.label), line, unit) for s in subjects if (line := line_of(money, s)) is not None and line.current is not None]
        if single:
            out.append(head + "；".join(s.rstrip("。") for s in single) + "。")
    return out + date_sentences(money)


def _why(reason: Reason | None, way: str) -> str:
    return f"{TO_FILL}。" if reason is None or reason.way not in {"", way} else sentence(reason.text)


def date_sentences(money: Money | None) -> list[str]:
    """When the budget was approved, and when the first payment was made."""
    if money is None or not (money.approved or money.paid):
        return []
    told = [f"{what}{one_paragraph(found[0])}" for what, found in (("预算批复日期为", money.approved), ("首次支付日期为", money.paid)) if found]
    return ["，".join(told) + "。"]


def _compared(title: str, line: MoneyLine | None, unit: str, reason: Reason | None) -> str:
    """An amount, its change against last year, the growth, and the reason, or a place for it."""
    subject = f"本部门{title}" if title.startswith("本年") else title
    if line is None or line.current is None:
        return f"{subject}{TO_FILL}。"
    head = f"{subject}{amount(line.current)}{unit}"
    grown = growth_of(line)
    if not grown.is_known:
        return f"{head}，与上年对比{TO_FILL}。"
    if not grown.sign and not grown.change:
        return f"{head}，与上年持平。"
    way = "下降" if grown.sign < 0 else "增长"
    return f"{head}，与上年对比{grown.told(unit)}。" + (f"{way}原因：{_why(reason, way)}" if grown.sign else "")


def _controlled(title: str, line: MoneyLine, unit: str) -> str:
    """An expense that must stay within its budget and only fall: what it is, and whether it does."""
    told = [f"{title}支出{amount(line.current or Decimal(0))}{unit}"]
    if line.budget is not None and line.current is not None:
        over = line.current - line.budget
        told.append(f"{f'超出本年预算{amount(over)}' if over > 0 else '未超本年预算'}{unit if over > 0 else ''}（{amount(line.budget)}{unit}）")
    grown = growth_of(line)
    if grown.is_known:
        told.append("比上年" + grown.told(unit) if grown.sign or grown.change else "与上年持平")
    return "，".join(told) + "。"


def within_budget(money: Money | None) -> str:
    """What a conclusion may say of “三公”: nothing where it is not known."""
    line = line_of(money, "three-public")
    if line is None or line.current is None or line.budget is None:
        return ""
    return "“三公”经费支出未超本年预算。" if line.current <= line.budget else "“三公”经费支出超出本年预算。"


def money_rows(money: Money | None) -> list[dict[str, str]]:
    """The money table for the template; lines without any amount are left out."""
    out = []
    for line in money.lines if money is not None else ():
        grown = growth_of(line)
        out.append({
            "项目": one_paragraph(line.label), "预算数": _cell(line.budget), "决算数": _cell(line.current), "执行率": execution_cell(line), "上年决算数": _cell(line.previous),
            "增减额": grown.change_cell(), "增长率": grown.rate_cell() or one_paragraph(line.growth),
        })  # fmt: skip
    return out


def _cell(value: Decimal | None) -> str:
    return "" if value is None else amount(value)


_BUDGETS = {"initial": "年初预算数", "annual": "全年预算数", "adjusted": "调整后预算数"}


def fund_sentences(execution: Execution | None, score: IndicatorScore | None) -> list[str]:
    """The budget of a project, what was spent of it, and the points for it; then its sources."""
    if execution is None or not any(t.strip() for t in (*execution.total.budgets.values(), execution.total.spent)):
        return [f"项目年初预算数{TO_FILL}，全年预算数{TO_FILL}，全年执行数{TO_FILL}，预算执行率{TO_FILL}。"]
    unit = execution.unit or "万元"
    told = [f"{_BUDGETS[name]}{_money(text, unit)}" for name, text in execution.total.budgets.items() if text.strip()] + [f"全年执行数{_money(execution.total.spent, unit)}"]
    if score is not None:
        told.append("预算执行率" + (percent(score.completion) if score.completion is not None else TO_FILL))
        value = shown_score(score)
        told.append(f"分值{plain(score.weight)}分" if score.weight is not None else f"分值{TO_FILL}")
        told.append("得分" + (f"{plain(value)}分" if value is not None else TO_FILL))
    out = ["项目" + "，".join(told) + "。"]
    sources = [s for s in execution.sources if any(t.strip() for t in (*s.budgets.values(), s.spent))]
    if sources:
        out.append("其中：" + "；".join(_source(s, unit) for s in sources) + "。")
    return out


def _source(fund: Fund, unit: str) -> str:
    label = one_paragraph(fund.label).removeprefix("其中：").removeprefix("其中:")
    told = [f"{_BUDGETS[name]}{_money(text, unit)}" for name, text in fund.budgets.items() if text.strip()]
    return f"{label}" + "，".join([*told, f"全年执行数{_money(fund.spent, unit)}"])


def _money(text: str, unit: str) -> str:
    """An amount as written in the form, its thousands apart; to be filled in where none is."""
    read = parse(text) if text.strip() else None
    if read is None:
        return TO_FILL
    if not read.is_number or read.value is None:
        return one_paragraph(text)
    return f"{amount(read.value)}{read.unit.symbol or unit}"


def fund_rows(execution: Execution | None, score: IndicatorScore | None) -> Sequence[dict[str, str]]:
    """The fund table for the template: the sum, then its sources."""
    if execution is None:
        return []
    out = []
    for fund in (execution.total, *execution.sources):
        is_total = fund is execution.total
        rate = percent(score.completion) if is_total and score is not None and score.completion is not None else one_paragraph(fund.rate)
        value = shown_score(score) if is_total and score is not None else None
        weight = score.weight if is_total and score is not None else None
        cells = dict.fromkeys(("年初预算数", "全年预算数"), "")
        cells["年初预算数"] = _bare(fund.budgets.get("initial", ""))
        cells["全年预算数"] = _bare(fund.budgets.get("annual", "")) or _bare(fund.budgets.get("adjusted", ""))
        out.append({"项目": one_paragraph(fund.label), **cells, "执行数": _bare(fund.spent), "执行率": rate,
                    "分值": "" if weight is None else plain(weight), "得分": "" if value is None else plain(value)})  # fmt: skip
    return out


def _bare(text: str) -> str:
    read = parse(text) if text.strip() else None
    return amount(read.value) if read is not None and read.is_number and read.value is not None and not read.unit.symbol else one_paragraph(text)
