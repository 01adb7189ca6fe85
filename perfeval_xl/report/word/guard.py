"""A template is a stranger's file: looked at before any library opens it. Nothing in it may be executed or fetched by whoever opens the report."""

from __future__ import annotations

import re

from perfeval_xl.workbook.read import ReadError
from perfeval_xl.workbook.readers.package import Package

_TYPES = "[Content_Types].xml"
_DOCUMENT = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_KEPT_DOCUMENT = b"application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"
_ACTIVE = re.compile(r"vbaproject|activex|/embeddings/.*\.(?:bin|exe)|afchunk|\.htm|\.mht|customui", re.IGNORECASE)
_RELATIONSHIP = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_HARMLESS = (b"/hyperlink",)
_FIELDS = re.compile(rb"\b(?:DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|LINK|IMPORT|DATABASE|MACROBUTTON|RD)\b")
_INSTRUCTION = re.compile(rb"<w:instrText[^>]*>([^<]*)<|<w:fldSimple[^>]*w:instr=\"([^\"]*)\"")
MAX_TEMPLATE = 20_000_000
MAX_PART = 5_000_000
"""Bytes of one XML part: the template engine's patterns slow down with length."""


class TemplateError(Exception):
    """Why a template cannot be used; str() is one Chinese sentence that names it."""


def check_template(name: str, data: bytes) -> None:
    """Raises: TemplateError."""
    if not data.startswith(b"PK"):
        raise TemplateError(f"模板“{name}”不是 .docx 文档，或设有打开密码。请用 Word 或 WPS 打开，取消密码，另存为 .docx 后重试。")
    try:
        package = Package(name, data)
        if _TYPES.lower() not in package or "word/document.xml" not in package:
            raise TemplateError(f"模板“{name}”不是 Word 文档。请给出 .docx 文件；可用 perfeval report --write-template 得到一份。")
        types = package.part(_TYPES)
        if _DOCUMENT not in types:
            kind = "模板格式（.dotx）" if _KEPT_DOCUMENT in types else "含有宏的格式或其他格式"
            raise TemplateError(f"模板“{name}”是{kind}。请在 Word 中另存为普通的 .docx 文档后重试。")
        for part in package.names():
            _check_part(name, part, package)
    except ReadError as error:
        raise TemplateError(f"模板“{name}”已损坏，或内容异常：{error.finding.found}。请用 Word 打开后另存为 .docx 重试。") from error


def _check_part(name: str, part: str, package: Package) -> None:
    if _ACTIVE.search(part):
        raise TemplateError(f"模板“{name}”中含有宏、控件或嵌入的程序（{part[:60]}）。请删除后另存为 .docx 重试。")
    if not part.endswith((".xml", ".rels")):
        return
    content = package.part(part)
    if len(content) > MAX_PART:
        raise TemplateError(f"模板“{name}”的部件“{part[:60]}”有 {len(content) // 1_000_000} MB，超过 {MAX_PART // 1_000_000} MB。请删去多余内容。")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content[:200]:
        raise TemplateError(f"模板“{name}”的部件“{part[:60]}”写法异常。请用 Word 打开后另存为 .docx 重试。")
    if part.endswith(".rels"):
        for relation in _RELATIONSHIP.findall(content):
            if b'"External"' in relation and not any(kind in relation for kind in _HARMLESS):
                raise TemplateError(f"模板“{name}”链接到外部文件。报告不能依赖外部内容，请在 Word 中断开链接（文件—信息—编辑指向文件的链接）后重试。")
    instructions = b"".join(a or b for a, b in _INSTRUCTION.findall(content))  # a word may be cut in pieces
    if _FIELDS.search(instructions):
        raise TemplateError(f"模板“{name}”中含有从其他文件或程序取内容的域。请删除该域（选中后按 Ctrl+Shift+F9）再试。")
