"""Several reports in one document: where each begins. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from perfeval_xl.intake.lines import CHAPTER
from perfeval_xl.intake.source import Block, Paragraph

_TITLE = re.compile(r"(?:自评|评价)(?:报告|情况)(?:书)?(?:[（(].*[)）])?\Z")
_FIRST = re.compile(r"一、\S")
MAX_TITLE = 80


def reports_of(blocks: Sequence[Block]) -> list[list[Block]]:
    """The reports of a document, one behind the other; one where there is only one.

    A new one begins at a title behind which the chapters are counted from one again; without a title, where the same first chapter
    comes once more behind others. A title on two lines begins with the first.
    """
    begins = [0]
    title = -1
    first = ""
    chapters = 0
    for at, block in enumerate(blocks):
        if not isinstance(block, Paragraph):
            continue
        if _is_title(block.text) and chapters:
            title = at
        elif CHAPTER.match(block.text) and len(block.text) <= 40:
            is_first = bool(_FIRST.match(block.text))
            if is_first and chapters and title > begins[-1]:
                begins.append(title)
                first, chapters, title = block.text, 0, -1
            elif is_first and chapters >= 2 and block.text == first:
                begins.append(at)
                chapters, title = 0, -1
            elif not chapters:
                first = block.text
            chapters += 1
    return [list(blocks[begin:end]) for begin, end in zip(begins, [*begins[1:], len(blocks)], strict=True)]


def _is_title(text: str) -> bool:
    return len(text) <= MAX_TITLE and "。" not in text and not CHAPTER.match(text) and not text.startswith(("（", "(")) and bool(_TITLE.search("".join(text.split())))


def title_of(report: Sequence[Block]) -> Paragraph | None:
    """The title that a report begins with, or its first paragraph."""
    paragraphs = [b for b in report if isinstance(b, Paragraph)]
    return next((p for p in paragraphs[:12] if _is_title(p.text)), paragraphs[0] if paragraphs else None)
