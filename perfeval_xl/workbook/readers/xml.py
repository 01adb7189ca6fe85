"""XML from strangers: strict, no entities, no network, bounded depth."""

from __future__ import annotations

import re
from xml.parsers import expat

from lxml import etree

from perfeval_xl.workbook.readers.limits import MAX_TAGS

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True)


class TooLargeError(ValueError):
    """More tags than any form needs."""


def check(content: bytes) -> None:
    """What has to be known before a tree is built. Raises: ValueError for declared entities, TooLargeError."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise ValueError("DOCTYPE")
    if content.count(b"<") > MAX_TAGS:
        raise TooLargeError


def reason(part: str, error: Exception) -> str:
    """What to say of a part that cannot be read."""
    return f"部件“{part[:60]}”过于庞大" if isinstance(error, TooLargeError) else f"部件“{part[:60]}”不是完好的 XML"


def parse_xml(content: bytes) -> etree._Element:
    """The root of a small part. Raises: ValueError for malformed XML or one that declares entities."""
    check(content)
    try:
        return etree.fromstring(content, _PARSER)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error


def local(element: etree._Element) -> str:
    """Name of an element without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: etree._Element, name: str) -> str:
    """Value of an attribute in whatever namespace; blank where there is none."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


# as in `scan`; numbered characters are left to the parser
_PLAIN = rb"[^<&\x00-\x08\x0b\x0c\x0e-\x1f]*+"
_TEXT = _PLAIN + rb"(?:&(?:amp|lt|gt|quot|apos);" + _PLAIN + rb")*+"
_STRINGS = re.compile(rb'(?:<si><t(?: xml:space="preserve")?+>' + _TEXT + rb"</t></si>)*+</sst>\s*+")


def is_well_formed(content: bytes) -> bool:
    """Whether the table of texts is strict XML in UTF-8. Blank content, of a workbook without one, is."""
    if not content:
        return True
    start = content.find(b"<si>")
    if start >= 0 and _STRINGS.fullmatch(content, start) and b"<!" not in content[:start] and b"]]>" not in content:
        head = content[:start] + b"</sst>"
    else:
        head = content
    try:
        content.decode()
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = _no_doctype
        parser.Parse(head, True)  # noqa: FBT003  # its second argument has no name
    except (UnicodeDecodeError, expat.ExpatError, ValueError):
        return False
    return True


def _no_doctype(*_: object) -> None:
    raise ValueError("DOCTYPE")


def forget_before(element: etree._Element) -> None:
    """Drops what stands before an element that was read, so that a long part is not kept as a tree."""
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
