"""Text of a Word paragraph as a reader sees it; what of it is hidden, drawn or a formula is told apart. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from docx.oxml.ns import qn

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_PLAIN_MATH = {_MATH + name for name in ("oMath", "oMathPara", "r", "t")}
"""A formula of these alone is text in a row: ≤, 95%."""
_MATH_LOOKS = {_MATH + name for name in ("rPr", "oMathParaPr", "ctrlPr")}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_GONE = {*map(qn, ("w:del", "w:moveFrom", "w:instrText", "w:delText", "w:pPr", "w:tbl")), _FALLBACK, *_MATH_LOOKS}
# Characters of the font Symbol that reports use: its own numbers, https://www.unicode.org/Public/MAPPINGS/VENDORS/ADOBE/symbol.txt
_SYMBOLS = {0x25: "%", 0x2B: "+", 0x3C: "<", 0x3D: "=", 0x3E: ">", 0xA3: "≤", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈"}
MAX_STYLES = 50
"""Styles built on one another."""


class Shown(NamedTuple):
    """text: with its line breaks. hidden: what the document keeps from its readers. formulas: those that are more than a row of signs, as their letters."""

    text: str
    hidden: str = ""
    formulas: tuple[str, ...] = ()
    has_picture: bool = False


class WordText:
    """Reads paragraphs of one document. styles: its w:styles, where there are any."""

    def __init__(self, styles: Any = None) -> None:
        self.hides: dict[str, bool] = {}
        based: dict[str, tuple[bool | None, str]] = {}
        for style in styles.iter(qn("w:style")) if styles is not None else ():
            parent = style.find(qn("w:basedOn"))
            based[style.get(qn("w:styleId")) or ""] = (_vanishes(style), (parent.get(qn("w:val")) or "") if parent is not None else "")
        for name in based:
            at, own = name, None
            for _ in range(MAX_STYLES):
                own, at = based.get(at, (None, ""))
                if own is not None or not at:
                    break
            self.hides[name] = bool(own)

    def of(self, element: Any) -> Shown:
        """What was struck out by tracked changes is left out, text boxes are read once."""
        out: list[str] = []
        hidden: list[str] = []
        formulas: list[str] = []
        has_picture = False
        waiting: list[tuple[Iterator[Any], bool]] = [(iter(element), self._style(element, "w:pPr", "w:pStyle"))]
        while waiting:  # not by recursion: a stranger's file may nest deeply
            children, is_hidden = waiting[-1]
            child = next(children, None)
            if child is None:
                waiting.pop()
                continue
            tag = child.tag
            into = hidden if is_hidden else out
            if (sign := _sign(child)) is not None:
                into.append(sign)
            elif tag == _MATH + "oMath" and not _is_plain(child):
                formulas.append("".join(t.text or "" for t in child.iter(_MATH + "t")))
                into.append("（公式）")
            elif tag == qn("w:object"):
                formulas.append("")  # an equation of an older program, or a file: a picture
            elif tag not in _GONE:
                has_picture |= tag in {qn("w:drawing"), qn("w:pict")} and not any(True for _ in child.iter(_CHART))
                if tag == qn("w:p") and into and into[-1] != "\n":
                    into.append("\n")
                waiting.append((iter(child), self._hides(child, outside=is_hidden)))
        return Shown("".join(out), "".join(hidden), tuple(formulas), has_picture)

    def _style(self, element: Any, properties: str, name: str) -> bool:
        found = element.find(f"{qn(properties)}/{qn(name)}")
        return found is not None and self.hides.get(found.get(qn("w:val")) or "", False)

    def _hides(self, element: Any, *, outside: bool) -> bool:
        """Whether the text inside an element is hidden. outside: whether that around it is."""
        if element.tag == qn("w:p"):
            return self._style(element, "w:pPr", "w:pStyle")
        if element.tag != qn("w:r"):
            return outside
        own = _vanishes(element)
        return own if own is not None else outside or self._style(element, "w:rPr", "w:rStyle")


def _sign(element: Any) -> str | None:
    """The text of an element that is nothing but text; None for others."""
    tag = element.tag
    if tag in {qn("w:t"), _MATH + "t"}:
        return element.text or ""
    if tag in {qn("w:br"), qn("w:cr")}:
        return "\n" if element.get(qn("w:type")) not in {"page", "column"} else ""
    if tag == qn("w:sym"):
        return _symbol(element)
    return {qn("w:tab"): " ", qn("w:noBreakHyphen"): "-"}.get(tag)


def _vanishes(element: Any) -> bool | None:
    """What a run or style says of hiding its text; None where it says nothing."""
    found = element.find(f"{qn('w:rPr')}/{qn('w:vanish')}")
    return None if found is None else found.get(qn("w:val")) not in {"0", "false", "off"}


def _is_plain(formula: Any) -> bool:
    """Whether it is signs in a row, nothing above or below another."""
    waiting = [iter(formula)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
        elif child.tag in _PLAIN_MATH:
            waiting.append(iter(child))
        elif str(child.tag).startswith(_MATH) and child.tag not in _MATH_LOOKS:
            return False
    return True


def _symbol(element: Any) -> str:
    """A character given by its number in a font; the mark of an unknown one where the font is not known."""
    code = element.get(qn("w:char")) or ""
    try:
        number = int(code, 16)
    except ValueError:
        return "\ufffd"
    return _SYMBOLS.get(number - 0xF000 if number >= 0xF000 else number, "\ufffd") if (element.get(qn("w:font")) or "").lower() == "symbol" else "\ufffd"
