"""Reports read back: paragraphs by heading, tables as they stand, parts of the package."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

from docx import Document

from perfeval_xl.cli import main

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SAMPLES = Path(__file__).parents[2] / "workbooks" / "samples"


def run(*arguments: object) -> int:
    return main(["report", *map(str, arguments)])


def opened(path: Path) -> Any:
    return Document(str(path))


def chapters(path: Path) -> dict[str, list[str]]:
    """Heading → paragraphs below it, without tables."""
    found: dict[str, list[str]] = {"": []}
    at = ""
    for p in opened(path).paragraphs:
        if p.style.name.startswith("Heading"):
            at = p.text
            found[at] = []
        elif p.text.strip():
            found[at].append(p.text)
    return found


def table(path: Path, heading: str) -> list[list[str]]:
    """The rows of the table whose first heading that is; merged cells repeat their text."""
    for one in opened(path).tables:
        if one.rows[0].cells[0].text == heading:
            return [[c.text for c in row.cells] for row in one.rows]
    raise LookupError(heading)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_body(template: bytes, text: str) -> bytes:
    """A template whose first paragraph says that."""
    document = Document(io.BytesIO(template))
    document.paragraphs[0].insert_paragraph_before(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_part(template: bytes, name: str, content: bytes, *, old: bytes = b"", new: bytes = b"") -> bytes:
    """A template with one part replaced or added; of an existing one, old by new."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template)) as source, zipfile.ZipFile(out, "w") as target:
        for member in source.namelist():
            data = source.read(member)
            if member == name:
                data = data.replace(old, new) if old else content
            target.writestr(member, data)
        if name not in source.namelist():
            target.writestr(name, content)
    return out.getvalue()
