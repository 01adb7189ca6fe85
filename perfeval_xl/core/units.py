"""Units of measurement: the table, scales (万, 亿), and whether two units can be compared. Pure.

Factors count the smallest whole step of a dimension, so that every conversion is exact: areas are counted in
thirds of a square metre, because 1 亩 = 2000/3 平方米 and 15 亩 = 1 公顷.
Source of the factors: 国务院关于在我国统一实行法定计量单位的命令 (1984); 亩, 斤, 里 by their customary values there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from perfeval_xl.core.decimals import ONE

_TEN = Decimal(10)

SCALES = {"十": 1, "百": 2, "千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7, "亿": 8, "万万": 8, "十亿": 9, "百亿": 10,
          "千亿": 11, "万亿": 12}

_MEASURES: dict[str, dict[str, str]] = {
    "ratio": {"%": "1", "百分比": "1", "个百分点": "1", "百分点": "1", "‰": "0.1", "‱": "0.01"},
    "money": {"元": "1", "圆": "1", "块钱": "1", "元人民币": "1", "人民币": "1", "角": "0.1"},
    "area": {"平方米": "3", "m²": "3", "平米": "3", "平方": "3", "平方公里": "3000000", "平方千米": "3000000",
             "km²": "3000000", "公顷": "30000", "hm²": "30000", "亩": "2000", "平方厘米": "0.0003"},
    "length": {"米": "1", "m": "1", "延米": "1", "延长米": "1", "千米": "1000", "公里": "1000", "km": "1000", "里": "500",
               "厘米": "0.01", "cm": "0.01", "毫米": "0.001", "mm": "0.001"},
    "mass": {"克": "1", "g": "1", "千克": "1000", "公斤": "1000", "kg": "1000", "吨": "1000000", "t": "1000000",
             "斤": "500", "毫克": "0.001", "mg": "0.001"},
    "volume": {"立方米": "1000", "m³": "1000", "立方": "1000", "方": "1000", "升": "1", "l": "1", "毫升": "0.001",
               "ml": "0.001"},
    "duration": {"秒": "1", "秒钟": "1", "分钟": "60", "小时": "3600", "h": "3600", "天": "86400", "日": "86400",
                 "周": "604800", "星期": "604800"},
    "calendar": {"月": "1", "个月": "1", "季度": "3", "个季度": "3", "年": "12", "周年": "12", "个年度": "12"},
    "energy": {"千瓦时": "1", "kwh": "1", "度": "1", "度电": "1"},
    "power": {"瓦": "0.001", "w": "0.001", "千瓦": "1", "kw": "1", "兆瓦": "1000", "mw": "1000"},
}
# Units that are only ever comparable with themselves: factors between them are not agreed (1 TB: 1000 or 1024 GB).
_ALONE = ("美元", "港元", "港币", "欧元", "日元", "kb", "mb", "gb", "tb", "pb", "kva", "mva", "kv", "mpa", "db", "℃", "°c",
          "分", "倍", "工作日", "个工作日", "分贝", "摄氏度", "毫克/升", "mg/l", "成")
# Counting words. Words of one group count the same thing; the first group counts anything.
_COUNT_GROUPS = (
    ("个", "项", "种", "类"),
    ("人", "名", "位", "员"),
    ("人次", "人次数"),
    ("户", "户次"),
    ("家", "所"),
    ("次", "回", "场", "场次", "期", "轮", "批", "批次", "趟"),
    ("起", "件", "宗", "例", "桩", "件次"),
    ("台", "套", "辆", "架", "艘", "部", "台套", "台次", "组", "台（套）", "台(套)"),
    ("篇", "份", "条", "册", "本", "张", "幅", "页", "则"),
    ("处", "座", "幢", "栋", "间", "眼", "口"),
    ("株", "棵", "粒", "头", "只", "羽", "尾"),
    ("门", "课时", "节", "学时"),
    ("村", "个村", "社区", "个社区", "街道", "乡镇", "点", "站", "片"),
    ("岗", "岗位"), ("车次",), ("标准", "套次"), ("盏",), ("支", "队", "支队"), ("盒", "箱", "袋", "桶", "瓶", "包"), ("床", "张床"), ("根",), ("块",),
    ("届", "代"), ("万株",), ("项次",), ("家次",), ("人天",), ("人日",), ("架次",), ("班次", "班"), ("步",), ("步骤",), ("字",),
    ("罐",), ("岁", "周岁"), ("枚",), ("双",), ("顶",), ("扇",), ("面",), ("副",), ("具",), ("道",), ("段",), ("层",), ("孔",), ("列",), ("笔",), ("单",),
)


# Periods of a frequency. Months make up years and days make up weeks; how many weeks a month has is not agreed.
_RHYTHMS = {"年": ("year", Decimal(1)), "半年": ("year", Decimal(2)), "季度": ("year", Decimal(4)), "月": ("year", Decimal(12)),
            "周": ("week", Decimal(1)), "天": ("week", Decimal(7))}  # fmt: skip
_PERIOD_NAMES = {"年度": "年", "季": "季度", "个季度": "季度", "个月": "月", "月度": "月", "星期": "周", "日": "天", "半年度": "半年", "个年度": "年"}


class Relation(StrEnum):
    """How the units of an actual and a target stand to each other."""

    SAME = "same"
    CONVERTIBLE = "convertible"
    ASSUMED = "assumed"  # one side names no unit: it is taken to be the other's
    COUNTED = "counted"  # two different counting words (人, 人次): a number comes out, a person must look
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Unit:
    """symbol: as written, canonical. dimension: what it measures. factor: of the unit named, without its scale.

    scale: 10000 for 万. per: what follows the slash of a compound unit (元/人、天). group: counting words of one kind.
    rhythm: year or week where `per` is a period, and times: how many such periods it has (次/月: year, 12).
    """

    symbol: str
    dimension: str
    factor: Decimal = ONE
    scale: Decimal = ONE
    per: str = ""
    group: str = ""
    rhythm: str = ""
    times: Decimal = ONE

    @property
    def size(self) -> Decimal:
        """Smallest steps of the dimension in one of this unit; of a frequency, within its whole rhythm."""
        return self.factor * self.scale * self.times


NO_UNIT = Unit("", "")
PERCENT = Unit("%", "ratio")

KNOWN: dict[str, Unit] = {"%": PERCENT}
for _dimension, _members in _MEASURES.items():
    for _symbol, _factor in _members.items():
        KNOWN.setdefault(_symbol, Unit(_symbol, _dimension, Decimal(_factor)))
KNOWN |= dict.fromkeys(("百分比", "百分点", "个百分点"), PERCENT)
for _symbol in _ALONE:
    KNOWN.setdefault(_symbol, Unit(_symbol, _symbol))
for _index, _group in enumerate(_COUNT_GROUPS):
    for _symbol in _group:
        KNOWN.setdefault(_symbol, Unit(_symbol, "count", group="" if _index == 0 else _group[0]))


@lru_cache(maxsize=4096)
def unit_of(symbol: str, scale: str = "", per: str = "") -> Unit:
    """The unit for a symbol as read (case of Latin letters does not matter); an unknown one counts itself."""
    base = KNOWN.get(symbol) or KNOWN.get(symbol.lower())
    power = _TEN ** SCALES[scale] if scale else ONE
    if base is None:
        base = Unit(symbol, "count", group=symbol) if symbol else NO_UNIT
    if not scale and not per:
        return base
    per = _per(per)
    rhythm, times = _RHYTHMS.get(per, ("", ONE))
    name = scale + base.symbol + (f"/{per}" if per else "")
    return Unit(name, base.dimension, base.factor, power, per, base.group, rhythm, times)


def _per(text: str) -> str:
    """One spelling: 元/人·日, 元/人/日 and 元每人每天 are the same."""
    parts = [part for part in re.split(r"[、·./每]", text) if part]
    return "、".join(_PERIOD_NAMES.get(part, part) for part in parts)


def relation(actual: Unit, target: Unit) -> Relation:
    """Whether a number in `actual` can be compared with one in `target`.

    >>> relation(unit_of("元", "亿"), unit_of("元", "万")), relation(unit_of("人"), unit_of("元"))
    (<Relation.CONVERTIBLE: 'convertible'>, <Relation.DIFFERENT: 'different'>)
    """
    if actual is target or actual == target:
        return Relation.SAME
    if actual.rhythm != target.rhythm:
        return _across_rhythms(actual, target)
    if not actual.dimension or not target.dimension:
        return Relation.ASSUMED
    if actual.dimension != target.dimension:
        return Relation.DIFFERENT
    if actual.per and target.per and actual.per != target.per and not actual.rhythm:
        return Relation.DIFFERENT
    if actual.group and target.group and actual.group != target.group:
        return Relation.COUNTED
    return Relation.SAME if actual.size == target.size else Relation.CONVERTIBLE


def _across_rhythms(actual: Unit, target: Unit) -> Relation:
    """A frequency beside something else: 6次 says nothing about 每月1次. A number without unit can be a year's."""
    periodic, other = (actual, target) if actual.rhythm else (target, actual)
    return Relation.ASSUMED if not other.dimension and not other.per and periodic.per == "年" else Relation.DIFFERENT


def sizes(actual: Unit, target: Unit) -> tuple[Decimal, Decimal]:
    """Exact sizes of both units in common steps: value·sizes[0] and value·sizes[1] may be compared.

    A side that names no unit takes the other's, its own scale kept: 5万 beside 万元 is five 万元, 72890 beside 元 is 元,
    20 beside 20万元 is twenty 万元.
    """
    if not actual.dimension and target.dimension:
        return (target.size if actual.scale == 1 else actual.scale * target.factor), target.size
    if not target.dimension and actual.dimension:
        return actual.size, (actual.size if target.scale == 1 else target.scale * actual.factor)
    if not actual.dimension and not target.dimension and (actual.scale == 1) != (target.scale == 1):
        return actual.scale, target.scale
    return actual.size, target.size


def start_of_range(value: Decimal, start: Unit, end: Unit) -> tuple[Decimal | None, Unit]:
    """The start of a range in the unit of its end: 5万-10万元 begins at 5万元, 5000元-1万元 at 0.5万元.

    Returns: None for units that do not belong together or a start that has no exact value there.
    """
    if not start.symbol or start == end:
        return value, end
    if not end.symbol:
        return value, start
    if start.dimension not in {"", end.dimension} or start.group not in {"", end.group} or start.per not in {"", end.per}:
        return None, end
    steps = value * (start.factor if start.dimension else end.factor) * start.scale
    size = end.factor * end.scale
    in_unit = steps / size
    return (in_unit if in_unit * size == steps else None), end


def with_period(unit: Unit, period: str) -> Unit:
    """The unit with what stands before the number: 每月1次 is 1次/月."""
    scale = next((s for s, power in SCALES.items() if unit.scale == _TEN**power and unit.symbol.startswith(s)), "")
    return unit_of(unit.symbol[len(scale) :], scale, period)
