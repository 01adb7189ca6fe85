"""Work: one file read, evaluated, checked and put into rows. Runs in a worker; whatever happens, an outcome comes back."""

from __future__ import annotations

import datetime
import gc
import hashlib
import time
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from perfeval_xl.batch.amounts import amounts_of, name_of_key
from perfeval_xl.batch.content import bytes_of, close_archives, digest
from perfeval_xl.batch.outcome import Details, Outcome, Table, outcome, refused_outcome
from perfeval_xl.batch.sources import Source
from perfeval_xl.compare.subject import subject_of
from perfeval_xl.core.checks import full_audit
from perfeval_xl.core.consolidate import RATE_PLACES, Group, SectionResult, TableResult
from perfeval_xl.core.dates import in_digits
from perfeval_xl.core.decimals import ONE, ZERO, round_to
from perfeval_xl.core.department import department_kind
from perfeval_xl.core.evaluate import EXECUTION
from perfeval_xl.core.finance import in_yuan
from perfeval_xl.core.findings import Finding, Location, Severity, finding
from perfeval_xl.core.memory import without_cycle_search
from perfeval_xl.core.model import Evaluation, IndicatorScore, Status, Submission
from perfeval_xl.core.quantity import Kind, parse
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.core.scoring import DIRECTION_TITLES
from perfeval_xl.core.texts import shortened
from perfeval_xl.core.units import unit_of
from perfeval_xl.rulesets.choose import Shelf, shelf
from perfeval_xl.rulesets.loader import RulesetError
from perfeval_xl.workbook.about import FILLED_IN
from perfeval_xl.workbook.assess import AssessError, Assessment, assess_tables
from perfeval_xl.workbook.read import ReadError, read_bytes
from perfeval_xl.workbook.reviews import is_issue_book
from perfeval_xl.workbook.tablecells import plain_row

STATUS_TITLES = {
    Status.SCORED: "已计分", Status.UNSCORED: "未计分", Status.NOT_APPLICABLE: "不适用", Status.ALTERNATIVE: "二选一，未采用", Status.DETAIL: "其中项",
}  # fmt: skip
_NAMELESS, OWN_WORKBOOK = "本文件", "这是汇总工作簿，不是自评表"
OWN_SHEETS = ["汇总", "指标明细", "分类统计"]
"""What a workbook made by a merge begins with."""
_NO_SHARE = frozenset({Status.DETAIL, Status.ALTERNATIVE})
_SHORT = 1_000
_MAX_CELL = 2_000  # characters of one text in the rows: prose beyond it stays in the file it came from


class Job(NamedTuple):
    """number: of the file in the run. password: for those that are behind one."""

    number: int
    source: Source
    ruleset: str | None
    password: str | None = None


class Done(NamedTuple):
    """What came of a job. digest: of the bytes that were really read; empty where none were. is_lasting: whether the same bytes would give
    the same outcome again; what a moment's lack of memory or access brought about would not.
    """

    number: int
    digest: str
    outcome: Outcome
    is_lasting: bool = True


def work(jobs: Sequence[Job]) -> list[Done]:
    """Every job of a batch, one after the other; reference cycles are looked for once, at the end."""
    try:
        with without_cycle_search():
            done = [one(job) for job in jobs]
    finally:
        close_archives()
    gc.collect(1)  # what this batch left; what is remembered for all batches need not be walked through
    return done


def one(job: Job) -> Done:
    """One file. Never raises but for what ends a process."""
    start = time.perf_counter()
    try:
        data = bytes_of(job.source)
    except ReadError as error:
        return Done(job.number, "", refused_outcome(error.finding, time.perf_counter() - start), is_lasting=False)
    key = digest(data)
    try:
        return Done(job.number, key, _evaluated(job, data, start))
    except (ReadError, AssessError) as error:
        found = error.finding or finding("unreadable-part", Location(""), str(error)[:_MAX_CELL], "可以计分的自评表", Severity.ERROR)
    except RulesetError as error:
        found = finding("unreadable-part", Location(""), str(error)[:_MAX_CELL], "可以计分的自评表", Severity.ERROR)
    except MemoryError:
        raise  # the guard's business: the limit of this process is reached
    except Exception as error:  # one odd file must not stop the others; the kind of error is for those who mend the program
        found = finding("unreadable-part", Location(""), f"读取时出错（{type(error).__name__}），该文件没有读完", "可以读取的自评表", Severity.ERROR)
        return Done(job.number, key, refused_outcome(found, time.perf_counter() - start), is_lasting=False)
    return Done(job.number, key, refused_outcome(found, time.perf_counter() - start))


@lru_cache(maxsize=1)
def rules() -> Shelf:
    """Read once in each worker: a run is made by the rules as they were when it began."""
    return shelf()


def _evaluated(job: Job, data: bytes, start: float) -> Outcome:
    book = read_bytes(_NAMELESS, data, job.password)  # the same bytes under another name give the same outcome
    if is_issue_book(book):
        raise AssessError("", finding("no-indicator-table", Location(book.file), "这是问题清单，不是自评表", "自评表"))
    if [g.sheet for g in book.grids][: len(OWN_SHEETS)] == OWN_SHEETS:
        raise AssessError("", finding("no-indicator-table", Location(book.file), OWN_WORKBOOK, "自评表"))
    assessments = assess_tables(book, job.ruleset, rules())
    if not any(r.actual or r.score for a in assessments for r in a.evaluation.submission.indicators):
        raise AssessError("", finding("blank-actual", Location(book.file), "这是没有填写的空白表，各项指标都没有实现值和得分", "填写完整的自评表"))
    read = [_table(assessment) for assessment in assessments]
    return outcome(book.reader, time.perf_counter() - start, [t for t, _, _ in read], [d for _, d, _ in read], [i for _, _, i in read])


def _table(assessment: Assessment) -> tuple[Table, Details, list[list[str]]]:
    evaluation = assessment.evaluation
    submission = evaluation.submission
    rules = assessment.ruleset.at(evaluation.day)
    findings = full_audit(submission, evaluation, rules).findings
    amounts, left = amounts_of(evaluation)
    keys = [(key_hash(submission.year, a.key), key_hash(submission.year, name_of_key(a.key))) for a in amounts]
    table = Table(
        _result(submission, evaluation, findings, rules), [*evaluation.notes, *(line for line in submission.layout if "未读取" in line)], keys, Counter(f.kind.kind for f in findings), _groups(evaluation),
    )  # fmt: skip
    titles = {rule.id: rule.title for rule in rules.rules}
    return table, Details([_detail(s, titles) for s in evaluation.scores], amounts, left), [_issue(f) for f in findings]


def _groups(evaluation: Evaluation) -> list[Group]:
    """Counts by second level; budget execution and rows that count for nothing are left out."""
    found: dict[tuple[str, str], list[IndicatorScore]] = {}
    for score in evaluation.scores:
        if score.status not in _NO_SHARE and not score.indicator.is_execution:
            found.setdefault((score.indicator.level1, score.indicator.level2), []).append(score)
    groups = []
    for (level1, level2), members in found.items():
        scored = [s for s in members if s.status is Status.SCORED and s.score is not None and s.weight]
        rates = Counter(ONE if s.completion >= ONE else round_to(s.completion, RATE_PLACES) for s in members if s.completion is not None)
        groups.append(Group(level1, level2, len(members), len(scored), sum(s.score >= s.weight for s in scored if s.score is not None and s.weight is not None), rates))
    return groups


def key_hash(year: int | None, key: str) -> int:
    """A roll-up key of one year as a number, the same in every process."""
    return int.from_bytes(hashlib.blake2b(f"{year}\0{key}".encode("utf-8", "surrogatepass"), digest_size=7).digest())


def _result(submission: Submission, evaluation: Evaluation, findings: Sequence[Finding], rules: Rulebook) -> TableResult:
    counts = {severity: sum(f.severity is severity for f in findings) for severity in Severity}
    execution = next((s.completion for s in evaluation.scores if s.indicator.is_execution and s.completion is not None), None)
    rates = [min(s.completion, ONE) for s in evaluation.scores if s.completion is not None and s.status is Status.SCORED and not s.indicator.is_execution]
    department = submission.department.strip()
    return TableResult(
        (0, 0), "", submission.sheet, department, submission.project.strip(), submission.form, submission.year, _subject(submission), department_kind(department), evaluation.ruleset,
        evaluation.total, evaluation.weight, evaluation.reported, evaluation.grade, sum(s.status is not Status.DETAIL for s in evaluation.scores), evaluation.unscored,
        tuple(SectionResult(s.name, s.weight, s.score, s.reported) for s in evaluation.sections), counts[Severity.ERROR], counts[Severity.WARNING], counts[Severity.INFO],
        round_to(execution, 6) if execution is not None else None, round_to(sum(rates, ZERO) / len(rates), 6) if rates else None, _funds(submission, rules), _dated(submission), 0.0, _rows(submission),
    )  # fmt: skip


def _rows(submission: Submission) -> int:
    """Rows as they were read, whatever was made of them: indicators, and budget execution of a fund table that no row is about."""
    is_added = submission.execution is not None and not any(row.is_execution or row.name == EXECUTION for row in submission.indicators)
    return len(submission.indicators) + is_added


def _subject(submission: Submission) -> tuple[str, int | None, str, str] | None:
    """What a corrected submission shares with the one before, in few bytes."""
    subject = subject_of(submission)
    if subject is None:
        return None
    project = subject.project
    if subject.names:
        project = hashlib.blake2b("\0".join((project, *subject.names)).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return subject.unit, subject.year, project, subject.form


def _funds(submission: Submission, rules: Rulebook) -> Decimal | None:
    """The year's budget in yuan, by the fund table or the money sheet; None where neither gives one with its unit."""
    form = submission.execution
    if form is not None:
        bases = ((rules.execution.base,) if rules.execution is not None else ()) + ("annual", "adjusted", "initial")
        text = next((t for b in bases if (t := form.total.budgets.get(b, "").strip())), "")
        return in_yuan(parse(text), form.unit)
    money = submission.money
    if money is not None:
        line = next((one for one in money.lines if one.subject == "expenditure" and one.budget is not None), None)
        if line is not None and line.budget is not None and money.unit:
            return line.budget * unit_of("元", money.unit[:-1]).size
    return None


def _dated(submission: Submission) -> datetime.date | None:
    for label in FILLED_IN:
        read = parse(in_digits(submission.facts.get(label, "")[:40]))
        if read.kind is Kind.DATE and read.span is not None and read.span.end.year > 1:
            end = read.span.end
            return datetime.date(end.year, end.month, end.day)
    return None


def _detail(score: IndicatorScore, titles: dict[str, str]) -> list[str | float | None]:
    """Cells of the detail sheet, from the first level on, as they are written."""
    row = score.indicator
    place = row.place
    reported, computed, rate, weight = row.score, score.score, score.completion, score.weight
    return [
        _shown(row.level1), _shown(row.level2), _shown(row.name), DIRECTION_TITLES[score.direction], _shown(row.target), _shown(score.actual.text or row.actual), _shown(row.unit or score.target.unit.symbol),
        None if rate is None else float(rate), None if weight is None else float(weight), None if computed is None else float(computed), None if reported is None else float(reported),
        None if reported is None or computed is None else float(reported - computed), STATUS_TITLES[score.status], titles.get(score.rule) or None, _shown(row.reason), _shown(place.sheet),
        place.cell("score") or place.cell("actual") or place.cell("name") or None,
    ]  # fmt: skip


def _shown(text: str) -> str | None:
    """A text as a cell holds it; most are short and plain."""
    if text and len(text) < _SHORT and text.isprintable():
        return text
    cell = plain_row([shortened(text.strip(), _MAX_CELL)])[0]
    return cell if isinstance(cell, str) else None


def _issue(found: Finding) -> list[str]:
    kind = found.kind
    return [found.severity.value, kind.code, kind.kind, kind.title, shortened(found.found.strip(), _MAX_CELL), shortened(found.expected.strip(), _MAX_CELL), kind.remedy, found.location.sheet, found.location.cell]
