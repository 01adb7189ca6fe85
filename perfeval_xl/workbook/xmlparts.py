"""XML parts of a package: parsed with byte positions, in one encoding, hostile ones refused. Bounded by size and depth."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from xml.parsers import expat

MAX_DEPTH = 256
MAX_ELEMENTS = 200_000
MAIN = frozenset({
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main",
})  # fmt: skip
_DECLARED = re.compile(rb"""\A(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_KNOWN = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "gb2312", "gbk", "gb18030"})
_UTF8 = frozenset({"utf-8", "utf8"})
_TAG_END = re.compile(rb"""(?:[^>"']++|"[^"]*"|'[^']*')*+>""")
_PREFIX = re.compile(rb"<([^\s/>:]+:)?")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=/>]+)\s*=\s*("[^"]*"|'[^']*')""")


class XmlError(Exception):
    """A part that is not well-formed, or that no workbook needs; the text is one Chinese clause."""


def to_utf8(data: bytes) -> tuple[bytes, str]:
    """A part as UTF-8, and the encoding it came in. Raises: XmlError where the way back would not give the same bytes."""
    if data[:2] in {b"\xff\xfe", b"<\0"}:
        codec = "utf-16-le"
    elif data[:2] in {b"\xfe\xff", b"\0<"}:
        codec = "utf-16-be"
    else:
        declared = _DECLARED.match(data)
        codec = declared[1].decode("ascii").lower() if declared else "utf-8"
        if codec in _UTF8:
            return data, "utf-8"
        if codec not in _KNOWN:
            raise XmlError(f"采用了少见的文字编码“{codec}”")
    try:
        text = data.decode(codec)
        if text.encode(codec) == data:
            return text.encode("utf-8"), codec
    except UnicodeError:
        pass
    raise XmlError("文字编码有误")


def from_utf8(data: bytes, codec: str) -> bytes:
    """The way back; characters the encoding lacks become references."""
    return data if codec == "utf-8" else data.decode("utf-8").encode(codec, "xmlcharrefreplace")


class Walker:
    """Goes through one part (UTF-8). Subclasses override `enter` and `leave`; names come as "namespace local"."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.depth = 0
        self._parser = expat.ParserCreate("utf-8", " ")

    def walk(self) -> None:
        """Raises: XmlError."""
        parser = self._parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            parser.Parse(self.data, True)  # noqa: FBT003  # expat takes it by position
        except expat.ExpatError as error:
            raise XmlError(f"第 {error.lineno} 行不是格式正确的 XML") from error

    @property
    def index(self) -> int:
        """Byte position of the current tag; of an end tag that does not exist (<c/>), the byte behind it."""
        return self._parser.CurrentByteIndex

    def enter(self, name: str, attributes: Mapping[str, str]) -> None:
        """A start tag; `depth` is its own, the root's is 1."""

    def leave(self, name: str) -> None:
        """An end tag; `depth` is its own."""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise XmlError(f"嵌套超过 {MAX_DEPTH} 层")
        self.enter(name, attributes)

    def _end(self, name: str) -> None:
        self.leave(name)
        self.depth -= 1


def _refuse_doctype(*_: object) -> None:
    # entities are declared in a DOCTYPE; no spreadsheet program writes one
    raise XmlError("含有不应出现的文档类型声明（DOCTYPE）")


class Element(NamedTuple):
    """An element of a small part; names without namespace, attributes as expat gives them ("namespace local")."""

    parent: str
    name: str
    attributes: dict[str, str]


class _Collector(Walker):
    def __init__(self, data: bytes, wanted: frozenset[str]) -> None:
        super().__init__(data)
        self._wanted = wanted
        self._path = [""]
        self.found: list[Element] = []

    def enter(self, name: str, attributes: Mapping[str, str]) -> None:
        short = local(name)
        if short in self._wanted:
            if len(self.found) >= MAX_ELEMENTS:
                raise XmlError(f"“{short}”超过 {MAX_ELEMENTS} 个")
            self.found.append(Element(self._path[-1], short, dict(attributes)))
        self._path.append(short)

    def leave(self, name: str) -> None:  # noqa: ARG002  # the path knows it
        self._path.pop()


def elements(data: bytes, *wanted: str) -> list[Element]:
    """Every element with one of these names, in order. Raises: XmlError."""
    collector = _Collector(to_utf8(data)[0], frozenset(wanted))
    collector.walk()
    return collector.found


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition(" ")[2]


def is_main(name: str) -> bool:
    """Whether a name is of the spreadsheet namespace, transitional or strict."""
    return name.rpartition(" ")[0] in MAIN


def tag_end(data: bytes, start: int) -> int:
    """Byte behind the tag that starts here; the part is known to be well-formed up to it."""
    found = _TAG_END.match(data, start)
    if found is None:
        raise XmlError("标签没有结束")
    return found.end()


def prefix_of(data: bytes, start: int) -> bytes:
    """Prefix of the tag that starts here, colon included: b"x:" or b""."""
    found = _PREFIX.match(data, start)
    return found[1] or b"" if found else b""


def attribute_spans(tag: bytes) -> dict[bytes, tuple[int, int]]:
    """Attribute name → its span in the tag, the blank before it included."""
    return {m[1]: m.span() for m in _ATTRIBUTE.finditer(tag)}
