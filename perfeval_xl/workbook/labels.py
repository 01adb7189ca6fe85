"""Labels: what the words of a row say it is (sum, heading, remark, signature line, part of another), and its bare numbers. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from perfeval_xl.core.dates import in_digits
from perfeval_xl.workbook.headings import heading

_TOTAL = re.compile(r"(?:合计|总分|综合得分|小计|总计|总得分|合计得分|总分值|得分合计|自评得分|总评分|最终得分|总体得分|最后得分)(?:[（(].*)?\Z")
_BARE_TOTAL = re.compile(r"合计|小计|总分|总计|得分合计|合计得分|总得分|综合得分|总分值|自评总分|自评总得分|自评得分|最终得分|总体得分|最后得分|总评分")
_GRAND = re.compile(r"\A(?:合计|总分|总计|总得分|自评总分|得分合计|合计得分|自评得分合计|总分合计|综合得分|自评综合得分|自评得分|自评总得分|总分值|总评分|最终得分|总体得分|最后得分)\Z")
_SECTION = re.compile(r"产出|效益|满意度|成本|投入|过程|效果|履职|管理|决策|效能|绩效|执行|资金|项目|目标|影响|预算")
_CLOSING = re.compile(
    r"\A(?:自评结论|评价结论|总体评价|总体结论|综合评价|自评等级|评价等级|存在(?:的)?(?:主要)?问题|主要问题|(?:下一步)?改进措施|下一步|整改措施|填表人|填报人|制表人?|经办人|联系人|联系电话|电话|"
    r"(?:单位|部门|项目|财务)?负责人|审核人?|复核人?|(?:主管部门|财政部门|单位)?(?:审核|复核)?意见|备注|说明|注|附注|填报日期|填表日期|填报时间|日期|签字|盖章|单位公章|单位.?盖章|"
    r"填表说明|填报说明|填写说明|偏差原因|原因分析|(?:绩效)?自评(?:得分)?说明|其他需要说明的(?:问题|情况|事项)|评价人(?:员)?|(?:年度)?绩效目标完成情况|(?:绩效)?(?:自评)?结果应用(?:情况)?|平均完成率|平均得分率|总体目标|年度总体目标|预期目标|自评情况|自评总体情况|结论|建议|经验做法|佐证材料)"
)
_REMARK = re.compile(r"\A\s*(?:注|备注|说明|填报说明|填表说明|附注)\s*[:：0-9]|\A\s*[0-9]{1,2}\s*[.．、]")
_PREFIX = re.compile(r"\A\s*(?:指标|目标)\s*[0-9一二三四五六七八九十]+\s*[:：、.．]\s*")
_STARS = re.compile(r"[★☆▲△]")
_DETAIL = re.compile(r"\A\s*[-－—]*\s*其中\s*[:：]?")
_PLACEHOLDER = re.compile(r"[.…·\s/／-]*|(?:指标|目标)\s*[0-9一二三四五六七八九十]*\s*[:：]?\s*[.…]*")
_NUMBERING = re.compile(r"\A\s*(?:[（(][一二三四五六七八九十0-9]{1,3}[)）][、.．]?|[一二三四五六七八九十]{1,3}[、.．]|[0-9]{1,2}[、.．)）])\s*(?=[\u4e00-\u9fff“])")
_POINTS_BEHIND = re.compile(r"(?:[0-9]{1,3}(?:\.[0-9]{1,2})?分?)\Z")
_NUMBER = re.compile(r"[（(]?\s*([-－+]?[0-9]{1,9}(?:\.[0-9]{1,17})?)\s*(?:分|%)?\s*[)）]?")
_WIDE = {0xFF10 + i: 0x30 + i for i in range(10)} | {0xFF0E: ".", 0xFF05: "%", 0xFF08: "(", 0xFF09: ")"}
_SENTENCE = re.compile(r"[。；;：:]")
_BLANKS = re.compile(r"\s")
_COLON = re.compile(r"[:：]")
_DAY = re.compile(r"20[0-9]{2}\s*[年./-]\s*[0-9]{1,2}\s*[月./-]\s*[0-9]{1,2}\s*日?")
_MAX_DAY = 20
MAX_NAME = 400
_HEADING = re.compile(
    r"(?:产出|效益|满意度|服务对象满意度|成本|经济成本|社会成本|生态环境成本|数量|质量|时效|经济效益|社会效益|生态效益|环境效益|可持续影响|可持续发展|投入|过程|效果|决策|管理|绩效|项目决策|项目管理|"
    r"项目产出|项目效益|项目效果|履职效能|履职效果|管理效率|管理效能|预算编制|预算执行|预算管理|资产管理|社会效应)(?:指标|目标|情况|方面)?"
)


@lru_cache(maxsize=16384)
def number(text: str) -> Decimal | None:
    """A weight or a score: one bare number, or one with 分 or %.

    >>> number("10分"), number("（10）"), number("5+5"), number("满分")
    (Decimal('10'), Decimal('10'), None, None)
    """
    if not text:
        return None
    found = _NUMBER.fullmatch(text.strip().translate(_WIDE))
    return Decimal(found[1].replace("－", "-")) if found else None


@lru_cache(maxsize=4096)
def head(text: str) -> str:
    """A heading of the hierarchy without numbering, blanks and what stands in brackets."""
    bare = _STARS.sub("", _NUMBERING.sub("", text)).replace("(", "（").replace("︵", "（").partition("（")[0]
    return _POINTS_BEHIND.sub("", _BLANKS.sub("", bare))


@lru_cache(maxsize=16384)
def clean_name(name: str) -> tuple[str, bool, bool]:
    """A name without 指标1： and ★; whether it was starred; whether it is a part (其中) of the row above."""
    bare = _PREFIX.sub("", name)
    clean = _STARS.sub("", bare).strip()
    return clean, clean != bare.strip(), bool(_DETAIL.match(clean))


@lru_cache(maxsize=4096)
def is_closing(label: str) -> bool:
    """A label that stands under a table: conclusions, problems, signatures."""
    return bool(_CLOSING.fullmatch(heading(label)))


def is_day(text: str) -> bool:
    """Nothing but a day: 2026年3月10日, 2026-3-10.

    >>> is_day("2026年3月10日"), is_day("二〇二六年三月十日"), is_day("2026年3月"), is_day("2026年3月10日前")
    (True, True, False, False)
    """
    return len(text) <= _MAX_DAY and bool(_DAY.fullmatch(in_digits(text)))


@lru_cache(maxsize=4096)
def is_placeholder(text: str) -> bool:
    """Nothing filled in: blank, /, ……, 指标1：."""
    return bool(_PLACEHOLDER.fullmatch(text))


def total_label(levels: Sequence[tuple[str, str]], first: str, target: str, actual: str) -> str:
    """The label of a row that sums others; empty for an indicator, even one named 补贴合计 or 总分排名.

    levels: field and text of each heading of the row. first: text of its first filled cell. A bare 合计 that stands alone is a sum
    whatever is written beside it (/, 100%, a remark); any other needs its evidence cells blank.
    """
    last = levels[-1][1]
    if not last or is_placeholder(last):
        last = next((t for _, t in reversed(levels) if t and not is_placeholder(t)), first)
    if not _sums(last):
        return ""
    word = heading(last)
    words = {heading(t) for _, t in levels if t and not is_placeholder(t)} or {word}
    if words == {word} and _BARE_TOTAL.fullmatch(word):
        return word
    if {heading(t) for t in (target, actual) if not is_placeholder(t)} - words - {""}:
        return ""
    return word if len(words) == 1 or _BARE_TOTAL.fullmatch(word) else ""


@lru_cache(maxsize=16384)
def _sums(text: str) -> bool:
    return bool(_TOTAL.search(heading(text)))


@lru_cache(maxsize=16384)
def labelled(text: str) -> tuple[str, str]:
    """Label and what follows its colon."""
    words = _COLON.split(text, maxsplit=1)
    return words[0], words[1].strip() if len(words) > 1 else ""


def is_total(label: str) -> bool:
    """Whether a cell that covers the whole row names a sum."""
    word = heading(label)
    return len(word) <= 30 and bool(_TOTAL.search(word))


def is_grand(word: str) -> bool:
    """Whether a sum is of the whole table."""
    return bool(_GRAND.match(word))


@lru_cache(maxsize=4096)
def is_remark(label: str) -> bool:
    """注：…, 2.定量指标…: printed below a table."""
    return bool(_REMARK.match(label)) or len(label) > MAX_NAME


def names_section(label: str, *, exactly: bool = False) -> bool:
    """Whether a text heads a section: one of the usual headings, or (unless exactly) any short text with such a word."""
    word = heading(label)
    if _HEADING.fullmatch(word):
        return True
    return not exactly and len(word) <= 16 and number(word) is None and bool(_SECTION.search(word)) and not _CLOSING.fullmatch(word) and not _SENTENCE.search(label)


@lru_cache(maxsize=16384)
def is_plain(text: str) -> bool:
    """Nothing about the text makes its row a sum or a remark."""
    return not (_sums(text) or is_closing(labelled(text)[0]) or is_remark(text))


_SECOND = re.compile(r"(?:数量|质量|时效|成本|经济成本|社会成本|生态环境成本|经济效益|社会效益|生态效益|环境效益|可持续影响|可持续发展|服务对象满意度)(?:指标)?")
_FIRST = re.compile(r"(?:产出|效益|满意度|成本|效果|投入|过程|决策|管理)指标|项目(?:决策|管理|产出|效益|效果)指标")


def is_second_level(text: str) -> bool:
    """数量指标, 社会效益指标: headings that stand below 产出指标 or 效益指标."""
    return bool(_SECOND.fullmatch(head(text)))


def is_first_level(text: str) -> bool:
    """产出指标, 满意度指标: a heading by its own word, even where it stands among names with weight and score."""
    return bool(_FIRST.fullmatch(head(text)))


_COUNTER = re.compile(r"(?:[0-9]{1,2}|[A-Za-z]|[①-⑳]|[一二三四五六七八九十]{1,2}|[（(]?[0-9A-Za-z]{1,2}[)）]?(?:\s*[=＝].*)?)")


_BEFORE_FORMULA = re.compile(r"[=＝]")


def numbers_columns(texts: Sequence[str]) -> bool:
    """The line under a header that only numbers its columns: 1 2 3 …, A B C=B/A, 栏次."""
    filled = [t.strip() for t in texts if t]
    if len(filled) < 3:
        return False
    if filled[0] in {"栏次", "行次", "列次"}:
        filled = filled[1:]
    if not all(_COUNTER.fullmatch(t) for t in filled):
        return False
    heads = [_BEFORE_FORMULA.split(t, maxsplit=1)[0].strip("（()） ") for t in filled]
    if all(h.isdigit() for h in heads):
        return [int(h) for h in heads] == list(range(int(heads[0]), int(heads[0]) + len(heads)))
    return not any(h.isdigit() for h in heads) and heads == sorted(heads)
