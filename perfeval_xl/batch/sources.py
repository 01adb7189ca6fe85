"""Sources: the files of a run, as values; and what a name says about a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from perfeval_xl.core.findings import Finding, Location, finding

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm", ".xlsb", ".xls", ".et", ".ett", ".ods", ".csv", ".tsv"})
ARCHIVES = frozenset({".zip"})
CLOSED = frozenset({".rar", ".7z", ".tar", ".gz", ".tgz", ".cab", ".iso"})
"""Archives that are not opened: what they hold is lost unless they are named."""
NO_TABLES = frozenset({
    ".doc", ".docx", ".wps", ".dot", ".dotx", ".rtf", ".ppt", ".pptx", ".pdf", ".ofd", ".txt", ".md", ".log", ".json", ".xml", ".htm", ".html", ".jpg", ".jpeg", ".png", ".gif", ".bmp",
    ".tif", ".tiff", ".heic", ".mp4", ".mp3", ".wav", ".mov", ".exe", ".msi", ".bat", ".lnk", ".url", ".ini", ".db", ".eml", ".msg", ".dwg", ".psd", ".vsd", ".vsdx",
})  # fmt: skip
"""What is no workbook by its name. A name that says nothing is looked into."""
MAX_PASSED = 1_000  # names that are told


class Source(NamedTuple):
    """One workbook to be read.

    path: the file on disk, its address (s3://…), or the archive. member: name inside the archive as its directory spells it, else empty. name: for people,
    relative to what the user gave. link: path from the given folder on disk, empty for a member of an archive, which no link can open.
    modified: seconds. size: bytes, as announced.
    """

    path: str
    member: str
    name: str
    modified: float
    size: int


class Refusal(NamedTuple):
    """A file that was not read, and the finding that says why."""

    name: str
    finding: Finding


@dataclass(slots=True)
class Found:
    """sources: in the order of their names. refused: what cannot be read at all. skipped: reason → number of files passed over; passed: the
    names of those that may have been meant as a return (a photo, a PDF).
    """

    sources: list[Source] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    passed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """What was given and is not there."""

    def skip(self, reason: str, name: str = "") -> None:
        """Counts one file that is no submission. name: where it should be told."""
        if name and len(self.passed) < MAX_PASSED:
            self.passed.append(name)
        self.skipped[reason] = self.skipped.get(reason, 0) + 1

    def refuse(self, name: str, kind: str, found: str, expected: str) -> None:
        """Names one file that cannot be taken."""
        self.refused.append(Refusal(name, finding(kind, Location(name), found, expected)))


def is_passing(name: str, ending: str) -> bool:
    """Whether a name is one of those that programs give to locks and to files on their way."""
    return name.startswith(("~$", ".~lock")) or ending in {".tmp", ".temp", ".crdownload", ".part", ".bak", ".swp"}
