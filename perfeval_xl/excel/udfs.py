"""Worksheet functions: thin over the core, a whole column in one call; the same module for the desktop and the server.

An input that is not filled in gives "", one that cannot be scored a few Chinese words; nothing is ever raised into a cell.
Annotated with Any throughout: xlwings takes an annotation for a conversion.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

import xlwings as xw

from perfeval_xl.core.completion import in_common_unit, looks_like_fraction
from perfeval_xl.core.decimals import HUNDRED
from perfeval_xl.core.direction import stated_direction
from perfeval_xl.core.finance import growth
from perfeval_xl.core.grades import grade_of
from perfeval_xl.core.model import Evaluation, Indicator, IndicatorScore, Status, Step, Submission
from perfeval_xl.core.parameters import Checklist, IntervalTable, PerPoint, Steps
from perfeval_xl.core.quantity import Kind, parse
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.core.scoring import score_indicator
from perfeval_xl.core.units import Relation
from perfeval_xl.core.weighting import equal_split
from perfeval_xl.excel.arguments import RefusedError, aligned, amount, error_in, laid_out, one, text_of, whole
from perfeval_xl.excel.rulebooks import rulebook, year_of

CATEGORY = "绩效自评"
NOT_APPLICABLE = "不适用"
_MAX_ROWS, _MAX_PLACES = 1000, 6
_WITHOUT_SCORE = "不计分：{}"
_DAYS = frozenset({"时限", "日期", "date"})
_NO_DIRECTION = frozenset({"-", "—", "——", "－", "/", "无"})
_TARGET = "目标值：按填写的原文（如“≥95%”“2.6亿元”“2025年12月底”），或只有数字并在“方向”中说明；可以是一个单元格，也可以是一列"
_ACTUAL = "年度实现值：实际完成的数值、日期或等次（如“达成”“部分达成”）；与目标值大小相同的区域"
_DIRECTION = "方向（可省略）：≥、≤、＝、区间、定性、时限、是否；省略时按目标值的写法判断"
_RULESET = "规则集编号（可省略，默认为全国项目支出规则 national-project-2020）；编号后加“@2025”按该年度的规则"
_CELLS = {"ndim": 2, "err_to_str": True}

F = TypeVar("F", bound=Callable[..., Any])


def _in_cell(function: F) -> F:
    """The function, with words in the cell where it would raise."""

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except RefusedError as error:
            return str(error)
        except Exception as error:  # whatever it is, a cell is no place for it
            from perfeval_xl.excel.log import record  # noqa: PLC0415  # only on errors

            record(function.__name__, error)
            return "计算出错，请运行“诊断”"

    return guarded  # type: ignore[return-value]  # the same signature


@xw.func(category=CATEGORY)
@xw.arg("target", doc=_TARGET, **_CELLS)
@xw.arg("actual", doc=_ACTUAL, **_CELLS)
@xw.arg("direction", doc=_DIRECTION, **_CELLS)
@xw.arg("ruleset", doc=_RULESET, **_CELLS)
@_in_cell
def PE_COMPLETION(target: Any, actual: Any, direction: Any = None, ruleset: Any = None) -> Any:  # noqa: N802  # as it is written in cells
    """完成率：实现值与目标值之比，按方向计算，以小数表示（1 即 100%），不封顶。"""
    book, year = rulebook(one(ruleset)), year_of(one(ruleset))
    height, width, (targets, actuals, directions) = aligned(target, actual, direction)
    return laid_out([_rate(book, year, *row) for row in zip(targets, actuals, directions, strict=True)], height, width)


@xw.func(category=CATEGORY)
@xw.arg("target", doc=_TARGET, **_CELLS)
@xw.arg("actual", doc=_ACTUAL, **_CELLS)
@xw.arg("weight", doc="分值：该项指标的满分", **_CELLS)
@xw.arg("direction", doc=_DIRECTION, **_CELLS)
@xw.arg("ruleset", doc=_RULESET, **_CELLS)
@_in_cell
def PE_SCORE(target: Any, actual: Any, weight: Any, direction: Any = None, ruleset: Any = None) -> Any:  # noqa: N802
    """得分：按规则集计算一项或一列指标的得分，取位与规则集一致。"""
    book, year = rulebook(one(ruleset)), year_of(one(ruleset))
    height, width, (targets, actuals, weights, directions) = aligned(target, actual, weight, direction)
    rows = zip(targets, actuals, weights, directions, strict=True)
    return laid_out([_pair(book, year, *row)[1] for row in rows], height, width)


@xw.func(category=CATEGORY)
@xw.arg("targets", doc=_TARGET, **_CELLS)
@xw.arg("actuals", doc=_ACTUAL, **_CELLS)
@xw.arg("weights", doc="分值：与目标值大小相同的一列", **_CELLS)
@xw.arg("directions", doc=_DIRECTION, **_CELLS)
@xw.arg("ruleset", doc=_RULESET, **_CELLS)
@_in_cell
def PE_TABLE(targets: Any, actuals: Any, weights: Any, directions: Any = None, ruleset: Any = None) -> Any:  # noqa: N802
    """整表计算：一次算出一列指标的完成率和得分，返回两列。"""
    book, year = rulebook(one(ruleset)), year_of(one(ruleset))
    height, width, columns = aligned(targets, actuals, weights, directions)
    if width > 1:
        raise RefusedError("请选一列")
    rows = zip(*columns, strict=True)
    return [list(_pair(book, year, *row)) for row in rows] if height else ""


@xw.func(category=CATEGORY)
@xw.arg("total", doc="要分配的总分值", **_CELLS)
@xw.arg("count", doc="指标项数", **_CELLS)
@xw.arg("decimals", doc="保留的小数位数（可省略，默认 2 位）", **_CELLS)
@_in_cell
def PE_WEIGHTS(total: Any, count: Any, decimals: Any = None) -> Any:  # noqa: N802
    """平均分配分值：返回一列，合计恰好等于总分值，除不尽的零头分给首尾各行。"""
    cells = one(total), one(count), one(decimals)
    if told := error_in(*cells):
        return told
    whole_weight = amount(cells[0])
    if whole_weight is None or amount(cells[1]) is None:
        return ""
    if whole_weight < 0:
        raise RefusedError("总分值为负数")
    shares = equal_split(whole_weight, whole(cells[1], 0, 1, _MAX_ROWS), whole(cells[2], 2, 0, _MAX_PLACES))
    return laid_out([float(s) for s in shares], len(shares), 1)


@xw.func(category=CATEGORY)
@xw.arg("score", doc="得分", **_CELLS)
@xw.arg("full", doc="满分（可省略，默认 100）", **_CELLS)
@xw.arg("ruleset", doc=_RULESET, **_CELLS)
@_in_cell
def PE_GRADE(score: Any, full: Any = None, ruleset: Any = None) -> Any:  # noqa: N802
    """评定等级：按得分占满分的比例定为优、良、中、差。"""
    grades = rulebook(one(ruleset)).grades
    height, width, (scores, wholes) = aligned(score, full)

    def grade(points: Any, of: Any) -> str:
        if told := error_in(points, of):
            return told
        try:
            value = amount(points)
        except RefusedError:
            return "得分不是数字"
        try:
            most = amount(of)
        except RefusedError:
            return "满分不是数字"
        if value is None:
            return ""
        if value < 0:
            return "得分为负数"
        return grade_of(value, HUNDRED if most is None else most, grades) or "满分应大于 0"

    return laid_out([grade(*row) for row in zip(scores, wholes, strict=True)], height, width)


@xw.func(category=CATEGORY)
@xw.arg("spent", doc="执行数（决算支出），金额", **_CELLS)
@xw.arg("budget", doc="预算数，与执行数同一单位", **_CELLS)
@xw.arg("weight", doc="预算执行率的分值（可省略，按规则集）", **_CELLS)
@xw.arg("ruleset", doc=_RULESET, **_CELLS)
@_in_cell
def PE_EXECUTION(spent: Any, budget: Any, weight: Any = None, ruleset: Any = None) -> Any:  # noqa: N802
    """预算执行率得分：执行数除以预算数乘以分值，最高为分值。"""
    book = rulebook(one(ruleset))
    height, width, (done, planned, weights) = aligned(spent, budget, weight)

    def points(a: Any, t: Any, w: Any) -> float | str:
        if told := error_in(a, t, w):
            return told
        actual, target = text_of(a), text_of(t)
        if not actual or not target:
            return ""
        try:
            full = amount(w)
        except RefusedError:
            return "分值不是数字"
        if full is None:
            if book.execution is None:
                return "请填分值"
            full = book.execution.weight
        row = Indicator("", "", "", target, actual, full, is_execution=True)
        return _told(row, score_indicator(row, book, []), book, 0)

    return laid_out([points(*row) for row in zip(done, planned, weights, strict=True)], height, width)


@xw.func(category=CATEGORY)
@xw.arg("current", doc="本年数", **_CELLS)
@xw.arg("previous", doc="上年数，与本年数同一单位", **_CELLS)
@_in_cell
def PE_GROWTH(current: Any, previous: Any) -> Any:  # noqa: N802
    """增长率：（本年数－上年数）÷上年数，以小数表示；上年数为 0 时为空。"""
    height, width, (now, before) = aligned(current, previous)

    def change(a: Any, b: Any) -> float | str:
        if told := error_in(a, b):
            return told
        read, last = parse(text_of(a)), parse(text_of(b))
        if Kind.NONE in {read.kind, last.kind}:
            return ""
        if not (read.is_number and last.is_number):
            return "不是数字"
        x, y, how = in_common_unit(read, last)
        if looks_like_fraction(read, last):
            x, y, how = x * HUNDRED, last.value or y, Relation.SAME
        elif looks_like_fraction(last, read):
            x, y, how = read.value or x, y * HUNDRED, Relation.SAME
        if how is Relation.DIFFERENT:
            return "单位不一致"
        rate = growth(x, y)
        return "" if rate is None else float(rate)

    return laid_out([change(*row) for row in zip(now, before, strict=True)], height, width)


@xw.func(category=CATEGORY)
@xw.arg("target", doc=_TARGET, **_CELLS)
@xw.arg("actual", doc=_ACTUAL, **_CELLS)
@xw.arg("weight", doc="分值：该项指标的满分", **_CELLS)
@xw.arg("score", doc="填报的得分", **_CELLS)
@xw.arg("direction", doc=_DIRECTION, **_CELLS)
@xw.arg("ruleset", doc=_RULESET, **_CELLS)
@_in_cell
def PE_FINDINGS(target: Any, actual: Any, weight: Any, score: Any, direction: Any = None, ruleset: Any = None) -> Any:  # noqa: N802, PLR0913
    """问题：一项指标的填写和得分有什么问题，逐条列出；没有问题时为空。"""
    book, year = rulebook(one(ruleset)), year_of(one(ruleset))
    height, width, columns = aligned(target, actual, weight, score, direction)
    return laid_out([_findings(book, year, *row) for row in zip(*columns, strict=True)], height, width)


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    PE_COMPLETION, PE_SCORE, PE_TABLE, PE_WEIGHTS, PE_GRADE, PE_EXECUTION, PE_GROWTH, PE_FINDINGS,
)  # fmt: skip
"""All of them, in the order of the documentation."""


def _row(target: Any, actual: Any, weight: Decimal | None, direction: Any, score: Decimal | None = None) -> Indicator:
    written = text_of(direction)
    is_day = written in _DAYS
    return Indicator("", "", "", text_of(target, is_day=is_day), text_of(actual, is_day=is_day), weight, "", score, "", written)


def _unknown(direction: str) -> str:
    """What to say of a direction nobody knows: it would be guessed at, and the score with it. Empty for one that is known, or none."""
    if not direction or direction in _NO_DIRECTION or stated_direction(direction) is not None:
        return ""
    return f"方向“{direction[:20]}”不认识"


def _pair(book: Rulebook, year: int, target: Any, actual: Any, weight: Any, direction: Any) -> tuple[float | str, float | str]:  # noqa: PLR0913  # the cells of a row
    """Rate and score of one row."""
    told = error_in(target, actual, weight, direction)
    if told:
        return told, told
    try:
        points = amount(weight)
    except RefusedError:
        return _rate(book, year, target, actual, direction), "分值不是数字"
    row = _row(target, actual, points, direction)
    if not row.target or not row.actual:
        return "", ""
    if told := _unknown(row.direction):
        return told, told
    done = score_indicator(row, book, [], None, year)
    if points is None:
        return _rate(book, year, target, actual, direction), ""
    return "" if done.completion is None else float(done.completion), _told(row, done, book, year)


def _told(row: Indicator, done: IndicatorScore, book: Rulebook, year: int) -> float | str:
    """The score, or why there is none."""
    if done.score is not None:
        return float(done.score)
    if done.status is Status.NOT_APPLICABLE:
        return NOT_APPLICABLE
    if Kind.NONE in {done.target.kind, done.actual.kind}:
        return ""  # a dash or 无: not filled in
    return _why(row, book, year)


def _why(row: Indicator, book: Rulebook, year: int) -> str:
    """Why a row has no score, in a few words: scored once more, with its steps."""
    steps: list[Step] = []
    score_indicator(row, book, [], steps, year)
    return next((str(s.values[0]) for s in reversed(steps) if s.template == _WITHOUT_SCORE), "不能计分")


def _rate(book: Rulebook, year: int, target: Any, actual: Any, direction: Any) -> float | str:
    """The rate of one row, whose weight is not known."""
    if told := error_in(target, actual, direction):
        return told
    row = _row(target, actual, HUNDRED, direction)
    if not row.target or not row.actual:
        return ""
    if told := _unknown(row.direction):
        return told
    done = score_indicator(row, book, [], None, year)
    rule = book.general.get(done.direction)
    if isinstance(rule, Steps | PerPoint | IntervalTable | Checklist):
        # deductions are laid down for certain weights: the share may be another one for each
        rates = {score_indicator(row._replace(weight=w), book, [], None, year).completion for w in _weights(rule)} | {done.completion}
        if len(rates) > 1:
            return "随分值不同，请用 PE_SCORE"
    return float(done.completion) if done.completion is not None else _told(row, done._replace(score=None), book, year)


def _weights(rule: Steps | PerPoint | IntervalTable | Checklist) -> Iterator[Decimal]:
    """The weights a rule was published for."""
    if isinstance(rule, Steps | PerPoint):
        yield from (d.of for d in rule.deductions)
    elif isinstance(rule, IntervalTable):
        yield from (p.of for p in rule.points)


_OF_TABLES = frozenset({"missing-reason", "missing-weight", "dominant-indicator", "weights-do-not-sum", "unscored-section", "indicator-count"})
"""Findings that a row without its table cannot have, or that its missing columns would raise falsely."""


def _findings(book: Rulebook, year: int, target: Any, actual: Any, weight: Any, score: Any, direction: Any) -> str:  # noqa: PLR0913  # the cells of a row
    from perfeval_xl.core.checks import full_audit  # noqa: PLC0415  # on demand: Excel waits for the functions at its start
    from perfeval_xl.core.evaluate import evaluate  # noqa: PLC0415

    if told := error_in(target, actual, weight, score, direction):
        return told
    try:
        points, reported = amount(weight), amount(score)
    except RefusedError:
        return "分值或得分不是数字"
    row = _row(target, actual, points, direction, reported)
    if not (row.target or row.actual or reported):
        return ""
    if told := _unknown(row.direction):
        return told
    submission = Submission("", "", "", "", year or None, [row], ruleset=book.ruleset.id, form=book.ruleset.form)
    evaluation: Evaluation = evaluate(submission, book.ruleset, day=book.day)
    found = full_audit(submission, evaluation, book).findings
    lines = [f"{f.kind.title}：{f.found}" + (f"；应为：{f.expected}" if f.expected else "") for f in found if f.kind.kind not in _OF_TABLES]
    return "\n".join(dict.fromkeys(lines))


