"""Files → everything found in them: each alone, against its declaration and last year, against one another, and as reviewed before."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from pathlib import Path

from perfeval_xl.batch.content import close_archives
from perfeval_xl.batch.given import Given, given_workbooks
from perfeval_xl.compare.declared import compare_with_declaration, same_subject
from perfeval_xl.compare.issues import Checked, CheckedFile, Review, issues_of, with_reviews
from perfeval_xl.compare.peers import PeerLimits, compare_peers, duplicates
from perfeval_xl.compare.previous import WIDE_JUMP, compare_with_previous
from perfeval_xl.core.checks import SwitchedOff, full_audit
from perfeval_xl.core.findings import Finding, Location, Severity, finding
from perfeval_xl.core.model import Evaluation, Submission
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.rulesets.loader import RulesetError, load
from perfeval_xl.workbook.assess import AssessError, assess_tables
from perfeval_xl.workbook.declaration import parse_declaration
from perfeval_xl.workbook.parse import parse_book
from perfeval_xl.workbook.read import Book, ReadError, read_workbook
from perfeval_xl.workbook.reviews import is_issue_book, reviews_of

_LONGEST = 200


class CheckError(Exception):
    """Why nothing can be checked; str() is one Chinese sentence."""


def _silent(_done: int, _all: int, _name: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What the user asked for. against, previous, accepted: files or folders. tell: called before each file. skip: own outputs.

    earlier: looks up last year's tables of a submission elsewhere (an export of `merge`); None where nothing was given.
    """

    ruleset: str | None = None
    password: str | None = None
    against: Sequence[Path] = ()
    previous: Sequence[Path] = ()
    accepted: Sequence[Path] = ()
    as_of: datetime.date | None = None
    skip: Sequence[Path] = ()
    tell: Callable[[int, int, str], None] = field(default=_silent)
    earlier: Callable[[Submission], Sequence[Submission]] | None = None


def check_files(paths: Sequence[Path], request: CheckRequest) -> Checked:
    """Checks every workbook; one that cannot be read is its own finding. Raises: CheckError where the arguments are wrong."""
    try:
        if request.ruleset:
            load(request.ruleset)
    except RulesetError as error:
        raise CheckError(str(error)) from error
    notes: list[str] = []
    files = given_workbooks(paths, [*request.skip, *request.against, *request.previous, *request.accepted], notes)
    if not files:
        raise CheckError("没有可以校验的工作簿。请给出文件名，或含有 .xlsx、.xls、.ods 等文件的文件夹或 zip 压缩包。")
    declared = _others(request.against, "申报表", request.password, notes, parse_declaration)
    previous = _others(request.previous, "上年自评表", request.password, notes, _last_year)
    reviews = [r for path in request.accepted for r in _reviews(path, request.password)]
    run = _Run(request, notes)
    for number, one in enumerate(files, 1):
        request.tell(number, len(files), one.name)
        run.read(one)
    close_archives()
    run.compare(declared, previous)
    run.audit()
    return with_reviews(Checked(run.checked(), run.notes), [*run.reviews, *reviews])


@dataclass(slots=True)
class _Entry:
    """One file on its way. evaluations: of each of its tables, with the rules in force for it; compared: what only other files show."""

    name: str
    path: str
    evaluations: list[Evaluation] = field(default_factory=list)
    books: list[Rulebook] = field(default_factory=list)
    compared: list[list[Finding]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    is_read: bool = True


class _Run:
    """The files of one run, read one after the other; then held against one another."""

    def __init__(self, request: CheckRequest, notes: list[str]) -> None:
        self.request, self.notes = request, notes
        self.entries: list[_Entry] = []
        self.reviews: list[Review] = []

    def read(self, given: Given) -> None:
        """One file, whatever it is."""
        entry = _Entry(given.name, given.path)
        try:
            book = given.book(self.request.password)
            if is_issue_book(book):
                if not given.is_named:
                    self.notes.append(f"“{given.name}”是问题清单，不是自评表，未校验。")
                    return
                raise AssessError("", finding("no-indicator-table", Location(book.file), "这是问题清单，不是自评表", "自评表；已复核的问题清单请用 --accepted 给出"))
            for assessment in assess_tables(book, self.request.ruleset):
                entry.evaluations.append(assessment.evaluation)
                entry.books.append(assessment.ruleset.at(assessment.evaluation.day))
                entry.compared.append([])
            department = entry.evaluations[0].submission.department
            self.reviews += [r._replace(source=given.name) for r in reviews_of(book, department)]
        except ReadError as error:
            entry.findings.append(error.finding)
        except AssessError as error:
            entry.findings.append(error.finding or finding("unreadable-part", Location(given.name), str(error)[:_LONGEST], "可以计分的自评表", Severity.ERROR))
        except RulesetError as error:
            entry.findings.append(finding("unreadable-part", Location(given.name), str(error)[:_LONGEST], "可以计分的自评表", Severity.ERROR))
        except Exception as error:  # one odd file must not stop the others
            entry.findings.append(_failed(given.name, error))
        entry.is_read = bool(entry.evaluations)
        self.entries.append(entry)

    def compare(self, declared: Sequence[Submission], previous: Sequence[Submission]) -> None:
        """Adds what only several files together show."""
        every = [(entry, e, more) for entry in self.entries for e, more in zip(entry.evaluations, entry.compared, strict=True)]
        books = [book for entry in self.entries for book in entry.books]
        is_single = len(every) == 1
        used: set[int] = set()
        missing: dict[str, list[str]] = {"申报表": [], "上年自评表": []}
        for (entry, evaluation, compared), book in zip(every, books, strict=True):
            submission = evaluation.submission
            since = partial(compare_with_previous, warn_from=_limit(book, "jump-from-last-year", "ratio", WIDE_JUMP))
            looked_up = self.request.earlier
            before = [*previous, *(looked_up(submission) if looked_up is not None else ())]
            for title, candidates, is_asked, compare in (
                ("申报表", declared, bool(declared), compare_with_declaration), ("上年自评表", before, bool(previous) or looked_up is not None, since),
            ):  # fmt: skip
                if not is_asked:
                    continue
                partner = _partner(submission, candidates, is_single=is_single)
                if partner is None:
                    missing[title].append(entry.name)
                    continue
                used.add(id(partner))
                compared.extend(compare(partner, submission))
                if title == "申报表" and partner.department and submission.department and not same_subject(partner, submission):
                    self.notes.append(f"申报表“{partner.file}”是“{_title(partner)}”的，自评表“{entry.name}”是“{_title(submission)}”的，请核对是否拿错了文件。")
        for title, names in missing.items():
            if names:
                self.notes.append(f"有 {len(names)} 份自评表没有对应的{title}，未作比较：" + "、".join(f"“{n}”" for n in names[:10]) + ("等。" if len(names) > 10 else "。"))
        unused = [s for s in (*declared, *previous) if id(s) not in used]
        self.notes += [f"“{s.file}”（{_title(s) or '未写单位'}）与各份自评表都不对应，未使用。" for s in unused[:20]]
        evaluations = [e for _, e, _ in every]
        for (_, _, compared), more, twice in zip(every, compare_peers(evaluations, _peer_limits(books)), duplicates([e.submission for e in evaluations]), strict=True):
            compared.extend([*more, *twice])

    def audit(self) -> None:
        """Every check of every table; what a rule set does not report is told once."""
        off: dict[str, tuple[SwitchedOff, int]] = {}
        for entry in self.entries:
            try:
                for evaluation, book, compared in zip(entry.evaluations, entry.books, entry.compared, strict=True):
                    done = full_audit(evaluation.submission, evaluation, book, as_of=self.request.as_of, more=compared)
                    entry.findings += done.findings
                    for one in done.off:
                        off[one.kind.code] = one, off.get(one.kind.code, (one, 0))[1] + one.left
            except Exception as error:  # one odd file must not stop the others
                entry.findings.append(_failed(entry.name, error))
        for one, left in off.values():
            self.notes.append(f"规则集不报告“{one.kind.title}”（{one.kind.code}），略去 {left} 项。原因：{one.reason}（{one.basis}）")

    def checked(self) -> list[CheckedFile]:
        """Every file with its issues, in the order given."""
        return [_checked(entry) for entry in self.entries]


def _checked(entry: _Entry) -> CheckedFile:
    issues = issues_of(entry.findings)
    if not entry.evaluations:
        return CheckedFile(entry.name, entry.path, issues=issues, is_read=entry.is_read)
    first = entry.evaluations[0]
    s = first.submission
    return CheckedFile(entry.name, entry.path, s.department, s.year, first.ruleset, first.ruleset_status, first.ruleset_reason, issues)


def _limit(book: Rulebook, kind: str, name: str, otherwise: Decimal) -> Decimal:
    """A limit as the rule set has it."""
    rule = book.limit(kind, name)
    return rule.value if rule is not None and rule.value is not None else otherwise


def _peer_limits(books: Sequence[Rulebook]) -> PeerLimits:
    """Departments side by side are held to the rule set most of them use."""
    if not books:
        return PeerLimits()
    most = Counter(b.ruleset.id for b in books).most_common(1)[0][0]
    book = next(b for b in books if b.ruleset.id == most)
    own = PeerLimits()
    kind = "implausible-quantity"
    return PeerLimits(int(_limit(book, kind, "peers", Decimal(own.departments))), float(_limit(book, kind, "peer-ratio", Decimal(own.times))))


def _failed(name: str, error: Exception) -> Finding:
    text = f"校验时出错（{type(error).__name__}），该文件没有校验完"
    return finding("unreadable-part", Location(name), text, "可以校验的自评表", Severity.ERROR)


def _partner(submission: Submission, candidates: Sequence[Submission], *, is_single: bool) -> Submission | None:
    """The table of the same unit and project, of the latest year before this one; the only one there is for a single file."""
    if is_single and len(candidates) == 1:
        return candidates[0]
    same = [c for c in candidates if submission.department and same_subject(c, submission)]
    before = [c for c in same if not c.year or not submission.year or c.year < submission.year]
    return max(before or same, key=lambda c: c.year or 0, default=None)


def _title(submission: Submission) -> str:
    return f"{submission.department} {submission.project}".strip()


def _last_year(book: Book) -> Submission | Finding:
    return parse_book(book.file, book.grids, dict(book.names))


def _others(paths: Sequence[Path], title: str, password: str | None, notes: list[str], parse: Callable[[Book], Submission | Finding]) -> list[Submission]:
    """Files to compare with. One named by the user must be readable; one met in a folder is noted and left out."""
    found: list[Submission] = []
    for one in given_workbooks(paths, (), notes):
        try:
            submission = parse(one.book(password))
        except ReadError as error:
            submission = error.finding
        if not isinstance(submission, Finding):
            found.append(replace(submission, file=one.name))
        elif one.is_named:
            raise CheckError(f"{title}“{one.name}”无法使用：{submission.message}")
        else:
            notes.append(f"{title}“{one.name}”无法使用，未作比较：{submission.message}")
    if paths and not found:
        raise CheckError(f"没有可以使用的{title}。请核对给出的文件或文件夹。")
    return found


def _reviews(path: Path, password: str | None) -> list[Review]:
    try:
        book = read_workbook(path, password)
    except ReadError as error:
        raise CheckError(f"问题清单“{path.name}”无法读取：{error.finding.message}") from error
    found = reviews_of(book)
    if not found and not any(g.sheet.startswith("问题清单") for g in book.grids):
        raise CheckError(f"“{path.name}”中没有名为“问题清单”的工作表。请给出由 perfeval check -o 生成、填写了复核意见的问题清单。")
    return found
