"""Automatic numbers of paragraphs in a Word document: 一、（一）1. are not in the text itself. Pure."""

from __future__ import annotations

import re
from typing import Any

from docx.oxml.ns import qn

MAX_NUMBER = 9_999


class Numbers:
    """Of one document, as Word shows them."""

    def __init__(self, document: Any) -> None:
        self.levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self.counts: dict[tuple[str, int], int] = {}
        self.styles: dict[str, tuple[str, int]] = {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            root = None
        if root is not None:
            self._read(root)
        for style in document.styles.element.iter(qn("w:style")):
            found = self._stated(style)
            if found is not None:
                self.styles[style.get(qn("w:styleId")) or ""] = found

    def _read(self, root: Any) -> None:
        shapes: dict[str, dict[int, tuple[str, str, int]]] = {}
        for abstract in root.iter(qn("w:abstractNum")):
            levels = {}
            for level in abstract.iter(qn("w:lvl")):
                kind, text, start = (level.find(qn(f"w:{n}")) for n in ("numFmt", "lvlText", "start"))
                at = level.get(qn("w:ilvl")) or "0"
                if at.isdigit():
                    levels[int(at)] = ((kind.get(qn("w:val")) or "") if kind is not None else "decimal", (text.get(qn("w:val")) or "") if text is not None else "",
                                       integer(start) if start is not None else 1)  # fmt: skip
            shapes[abstract.get(qn("w:abstractNumId")) or ""] = levels
        for number in root.iter(qn("w:num")):
            link = number.find(qn("w:abstractNumId"))
            if link is not None:
                self.levels[number.get(qn("w:numId")) or ""] = shapes.get(link.get(qn("w:val")) or "", {})

    def _stated(self, element: Any) -> tuple[str, int] | None:
        found = element.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
        if found is None:
            return None
        number, level = found.find(qn("w:numId")), found.find(qn("w:ilvl"))
        return (number.get(qn("w:val")) or "" if number is not None else "", integer(level) if level is not None else 0)

    def of(self, paragraph: Any) -> str:
        """The number shown before a paragraph, or nothing. Counts: to be asked once for each paragraph that shows any text."""
        found = self._stated(paragraph)
        if found is None:
            style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
            found = self.styles.get(style.get(qn("w:val")) or "") if style is not None else None
        if found is None or found[0] not in self.levels:
            return ""
        number, level = found
        shape = self.levels[number].get(level)
        if shape is None or shape[0] in {"bullet", "none"}:
            return ""
        self.counts[number, level] = self.counts.get((number, level), shape[2] - 1) + 1
        for key in [k for k in self.counts if k[0] == number and k[1] > level]:
            del self.counts[key]
        text = shape[1]
        for at in range(level + 1):
            kind = self.levels[number].get(at, shape)[0]
            text = text.replace(f"%{at + 1}", _shown(self.counts.get((number, at), 1), kind))
        return text


def _shown(value: int, kind: str) -> str:
    """A number in the document's way of counting.

    >>> [_shown(n, "chineseCounting") for n in (2, 10, 12, 20)], _shown(3, "chineseLegalSimplified"), _shown(3, "decimal")
    (['二', '十', '十二', '二十'], '叁', '3')
    """
    if re.search("chinese|japanese|taiwanese", kind, re.IGNORECASE) and 0 <= value <= MAX_NUMBER:
        from cn2an import an2cn  # noqa: PLC0415  # slow to import and rarely needed

        return str(an2cn(value, "up" if "Legal" in kind else "low"))
    if kind == "decimalEnclosedCircle" and 1 <= value <= 20:
        return chr(0x2460 + value - 1)
    if kind in {"lowerLetter", "upperLetter"}:
        return chr((97 if kind == "lowerLetter" else 65) + (value - 1) % 26)
    return str(value)


def integer(element: Any) -> int:
    """The number that an element states in its w:val; one where it states none."""
    text = element.get(qn("w:val")) or ""
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else 1
