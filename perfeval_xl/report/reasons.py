"""Why income and expenditure changed, as the unit's own account of its money says it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from perfeval_xl.report.wording import TO_FILL

_SENTENCE = re.compile(r"[^。；]+[。；]?")
_REASON = re.compile(r"(?P<way>增长|增加|上升|减少|下降|降低)?的?(?:变动|变化)?的?(?:主要)?原因(?:[：:]|(?:主要)?是|在于|为)[：:]?\s*(?P<text>.*[^。；\s【】])[。；]?", re.DOTALL)
_SUBJECTS = (("income", "收入"), ("expenditure", "支出"))
_OTHERS = re.compile(r"三公|接待|出国|用车|会议费|培训费")
_WAYS = {"增长": "增长", "增加": "增长", "上升": "增长", "减少": "下降", "下降": "下降", "降低": "下降"}


class Reason(NamedTuple):
    """way: 增长, 下降, or empty where the account does not say. text: without the full stop."""

    way: str
    text: str


def reasons_of(account: Sequence[str]) -> Mapping[str, Reason]:
    """income, expenditure → the first reason given for its change. account: paragraphs.

    >>> reasons_of(["决算收入90万元。增长原因：新增专项经费。", "支出减少的主要原因是厉行节约。"])
    {'income': Reason(way='增长', text='新增专项经费'), 'expenditure': Reason(way='下降', text='厉行节约')}
    """
    found: dict[str, Reason] = {}
    for paragraph in account:
        about: list[str] = []
        for one in _SENTENCE.findall(paragraph):
            said = _REASON.search(one)
            head = one[: said.start()] if said is not None else one
            if _OTHERS.search(head):
                about = []
            elif named := [subject for subject, word in _SUBJECTS if word in head]:
                about = named
            if said is not None and TO_FILL not in one:
                for subject in about:
                    found.setdefault(subject, Reason(_WAYS.get(said["way"] or "", ""), said["text"]))
    return found
