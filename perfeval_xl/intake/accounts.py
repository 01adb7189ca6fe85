"""Money of a source → 收支情况 and the fund table of our form, in 万元. Pure; what is stated stays, what can be computed is left to the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from perfeval_xl.core.decimals import plain
from perfeval_xl.core.finance import growth, growth_spread, in_yuan, is_shown_as, places_of, quotient_spread
from perfeval_xl.core.model import Execution, Fund, Money, MoneyLine
from perfeval_xl.core.quantity import parse
from perfeval_xl.intake.grids import PlacedGrid
from perfeval_xl.intake.money import money_of
from perfeval_xl.intake.source import Doubt, Paragraph
from perfeval_xl.workbook.forms.accounts import (
    APPROVED,
    EXPENDITURE,
    INCOME,
    PAID,
    THREE_PUBLIC,
    THREE_PUBLIC_TOTAL,
    Accounts,
)
from perfeval_xl.workbook.forms.form import FundRow, Origin
from perfeval_xl.workbook.forms.funds import SOURCES, TOTAL

Origins = dict[tuple[str, str], Origin]
_LABELS = {"income": INCOME, "expenditure": EXPENDITURE, "three-public": THREE_PUBLIC_TOTAL, "abroad": THREE_PUBLIC[0], "vehicles": THREE_PUBLIC[1], "reception": THREE_PUBLIC[2],
           "meetings": "会议费", "training": "培训费"}  # fmt: skip
_SIZE = {"元": Decimal("0.0001"), "万元": Decimal(1), "亿元": Decimal(10_000)}
_HUNDRED, _CENT = Decimal(100), Decimal("0.01")


def stated_accounts(money: Money | None, tables: Mapping[str, PlacedGrid], origins: Origins, doubts: list[Doubt]) -> Accounts:
    """The lines of a money table."""
    if money is None:
        return Accounts()
    size = _SIZE.get(money.unit)
    if size is None and money.lines:
        first = money.lines[0]
        doubts.append(Doubt(_place(first, tables), first.label, "收支表没有注明金额单位，按万元填入", "请核对金额单位。"))
    lines: dict[str, dict[str, Decimal]] = {}
    for line in money.lines:
        label = _LABELS.get(line.subject, "") or line.label
        if label in lines:
            label = line.label
        if label in lines:
            doubts.append(Doubt(_place(line, tables), line.label, "收支表中有两行同名，只取了第一行"))
            continue
        lines[label] = _amounts(line, size or Decimal(1))
        for name in lines[label]:
            origins[label, name] = Origin(_place(line, tables), _told(line))
    dates = {label: found[0] for label, found in ((APPROVED, money.approved), (PAID, money.paid)) if found}
    for label, text in dates.items():
        origins[label, "date"] = Origin("收支表中", text)
    return Accounts(lines, dates)


def _place(line: MoneyLine, tables: Mapping[str, PlacedGrid]) -> str:
    table = tables.get(line.place.sheet)
    return table.place(line.place.row) if table is not None else f"{line.place.sheet} 第 {line.place.row} 行"


def _told(line: MoneyLine) -> str:
    parts = {"预算": line.budget, "决算": line.current, "上年": line.previous, "增减": line.change}
    numbers = [f"{title} {plain(value)}" for title, value in parts.items() if value is not None]
    return "；".join([line.label, *numbers, *([f"增长率 {line.growth}"] if line.growth else []), *([f"执行率 {line.rate}"] if line.rate else [])])


def _amounts(line: MoneyLine, size: Decimal) -> dict[str, Decimal]:
    out = {n: v * size for n, v in (("budget", line.budget), ("current", line.current), ("previous", line.previous)) if v is not None}
    if line.change is not None and not _follows(line):
        out["change"] = line.change * size
    rate = _fraction(line.growth)
    if rate is not None and not _is_growth(line, rate):
        out["growth"] = rate
    done = _fraction(line.rate)
    if done is not None and not _is_rate(line, done):
        out["rate"] = done
    return out


def _fraction(text: str) -> Decimal | None:
    read = parse(text) if text else None
    if read is None or not read.is_number or read.value is None:
        return None
    return read.value / _HUNDRED if text.strip().endswith(("%", "％")) else read.value


def _follows(line: MoneyLine) -> bool:
    return line.current is not None and line.previous is not None and line.current - line.previous == line.change


def _is_growth(line: MoneyLine, rate: Decimal) -> bool:
    """Whether the form computes what is stated."""
    if line.current is None or line.previous is None:
        return False
    spread = growth_spread(line.current, line.current - line.previous)
    value = rate * _HUNDRED
    exact = growth(line.current, line.previous)
    return spread is not None and exact is not None and is_shown_as(value, places_of(value.normalize()), spread[0] * _HUNDRED, spread[1] * _HUNDRED)


def _is_rate(line: MoneyLine, rate: Decimal) -> bool:
    if line.current is None or not line.budget:
        return False
    spread = quotient_spread(line.current, line.budget)
    value = rate * _HUNDRED
    return spread is not None and is_shown_as(value, places_of(value.normalize()), spread[0] * _HUNDRED, spread[1] * _HUNDRED)


def _without_sums(lines: dict[str, dict[str, Decimal]]) -> dict[str, dict[str, Decimal]]:
    """“三公” is a sum in the form: what its parts make up is left to it."""
    total = lines.get(THREE_PUBLIC_TOTAL)
    if total is None:
        return lines
    for name in ("budget", "current", "previous"):
        parts = [v for one in THREE_PUBLIC if (v := lines.get(one, {}).get(name)) is not None]
        if parts and total.get(name) == sum(parts):
            del total[name]
    return lines


def told_accounts(told: Sequence[Paragraph], year: int, stated: Accounts, origins: Origins, doubts: list[Doubt]) -> tuple[Accounts, bool]:
    """The same with what sentences say where the table says nothing; where the two differ, that is doubted. And whether they say more."""
    spoken, dates, more = money_of(told, year)
    doubts += more or ()
    says_more = more is not None
    lines = {label: dict(line) for label, line in stated.lines.items()}
    for label, one in spoken.items():
        known = label in stated.lines
        line = lines.setdefault(label, {})
        for name, value in one.values.items():
            value = value / _HUNDRED if name == "growth" else value  # noqa: PLW2901
            text, place = one.texts[name]
            is_computed = name in {"change", "growth"} and {"current", "previous"} <= line.keys()
            if name not in line and not (known and is_computed):
                line[name] = value
                origins[label, name] = Origin(place, text)
            elif known and name in {"budget", "current", "previous"} and name in stated.lines[label] and stated.lines[label][name] != value:
                doubts.append(Doubt(place, text, f"文字中的“{label}”与收支表中的 {plain(stated.lines[label][name])} 万元不同，自评表中填的是表中的数", "请核对哪一个正确。"))
            elif is_computed and name == "change" and abs(value - line["current"] + line["previous"]) > max(abs(value) / _HUNDRED, _CENT):
                says_more = True
                doubts.append(Doubt(place, text, f"“{label}”的增减额与两年之差 {plain(line['current'] - line['previous'])} 万元不同，自评表中的增减额由两年的数算出", "请核对哪一个正确。"))
    days = dict(stated.dates)
    for label, one in dates.items():  # type: ignore[assignment]
        if label not in days:
            days[label] = one.text  # type: ignore[attr-defined]
            origins[label, "date"] = Origin(one.place, one.text)  # type: ignore[attr-defined]
    return Accounts(_without_sums({k: v for k, v in lines.items() if v}), days), says_more


_TITLES = (("first", "年初预算数"), ("second", "全年预算数"), ("spent", "全年执行数"))


def funds_of(execution: Execution, tables: Mapping[str, PlacedGrid], origins: Origins) -> tuple[list[FundRow], FundRow, list[Doubt]]:
    """The three sources of the form, and what is stated of the whole only: a total is of no source that the document does not name.

    A source of another kind goes to 其他资金; several of one kind are added up; both are said.
    """
    doubts: list[Doubt] = []
    slots: list[list[Fund]] = [[], [], []]
    for fund in (f for f in execution.sources if any(f.budgets.values()) or f.spent):
        slot, is_sure = _slot(fund.label)
        slots[slot].append(fund)
        if not is_sure:
            doubts.append(Doubt(_fund_place(fund, tables), _fund_text([fund]), f"这项资金来源在自评表中没有对应的行，填在“{SOURCES[slot]}”一行", "请核对它属于哪一种资金来源。"))
    rows = []
    for label, funds in zip(SOURCES, slots, strict=True):
        row = {name: _summed([_amount(f, name, execution.unit) for f in funds]) for name, _ in _TITLES}
        rows.append(FundRow(row["first"], row["second"], row["spent"]))
        if not funds:
            continue
        place = _fund_place(funds[0], tables)
        for name, value in row.items():
            if value is not None:
                origins[label, name] = Origin(place, "；".join(f"{f.label} {_written(f, name)}" for f in funds))
        if len(funds) > 1:
            doubts.append(Doubt(place, "；".join(f.label for f in funds), f"这些资金来源合并填在“{label}”一行", "请核对各来源的金额。"))
    total, more = _total(execution, rows, _fund_place(execution.total, tables), origins)
    return rows, total, doubts + more


def _total(execution: Execution, rows: Sequence[FundRow], place: str, origins: Origins) -> tuple[FundRow, list[Doubt]]:
    """Amounts of the whole that no source makes up; doubted where the sources make up another."""
    alone: dict[str, Decimal] = {}
    doubts: list[Doubt] = []
    for name, title in _TITLES:
        whole = _amount(execution.total, name, execution.unit)
        parts = _summed([getattr(r, name) for r in rows])
        if whole is None or parts == whole:
            continue
        if parts is None:
            alone[name] = whole
            origins[TOTAL, name] = Origin(place, f"{execution.total.label} {_written(execution.total, name)}")
        else:
            doubts.append(Doubt(place, f"{execution.total.label} {plain(whole)}", f"{title}的总额与各来源之和 {plain(parts)} 不同", "自评表的总额由各来源相加得出，请核对。"))
    return FundRow(alone.get("first"), alone.get("second"), alone.get("spent")), doubts


_OTHER = ("其他", "其它", "自有", "自筹", "单位资金", "社会")
_FISCAL = ("财政拨款", "财政资金", "公共预算", "政府性基金", "财政预算")


def _slot(label: str) -> tuple[int, bool]:
    """Which source of the form, and whether that is sure."""
    if "结转" in label or "结余" in label:
        return 1, True
    if "非财政" in label or any(word in label for word in _OTHER):
        return 2, True
    if any(word in label for word in _FISCAL):
        return 0, True
    return (0, False) if any(word in label for word in ("中央", "地方", "省", "市", "区", "县", "本级", "上级")) and "贷款" not in label else (2, False)


def _fund_text(funds: Sequence[Fund]) -> str:
    return "；".join(" ".join(filter(None, (f.label, *f.budgets.values(), f.spent))) for f in funds)


def _written(fund: Fund, name: str) -> str:
    if name == "spent":
        return fund.spent
    return fund.budgets.get("initial", "") if name == "first" else fund.budgets.get("annual") or fund.budgets.get("adjusted") or ""


def _amount(fund: Fund, name: str, unit: str) -> Decimal | None:
    """In 万元."""
    text = _written(fund, name)
    read = parse(text) if text else None
    if read is None or not read.is_number or read.value is None:
        return None
    yuan = in_yuan(read, unit or "万元")
    return read.value if yuan is None else yuan / 10_000


def _summed(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [a for a in amounts if a is not None]
    return sum(known, Decimal(0)) if known else None


def _fund_place(fund: Fund, tables: Mapping[str, PlacedGrid]) -> str:
    table = tables.get(fund.place.sheet)
    return table.place(fund.place.row) if table is not None else f"{fund.place.sheet} 第 {fund.place.row} 行"
