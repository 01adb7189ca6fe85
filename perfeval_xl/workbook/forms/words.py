"""Words that the forms' formulas know: a part of what the engine reads, each with the very meaning it has there."""

from __future__ import annotations

from perfeval_xl.core.model import Direction
from perfeval_xl.core.trends import CHANGE_WORDS

DIRECTIONS: dict[str, Direction] = {
    "≥": Direction.HIGHER, "≤": Direction.LOWER, "＝": Direction.EQUAL, "区间": Direction.RANGE, "定性": Direction.QUALITATIVE,
    "时限": Direction.DATE, "是否": Direction.YES_NO, "＞": Direction.HIGHER, "＜": Direction.LOWER, "=": Direction.EQUAL,
    ">": Direction.HIGHER, "<": Direction.LOWER,
}  # fmt: skip
DIRECTION_CHOICES = ("≥", "≤", "＝", "区间", "定性", "时限", "是否")
LEVEL_CHOICES = ("达成", "部分达成", "未达成", "是", "否", "按期完成", "逾期完成", "不适用")
UNIT_CHOICES = ("%", "个", "项", "次", "人", "人次", "户", "家", "件", "份", "套", "台", "处", "场", "篇", "天", "小时", "公里", "平方米", "亩", "吨", "元", "万元", "亿元")
NOT_APPLICABLE_TEXT = "不适用"
ALTERNATIVE_TEXT = "二选一"
NOT_SCORED_TEXT = "不计分"


class Words:
    """Lists for formulas. Those that could mean more than one thing to the engine are left out."""

    EDGES = "。；;，,、\"“”"
    OPERATOR_SIGNS = "≥≤＞＜＝><="
    DASHES = "~～至到－—–"
    NUMERALS = "零〇一二三四五六七八九十百千万亿两点壹贰叁肆伍陆柒捌玖拾佰仟"
    NUMBER_SIGNS = "共达≥≤＞＜＝><="
    NUMBER_LEADS = ("完成", "开展", "举办", "组织", "实施", "新增", "不低", "不少", "不小", "不得", "不高", "不超", "不大", "不多", "不突", "大于", "小于",
                    "高于", "低于", "超过", "多于", "少于", "突破", "等于", "至少", "最少", "最低", "至多", "最多", "最高", "达标", "保持", "控制", "百分")  # fmt: skip
    TIMES = ("年底", "年末", "年内", "半年", "本年", "当年", "该年")
    NOTHING = ("", "/", "-", "--", "---", "\\", "无", "不适用", "暂无", "空", "n/a", "na", "nan", "none", "//", "——", ".", "*", "未填", "(无)", "无此项",
               "－", "—", "–", "─", "－－", "——－", "／", "／／", "（无）", "．", "＊")  # fmt: skip
    CHANGES = CHANGE_WORDS
    DENIALS = ("无", "零", "未", "没", "不")
    ZERO = ("无", "未发生", "没有发生", "无发生", "零", "为零", "零发生")
    YES = ("是", "√", "✓", "✔", "对")
    NO = ("否", "×", "✗", "✘")
    MET = ("达成", "已达成", "完成", "已完成", "全部完成", "达标", "已达标", "达到预期", "达成预期指标", "达到预期目标", "全部落实", "已落实", "按期完成", "按时完成")
    PARTLY = ("部分达成", "部分完成", "基本达成", "基本完成", "基本达到", "基本达标", "基本实现")
    MISSED = ("未达成", "未完成", "未达标", "未达到", "未实现", "未落实", "不达标", "不合格")
    ON_TIME = ("按期完成", "按时完成", "按期", "按时", "及时", "及时完成", "如期完成", "提前完成", "已按期完成", "已按时完成", "规定时间内完成")
    LATE = ("逾期", "逾期完成", "延期", "延期完成", "滞后", "推迟", "未按期完成", "未按时完成", "未完成")
    ALL_ITEMS = ("全部符合", "全部满足", "全部具备", "全部达到", "全部完成", "全部达标", "均符合", "均满足", "符合", "满足", "达标", "达成", "完成", "已完成", "符合要求")
    ITEM_UNITS = ("", "项", "个")
    CALENDAR_UNITS = ("年", "月", "日", "年度", "月份")
    NOT_APPLICABLE = ("不适用", "不涉及", "未涉及", "无此项", "无该项", "没有此类", "没有该项", "不纳入考核", "不纳入评价", "不纳入自评",
                      "本年未安排", "本年无此", "本年无该", "本年无相关", "本年度未安排", "本年度无此", "本年度无该", "本年度无相关")  # fmt: skip
    ASK_TARGET, ASK_NUMBER, ASK_DATE, ASK_LEVEL, ASK_WEIGHT, ASK_PERCENT, ASK_ITEMS, ASK_TWO_PLACES, LIKE_A_DAY, ASK_OTHERS, ASK_ENGINE = (
        "请填目标值", "请填数值", "请填日期", "请选等次", "请填分值", "请填百分比", "请填项数", "分值取两位小数", "疑为日期", "待补其他行", "请重新计算")  # fmt: skip
