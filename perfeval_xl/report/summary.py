"""Overview of many tables → what the template of the bureau's summary report may use. Pure; every sentence rests on the consolidated workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from perfeval_xl.core.decimals import HUNDRED, ZERO, plain, round_to
from perfeval_xl.core.overview import MOST_RATE, Frequency, Overview, Unit, mean, median
from perfeval_xl.report.narration import Story
from perfeval_xl.report.wording import CHART, TO_FILL, clean, joined, one_paragraph, percent, sentence
from perfeval_xl.workbook.drawings import Chart, ChartKind, ChartSheet

GRADES = ("优", "良", "中", "差")
MAX_WHOLE, FIRST, LAST = 100, 60, 20
MAX_NAMES = 30
MAX_PROBLEMS = 15
MAX_BARS = 15
MAX_REFUSED = 60
BINS = tuple(range(0, 100, 10))
_LATE = ("未报送", "未采用", "内容重复", "已有更新的一份", "名单外")
_FOR_STATE = {"未采用": "不能采用", "内容重复": "内容重复、只汇总一次", "已有更新的一份": "已有更新的一份"}
_HAN = "一二三四五六七八九十"


def overview_story(overview: Overview) -> Story:
    """Everything the summary report says."""
    problems = overview.frequencies()
    year, ranked = _years(overview), _ranked(overview)
    shown = ranked if len(ranked) <= MAX_WHOLE else [*ranked[:FIRST], *ranked[-LAST:]]
    charts = [_rank_chart(ranked), _share_chart(overview), _problem_chart(problems)]
    values: dict[str, Any] = {
        "年度": year, "单位名称": TO_FILL, "填报日期": TO_FILL, "批注": "",
        "报送情况": joined(_status(overview)),
        "未采用表": [{"情况": s.state, "单位": one_paragraph(s.department), "文件": one_paragraph(s.file), "说明": one_paragraph(s.remark)} for s in overview.states if s.state in _LATE][:MAX_REFUSED],
        "总体结果": joined(_result(overview)), "一级指标表": _spread_rows(overview, "一级指标"), "单位类别表": _spread_rows(overview, "单位类别"),
        "排名说明": joined(_ranking(ranked)), "排名表": [_rank_row(u) for u in shown], "排名图": f"{CHART}0{CHART}" if ranked else "",
        "得分分布": joined(_distribution(overview)), "分布图": f"{CHART}1{CHART}" if ranked else "",
        "常见问题": joined(_problems(overview, problems)), "问题图": f"{CHART}2{CHART}" if problems else "",
        "问题表": [
            {"序号": str(i), "级别": f.severity, "问题": f"{f.code} {one_paragraph(f.title)}", "项数": str(f.number), "单位数": str(f.departments), "处理办法": one_paragraph(f.remedy)}
            for i, f in enumerate(problems[:MAX_PROBLEMS], 1)
        ],
        "工作建议": joined(_advice(problems)), "说明": joined(_remarks(overview)),
    }  # fmt: skip
    return Story(values, charts, [], f"{year}年度预算绩效自评情况汇总报告", "")


def _years(overview: Overview) -> str:
    years = sorted({u.year for u in overview.units if u.year})
    return TO_FILL if not years else str(years[0]) if len(years) == 1 else f"{years[0]}—{years[-1]}"


def _ranked(overview: Overview) -> list[Unit]:
    """As the consolidated workbook orders them."""
    return [u for u in overview.units if u.rank is not None]


def _status(overview: Overview) -> list[str]:
    """What was sent in, and what was not."""
    counts = Counter(s.state for s in overview.states)
    files = len({s.file for s in overview.states if s.file})
    merged = len({s.file for s in overview.states if s.file and s.state in {"已汇总", "名单外"}})
    units = len({u.department for u in overview.units if u.department})
    out = [f"共收到报送文件{files}个，已汇总{merged}个，未采用{files - merged}个；汇总自评表{len(overview.units)}份，涉及{units}个单位、{sum(u.indicators for u in overview.units)}项指标。"]
    others = [f"{_FOR_STATE[state]}{counts[state]}个" for state in ("未采用", "内容重复", "已有更新的一份") if counts[state]]
    if len(others) > 1:
        out.append("未汇总的文件中，" + "，".join(others) + "。")
    if overview.has_roster:
        missing = [one_paragraph(s.department) for s in overview.states if s.state == "未报送"]
        out.append(f"应报送名单中未报送的单位{len(missing)}个" + (f"：{_named(missing)}。" if missing else "，全部单位均已报送。"))
        unlisted = [one_paragraph(s.department or s.file) for s in overview.states if s.state == "名单外"]
        if unlisted:
            out.append(f"不在应报送名单中的报送{len(unlisted)}份：{_named(unlisted)}。")
    late = sum(s.state in _LATE for s in overview.states)
    if late > MAX_REFUSED:
        out.append(f"下表列出其中{MAX_REFUSED}项，全部{late}项见汇总表“报送情况”工作表。")
    return out


def _named(names: Sequence[str]) -> str:
    return "、".join(names[:MAX_NAMES]) + (f"等{len(names)}个" if len(names) > MAX_NAMES else "")


def _points(share: Decimal) -> str:
    """A share of the full score in points of a hundred."""
    return plain(round_to(share * HUNDRED, 2))


def _result(overview: Overview) -> list[str]:
    shares = overview.shares
    if not shares:
        return [*_without_share(overview.units), f"没有可以比较的总分{TO_FILL}。"]
    average, middle = mean(shares) or ZERO, median(shares) or ZERO
    out = [f"全部指标都能计分的自评表{len(shares)}份，按满分100分折算，平均{_points(average)}分，中位数{_points(middle)}分，最高{_points(shares[0])}分，最低{_points(shares[-1])}分。"]
    counts = Counter(u.grade for u in overview.units if u.share is not None and u.grade)
    grades = [g for g in (*GRADES, *sorted(set(counts) - set(GRADES))) if counts[g]]
    if grades:
        out.append("评定等级为" + "，".join(f"“{g}”的{counts[g]}份，占{percent(Decimal(counts[g]) / len(shares))}" for g in grades) + "。")
    out += [f"另有{told}" for told in _without_share(overview.units)]
    for title, rates in (("平均完成率", [u.completion for u in overview.units]), ("平均预算执行率", [u.execution for u in overview.units])):
        known = [r for r in rates if r is not None and r <= MOST_RATE]
        beyond = sum(r is not None for r in rates) - len(known)
        if known:
            out.append(f"填报相应数据的{len(known)}份自评表，{title}为{percent(mean(known) or ZERO)}。")
        if beyond:
            out.append(f"另有{beyond}份自评表的{title.removeprefix('平均')}超过{percent(MOST_RATE)}，疑为金额单位有误，未计入平均，请核对。")
    apart = [u for u in overview.units if u.reported is not None and u.total is not None and u.share is not None and u.reported != u.total]
    if apart:
        out.append(f"填报得分与按评分规则计算的得分不一致的{len(apart)}份。本报告的排名、等级和分布均按计算得分，填报得分在排名表中并列。")
    return out


def _without_share(units: Sequence[Unit]) -> list[str]:
    """Why tables are not compared: no points at all is another reason than rows that could not be scored."""
    left = [u for u in units if u.share is None]
    empty = sum(u.weight is not None and not u.weight for u in left)
    reasons = (("有指标未能计分", len(left) - empty), ("没有计入分值的指标（分值合计为0）", empty))
    return [f"{n}份自评表因{reason}，不评定等级，不参加排名。" for reason, n in reasons if n]


def _spread_rows(overview: Overview, by: str) -> list[dict[str, str]]:
    """Years are told apart where there are several."""
    several = len({s.year for s in overview.spreads}) > 1
    return [
        {"类别": (f"{s.year or '未填'}年度 " if several else "") + one_paragraph(s.group), "份数": str(s.tables), "指标数": str(s.indicators), "平均完成率": _rate(s.mean), "满分比例": _rate(s.full), "中位数": _rate(s.median)}
        for s in overview.spreads if s.by == by
    ]  # fmt: skip


def _rate(value: Decimal | None) -> str:
    return "" if value is None else percent(value)


def _ranking(ranked: Sequence[Unit]) -> list[str]:
    if not ranked:
        return ["没有全部指标都能计分的自评表，不排列名次。"]
    out = [f"名次按计算得分占满分的比例，在同一年度、同一类自评表（部门整体、项目）中排列，相同的并列，共{len(ranked)}份。"]
    if len(ranked) > MAX_WHOLE:
        out.append(f"下表列出排在前面的{FIRST}份和排在最后的{LAST}份，全部名次见汇总表“汇总”工作表。")
    return out


def _rank_row(unit: Unit) -> dict[str, str]:
    return {
        "名次": "" if unit.rank is None else str(unit.rank), "年度": "" if unit.year is None else str(unit.year), "单位": one_paragraph(unit.department) or one_paragraph(unit.file),
        "项目": one_paragraph(unit.project), "表类": one_paragraph(unit.form), "分值": _number(unit.weight), "得分": _number(unit.total), "填报得分": _number(unit.reported), "等级": unit.grade, "错误数": str(unit.errors),
    }  # fmt: skip


def _number(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def _bins(overview: Overview) -> list[tuple[str, int]]:
    """Tables by tenths of the full score; the full score itself belongs to the last."""
    counts = Counter(min(int(s * 10), 9) for s in overview.shares)
    return [(f"{low}-{low + 10}", counts[i]) for i, low in enumerate(BINS)]


def _distribution(overview: Overview) -> list[str]:
    shares = overview.shares
    if not shares:
        return ["没有可以比较的总分。"]
    told = [f"{name}分的{n}份" for name, n in reversed(_bins(overview)) if n]
    return [f"按满分100分折算，{len(shares)}份自评表中，" + "，".join(told) + "（每段含下限，不含上限，90-100含100分）。"]


def _problems(overview: Overview, found: Sequence[Frequency]) -> list[str]:
    if not found:
        return ["未发现问题。"]
    by = Counter(p.severity for p in overview.problems)
    told = "，".join(f"{level}{n}项" for level, n in by.items())
    return [
        f"共发现问题{len(overview.problems)}项，其中{told}，分属{len(found)}种。",
        *([f"下表列出最多的{MAX_PROBLEMS}种，全部见汇总表“问题清单”工作表。"] if len(found) > MAX_PROBLEMS else []),
        "出现最多的是：" + "；".join(f"{one_paragraph(f.title)}{f.number}项{_in_units(f)}" for f in found[:5]) + "。",
    ]  # fmt: skip


def _in_units(found: Frequency) -> str:
    """Files that cannot be read name no unit."""
    return f"，涉及{found.departments}个单位" if found.departments else ""


def _advice(found: Sequence[Frequency]) -> list[str]:
    """What to do about the most frequent problems that are no mere hints: the remedy of each kind, nothing else."""
    real = [f for f in found if f.severity != "提示"][: len(_HAN)]
    return [f"（{_HAN[i]}）针对“{one_paragraph(f.title)}”（{f.number}项{_in_units(f)}），{sentence(one_paragraph(f.remedy))}" for i, f in enumerate(real)] or ["没有需要提出的建议。"]


def _remarks(overview: Overview) -> list[str]:
    notes = [clean(sentence(note)) for note in overview.remarks]
    return [f"本报告由汇总表“{one_paragraph(overview.file)}”生成，其中的数字均取自该表。", *notes]


def _chart(title: str, kind: ChartKind, rows: Sequence[tuple[str, float]], heads: tuple[str, str], height: int) -> ChartSheet:
    cells: dict[int, list[str | float | None]] = {0: [r[0] for r in rows], 1: [r[1] for r in rows]}
    chart = Chart(kind, title, 0, [1], "D2", heads[0] if kind is ChartKind.COLUMN else "", heads[1], width=560, height=height, has_labels=True)
    return ChartSheet("图表数据", 0, list(heads), [28, 10], ["General", "General"], {}, cells, [chart])


def _rank_chart(ranked: Sequence[Unit]) -> ChartSheet:
    rows = [(_short(one_paragraph(u.department) or one_paragraph(u.file)), float(round_to((u.share or ZERO) * HUNDRED, 2))) for u in sorted(ranked, key=lambda u: -(u.share or ZERO))[:MAX_BARS]]
    return _chart(f"得分（按满分100分折算，前{len(rows)}份）", ChartKind.BAR, rows, ("单位", "得分"), 130 + 20 * len(rows))


def _share_chart(overview: Overview) -> ChartSheet:
    return _chart("得分分布", ChartKind.COLUMN, [(name, float(n)) for name, n in _bins(overview)], ("得分区间", "份数"), 270)


def _problem_chart(found: Sequence[Frequency]) -> ChartSheet:
    rows = [(one_paragraph(f.title), float(f.number)) for f in found[:MAX_BARS]]
    return _chart("常见问题", ChartKind.BAR, rows, ("问题", "项数"), 130 + 20 * len(rows))


_LONGEST_BAR = 14


def _short(name: str) -> str:
    """A name that fits beside a bar: its end tells units apart."""
    return name if len(name) <= _LONGEST_BAR else "…" + name[-_LONGEST_BAR:]
