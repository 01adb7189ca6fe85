"""Texts of strangers in sentences of ours: on one line, of bounded length. Pure."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Without line breaks and control characters.

    >>> one_line("甲\\n乙\\x1b")
    '甲 乙 '
    """
    return "".join(c if c.isprintable() else " " for c in text)


def shortened(text: str, most: int) -> str:
    """At most so many characters, the last of them a sign where some were cut.

    >>> shortened("保洁面积", 4), shortened("保洁总面积", 4)
    ('保洁面积', '保洁总…')
    """
    return text if len(text) <= most else text[: most - 1] + "…"
