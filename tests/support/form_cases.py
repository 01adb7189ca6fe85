"""Rows for forms: edge values first, then seeded ones; what a formula must read (plain) and what it may leave to the engine."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from decimal import Decimal

from perfeval_xl.workbook.forms.form import Entry, FormRow, date_entry
from perfeval_xl.workbook.forms.words import Words

WEIGHTS = tuple(map(Decimal, ("10", "3.34", "3.33", "4", "7.55", "8", "5", "2.25", "12.5", "1", "0.01", "0")))
NUMBERS = (0, 100, 500, 493.3, 60, 59.99, 0.98625, 98.625, 1e-7, 1e9, 123456789.12, 3, 1 / 3, 0.145, 0.475, 200, 95, 120.5, -5, 1.5)
SHARES = (1, 0.6, 0.5999999, 0.599999999999, 0.98625, 1.2, 1.3, 2, 1.9999, 0, -1, 0.7274, 1.05, 1 / 3, 0.8, 0.999, 1.0001)
NAMES = ("指标", "服务对象满意度", "成本控制率", "在职人员控制率", "“三公经费”变动率", "预算完成率", "预算控制率", "新建楼堂馆所面积控制率", "绩效目标合理性")
WORD_TARGETS = ("显著提升", "达标", "是", "否", "有效", "√", "控制在标准内", "部分达成", "全面落实", "持续改善，成效明显")
CHANGES = ("显著提升", "持续改善，成效明显")
LEVELS = ("达成", "部分达成", "未达成", "是", "否", "×", "基本达到", "未完成", "已完成")
RANGES = ("90-110", "90%~110%", "10至20", "90~100%", "1.5-2.5", "0-1")
HARD_TARGETS = ("120人", "2.6亿元", "三次", "年底", "完成三项任务", "无", "/", "±10%", "5-3", "2020-2024", "30天", "前3名", "百分之九十", "1,000", "９５", "约50", "")
HARD_ACTUALS = ("完成", "120人", "100% 1000件", "约50", "0次", "３０", "50.", "1,000", "2.6亿元", "大概年底", "基本完成得不错", "≥", "十", "")


def percent(value: float) -> Entry:
    """95% as Excel keeps it."""
    return Entry(value, "0.00%")


def _number(value: float) -> Entry:
    return Entry(round(float(format(value, ".12g")), 12))


def plain_rows(seed: int, count: int) -> Iterator[FormRow]:
    """Rows that need no add-in: every direction, edge values, exact halves, percent cells, dates around the deadline."""
    yield from _halves()
    chance = random.Random(seed)
    makers = (_numbers, _numbers, _numbers, _percents, _words, _dates, _ranges, _named)
    for index in range(count):
        yield makers[index % len(makers)](chance)


def _halves() -> Iterator[FormRow]:
    for weight, actual, target in (("4", 0.98625, 1), ("1.68", 1.1875, 7), ("1.44", 0.90625, 9), ("1.8", 0.475, 3), ("5", 3.945, 5), ("10", 0.6, 1),
                                   ("3.34", 1, 1), ("3.34", 0.9999999, 1)):  # fmt: skip
        yield FormRow("指标", "≥", Entry(target), "个", Entry(actual), Decimal(weight))


def _numbers(chance: random.Random) -> FormRow:
    target = chance.choice((*NUMBERS, chance.randint(1, 1000), round(chance.uniform(0, 300), 2)))
    actual = target * chance.choice(SHARES) if chance.random() < 0.7 else chance.choice(NUMBERS)
    aim: Entry = Entry(format(target, "f").rstrip("0").rstrip(".")) if chance.random() < 0.1 and target >= 1 else _number(target)
    done = Entry("无") if target == 0 and chance.random() < 0.3 else _number(actual)
    return FormRow("指标", chance.choice("≥≥≤≤＝"), aim, chance.choice(("个", "人次", "万元", "吨")), done, chance.choice(WEIGHTS))


def _percents(chance: random.Random) -> FormRow:
    """Percent in every way it is typed: 95 beside %, 95% as a percent cell, 0.95 beside ≥95%, text."""
    target, share = chance.choice((95, 100, 57, 90, 0.5, round(chance.uniform(1, 120), 2))), chance.choice(SHARES)
    actual = float(format(target * share, ".12g"))
    ways: tuple[tuple[Entry, str, Entry], ...] = (
        (Entry(target), "%", Entry(actual)), (percent(target / 100), "", percent(actual / 100)), (Entry(target), "%", percent(actual / 100)),
        (Entry(f"{target}%"), "", Entry(actual)), (Entry(f"≥{target}%"), "", percent(actual / 100)), (percent(target / 100), "", Entry(round(share, 4))),
        (Entry(target), "百分点", Entry(f"{target}%")),
    )  # fmt: skip
    aim, unit, done = chance.choice(ways)
    return FormRow("指标", chance.choice("≥≤＝"), aim, unit, done, chance.choice(WEIGHTS))


def _words(chance: random.Random) -> FormRow:
    target = chance.choice(WORD_TARGETS)
    actual = chance.choice((*map(Entry, LEVELS), Entry(target), percent(0.85), percent(0.5), percent(1.1)))
    if actual.number_format and target in CHANGES:
        actual = Entry("达成")  # 85% of 显著提升 says nothing: the engine leaves it to a person
    return FormRow("指标", chance.choice(("定性", "是否", "")), Entry(target), "", actual, chance.choice(WEIGHTS))


def _dates(chance: random.Random) -> FormRow:
    deadline = datetime.date(2025, chance.choice((6, 12)), chance.choice((15, 30)))
    late = chance.choice((-200, -20, -1, 0, 1, 45))
    done: Entry = date_entry(deadline + datetime.timedelta(days=late))
    if isinstance(done.value, datetime.date) and done.value.day == 1:
        done = date_entry(deadline)
    done = chance.choice((done, done, Entry(chance.choice(Words.ON_TIME)), Entry(chance.choice(Words.LATE))))
    return FormRow("指标", "时限", date_entry(deadline), chance.choice(("", "", "%")), done, chance.choice(WEIGHTS))


def _ranges(chance: random.Random) -> FormRow:
    target = chance.choice(RANGES)
    actual = chance.choice((90, 110, 89.99, 110.01, 95, 10, 20, 15, 1.5, 2.5, 0, 1, -1))
    done = percent(actual / 100) if "%" in target and chance.random() < 0.5 else Entry(actual)
    return FormRow("指标", "区间", Entry(target), "%" if "%" in target and chance.random() < 0.5 else "", done, chance.choice(WEIGHTS))


def _named(chance: random.Random) -> FormRow:
    """Indicators that a rule set may name: rates in percent, around the lines of the published rules."""
    name = chance.choice(NAMES)
    if name == "绩效目标合理性":
        return FormRow(name, "定性", Entry("合理"), "", Entry("达成"), chance.choice(WEIGHTS))
    value = chance.choice((100, 99.27, 95, 94.99, 90, 89.99, 85, 80, 110, 110.01, 115, 105, 120, 39.9, 0, 10, 10.01, 30, 98.31, -3, 60, 59))
    target = chance.choice((100, 0, 90, 95))
    done = percent(float(format(value / 100, ".12g"))) if chance.random() < 0.5 else Entry(value)
    return FormRow(name, chance.choice("≥≤"), Entry(target), "%", done, chance.choice(WEIGHTS))


def hard_rows(seed: int, count: int) -> Iterator[FormRow]:
    """Rows a person may fill in as well: the formula reads them exactly or says what is missing."""
    chance = random.Random(seed)
    for _ in range(count):
        base = chance.choice((_numbers, _percents, _words, _dates, _ranges, _named))(chance)
        if chance.random() < 0.5:
            base = base._replace(target=Entry(chance.choice((*HARD_TARGETS, *WORD_TARGETS, *RANGES, *NUMBERS)) or None))
        if chance.random() < 0.6:
            base = base._replace(actual=Entry(chance.choice((*HARD_ACTUALS, *LEVELS, *NUMBERS)) or None))
        if chance.random() < 0.3:
            base = base._replace(direction=chance.choice(("", "≥", "≤", "＝", "区间", "定性", "时限", "是否")))
        if chance.random() < 0.3:
            base = base._replace(unit=chance.choice(("", "%", "人", "万元", "年", "月", "‰")))
        if chance.random() < 0.1:
            base = base._replace(weight=None)
        yield base


def not_applicable_row(weight: str, reason: str = "") -> FormRow:
    """A row that does not apply this year, said in its cell or in its reason."""
    return FormRow("指标", "≥", Entry(5), "次", Entry("不适用" if not reason else None), Decimal(weight), reason)
