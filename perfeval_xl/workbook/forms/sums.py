"""Formulas over a whole form: not applicable rows, either-or pairs, sums, caps, total, grade. Pure: texts only.

An area is the block of rows of one sheet, from the first row to the last subtotal; whatever is inserted lies inside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.evaluate import EXECUTION
from perfeval_xl.core.parameters import CapRule
from perfeval_xl.core.ruleset import Rulebook
from perfeval_xl.workbook.forms.expressions import contains_any, rounded
from perfeval_xl.workbook.forms.words import ALTERNATIVE_TEXT, NOT_SCORED_TEXT, Words

_LATER_SHEET = 10_000_000  # row numbers of a second sheet come after all of the first


class Area(NamedTuple):
    """Rows first to last of a sheet, and its subtotal rows."""

    sheet: str
    first: int
    last: int
    subtotals: tuple[int, ...]

    def column(self, letter: str) -> str:
        """The area's cells of one column."""
        return f"'{self.sheet}'!${letter}${self.first}:${letter}${self.last}"

    def sums(self, letter: str) -> str:
        """The subtotal cells of one column."""
        return ",".join(f"'{self.sheet}'!${letter}${row}" for row in self.subtotals)


@dataclass(frozen=True, slots=True)
class ExecutionCells:
    """Addresses of the fund table's total line, with the sheet."""

    first: str
    second: str
    spent: str
    weight: str
    rate: str
    score: str


@dataclass(frozen=True, slots=True)
class Sums:
    """cells: name of a sum over the form → its address with the sheet. columns: field → letter, the same on all sheets."""

    book: Rulebook
    areas: Sequence[Area]
    columns: Mapping[str, str]
    cells: Mapping[str, str]
    execution: ExecutionCells | None

    @property
    def is_shared_out(self) -> bool:
        """Whether the weight of rows that do not apply goes to the others."""
        return self.book.not_applicable.policy == "redistribute"

    def row_columns(self, area: int) -> dict[str, str]:
        """Helper columns after the row's own score `nb`: field → formula."""
        own: dict[str, str] = {
            "bs": "=IF([fn]=1,IFERROR(PE_SCORE([tx],[ax],[weight],[direction],PE_RULESET),[nb]),[nb])",
            "al": self._alternative(area),
        }
        for k, rule in enumerate(self.book.either_or):
            own[f"g{k}"] = f'=IF({contains_any("[name]", rule.names)},IF(ISNUMBER([bs]),ROW(),"x"),"")'
        if self.is_shared_out:
            own |= self._shares(area)
        own["sc"] = self._final()
        own["fl"] = '=IF(AND(OR([kt]<>"",[ka]<>"",ISNUMBER([weight])),NOT(ISNUMBER([bs])),[na]=0,[al]=0),1,0)'
        for k, cap in enumerate(c for c in self.book.caps if c.indicator != EXECUTION):
            offset = _LATER_SHEET * area
            limit = _tier(cap, "[sh]", '""')
            own[f"c{k}"] = (
                f'=IF(AND(ISNUMBER([sh]),{contains_any("[name]", [cap.indicator])}),IF(ISNUMBER({limit}),IF({limit}<{self.cells["raw"]},'
                f'(ROW()+{offset})*1000+{limit},""),""),"")'
            )
        return own

    def _alternative(self, area: int) -> str:
        formula = "0"
        for k, _ in enumerate(self.book.either_or):
            all_of = ",".join(a.column(self.columns[f"g{k}"]) for a in self.areas)
            size = f"COUNT({all_of})+" + "+".join(f'COUNTIF({a.column(self.columns[f"g{k}"])},"x")' for a in self.areas)
            mine = self.areas[area].column(self.columns[f"g{k}"])
            earlier = "+".join(f"COUNT({a.column(self.columns[f'g{k}'])})" for a in self.areas[:area]) or "0"
            formula = f'IF(AND([g{k}]<>"",{size}>1,COUNT({all_of})>0,OR({earlier}>0,ROW()<>MIN({mine}))),1,{formula})'
        return "=" + formula

    def _shares(self, area: int) -> dict[str, str]:
        """Scores wait while a row that only the engine may be able to read (`hd`) leaves open who shares.

        Largest remainder in whole hundredths, ties from the outside in, as core.weighting.scaled.
        `rw`: exact points, so that a score is rounded once; of one that only the add-in knows they follow from its rate."""
        column = {f: [a.column(self.columns[f]) for a in self.areas] for f in ("wh", "ky")}
        before = "+".join(f"COUNT({c})" for c in column["wh"][:area]) or "0"
        mine = self.areas[area]
        count = f"COUNT(${self.columns['wh']}${mine.first}:[wh])"
        higher = "+".join(f'COUNTIF({c},">"&[ky])' for c in column["ky"])
        rounding = self.book.rounding
        told = f"ABS({rounded('[wt]*[rate]', rounding.score_places, rounding.mode)}-[bs])<0.000000001"
        whole, total, active = self.cells["wh"], self.cells["th"], f"AND({self.cells['drop']}>0,ISNUMBER([wh]))"
        return {
            "hd": '=IF(AND([fl]=1,[kt]<>"",[ka]<>"",ISNUMBER([wt])),1,0)',
            "dr": "=IF(AND([na]=1,[al]=0,ISNUMBER([wt])),[wt],0)",
            "wh": '=IF(AND(ISNUMBER([bs]),[al]=0,ISNUMBER([wt])),IF([wt]>0,IF(ABS([wt]*100-ROUND([wt]*100,0))<0.0000001,ROUND([wt]*100,0),"多位"),""),"")',
            "ix": f'=IF(ISNUMBER([wh]),{before}+{count},"")',
            "qs": f"=IF({active},INT([wh]*{total}/{whole}),0)",
            "ky": f"=IF({active},([wh]*{total}-[qs]*{whole}+1)*100000000-MIN([ix]-1,{self.cells['count']}-[ix])*10000-[ix],0)",
            "rw": f'=IF(ISNUMBER([bs]),IF(ISNUMBER([pt]),[pt],IF(ISNUMBER([rate]),IF({told},[wt]*[rate],""),"")),"")',
            "nw": f'=IF({active},([qs]+IF({higher}<{self.cells["spare"]},1,0))/100,"")',
        }

    def _final(self) -> str:
        rounding = self.book.rounding
        formula = "[bs]"
        if self.is_shared_out:
            own = rounded("[rw]*[nw]/[wt]", rounding.score_places, rounding.mode)
            scaled = f'IF(ABS([bs]-[wt])<0.000000001,[nw],IF(ISNUMBER([rw]),{own},"{Words.ASK_ENGINE}"))'
            formula = (
                f'IF({self.cells["drop"]}=0,[bs],IF(NOT(ISNUMBER([bs])),[bs],IF({self.cells["hold"]}>0,"{Words.ASK_OTHERS}",IF({self.cells["bad"]}>0,"{Words.ASK_TWO_PLACES}",'
                f"IF(ISNUMBER([wh]),{scaled},[bs])))))"
            )
        return f'=IF([al]=1,"{ALTERNATIVE_TEXT}",{formula})'

    def _over(self, function: str, field: str) -> str:
        return f"{function}({','.join(a.column(self.columns[field]) for a in self.areas)})"

    def totals(self) -> dict[str, str]:
        """Sums over the form: name → formula."""
        rounding = self.book.rounding
        weight, score = self.columns["weight"], self.columns["score"]  # weights never hang on scores: scores hang on weights
        spent = self.execution
        raw = f"{self._over('SUM', 'score')}-SUM({','.join(a.sums(score) for a in self.areas)})" + (f"+SUM({spent.score})" if spent else "")
        weights = f"{self._over('SUM', 'weight')}-SUM({','.join(a.sums(weight) for a in self.areas)})" + (f"+SUM({spent.weight})" if spent else "")
        if self.book.either_or:
            weights += "".join(f"-SUMIF({a.column(self.columns['al'])},1,{a.column(weight)})" for a in self.areas)
        out = {
            "open": "=" + "+".join(self._unscored(a) for a in self.areas) + (f"+{self._execution_open()}" if spent else ""),
            "used": "=" + self._over("COUNTA", "actual") + (f"+COUNT({spent.spent})" if spent else ""),
            "weight": f"=ROUND({weights},10)",
            "raw": "=" + rounded(raw, rounding.total_places, rounding.mode),
        }
        if self.is_shared_out:
            bad = "+".join(f'COUNTIF({a.column(self.columns["wh"])},"多位")' for a in self.areas)
            drop = self.cells["drop"]
            # weights that no formula beside them knows: rows put in without formulas
            subtotals = ",".join(a.sums(weight) for a in self.areas)
            out |= {
                "hold": f"={self._over('SUM', 'hd')}+{self._over('COUNT', 'weight')}-COUNT({subtotals})-{self._over('COUNT', 'wt')}",
                "drop": "=" + self._over("SUM", "dr"),
                "wh": "=" + self._over("SUM", "wh"),
                "count": "=" + self._over("COUNT", "wh"),
                "th": f"={self.cells['wh']}+ROUND({drop}*100,0)",
                "spare": f"={self.cells['th']}-{self._over('SUM', 'qs')}",
                "bad": f"={bad}+IF(ABS({drop}*100-ROUND({drop}*100,0))>0.0000001,1,0)",
            }
        return out

    def _unscored(self, area: Area) -> str:
        """Rows the flag column counts, and filled rows that were inserted without formulas."""
        flag, score = area.column(self.columns["fl"]), area.column(self.columns["score"])
        filled = "+".join(f"(1-ISBLANK({area.column(self.columns[f])}))" for f in ("target", "actual", "weight"))
        return f"SUM({flag})+SUMPRODUCT(ISBLANK({flag})*(({filled})>0)*(1-ISNUMBER({score})))"

    def _execution_open(self) -> str:
        cells = self.execution
        assert cells is not None  # noqa: S101
        return f'IF(OR(ISNUMBER({cells.score}),AND({cells.weight}="",OR(ISNUMBER({cells.rate}),{cells.first}&{cells.second}&{cells.spent}=""))),0,1)'

    def total(self) -> str:
        """The total, or how many rows could not be scored."""
        c = self.cells
        capped = c["raw"]
        for k, cap in reversed(list(enumerate(self.book.caps))):
            capped = self._capped(cap, k, capped)
        if self.is_shared_out:
            capped = f'IF(AND({c["drop"]}>0,{c["bad"]}>0),"{Words.ASK_TWO_PLACES}",{capped})'
        return f'=IF({c["used"]}=0,"",IF({c["open"]}>0,"有 "&{c["open"]}&" 项未能计分",{capped}))'

    def _capped(self, cap: CapRule, _: int, otherwise: str) -> str:
        raw = self.cells["raw"]
        if cap.indicator == EXECUTION:
            if self.execution is None:
                return otherwise
            limit = _tier(cap, self.execution.rate, raw)
            return f"IF(ISNUMBER({self.execution.rate}),IF({limit}<{raw},{limit},{otherwise}),{otherwise})"
        index = [c for c in self.book.caps if c.indicator != EXECUTION].index(cap)
        first = self._over("MIN", f"c{index}")
        return f"IF({self._over('COUNT', f'c{index}')}>0,MOD({first},1000),{otherwise})"

    def grade(self, total: str) -> str:
        """The grade of a number in `total`."""
        formula = '""'
        for grade in reversed(self.book.grades.grades):
            formula = f'IF(ROUND({total}/{self.cells["weight"]},12)>={plain(grade.from_share)},"{grade.name}",{formula})'
        return f'=IF(ISNUMBER({total}),IF({self.cells["weight"]}>0,{formula},""),"")'

    def section(self, first: int) -> tuple[str, str]:
        """Weight and score of the rows from `first` down to the row above the subtotal."""
        rounding = self.book.rounding
        weight, score, other = (f"{c}{first}:INDEX({c}:{c},ROW()-1)" for c in (self.columns[f] for f in ("weight", "score", "al")))
        alternatives = f"-SUMIF({other},1,{weight})" if self.book.either_or else ""
        return (
            f"=ROUND(SUM({weight}){alternatives},10)",
            f'=IF(COUNT({score})=0,"",{rounded(f"SUM({score})", rounding.total_places, rounding.mode)})',
        )


def fields(book: Rulebook) -> list[str]:
    """Helper columns that `Sums.row_columns` fills, in order; `sc` is the score column itself."""
    shares = ["hd", "dr", "wh", "ix", "qs", "ky", "rw", "nw"] if book.not_applicable.policy == "redistribute" else []
    caps = [c for c in book.caps if c.indicator != EXECUTION]
    return ["bs", "al", *(f"g{k}" for k, _ in enumerate(book.either_or)), *shares, "fl", *(f"c{k}" for k, _ in enumerate(caps))]


def _tier(cap: CapRule, rate: str, otherwise: str) -> str:
    formula = otherwise
    for tier in reversed(cap.tiers):
        formula = f"IF(ROUND({rate},14)<{plain(tier.below)},{plain(tier.at_most)},{formula})"
    return formula


def meter(expected: Decimal, given: str) -> str:
    """What is still to be given of a section's full score."""
    full = plain(expected)
    left = f"ROUND({full}-{given},4)"
    return f'="应为 {full}，"&IF({left}=0,"已分配完",IF({left}>0,"尚可分配 "&{left},"超出 "&-{left}))'


def meter_text(expected: Decimal, given: Decimal) -> str:
    """The same, as a value."""
    left = expected - given
    state = "已分配完" if left == 0 else f"尚可分配 {plain(left)}" if left > 0 else f"超出 {plain(-left)}"
    return f"应为 {plain(expected)}，{state}"


def execution_formulas(book: Rulebook, cells: ExecutionCells) -> tuple[str, str]:
    """Rate and score of the fund table's total line, by the rule set's base or the next that is filled in."""
    base, other = (cells.first, cells.second) if book.execution is not None and book.execution.base == "initial" else (cells.second, cells.first)
    budget = f'IF({base}="",{other},{base})'
    rate = (
        f'=IF(OR({budget}="",{cells.spent}=""),"",IF(AND(ISNUMBER({budget}),ISNUMBER({cells.spent})),IF({budget}>0,MAX({cells.spent},0)/{budget},'
        f'"预算数为0"),"{Words.ASK_NUMBER}"))'
    )
    rounding = book.rounding
    points = rounded(f"{cells.weight}*MIN({cells.rate},1)", rounding.score_places, rounding.mode)
    if rounding.met == "keep-weight":
        points = f"IF({cells.rate}>=1,{cells.weight},{points})"
    score = (
        f'=IF(ISNUMBER({cells.rate}),IF(ISNUMBER({cells.weight}),IFERROR(PE_EXECUTION({cells.spent},{budget},{cells.weight},PE_RULESET),{points}),'
        f'IF({cells.weight}="","{NOT_SCORED_TEXT}","{Words.ASK_WEIGHT}")),{cells.rate})'
    )
    return rate, score


