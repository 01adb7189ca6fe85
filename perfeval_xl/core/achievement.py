"""Words of achievement: which level a qualitative actual reaches, and what words say about deadlines. Pure.

Words that do not say a level give None: full marks are never read into a text.
"""

from __future__ import annotations

import re
from enum import StrEnum

from perfeval_xl.core.grammar import RANK
from perfeval_xl.core.quantity import Kind, Quantity
from perfeval_xl.core.trends import Trend, contradicts, fulfils, trend_of


class Achievement(StrEnum):
    """Qualitative levels, as the forms name them."""

    MET = "达成"
    PARTLY = "部分达成"
    MISSED = "未达成"


_MET = re.compile(
    r"(?:已|均|全部|全面|按期|按时|及时|圆满|顺利|如期|超额|已经|均已|100%|较好地?|按要求|按计划|按规定)*(?:达成预期指标|达成预期目标|达到预期目标|达到预期效果|"
    r"达到预期|达到目标|达成目标|达成年度指标|达成|达标|完成|完成任务|完成目标|落实|落实到位|完成到位|实现|合格|符合要求|到位|执行|完成年度目标)(?:任务|指标|目标|情况良好)?"
)
_MET_LONG = re.compile(r"(?<!未)(?<!没有)(?<!基本)(?<!部分)(?:完成任务指标|完成全部|全部完成|达成预期|达到预期|圆满完成|完成年度目标|通过验收|验收(?:通过|合格))")
_PARTLY = re.compile(r"部分(?:达成|完成|达标|实现|落实|达到)|基本(?:达成|完成|达标|实现|达到|落实|满足|合格|满意|到位|符合|建立|健全|形成|建成|解决|消除|覆盖|具备|改善|完善|正常)|较?大部分(?:完成|达成)|完成(?:大)?部分|正在(?:进行|推进|实施)|进行中|推进中|(?:有限|缓慢|甚微)\Z")
_BURDEN = r"(?:逾期|延期|滞后|超期|推迟|延迟|不合格|不达标|违规|违纪|违法|事故|投诉|拖欠|伤亡|差错|上访|舆情|纠纷|拥堵|污染|案件|事件|问题|隐患|损失|浪费|超支|挪用|疫情|火灾|恶化|流失|失误)"
_NEGATED = re.compile(rf"(?:无|未出现|未发生|未发现|没有|不存在|不发生|零|杜绝|避免)[^，,。；;]{{0,8}}?{_BURDEN}(?:发生|出现|现象|情况)?")
_NOTHING = re.compile(rf"{_NEGATED.pattern}|(?:未|没有|无|不)(?:发生|出现)|零发生")
_HAPPENED = re.compile(r"发生|出现|存在|\A有")
# Words whose 不, 未 or 无 denies nothing.
_NO_DENIAL = re.compile(r"不断|不仅|不但|不只|不超过|不低于|不少于|不高于|不大于|不小于|不错|无缝|无障碍|无害化|无偿|无纸化|无人机|未来|未成年|不动产|没收")
_GOOD = r"(?:明显|显著|突出|理想|佳|好|优|良|足|够|高|强|大|多|及时|满意|稳定|完善|全面|充分|规范|彻底|健全|到位|有效|合理|合规|合法|安全|畅通|清洁|符合|满足|达成|达到|达标|完成|实现|落实|改善|变化)"
_MISSED = re.compile(
    r"(?:未|没有|没能|没|无法|不能)[^，,。；;]{0,4}(?:达成|完成|达标|实现|落实|达到)|完成不|未(?:开展|实施|启动|执行|按时|按期|能|及时|验收|通过|见|显现)|没有(?:完成|达成|达到|实现|开展)|"
    rf"(?:不|未|没有?|无|欠|不太|不够|不甚)(?:能|太|够|甚|很|十分|有){{0,2}}{_GOOD}|延期|逾期|滞后|尚未|有待|亟待|仍需|预计|拟于|力争|不合格|较差|很差|极差|差\Z|糟糕|(?:恶化|变差|退步|倒退)(?!得到|趋势|问题)|无效果?\Z|失败|失控|停滞|流产"
)
_ON_TIME = re.compile(r"按时|按期|及时|如期|规定时间内|规定时限内|计划时间内|要求时间内|时限内|提前|期限内")
_LATE = re.compile(r"未按|未及时|未如期|不及时|延期|逾期|滞后|超期|推迟|延迟|未完成|未能")
_DONE = re.compile(r"完成|达成|达标|落实|到位|兑现|执行|覆盖")
_NOT_APPLICABLE = re.compile(r"不适用|不涉及|未涉及|无此项|无该项|没有此类|没有该项|本年(?:度)?(?:未安排|无此|无该|无相关)|不纳入(?:考核|评价|自评)")
_HAN_DIGITS = str.maketrans("123456789", "一二三四五六七八九")
_RATINGS = (("优秀", 5), ("优良", 4), ("优", 5), ("良好", 4), ("较好", 4), ("良", 4), ("中等", 3), ("一般", 3), ("合格", 2), ("及格", 2), ("较差", 1), ("差", 1))
_RATING = re.compile(r"(?:[\u4e00-\u9fff]{0,6}?)(?P<no>不|未|基本|非)?(?P<word>优秀|优良|优|良好|较好|良|中等|一般|合格|及格|较差|差)(?:等级|等次|等|水平|状态|率)?(?P<more>及?以上|及?以下|偏下)?")
_STRONG_WORDS = re.compile(r"显著|明显|大幅|极大|较大|有效|大大|切实|全面")
_WEAK_WORDS = re.compile(r"有所|略有|稍有|小幅|轻微|一定|些许|初步")
_PAIRS = tuple(
    (re.compile(one), re.compile(other))
    for one, other in (
        (r"\A(?:较|很|偏|非常)?高\Z", r"\A(?:较|很|偏|非常)?低\Z"), (r"\A(?:较|很|非常)?强\Z", r"\A(?:较|很|非常)?弱\Z"),
        (r"\A(?:较|很)?[大多]\Z", r"\A(?:较|很)?[小少]\Z"), (r"\A(?:较|很)?快\Z", r"\A(?:较|很)?慢\Z"), (r"合规", r"违规"), (r"合法", r"违法"),
        (r"畅通", r"拥堵|堵塞|中断"), (r"稳定", r"波动|动荡"), (r"健全", r"缺失|缺乏"), (r"规范", r"混乱"), (r"清洁|整洁", r"脏乱"), (r"充足", r"短缺|不足"),
        (r"\A有\Z", r"\A(?:没有|无|尚无)\Z"), (r"持续", r"中断|停止"), (r"正常", r"异常|故障|停用"), (r"保障", r"中断"), (r"\A是\Z", r"\A(?:不是|否|没有)\Z"),
    )
)  # fmt: skip


def achievement(target: Quantity, actual: Quantity) -> Achievement | None:
    """The level a qualitative actual reaches, or None where its words do not say.

    >>> from perfeval_xl.core.quantity import parse
    >>> achievement(*map(parse, ("显著提升", "显著提升"))), achievement(*map(parse, ("是", "基本达到")))
    (<Achievement.MET: '达成'>, <Achievement.PARTLY: '部分达成'>)
    >>> achievement(*map(parse, ("显著提升", "不明显"))), achievement(*map(parse, ("良好", "较差")))
    (<Achievement.MISSED: '未达成'>, <Achievement.MISSED: '未达成'>)
    """
    aim, words = target.words, actual.words
    if target.kind is actual.kind and (aim == words or (RANK.match(aim) and aim.translate(_HAN_DIGITS) == words.translate(_HAN_DIGITS))):
        return Achievement.MET
    if _NOTHING.search(aim):  # 不发生事故
        if _NOTHING.search(words):
            return Achievement.MET
        if _HAPPENED.search(words):
            return Achievement.MISSED
    words = _NO_DENIAL.sub("", _NEGATED.sub("", words))
    toward = _by_trend(aim, words)
    if toward is Achievement.MISSED or _is_opposite(aim, words):
        return Achievement.MISSED
    rating = _by_rating(aim, actual.words)
    if rating is not None:
        return rating
    if _MISSED.search(words) and toward is None:
        return Achievement.MISSED
    if _PARTLY.search(words):
        return Achievement.PARTLY
    if _MET.fullmatch(words) or _MET_LONG.search(words):
        return Achievement.MET
    if target.kind is Kind.YES_NO or actual.kind is Kind.YES_NO:
        return _yes_no(aim, words)
    if toward is not None:
        return toward
    return Achievement.MET if _is_prefix(actual.words, aim) else None


def _yes_no(aim: str, words: str) -> Achievement | None:
    if aim in {"是", "否"} and words in {"是", "否"}:
        return Achievement.MISSED  # equal ones were met before
    words = re.split(r"[，,。；;]", words, maxsplit=1)[0]  # 是，已完成
    return {"是": Achievement.MET, "否": Achievement.MISSED}.get(words) if aim != "否" else None


def _is_opposite(aim: str, words: str) -> bool:
    return any(
        (one.search(aim) and other.search(words) and not one.search(words))
        or (other.search(aim) and one.search(words) and not other.search(words))
        for one, other in _PAIRS
    )


def _by_trend(aim: str, words: str) -> Achievement | None:
    """提升 against 下降, 未显著提升, 有所提升, 显著提升; None where the direction alone does not decide."""
    wanted = trend_of(aim)
    if wanted in {Trend.NONE, Trend.MIXED}:
        return None
    seen = trend_of(words)
    if contradicts(wanted, seen) or (seen is Trend.NONE and re.search(r"持平|无变化|没有变化|不变|未变", words) and wanted in {Trend.UP, Trend.DOWN}):
        return Achievement.MISSED
    if not fulfils(wanted, seen) or _MISSED.search(words):
        return Achievement.MISSED if seen is not Trend.MIXED and _MISSED.search(words) and wanted in {Trend.UP, Trend.DOWN} else None
    if not _STRONG_WORDS.search(aim) or _STRONG_WORDS.search(words):
        return Achievement.MET
    return Achievement.PARTLY if _WEAK_WORDS.search(words) else None


def level_of_change(target: Quantity, actual: Quantity) -> Achievement | None:
    """A number of change against words of direction: 提高 and 提高5% is met, 提高 and 下降3% is not."""
    seen = Trend.UP if (actual.signed or 0) > 0 else Trend.DOWN if (actual.signed or 0) < 0 else Trend.NONE
    wanted = trend_of(target.words)
    if contradicts(wanted, seen) or (seen is Trend.NONE and wanted in {Trend.UP, Trend.DOWN}):
        return Achievement.MISSED
    return Achievement.MET if fulfils(wanted, seen) else None


def _by_rating(aim: str, words: str) -> Achievement | None:
    """良好 against 优秀, 一般, 较差: better or equal is met, lower partly, the lowest missed."""
    wanted, seen = _RATING.fullmatch(aim), _RATING.fullmatch(words)
    if not wanted or not seen or wanted["no"] or (wanted["more"] or "").endswith("下") or seen["more"]:
        return None
    rank = dict(_RATINGS)
    if seen["no"]:
        return Achievement.PARTLY if seen["no"] == "基本" else Achievement.MISSED
    if rank[seen["word"]] >= rank[wanted["word"]]:
        return Achievement.MET
    return Achievement.MISSED if rank[seen["word"]] == 1 else Achievement.PARTLY


def _is_prefix(one: str, other: str) -> bool:
    """全天候 of 全天候可用, 已健全 of 健全: the same words, cut short or drawn out, and nothing in the rest that turns them round."""
    short, long = sorted((one, other), key=len)
    rest = long.replace(short, "", 1)
    return len(short) >= 2 and (long.startswith(short) or (long == one and short in long)) and len(rest) <= 4 and not re.search(r"[不未无没非差欠低]|以下|一半|有限|缓慢|待", rest)


def are_ranks(target: Quantity, actual: Quantity) -> bool:
    """二级 against 一级: ranks, of which nothing says which is better."""
    return bool(RANK.match(target.words) and RANK.match(actual.words))


def is_share_of_work(target: Quantity, actual: Quantity) -> bool:
    """Whether a bare percentage against words is a completion rate: 日产日清 and 100%, but not 逐年增长 and 1.5%."""
    return bool(_DONE.search(actual.text)) or trend_of(target.words) is Trend.NONE


def says_on_time(actual: Quantity) -> bool | None:
    """Whether words against a deadline say it was kept; None where they do not say."""
    words = _NEGATED.sub("按时", actual.words)
    if _LATE.search(words):
        return False
    return True if _ON_TIME.search(words) else None


def says_not_applicable(*texts: str) -> bool:
    """Whether an actual or its reason says that the indicator does not apply this year."""
    return any(_NOT_APPLICABLE.search(text) for text in texts if text)
