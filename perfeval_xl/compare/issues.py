"""Issues: findings as a bureau works on them, each with the file it came from and whether a reviewer has accepted it. Pure."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from perfeval_xl.core.department import unit_key
from perfeval_xl.core.findings import Finding, Severity

ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
KEY_TEXT = 2_000
"""Characters of the found text that are compared: a cell may have cut the rest."""
# What a reviewer writes first in 复核意见 to accept a finding; everything else is kept as a remark and accepts nothing.
_ACCEPTING = ("同意", "接受", "认可", "已核实无误", "情况属实", "属实", "准予", "通过")


class Review(NamedTuple):
    """One filled line of an issue list. opinion, by: 复核意见 and 复核人 as written. source: the workbook it was written in."""

    kind: str
    file: str
    department: str
    sheet: str
    cell: str
    found: str
    opinion: str
    by: str
    source: str

    @property
    def accepts(self) -> bool:
        """Whether the opinion accepts: it says so, says why, and someone stands for it."""
        return self.says_accepted and bool(self.by) and bool(self.reason)

    @property
    def says_accepted(self) -> bool:
        """Whether the opinion begins with a word of acceptance."""
        return self.opinion.startswith(_ACCEPTING)

    @property
    def reason(self) -> str:
        """What follows the word of acceptance."""
        word = next((w for w in sorted(_ACCEPTING, key=len, reverse=True) if self.opinion.startswith(w)), "")
        return self.opinion[len(word) :].strip(" ，,。.：:；;、（）()+-—")


@dataclass(frozen=True, slots=True)
class Issue:
    """A finding in its file. review: what an earlier issue list says about this very finding."""

    finding: Finding
    review: Review | None = None

    @property
    def is_accepted(self) -> bool:
        """Accepted findings stay listed and count for no exit status."""
        return self.review is not None and self.review.accepts


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One file and everything found in it.

    file: as people know it in this run. path: where it lies, for links. is_read: whether there was anything to check.
    """

    file: str
    path: str
    department: str = ""
    year: int | None = None
    ruleset: str = ""
    ruleset_status: str = ""
    ruleset_reason: str = ""
    issues: Sequence[Issue] = ()
    is_read: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """A whole run. notes: what was assumed or left aside, in words."""

    files: Sequence[CheckedFile]
    notes: Sequence[str] = field(default=())

    def issues(self) -> Iterator[tuple[CheckedFile, Issue]]:
        """Every issue with its file."""
        for one in self.files:
            for issue in one.issues:
                yield one, issue

    def counts(self) -> dict[str, int]:
        """Open issues by severity, and accepted ones."""
        count = Counter("accepted" if i.is_accepted else i.finding.severity.value for _, i in self.issues())
        return {name: count[name] for name in ("error", "warning", "info", "accepted")}

    @property
    def has_errors(self) -> bool:
        """Whether an error is open."""
        return any(i.finding.severity is Severity.ERROR and not i.is_accepted for _, i in self.issues())


def issues_of(findings: Iterable[Finding]) -> list[Issue]:
    """Findings as issues, each once, the grave ones first, then by sheet, row and column."""
    return [Issue(f) for f in sorted(dict.fromkeys(findings), key=_order)]


def _order(found: Finding) -> tuple[int, str, int, int, str]:
    letters = "".join(c for c in found.location.cell if c.isalpha())
    digits = "".join(c for c in found.location.cell if c.isdigit())
    return ORDER[found.severity], found.location.sheet, int(digits or 0), len(letters), letters


def with_reviews(checked: Checked, reviews: Sequence[Review]) -> Checked:
    """The run with what reviewers wrote before; what no longer belongs to any finding, or accepts without a name or reason, is told."""
    if not reviews:
        return checked
    known: Mapping[tuple[str, ...], list[Review]] = defaultdict(list)
    for review in reviews:
        known[_key(review.kind, review.sheet, review.cell, review.found)].append(review)
    used: set[int] = set()
    files = []
    for one in checked.files:
        issues = []
        for issue in one.issues:
            found = issue.finding
            candidates = known.get(_key(found.kind.kind, found.location.sheet, found.location.cell, found.found), [])
            mine = next((r for r in reversed(candidates) if _same_file(r, one)), None)
            if mine is not None:
                used.add(id(mine))
            issues.append(replace(issue, review=mine) if mine is not None else issue)
        files.append(replace(one, issues=issues))
    return Checked(files, [*checked.notes, *_remarks(reviews, used)])


def _remarks(reviews: Sequence[Review], used: set[int]) -> list[str]:
    notes = []
    half = [r for r in reviews if id(r) in used and r.says_accepted and not r.accepts]
    nameless, groundless = sum(not r.by for r in half), sum(bool(r.by) for r in half)
    if nameless:
        notes.append(f"有 {nameless} 项的“复核意见”表示接受，但没有填写“复核人”，仍按未接受处理。请补填复核人。")
    if groundless:
        notes.append(f"有 {groundless} 项的“复核意见”表示接受，但没有写明理由，仍按未接受处理。请在“复核意见”中补写理由，如“接受：已核对原始资料”。")
    stale = sum(id(r) not in used and r.says_accepted for r in reviews)
    if stale:
        notes.append(f"以前接受过的问题中有 {stale} 项在本次结果里没有，或其内容已经改变；内容改变的按新问题列出，需重新复核。")
    own = Counter(r.source for r in reviews if id(r) in used and r.accepts)
    notes += [f"有 {count} 项问题按“{source}”的问题清单视为已接受。" for source, count in own.items()]
    return notes


def _key(kind: str, sheet: str, cell: str, found: str) -> tuple[str, ...]:
    return kind, _bare(sheet), cell.replace("$", "").upper(), _bare(found)[:KEY_TEXT]


def _bare(text: str) -> str:
    """Blanks and line ends are lost on the way through a spreadsheet."""
    return "".join(unicodedata.normalize("NFC", text).split())


def _same_file(review: Review, one: CheckedFile) -> bool:
    """By department where both name one, else by file name: neither a new file name nor new content opens a finding again."""
    if review.department and one.department:
        return unit_key(review.department) == unit_key(one.department)
    return _name(review.file) == _name(one.file)


def _name(file: str) -> str:
    return unicodedata.normalize("NFC", file.replace("\\", "/").rpartition("/")[2])
