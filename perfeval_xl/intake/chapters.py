"""Chapters of a report → the narrative fields of the form; what the report's title and last lines say. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from perfeval_xl.intake.lines import CHAPTER, is_heading
from perfeval_xl.intake.source import Doubt, Paragraph

MONEY = "收支情况说明"
# Label of the form → what headings of reports call it; the first that fits counts.
_FIELDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("履职效能分析", re.compile(r"履职效能|指标完成情况|完成情况分析|产出.{0,4}效益")),
    ("管理效率分析", re.compile(r"管理效率")),
    ("自评结论", re.compile(r"自评结论|评价结论|总体评价|综合结论|自评得分|总体结论")),
    ("改进措施", re.compile(r"改进|措施|建议|下一步|整改")),
    ("主要问题", re.compile(r"问题")),
    (MONEY, re.compile(r"收支|资金.{0,8}(?:情况|使用|安排|管理)|预算(?:执行|安排|及执行)|收入支出|决算")),
    ("绩效管理情况", re.compile(r"绩效管理|管理情况|组织实施|自评工作")),
    ("整体绩效目标", re.compile(r"绩效目标|总体目标|年度目标")),
    ("年度工作任务", re.compile(r"工作任务|重点工作|年度.{0,4}工作|项目概况|主要工作|项目内容|实施内容|工作计划")),
    ("部门职能", re.compile(r"职能|职责|机构设置|单位概况|部门概况|主要业务")),
)
_CONTAINERS = re.compile(r"(?:基本情况|基本概况|自评情况|绩效自评|评价情况|绩效情况|完成情况)\Z")
_TITLE = re.compile(r"(?:自评|评价)(?:报告|情况)(?:书)?(?:[（(].*[)）])?\Z")
_TITLE_PARTS = re.compile(
    r"(?:附件\s*[0-9一二三四五六七八九十]*[：:.]?)?(?:关于)?(?P<year>20[0-9]{2})\s*年?度?\s*(?P<name>.*?)(?P<form>部门整体支出|整体支出|部门整体|项目支出|项目|专项资金|财政支出|预算支出|)(?:预算)?(?:绩效)?(?:自我?评价?|评价)(?:报告|情况)"
)
_UNIT_FIRST = re.compile(
    r"(?:附件\s*[0-9]*[：:.]?)?(?P<name>.+?)(?P<year>20[0-9]{2})\s*年?度?\s*(?P<form>部门整体支出|整体支出|部门整体|项目支出|项目|专项资金|财政支出|预算支出|.*?)(?:预算)?(?:绩效)?(?:自我?评价?|评价)(?:报告|情况)"
)
_DAY = re.compile(r"(?:日期|时间)?[：:]?\s*(20[0-9]{2}|二[〇零○O][一二][〇零一二三四五六七八九])\s*年\s*([0-9]{1,2}|[一二三四五六七八九十]{1,3})\s*月\s*([0-9]{1,2}|[一二三四五六七八九十]{1,3})\s*日\Z")
_CONTACT = {
    "填报人": re.compile(r"(?:填报人|填表人|联系人|经办人)(?:[（(]签[字名章][)）])?\s*[：:]\s*([^，,；;：:（）()\s]{1,20})"),
    "联系电话": re.compile(r"(?:联系)?电话\s*[：:]\s*([0-9][0-9\-－—()（）转 ]{4,30}[0-9])"),
}
_HAN = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "O": 0}


class Cover(NamedTuple):
    """What the title says. form: department, project, or empty. name: of the unit, or of the project."""

    title: str = ""
    year: int | None = None
    name: str = ""
    form: str = ""
    place: str = ""


@dataclass(slots=True)
class Story:
    """cover; fields: label of the form → its paragraphs; day: of the report; closing: what was taken from its last lines."""

    cover: Cover = field(default_factory=Cover)
    fields: dict[str, list[Paragraph]] = field(default_factory=dict)
    closing: dict[str, Paragraph] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    tables: list[Paragraph] = field(default_factory=list)
    """Lines that only name a table or its unit of money."""


def read_story(paragraphs: Sequence[Paragraph]) -> Story:
    """Sorts every paragraph into its field; what fits none is doubted, never dropped."""
    story = Story()
    body = list(_with_cover(story, paragraphs))
    body = _without_closing(story, body)
    label = chapter = ""
    for one in body:
        if _TABLE_LINE.fullmatch(one.text):
            story.tables.append(one)
            continue
        found = _field(one.text, chapter) if is_heading(one.text) else None
        if found is not None:
            label = found
            chapter = one.text if CHAPTER.match(one.text) else chapter
            continue
        if label:
            story.fields.setdefault(label, []).append(one)
        elif not _IDLE.fullmatch(one.text):
            story.doubts.append(Doubt(one.place, one.text, "这段文字不在任何能够识别的章节之下，没有填入自评表"))
    return story


def is_table_line(text: str) -> bool:
    """Whether a line only names a table, its unit of money, or a remark on it."""
    return bool(_TABLE_LINE.fullmatch(text))


_TABLE_LINE = re.compile(
    r"(?:附表?[0-9一二三四五]*[：:]?)?(?:附[：:])?[^。；，]{0,40}(?:情况表|自评表|指标表|材料清单|一览表|明细表|得分表|绩效表)(?:[（(].{0,20}[)）])?|[（(]?(?:金额)?单位\s*[：:]\s*(?:人民币)?(?:万元|亿元|元)[)）]?|注[：:].*"
)
_IDLE = re.compile(r"附件\s*[0-9一二三四五六七八九十]*[：:]?|目\s*录|[-—–]+")


def _field(heading: str, chapter: str) -> str | None:
    """The field that a heading opens; empty for one that only holds others; None where the text is no heading of a report."""
    word = re.sub(r"\A(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[)）])", "", heading)
    is_chapter = bool(CHAPTER.match(heading))
    own = _of(chapter)
    if not is_chapter and own in {"主要问题", "改进措施"}:
        return None  # their own points are numbered the same way
    if is_chapter and _CONTAINERS.search(word) and not re.search(r"问题|措施|目标", word):
        return _of(word) if _of(word) in {MONEY, "绩效管理情况", "自评结论"} and "自评情况" not in word else ""
    found = next((label for label, pattern in _FIELDS if pattern.search(word)), None)
    if found is None:
        return "" if is_chapter else None
    return found


def _of(chapter: str) -> str:
    return next((label for label, pattern in _FIELDS if pattern.search(chapter)), "")


def _with_cover(story: Story, paragraphs: Sequence[Paragraph]) -> Sequence[Paragraph]:
    """Takes the title off: the first paragraphs, two or three of them where it was printed on several lines."""
    first = next((i for i, p in enumerate(paragraphs) if CHAPTER.match(p.text)), len(paragraphs))
    for begin in range(min(first, 12)):
        if _IDLE.fullmatch(paragraphs[begin].text):
            continue
        for end in range(begin + 1, min(begin + 4, first) + 1):
            title = "".join(p.text for p in paragraphs[begin:end])
            if len(title) <= 100 and _TITLE.search(title) and (found := _parts(title)):
                story.cover = Cover(title, *found, paragraphs[begin].place)
                return [*paragraphs[:begin], *paragraphs[end:]]
    return paragraphs


def _parts(title: str) -> tuple[int | None, str, str] | None:
    digits = _digits(title)
    found = _TITLE_PARTS.match(digits) or _UNIT_FIRST.match(digits)
    if found is None:
        return None, "", "department" if "整体" in title else ""
    name, words = found["name"].strip("《》“” ").replace("【待填】", ""), found["form"]
    form = "department" if "整体" in words else "project" if words else ""
    if found.re is _UNIT_FIRST and form == "project" and words not in {"项目支出", "项目", "专项资金", "财政支出", "预算支出"}:
        form = "project"
    return int(found["year"]), name, form


def _digits(text: str) -> str:
    return re.sub(r"二[〇零○O][一二][〇零○一二三四五六七八九]", lambda m: "".join(str(_HAN.get(c, 2 if c == "二" else 0)) for c in m[0]), text)


def _without_closing(story: Story, body: list[Paragraph]) -> list[Paragraph]:
    """Takes unit, date and contact off the end: at most the last six paragraphs of the text."""
    kept = list(body)
    last = next((i for i in range(len(body) - 1, -1, -1) if CHAPTER.match(body[i].text) and len(body[i].text) <= 40), 0)
    for at in range(len(body) - 1, last, -1):
        one = body[at]
        found = {label: m[1].strip() for label, pattern in _CONTACT.items() if len(one.text) <= 80 and (m := pattern.search(one.text))}
        day = _DAY.fullmatch(one.text) if len(one.text) <= 30 else None
        is_open = one.text == "【待填】" and at - 1 > last and at >= len(body) - 2  # our own report, its day not filled in
        if found:
            for label, text in found.items():
                story.closing.setdefault(label, Paragraph(text, one.place))
        elif day or is_open:
            if day:
                story.closing.setdefault("填报日期", Paragraph(f"{_year(day[1])}年{_count(day[2])}月{_count(day[3])}日", one.place))
            before = body[at - 1] if at - 1 > last else None
            if before is not None and len(before.text) <= 40 and not re.search(r"[。；，：]", before.text) and not _TABLE_LINE.fullmatch(before.text):
                if before.text != "【待填】":
                    story.closing.setdefault("单位名称", before)
                kept.remove(before)
        else:
            if len(body) - at > 8:
                break
            continue
        kept.remove(one)
    return kept


def _year(text: str) -> int:
    return int(text) if text.isdigit() else int(_digits(text))


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
