"""The words and signs of quantities, as regular expressions and tables. Pure; every piece of them is bounded."""

from __future__ import annotations

import re

from perfeval_xl.core.trends import AMOUNTS
from perfeval_xl.core.units import KNOWN, SCALES
from perfeval_xl.core.values import Operator

# Full-width signs to their plain form, one for one. Not NFKC: it would turn ① into 1 and ² into 2.
PLAIN = {0xFF01 + i: 0x21 + i for i in range(94)} | {
    ord(a): b
    for a, b in {
        "\u3000": " ", "\xa0": " ", "\u2009": " ", "\u200b": "", "\ufeff": "", "﹪": "%", "٪": "%", "㎡": "m²", "㎥": "m³",
        "㎞": "km", "㎝": "cm", "㎜": "mm", "㎏": "kg", "－": "-", "−": "-", "–": "-", "—": "-", "─": "-", "﹣": "-", "～": "~",
        "〜": "~", "∼": "~", "≦": "≤", "≧": "≥", "⩽": "≤", "⩾": "≥", "﹤": "<", "﹥": ">", "﹦": "=", "═": "=", "〉": ">",
        "》": ">", "〈": "<", "《": "<", "＜": "<", "＞": ">", "≮": "≥", "≯": "≤", "＋": "+", "﹢": "+", "∕": "/",
        "⁄": "/", "\t": " ", "\r": "\n", "．": ".",
    }.items()
}  # fmt: skip
LOOKALIKES = "≧≦⩽⩾﹤﹥﹦═〉》〈《≮≯"

OPERATORS: dict[Operator, tuple[str, ...]] = {
    Operator.AT_LEAST: ("≥", ">=", "=>", "≥=", "不低于", "不少于", "不小于", "不得低于", "不得少于", "大于等于", "大于或等于", "高于等于",
                        "高于或等于", "至少", "最少", "最低", "未低于", "未少于", "没有低于", "达到", "达", "达标率达", "保持在"),
    Operator.AT_MOST: ("≤", "<=", "=<", "≤=", "不高于", "不超过", "不大于", "不多于", "不得高于", "不得超过", "不得多于", "小于等于",
                       "小于或等于", "低于等于", "低于或等于", "至多", "最多", "最高", "控制在", "控制到", "控制于", "不突破", "未超过", "没有超过", "未突破", "未高于", "未超出", "不超出"),
    Operator.MORE: (">", "大于", "高于", "超过", "多于", "突破"),
    Operator.LESS: ("<", "小于", "低于", "少于", "不足", "不到", "不满", "未达到", "未达", "没有达到", "没达到", "未能达到", "未满", "未到"),
    Operator.EQUAL: ("=", "==", "等于"),
}  # fmt: skip
# 不得低于, 不能超过, 不会少于: a denied comparison is its opposite, whatever verb stands between.
_DENIALS = ("不", "不得", "不能", "不应", "不可", "不会", "不宜", "不许", "不准", "不应当", "不可以", "不允许", "未", "没有")
OPERATORS[Operator.AT_LEAST] += (*(d + w for d in _DENIALS for w in ("低于", "少于", "小于")), "下限", "下限为")
OPERATORS[Operator.AT_MOST] += (*(d + w for d in _DENIALS for w in ("高于", "超过", "大于", "多于", "突破", "超出")),
                                "上限", "上限为", "限额", "限额为", "不超", "不超预算", "预算不超", "最高限额")  # fmt: skip
OPERATOR_OF = {word: operator for operator, words in OPERATORS.items() for word in words}
SUFFIXES = {
    "以上": Operator.AT_LEAST, "及以上": Operator.AT_LEAST, "(含)以上": Operator.AT_LEAST, "或以上": Operator.AT_LEAST,
    "以下": Operator.AT_MOST, "及以下": Operator.AT_MOST, "(含)以下": Operator.AT_MOST, "以内": Operator.AT_MOST,
    "之内": Operator.AT_MOST, "内": Operator.AT_MOST, "(不含)以上": Operator.MORE, "以上(不含)": Operator.MORE, "(不含)以下": Operator.LESS,
    "以下(不含)": Operator.LESS, "(不含)以内": Operator.LESS, "以内(不含)": Operator.LESS,
}  # fmt: skip  # 民法典第1259条: 以上, 以下, 以内 include the number itself
WEAK = frozenset({"达到", "达", "保持在", "最高", "最低", "达标率达"})
STRONG = re.compile("|".join(re.escape(w) for w in OPERATOR_OF if w not in WEAK and w not in {"=", "==", "突破"}))
NOT_UNITS = frozenset(["完成", "已完", "达标", "覆盖", "以上", "以下", "以内", "之内", "及以", "左右", "上下", "达到", "合格", "全部", "全覆", "均已", "实际", "目标", "其中", "未完", "到位", "发放", "支付", "满意", "保障", "执行", "落实", "通过", "验收", "及时", "正常", "优良", "良好", "优秀", "多一", "全年", "每年", "每月", "今年", "本年", "余", "多", "内", "的", "与", "和", "至", "到", "前", "后", "被", "占", "为", "是", "已", "均", "比", "较", "达", "按", "由", "在", "之", "并", "且", "及", "或", "其", "有", "无", "减", "增", "提升", "增长", "降低", "下降", "减少", "增加", "整改"])


def _either(words: object) -> str:
    assert isinstance(words, (list, tuple, set, frozenset, dict))  # noqa: S101  # module start only
    return "|".join(re.escape(w) for w in sorted(words, key=lambda w: -len(w)))


LATIN_UNITS = [u for u in KNOWN if u[0].isascii() and u != "%"]
LETTERS = [u for u in LATIN_UNITS if len(u) == 1]
HAN_UNITS = [u for u in KNOWN if u not in LATIN_UNITS]
NUM = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9,]*,[0-9])|[0-9]+(?:\.[0-9]+)?|\.[0-9]+"
UNIT = (
    rf"(?:(?P<scaled>{_either([u for u in HAN_UNITS if u[0] in '十百千万亿'])})"
    rf"|(?P<scale>{_either(SCALES)})?(?P<more>[余多])?"
    rf"(?:(?P<unit>{_either(HAN_UNITS)}|(?:{_either(LETTERS)}|(?i:{_either([u for u in LATIN_UNITS if u not in LETTERS])}))(?![A-Za-z0-9²³]))"
    r"|(?P<other>(?![年月日至到内余多]|[以之]|及以|或以|左右|上下)[\u4e00-\u9fff](?:(?![至到以及之左上])[\u4e00-\u9fff])?(?=以[上下内]|及以[上下]|之内|左右|上下|(?![\u4e00-\u9fff]))))?)"
    r"(?:(?:/|每)(?P<per>(?:(?![以及左内每])[\u4e00-\u9fffA-Za-z²³]){1,4}(?:[、·./每](?:(?![以及左内每])[\u4e00-\u9fffA-Za-z²³]){1,3})*))?"
)
SEP = r"[ \n:：(\"“]?"
QUANTITY = re.compile(
    rf"(?P<change>{AMOUNTS})?(?(change)(?:(?:率|幅度|幅|比例|数|量|额)为?|了)?)(?P<op>{_either(OPERATOR_OF)})?{SEP}(?P<about>约|大约|近)?(?P<tol>±|\+/-|\+-)?(?P<sign>(?<![0-9A-Za-z%])[-+])?"
    rf"(?P<num>{NUM})(?P<more0>[余多])?{UNIT}(?:\(含\))?(?P<suffix>{_either(SUFFIXES)})?"
    rf"(?P<around>左右|上下)?(?:的?(?P<after>{AMOUNTS})(?![率0-9到至为]))?"
)
# Nine of ten cells: a bare operator or harmless words, a number, a known unit. Everything in doubt takes the slow road.
FAST = re.compile(
    r"(?P<op>≥|≤|>=|<=|>|<|=|不低于|不少于|不超过|不高于)?"
    r"(?P<words>[\u4e00-\u9fff]{2,24})?"
    r"(?P<num>[0-9]{1,15}(?:\.[0-9]{1,9})?)(?P<unit>%|[\u4e00-\u9fff]{1,5})?\Z"
)
DOUBTFUL = re.compile(r"[年月季周日天每第约近达增减降升涨缺欠差剩还限]|提高|上浮|下[滑跌浮]|压缩|回落|节[约省]|递|不[低高超少多大小得突足到满]|[未没]|[大小高低多少等]于|超|突破|至[少多]|最[少多高低]|控制[在到于]|保持在|[到至]\Z")
ORDINAL = re.compile(r"第[0-9]{1,4}(?:[-~至][0-9]{1,4})?(?!季度|[0-9])|(?:(?<=[;；\n。])|\A)\s*\(?[0-9]{1,2}(?:[、)](?![0-9])|\.(?=[\u4e00-\u9fff]))")
FRACTION_HAN = "零〇一二三四五六七八九十百千万亿两点壹贰叁肆伍陆柒捌玖拾佰仟"
HAN_NUMBER = re.compile(
    rf"(?P<lead>完成|开展|举办|组织|实施|新增|共)?(?P<op>{_either(OPERATOR_OF)})?(?P<pct>百分之)?(?P<num>(?![百千万亿点拾佰仟])[{FRACTION_HAN}]{{1,12}})"
    rf"(?P<unit>{_either(HAN_UNITS)})?(?P<suffix>{_either(SUFFIXES)})?\Z"
)
ADJACENT = re.compile(r"[一二三四五六七八九两壹贰叁肆伍陆柒捌玖]{2}")
MAY_BE_DATE = re.compile(r"[年月]|季度|[0-9]{4}[-/.][0-9]")
RANGE_JOIN = re.compile(r"[-~至到]\Z")
# What is left to do, or done beyond the target: the number behind these words is not the actual.
REMAINDER = re.compile(r"(?:[未没](?:有|能)?完成|尚[缺欠差]|还[差缺欠有]|[缺欠差](?:口|额)?|剩余?|超额(?:完成)?|超出|超产|超支)\Z")
UNEQUAL = re.compile(r"≠|<>|不等于")
GLUED = re.compile(r"[A-Za-z$#&@^*_\\|?]")
YES_NO = {"是": "是", "否": "否", "√": "是", "✓": "是", "✔": "是", "×": "否", "✗": "否", "✘": "否", "对": "是"}
NONE = frozenset({"", "/", "-", "--", "---", "\\", "无", "不适用", "暂无", "不涉及", "未涉及", "本年不涉及", "本年度不涉及", "空", "n/a", "na", "nan", "none", "//", "——", ".", "、", "*", "未填", "(无)", "无此项"})
EDGES = " \n;；,，。、\"'“”"
TITLE = re.compile(r"[《〈]([^《》〈〉]*)[》〉]")
IDLE_BLANKS = re.compile(r"(?<![0-9%A-Za-z\u4e00-\u9fff])[ \n]+|(?<=[年月])[ \n]+|[ \n]+(?![0-9])")
BLANK_THOUSANDS = re.compile(r"(?<![0-9.,])[0-9]{1,3}(?: [0-9]{3}){1,5}(?! ?[0-9])")
SQUARES = re.compile(r"(?i)(?<![A-Za-z])([kchd]?m)([23])(?![0-9A-Za-z])")
# 08:00 is a time of day, not two quantities.
TIME = re.compile(r"(?<![0-9:])(?:[01]?[0-9]|2[0-4]):[0-5][0-9](?::[0-5][0-9])?(?![0-9:])|7[×xX*]24(?:小时)?")
# 5≤X≤10 is written the other way round: ≥5 and ≤10.
BETWEEN = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?%?)[≤<][A-Za-z](?=[≤<][0-9])")
# 12/12, 1:1 and 3÷3 are no repeats of one number.
RATIO = re.compile(r"[0-9][%\u4e00-\u9fff]{0,3}[/:÷]\s?[0-9]")
# 二级, 5A级, 甲级, 第一名 are ranks: nothing to divide.
RANK = re.compile(
    r"(?:[\u4e00-\u9fff]{0,8}?)(?:不低于|不高于|≥|≤|达到|达)?(?:"
    r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2}|[甲乙丙丁]|[1-9]?[A-Ea-e]{1,4}\+?)(?:星级|等级|级|等)|[一二三四五六七八九十0-9]{1,2}等奖|[1-5]A{1,5}|A{2,5}|前(?:[0-9]{1,3}%?|[一二三四五六七八九十]{1,3}|百分之[一二三四五六七八九十百]{1,4})名?|"
    r"第(?:[0-9]{1,3}|[一二三四五六七八九十]{1,3})(?!季度|[0-9])(?:名|位|等次|等|档|类)?)"
    r"(?:[\u4e00-\u9fff]{0,4})\Z"
)
PERIOD = r"(?:年度|半年|年|季度|季|月|周|星期|日|天)"
# 每月1次, 每季度至少开展1次: the period belongs to the unit.
PERIOD_BEFORE = re.compile(rf"(?:每(?P<who>人|户|亩|村|辆|车|名|班|家|个|台|间|床|生))?每个?(?P<period>{PERIOD})度?[\u4e00-\u9fff]{{0,6}}\Z")
ONCE_A_PERIOD = re.compile(r"(?<![0-9第])[1一](?:个)?(?=(?P<period>年|季度|月|周|天|日)(?:[0-9]{1,3}|[一二两三四五六七八九十]{1,2})次)")
HAN_FREQUENCY = re.compile(
    rf"\A(?P<lead>[\u4e00-\u9fff]{{0,4}}?每个?{PERIOD}(?:[\u4e00-\u9fff]{{0,6}}?))(?P<num>[一二两三四五六七八九十]{{1,3}})(?P<rest>{_either(HAN_UNITS)})"
    rf"(?P<suffix>{_either(SUFFIXES)})?\Z"
)
DAY_OF_PERIOD = re.compile(r"每个?[年月季周][\u4e00-\u9fff]{0,4}[0-9]{1,2}[日号]")
# All that may stand around a date without digits, so that 与上年持平 stays words.
AROUND_DATE = re.compile(r"(?:于|在|截至|截止|计划|前|内|底|末|止|之前|之内|以前|以内|已|均|全部|按期|完成|完工|竣工|验收|支付|到位|付清|发放|交付|使用|实施|任务|工作|目标|项目|投入|建成|执行|完毕)*\Z")
