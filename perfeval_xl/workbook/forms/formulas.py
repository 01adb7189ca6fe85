"""Native formulas of a form's rows: the engine's rules in what Excel 2010, WPS and LibreOffice all know. Pure: texts only.

A formula names the cells of its own row by field, `[target]`; `in_row` puts the addresses in. Each helper column answers
one question (of what kind is the target, what is the rate), so that every formula stays short enough to be read.
What a formula cannot read exactly as the engine does, it answers with a few words, never with a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.model import Direction, Indicator
from perfeval_xl.core.parameters import (
    AnyRule,
    Checklist,
    DateRule,
    IntervalTable,
    InverseRatio,
    LinearOverrun,
    PerPoint,
    Steps,
)
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.workbook.forms.expressions import array, bare, contains_any, equals_any, is_called, rounded, without
from perfeval_xl.workbook.forms.points import points_of
from perfeval_xl.workbook.forms.words import DIRECTIONS, NOT_APPLICABLE_TEXT, Words

NUMERIC = ('"n"', '"p"')
_PERCENT_UNIT = '[unit]={"%","百分比","百分点","个百分点"}'
_FIRST_DAY, _LAST_DAY = 36526, 73415  # 2000-01-01 and 2100-12-31 as spreadsheets count days


def _has_format(field: str, kind: str) -> str:
    return f'LEFT(CELL("format",[{field}]),{len(kind)})="{kind}"'


def _bare(field: str) -> str:
    return f'=IF(ISTEXT([{field}]),TRIM(CLEAN({without(f"[{field}]", Words.EDGES)})),"")'


def _without_operator(field: str) -> str:
    text = f"TRIM([{field}])"
    return f'=IF(ISTEXT([{field}]),IF(ISNUMBER(FIND(LEFT({text}),"{Words.OPERATOR_SIGNS}")),TRIM(MID({text},2,240)),{text}),"")'


def _number_in(text: str) -> str:
    """The number of 95 or 95%, typed as text; anything more is left to the engine."""
    digits = f'SUBSTITUTE({text},"%","")'
    return (
        f'=IFERROR(IF(AND(LEN({digits})>0,LEN({digits})<16,RIGHT({digits})<>".",LEN({without(digits, "0123456789.")})=0,'
        f'OR({digits}={text},{digits}&"%"={text})),VALUE({digits}),""),"")'
    )


def _range_end(end: int) -> str:
    """Lower or upper end of 90~110 or 90%至110%; `lo` holds no number where the text is not just two plain numbers."""
    text, at = "[rg]", 'FIND("-",[rg])'
    if end:
        return f'=IF(ISNUMBER([lo]),VALUE(SUBSTITUTE(MID({text},{at}+1,20),"%","")),"")'
    low, high = f'VALUE(SUBSTITUTE(LEFT({text},{at}-1),"%",""))', f'VALUE(SUBSTITUTE(MID({text},{at}+1,20),"%",""))'
    percents = f'LEN({text})-LEN(SUBSTITUTE({text},"%",""))'
    return (
        f'=IFERROR(IF(AND(LEN({without(text, "0123456789.%-")})=0,LEN({text})<24,LEN({text})-LEN(SUBSTITUTE({text},"-",""))=1,{at}>1,'
        f'SUMPRODUCT(--ISNUMBER(FIND({{".-",".%"}},{text})))=0,RIGHT({text})<>".",'
        f'{percents}=IF(RIGHT({text})="%",1+ISNUMBER(FIND("%-",{text})),0),'
        f'NOT(AND({low}>=1900,{high}<2100)),{low}<={high}),{low},""),"")'
    )


def _target_kind() -> str:
    """n number, p percent, d date, u a number or a day, r range, w words, ? unreadable without the engine, empty."""
    timed = f'OR([direction]="时限",AND([direction]="",{_has_format("target", "D")}))'
    is_date = f"AND({timed},[target]>={_FIRST_DAY},[target]<={_LAST_DAY})"
    doubtful = [
        contains_any("[tb]", "0123456789０１２３４５６７８９"),
        (
            f"AND({contains_any('[tb]', Words.NUMERALS)},OR(ISNUMBER(FIND(LEFT([tb]),\"{Words.NUMERALS}{Words.NUMBER_SIGNS}\")),"
            f"{equals_any('LEFT([tb],2)', Words.NUMBER_LEADS)}))"
        ),
        f"AND(LEN([tb])<=13,{contains_any('[tb]', Words.TIMES)})",
    ]
    text = (
        f'IF({equals_any("[tb]", Words.NOTHING)},"",IF(ISNUMBER([tn]),IF(OR(RIGHT([tc])="%",{_PERCENT_UNIT}),"p","n"),'
        f'IF(ISNUMBER([hi]),"r",IF(OR({",".join(doubtful)}),"?","w"))))'
    )
    return f"=IF(ISERROR([target]),\"?\",IF(ISNUMBER([target]),{_number_kind('target', is_date)},IF(ISLOGICAL([target]),\"?\",{text})))"


def _number_kind(field: str, is_date: str) -> str:
    """A number that could as well be a day is neither: LibreOffice tells no date format of a cell from none.

    Beyond 15 digits, and below the 17th decimal, spreadsheets and exact decimals part ways.
    """
    cell = f"[{field}]"
    near = f"AND({cell}>=DATE(PE_YEAR-1,1,1),{cell}<=DATE(PE_YEAR+1,12,31))"
    like_a_day = f'AND({cell}=INT({cell}),{cell}>={_FIRST_DAY},{cell}<={_LAST_DAY},OR(TRIM([unit])="",{_PERCENT_UNIT},{near}))'
    extreme = f"OR(ABS({cell})>=1E15,AND(ABS({cell})<0.001,ABS({cell}-ROUND({cell},17))>ABS({cell})*1E-14))"
    return (
        f'IF({_has_format(field, "P")},"p",IF({is_date},"d",IF(OR({_has_format(field, "D")},{extreme}),"?",IF({like_a_day},"u",'
        f'IF(OR({_PERCENT_UNIT}),"p","n")))))'
    )


def _actual_kind() -> str:
    is_date = f'AND([kt]="d",[actual]>={_FIRST_DAY},[actual]<={_LAST_DAY})'
    text = f'IF({equals_any("[ab]", Words.NOTHING)},"",IF(ISNUMBER([an]),IF(OR(RIGHT([ac])="%",{_PERCENT_UNIT}),"p","n"),"w"))'
    return (
        f"=IF(ISERROR([actual]),\"?\",IF([zr]=1,[kt],IF(ISNUMBER([actual]),{_number_kind('actual', is_date)},"
        f'IF(ISLOGICAL([actual]),"?",{text}))))'
    )


def _value(field: str, typed: str) -> str:
    return f'IF(ISNUMBER([{field}]),IF({_has_format(field, "P")},ROUND([{field}]*100,12),[{field}]),[{typed}])'


def _is_bare(field: str, typed: str, text: str) -> str:
    return f'IF(ISNUMBER([{field}]),NOT({_has_format(field, "P")}),AND(ISNUMBER([{typed}]),RIGHT([{text}])<>"%"))'


def _fraction() -> str:
    """1 where the actual is a bare 0.95 beside a percent, 2 where the target is: core.completion.looks_like_fraction."""
    both = 'AND(OR([kt]={"n","p"}),OR([ka]={"n","p"}))'
    actual = f'AND([kt]="p",[av]>0,[av]<=1,[tv]>=10,{_is_bare("actual", "an", "ac")})'
    target = f'AND([ka]="p",[tv]>0,[tv]<=1,[av]>=10,{_is_bare("target", "tn", "tc")})'
    of_range = 'AND([kt]="r",[ka]="n",TRIM([unit])="",ISNUMBER(FIND("%",[target])),[av]>0,[av]<=1,[hi]>=10)'
    return f"=IFERROR(IF({both},IF({actual},1,IF({target},2,0)),IF({of_range},1,0)),0)"


def _not_applicable() -> str:
    texts = '[actual]&"|"&[reason]&IF([kt]="","|"&[target],"")'
    return f'=IFERROR(IF(AND([ka]="",{contains_any(texts, Words.NOT_APPLICABLE)}),1,0),0)'


def _argument(field: str, kind: str, typed: str, fraction: int) -> str:
    """What the add-in's function is given: the cell as the reader would show it, with the unit of its column."""
    date = f'YEAR([{field}])&"年"&MONTH([{field}])&"月"&DAY([{field}])&"日"'
    percent = f'AND(ISNUMBER([{field}]),{_has_format(field, "P")})'
    is_alone = f'OR([fr]={fraction},TRIM([unit])="",{equals_any("[unit]", Words.CALENDAR_UNITS)})'
    is_number = f'OR(ISNUMBER([{field}]),AND(ISNUMBER([{typed}]),RIGHT([{field}])<>"%"))'
    return (
        f'=IFERROR(IF([{kind}]="d",IF(ISNUMBER([{field}]),{date},[{field}]&""),IF({percent},ROUND([{field}]*100,12)&"%",'
        f'IF({is_alone},[{field}]&"",IF({is_number},[{field}]&TRIM([unit]),[{field}]&"")))),"")'
    )


class RowFormulas:
    """Formulas of the rows under one pair of headings, by the rule set in force at the end of the form's year."""

    def __init__(self, book: Rulebook, level1: str, level2: str) -> None:
        self.book = book
        row = Indicator(level1, level2, "", "", "", None)
        self.named: list[AnyRule] = [r for r in book.rules if r.applies_to.names and _is_headed(r, level1, level2)]
        self.modes: list[tuple[AnyRule | None, Direction | None]] = [
            (book.general.get(d) or book.rule_for(row, d), d) for d in Direction
        ]
        for rule in self.named:
            directions: Sequence[Direction | None] = (rule.direction,) if rule.direction or isinstance(rule, IntervalTable | Checklist) else tuple(Direction)
            self.modes += [(rule, d) for d in directions]

    def columns(self) -> dict[str, str]:
        """Helper columns in order: field → formula. The last of them is the score of the row by itself, `nb`."""
        return {
            "tb": _bare("target"),
            "tc": _without_operator("target"),
            "tn": _number_in("[tc]"),
            "rg": f'=IF(ISTEXT([target]),{_dashed("TRIM([target])")},"")',
            "lo": _range_end(0),
            "hi": _range_end(1),
            "kt": _target_kind(),
            "tv": f"=IF(OR([kt]={{{','.join(NUMERIC)},\"d\"}}),{_value('target', 'tn')},\"\")",
            "zr": f'=IFERROR(IF(AND(OR([kt]={{"n","p"}}),[tv]=0,{equals_any("TRIM([actual])", Words.ZERO)}),1,0),0)',
            "ab": _bare("actual"),
            "ac": _without_operator("actual"),
            "an": _number_in("[ac]"),
            "ka": _actual_kind(),
            "av": f"=IF([zr]=1,0,IF(OR([ka]={{{','.join(NUMERIC)},\"d\"}}),{_value('actual', 'an')},\"\"))",
            "fr": _fraction(),
            "ta": "=IF([fr]=2,ROUND([tv]*100,12),[tv])",
            "aq": "=IF([fr]=1,ROUND([av]*100,12),[av])",
            "na": _not_applicable(),
            "wt": f'=IF(ISNUMBER([weight]),IF(AND([weight]>=0,NOT({_has_format("weight", "P")})),[weight],""),"")',
            "nm": f"={bare('[name]')}" if self.named else '=""',
            "ru": self._mode(),
            "lv": self._level(),
            "am": self._counted_actual(),
            "ps": self._special(),
            "sh": self._rate(),
            "pt": self._points(),
            "nb": self._native_score(),
            "tx": _argument("target", "kt", "tn", 2),
            "ax": _argument("actual", "ka", "an", 1),
            "fn": f'=IF(AND([na]=0,[kt]<>"u",[ka]<>"u",[ru]<={len(Direction)},[kt]<>"",[ka]<>"",OR([ru]>0,NOT(OR([kt]={{"n","p"}})))),1,0)',
        }

    def _mode(self) -> str:
        """Which rule and direction: a rule for this very indicator first, then by the direction column; 0 where it is blank."""
        by_direction = f'IFERROR(CHOOSE(MATCH([direction],{array(DIRECTIONS)},0),{",".join(str(list(Direction).index(d) + 1) for d in DIRECTIONS.values())}),0)'
        formula, at = by_direction, len(self.modes)
        for rule in reversed(self.named):
            own = [i for i, (r, _) in enumerate(self.modes, 1) if r is rule and i > len(Direction)]
            at = own[0]
            chosen = str(at) if len(own) == 1 else f"IF({by_direction}=0,0,{at - 1}+{by_direction})"
            formula = f"IF({is_called('[nm]', rule.applies_to.names)},{chosen},{formula})"
        return "=" + formula

    def _modes_of(self, *directions: Direction) -> str:
        """Whether the row goes by one of those directions."""
        found = [str(i) for i, (_, d) in enumerate(self.modes, 1) if d in directions]
        return f"OR([ru]={{{','.join(found)}}})"

    def _counted_actual(self) -> str:
        """A negative actual counts as 0, but does not reach ≥0."""
        is_zero = f"AND(ISNUMBER([ta]),N([ta])>=0,OR(N([ta])>0,NOT({self._modes_of(Direction.HIGHER)})))"
        return f'=IF(ISNUMBER([aq]),IF({is_zero},MAX([aq],0),[aq]),"")'

    def _only_bounded(self) -> str:
        """An actual that names only the end which does not count: ＜95 where more is better."""
        sign = "IF(ISTEXT([actual]),LEFT(TRIM([actual])),\"\")"
        return (
            f'OR(AND({self._modes_of(Direction.HIGHER)},OR({sign}={{"≤","＜","<"}})),'
            f'AND({self._modes_of(Direction.LOWER)},OR({sign}={{"≥","＞",">"}})))'
        )

    def _special_modes(self) -> list[int]:
        return [i for i, (r, _) in enumerate(self.modes, 1) if isinstance(r, Steps | PerPoint | IntervalTable | Checklist)]

    def _level(self) -> str:
        rule = self.book.qualitative
        if rule is None:
            return '=""'
        met, partly, missed = (plain(level.default) for level in rule.levels)
        yes, no = (f"OR([ab]={array(words)})" for words in (Words.YES, Words.NO))
        target_no = f"OR([tb]={array(Words.NO)})"
        return (
            f'=IF(OR([kt]<>"w",[ka]<>"w"),"",IF(EXACT(TRIM([target]),TRIM([actual])),{met},'
            f"IF({equals_any('[ab]', Words.MISSED)},{missed},IF({equals_any('[ab]', Words.PARTLY)},{partly},IF({equals_any('[ab]', Words.MET)},{met},"
            f'IF({yes},IF({target_no},{missed},{met}),IF({no},IF({target_no},{met},{missed}),"")))))))'
        )

    def _special(self) -> str:
        """Points of rules that do not go by a share of the weight."""
        formula = '""'
        for mode in reversed(self._special_modes()):
            rule, direction = self.modes[mode - 1]
            assert rule is not None  # noqa: S101
            formula = f"IF([ru]={mode},{points_of(rule, direction)},{formula})"
        return "=" + formula

    def _rate(self) -> str:
        """The completion rate as a fraction, or why there is none."""
        special = self._special_modes()
        both = 'AND(OR([kt]={"n","p"}),OR([ka]={"n","p"}))'
        numbers = (
            'IF([ru]=0,"请选方向",IF(AND([fr]=0,[kt]<>[ka],TRIM([unit])<>""),"单位不一致",'
            f'IF({self._only_bounded()},"{Words.ASK_NUMBER}",{self._numbers()})))'
        )
        in_range = (
            'IF(AND(ISNUMBER(FIND("%",[target])),[ka]="n",TRIM([unit])<>""),"单位不一致",IF(AND([am]>=[lo],[am]<=[hi]),1,0))'
        )
        # a share of a change or of nothing at all is no share of work done
        is_work = f'NOT(OR({contains_any("[tb]", Words.CHANGES)},{contains_any("""SUBSTITUTE([tb],"不断","")""", Words.DENIALS)}))'
        words = f'IF([ka]="p",IF({is_work},MAX([av],0)/100,"{Words.ASK_LEVEL}"),IF(ISNUMBER([lv]),[lv],"{Words.ASK_LEVEL}"))'
        general = (
            f'IF({both},{numbers},IF(AND(OR([kt]={{"n","p","r","u"}}),OR([kt]="u",[ka]="u")),"{Words.LIKE_A_DAY}",IF([kt]="",IF([ka]="","","{Words.ASK_TARGET}"),IF([ka]="","",IF(OR([kt]="?",[ka]="?"),"{Words.ASK_NUMBER}",'
            f'IF([kt]="r",IF(OR([ka]={{"n","p"}}),{in_range},"{Words.ASK_NUMBER}"),IF([kt]="d",{self._date()},'
            f'IF([kt]="w",{words},"{Words.ASK_NUMBER}"))))))))'
        )
        if special:
            modes = "{" + ",".join(map(str, special)) + "}"
            general = f"IF(OR([ru]={modes}),IF(ISNUMBER([ps]),IF([wt]>0,[ps]/[wt],0),[ps]),{general})"
        return f'=IFERROR(IF([na]=1,"",{general}),"{Words.ASK_NUMBER}")'

    def _numbers(self) -> str:
        """Rate of two numbers. Fractions beside percents are percents by now, and negative actuals 0."""
        a, t = "[am]", "[ta]"
        ratio = f"IF({t}>0,{a}/{t},IF({a}>={t},1,0))"
        shapes = {
            "linear": f"IF({a}<={t},1,IF({t}<=0,0,IF({a}>=2*{t},0,1-({a}-{t})/{t})))",
            "inverse": f"IF({a}<={t},1,IF({t}>0,{t}/{a},0))",
            "equal": f"IF({t}=0,IF({a}<=0,1,0),{ratio})",
            "date": f'"{Words.ASK_DATE}"',
        }
        of_shape: dict[str, list[int]] = {}
        for mode, (rule, direction) in enumerate(self.modes, 1):
            of_shape.setdefault(_shape(rule, direction), []).append(mode)
        formula = ratio
        for shape, expression in shapes.items():
            if shape in of_shape:
                formula = f"IF(OR([ru]={{{','.join(map(str, of_shape[shape]))}}}),{expression},{formula})"
        return formula

    def _date(self) -> str:
        own = next((r for r, d in self.modes if d is Direction.DATE), None)
        lates = {0: own.late if isinstance(own, DateRule) else Decimal(0)}
        lates |= {mode: rule.late for mode, (rule, _) in enumerate(self.modes, 1) if isinstance(rule, DateRule)}
        # a cell that shows a month only holds its first day: which of the two it is matters within that month
        months = [f'AND(DAY([{v}])=1,NOT(OR(LEFT(CELL("format",[{f}]),2)={{"D1","D4"}})),INT([tv])<>INT([av]),YEAR([av])=YEAR([tv]),MONTH([av])=MONTH([tv]))'
                  for v, f in (("tv", "target"), ("av", "actual"))]  # fmt: skip
        doubtful = f"OR({','.join(months)})"
        late = "0"
        for mode, share in lates.items():
            if share:
                late = f"IF([ru]={mode},{plain(share)},{late})"
        return (
            f'IF([ka]="d",IF({doubtful},"{Words.ASK_DATE}",IF(INT([av])<=INT([tv]),1,{late})),IF([ka]="w",IF({equals_any("[ab]", Words.ON_TIME)},1,'
            f'IF({equals_any("[ab]", Words.LATE)},{late},"{Words.ASK_DATE}")),"{Words.ASK_DATE}"))'
        )

    def _points(self) -> str:
        """Points before rounding, or why there are none."""
        special = self._special_modes()
        is_special = f"OR([ru]={{{','.join(map(str, special))}}})" if special else "FALSE"
        by_level = 'AND([kt]="w",[ka]="w")'
        return (
            f'=IF(ISNUMBER([sh]),IF(ISNUMBER([wt]),IF({is_special},[ps],[wt]*IF({by_level},[sh],{self._counted()})),"{Words.ASK_WEIGHT}"),[sh])'
        )

    def _counted(self) -> str:
        limits, rounding = self.book.completion, self.book.rounding
        formula = f"IF([sh]>{plain(limits.cap)},{plain(limits.cap)},IF(ROUND([sh],14)<{plain(limits.floor)},0,[sh]))"
        if rounding.rate_places is not None:
            formula = f"{rounded(f'({formula})*100', rounding.rate_places, rounding.mode)}/100"
        return formula

    def _native_score(self) -> str:
        rounding = self.book.rounding
        points = rounded("[pt]", rounding.score_places, rounding.mode)
        if rounding.met == "keep-weight":
            points = f"IF(ROUND([pt],12)=ROUND([wt],12),[wt],{points})"
        dropped = f'"{NOT_APPLICABLE_TEXT}"'
        if self.book.not_applicable.policy == "full":
            dropped = f"IF(ISNUMBER([wt]),[wt],{dropped})"
        return f"=IF([na]=1,{dropped},IF(ISNUMBER([pt]),{points},[pt]))"


def _is_headed(rule: AnyRule, level1: str, level2: str) -> bool:
    levels = rule.applies_to.levels
    return not levels or any(word in level1 or word in level2 for word in levels)


def _dashed(text: str) -> str:
    for sign in Words.DASHES:
        text = f'SUBSTITUTE({text},"{sign}","-")'
    return text


def _shape(rule: AnyRule | None, direction: Direction | None) -> str:
    if isinstance(rule, LinearOverrun):
        return "linear"
    if isinstance(rule, InverseRatio):
        return "inverse"
    if direction is Direction.DATE:
        return "date"
    return "equal" if direction in {Direction.EQUAL, Direction.RANGE} else "ratio"
