"""Who reports, when and for which unit: the cover's and the last lines of a report. Pure.

Only lines that begin with a label, and a unit above a day, are taken off; what of them no field takes is told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from perfeval_xl.intake.source import Doubt, Paragraph

UNIT, PERSON, PHONE, DAY = "单位名称", "填报人", "联系电话", "填报日期"
OPEN = "【待填】"
LAST = 8
"""Paragraphs from the end that may be closing lines."""
_LABEL = re.compile(
    r"(?P<unit>(?:填报|填表|自评|报告|编制|评价)(?:单位|部门)(?:名称)?|(?:单位|部门)(?:名称|(?=[（(](?:盖章|公章|章)[)）])))|(?P<person>填报人|填表人|联系人|经办人)|(?P<phone>(?:联系|办公)?电话|手机(?:号码?)?|联系方式)"
    r"|(?P<day>(?:填报|填表|报告|自评)?(?:日期|时间))|(?P<other>(?:单位|部门|项目|财务|分管)?负责人|(?:分管|主管|单位)?领导|审核人?|复核人?|传真|邮编|(?:电子)?邮箱|地址|职务|科室|盖章)"
)
_MARK = r"(?:[（(][^（()）]{1,8}[)）])?\s*[：:]\s*"
_LABELLED = re.compile(rf"(?:{_LABEL.pattern}){_MARK}")
_PREFIX = re.compile(r"[（(]?(?:[本我](?:部门|单位|局|街道?|镇|委|项目)?)?")
_NAME = re.compile(r"[^，,；;：:。（）()\s]{1,20}")
_PHONE = re.compile(r"[0-9][0-9\-－—()（）转 ]{4,30}[0-9]")
_BETWEEN = "，,；;、。|/ \t\u3000"
MAX_LABELLED = 200
DATE = re.compile(r"(20[0-9]{2}|二[〇零○O][一二][〇零一二三四五六七八九])\s*年\s*([0-9]{1,2}|[一二三四五六七八九十]{1,3})\s*月\s*([0-9]{1,2}|[一二三四五六七八九十]{1,3})\s*日")
_DAY = re.compile(rf"(?:日期|时间)?[：:]?\s*{DATE.pattern}\Z")
_UNIT = re.compile(
    r"(?![（(]?[0-9一二三四五六七八九十]{1,3}[.、．)）]|[①-⑳])[^。；，：:！？]{2,38}(?:局|办|处|委|厅|院|校|园|所|站|中心|会|室|街道|镇|乡|政府|部|队|团|馆|社区|公司|集团|小学|中学|大学|台|社|库|场|村|科|股|署|行|宫|区|县|市)(?:[（(](?:盖章|公章|章)[)）])?\Z"
)
_STAMP = re.compile(r"[（(](?:盖章|公章|章)[)）]\Z")
_HAN = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "O": 0}


class Closing(NamedTuple):
    """kept: the other paragraphs, in order. found: field → its text and place. doubts: what of the lines no field takes."""

    kept: list[Paragraph]
    found: Mapping[str, Paragraph]
    doubts: Sequence[Doubt]


def closing_of(paragraphs: Sequence[Paragraph], first: int, last: int, name: str) -> Closing:
    """first: index of the first chapter's heading, last: of the last one's. name: of the unit, as the title says it."""
    found: dict[str, Paragraph] = {}
    doubts: list[Doubt] = []
    gone: set[int] = set()
    end = len(paragraphs)
    for at in [*range(end - 1, max(last, end - 1 - LAST), -1), *range(min(first, end))]:
        if at in gone:
            continue
        one = paragraphs[at]
        day = _DAY.fullmatch(one.text) if len(one.text) <= 30 else None
        is_open = one.text == OPEN and last < at - 1 and at >= end - 2  # our own report, its day not filled in
        if day or is_open:
            gone.add(at)
            if day:
                found.setdefault(DAY, Paragraph(_day(day), one.place))
            before = at - 1
            if before > last and (paragraphs[before].text == OPEN or _is_unit(paragraphs[before].text, name)):
                gone.add(before)
                if paragraphs[before].text != OPEN:
                    found.setdefault(UNIT, Paragraph(_STAMP.sub("", paragraphs[before].text), paragraphs[before].place))
        elif begins_with_label(one.text):
            gone.add(at)
            rest = _take(one, found)
            if rest:
                doubts.append(Doubt(one.place, rest, "文首或文末的这部分文字没有填入自评表"))
    return Closing([p for at, p in enumerate(paragraphs) if at not in gone], found, doubts)


def begins_with_label(text: str) -> bool:
    """Whether a line is one of labels and what they say (填报单位：…  联系人：…).

    >>> begins_with_label("填报人：张三"), begins_with_label("（本部门联系人：张三）"), begins_with_label("设立热线电话：12345")
    (True, True, False)
    """
    if len(text) > MAX_LABELLED:
        return False
    return any(_LABELLED.match(text, at) for at in {len(text) - len(text.lstrip("（(")), _PREFIX.match(text).end()}) and any(  # type: ignore[union-attr]
        m.lastgroup in {"unit", "person", "phone"} or m[0][0] in "填报" for m in _LABELLED.finditer(text)
    )


def _take(one: Paragraph, found: dict[str, Paragraph]) -> str:
    """Takes what the labels of a line say; the rest of the line. A line without blanks is divided at its labels."""
    text = one.text
    if text.startswith(("（", "(")) and text.endswith(("）", ")")):
        text = text[1:-1]
    marks = list(_LABELLED.finditer(text))
    rest: list[str] = []
    for mark, end in zip(marks, [*(m.start() for m in marks[1:]), len(text)], strict=True):
        value = text[mark.end() : end].strip(_BETWEEN)
        if not _STAMP.sub("", value) or value == OPEN:
            continue
        label, taken, left = _value(mark, value)
        if label and label in found and found[label].text == value:
            continue
        if not label or label in found:
            rest.append(mark[0] + value)
            continue
        found[label] = Paragraph(taken, one.place)
        if left.strip(_BETWEEN):
            rest.append(left.strip(_BETWEEN))
    return "，".join(r for r in rest if r)


def _value(mark: re.Match[str], value: str) -> tuple[str, str, str]:
    """The field of a label, what it takes of the text, and what it leaves; no field for a label that the form has not."""
    kind = mark.lastgroup
    if kind == "unit":
        name = _NAME.match(value) if len(value) > 40 else None
        return UNIT, _STAMP.sub("", name[0] if name else value), value[name.end() :] if name else ""
    pattern = {"person": _NAME, "phone": _PHONE, "day": DATE}.get(kind or "")
    taken = (pattern.fullmatch if kind == "day" else pattern.match)(value) if pattern is not None else None
    if taken is None:
        return "", "", value
    return {"person": PERSON, "phone": PHONE, "day": DAY}[kind or ""], _day(taken) if kind == "day" else taken[0].strip(), value[taken.end() :]


def _is_unit(text: str, name: str) -> bool:
    """Whether a line above the day is the unit that signs.

    >>> _is_unit("某某局", ""), _is_unit("2.提高认识", ""), _is_unit("加强培训", "")
    (True, False, False)
    """
    return bool(_UNIT.match(text)) or (bool(name) and _STAMP.sub("", text) == name)


def _day(found: re.Match[str]) -> str:
    return f"{year_of(found[1])}年{_count(found[2])}月{_count(found[3])}日"


def in_digits(text: str) -> str:
    """Years in Chinese numerals (二〇二三) as digits.

    >>> in_digits("二〇二三年度")
    '2023年度'
    """
    return re.sub(r"二[〇零○O][一二][〇零○一二三四五六七八九]", lambda m: "".join(str(_HAN.get(c, 2 if c == "二" else 0)) for c in m[0]), text)


def year_of(text: str) -> int:
    """A year in digits or Chinese."""
    return int(text) if text.isdigit() else int(in_digits(text))


def _count(text: str) -> int:
    """A day or month in digits or Chinese.

    >>> _count("12"), _count("十二"), _count("二十"), _count("三十一")
    (12, 12, 20, 31)
    """
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return _HAN[text]
    return (_HAN[tens] if tens else 1) * 10 + (_HAN[ones] if ones else 0)
