"""Random submissions through every check: none raises, and time stays bounded."""

from __future__ import annotations

import datetime
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfeval_xl.core.checks import CHECKS, audit, monitoring
from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.findings import Location
from perfeval_xl.core.model import Execution, Fund, Indicator, Money, MoneyLine, Place, Submission, Total
from perfeval_xl.rulesets.loader import available, load
from tests.support.audits import FUNDS, LINES
from tests.support.rows import COLUMNS

SHIPPED = [p.stem for p in available()]
QUIET = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
WORDS = ("", "无", "/", "100%", "≥95%", "0", "-5%", "0.95", "500万元", "100元", "258256.8万平方米", "2022年12月底", "2023年12月", "显著提升", "达标", "全部完成",
         "100% 1000件", "±10%", "1e300", "9" * 40, "下降5%", "每月1次", "12.5", "10-20个", "０", "①", "㎡", "是")  # fmt: skip
TEXT = st.one_of(st.sampled_from(WORDS), st.text(max_size=30))
NUMBER = st.one_of(st.none(), st.decimals(allow_nan=False, allow_infinity=False, min_value=-10**12, max_value=10**12), st.sampled_from([Decimal(0), Decimal("1E+40"), Decimal("1E-30"), Decimal(100), Decimal("12.5")]))
HEADS = st.one_of(st.sampled_from(["产出指标", "效益指标", "满意度指标", "管理效率", "", "数量指标", "经济效益指标", "经济成本指标"]), st.text(max_size=8))
PROSE = st.one_of(
    st.sampled_from(["各项指标均已完成", "产出指标6个", "决算收入 9,121 万元，与上年对比增加 9,121 万元，增长 21.8%", "决算支出0万元，比上年减少0万元，下降0%", "2022年度绩效自评", "2023", "99999999999999999999个产出指标"]),
    st.text(max_size=60),
)  # fmt: skip


@st.composite
def rows(draw: st.DrawFn) -> Indicator:
    columns: dict[str, str] = {k: v for k, v in COLUMNS.items() if k == "name" or draw(st.booleans())}
    place = draw(st.sampled_from([Place("a.xlsx", "自评表", draw(st.integers(0, 9)), columns), Place("", "", 0, {}), Place("a.xlsx", "横表", 3, {"name": "3"}, "D")]))
    return Indicator(
        draw(HEADS), draw(HEADS), draw(TEXT), draw(TEXT), draw(TEXT), draw(NUMBER), draw(TEXT), draw(NUMBER), draw(TEXT), draw(st.sampled_from(["", "≥", "≤", "定性", "x"])),
        draw(st.sampled_from(["", "%", "万元", "个", "？"])), place, draw(st.integers(0, 9)) == 0, draw(st.integers(0, 2)), is_detail=draw(st.integers(0, 9)) == 0,
    )  # fmt: skip


@st.composite
def funds(draw: st.DrawFn) -> Fund:
    budgets = draw(st.dictionaries(st.sampled_from(["initial", "annual", "adjusted"]), TEXT, max_size=3))
    return Fund(draw(TEXT), budgets, draw(TEXT), draw(TEXT), Place("a.xlsx", "自评表", draw(st.integers(0, 9)), draw(st.sampled_from([FUNDS, {}]))))


@st.composite
def moneys(draw: st.DrawFn) -> Money:
    subjects = st.sampled_from(["income", "expenditure", "abroad", "vehicles", "reception", "three-public", "meetings", "training", "public-funds", "other"])
    line = st.builds(MoneyLine, subjects, TEXT, NUMBER, NUMBER, NUMBER, NUMBER, TEXT, TEXT, st.just(Place("a.xlsx", "收支情况", 4, LINES)))
    day = st.one_of(st.none(), st.tuples(TEXT, st.just(Location("a.xlsx", "收支情况", "B2"))))
    return Money(draw(st.lists(line, max_size=4)), draw(st.sampled_from(["", "元", "万元", "美元"])), draw(day), draw(day))


@st.composite
def submissions(draw: st.DrawFn) -> Submission:
    total = st.builds(Total, HEADS, NUMBER, st.sampled_from([Location("a.xlsx", "自评表", "H9"), Location("a.xlsx"), Location("a.xlsx", "自评表", "总")]), NUMBER)
    execution = draw(st.one_of(st.none(), st.builds(Execution, funds(), NUMBER, NUMBER, st.lists(funds(), max_size=3), st.sampled_from(["", "元", "万元", "亿元", "件"]))))
    facts = draw(st.dictionaries(st.one_of(st.sampled_from(["自评结论", "预算年度", "原因分析", "收支情况"]), st.text(max_size=6)), PROSE, max_size=4))
    return Submission(
        "a.xlsx", "自评表", draw(st.one_of(st.just("2022年度自评表"), st.text(max_size=20))), draw(st.sampled_from(["", "某街道", "\x00"])), draw(st.sampled_from([None, 2023, 1, 9998])),
        draw(st.lists(rows(), max_size=6)), draw(st.lists(total, max_size=3)), form=draw(st.sampled_from(["", "project", "department"])), execution=execution, facts=facts,
        money=draw(st.one_of(st.none(), moneys())),
    )  # fmt: skip


@given(submissions(), st.sampled_from(SHIPPED), st.dates(datetime.date(2020, 1, 1), datetime.date(2026, 12, 31)))
@QUIET
def test_no_check_raises_on_any_submission(given_: Submission, name: str, day: datetime.date) -> None:
    ruleset = load(name)
    done = evaluate(given_, ruleset, day=datetime.date(2023, 12, 31))
    book = ruleset.at(done.day)
    for check in CHECKS:
        list(check(given_, done, book))
    list(monitoring.in_year(given_, done, book, day))
    found = audit(given_, done, book, as_of=day)
    assert not [f for f in found if f.kind.kind == "unreadable-part"]
    assert all(f.message and f.found for f in found)


LONG: dict[str, Any] = {"自评结论": "全部完成" * 20_000, "履职": "产出指标" * 20_000, "收支": "决算收入9121万元，与上年对比增加" * 5_000 + "上年", "年": "2022年度" * 20_000}


@pytest.mark.parametrize("text", ["9" * 30_000, "全" * 30_000, "产出指标6个" * 5_000, "1,1" * 10_000, "1万元比上年增加" * 4_000, "无" * 30_000, "2022年度" * 8_000 + "自评", "100%完成" * 5_000])
def test_long_texts_take_no_long_time(text: str) -> None:
    """Every pattern of the checks is bounded: a cell holds 32,767 characters, and a book as many cells as it likes."""
    row = Indicator(text, text, text, text, text, Decimal(10), text, Decimal(9), text, place=Place("a.xlsx", "自评表", 5, COLUMNS))
    whole = Submission("a.xlsx", "自评表", text, text, 2023, [row], facts={**LONG, "自评情况": text}, execution=Execution(Fund(text, {"annual": text}, text, text, row.place), Decimal(10), None))
    ruleset = load("guangzhou-department-2023")
    done = evaluate(whole, ruleset)
    start = time.perf_counter()
    audit(whole, done, ruleset.at(done.day))
    assert time.perf_counter() - start < 3
