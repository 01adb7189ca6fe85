"""Direction: whether more or less is better, by column, operator, kind of target, and only then by the name. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from perfeval_xl.core.grammar import OPERATOR_OF, PLAIN
from perfeval_xl.core.model import Direction
from perfeval_xl.core.quantity import Kind, Operator, Quantity
from perfeval_xl.core.trends import Change

# Members by a name of their own: before Python 3.12 each look-up through the enumeration costs as much as ten attributes.
_DATE, _RANGE, _NUMBER, _PERCENT, _NO_SIGN, _DOWN = Kind.DATE, Kind.RANGE, Kind.NUMBER, Kind.PERCENT, Operator.NONE, Change.DOWN

_WRITTEN = {
    "higher": Direction.HIGHER, "正向": Direction.HIGHER, "正": Direction.HIGHER, "越大越好": Direction.HIGHER, "≥": Direction.HIGHER,
    ">": Direction.HIGHER, "大于等于": Direction.HIGHER, "大于": Direction.HIGHER,
    "lower": Direction.LOWER, "反向": Direction.LOWER, "逆向": Direction.LOWER, "负向": Direction.LOWER, "越小越好": Direction.LOWER,
    "≤": Direction.LOWER, "<": Direction.LOWER, "小于等于": Direction.LOWER, "小于": Direction.LOWER,
    "equal": Direction.EQUAL, "等于": Direction.EQUAL, "=": Direction.EQUAL, "定值": Direction.EQUAL,
    "range": Direction.RANGE, "区间": Direction.RANGE, "qualitative": Direction.QUALITATIVE, "定性": Direction.QUALITATIVE,
    "date": Direction.DATE, "日期": Direction.DATE, "时限": Direction.DATE, "yes-no": Direction.YES_NO, "是否": Direction.YES_NO,
}  # fmt: skip
_BY_OPERATOR = {
    Operator.AT_LEAST: Direction.HIGHER, Operator.MORE: Direction.HIGHER, Operator.EQUAL: Direction.EQUAL,
    Operator.AT_MOST: Direction.LOWER, Operator.LESS: Direction.LOWER,
}  # fmt: skip
_BY_KIND = {
    Kind.RANGE: Direction.RANGE, Kind.DATE: Direction.DATE, Kind.YES_NO: Direction.YES_NO, Kind.QUALITATIVE: Direction.QUALITATIVE,
}  # fmt: skip
_LOWER_NAME = re.compile(
    r"(?:发生数|发生率|发生次数|发生起数|死亡|伤亡|事故|受害率|成灾率|发病率|差错|失误|错误率|违规|违纪|违法案件数|投诉率|投诉数|投诉量|投诉次数|"
    r"(?:人员|经费|成本|预算|面积|费用)控制率|变动率|结转结余|调整率|超支|超编|流失率|变质|空置率|闲置|逾期|延误|密度|能耗|排放量|时限|"
    r"办理时间|响应时间|等待时间|控制数)"
)
_NOT_LOWER_NAME = re.compile(r"(?:处理|处置|办结|办理|完成|整改|下降|减少|降低|查处|查办|化解|调解|治理|答复|回复|遏制|控制有效)[^，,。]{0,6}(?:率|数|量|比例)\Z|应急|演练|宣传|培训")
_COST_RATE = re.compile(r"控制率|超支|变动|成本率|占比|比重")


class Chosen(NamedTuple):
    """direction, and why, for the trace."""

    direction: Direction
    why: str


_CHOSEN = {operator: Chosen(direction, f"目标值带“{operator}”") for operator, direction in _BY_OPERATOR.items()}
_PLAIN_HIGHER = Chosen(Direction.HIGHER, "目标值未带比较符号，按越大越好")
_ZERO = Chosen(Direction.EQUAL, "目标值为 0")
_BURDEN = Chosen(Direction.LOWER, "目标值未带比较符号，按指标名称推断为越小越好")
_COST = Chosen(Direction.LOWER, "目标值未带比较符号，成本指标按越小越好")
_RATE_OF_COST = Chosen(Direction.LOWER, "目标值未带比较符号，成本类比率按越小越好")
_NO_QUANTITY = Chosen(Direction.QUALITATIVE, "目标值不是数量")


@lru_cache(maxsize=16384)
def _names_a_burden(name: str) -> bool:
    """Names of things one wants less of: 事故发生数; not 投诉处理率."""
    return bool(_LOWER_NAME.search(name)) and not _NOT_LOWER_NAME.search(name)


@lru_cache(maxsize=1024)
def stated_direction(written: str) -> Direction | None:
    """What a direction column says, in our words or in those of comparisons; None for anything else.

    >>> [str(stated_direction(text)) for text in ("≧", "＜＝", "不高于", "正向", "越小越好", "看情况")]
    ['higher', 'lower', 'lower', 'higher', 'lower', 'None']
    """
    text = "".join(written.translate(PLAIN).lower().split())
    found = _WRITTEN.get(text)
    if found is None and (operator := OPERATOR_OF.get(text)) is not None:
        return _BY_OPERATOR[operator]
    return found


def direction_of(written: str, target: Quantity, level2: str, name: str) -> Chosen:
    """The direction of a row.

    written: text of the form's direction column, or empty. target: as read.
    """
    if target.change is _DOWN:  # the number is the size of a decrease, whatever the thing itself should do
        own = _BY_OPERATOR.get(target.operator, Direction.HIGHER)
        return Chosen(Direction.RANGE if target.kind is _RANGE else own, "目标值是下降的幅度")
    if written:
        stated = stated_direction(written)
        if stated is not None:
            return Chosen(stated, f"方向列注明“{written.strip()}”")
    if target.operator is not _NO_SIGN and target.kind is not _DATE:
        return _CHOSEN[target.operator]
    if target.kind is _NUMBER or target.kind is _PERCENT:
        return _of_plain_number(target, level2, name)
    by_kind = _BY_KIND.get(target.kind)
    return Chosen(by_kind, "目标值的写法") if by_kind is not None else _NO_QUANTITY


def _of_plain_number(target: Quantity, level2: str, name: str) -> Chosen:
    """A number without a sign: its size, its name and its heading decide."""
    if not target.value:
        return _ZERO
    if _names_a_burden(name):
        return _BURDEN
    if "成本" in level2:
        if target.kind is _NUMBER:
            return _COST
        if _COST_RATE.search(name):
            return _RATE_OF_COST
    return _PLAIN_HIGHER
