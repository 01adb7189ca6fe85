"""The open table, as a file from Excel: score, findings and report, each as the command line gives them. Runs in a process apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from perfeval_xl.batch.overview import is_consolidated, read_overview, without_details
from perfeval_xl.compare.issues import issues_of
from perfeval_xl.core.checks import full_audit
from perfeval_xl.core.model import Status
from perfeval_xl.excel.choices import CHOSEN, Choice
from perfeval_xl.report.document import evaluation_document, finding_document
from perfeval_xl.report.narration import evaluation_story, is_department
from perfeval_xl.report.remarks import Annotate
from perfeval_xl.report.summary import overview_story
from perfeval_xl.report.word.report import report
from perfeval_xl.rulesets.loader import RulesetError, load
from perfeval_xl.workbook.assess import AssessError, Assessment, Request, assess_book
from perfeval_xl.workbook.read import ReadError, read_bytes
from perfeval_xl.workbook.readers.base import Book

MAX_FINDINGS = 500


class Asked(NamedTuple):
    """A workbook and how to read it. name: what the user calls it. choice: of a rule set, for one of that name. sheet: the one on the screen,
    taken where there are several tables.
    """

    name: str
    data: bytes
    choice: Choice = Choice()
    sheet: str = ""


class Refused(NamedTuple):
    """Why there is no answer, for the user."""

    message: str


def looked_at(asked: Asked) -> dict[str, Any] | Refused:
    """What the task pane shows: the document of `score --json`, its findings those of `check`, each with its remedy; and the weights."""
    done = _assessed(asked)
    if isinstance(done, Refused):
        return done
    found = [i.finding for i in issues_of(full_audit(done.evaluation.submission, done.evaluation, done.ruleset.at(done.evaluation.day)).findings)]
    document = evaluation_document(done.evaluation)
    document["file"] = asked.name
    document["ruleset"]["title"] = done.ruleset.title
    document["findings"] = [{**finding_document(f), "title": f.kind.title, "remedy": f.kind.remedy} for f in found[:MAX_FINDINGS]]
    document["more"] = max(len(found) - MAX_FINDINGS, 0)
    document["weights"] = _weights(done)
    return document


def _weights(done: Assessment) -> dict[str, Any]:
    """How the weights stand: of each section what is given, what the rule set says, and how many rows have none."""
    from perfeval_xl.core.checks.sections import Sections  # noqa: PLC0415
    from perfeval_xl.core.decimals import HUNDRED, ZERO, plain  # noqa: PLC0415

    book = done.ruleset.at(done.evaluation.day)
    sections = Sections(book.sections)
    full = {s.name: s.weight for s in book.sections}
    given: dict[str, list[Any]] = {}
    for score in done.evaluation.scores:
        if score.status is Status.DETAIL:
            continue
        found = sections.of(score.indicator)
        row = given.setdefault(found.name if found is not None else score.indicator.level1 or "（未分类）", [ZERO, 0, 0])
        row[0] += score.indicator.weight or ZERO
        row[1] += 1
        row[2] += score.indicator.weight is None
    rows = [{"name": name, "given": plain(g), "full": plain(w) if (w := full.get(name)) is not None else None, "count": n, "blank": b} for name, (g, n, b) in given.items()]
    return {"total": plain(sum((r[0] for r in given.values()), ZERO)), "full": plain(HUNDRED), "sections": rows}


def reported(asked: Asked) -> bytes | Refused:
    """The table, or a consolidated workbook, as a Word report, as `perfeval report` writes it."""
    try:
        book = read_bytes(asked.name, without_details(asked.name, asked.data))
        if is_consolidated(book):
            return report(overview_story(read_overview(book)), "summary").data
    except ReadError as error:
        return Refused(str(error))
    done = _assessed(asked)
    if isinstance(done, Refused):
        return done
    rules = done.ruleset.at(done.evaluation.day)
    findings = full_audit(done.evaluation.submission, done.evaluation, rules).findings
    story = evaluation_story(done.evaluation, rules, findings, Annotate.NONE)
    return report(story, "department" if is_department(done.evaluation, rules) else "project").data


def _assessed(asked: Asked) -> Assessment | Refused:
    try:
        if asked.choice.ruleset:
            load(asked.choice.ruleset)
        book = read_bytes(asked.name, asked.data)
        ruleset = asked.choice.of(_department(book, asked) if asked.choice.unit else "")
        done = _of(book, asked, ruleset or None)
        return replace(done, evaluation=replace(done.evaluation, ruleset_reason=CHOSEN)) if ruleset else done
    except AssessError as error:
        if error.finding is not None and error.finding.kind.kind == "ambiguous-table":
            return Refused(f"{error.finding.found}。请先点到要处理的那张工作表，再点“刷新”。")
        return Refused(str(error))
    except (ReadError, RulesetError) as error:
        return Refused(str(error))


def _department(book: Book, asked: Asked) -> str:
    try:
        return _of(book, asked, None).evaluation.submission.department
    except (AssessError, RulesetError):  # by its own rules there is no answer
        return ""


def _of(book: Book, asked: Asked, ruleset: str | None) -> Assessment:
    """Raises: AssessError, RulesetError."""
    try:
        return assess_book(book, Request(ruleset))
    except AssessError as error:
        if asked.sheet and error.finding is not None and error.finding.kind.kind == "ambiguous-table":
            return assess_book(book, Request(ruleset, asked.sheet))
        raise
