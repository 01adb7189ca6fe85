"""Declaration against self-evaluation: targets and weights changed, indicators dropped or added, old and new side by side. Pure."""

from __future__ import annotations

import re

from perfeval_xl.compare.match import Matching, Pair, match, plain_name
from perfeval_xl.compare.values import read, same_value
from perfeval_xl.core.decimals import plain
from perfeval_xl.core.department import unit_key
from perfeval_xl.core.findings import Finding, Location, Severity, finding
from perfeval_xl.core.model import Indicator, Submission
from perfeval_xl.core.quantity import Kind
from perfeval_xl.core.texts import shortened

# A change of the target is explained by words about the target; 因天气原因延期 explains a deviation only.
_EXPLAINS = re.compile(r"调整|变更|变动|修订|更正|批复|追加|追减|压减|核减|核增|改为|改成|申报时|年初目标")
_DENIES = re.compile(r"(?:未|没有?|无|不)(?:作|做|经|予|进行)?(?:任何)?(?:目标)?(?:调整|变更|变动|修订)")
LONGEST = 60


def compare_with_declaration(declared: Submission, reported: Submission) -> list[Finding]:
    """What the self-evaluation does not keep of its declaration, in the order of its rows; then what it leaves out."""
    matching = match(declared.indicators, reported.indicators)
    if matching.dropped and not matching.pairs:
        return [_other_file(declared, reported, matching)]
    found = [f for pair in matching.pairs for f in _changes(pair)]
    found += [_added(row, declared.file) for row in matching.added]
    found.sort(key=lambda f: _row(f, reported))
    return found + [_dropped(row, reported, declared.file) for row in matching.dropped]


def _row(found: Finding, reported: Submission) -> tuple[int, int]:
    """Where a finding stands in the table, read from its cell."""
    digits = re.sub(r"[^0-9]", "", found.location.cell)
    return int(found.location.sheet != reported.sheet), int(digits) if digits else 0


def _changes(pair: Pair) -> list[Finding]:
    old, new = pair.old, pair.new
    target = _target_change(old, new)
    weight = old.weight is not None and new.weight is not None and old.weight != new.weight
    parts, wants = [], []
    if target:
        parts.append(f"“{_short(new.name)}”的目标值，申报表{_at(old, 'target')}为“{_short(old.target)}”，自评表为“{_short(new.target)}”" if new.target
                     else f"“{_short(new.name)}”的目标值，申报表{_at(old, 'target')}为“{_short(old.target)}”，自评表未填")  # fmt: skip
        wants.append(_short(old.target))
    if weight and old.weight is not None and new.weight is not None:
        name = "" if target else f"“{_short(new.name)}”的"
        parts.append(f"{name}分值，申报表{_at(old, 'weight')}为 {plain(old.weight)}，自评表为 {plain(new.weight)}")
        wants.append(f"分值 {plain(old.weight)}")
    renamed = f"申报表中的名称为“{_short(old.name)}”，按名称相近（{pair.likeness}%）认作同一指标" if pair.likeness < 100 else ""
    if not parts:
        if not renamed:
            return []
        text = f"“{_short(new.name)}”在{renamed}，目标值没有改变"
        return [finding("target-changed", new.place.location("name"), text, "与申报表相同的名称", Severity.INFO)]
    severity, why = _explained(new)
    text = "；".join([*parts, *([renamed] if renamed else []), *([why] if why else [])])
    at = new.place.location("target" if target else "weight")
    return [finding("target-changed", at, text, "，".join(wants) + "，或在备注中说明调整依据", severity)]


def _target_change(old: Indicator, new: Indicator) -> bool:
    before, after = read(old.target, old.unit), read(new.target, new.unit)
    if before.kind is Kind.NONE:
        return False  # nothing was declared: nothing is changed
    return after.kind is Kind.NONE or not same_value(before, after)


def _explained(row: Indicator) -> tuple[Severity | None, str]:
    """Lowered to a hint where the row itself says that and why the target changed."""
    columns = row.place.columns
    if columns.get("adjusted") and columns.get("adjusted") == columns.get("target"):
        return Severity.INFO, "调整后的目标值已在专门的栏中列明"
    note = row.reason.strip()
    if _EXPLAINS.search(note) and not _DENIES.search(note) and len(note) >= 6:
        return Severity.INFO, f"已说明：{_short(note)}"
    return None, ""


def _added(row: Indicator, declaration: str) -> Finding:
    text = f"“{_short(row.name)}”（目标值“{_short(row.target)}”）在申报表“{declaration}”中没有"
    severity, why = _explained(row)
    return finding("indicator-added", row.place.location("name"), f"{text}；{why}" if why else text, "申报表中的指标", severity)


def _dropped(row: Indicator, reported: Submission, declaration: str) -> Finding:
    text = f"申报表“{declaration}”中的“{_short(row.name)}”{_at(row, 'name')}，目标值“{_short(row.target)}”，在自评表中没有"
    return finding("indicator-dropped", Location(reported.file, reported.sheet), text, "申报的全部指标")


def _other_file(declared: Submission, reported: Submission, matching: Matching) -> Finding:
    text = f"申报表“{declared.file}”的 {len(matching.dropped)} 项指标在自评表中一项也没有，可能不是同一单位、同一项目的申报表"
    return finding("indicator-dropped", Location(reported.file, reported.sheet), text, "与本自评表对应的申报表")


def _at(row: Indicator, field: str) -> str:
    cell = row.place.cell(field) or row.place.cell("name")
    return f"（{row.place.sheet}!{cell}）" if cell else ""


def _short(text: str) -> str:
    return shortened(" ".join(text.split()), LONGEST)


def same_subject(one: Submission, other: Submission) -> bool:
    """Whether two forms speak of one unit and, where both name one, of one project."""
    if unit_key(one.department) != unit_key(other.department):
        return False
    a, b = plain_name(one.project), plain_name(other.project)
    return a == b or not a or not b
