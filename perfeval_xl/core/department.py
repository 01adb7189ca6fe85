"""Departments: what kind of unit a name belongs to. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

OTHER = "其他单位"
# The first that fits the end of the name; names end with what they are, bureaus of a kind come before the general words.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("街道", re.compile(r"街道(?:办事处|办|党工委)?\Z|街道(?:办事处)")),
    ("乡镇", re.compile(r"(?:镇|乡)(?:人民政府|政府|党委)?\Z")),
    ("学校", re.compile(r"(?:学校|大学|学院|中学|小学|幼儿园|党校|一中|二中|三中)\Z")),
    ("医疗卫生机构", re.compile(r"(?:医院|卫生院|卫生服务中心|疾病预防控制中心|疾控中心|妇幼保健院|保健院|血站|急救中心)\Z")),
    ("法院检察院", re.compile(r"(?:法院|检察院)\Z")),
    ("人大政协", re.compile(r"(?:人大常委会|人民代表大会常务委员会|政协)")),
    ("群团组织", re.compile(r"(?:总工会|妇联|妇女联合会|共青团.*委员会|团委|残联|残疾人联合会|工商联|文联|科协|红十字会|侨联|联合会|协会)\Z")),
    ("党委部门", re.compile(r"(?:组织部|宣传部|统战部|政法委|政法委员会|编办|机构编制委员会办公室|纪委监委|纪律检查委员会|党委办公室|委办公室|网信办|老干部局|党史研究室)\Z")),
    ("政府部门", re.compile(r"(?:局|委员会|委|厅|办公室|办|政府)\Z")),
    ("事业单位", re.compile(r"(?:中心|站|所|馆|院|队|台|社|处|校|基地|公园|管委会)\Z")),
)  # fmt: skip
_TAIL = re.compile(r"[（(](?:本级|机关|汇总|部门)[)）]\Z|(?:本级|机关)\Z")


@lru_cache(maxsize=8192)
def department_kind(name: str) -> str:
    """The kind of a unit, by its name.

    >>> department_kind("某市水利局（本级）"), department_kind("元岗街道办事处"), department_kind("第一人民医院"), department_kind("甲")
    ('政府部门', '街道', '医疗卫生机构', '其他单位')
    """
    bare = _TAIL.sub("", re.sub(r"\s", "", name))
    return next((kind for kind, pattern in _KINDS if pattern.search(bare)), OTHER)


_MARKS = re.compile(r"[\s()\[\]{}<>《》〈〉【】「」“”‘’\"'、，,。.：:；;·*★]")


@lru_cache(maxsize=16384)
def unit_key(name: str) -> str:
    """What two spellings of one unit have in common: blanks, brackets and full-width signs do not matter; dashes between numbers do.

    >>> unit_key("某市水利局 （本级）") == unit_key("某市水利局(本级)"), unit_key("1-2社区") == unit_key("12社区")
    (True, False)
    """
    return _MARKS.sub("", unicodedata.normalize("NFKC", name)).lower()
