"""Sentences with amounts → lines of 收支情况. Pure; an amount that a sentence does not state stays blank, it is never derived."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from perfeval_xl.intake.source import Doubt, Paragraph

_SUBJECTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("因公出国（境）费", re.compile(r"因公出国(?:[（(]境[)）])?(?:经?费用?|支出)?")),
    ("公务用车购置及运行维护费", re.compile(r"公务用车(?:购置)?[及和]?(?:运行)?(?:维护)?(?:经?费用?|支出)?")),
    ("公务接待费", re.compile(r"公务接待(?:经?费用?|支出)?")),
    ("“三公”经费合计", re.compile(r"[“\"]?三公[”\"]?经费(?:支出)?(?:合计|总额)?")),
    ("会议费", re.compile(r"会议费")),
    ("培训费", re.compile(r"培训费")),
    ("本年收入", re.compile(r"(?:本年|年度|总|决算)*收入(?:决算|合计|总计|总额)?数?|本年决算收入")),
    ("本年支出", re.compile(r"(?:本年|年度|总|决算)*支出(?:决算|合计|总计|总额)?数?|本年决算支出")),
)
_YEAR = re.compile(r"(20[0-9]{2})年")
_OTHER_YEAR = re.compile(r"20[0-9]{2}年|(?:上|前|下|明|次|去)一?年度?(?:的)?(?:[年全]初?|调整后)?预算")
_HEAD = re.compile(r"\A(?:其中[：:]?|20[0-9]{2}年度?，?|[（(][一二三四]{1,2}[)）]|[0-9][.、])?(?:本部门|我部门|本单位|我单位|我局|我街|全年|部门)?(?:20[0-9]{2}年度?)?")
_A = r"([0-9][0-9,，]*(?:\.[0-9]+)?)\s*(亿元|万元|元)"
_CURRENT = re.compile(rf"\A(?:为|共计?|合计|总计|完成|实现|实际|支出)*{_A}")
_CHANGE = re.compile(rf"(?:与?上年(?:度|决算数?)?(?:同期)?(?:相|对)?比(?:较)?|比上年(?:度|决算数?)?|较上年(?:度|决算数?)?|同比)[，,]?(增加|减少|增长|下降)了?\s*{_A}")
_FLAT = re.compile(r"与上年(?:度|决算数?)?(?:相比)?持平")
_GROWTH = re.compile(r"(增长|下降|减少|增加|增幅|降幅)(?:率)?(?:了|为)?\s*([0-9]+(?:\.[0-9]+)?)\s*[%％]")
_BUDGET = re.compile(rf"(?:本年预算[（(]|本年支出预算|(?:年初|全年|调整后)?预算(?:数|安排)?(?:为|[（(]))\s*{_A}")
_OVER = re.compile(rf"超出本年预算{_A}[（(]{_A}")
_REASON = re.compile(r"(?:增长|下降|减少|增加|变动)?(?:的)?(?:主要)?原因(?:是|为)?[：:]")
_RATE = re.compile(r"执行率(?:为|达到|达)?\s*([0-9]+(?:\.[0-9]+)?)\s*[%％]")
_EXECUTED = re.compile(rf"\A本年(收入|支出)预算{_A}[，,]\1决算{_A}[，,]预算执行率([0-9.]+)[%％]")
_DATES = {"预算批复日期": re.compile(r"预算批复(?:日期|时间)[为：:]\s*([^，。；]{4,20})"), "首次支付日期": re.compile(r"首[次笔]支付(?:日期|时间)[为：:]\s*([^，。；]{4,20})")}
_SIZE = {"亿元": Decimal(10_000), "万元": Decimal(1), "元": Decimal("0.0001")}


@dataclass(slots=True)
class Amounts:
    """One line of the form, in 万元 and percent, as stated. texts: column → text in the source, and where."""

    values: dict[str, Decimal] = field(default_factory=dict)
    texts: dict[str, tuple[str, str]] = field(default_factory=dict)


def money_of(paragraphs: Sequence[Paragraph], year: int) -> tuple[dict[str, Amounts], dict[str, Paragraph], list[Doubt] | None]:
    """Lines by label of the form; 预算批复日期 and 首次支付日期; what the sentences say beyond them: None, or a list, with what contradicts itself.

    year: of the report. An amount of the year before is `previous`; one of any other year is in no line.
    """
    reader = _Reader(year)
    for paragraph in paragraphs:
        for sentence in re.split(r"(?<=[。；;])", paragraph.text):
            text = sentence.strip().rstrip("。；;")
            if text:
                reader.read(text, paragraph.place)
    return reader.lines, reader.dates, reader.doubts if reader.says_more else None


class _Reader:
    """Clauses → lines."""

    def __init__(self, year: int) -> None:
        self.year = year
        self.lines: dict[str, Amounts] = {}
        self.dates: dict[str, Paragraph] = {}
        self.doubts: list[Doubt] = []
        self.says_more = False

    def read(self, text: str, place: str) -> None:
        """One clause, without its stop."""
        found = {label: m[1].strip() for label, pattern in _DATES.items() if (m := pattern.search(text))}
        for label, day in found.items():
            known = self.dates.setdefault(label, Paragraph(day, place))
            if known.text != day:
                self._doubt(label, f"{known.text}（{known.place}）", text, place)
        if not found and not self._read(text, place):
            self.says_more = True

    def _read(self, text: str, place: str) -> bool:
        """Whether nothing of the clause is left."""
        if _REASON.match(text):
            return text.endswith("【待填】")
        executed = _EXECUTED.match(text)
        if executed:
            label = f"本年{executed[1]}"
            self._put(label, "budget", _amount(executed[2], executed[3]), (executed[2] + executed[3], place))
            self._put(label, "current", _amount(executed[4], executed[5]), (executed[4] + executed[5], place))
            return executed.end() == len(text)
        head = _HEAD.match(text)
        bare = text[head.end() :] if head else text
        years = {int(y) for y in _YEAR.findall(head[0])} if head else set()
        for label, pattern in _SUBJECTS:
            subject = pattern.match(bare)
            if subject is None:
                continue
            rest = bare[subject.end() :]
            current = _CURRENT.match(rest)
            if current is None:
                return False
            amount, told = _amount(current[1], current[2]), (current[0], place)
            if years - {self.year}:
                if years == {self.year - 1}:
                    self._put(label, "previous", amount, told)
                return years == {self.year - 1} and current.end() == len(rest)
            self._put(label, "current", amount, told)
            return self._details(label, rest[current.end() :], place)
        return False

    def _details(self, label: str, text: str, place: str) -> bool:
        if _OTHER_YEAR.search(text):
            return False
        change = _CHANGE.search(text)
        over = _OVER.search(text)
        budget = _BUDGET.search(text)
        rest = text
        if change:
            sign = -1 if change[1] in {"减少", "下降"} else 1
            self._put(label, "change", sign * _amount(change[2], change[3]), (change[0], place))
            rest = rest.replace(change[0], "")
        growth = _GROWTH.search(text)
        if growth and (change or "上年" in text or "同比" in text):
            sign = -1 if growth[1] in {"减少", "下降", "降幅"} else 1
            self._put(label, "growth", sign * Decimal(growth[2]), (growth[0], place))
            rest = rest.replace(growth[0], "")
        if over:
            self._put(label, "budget", _amount(over[3], over[4]), (over[0], place))
            rest = rest.replace(over[0], "")
        elif budget:
            self._put(label, "budget", _amount(budget[1], budget[2]), (budget[0], place))
            rest = rest.replace(budget[0], "")
        flat = _FLAT.search(text)
        if flat:
            self._put(label, "change", Decimal(0), (flat[0], place))
            rest = rest.replace(flat[0], "")
        return not re.sub(r"[，,、（()）]|未超|本年预算|超出|【待填】|与上年对比|与上年相比", "", rest)

    def _put(self, label: str, column: str, value: Decimal, told: tuple[str, str]) -> None:
        """The first of two amounts stays; that there is another is said."""
        line = self.lines.setdefault(label, Amounts())
        text, place = told[0].strip("，。"), told[1]
        known = line.values.setdefault(column, value)
        first = line.texts.setdefault(column, (text, place))
        if known != value:
            self._doubt(label, f"{first[0]}（{first[1]}）", text, place)

    def _doubt(self, label: str, first: str, text: str, place: str) -> None:
        self.says_more = True
        self.doubts.append(Doubt(place, text, f"文字中的“{label}”有两个不同的数或日期，自评表中填的是前一个：{first}", "请核对哪一个正确；全部文字保留在“基本情况”的“收支情况说明”中。"))


def _amount(number: str, unit: str) -> Decimal:
    """In 万元.

    >>> str(_amount("9,121", "万元")), str(_amount("1.5", "亿元")), str(_amount("125000", "元"))
    ('9121', '15000.0', '12.5000')
    """
    return Decimal(number.replace(",", "").replace("，", "")) * _SIZE[unit]
