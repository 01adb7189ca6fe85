"""Matching: which row of one table is which row of another. By name, then by likeness, one to one, never in silence. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from perfeval_xl.core.model import Indicator

LIKE = 85
"""Percent of likeness (rapidfuzz ratio) from which two names are taken for one: 满意率 for 满意度 at the end of seven characters."""
LIKE_WITHIN = 75
"""The same where one name only adds words to the other: 培训人数, 参加培训人数."""
MAX_FUZZY = 1_000
"""Rows left without a partner on either side above which no likeness is computed: such tables are not the same form."""
_IDLE = re.compile(r"[^0-9a-z\u3400-\u9fff%]")
_PREFIX = re.compile(r"\A(?:指标|目标)[0-9一二三四五六七八九十]{1,2}[:：、.．]")
_LEVEL_END = re.compile(r"(?:指标|目标)\Z")
_COUNTED = re.compile(r"[0-9]+|[一二三四五六七八九十百两]+(?=[季期批次届号级类等环步线个项轮])|第[一二三四五六七八九十]+")
# Words that turn a name into another indicator's; a name with one of a pair is never taken for one with the other.
_OPPOSED = (("新建", "改建"), ("新增", "减少"), ("增加", "减少"), ("增长", "下降"), ("提高", "降低"), ("上半年", "下半年"), ("收入", "支出"), ("男", "女"), ("城市", "农村"),
            ("城镇", "农村"), ("数量", "质量"), ("人数", "次数"), ("人次", "场次"), ("内部", "外部"), ("国内", "国外"), ("预算", "决算"), ("新建", "扩建"), ("改建", "扩建"))  # fmt: skip


class Pair(NamedTuple):
    """old: of the table compared with. likeness: percent; 100 where the names agree but for signs and blanks."""

    old: Indicator
    new: Indicator
    likeness: int


class Matching(NamedTuple):
    """pairs: in the new table's order. dropped: only in the old table. added: only in the new one."""

    pairs: Sequence[Pair]
    dropped: Sequence[Indicator]
    added: Sequence[Indicator]


@lru_cache(maxsize=16384)
def plain_name(text: str) -> str:
    """A name without signs, blanks and numbering, wide characters made narrow.

    >>> plain_name("指标1：★培训 人数（人）"), plain_name("ＰＭ2.5 浓度")
    ('培训人数人', 'pm25浓度')
    """
    return _IDLE.sub("", _PREFIX.sub("", unicodedata.normalize("NFKC", text).strip()).lower())


@lru_cache(maxsize=4096)
def plain_level(text: str) -> str:
    """产出指标 and 产出 are one level."""
    return _LEVEL_END.sub("", plain_name(text))


def match(old: Sequence[Indicator], new: Sequence[Indicator]) -> Matching:
    """Rows of two tables, one to one. Parts of other rows (其中) and budget execution are left out."""
    left = [i for i, row in enumerate(old) if _counts(row)]
    right = [i for i, row in enumerate(new) if _counts(row)]
    found: dict[int, tuple[int, int]] = {}
    keys: list[Callable[[Indicator], Hashable]] = [
        lambda r: (plain_level(r.level1), plain_level(r.level2), plain_name(r.name)),
        lambda r: (plain_level(r.level1), plain_name(r.name)),
        lambda r: plain_name(r.name),
    ]
    for key in keys:
        free: dict[Hashable, list[int]] = defaultdict(list)
        for i in left:
            free[key(old[i])].append(i)
        for j in right:
            if partners := free.get(key(new[j])):
                found[j] = partners.pop(0), 100
        left = [i for i in left if i not in {a for a, _ in found.values()}]
        right = [j for j in right if j not in found]
    found |= _alike(old, new, left, right)
    taken = {i for i, _ in found.values()}
    return Matching(
        [Pair(old[i], new[j], likeness) for j, (i, likeness) in sorted(found.items())],
        [old[i] for i in left if i not in taken],
        [new[j] for j in right if j not in found],
    )


def _counts(row: Indicator) -> bool:
    return not row.is_detail and not row.is_execution and bool(plain_name(row.name))


def _alike(old: Sequence[Indicator], new: Sequence[Indicator], left: Sequence[int], right: Sequence[int]) -> dict[int, tuple[int, int]]:
    """The likest pairs first, each row once; in sheet order among equals."""
    if not left or not right or max(len(left), len(right)) > MAX_FUZZY:
        return {}
    rated: list[tuple[int, int, int]] = []
    for j in right:
        ours = plain_name(new[j].name)
        for i in left:
            theirs = plain_name(old[i].name)
            likeness = round(fuzz.ratio(theirs, ours, score_cutoff=LIKE_WITHIN))
            if likeness and _same_level(old[i], new[j]) and are_alike(theirs, ours, likeness):
                rated.append((likeness, j, i))
    found: dict[int, tuple[int, int]] = {}
    taken: set[int] = set()
    for likeness, j, i in sorted(rated, key=lambda r: (-r[0], r[1], r[2])):
        if j not in found and i not in taken:
            found[j] = i, likeness
            taken.add(i)
    return found


def _same_level(one: Indicator, other: Indicator) -> bool:
    a, b = plain_level(one.level1), plain_level(other.level1)
    return a == b or not a or not b


def are_alike(one: str, other: str, likeness: int) -> bool:
    """Whether two plain names may be the same indicator's: like enough, the same numbers, no opposed words.

    >>> are_alike("服务对象满意率", "服务对象满意度", 86), are_alike("第一季度培训场次", "第二季度培训场次", 88)
    (True, False)
    """
    if _COUNTED.findall(one) != _COUNTED.findall(other):
        return False
    if any((a in one and b in other and b not in one) or (b in one and a in other and a not in one) for a, b in _OPPOSED):
        return False
    is_within = LCSseq.similarity(one, other) == min(len(one), len(other))
    return likeness >= (LIKE_WITHIN if is_within else LIKE)
