"""File → filled form: what the file is comes from its bytes; everything is read and understood before anything is written."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from perfeval_xl.apart import EndlessError, LostError, apart
from perfeval_xl.core.findings import Finding
from perfeval_xl.intake.book import taken_from_book
from perfeval_xl.intake.convert import Taken, Wishes, take_in
from perfeval_xl.intake.office import as_docx
from perfeval_xl.intake.source import IntakeError, Source
from perfeval_xl.intake.text import read_text
from perfeval_xl.rulesets.loader import RulesetError
from perfeval_xl.workbook.forms.template import write_self_evaluation
from perfeval_xl.workbook.read import ReadError, content_of, read_bytes, shown_name

T = TypeVar("T")
SECONDS = 150
"""For reading and understanding one document."""
MAX_FILE = 30_000_000
"""Bytes of a report."""


def take(path: Path, wishes: Wishes) -> Taken:
    """Raises: IntakeError."""
    name = shown_name(path.name)
    try:
        data = content_of(path, most=MAX_FILE)
        kind = kind_of(data)
        if kind == "workbook":
            return taken_from_book(read_bytes(name, data, wishes.password), wishes)
        if kind == "old-word":
            data = as_docx(name, data)
        return read_apart(_document, (wishes, name, data), name)
    except ReadError as error:
        raise IntakeError(_told(name, error.finding)) from error
    except RulesetError as error:
        raise IntakeError(str(error)) from error
    except LookupError as error:
        raise IntakeError(f"规则集没有适用于“{name}”所属年度的参数。请用 --ruleset 指定规则集，或用 perfeval rulesets 查看。") from error


def _document(wishes: Wishes, name: str, data: bytes) -> Taken:
    """Reading and understanding alike are done apart: both take what a stranger wrote."""
    return take_in(source_of(name, data), wishes)


def read_apart(work: Callable[..., T], arguments: tuple[Any, ...], name: str, seconds: float = SECONDS) -> T:
    """What `work` makes of a file, within limits. Raises: IntakeError, what `work` raises."""
    try:
        return apart(work, arguments, seconds)
    except EndlessError as error:
        raise IntakeError(f"“{name}”在 {seconds:g} 秒内没有读完，已停止，没有生成自评表。请只保留报告本身，另存后重试。") from error
    except LostError as error:
        raise IntakeError(f"读取“{name}”需要的内存过多，或文件已损坏，已停止，没有生成自评表。请用 Word、WPS 或 PDF 阅读器打开后另存重试。") from error


_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of(data: bytes) -> str:
    """workbook, old-word, or document: by the bytes, whatever the name says."""
    if data.startswith(_COMPOUND):
        return "old-word" if "WordDocument".encode("utf-16-le") in data else "workbook"
    if data.startswith(b"PK"):
        return "document" if _is_word(data) else "workbook"
    return "workbook" if data.lstrip()[:200].lower().startswith((b"<?xml", b"<html", b"<!doctype html", b"<table")) else "document"


def _is_word(data: bytes) -> bool:
    """By the names of the parts: a workbook may hold a whole Word document."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(name.startswith("word/") for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return b"word/" in data  # damaged: its reader says so


def source_of(name: str, data: bytes) -> Source:
    """A document as paragraphs and tables; what it is comes from its bytes. Raises: IntakeError."""
    if not data:
        raise IntakeError(f"“{name}”是空文件（0 字节）。请确认文件是否选对。")
    if data.startswith(b"PK"):
        from perfeval_xl.intake.word import read_word  # noqa: PLC0415  # on demand

        return read_word(name, data)
    if data.lstrip()[:5] == b"{\\rtf":
        raise IntakeError(f"“{name}”是 RTF 文件，不能直接读取。请用 Word 或 WPS 打开，另存为 .docx 后重试。")
    if b"%PDF-" in data[:1024]:
        from perfeval_xl.intake.pdf import read_pdf  # noqa: PLC0415

        return read_pdf(name, data)
    return read_text(name, data)


def _told(name: str, found: Finding) -> str:
    if found.kind.kind == "encrypted-workbook":
        return f"“{name}”设有打开密码，没有读取。请取消密码后另存重试；工作簿也可用 --password-file 给出密码文件。"
    return f"“{name}”无法读取：{found.found}。请确认文件是否选对、是否完好，另存后重试。"


def write_taken(output: Path, taken: Taken) -> None:
    """Raises: OutputError."""
    write_self_evaluation(output, taken.ruleset, taken.filling)
