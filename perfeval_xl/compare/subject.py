"""Subjects: what two submissions share when one is the other sent again. Pure."""

from __future__ import annotations

from typing import NamedTuple

from perfeval_xl.compare.match import plain_name
from perfeval_xl.core.department import unit_key
from perfeval_xl.core.model import Submission


class Subject(NamedTuple):
    """unit, project: keys of their names. names: of the indicators, where the form alone does not say what it is about."""

    unit: str
    year: int | None
    project: str
    form: str
    names: tuple[str, ...] = ()


def subject_of(submission: Submission) -> Subject | None:
    """None where the form names no unit. Where the year or the project's name is missing, the indicators are part of it: two projects of
    one department are not one.
    """
    unit, project = unit_key(submission.department), plain_name(submission.project)
    if not unit:
        return None
    is_open = submission.year is None or (submission.form == "project" and not project)
    return Subject(unit, submission.year, project, submission.form, tuple(sorted(plain_name(r.name) for r in submission.indicators)) if is_open else ())
