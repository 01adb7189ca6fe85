"""The eight worksheet functions: what they answer, for one cell and for a column; that they equal the engine; that nothing is ever raised into a cell."""

from __future__ import annotations

import copy
import datetime
import inspect
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.model import Direction, Indicator, Submission
from perfeval_xl.core.parameters import Deduction, PerPoint
from perfeval_xl.excel import udfs
from perfeval_xl.excel.rulebooks import rulebook
from perfeval_xl.excel.udfs import (
    PE_COMPLETION,
    PE_EXECUTION,
    PE_FINDINGS,
    PE_GRADE,
    PE_GROWTH,
    PE_SCORE,
    PE_TABLE,
    PE_WEIGHTS,
)
from perfeval_xl.rulesets.loader import available, load
from tests.support.form_cases import hard_rows, plain_rows

NAMES = ["PE_COMPLETION", "PE_SCORE", "PE_TABLE", "PE_WEIGHTS", "PE_GRADE", "PE_EXECUTION", "PE_GROWTH", "PE_FINDINGS"]


def test_the_functions_are_those_of_the_documentation_with_chinese_help_for_each_argument() -> None:
    assert [f.__name__ for f in udfs.FUNCTIONS] == NAMES
    source = inspect.getsource(udfs)
    for function in udfs.FUNCTIONS:
        assert function.__doc__ is not None
        assert any("一" <= c <= "鿿" for c in function.__doc__)
        head = source[: source.index(f"def {function.__name__}(")].rpartition("@xw.func")[2]
        for argument in inspect.signature(function).parameters:
            assert f'@xw.arg("{argument}", doc=' in head


@pytest.mark.parametrize(("found", "expected"), [
    (PE_COMPLETION("≥500场", "493.3场"), 0.9866),
    (PE_COMPLETION("≥95%", 0.96), pytest.approx(0.96 / 0.95)),
    (PE_COMPLETION("2.6亿元", "26000万元"), 1),
    (PE_COMPLETION("", 5), ""),
    (PE_COMPLETION(500, 493.3, "≥"), 0.9866),
    (PE_SCORE(500, 493.3, 20, "≥"), 19.73),
    (PE_SCORE(100, 120, 10, "≤"), 8.0),
    *((PE_SCORE(100, 120, 10, sign), 8.0) for sign in ("<=", "＜＝", "≦", "⩽", " < = ", "不高于", "不超过", "小于等于", "LOWER")),
    *((PE_SCORE(100, 120, 10, sign), 10.0) for sign in (">=", "≧", "⩾", "不低于", "至少")),
    (PE_SCORE(100, 120, 10, "看情况"), "方向“看情况”不认识"), (PE_COMPLETION(100, 120, 5), "方向“5”不认识"),
    (PE_TABLE(100, 120, 10, "≤≤"), [["方向“≤≤”不认识"] * 2]), (PE_FINDINGS(100, 120, 10, 10, "?"), "方向“?”不认识"),
    (PE_SCORE("", "", "", "看情况"), ""), (PE_SCORE(100, 120, 10, "/"), 10.0), (PE_SCORE(100, 120, 10, "  "), 10.0),
    (PE_SCORE("2025年12月底", "2025年12月20日", 5), 5),
    (PE_SCORE(46022, 46000, 5, "时限"), 5),
    (PE_SCORE(10, "不适用", 10), "不适用"),
    (PE_SCORE(10, "完成", "很多", "≥"), "分值不是数字"),
    (PE_SCORE(10, "#DIV/0!", 10), "引用的单元格有错误 #DIV/0!"),
    (PE_SCORE(10, 10, 10, "", "no-such-rules"), "规则集“no-such-rules”不可用"),
    (PE_SCORE(10, 10, 10, "", "../../etc/passwd"), "规则集编号不正确"),
    (PE_SCORE([[1], [2]], [[1]], [[1], [2]]), [[1.0], [1.0]]),
    (PE_SCORE([[1], [2]], [[1], [2], [3]], 1), "各区域的行数、列数不一致"),
    (PE_TABLE([["≥10"], [""], [5]], [[9], [""], [5]], [[10], [10], [5]]), [[0.9, 9.0], ["", ""], [1.0, 5.0]]),
    (PE_TABLE([[1, 2]], [[1, 2]], [[1, 2]]), "请选一列"),
    (PE_WEIGHTS(50, 3), [[16.67], [16.66], [16.67]]),
    (PE_WEIGHTS(10, 0), "应为 1 至 1000 的整数"),
    (PE_WEIGHTS("", 3), ""),
    (PE_GRADE(90), "优"), (PE_GRADE(89.99), "良"), (PE_GRADE(59), "差"), (PE_GRADE(48, 50), "优"), (PE_GRADE(""), ""), (PE_GRADE("很好"), "得分不是数字"), (PE_GRADE(-5), "得分为负数"), (PE_GRADE(95, "abc"), "满分不是数字"), (PE_GRADE(95, 0), "满分应大于 0"),
    (PE_EXECUTION(85.5, 100, 10), 8.55), (PE_EXECUTION(120, 100, 10), 10), (PE_EXECUTION("", 100), ""),
    (PE_GROWTH(110, 100), 0.1), (PE_GROWTH(5, 0), ""), (PE_GROWTH("1.2亿元", "10000万元"), pytest.approx(0.2)), (PE_GROWTH("多", 1), "不是数字"),
    (PE_GROWTH("95%", 0.9), pytest.approx(0.05 / 0.9)), (PE_GROWTH(0.9, "95%"), pytest.approx(-0.05 / 0.95)), (PE_GROWTH("#N/A", 1), "引用的单元格有错误 #N/A"), (PE_GROWTH(1, "#REF!"), "引用的单元格有错误 #REF!"),
    (PE_GROWTH("5吨", "5公里"), "单位不一致"),
    (PE_FINDINGS(100, 100, 10, 10, "≥"), ""),
    (PE_FINDINGS("", "", "", ""), ""),
])  # fmt: skip
def test_answers(found: Any, expected: Any) -> None:
    assert found == expected


@pytest.mark.parametrize(("taken", "rate"), [(("1", "0.5"), pytest.approx(0.5)), (("1", "1"), "随分值不同，请用 PE_SCORE")])
def test_a_rate_that_hangs_on_the_weight_is_not_told_without_it(taken: tuple[str, str], rate: Any) -> None:
    """Deductions laid down for weights of 10 and of 5: in proportion, and not."""
    book = copy.copy(rulebook("national-project-2020"))
    own = book.general[Direction.LOWER]
    rule = PerPoint(reference=own.reference, status=own.status, id=own.id, title=own.title, applies_to=own.applies_to, kind="per-point", deductions=tuple(Deduction(of=Decimal(of), points=Decimal(p)) for of, p in zip(("10", "5"), taken, strict=True)), line=Decimal(100))
    object.__setattr__(book, "general", {**book.general, Direction.LOWER: rule})
    assert udfs._rate(book, 2025, "≤100%", "105%", "≤") == rate


def test_findings_name_what_is_wrong_with_a_row_and_nothing_of_its_table() -> None:
    told = PE_FINDINGS("≥100", 80, 10, 10, "≥")
    assert told == "未完成却得满分：完成率 80%，自评得满分 10；应为：8"


@pytest.mark.parametrize("ruleset", [p.stem for p in available()])
def test_a_table_of_rows_gets_the_engines_rates_and_scores(ruleset: str) -> None:
    rows = [*plain_rows(7, 60), *hard_rows(7, 40)]
    book = load(ruleset).at(datetime.date(2025, 12, 31))
    answers = PE_TABLE([[r.target.text] for r in rows], [[r.actual.text] for r in rows], [[None if r.weight is None else float(r.weight)] for r in rows], [[r.direction] for r in rows], f"{ruleset}@2025")
    compared = 0
    for row, (rate, score) in zip(rows, answers, strict=True):
        one = Indicator("", "", "", row.target.text, row.actual.text, row.weight, direction=row.direction)
        done = evaluate(Submission("", "", "", "", 2025, [one], ruleset=ruleset, form=book.ruleset.form), book.ruleset, day=book.day).scores[0]
        if isinstance(score, float | int):
            assert Decimal(str(score)) == done.score, (row, score, done.score)
            compared += 1
        else:
            assert done.score is None or score == "不适用", (row, score, done)
        if isinstance(rate, float | int) and done.completion is not None:
            assert rate == pytest.approx(float(done.completion))
    assert compared >= 50


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.datetimes(),
    st.sampled_from(["≥95%", "2.6亿元", "", "#N/A", "定性", "无", "/", "90~110%", "2025年12月底", "=1+1", "不适用", 1e308, -1e-300]),
)  # fmt: skip
BLOCKS = st.one_of(CELLS, st.lists(st.lists(CELLS, min_size=1, max_size=2), max_size=3))


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_no_function_ever_raises_and_every_answer_fits_into_cells(data: st.DataObject) -> None:
    function = data.draw(st.sampled_from(udfs.FUNCTIONS))
    arguments = [data.draw(BLOCKS) for _ in inspect.signature(function).parameters]
    answer = function(*arguments)
    for cell in [c for row in answer for c in row] if isinstance(answer, list) else [answer]:
        assert isinstance(cell, str | float | int)
        assert cell != "计算出错，请运行“诊断”", arguments


def test_a_bug_of_ours_becomes_words_and_an_entry_in_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udfs, "growth", lambda *_: 1 / 0)
    assert PE_GROWTH(2, 1) == "计算出错，请运行“诊断”"
    assert "ZeroDivisionError" in (tmp_path / "local" / "log" / "excel.log").read_text(encoding="utf-8")


def test_a_whole_column_named_by_mistake_is_refused() -> None:
    assert PE_SCORE([[1]] * 200_001, 1, 1) == "区域过大，最多 200000 格"
