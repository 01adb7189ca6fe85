"""A story into a document: with the template that comes with the program, or the user's own, which is not trusted."""

from __future__ import annotations

from pathlib import Path

from perfeval_xl.apart import EndlessError, LostError, apart
from perfeval_xl.report.narration import Story
from perfeval_xl.report.word.guard import TemplateError, check_template
from perfeval_xl.report.word.make import Document, make_document
from perfeval_xl.report.word.templates import own, shipped

SECONDS = 60
"""For filling in a template of the user's own."""


def report(story: Story, kind: str, template: Path | None = None) -> Document:
    """kind: of the shipped template. Raises: TemplateError."""
    if template is None:
        return make_document(f"{kind}.docx", shipped(kind), story)
    return make_apart(template.name, own(template), story)


def make_apart(name: str, template: bytes, story: Story, seconds: float = SECONDS) -> Document:
    """As make_document, within limits. Raises: TemplateError."""
    check_template(name, template)
    try:
        return apart(make_document, (name, template, story), seconds)
    except EndlessError as error:
        raise TemplateError(f"模板“{name}”在 {seconds:g} 秒内没有填写完，可能有层层嵌套的循环。请简化模板后重试。") from error
    except LostError as error:
        raise TemplateError(f"模板“{name}”需要的内存过多，没有生成报告。请简化模板后重试。") from error
