"""Rule sets that nobody wrote: every kind of parameter and rule, texts with separators, quotes and signs, long decimals."""

from __future__ import annotations

import datetime
import itertools
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from perfeval_xl.core import parameters as model
from perfeval_xl.core.decimals import Rounding
from perfeval_xl.core.findings import KINDS as FINDINGS
from perfeval_xl.core.findings import THRESHOLDS, Severity
from perfeval_xl.core.model import Direction
from perfeval_xl.core.ruleset import Ruleset

_CHARACTERS = "甲乙丙绩效指标率ab19 ≥≤%％、，,；;：\"'“”（）=+-@#&<>/\\\n.{}［"
TEXT = st.text(_CHARACTERS, min_size=1, max_size=12).map(str.strip).filter(bool)
SOME = st.just("") | TEXT
WORDS = st.lists(TEXT, max_size=3).map(tuple)
SHARE = st.decimals(0, 1, places=4) | st.decimals(0, 1, places=10) | st.sampled_from([Decimal("0.6"), Decimal("0.985"), Decimal(1), Decimal("0.07")])
POSITIVE = st.decimals(Decimal("0.01"), 500, places=2) | st.decimals(Decimal("0.0000000001"), 999_999, places=10)
POINTS = st.decimals(-500, 500, places=2)
DIRECTIONS = st.sampled_from(list(Direction))


def _ascending(draw: Any, strategy: Any, low: int, high: int) -> list[Decimal]:
    return sorted(draw(st.sets(strategy, min_size=low, max_size=high)))


class _Maker:
    """Draws the parts of one rule set. references: identifiers to choose from."""

    def __init__(self, draw: Any, references: list[str]) -> None:
        self.draw, self.references = draw, references

    def common(self, n: int = 0, count: int = 1) -> dict[str, Any]:
        """n-th of count generations: dates that do not overlap."""
        since = datetime.date(1890 + 50 * n, 1, 1) if n else None
        until = datetime.date(1890 + 50 * (n + 1) - 1, 12, 31) if n + 1 < count else None
        return {
            "reference": self.draw(st.sampled_from(self.references)), "status": self.draw(st.sampled_from(list(model.RuleStatus))),
            "article": self.draw(SOME), "note": self.draw(SOME), "since": since, "until": until,
        }  # fmt: skip

    def generations(self, make: Any, least: int) -> tuple[Any, ...]:
        count = self.draw(st.integers(least, 2))
        return tuple(make(self.common(n, count)) for n in range(count))

    def rounding(self, common: dict[str, Any]) -> model.RoundingRule:
        places = st.integers(0, 6)
        return model.RoundingRule(
            **common, score_places=self.draw(places), total_places=self.draw(places), rate_places=self.draw(st.none() | places),
            mode=self.draw(st.sampled_from(list(Rounding))), met=self.draw(st.sampled_from(["keep-weight", "round"])),
        )  # fmt: skip

    def completion(self, common: dict[str, Any]) -> model.CompletionRule:
        return model.CompletionRule(**common, floor=self.draw(SHARE), cap=1 + self.draw(SHARE))

    def grades(self, common: dict[str, Any]) -> model.GradeRule:
        shares = [Decimal(0), *(s for s in _ascending(self.draw, SHARE, 0, 4) if s)]
        return model.GradeRule(**common, grades=tuple(model.Grade(name=f"{n}等{self.draw(SOME)}".strip(), from_share=s) for n, s in enumerate(shares[::-1])))

    def bands(self, common: dict[str, Any]) -> model.BandRule:
        edges = _ascending(self.draw, SHARE, 2, 5)
        pairs = list(itertools.pairwise(edges))[::-1]
        return model.BandRule(**common, bands=tuple(model.Band(name=f"{n}-{self.draw(TEXT)}", from_rate=a, to_rate=b) for n, (a, b) in enumerate(pairs)))

    def caps(self) -> tuple[model.CapRule, ...]:
        made = []
        for _ in range(self.draw(st.integers(0, 2))):
            edges = _ascending(self.draw, SHARE.filter(bool), 1, 3)
            most = sorted(self.draw(st.lists(POSITIVE, min_size=len(edges), max_size=len(edges))))
            tiers = tuple(model.CapTier(below=b, at_most=m) for b, m in zip(edges, most, strict=True))
            made.append(model.CapRule(**self.common(), indicator=self.draw(TEXT), tiers=tiers))
        return tuple(made)

    def check(self) -> model.CheckRule:
        """A limit, a severity, or a kind that is not reported."""
        draw = self.draw
        kind = draw(st.sampled_from(sorted(FINDINGS)))
        limits = sorted(THRESHOLDS.get(kind, {}))
        limit = {"threshold": draw(st.sampled_from(limits)), "value": draw(POSITIVE)} if limits and draw(st.booleans()) else {}
        is_off = draw(st.booleans())
        return model.CheckRule(**self.common(), **limit, kind=kind, severity=draw(st.none() | st.sampled_from(list(Severity))), state="off" if is_off else "on", reason=draw(TEXT) if is_off else "")

    def rule(self, kind: str, n: int) -> Any:
        draw = self.draw
        applies = model.AppliesTo(names=draw(WORDS), levels=draw(WORDS), directions=draw(st.lists(DIRECTIONS, max_size=3).map(tuple)))
        base = {**self.common(), "kind": kind, "id": f"{n}{draw(SOME)}".strip(), "title": draw(TEXT), "applies_to": applies, "direction": draw(st.none() | DIRECTIONS)}
        weights = draw(st.lists(POSITIVE, min_size=1, max_size=3, unique=True))
        if kind in {"steps", "per-point"}:
            base["deductions"] = tuple(model.Deduction(of=w, points=w) for w in weights)
            base["line"] = draw(st.none() | POINTS)
        if kind == "steps":
            base["step"] = draw(POSITIVE)
        if kind == "interval-table":
            ends = tuple(_ascending(draw, POINTS, 0, 4))
            base |= {"measure": draw(st.sampled_from(["actual", "deviation"])), "up_to": ends}
            base["points"] = tuple(model.PointsRow(of=w, points=tuple(w if draw(st.booleans()) else Decimal(0) for _ in range(len(ends) + 1))) for w in weights)
        if kind == "qualitative":
            low, high = sorted(draw(st.tuples(SHARE, SHARE)))
            edges = [(high, Decimal(1)), (low, high), (Decimal(0), low)]
            base["levels"] = tuple(model.Level(name=name, from_share=a, to_share=b, default=draw(st.sampled_from([a, b]))) for name, (a, b) in zip(("达成", "部分达成", "未达成"), edges, strict=True))
        if kind == "date":
            base["late"] = draw(SHARE)
        if kind == "checklist":
            words = st.lists(TEXT, min_size=1, max_size=3).map(tuple)
            base["items"] = tuple(model.ChecklistItem(text=draw(TEXT), points=draw(POSITIVE), words=draw(words)) for _ in weights)
        classes = {"steps": model.Steps, "per-point": model.PerPoint, "interval-table": model.IntervalTable, "qualitative": model.Qualitative,
                   "date": model.DateRule, "checklist": model.Checklist, "proportional": model.Proportional, "linear-overrun": model.LinearOverrun,
                   "inverse-ratio": model.InverseRatio, "yes-no": model.YesNo}  # fmt: skip
        return classes[kind](**base)


KINDS = ("proportional", "linear-overrun", "inverse-ratio", "steps", "per-point", "interval-table", "qualitative", "date", "yes-no", "checklist")


@st.composite
def rulesets(draw: Any) -> Ruleset:
    """A rule set that holds."""
    references = {key: model.LegalReference(title=draw(TEXT), source=draw(TEXT)) for key in draw(st.lists(TEXT, min_size=1, max_size=3, unique=True))}
    make = _Maker(draw, list(references))
    optional = draw(st.integers(0, 2))
    return Ruleset(
        id=draw(st.from_regex(r"[a-z0-9本局]{1,8}(-[a-z0-9]{1,4})?", fullmatch=True).filter(lambda i: i not in {"con", "prn", "aux", "nul", "add"} and i[:3] not in {"com", "lpt"})),
        title=draw(TEXT), issuer=draw(TEXT), form=draw(st.sampled_from(["department", "project"])), status=draw(st.sampled_from(list(model.RuleStatus))),
        references=references,
        recognise=model.Recognise(words=tuple(draw(st.lists(WORDS.filter(bool), max_size=2))), headings=draw(WORDS), from_year=draw(st.none() | st.integers(1990, 2100))),
        rounding=make.generations(make.rounding, 1), completion=make.generations(make.completion, 1), grades=make.generations(make.grades, 1), bands=make.generations(make.bands, 1),
        sections=tuple(model.SectionRule(**make.common(), name=draw(TEXT), weight=draw(st.none() | POSITIVE), levels=draw(WORDS), parts=draw(WORDS)) for _ in range(optional)),
        indicators=tuple(model.FormIndicator(**make.common(), level1=draw(TEXT), level2=draw(SOME), name=draw(TEXT), target=draw(SOME), unit=draw(SOME),
                                             weight=draw(st.none() | POSITIVE), formula=draw(SOME)) for _ in range(optional)),
        execution=make.generations(lambda common: model.ExecutionRule(**common, base=draw(st.sampled_from(["initial", "annual", "adjusted"])), weight=draw(POSITIVE),
                                                                      reason_below=draw(st.none() | SHARE.filter(bool))), 0),
        not_applicable=make.generations(lambda common: model.NotApplicableRule(**common, policy=draw(st.sampled_from(["full", "redistribute"]))), 1),
        caps=make.caps(),
        either_or=tuple(model.EitherOrRule(**make.common(), names=tuple(draw(st.lists(TEXT, min_size=2, max_size=3, unique=True)))) for _ in range(optional)),
        thresholds=make.generations(lambda common: model.ThresholdRule(**common, over_fulfilled=1 + draw(SHARE)), 0),
        checks=tuple(make.check() for _ in range(optional)),
        plausible=tuple(model.PlausibleRule(**make.common(), title=draw(TEXT), unit=draw(st.sampled_from(["平方公里", "亿元", "万人"])), most=draw(POSITIVE), names=draw(WORDS),
                                            departments=draw(WORDS)) for _ in range(optional)),
        rules=tuple(make.rule(kind, n) for n, kind in enumerate(draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4)))),
    )  # fmt: skip
