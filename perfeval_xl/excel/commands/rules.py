"""规则集: which there are, which one this table is scored by and why, and another one in its place."""

from __future__ import annotations

import datetime

from perfeval_xl.core.model import Submission
from perfeval_xl.core.parameters import STATUS_TITLES
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.excel.choices import CHOSEN, choose
from perfeval_xl.excel.commands.base import Session, command
from perfeval_xl.excel.host import CommandError
from perfeval_xl.excel.live import WITHOUT_FORMATS, Reading
from perfeval_xl.rulesets.choose import shelf
from perfeval_xl.rulesets.loader import FALLBACK
from perfeval_xl.workbook.forms.template import filling_of, write_self_evaluation


def known() -> list[Ruleset]:
    """Every rule set in use, by identifier."""
    return sorted(shelf().rulesets.values(), key=lambda r: r.id)


def listed(rules: list[Ruleset]) -> str:
    """One line each, numbered."""
    return "\n".join(f"{i}. {r.id}  {r.title}（{STATUS_TITLES[r.status]}）" for i, r in enumerate(rules, 1))


def asked(session: Session, prompt: str, default: str) -> Ruleset:
    """The rule set the user names, by number or identifier. Raises: CommandError, StoppedError."""
    rules = known()
    session.host.tell(f"{prompt}\n\n{listed(rules)}\n\n请记下序号，在下一个对话框中输入。")  # the box to type into shows only 255 characters
    answer = session.host.ask(f"规则集的序号（1 至 {len(rules)}）或编号：", default)
    if answer.isdecimal() and 0 < int(answer) <= len(rules):
        return rules[int(answer) - 1]
    found = next((r for r in rules if r.id == answer), None)
    if found is None:
        raise CommandError(f"没有编号为“{answer[:40]}”的规则集", "列表中的序号或编号", "请重新点“规则集”并从列表中选择。")
    return found


@command("规则集")
def rulesets(session: Session) -> str:
    """Shows the list; takes another rule set where the user names one."""
    reading = session.read()
    session.notes.clear()  # nothing is written into cells
    current, why = FALLBACK, ""
    try:
        done = session.assess(reading)
        current, why = done.evaluation.ruleset, done.evaluation.ruleset_reason
        if session.chosen_for(reading):
            why = CHOSEN
        state = f"本表采用：{current}（{why}）"
        submission: Submission | None = done.evaluation.submission
    except CommandError as error:
        state, submission = f"没有可以计分的表：{error}", None
    if not session.host.is_local:
        return f"{state}\n\n可用的规则集：\n{listed(known())}\n\n要改用其他规则集，请在任务窗格中选择。"
    new = asked(session, state, current)
    if new.id == current:
        return f"{state}，没有改变。"
    if submission is None:
        raise CommandError(state, "一份自评表", "请先打开自评表；新建表时可直接选择规则集。")
    if reading.is_own:
        return _rebuilt(session, reading, submission, new)
    choose(session.book, session.host, new.id, submission.department)
    return f"本表改用规则集：{new.id}（{new.title}）。\n这个选择只记在本机，工作簿没有改动；请再点“重新计算”。"


def _rebuilt(session: Session, reading: Reading, submission: Submission, new: Ruleset) -> str:
    """A form's formulas are made for its rule set: another one needs another form, with the same contents."""
    year = submission.year or datetime.date.today().year - 1  # the clerk's day
    if not session.host.confirm(f"自评表的公式是按规则集编制的。将按“{new.title}”另建一份自评表，并带入已填写的内容；本表不变。是否继续？"):
        return ""
    book = new.at(datetime.date(year, 12, 31))
    filling = filling_of(submission, book, year)
    where = session.host.deliver(f"{submission.department or '自评表'}-{new.id}.xlsx", lambda path: write_self_evaluation(path, new, filling))
    return f"{where}。请在新表中核对各部分的分值。" + ("" if reading.is_whole else f"\n{WITHOUT_FORMATS}")
