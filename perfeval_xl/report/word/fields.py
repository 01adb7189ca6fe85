"""Fields of a Word part: which kinds they are, however they are spelled or cut in pieces. Pure."""

from __future__ import annotations

import re
from typing import Any

from perfeval_xl.workbook.readers.xml import attribute, local

_HARMLESS = frozenset({
    "=", "ADVANCE", "AUTHOR", "BIBLIOGRAPHY", "CITATION", "COMMENTS", "CREATEDATE", "DATE", "DOCPROPERTY", "EDITTIME", "EQ", "FILENAME", "FILESIZE", "FORMCHECKBOX", "FORMDROPDOWN",
    "FORMTEXT", "HYPERLINK", "IF", "INDEX", "KEYWORDS", "LASTSAVEDBY", "LISTNUM", "NOTEREF", "NUMCHARS", "NUMPAGES", "NUMWORDS", "PAGE", "PAGEREF", "PRINTDATE", "REF", "REVNUM", "SAVEDATE",
    "SECTION", "SECTIONPAGES", "SEQ", "STYLEREF", "SUBJECT", "SYMBOL", "TC", "TEMPLATE", "TIME", "TITLE", "XE", "TOC", "TOA", "TA",
})  # fmt: skip
"""Kinds that take nothing from another file or program. Source: ECMA-376 part 1, 17.16.5."""
_KIND = re.compile(r"\s*(=|[A-Z]+)(?![A-Z0-9_{])")
_INSTRUCTIONS = frozenset({"instrText", "delInstrText"})


class _Field:
    """A field between its marks: its own instruction, without those of the fields within."""

    __slots__ = ("has_inner", "is_code", "text")

    def __init__(self, text: str = "") -> None:
        self.text, self.is_code, self.has_inner = text, True, False

    @property
    def is_harmless(self) -> bool:
        """Whether its kind is written out, and is a known one. Without a kind of its own, the result of an inner field would be the instruction."""
        if not self.text.strip():
            return not self.has_inner
        found = _KIND.match(self.text.upper())
        return found is not None and found[1] in _HARMLESS


def is_harmless(root: Any) -> bool:
    """Whether all fields of a part are of harmless kinds. Names count without their namespace: a reader may be lenient about it."""
    inside: list[_Field] = []
    found: list[_Field] = []
    for one in root.iter("*"):
        tag = local(one)
        if tag == "fldSimple":
            if inside and inside[-1].is_code:
                inside[-1].has_inner = True
            found.append(_Field(attribute(one, "instr")))
        elif tag in _INSTRUCTIONS:
            text = "".join(one.itertext())
            if inside and inside[-1].is_code:
                inside[-1].text += text
            elif text.strip():
                return False  # an instruction that belongs to no field: no program writes it
        elif tag == "fldChar":
            kind = attribute(one, "fldCharType").strip().lower()
            if kind == "begin":
                if inside and inside[-1].is_code:
                    inside[-1].has_inner = True
                inside.append(_Field())
                found.append(inside[-1])
            elif kind == "separate" and inside:
                inside[-1].is_code = False
            elif kind == "end" and inside:
                inside.pop()
    return all(field.is_harmless for field in found)
