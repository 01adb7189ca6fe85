"""File → filled form: what the file is comes from its bytes; everything is read and understood before anything is written."""

from __future__ import annotations

from pathlib import Path

from perfeval_xl.core.findings import Finding
from perfeval_xl.intake.apart import read_apart
from perfeval_xl.intake.convert import Taken, Wishes, take_in
from perfeval_xl.intake.source import IntakeError, Source
from perfeval_xl.intake.text import read_text
from perfeval_xl.rulesets.loader import RulesetError
from perfeval_xl.workbook.forms.template import write_self_evaluation
from perfeval_xl.workbook.read import ReadError, content_of, shown_name

MAX_FILE = 30_000_000
"""Bytes of a report."""


def take(path: Path, wishes: Wishes) -> Taken:
    """Raises: IntakeError."""
    name = shown_name(path.name)
    try:
        data = content_of(path, most=MAX_FILE)
        return take_in(read_apart(source_of, name, data), wishes)
    except ReadError as error:
        raise IntakeError(_told(name, error.finding)) from error
    except RulesetError as error:
        raise IntakeError(str(error)) from error
    except LookupError as error:
        raise IntakeError(f"规则集没有适用于“{name}”所属年度的参数。请用 --ruleset 指定规则集，或用 perfeval rulesets 查看。") from error


def source_of(name: str, data: bytes) -> Source:
    """A document as paragraphs and tables; what it is comes from its bytes. Raises: IntakeError."""
    if not data:
        raise IntakeError(f"“{name}”是空文件（0 字节）。请确认文件是否选对。")
    if data.startswith(b"PK"):
        from perfeval_xl.intake.word import read_word  # noqa: PLC0415  # on demand

        return read_word(name, data)
    if b"%PDF-" in data[:1024]:
        from perfeval_xl.intake.pdf import read_pdf  # noqa: PLC0415

        return read_pdf(name, data)
    return read_text(name, data)


def _told(name: str, found: Finding) -> str:
    return f"“{name}”：{found.message}"


def write_taken(output: Path, taken: Taken) -> None:
    """Raises: OutputError."""
    write_self_evaluation(output, taken.ruleset, taken.filling)
