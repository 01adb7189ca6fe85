"""A story into a document: with the template that comes with the program, or the user's own, which is not trusted."""

from __future__ import annotations

from pathlib import Path

from perfeval_xl.report.narration import Story
from perfeval_xl.report.word.apart import make_apart
from perfeval_xl.report.word.make import Document, make_document
from perfeval_xl.report.word.templates import own, shipped


def report(story: Story, kind: str, template: Path | None = None) -> Document:
    """kind: of the shipped template. Raises: TemplateError."""
    if template is None:
        return make_document(f"{kind}.docx", shipped(kind), story)
    return make_apart(template.name, own(template), story)
