"""File → evaluation: read, find the table, look at the form, choose the rule set, evaluate. The one way for every front end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.findings import Finding, Location, Severity, finding
from perfeval_xl.core.model import Evaluation, Submission
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.rulesets.choose import Shelf, choose
from perfeval_xl.rulesets.loader import RulesetError, load
from perfeval_xl.workbook.forms.form import VERSION
from perfeval_xl.workbook.integrity import form_findings, is_own, with_computed_scores
from perfeval_xl.workbook.parse import parse_book, parse_tables
from perfeval_xl.workbook.read import Book, ReadError, read_workbook
from perfeval_xl.workbook.typed import number_as_text


class AssessError(Exception):
    """Why there is no evaluation; str() is the Chinese message. finding: where it is one of the table's kinds."""

    def __init__(self, message: str, finding: Finding | None = None) -> None:
        super().__init__(message)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for. ruleset: identifier or path. sheet: the table's, where there are several."""

    ruleset: str | None = None
    sheet: str = ""
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """One workbook as read, and what the engine says of it."""

    book: Book
    evaluation: Evaluation
    ruleset: Ruleset

    def with_submission(self, submission: Submission) -> Assessment:
        """The same, with more said about the submission."""
        return replace(self, evaluation=replace(self.evaluation, submission=submission))


def assess(file: Path, request: Request) -> Assessment:
    """Raises: AssessError."""
    try:
        if request.ruleset:
            load(request.ruleset)  # a wrong name is told before a long read
        book = read_workbook(file, request.password)
        return assess_book(book, request)
    except ReadError as error:
        raise AssessError(str(error), error.finding) from error
    except RulesetError as error:
        raise AssessError(str(error)) from error


def assess_book(book: Book, request: Request, rules: Shelf | None = None) -> Assessment:
    """rules: all rule sets, where many files are read in one run. Raises: AssessError, RulesetError."""
    names = _names(book)
    submission = parse_book(book.file, book.grids, names, request.sheet)
    if isinstance(submission, Finding):
        hint = "可用 --sheet 指明工作表；同一工作表中的几张表，请分到各自的工作表，或用 check、merge 逐表校验、汇总。" if submission.kind.kind == "ambiguous-table" else ""
        raise AssessError(f"{submission.location}：{submission.message}{hint}", submission)
    return _assessed(book, names, submission, request.ruleset, rules)


def assess_tables(book: Book, ruleset: str | None, rules: Shelf | None = None) -> list[Assessment]:
    """One for each table of a workbook, on sheets of their own or below each other: several projects are all evaluated.

    A table whose rule set has no parameters for its year is named in the findings of the others. Raises: AssessError, RulesetError.
    """
    names = _names(book)
    submissions = parse_tables(book.file, book.grids, names)
    if isinstance(submissions, Finding):
        raise AssessError(f"{submissions.location}：{submissions.message}", submissions)
    done: list[Assessment] = []
    failed: list[AssessError] = []
    for submission in submissions:
        try:
            done.append(_assessed(book, names, submission, ruleset, rules))
        except AssessError as error:
            failed.append(error)
    if not done:
        raise failed[0]
    first = done[0].evaluation.submission
    more = [e.finding for e in failed if e.finding is not None]
    return [done[0].with_submission(replace(first, findings=[*first.findings, *more])), *done[1:]] if more else done


def _names(book: Book) -> dict[str, str]:
    names = dict(book.names)
    if "/target-declaration/" in names.get("PE_TEMPLATE", ""):
        found = finding("no-indicator-table", Location(book.file), "这是绩效目标申报表，没有实现值和得分", "自评表；申报表请用 check 的 --against 给出")
        raise AssessError(f"{found.location}：{found.message}", found)
    return names


def _assessed(book: Book, names: Mapping[str, str], submission: Submission, asked: str | None, rules: Shelf | None) -> Assessment:  # one table
    changed = [*form_findings(submission, book.grids, names, VERSION), *number_as_text(submission, book.grids)]
    if is_own(submission, names):
        submission = with_computed_scores(submission, book.grids)
    if changed or book.findings:
        submission = replace(submission, findings=[*book.findings, *submission.findings, *changed])
    ruleset, reason = choose(submission, asked, rules)
    try:
        return Assessment(book, evaluate(submission, ruleset, reason), ruleset)
    except LookupError as error:
        text = f"规则集“{ruleset.id}”中没有在 {submission.year or '该'} 年度有效的“{error.args[0]}”参数"
        found = finding("unreadable-part", Location(book.file, submission.sheet), f"{text}，这张表没有计分", "在该年度有效的规则集", Severity.ERROR)
        raise AssessError(f"{text}。请检查规则集的起止日期。", found) from error
