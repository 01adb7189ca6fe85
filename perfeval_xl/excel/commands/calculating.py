"""重新计算: rates, scores and sums written where `perfeval recalc` writes them; formulas stay and are calculated by Excel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from perfeval_xl.excel import guards
from perfeval_xl.excel.changes import Changes, Percent
from perfeval_xl.excel.commands.base import MAX_NAMED, Session, command, summary
from perfeval_xl.excel.live import Reading
from perfeval_xl.workbook.grid import position
from perfeval_xl.workbook.manner import Standing, Written, is_free
from perfeval_xl.workbook.recalc import Change, recalculated

_PERCENT = re.compile(r"-?[0-9]+(\.[0-9]+)?%")


@command("重新计算")
def recalculate(session: Session) -> str:
    """Writes what the engine computes; returns what was done."""
    reading = session.read(only_tables=True)
    done = session.assess(reading)
    found = recalculated(done.evaluation, done.ruleset, done.book.grids, reading.look())
    new, formulas, unsure = Changes(), [], []
    for change in found.changes:
        at = position(change.cell)
        if change.is_formula:
            formulas.append(change)
        elif at is not None and (reading.is_whole or _is_blank(reading, change)):
            new.put(change.sheet, at, _typed(change.value))
        else:
            unsure.append(change)
    if new:
        guards.check_book(session.book)
        with guards.unlocked(session.book, list(new.cells), is_own=reading.is_own):
            session.apply(reading, new)
    if formulas or reading.is_own:
        _calculate(session)
        formulas = _still_wrong(session, [c for c in formulas if not (reading.is_own and c.field == "section")])  # a form's hidden sums are in its total
    if reading.is_own and not guards.is_desktop(session.book):
        formulas = []  # they are worked out when the answer arrives
    lines = [f"已写入 {len(new)} 格。" if new else "各项完成率、得分和合计都与规则一致，没有需要改写的格子。" if not (unsure or formulas) else "没有改写任何格子。", summary(done.evaluation)]
    if formulas:
        remedy = "可能是加载项的函数没有生效，请运行“诊断”。" if reading.is_own else ""
        state = "其结果与规则不同" if guards.is_desktop(session.book) else "重新计算后请核对"  # what comes of it is seen in the browser only
        lines.append(f"有 {len(formulas)} 格是公式，保留公式，{state}：{_listed(formulas)}。{remedy}")
    if unsure:
        lines.append(f"有 {len(unsure)} 格的内容与计算结果不同，因看不出是否为公式而未改写（如为公式，会自行更新）：{_listed(unsure)}。")
    kept = [k for k in found.kept if not reading.is_own or k.field in {"rate", "score"}]  # a form's own sums are its formulas' business
    if kept:
        named = "；".join(f"{k.sheet}!{k.cell} {k.reason}" for k in kept[:MAX_NAMED])
        lines.append(f"有 {len(kept)} 格保留原样：{named}{'……' if len(kept) > MAX_NAMED else ''}。")
    return "\n".join(lines)


def _typed(value: Written) -> Written:
    """A rate with its sign is a number to Excel, not a text."""
    return Percent(value) if isinstance(value, str) and _PERCENT.fullmatch(value) else value


def _still_wrong(session: Session, formulas: Sequence[Change]) -> list[Change]:
    """Formulas that say something else now that what they add up is written: asked of Excel, which has just worked them out, in one call a sheet."""
    if not guards.is_desktop(session.book):
        return list(formulas)
    wrong = []
    for name in dict.fromkeys(c.sheet for c in formulas):
        places = [(c, at) for c in formulas if c.sheet == name and (at := position(c.cell))]
        top, left = min(r for _, (r, _) in places), min(c for _, (_, c) in places)
        corner = max(r for _, (r, _) in places), max(c for _, (_, c) in places)
        values = session.book.sheets[name].range((top, left), corner).options(ndim=2).value
        wrong += [c for c, (row, column) in places if not _is(values[row - top][column - left], c.value)]
    return wrong


def _is(value: object, expected: Written) -> bool:
    if isinstance(value, int | float) and isinstance(expected, Decimal):
        return Decimal(format(value, ".12g")) == expected
    return value == expected


def _is_blank(reading: Reading, change: Change) -> bool:
    """Whether nothing stands there that could be a formula."""
    at, grid = position(change.cell), reading.grid(change.sheet)
    if at is None or grid is None or at in grid.errors:
        return False
    text = grid.own(*at)
    return is_free(Standing(text or None, text))


def _listed(some: list[Change]) -> str:
    shown = "、".join(f"{c.sheet}!{c.cell}（{c.old or '空'}，应为 {c.new}）" for c in some[:MAX_NAMED])
    return shown + ("等" if len(some) > MAX_NAMED else "")


def _calculate(session: Session) -> None:
    """Excel works everything out anew and binds the functions of the add-in again, as if every formula had been typed anew."""
    app = session.book.app
    if guards.is_desktop(session.book):
        app.api.CalculateFullRebuild()
    else:
        app.calculate()
