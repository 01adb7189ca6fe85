"""Folders full of departments' workbooks, seeded: many layouts, wordings and writers, usual mistakes, a share of damaged files.

Run: python -m tests.support.departments FOLDER COUNT [SEED]

A workbook is written as a spreadsheet program would (theme, styles, shared strings, bordered blanks), by hand for speed.
The manifest says what every file holds; it lies beside the folder as FOLDER.json, not in it.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import re
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from openpyxl.utils import get_column_letter
from openpyxl.writer.theme import theme_xml

from tests.support import xlsb

YEAR = 2023
Value = str | int | float
TEXT, NUMBER, TITLE, HEAD, PERCENT, PERCENT2, HUNDREDTHS, DAY, CHINESE_DAY, PERSONS, LINE = range(11)  # cell formats, in the order of the style sheet
MIMES = "application/vnd.openxmlformats-"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True, slots=True)
class Good:
    """A workbook that can be read. file: below the folder, with /. weights: sum of the rows' weights as written, without the fund table's."""

    file: str
    department: str
    year: int
    layout: str
    indicators: int
    weights: str
    mistakes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file that holds no table. how: key of DAMAGES."""

    file: str
    how: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder holds."""

    folder: str
    seed: int
    good: tuple[Good, ...]
    damaged: tuple[Damaged, ...]

    def paths(self) -> list[Path]:
        """Of the good files."""
        return [Path(self.folder, g.file) for g in self.good]


def manifest_path(folder: Path) -> Path:
    return folder.parent / f"{folder.name}.json"


def load(folder: Path) -> Manifest:
    """The manifest of a folder that was written before; folders may be moved together with it."""
    data = json.loads(manifest_path(folder).read_text(encoding="utf-8"))
    good = tuple(Good(**{**g, "mistakes": tuple(g["mistakes"])}) for g in data["good"])
    return Manifest(str(folder), data["seed"], good, tuple(Damaged(**d) for d in data["damaged"]))


# ---------------------------------------------------------------- names

_FIRST = "东西南北新永安和平兴长临江河云龙凤金玉石青清白红星明泰宁嘉福德仁义文武"
_LAST = "山水川岭湖海州城阳陵原野坪田林泉港桥峰源"
_AREAS = [a + b for a in _FIRST for b in _LAST]
_BUREAUS = tuple(f"{x}局" for x in (
    "水利", "财政", "教育", "民政", "司法", "审计", "统计", "林业和草原", "农业农村", "生态环境", "交通运输", "文化广电旅游体育", "应急管理", "市场监督管理", "人力资源和社会保障",
    "住房和城乡建设", "自然资源", "医疗保障", "信访", "城市管理和综合执法", "政务服务数据管理", "退役军人事务", "商务", "科学技术", "工业和信息化", "乡村振兴", "档案", "机关事务管理",
))  # fmt: skip
_OFFICES = (
    *_BUREAUS, "发展和改革委员会", "卫生健康委员会", "国有资产监督管理委员会", "残疾人联合会", "妇女联合会", "科学技术协会", "人民医院", "中医医院", "妇幼保健院", "疾病预防控制中心",
    "第一中学", "第二中学", "实验小学", "职业技术学校", "特殊教育学校", "图书馆", "文化馆", "融媒体中心", "公共资源交易中心", "农业技术推广中心", "不动产登记中心", "公路养护中心",
)  # fmt: skip
_TOWNS = ("街道办事处", "镇人民政府", "乡人民政府")


def seeded(key: str) -> random.Random:
    """The same numbers for the same key, every time."""
    return random.Random(key)  # noqa: S311  # seeded on purpose


def _areas(seed: int) -> list[str]:
    areas = _AREAS[:]
    seeded(f"area-{seed}").shuffle(areas)
    return areas


def department(index: int, seed: int) -> str:
    """Unique for every index below 170,000."""
    return _department(index, _areas(seed))


def _department(index: int, areas: Sequence[str]) -> str:
    kinds = len(_OFFICES) + 12
    area, kind = divmod(index, kinds)
    level, area = divmod(area, len(areas))
    place = f"某市{areas[area]}{'区县市州'[(area + level) % 4]}"
    if kind < len(_OFFICES):
        return place + _OFFICES[kind]
    number = kind - len(_OFFICES)
    return f"{place}{areas[(area * 12 + number * 7 + 1) % len(areas)]}{_TOWNS[number % 3]}"


# ---------------------------------------------------------------- rows


class Typed(NamedTuple):
    """What a cell holds and how it is shown."""

    value: Value
    style: int = TEXT


class Aim(NamedTuple):
    """A target and what came of it. sign, number, unit: the target where its parts have cells of their own."""

    sign: str
    number: Value
    unit: str
    target: Typed
    actual: Typed
    share: float


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator as it is written."""

    level1: str
    level2: str
    name: str
    aim: Aim
    actual: Typed | None
    rate: Typed | None
    weight: Decimal
    score: Decimal | None
    reason: str


_OBJECTS = (
    "农田水利设施", "城乡道路", "老旧小区", "饮用水源地", "社区服务站", "文化下乡活动", "业务骨干培训", "安全生产检查", "食品抽检", "义务教育学校", "困难群众救助", "残疾儿童康复", "职业技能培训",
    "就业招聘会", "森林防火巡查", "河道清淤", "垃圾分类宣传", "公共厕所", "路灯", "信息系统", "政务服务事项", "法律援助案件", "信访积案", "执法检查", "图书采购", "医疗设备购置", "健康体检",
    "疫苗接种", "高标准农田", "病虫害防治", "退役军人走访", "档案数字化", "统计调查", "审计项目", "普法宣传", "消防演练", "防汛物资储备", "危房改造", "绿化养护", "节能改造", "公益电影放映",
)  # fmt: skip
_NAMES: dict[str, tuple[str, ...]] = {
    "数量指标": ("{}数量", "{}次数", "{}覆盖人数", "新增{}个数", "{}完成任务数"), "质量指标": ("{}合格率", "{}验收通过率", "{}达标情况", "{}规范程度"),
    "时效指标": ("{}完成时间", "{}按期完成率", "{}及时性"), "成本指标": ("{}支出控制数", "{}单位成本"), "经济效益指标": ("{}带动收入增长", "{}节约资金"),
    "社会效益指标": ("{}受益人数", "{}公众知晓率", "{}服务水平提升", "{}事故发生起数"), "生态效益指标": ("{}环境改善情况", "{}水质达标率"), "可持续影响指标": ("{}长效机制健全性", "{}持续发挥作用年限"),
    "服务对象满意度指标": ("{}服务对象满意度", "{}受益群众满意度", "{}工作人员满意度"),
}  # fmt: skip
_PARTS = {
    "产出指标": ("数量指标", "质量指标", "时效指标", "成本指标"), "效益指标": ("经济效益指标", "社会效益指标", "生态效益指标", "可持续影响指标"), "满意度指标": ("服务对象满意度指标",),
}  # fmt: skip
_WORDS = ("显著提升", "达标", "有效保障", "持续改善", "达到预期指标", "健全", "全面落实", "控制在标准内")
_REASONS = ("受汛期影响，部分工程延期，已于次年一季度完成。", "财政资金下达较晚，下一步将加强与财政部门沟通。", "实际需求少于预期，下年度合理设置指标值。", "参训人员因工作冲突未能全部到场。", "项目招标流标一次，工期顺延。")
_GENERAL = "无"


def _count(chance: random.Random, share: float) -> Aim:
    unit = chance.choice(("个", "次", "人", "人次", "场", "件", "平方米", "公里", "套", "户"))
    target = chance.choice((chance.randint(2, 30), chance.randint(10, 400), chance.randint(200, 9000)))
    actual = max(1, round(target * share)) if share >= 1 else min(target - 1, round(target * share))
    way = chance.randrange(6)
    if way == 0:
        return Aim("≥", target, unit, Typed(f"不低于{target}{unit}"), Typed(f"{actual}{unit}"), actual / target)
    if way == 1:
        return Aim("≥", target, unit, Typed(target, NUMBER), Typed(actual, NUMBER), actual / target)
    if way == 2:
        return Aim("＝", target, unit, Typed(f"{target}{unit}"), Typed(actual, PERSONS if unit == "人" else NUMBER), actual / target)
    if way == 3 and target > 12:
        high = round(target * 1.2)
        return Aim("", f"{target}-{high}", unit, Typed(f"{target}-{high}{unit}"), Typed(f"{min(actual, high)}{unit}"), 1.0 if actual >= target else 0.0)
    return Aim("≥", target, unit, Typed(f"≥{target}{unit}"), Typed(f"{actual}{unit}" if way < 5 else actual, TEXT if way < 5 else NUMBER), actual / target)


def _percent(chance: random.Random, share: float) -> Aim:
    target = chance.choice((80, 85, 90, 92, 95, 98, 100))
    actual = round(min(target * share, 100.0), 1 if chance.random() < 0.4 else 0)
    if share < 1 <= actual / target:
        actual = target - 1.0
    shown = f"{actual:g}%"
    share = actual / target
    way = chance.randrange(5)
    if way == 0:
        return Aim("≥", target, "%", Typed(target / 100, PERCENT), Typed(round(actual / 100, 4), PERCENT2), share)
    if way == 1:
        return Aim("＝", f"{target}%", "", Typed(f"{target}%"), Typed(round(actual / 100, 4), PERCENT), share)
    if way == 2:
        return Aim("≥", target, "%", Typed(f"达{target}%以上"), Typed(shown), share)
    return Aim("≥", target, "%", Typed(f"≥{target}%"), Typed(shown), share)


def _amount(chance: random.Random) -> tuple[float, str]:
    unit = chance.choice(("万元", "万元", "亿元", "元"))
    return {"万元": round(chance.uniform(1, 900), 1), "亿元": round(chance.uniform(0.1, 5), 2), "元": float(chance.randint(200, 9000))}[unit], unit


def _cost(chance: random.Random, share: float) -> Aim:
    """Smaller is better; each percent over costs a percent."""
    target, unit = _amount(chance)
    actual = round(target * (2 - share if share < 1 else 1 / share), 2)
    rate = 2 - actual / target if actual > target else 1.0
    way = chance.randrange(4)
    if way == 0:
        return Aim("≤", target, unit, Typed(f"控制在{target:g}{unit}以内"), Typed(f"{actual:g}{unit}"), rate)
    if way == 1:
        return Aim("≤", target, unit, Typed(f"不超过{target:g}{unit}"), Typed(actual, HUNDREDTHS), rate)
    return Aim("≤", target, unit, Typed(f"≤{target:g}{unit}"), Typed(f"{actual:g}{unit}"), rate)


def _income(chance: random.Random, share: float) -> Aim:
    target, unit = _amount(chance)
    actual = round(target * share, 2)
    way = chance.randrange(3)
    if way == 0:
        return Aim("≥", target, unit, Typed(f"不少于{target:g}{unit}"), Typed(f"{actual:g}{unit}"), actual / target)
    if way == 1:
        return Aim("≥", target, unit, Typed(f"≥{target:g}{unit}"), Typed(actual, HUNDREDTHS), actual / target)
    return Aim("＝", target, unit, Typed(f"{target:g}{unit}"), Typed(f"{actual:.2f}{unit}"), actual / target)


def _date(chance: random.Random, share: float) -> Aim:
    month, late = chance.choice((6, 9, 10, 11, 12)), share < 1
    done = 12 if late else chance.randint(3, month)
    day = chance.randint(1, 28)
    year = YEAR + 1 if late and month == 12 else YEAR
    serial = 44927 + 365 * (year - YEAR) + (done - 1) * 30 + day  # about that day; 44927: 2023-01-01
    target = chance.choice((f"{YEAR}年{month}月底前", f"{YEAR}年{month}月30日前", f"{YEAR}年{month}月"))
    actual = Typed(f"{year}年{done}月{day}日") if chance.random() < 0.6 else Typed(min(serial, 45290) if not late else serial, chance.choice((DAY, CHINESE_DAY)))
    return Aim("", target, "", Typed(target), actual, 0.0 if late else 1.0)


def _word(chance: random.Random, share: float) -> Aim:
    target = chance.choice(_WORDS)
    actual = "部分达成" if share < 1 else target if chance.random() < 0.7 else "达成"
    return Aim("定性", target, "", Typed(target), Typed(actual), 0.8 if share < 1 else 1.0)


def _none(chance: random.Random, share: float) -> Aim:
    unit = chance.choice(("起", "次", "件"))
    return Aim("＝", 0, unit, Typed(f"0{unit}"), Typed(f"{1 if share < 1 else 0}{unit}"), 0.0 if share < 1 else 1.0)


def _maker(pattern: str, chance: random.Random) -> Callable[[random.Random, float], Aim]:
    """By the ending of the indicator's name."""
    if "时间" in pattern:
        return _date
    if pattern.endswith(("率", "满意度")):
        return _percent
    if "起数" in pattern:
        return _none
    if "支出" in pattern or "成本" in pattern:
        return _cost
    if "收入" in pattern or "资金" in pattern:
        return _income
    if "数" in pattern or "年限" in pattern:
        return _count
    return _word if chance.random() < 0.8 else _percent


def _split(total: int, count: int, chance: random.Random) -> list[Decimal]:
    """Weights that sum to the section's: whole numbers where they can, else hundredths."""
    if count <= total and chance.random() < 0.6:
        low, spare = divmod(total, count)
        return [Decimal(low + (i < spare)) for i in range(count)]
    each = (Decimal(total) / count).quantize(Decimal("0.01"), ROUND_DOWN)
    out = [each] * count
    out[-1] += total - each * count
    return out


class Table(NamedTuple):
    """One department's rows. has_funds: 90 points here, 10 in the fund table."""

    lines: list[Line]
    has_funds: bool
    mistakes: tuple[str, ...]


def _table(chance: random.Random, *, has_funds: bool, has_rate: bool) -> Table:
    count = min(40, max(11, round(chance.triangular(11, 40, 18))))
    totals = {"产出指标": 50, "效益指标": 30, "满意度指标": 10 if has_funds else 20}
    shares = {"满意度指标": max(1, count // 12), "效益指标": max(2, round(count * chance.uniform(0.25, 0.4)))}
    shares = {"产出指标": count - sum(shares.values()), **shares}
    lines: list[Line] = []
    for level1, total in totals.items():
        parts = _PARTS[level1]
        weights = _split(total, shares[level1], chance)
        named: set[str] = set()
        places = sorted(chance.randrange(len(parts)) for _ in weights)
        for place, weight in zip(places, weights, strict=True):
            level2 = parts[place]
            name = pattern = ""
            while not name or name in named:
                pattern = chance.choice(_NAMES[level2])
                name = pattern.format(chance.choice(_OBJECTS))
            named.add(name)
            lines.append(_line(chance, (level1, level2, name), _maker(pattern, chance), weight))
    return _with_mistakes(chance, Table(lines, has_funds, ()), has_rate=has_rate)


def _line(chance: random.Random, names: tuple[str, str, str], maker: Callable[[random.Random, float], Aim], weight: Decimal) -> Line:
    share = chance.uniform(0.55, 0.99) if chance.random() < 0.1 else chance.choice((1.0, 1.0, 1.02, 1.1, 1.25))
    aim = maker(chance, share)
    is_met = aim.share >= 1
    score = weight if is_met else (weight * Decimal(str(round(aim.share, 6)))).quantize(Decimal("0.01"), ROUND_HALF_UP)
    reason = (chance.choice(_REASONS) if chance.random() < 0.7 else "") if not is_met else chance.choice(("", "", "", _GENERAL))
    return Line(*names, aim, aim.actual, Typed(round(min(aim.share, 1.3), 4), PERCENT2), weight, score, reason)


def _with_mistakes(chance: random.Random, table: Table, *, has_rate: bool) -> Table:
    """Two in five tables with one to three of the mistakes that are usual."""
    if chance.random() > 0.4:
        return table
    lines, made = table.lines, []
    for kind in chance.sample(("unmet-full-marks", "wrong-column", "blank-actual", "text-for-number", "weights", "missing-reason"), chance.randint(1, 3)):
        at = chance.randrange(len(lines))
        line = lines[at]
        if kind == "unmet-full-marks":
            unmet = [i for i, x in enumerate(lines) if x.aim.share < 1]
            if not unmet:
                continue
            at = chance.choice(unmet)
            line = replace(lines[at], score=lines[at].weight)
        elif kind == "wrong-column" and has_rate:
            line = replace(line, actual=line.aim.target, rate=line.actual)
        elif kind == "wrong-column":
            line = replace(line, actual=None, reason=str(line.aim.actual.value))
        elif kind == "blank-actual":
            line = replace(line, actual=None, rate=None)
        elif kind == "text-for-number":
            line = replace(line, actual=Typed("已完成"))
        elif kind == "weights":
            line = replace(line, weight=line.weight + 1)
        else:
            line = replace(line, score=line.weight * Decimal("0.8"), reason="")
        lines[at] = line
        made.append(kind)
    return table._replace(mistakes=tuple(made))


# ---------------------------------------------------------------- sheets


class Sheet:
    """Cells of one sheet, and its XML."""

    def __init__(self) -> None:
        self.rows: dict[int, dict[int, Typed | None]] = {}
        self.merges: list[tuple[int, int, int, int]] = []
        self.heights: dict[int, int] = {}

    def put(self, row: int, column: int, *values: Value | Typed | Decimal | None, style: int = LINE) -> None:
        """From that cell to the right; None and "" are blanks with a border."""
        cells = self.rows.setdefault(row, {})
        for i, value in enumerate(values, column):
            if isinstance(value, Decimal):
                cells[i] = Typed(int(value) if value == int(value) else float(value), NUMBER)
            elif value is None or value == "":
                cells.setdefault(i, None)
            else:
                cells[i] = value if isinstance(value, Typed) else Typed(value, style)

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        if (top, left) != (bottom, right):
            self.merges.append((top, left, bottom, right))
            for row in range(top, bottom + 1):
                cells = self.rows.setdefault(row, {})
                for column in range(left, right + 1):
                    cells.setdefault(column, None)

    def wide(self, row: int, text: str, width: int, style: int = LINE) -> None:
        self.put(row, 1, text, style=style)
        self.merge(row, 1, row, width)

    def xml(self, strings: dict[str, int] | None, *, dimension: str = "") -> str:
        """strings: the workbook's shared texts, which grow; None: texts stand in their cells."""
        out: list[str] = []
        last = 1
        for row in sorted(self.rows):
            cells = self.rows[row]
            last = max(last, *cells)
            height = f' ht="{self.heights.get(row, 24)}" customHeight="1"' if row % 3 else ""
            out.append(f'<row r="{row}" spans="1:{max(cells)}"{height}>')
            out.extend(_cell(_letters(column) + str(row), cells[column], strings) for column in sorted(cells))
            out.append("</row>")
        spread = dimension or f"A1:{_letters(last)}{max(self.rows, default=1)}"
        widths = "".join(f'<col min="{i}" max="{i}" width="{(9, 13, 24, 16, 16, 9, 9, 28)[(i - 1) % 8]}" customWidth="1"/>' for i in range(1, last + 1))
        merged = "".join(f'<mergeCell ref="{_letters(a)}{t}:{_letters(b)}{e}"/>' for t, a, e, b in self.merges)
        return (
            f'{XML}<worksheet xmlns="{MAIN}" xmlns:r="{OFFICE}/relationships"><dimension ref="{spread}"/>'
            '<sheetViews><sheetView workbookViewId="0"><selection activeCell="A1" sqref="A1"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="14.25"/>'
            f"<cols>{widths}</cols><sheetData>{''.join(out)}</sheetData>"
            + (f'<mergeCells count="{len(self.merges)}">{merged}</mergeCells>' if merged else "")
            + '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/><pageSetup paperSize="9" orientation="landscape"/></worksheet>'
        )


_letters = lru_cache(maxsize=64)(get_column_letter)


def _escaped(text: str) -> str:
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;")):
        if sign in text:
            text = text.replace(sign, entity)
    return text


def _cell(at: str, cell: Typed | None, strings: dict[str, int] | None) -> str:
    if cell is None:
        return f'<c r="{at}" s="{LINE}"/>'
    if isinstance(cell.value, str):
        if strings is None:
            return f'<c r="{at}" s="{cell.style}" t="inlineStr"><is><t xml:space="preserve">{_escaped(cell.value)}</t></is></c>'
        return f'<c r="{at}" s="{cell.style}" t="s"><v>{strings.setdefault(cell.value, len(strings))}</v></c>'
    return f'<c r="{at}" s="{cell.style}"><v>{cell.value!r}</v></c>'


# ---------------------------------------------------------------- layouts


class Words(NamedTuple):
    """One version of a form's headings."""

    target: str
    actual: str
    weight: str
    score: str
    reason: str
    rate: str = "指标完成率"


WORDINGS = (
    Words("年度指标值", "实际完成值", "分值", "得分", "偏差原因分析及改进措施"), Words("年度目标值", "年度实现值", "权重", "自评得分", "未完成原因分析"),
    Words("全年指标值", "全年实际完成值", "分值", "自评得分", "备注", "完成率"), Words("年度指标值（A）", "实际完成值（B）", "分值", "得分", "偏差原因"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """What a layout fills in. top: rows left free above."""

    sheet: Sheet
    table: Table
    words: Words
    department: str
    chance: random.Random
    top: int = 0


def _levels(sheet: Sheet, lines: Sequence[Line], top: int, first: int, second: int) -> None:
    """Headings merged down over their rows."""
    for column, keys in ((first, [x.level1 for x in lines]), (second, [x.level1 + x.level2 for x in lines])):
        starts = [i for i, key in enumerate(keys) if not i or keys[i - 1] != key]
        for a, b in pairwise([*starts, len(lines)]):
            sheet.put(top + a, column, lines[a].level1 if column == first else lines[a].level2)
            sheet.merge(top + a, column, top + b - 1, column)


def _sums(page: Page) -> tuple[Decimal, Decimal]:
    lines = page.table.lines
    extra = Decimal(10) if page.table.has_funds else Decimal(0)
    return sum((x.weight for x in lines), extra), sum((x.score or Decimal(0) for x in lines), extra)


def published(page: Page) -> str:
    """Title, unit, table, total: the form as it is published most."""
    sheet, words, lines = page.sheet, page.words, page.table.lines
    at = page.top + 1
    sheet.wide(at, f"{YEAR}年度部门整体支出绩效自评表", 8, TITLE)
    sheet.wide(at + 1, f"填报单位：{page.department}", 8)
    sheet.put(at + 2, 1, "一级指标", "二级指标", "三级指标", words.target, words.actual, words.weight, words.score, words.reason, style=HEAD)
    _levels(sheet, lines, at + 3, 1, 2)
    for i, x in enumerate(lines, at + 3):
        sheet.put(i, 3, x.name, x.aim.target, x.actual, x.weight, x.score, x.reason)
    weight, score = _sums(page)
    end = at + 3 + len(lines)
    sheet.put(end, 1, "总分")
    sheet.merge(end, 1, end, 5)
    sheet.put(end, 6, weight, score, None)
    return "自评表"


def with_funds(page: Page) -> str:
    """Project form: project, units, fund table, goals, then the table beside a merged side heading."""
    sheet, words, lines = page.sheet, page.words, page.table.lines
    at = page.top + 1
    budget = round(page.chance.uniform(20, 3000), 2)
    spent = round(budget * page.chance.choice((1, 1, 0.97, 0.86)), 2)
    sheet.wide(at, f"{YEAR}年度项目支出绩效自评表", 10, TITLE)
    sheet.wide(at + 1, f"（{YEAR}年度）", 10)
    sheet.put(at + 2, 1, "项目名称", "", f"{page.chance.choice(_OBJECTS)}专项经费")
    sheet.merge(at + 2, 1, at + 2, 2)
    sheet.merge(at + 2, 3, at + 2, 10)
    sheet.put(at + 3, 1, "主管部门", "", page.department, "", "", "实施单位", "", page.department)
    for left, right in ((1, 2), (3, 5), (6, 7), (8, 10)):
        sheet.merge(at + 3, left, at + 3, right)
    sheet.put(at + 4, 1, "项目资金（万元）", "", "", "年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分", "")
    sheet.merge(at + 4, 1, at + 7, 2)
    rate = spent / budget
    for i, label in enumerate(("年度资金总额", "其中：当年财政拨款", "其他资金"), at + 5):
        money = (budget, budget, spent) if label != "其他资金" else (0, 0, 0)
        sheet.put(i, 3, label, *(Typed(m, HUNDREDTHS) for m in money), *((10, Typed(round(rate, 4), PERCENT2), round(10 * rate, 2)) if i == at + 5 else ("", "", "")), "")
    sheet.put(at + 8, 1, "年度总体目标", "", "预期目标", "", "", "", "实际完成情况")
    sheet.merge(at + 8, 1, at + 9, 2)
    sheet.put(at + 9, 3, "按计划完成年度各项工作任务，保障单位正常运转。", "", "", "", "年度目标已基本完成，资金使用规范。")
    for row in (at + 8, at + 9):
        sheet.merge(row, 3, row, 6)
        sheet.merge(row, 7, row, 10)
    head = at + 10
    sheet.put(head, 1, "绩效指标", "一级指标", "二级指标", "三级指标", "", words.target, words.actual, words.weight, words.score, words.reason, style=HEAD)
    sheet.merge(head, 1, head + len(lines), 1)
    sheet.merge(head, 4, head, 5)
    _levels(sheet, lines, head + 1, 2, 3)
    for i, x in enumerate(lines, head + 1):
        sheet.put(i, 4, x.name, "", x.aim.target, x.actual, x.weight, x.score, x.reason)
        sheet.merge(i, 4, i, 5)
    end = head + 1 + len(lines)
    sheet.put(end, 1, "总分")
    sheet.merge(end, 1, end, 7)
    weight, score = _sums(page)
    sheet.put(end, 8, weight, round(float(score) - 10 + 10 * rate, 2), "")
    return "项目支出绩效自评表"


def split_target(page: Page) -> str:
    """Two rows of headings; sign, value and unit of the target in columns of their own."""
    sheet, words, lines = page.sheet, page.words, page.table.lines
    at = page.top + 1
    sheet.wide(at, f"{YEAR}年部门预算绩效自评表", 11, TITLE)
    sheet.put(at + 1, 1, "单位名称：", page.department)
    sheet.merge(at + 1, 2, at + 1, 11)
    sheet.put(at + 2, 1, "绩效指标", "", "", "绩效目标", "", "", words.actual, words.weight, words.score, words.reason, "佐证材料", style=HEAD)
    sheet.put(at + 3, 1, "一级指标", "二级指标", "三级指标", "指标性质", "指标值", "度量单位", style=HEAD)
    sheet.merge(at + 2, 1, at + 2, 3)
    sheet.merge(at + 2, 4, at + 2, 6)
    for column in range(7, 12):
        sheet.merge(at + 2, column, at + 3, column)
    _levels(sheet, lines, at + 4, 1, 2)
    for i, x in enumerate(lines, at + 4):
        number = x.aim.number
        sheet.put(i, 3, x.name, x.aim.sign, Typed(number, NUMBER) if not isinstance(number, str) else number, x.aim.unit, x.actual, x.weight, x.score, x.reason, "")
    return "绩效自评"


def flat_list(page: Page) -> str:
    """A numbered list under several lines of titles, levels repeated in every row."""
    sheet, words, lines = page.sheet, page.words, page.table.lines
    at = page.top + 1
    sheet.put(at, 1, page.chance.choice(("附件2", "附表1-3", "表2")))
    sheet.wide(at + 1, f"{YEAR}年度预算绩效自评情况表", 9, TITLE)
    sheet.put(at + 2, 1, "填报单位（盖章）：", "", page.department, "", "", "", "填报日期：", f"{YEAR + 1}年{page.chance.randint(1, 4)}月{page.chance.randint(1, 28)}日")
    sheet.merge(at + 2, 1, at + 2, 2)
    sheet.merge(at + 2, 3, at + 2, 6)
    sheet.merge(at + 2, 8, at + 2, 9)
    sheet.put(at + 3, 1, "序号", "一级指标", "二级指标", "指标名称", words.target, words.actual, words.weight, words.score, words.reason, style=HEAD)
    for i, x in enumerate(lines, 1):
        sheet.put(at + 3 + i, 1, i, x.level1, x.level2, x.name, x.aim.target, x.actual, x.weight, x.score, x.reason)
    end = at + 4 + len(lines)
    weight, score = _sums(page)
    sheet.put(end, 1, "合计", "", "", "", "", "", weight, score, "")
    sheet.merge(end, 1, end, 6)
    sheet.put(end + 1, 1, "填表人：", "", "张三", "", "联系电话：", "12345678")
    return "Sheet1"


def by_section(page: Page) -> str:
    """Department-wide: a full-width row names each section, a sum row closes it; a column of rates."""
    sheet, words = page.sheet, page.words
    at = page.top + 1
    sheet.wide(at, f"{YEAR}年度{page.department}部门整体支出绩效自评表", 8, TITLE)
    sheet.put(at + 1, 1, "部门名称", page.department)
    sheet.merge(at + 1, 2, at + 1, 8)
    sheet.put(at + 2, 1, "指标类别", "指标名称", words.target, words.actual, words.rate, words.weight, words.score, words.reason, style=HEAD)
    line = at + 3
    for number, level1 in enumerate(_PARTS):
        lines = [x for x in page.table.lines if x.level1 == level1]
        weight, score = sum((x.weight for x in lines), Decimal(0)), sum((x.score or Decimal(0) for x in lines), Decimal(0))
        sheet.wide(line, f"{'一二三'[number]}、{level1}（{weight:g}分）", 8)
        for line, x in enumerate(lines, line + 1):  # noqa: B020  # the next free line is needed below
            sheet.put(line, 1, x.level2, x.name, x.aim.target, x.actual, x.rate, x.weight, x.score, x.reason)
        line += 1
        sheet.put(line, 1, "小计", "", "", "", "", weight, score, "")
        line += 1
    weight, score = _sums(page)
    sheet.put(line, 1, "合计", "", "", "", "", weight, score, "")
    return "整体支出自评"


def two_pages(page: Page) -> str:
    """Headings printed again for the second page, one column for the rate."""
    sheet, words, lines = page.sheet, page.words, page.table.lines
    line = page.top + 1
    sheet.wide(line, f"{page.department}{YEAR}年度绩效自评表", 9, TITLE)
    sheet.wide(line + 1, f"部门（单位）名称：{page.department}", 9)
    line += 2
    cut = next((i for i, x in enumerate(lines) if x.level1 != lines[0].level1), len(lines))
    for number, part in enumerate((lines[:cut], lines[cut:])):
        if number:
            sheet.wide(line, f"{YEAR}年度绩效自评表（续表）", 9)
            line += 1
        sheet.put(line, 1, "一级指标", "二级指标", "三级指标", words.target, words.actual, words.rate, words.weight, words.score, words.reason, style=HEAD)
        _levels(sheet, part, line + 1, 1, 2)
        for i, x in enumerate(part, line + 1):
            sheet.put(i, 3, x.name, x.aim.target, x.actual, x.rate, x.weight, x.score, x.reason)
        line += len(part) + 1
    weight, score = _sums(page)
    sheet.put(line, 1, "总计", "", "", "", "", "", weight, score, "")
    sheet.merge(line, 1, line, 6)
    return "自评表"


class Kind(NamedTuple):
    write: Callable[[Page], str]
    has_funds: bool = False
    has_rate: bool = False


LAYOUTS: dict[str, Kind] = {
    "published": Kind(published), "with-funds": Kind(with_funds, has_funds=True), "split-target": Kind(split_target), "flat-list": Kind(flat_list),
    "by-section": Kind(by_section, has_rate=True), "two-pages": Kind(two_pages, has_rate=True),
}  # fmt: skip


# ---------------------------------------------------------------- packages

_FORMATS = ((0, 0), (0, 0), (0, 1), (0, 2), (9, 0), (10, 0), (4, 0), (14, 0), (176, 0), (177, 0), (0, 0))


def _styles(writer: int, mark: int) -> bytes:
    """writer: which program saved it. mark: other than 0, a format of this workbook alone, as people leave them."""
    face = ("宋体", "等线", "仿宋_GB2312")[writer]
    fonts = "".join(f'<font>{"<b/>" if bold else ""}<sz val="{size}"/><color theme="1"/><name val="{face}"/><charset val="134"/></font>' for size, bold in ((11, 0), (16, 1), (11, 1)))
    fonts += f'<font><sz val="{8 + mark % 97 / 8}"/><color rgb="FF{mark & 0xFFFFFF:06X}"/><name val="{face}"/></font>' if mark else ""
    line = '<border><left style="thin"><color auto="1"/></left><right style="thin"><color auto="1"/></right><top style="thin"><color auto="1"/></top><bottom style="thin"><color auto="1"/></bottom><diagonal/></border>'
    shapes = "".join(
        f'<xf numFmtId="{code}" fontId="{font}" fillId="{2 if i == HEAD else 0}" borderId="{0 if i == TITLE else 1}" xfId="0" applyNumberFormat="1" applyFont="1" applyAlignment="1">'
        '<alignment horizontal="center" vertical="center" wrapText="1"/></xf>'
        for i, (code, font) in enumerate(_FORMATS)
    )
    shapes += '<xf numFmtId="0" fontId="3" fillId="0" borderId="1" xfId="0" applyFont="1"/>' if mark else ""
    named = "".join(f'<cellStyle name="{name}" xfId="{0}" builtinId="{i}"/>' for i, name in ((0, "常规"), (3, "千位分隔"), (5, "百分比"))[: writer + 1])
    return (
        f'{XML}<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="176" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@"/>'
        f'<numFmt numFmtId="177" formatCode="0&quot;人&quot;"/></numFmts><fonts count="{4 if mark else 3}">{fonts}</fonts>'
        '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFD9E1F2"/></patternFill></fill></fills>'
        f'<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>{line}</borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(_FORMATS) + bool(mark)}">{shapes}</cellXfs><cellStyles count="{writer + 1}">{named}</cellStyles></styleSheet>'
    ).encode()


def _workbook(names: Sequence[str]) -> dict[str, bytes]:
    sheets = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(names, 1))
    overrides = "".join(f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="{MIMES}officedocument.spreadsheetml.worksheet+xml"/>' for i in range(1, len(names) + 1))
    overrides += "".join(f'<Override PartName="/xl/{n}.xml" ContentType="{MIMES}officedocument.{kind}+xml"/>' for n, kind in (
        ("workbook", "spreadsheetml.sheet.main"), ("styles", "spreadsheetml.styles"), ("sharedStrings", "spreadsheetml.sharedStrings"), ("theme/theme1", "theme"),
    ))  # fmt: skip
    return {
        "[Content_Types].xml": (
            f'{XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="{MIMES}package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{overrides}<Override PartName="/docProps/core.xml" ContentType="{MIMES}package.core-properties+xml"/></Types>'
        ).encode(),
        "_rels/.rels": (
            f'{XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{OFFICE}/relationships/officeDocument" Target="xl/workbook.xml"/>'
            '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>'
        ).encode(),
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}/relationships"><bookViews><workbookView xWindow="0" yWindow="0" windowWidth="24000" windowHeight="12000"/></bookViews><sheets>{sheets}</sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": xlsb.relations(
            *((f"rId{i}", "worksheet", f"worksheets/sheet{i}.xml") for i in range(1, len(names) + 1)),
            ("rId91", "styles", "styles.xml"), ("rId92", "sharedStrings", "sharedStrings.xml"), ("rId93", "theme", "theme/theme1.xml"),
        ).encode(),
        "xl/theme/theme1.xml": theme_xml.encode(),
    }  # fmt: skip


class Packed(NamedTuple):
    """A member of a zip, deflated."""

    name: bytes
    body: bytes
    crc: int
    size: int


def _packed(name: str, content: bytes) -> Packed:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return Packed(name.encode(), packer.compress(content) + packer.flush(), zlib.crc32(content), len(content))


@lru_cache(maxsize=256)
def _fixed(names: tuple[str, ...]) -> tuple[Packed, ...]:
    return tuple(_packed(n, c) for n, c in _workbook(names).items())


@lru_cache(maxsize=16)
def _fixed_styles(writer: int) -> Packed:
    return _packed("xl/styles.xml", _styles(writer, 0))


def _zip(members: Iterable[Packed]) -> bytes:
    out, directory, count, at = [], [], 0, 0
    for m in members:
        fields = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x5821, m.crc, len(m.body), m.size, len(m.name), 0)
        directory.append(b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, at) + m.name)
        local = b"PK\x03\x04" + fields + m.name
        out += [local, m.body]
        at += len(local) + len(m.body)
        count += 1
    ending = b"".join(directory)
    return b"".join([*out, ending, b"PK\x05\x06", struct.pack("<HHHHIIH", 0, 0, count, count, len(ending), at, 0)])


_GUIDE = "填报说明：1.定量指标填写具体数值；2.定性指标填写达成、部分达成、未达成；3.未完成的指标须说明偏差原因；4.得分一档最高不能超过该指标分值上限。"


def workbook(name: str, chance: random.Random, layout: str = "", texts: Sequence[str] = ()) -> tuple[bytes, Good]:
    """A department's workbook; the file's place is left open. layout: of LAYOUTS, else any. texts: names of its first indicators, and their reasons."""
    layout = layout or chance.choice(list(LAYOUTS))
    kind = LAYOUTS[layout]
    table = _table(chance, has_funds=kind.has_funds, has_rate=kind.has_rate)
    table.lines[: len(texts)] = [replace(x, name=text, reason=text) for x, text in zip(table.lines, texts, strict=False)]
    sheet = Sheet()
    title = kind.write(Page(sheet, table, chance.choice(WORDINGS), name, chance, chance.choice((0, 0, 0, 1, 2))))
    sheets, names = [sheet], [title]
    for _ in range(chance.choice((0, 0, 0, 0, 2))):
        sheets.append(Sheet())
        names.append(f"Sheet{len(sheets)}")
    if chance.random() < 0.15:
        guide = Sheet()
        guide.wide(1, "填报说明", 6, TITLE)
        guide.wide(2, _GUIDE, 6)
        sheets.insert(0, guide)
        names.insert(0, "填报说明")
    data = _package(sheets, tuple(names), name, chance)
    return data, Good("", name, YEAR, layout, len(table.lines), str(sum((x.weight for x in table.lines), Decimal(0))), table.mistakes)


def _package(sheets: Sequence[Sheet], names: tuple[str, ...], author: str, chance: random.Random) -> bytes:
    writer = chance.randrange(3)
    strings: dict[str, int] | None = {} if chance.random() < 0.85 else None
    dimension = "A1" if writer == 1 and chance.random() < 0.1 else ""  # as some programs write it
    parts = [_packed(f"xl/worksheets/sheet{i}.xml", s.xml(strings, dimension=dimension).encode()) for i, s in enumerate(sheets, 1)]
    texts = strings or {}
    items = "".join(f'<si><t xml:space="preserve">{_escaped(t)}</t></si>' for t in texts)
    shared = f'{XML}<sst xmlns="{MAIN}" count="{len(texts)}" uniqueCount="{len(texts)}">{items}</sst>'
    styles = _packed("xl/styles.xml", _styles(writer, chance.randrange(1, 1 << 24))) if chance.random() < 0.3 else _fixed_styles(writer)
    stamp = f"{YEAR + 1}-0{chance.randint(1, 4)}-{chance.randint(10, 28)}T{chance.randint(10, 18)}:{chance.randint(10, 59)}:{chance.randint(10, 59)}Z"
    core = (
        f'{XML}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:creator>{_escaped(author)}</dc:creator><dcterms:modified xsi:type="dcterms:W3CDTF">{stamp}</dcterms:modified></cp:coreProperties>'
    )
    return _zip([*_fixed(names), styles, *parts, _packed("xl/sharedStrings.xml", shared.encode()), _packed("docProps/core.xml", core.encode())])


# ---------------------------------------------------------------- damage


def ole_with_password() -> bytes:
    """A compound file with the two streams of an encrypted workbook; nobody knows its password."""
    noise = seeded("noise")
    xml = b'\x04\x00\x04\x00\x40\x00\x00\x00<?xml version="1.0"?><encryption xmlns="http://schemas.microsoft.com/office/2006/encryption"><keyData saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512" saltValue="AAAAAAAAAAAAAAAAAAAAAA=="/></encryption>'
    streams = [("EncryptionInfo", xml.ljust(4096, b" ")), ("EncryptedPackage", struct.pack("<Q", 8000) + noise.randbytes(8184))]
    sectors: list[int] = [0xFFFFFFFD, 0xFFFFFFFE]  # sector 0: this table, 1: the directory
    entries = [("Root Entry", 5, 0xFFFFFFFE, 0, 1)]
    for name, content in streams:
        first, count = len(sectors), len(content) // 512
        sectors += [*range(first + 1, first + count), 0xFFFFFFFE]
        entries.append((name, 2, first, len(content), 0xFFFFFFFF))
    directory = b"".join(_entry(*e, right=2 if i == 1 else 0xFFFFFFFF) for i, e in enumerate(entries)) + bytes(128)
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    table = struct.pack(f"<{len(sectors)}I", *sectors).ljust(512, b"\xff")
    return head + struct.pack("<I", 0).ljust(436, b"\xff") + table + directory + b"".join(c for _, c in streams)


def _entry(name: str, kind: int, first: int, size: int, child: int, *, right: int) -> bytes:
    wide = name.encode("utf-16-le") + b"\0\0"
    return wide.ljust(64, b"\0") + struct.pack("<HBBIII16x4x8x8xIQ", len(wide), kind, 1, 0xFFFFFFFF, right, child, first, size)


def _no_table(chance: random.Random) -> bytes:
    sheet = Sheet()
    sheet.wide(1, f"{YEAR}年工作通讯录", 3, TITLE)
    for i in range(2, 12):
        sheet.put(i, 1, f"{chance.choice(_FIRST)}某某", "办公室", chance.randint(10_000_000, 99_999_999))
    return _package([sheet], ("通讯录",), "某单位", chance)


def _truncated(chance: random.Random) -> bytes:
    data, _ = workbook("某单位", chance)
    return data[: int(len(data) * chance.uniform(0.2, 0.95))]


DAMAGES: dict[str, Callable[[random.Random], bytes]] = {
    "truncated": _truncated, "text": lambda chance: f"关于报送{YEAR}年度绩效自评材料的说明\n我单位自评材料共{chance.randint(2, 9)}份。\n请审阅。\n".encode("gb18030"), "empty": lambda _: b"",
    "encrypted": lambda _: ole_with_password(), "no-table": _no_table, "lock": lambda _: b"\x05user".ljust(165, b" "),
}  # fmt: skip


# ---------------------------------------------------------------- folders


def _folders(count: int, seed: int) -> list[str]:
    """About sixty files a folder, in two levels."""
    chance = seeded(f"folders-{seed}")
    names: list[str] = []
    for i in range(max(1, min(400, count // 60))):
        top = f"{i // 8 + 1:02d}_{chance.choice(_AREAS)}{'区县市'[i // 8 % 3]}"
        top = names[i // 8 * 8].split("/")[0] if i % 8 else top
        names.append(f"{top}/{i % 8 + 1}.{('部门整体支出', '项目支出', '乡镇街道', '事业单位', '补报', '退回修改', '第一批', '第二批')[i % 8]}")
    return names


def _name(chance: random.Random, unit: str) -> str:
    return chance.choice((f"{unit}{YEAR}年度绩效自评表.xlsx", f"{YEAR}年绩效自评表（{unit}）.xlsx", f"{unit}-自评表（最终版）.xlsx", f"{chance.randint(100, 999)} {unit}.xlsx"))


def _write_one(folder: Path, places: Sequence[str], areas: Sequence[str], seed: int, bad: frozenset[int], index: int) -> Good | Damaged:
    chance = seeded(f"{seed}-{index}")
    unit = _department(index, areas)
    place = f"{places[chance.randrange(len(places))]}/{_name(chance, unit)}"
    if index in bad:
        how = list(DAMAGES)[index % len(DAMAGES)]
        if how == "lock":
            place = re.sub(r"/([^/]*)$", r"/~$\1", place)
        (folder / place).write_bytes(DAMAGES[how](chance))
        return Damaged(place, how)
    data, good = workbook(unit, chance)
    (folder / place).write_bytes(data)
    return Good(place, *(getattr(good, f) for f in ("department", "year", "layout", "indicators", "weights", "mistakes")))


def write_departments(folder: Path, count: int, seed: int = 1, damaged: float = 0.03, jobs: int = 2) -> Manifest:
    """Writes count files, a share of them damaged, below a folder, and the manifest beside it. The same for any number of jobs."""
    folder = folder.resolve()
    places = _folders(count, seed)
    for place in places:
        (folder / place).mkdir(parents=True, exist_ok=True)
    areas = _areas(seed)
    bad = frozenset(seeded(f"damaged-{seed}").sample(range(count), round(count * damaged)))
    write = partial(_write_one, folder, places, areas, seed, bad)
    if jobs > 1 and count > 200:
        with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:  # ends with an error where a caller's script has no __main__ guard
            made = list(pool.map(write, range(count), chunksize=max(1, count // (jobs * 8))))
    else:
        made = [write(i) for i in range(count)]
    manifest = Manifest(str(folder), seed, tuple(m for m in made if isinstance(m, Good)), tuple(m for m in made if isinstance(m, Damaged)))
    manifest_path(folder).write_text(json.dumps(asdict(manifest), ensure_ascii=False, indent=0), encoding="utf-8")
    return manifest


def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    start = time.perf_counter()
    manifest = write_departments(folder, count, int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    size = sum(p.stat().st_size for p in manifest.paths())
    print(f"{len(manifest.good)} good files ({size / len(manifest.good) / 1000:.1f} KB each), {len(manifest.damaged)} damaged, {time.perf_counter() - start:.1f} s; {manifest_path(folder)}")


if __name__ == "__main__":
    main()
