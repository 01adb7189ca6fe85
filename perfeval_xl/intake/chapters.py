"""Chapters of a report → the narrative fields of the form; what the report's title and last lines say. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from perfeval_xl.intake.closing import UNIT, closing_of, in_digits
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
_PROBLEMS = re.compile(r"(?=.*问题)(?:存在|主要|面临|发现|突出|绩效|管理|自评|工作|中|的|和|及|与|其|等|困难|不足|问题|原因|成因|分析|情况)+\Z")
_MEASURES = re.compile(r"(?=.*(?:改进|措施|建议|整改|下一步|对策|打算))(?:下一步|下步|今后|后续|拟|采取|改进|整改|措施|建议|意见|工作|管理|绩效|的|和|及|与|等|打算|计划|方向|有关|相关|对策|安排|主要|思路|努力|完善|情况)+\Z")
_BOTH = re.compile(r"(?=.*问题).*(?:改进|措施|建议|整改|下一步|对策|打算)")


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
    body = _without_closing(story, _with_cover(story, paragraphs))
    label = chapter = ""
    undivided: Paragraph | None = None  # heading of a chapter on problems and measures, none of its own headings read yet
    for one in body:
        if _TABLE_LINE.fullmatch(one.text):
            story.tables.append(one)
            continue
        is_chapter = bool(CHAPTER.match(one.text))
        found = _field(one.text, chapter) if is_heading(one.text) else None
        if found is not None:
            _tell(story, undivided if is_chapter else None)
            label, chapter = found, one.text if is_chapter else chapter
            undivided = (one if _BOTH.match(one.text) else None) if is_chapter else undivided if found == "主要问题" else None
            continue
        if label:
            story.fields.setdefault(label, []).append(one)
        elif not _IDLE.fullmatch(one.text):
            story.doubts.append(Doubt(one.place, one.text, "这段文字不在任何能够识别的章节之下，没有填入自评表"))
    _tell(story, undivided)
    return story


def _tell(story: Story, undivided: Paragraph | None) -> None:
    told = story.fields.get("主要问题", [])
    if undivided is not None and told:
        story.doubts.append(Doubt(undivided.place, undivided.text, "这一章同时写问题和改进措施，没有分开的小标题，全部填入了“主要问题”", "请把其中的改进措施移到“改进措施”。"))


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
    if not CHAPTER.match(heading):
        return _section(word, chapter)
    if _CONTAINERS.search(word) and not re.search(r"问题|措施|目标", word):
        return _of(word) if _of(word) in {MONEY, "绩效管理情况", "自评结论"} and "自评情况" not in word else ""
    return "主要问题" if _BOTH.match(word) else _of(word)


def _section(word: str, chapter: str) -> str | None:
    """The field of a heading inside a chapter: a chapter that has a field of its own keeps its points, by whatever name."""
    if _BOTH.match(chapter):
        return "主要问题" if _PROBLEMS.match(word) else "改进措施" if _MEASURES.match(word) else None
    is_open = re.search(r"概况\Z", chapter) or (_CONTAINERS.search(chapter) and not re.search(r"问题|措施|目标", chapter))
    if _of(chapter) and not is_open:
        return None
    return _of(word) or None


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
    digits = in_digits(title)
    found = _TITLE_PARTS.match(digits) or _UNIT_FIRST.match(digits)
    if found is None:
        return None, "", "department" if "整体" in title else ""
    name, words = found["name"].strip("《》“” ").replace("【待填】", ""), found["form"]
    form = "department" if "整体" in words else "project" if words else ""
    if found.re is _UNIT_FIRST and form == "project" and words not in {"项目支出", "项目", "专项资金", "财政支出", "预算支出"}:
        form = "project"
    return int(found["year"]), name, form


def _without_closing(story: Story, paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Takes unit, day and contact off the end, and off the lines before the first chapter."""
    chapters = [i for i, p in enumerate(paragraphs) if CHAPTER.match(p.text) and len(p.text) <= 40]
    cover = story.cover
    closing = closing_of(paragraphs, chapters[0] if chapters else 0, chapters[-1] if chapters else 0, cover.name if cover.form == "department" else "")
    story.closing.update(closing.found)
    story.doubts += closing.doubts
    unit = closing.found.get(UNIT)
    if unit is not None and cover.form == "department" and cover.name and not (unit.text in cover.name or cover.name in unit.text):
        story.doubts.append(Doubt(unit.place, unit.text, f"这里写的单位与标题中的“{cover.name}”不同，自评表用了标题中的单位"))
    return closing.kept
