"""Findings: what is wrong, where, what was expected, how to mend it. Pure; their kinds are in `kinds`."""

from __future__ import annotations

from typing import NamedTuple

from perfeval_xl.core.kinds import KINDS, SEVERITY_TITLES, THRESHOLDS, FindingKind, Severity

__all__ = ["KINDS", "SEVERITY_TITLES", "THRESHOLDS", "Finding", "FindingKind", "Location", "Severity", "finding"]


class Location(NamedTuple):
    """file, sheet and cell; empty where a finding concerns a whole sheet or file.

    >>> print(Location("a.xlsx", "自评表", "H12"))
    '[a.xlsx]自评表'!H12
    """

    file: str
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        if not self.sheet:
            return f"[{self.file}]"
        sheet = self.sheet.replace("'", "''")
        return f"'[{self.file}]{sheet}'" + (f"!{self.cell}" if self.cell else "")


class Finding(NamedTuple):
    """kind: from the table. found, expected: Chinese, as the user sees them. severity: the kind's unless lowered."""

    kind: FindingKind
    location: Location
    found: str
    expected: str = ""
    severity: Severity = Severity.WARNING

    @property
    def message(self) -> str:
        """Title, what was found, what was expected, what to do."""
        parts = [self.kind.title, "：", self.found]
        if self.expected:
            parts += ["；应为：", self.expected]
        return "".join(parts).rstrip("。") + "。" + self.kind.remedy


def finding(kind: str, location: Location, found: str, expected: str = "", severity: Severity | None = None) -> Finding:
    """A finding of a kind named in the table. Raises: KeyError for a name that is not in it (a bug)."""
    entry = KINDS[kind]
    return Finding(entry, location, found, expected, severity or entry.severity)
