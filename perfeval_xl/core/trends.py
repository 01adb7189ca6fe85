"""Words of change: 增长 and 下降, their denials, and what they say about each other. Pure.

A change is a direction, not a level: 提高5% is a change, 提高到95% is the level 95%.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Change(StrEnum):
    """Direction of a change, by its canonical word."""

    NONE = ""
    UP = "增长"
    DOWN = "下降"


class Trend(StrEnum):
    """What a text says about the direction of things, denials included. MIXED: both, or nothing that can be told."""

    NONE = ""
    UP = "up"
    DOWN = "down"
    NOT_UP = "not-up"
    NOT_DOWN = "not-down"
    MIXED = "mixed"


_UP_AMOUNT = ("增长", "增加", "提高", "提升", "上升", "上涨", "增幅", "增速", "涨幅", "升高", "递增", "上浮", "增收")
_DOWN_AMOUNT = ("负增长", "减少", "降低", "下降", "压减", "降幅", "减幅", "跌幅", "下滑", "削减", "压缩", "缩减", "回落", "下跌", "递减", "下浮", "减降", "节约", "节省")
_UP_WORDS = (*_UP_AMOUNT, "增强", "改善", "好转", "优化", "改进", "加强", "加快", "扩大", "增进", "变好", "增高", "向好", "提速")
_DOWN_WORDS = (*_DOWN_AMOUNT, "恶化", "变差", "退步", "减弱", "削弱", "放缓", "减慢", "倒退", "弱化", "缩小", "走低", "变坏")
_CHANGE_OF = dict.fromkeys(_UP_AMOUNT, Change.UP) | dict.fromkeys(_DOWN_AMOUNT, Change.DOWN)
_SIGN_OF = dict.fromkeys(_UP_WORDS, 1) | dict.fromkeys(_DOWN_WORDS, -1)

CHANGE_WORDS = tuple(_SIGN_OF)
"""Every word that can say a direction, for those who only ask whether one is there."""


def _longest_first(words: object) -> str:
    assert isinstance(words, dict)  # noqa: S101  # module start only
    return "|".join(sorted(words, key=lambda w: -len(w)))


AMOUNTS = _longest_first(_CHANGE_OF)
"""Alternatives of a regular expression: words that stand directly before (or after) the amount of a change."""
_DENIED = r"(?:[未没无]|不(?![断仅但只])|难以|停止)(?:有|能|见|得到|得|再|明显|显著|大幅|有效|持续|进一步|继续|出现|发生|任何|实质性?|根本){0,3}"
# 增加值, 增长点 are things, not changes; 提高到 is followed by a level.
_TREND = re.compile(rf"(?P<no>{_DENIED})?(?P<word>{_longest_first(_SIGN_OF)})(?!值|点|极|区域|[到至为])")
_MEANT = re.compile(rf"(?P<word>{AMOUNTS})(?!值|点|极)")

_OPPOSITE = {
    (Trend.UP, Trend.DOWN), (Trend.UP, Trend.NOT_UP), (Trend.DOWN, Trend.UP), (Trend.DOWN, Trend.NOT_DOWN),
    (Trend.NOT_UP, Trend.UP), (Trend.NOT_DOWN, Trend.DOWN),
}  # fmt: skip
_FULFILS = {
    (Trend.UP, Trend.UP), (Trend.DOWN, Trend.DOWN), (Trend.NOT_UP, Trend.NOT_UP), (Trend.NOT_UP, Trend.DOWN),
    (Trend.NOT_DOWN, Trend.NOT_DOWN), (Trend.NOT_DOWN, Trend.UP),
}  # fmt: skip


def change_of(word: str | None) -> Change:
    """The direction of a matched word of AMOUNTS."""
    return _CHANGE_OF[word] if word else Change.NONE


def trend_of(text: str) -> Trend:
    """The one direction a text speaks of.

    >>> trend_of("显著提升"), trend_of("未明显提升"), trend_of("不断完善，持续提高"), trend_of("成本下降、效率提升")
    (<Trend.UP: 'up'>, <Trend.NOT_UP: 'not-up'>, <Trend.UP: 'up'>, <Trend.MIXED: 'mixed'>)
    """
    seen = {_trend(_SIGN_OF[m["word"]], is_denied=bool(m["no"])) for m in _TREND.finditer(text)}
    if not seen:
        return Trend.NONE
    return seen.pop() if len(seen) == 1 else Trend.MIXED


def _trend(sign: int, *, is_denied: bool) -> Trend:
    if is_denied:
        return Trend.NOT_UP if sign > 0 else Trend.NOT_DOWN
    return Trend.UP if sign > 0 else Trend.DOWN


def named_change(name: str) -> Change:
    """The change an indicator's own name measures: 能耗降低率 counts decreases, 税收增长率 increases; both or none: NONE."""
    seen = {_CHANGE_OF[m["word"]] for m in _MEANT.finditer(name)}
    return seen.pop() if len(seen) == 1 else Change.NONE


def contradicts(target: Trend, actual: Trend) -> bool:
    """下降 where 提升 was the aim, or the aim denied."""
    return (target, actual) in _OPPOSITE


def fulfils(target: Trend, actual: Trend) -> bool:
    """The same direction, or one that the target allows: 提升 where 不下降 was the aim."""
    return (target, actual) in _FULFILS
