"""A template is a stranger's file: looked at before any library opens it, and what it became is looked at again.

Nothing in it may be executed or fetched by whoever opens the report. What is known to do no harm is let through, everything else is refused.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from perfeval_xl.report.word.fields import is_harmless
from perfeval_xl.workbook.read import ReadError
from perfeval_xl.workbook.readers.package import Package
from perfeval_xl.workbook.readers.xml import attribute, local

_TYPES = "[content_types].xml"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_DOCUMENT = f"{_OFFICE}wordprocessingml.document.main+xml"
_KEPT_DOCUMENT = f"{_OFFICE}wordprocessingml.template.main+xml"
_ACTIVE = re.compile(r"vbaproject|activex|/embeddings/.*\.(?:bin|exe)|afchunk|\.htm|\.mht|customui", re.IGNORECASE)
_CONTENT = re.compile(
    r"(?:image/(?!svg)[a-z0-9.+-]+|(?:application|text)/xml|image/svg\+xml"
    r"|application/vnd\.openxmlformats-package\.(?:relationships|core-properties)\+xml"
    r"|application/vnd\.openxmlformats-officedocument\.(?:wordprocessingml\.(?!template)[a-z.]+\+xml|drawingml\.[a-z]+\+xml|drawing\+xml|theme\+xml|themeoverride\+xml"
    r"|customxmlproperties\+xml|extended-properties\+xml|custom-properties\+xml|vmldrawing|obfuscatedfont|wordprocessingml\.printersettings|spreadsheetml\.sheet)"
    r"|application/vnd\.ms-(?:word|office)\.(?!active|vba|attached|keymap)[a-z.]+\+xml|application/x-font(?:data|-ttf)|application/vnd\.ms-office\.classificationlabels\+xml)"
)
"""Media types, lower case, of parts that hold text, looks or pictures; a workbook belongs to a chart."""
_RELATION = re.compile(
    r"http://(?:schemas\.openxmlformats\.org|schemas\.microsoft\.com|purl\.oclc\.org)/[A-Za-z0-9/]*relationships/(?:metadata/)?"
    r"(?:officeDocument|core-properties|extended-properties|custom-properties|thumbnail|styles|stylesWithEffects|settings|webSettings|fontTable|font|theme|themeOverride|numbering|header|footer"
    r"|footnotes|endnotes|comments|commentsExtended|commentsIds|commentsExtensible|people|documenttasks|glossaryDocument|customXml|customXmlProps|image|hdphoto|hyperlink|chart|chartUserShapes|chartStyle|chartColorStyle"
    r"|chartEx|package|diagramData|diagramLayout|diagramQuickStyle|diagramColors|diagramDrawing|printerSettings|classificationlabels)"
)
_LINK = "/hyperlink"
_ENCODINGS = frozenset({"UTF-8", "UTF8", "ASCII", "US-ASCII"})
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
        if _TYPES not in package or "word/document.xml" not in package:
            raise TemplateError(f"模板“{name}”不是 Word 文档。请给出 .docx 文件；可用 perfeval report --write-template 得到一份。")
        _check_parts(name, package.names(), package.part, most=MAX_PART)
    except ReadError as error:
        raise TemplateError(f"模板“{name}”已损坏，或内容异常：{error.finding.found}。请用 Word 打开后另存为 .docx 重试。") from error


def check_finished(name: str, data: bytes) -> None:
    """The document that the template became: what its marks put together is looked at as what it held itself. Raises: TemplateError."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        real = {n.lower(): n for n in archive.namelist()}
        _check_parts(name, real, lambda part: archive.read(real[part]))


def _check_parts(name: str, parts: Iterable[str], read: Callable[[str], bytes], most: int | None = None) -> None:
    """parts: lower case. most: bytes of an XML part."""
    types = _content_types(_parsed(name, _TYPES, read(_TYPES)), name)
    kind = types.get("/word/document.xml", "")
    if kind != _DOCUMENT:
        said = "模板格式（.dotx）" if kind == _KEPT_DOCUMENT else "含有宏的格式或其他格式"
        raise TemplateError(f"模板“{name}”是{said}。请在 Word 中另存为普通的 .docx 文档后重试。")
    for part in parts:
        if part.endswith("/") or part == _TYPES:
            continue
        kind = types.get(f"/{part}") or types.get(f".{part.rpartition('.')[2]}", "")
        if _ACTIVE.search(part) or not _CONTENT.fullmatch(kind):
            raise TemplateError(f"模板“{name}”中含有宏、控件或嵌入的程序，或其他不能使用的内容（{part[:60]}）。请删除后另存为 .docx 重试。")
        content = read(part)
        if not (kind.endswith(("xml", "vmldrawing")) or part.endswith((".xml", ".rels")) or content.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<")):
            continue
        if most is not None and len(content) > most:
            raise TemplateError(f"模板“{name}”的部件“{part[:60]}”有 {len(content) // 1_000_000} MB，超过 {most // 1_000_000} MB。请删去多余内容。")
        root = _parsed(name, part, content)
        if part.endswith(".rels"):
            _check_relations(name, root)
        if not is_harmless(root):
            raise TemplateError(f"模板“{name}”中含有从其他文件或程序取内容的域，或不认识的域。请删除该域（选中后按 Ctrl+Shift+F9）再试。")


def _parsed(name: str, part: str, content: bytes) -> Any:
    from lxml import etree  # noqa: PLC0415  # on demand

    odd = TemplateError(f"模板“{name}”的部件“{part[:60]}”写法异常。请用 Word 打开后另存为 .docx 重试。")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content[:200]:
        raise odd
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise odd from error
    about = root.getroottree().docinfo
    if about.doctype or (about.encoding or "UTF-8").upper() not in _ENCODINGS:  # another encoding can hide anything from one reader and show it to the next
        raise odd
    return root


def _content_types(root: Any, name: str) -> Mapping[str, str]:
    """“/part” or “.extension” → media type, all lower case. Raises: TemplateError where two are given for one."""
    found: dict[str, str] = {}
    for one in root.iter("*"):
        tag = local(one)
        if tag not in {"Default", "Override"}:
            continue
        key = (f".{attribute(one, 'Extension')}" if tag == "Default" else attribute(one, "PartName")).lower()
        kind = attribute(one, "ContentType").strip().lower()
        if found.setdefault(key, kind) != kind:
            raise TemplateError(f"模板“{name}”对部件“{key[:60]}”的类型有两种说法。请用 Word 打开后另存为 .docx 重试。")
    return found


def _check_relations(name: str, root: Any) -> None:
    for one in root.iter("*"):
        if local(one) != "Relationship":
            continue
        kind, target = attribute(one, "Type").strip(), attribute(one, "Target").strip()
        is_inside = attribute(one, "TargetMode").strip() in {"", "Internal"} and ":" not in target and "\\" not in target and not target.startswith("//")
        is_known = bool(_RELATION.fullmatch(kind))
        if not is_inside and not (is_known and kind.endswith(_LINK)):
            raise TemplateError(f"模板“{name}”链接到外部文件。报告不能依赖外部内容，请在 Word 中断开链接（文件—信息—编辑指向文件的链接）后重试。")
        if not is_known:
            raise TemplateError(f"模板“{name}”中含有嵌入的程序、文件或其他不能使用的内容（{kind.rpartition('/')[2][:40]}）。请删除后另存为 .docx 重试。")
