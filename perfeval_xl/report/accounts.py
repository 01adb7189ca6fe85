"""Sentences and table rows about money: income and expenditure with their growth, “三公”, the fund table of a project. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from perfeval_xl.core.decimals import plain, round_to
from perfeval_xl.core.finance import execution_rate, growth, growth_spread, is_shown_as, places_of
from perfeval_xl.core.model import Execution, Fund, IndicatorScore, Money, MoneyLine
from perfeval_xl.core.quantity import parse
from perfeval_xl.report.points import shown_score
from perfeval_xl.report.reasons import Reason, reasons_of
from perfeval_xl.report.wording import TO_FILL, amount, one_paragraph, percent, sentence

PLACES = 2
"""Decimals of a growth or rate that the workbook does not state itself."""
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
        rate = execution_rate(spent.current, spent.budget)
        out.append(f"本年支出预算{amount(spent.budget)}{unit}，支出决算{amount(spent.current)}{unit}，预算执行率{_stated_rate(spent.rate, rate)}。")
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
    change = line.change if line.change is not None else None if line.previous is None else line.current - line.previous
    if change is None:
        return f"{head}，与上年对比{TO_FILL}。"
    if not change:
        return f"{head}，与上年持平。"
    word, way = ("增加", "增长") if change > 0 else ("减少", "下降")
    previous = line.previous if line.previous is not None else line.current - change
    rate = _stated_growth(line, growth(line.current, previous), change)
    told = f"，{way}{rate}" if rate else ""
    return f"{head}，与上年对比{word}{amount(abs(change))}{unit}{told}。{way}原因：{_why(reason, way)}"


def _stated_growth(line: MoneyLine, computed: Decimal | None, change: Decimal) -> str:
    """The growth as the workbook states it; where the amounts say something else, that too."""
    stated = parse(line.growth).value if line.growth and parse(line.growth).is_number else None
    if stated is not None and not line.growth.strip().endswith(("%", "％")):
        stated *= 100
    if stated is None or line.current is None:
        return "" if computed is None else percent(abs(computed), PLACES)
    spread = growth_spread(line.current, change)
    text = f"{plain(round_to(abs(stated), PLACES))}%"
    if computed is None or (spread is not None and is_shown_as(stated, places_of(stated), spread[0] * 100, spread[1] * 100)):
        return text
    return f"{text}（按两年数据计算为{percent(computed, PLACES)}，请核对）"


def _stated_rate(text: str, computed: Decimal | None) -> str:
    if computed is None:
        return TO_FILL
    read = parse(text) if text else None
    stated = read.value if read is not None and read.is_number and text.strip().endswith(("%", "％")) else None
    if stated is not None and not is_shown_as(stated, places_of(stated), computed * 100, computed * 100):
        return f"{plain(stated)}%（按预算数计算为{percent(computed)}，请核对）"
    return percent(computed) if stated is None else f"{plain(round_to(stated, PLACES))}%"


def _controlled(title: str, line: MoneyLine, unit: str) -> str:
    """An expense that must stay within its budget and only fall: what it is, and whether it does."""
    told = [f"{title}支出{amount(line.current or Decimal(0))}{unit}"]
    if line.budget is not None and line.current is not None:
        over = line.current - line.budget
        told.append(f"{f'超出本年预算{amount(over)}' if over > 0 else '未超本年预算'}{unit if over > 0 else ''}（{amount(line.budget)}{unit}）")
    if line.previous is not None and line.current is not None:
        change = line.current - line.previous
        rate = growth(line.current, line.previous)
        share = f"，{'增长' if change > 0 else '下降'}{percent(abs(rate), PLACES)}" if rate else ""
        told.append("与上年持平" if not change else f"比上年{'增加' if change > 0 else '减少'}{amount(abs(change))}{unit}{share}")
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
        change = line.change if line.change is not None else None if None in (line.current, line.previous) else (line.current or Decimal(0)) - (line.previous or Decimal(0))
        rate = growth(line.current, line.previous) if line.current is not None and line.previous else None
        done = execution_rate(line.current, line.budget) if line.current is not None and line.budget else None
        out.append({
            "项目": one_paragraph(line.label), "预算数": _cell(line.budget), "决算数": _cell(line.current), "执行率": "" if done is None else percent(done), "上年决算数": _cell(line.previous),
            "增减额": _cell(change), "增长率": one_paragraph(line.growth) if rate is None else percent(rate),
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
        for name, text in fund.budgets.items():
            cells["年初预算数" if name == "initial" else "全年预算数"] = _bare(text)
        out.append({"项目": one_paragraph(fund.label), **cells, "执行数": _bare(fund.spent), "执行率": rate,
                    "分值": "" if weight is None else plain(weight), "得分": "" if value is None else plain(value)})  # fmt: skip
    return out


def _bare(text: str) -> str:
    read = parse(text) if text.strip() else None
    return amount(read.value) if read is not None and read.is_number and read.value is not None and not read.unit.symbol else one_paragraph(text)
