"""The workbook form read back: texts of sheets → plain data of a rule set, the cell of every value, every fault. Pure.

Tables are known by their header rows, wherever they stand: sheets may be renamed, rows inserted, columns moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from perfeval_xl.core.findings import Location
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.rulesets.meaning import Place
from perfeval_xl.rulesets.sheet_finding import RECORD, TITLES, Cell, Fault, Found, Sheet, Work, find_tables, first_text
from perfeval_xl.rulesets.sheet_rows import UnreadableError, value_of
from perfeval_xl.rulesets.sheets import BY_KEY, OTHERWISE, VERSION, Column, Shape, headings
from perfeval_xl.rulesets.validate import check


class Reading(NamedTuple):
    """ruleset: None where there is any fault. origin: the rule set this workbook was exported from, or empty."""

    ruleset: Ruleset | None
    faults: list[Fault]
    origin: str


def read(file: str, sheets: Sequence[Sheet]) -> Reading:
    """The rule set of a workbook, or everything that is wrong with it."""
    work = Work(file)
    found = find_tables(sheets, work)
    if not found:
        where = Location(file)
        return Reading(None, [Fault(where, "没有找到规则集的任何表", "由 perfeval rulesets 编号 -o 文件 导出的规则集工作簿", "请先导出，再修改。")], "")
    data: dict[str, Any] = {}
    for key, table in BY_KEY.items():
        if key in found:
            _take(found[key], data, work)
        else:
            work.faults.append(Fault(Location(file), f"没有找到“{table.title}”表（表头：{'、'.join(headings(table)[:4])}…）", "导出时的各张表齐全",
                                     "请从重新导出的规则集工作簿中复制该表；不需要的表只清空内容，不要删除。"))  # fmt: skip
    origin, version = str(data.pop("origin", "")), data.pop("version", None)
    if "" in found and version != VERSION and ("version",) not in work.spoilt:
        work.report(work.places["version",], _quoted(str(version or "")), f"“{VERSION}”", "请用本版程序重新导出，再修改。")
    ruleset, problems = check(data)
    for problem in problems:
        _report_problem(problem.place, problem.text, found, work)
    faults = sorted(dict.fromkeys(work.faults), key=lambda fault: _order(fault, sheets))
    return Reading(None if faults else ruleset, faults, origin)


def _order(fault: Fault, sheets: Sequence[Sheet]) -> tuple[int, int, str]:
    titles = [sheet.title for sheet in sheets]
    sheet = titles.index(fault.location.sheet) if fault.location.sheet in titles else -1
    return sheet, int("".join(filter(str.isdigit, fault.location.cell)) or 0), fault.location.cell


def _report_problem(place: Place, text: str, found: Mapping[str, Found], work: Work) -> None:
    """A problem of the rule set, at the cell it came from; none where that cell has been reported already."""
    at = place
    while at and at not in work.places:
        at = at[:-1]
    if any(place[: len(spoilt)] == spoilt or spoilt[: len(place)] == place for spoilt in work.spoilt):
        return
    missing = {table.key for table in BY_KEY.values()} - set(found)
    if ("references" in missing and place[-1:] == ("reference",)) or (place[:1] == ("rules",) and missing.intersection(map(str, place[2:3]))):
        return  # the missing table has been reported
    key = place[-1] if place and place[-1] in BY_KEY and BY_KEY[str(place[-1])].shape is Shape.DETAILS else None
    more = f"，在“{BY_KEY[str(key)].sheet}”表中填写" if key else ""
    if not at:
        if not place or str(place[0]) in found or str(place[0]) not in BY_KEY:
            work.faults.append(Fault(Location(work.file), f"“{'.'.join(map(str, place))}”有误", text, "请检查规则集工作簿。"))
        return
    cell = work.places[at]
    work.report(cell, _quoted(cell.text), text + more, "请填写该单元格。" if not cell.text else RECORD)


def _quoted(text: str) -> str:
    shown = text if len(text) <= 60 else text[:60] + "…"
    return f"写的是“{shown}”" if text else "没有填写"


# ---- taking the rows -------------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    number: int
    cells: Mapping[str, Cell]
    """heading → cell"""


def _lines(found: Found) -> Iterator[_Row]:
    """Filled rows; blank ones and the titles of other tables are passed over."""
    for number in range(found.header + 1, found.last + 1):
        row = found.sheet.rows[number - 1]
        cells = {h: Cell(found.sheet.title, number, c, row[c - 1].strip() if c <= len(row) else "") for h, c in found.columns.items()}
        is_broken = any((number, c) in found.sheet.broken for c in found.columns.values())
        if (any(cell.text for cell in cells.values()) or is_broken) and first_text(row) not in TITLES:
            yield _Row(number, cells)


def _take(found: Found, data: dict[str, Any], work: Work) -> None:
    table = found.table
    work.places[tuple(table.key.split("."))] = Cell(found.sheet.title, found.header, min(found.columns.values(), default=1), headings(table)[0])
    lines = list(_lines(found))
    if table.shape is Shape.PAIRS:
        _pairs(found, lines, data, work)
    elif table.shape is Shape.GROUPS:
        _groups(found, lines, data, work)
    elif table.shape is Shape.DETAILS:
        (_intervals if table.key == "points" else _details)(found, lines, data, work)
    elif table.key == "references":
        _references(found, lines, data, work)
    elif table.key.startswith("recognise."):
        target = data.setdefault("recognise", {}).setdefault(table.key.split(".")[1], [])
        for line in lines:
            _put_item(target, _value(found, line, table.columns[0], ("recognise", table.key.split(".")[1], len(target)), work))
    else:
        items = data.setdefault(table.key, [])
        for line in lines:
            items.append(_item(found, line, table.columns, (table.key, len(items)), work))


def _put_item(target: list[Any], value: Any) -> None:
    if value is not None:
        target.append(value)


def _item(found: Found, line: _Row, columns: Sequence[Column], place: Place, work: Work) -> dict[str, Any]:
    item: dict[str, Any] = {"applies_to": {}} if found.table.key == "rules" else {}
    work.places[place] = next(iter(line.cells.values()))
    for column in columns:
        _put(item, column, _value(found, line, column, (*place, *column.field.split(".")), work))
    if place[0] == "indicators":
        item.setdefault("level2", "")
    return item


def _put(item: dict[str, Any], column: Column, value: Any) -> None:
    if value is not None:
        *way, last = column.field.split(".")
        for key in way:
            item = item.setdefault(key, {})
        item[last] = value


def _value(found: Found, line: _Row, column: Column, place: Place, work: Work) -> Any:
    """The cell's value, None where blank or unreadable; its place is kept either way."""
    cell = line.cells.get(column.heading)
    if cell is None:
        work.spoilt.add(place)  # the missing column has been reported
        return None
    work.places[place] = cell
    broken = found.sheet.broken.get((cell.row, cell.column))
    if broken:
        work.spoilt.add(place)
        work.report(cell, broken, "直接填写的内容", "请改为直接填写，不用公式。")
        return None
    if not cell.text:
        return None
    try:
        return value_of(column, cell.text)
    except UnreadableError as error:
        work.spoilt.add(place)
        work.report(cell, _quoted(cell.text), str(error))
        return None


def _pairs(found: Found, lines: Sequence[_Row], data: dict[str, Any], work: Work) -> None:
    by_label: dict[str, _Row] = {}
    label, content = headings(found.table)[:2]
    for line in lines:
        name = line.cells[label].text if label in line.cells else ""
        if name in by_label:
            work.report(line.cells[label], f"“{name}”重复", "每项只有一行", "请删除多余的一行。")
        elif name in {c.heading for c in found.table.columns}:
            by_label[name] = line
        elif name:
            work.report(line.cells[label], _quoted(name), "、".join(c.heading for c in found.table.columns), "请恢复该行的项目名称，或删除该行。")
    for column in found.table.columns:
        place: Place = tuple(column.field.split("."))
        row = by_label.get(column.heading)
        if row is None:
            work.spoilt.add(place)
            work.report(work.places["",], f"没有“{column.heading}”一行", "导出时的各行齐全", f"请恢复项目为“{column.heading}”的行。")
            work.places[place] = work.places["",]
        elif content in row.cells:
            named = _Row(row.number, {column.heading: row.cells[content]})
            _put(data, column, _value(found, named, column, place, work))


def _references(found: Found, lines: Sequence[_Row], data: dict[str, Any], work: Work) -> None:
    references = data.setdefault("references", {})
    key_column, *columns = found.table.columns
    for line in lines:
        key = _value(found, line, key_column, ("references", f"row {line.number}"), work)
        cell = line.cells.get(key_column.heading)
        if cell is None:
            continue
        if key is None:
            if not cell.text:
                work.report(cell, "没有填写", "依据编号", "请填写该单元格。")
        elif key in references:
            work.report(cell, f"依据编号“{key}”重复", "每个编号只有一行", "请换一个编号，或删除该行。")
        else:
            references[key] = _item(found, line, columns, ("references", key), work)


def _groups(found: Found, lines: Sequence[_Row], data: dict[str, Any], work: Work) -> None:
    """Rows of one 套号 are one parameter; what belongs to the whole stands on its first row."""
    table = found.table
    inner = "tiers" if table.key == "caps" else table.key
    set_column = table.columns[0]
    items = data.setdefault(table.key, [])
    numbers: dict[str, int] = {}
    for line in lines:
        cell = line.cells.get(set_column.heading)
        if cell is None:
            return
        number = _value(found, line, set_column, (table.key, f"row {line.number}"), work)
        if number is None:
            if not cell.text:
                work.report(cell, "没有填写", "套号，同一套的各行相同，如 1", "请填写该单元格。")
            continue
        whole = [c for c in table.columns[1:] if not c.is_detail]
        if number not in numbers:
            numbers[number] = len(items)
            items.append(_item(found, line, whole, (table.key, len(items)), work) | {inner: []})
        else:
            for column in whole:
                other = line.cells.get(column.heading)
                if other is not None and other.text:
                    work.report(other, _quoted(other.text), f"留空，“{column.heading}”只填在第 {number} 套的第一行", "请清空该单元格。")
        index = numbers[number]
        details = items[index][inner]
        details.append(_item(found, line, [c for c in table.columns if c.is_detail], (table.key, index, inner, len(details)), work))


def _rule_of(found: Found, line: _Row, data: Mapping[str, Any], work: Work) -> int | None:
    column = found.table.columns[0]
    cell = line.cells.get(column.heading)
    identifier = _value(found, line, column, (found.table.key, f"row {line.number}"), work)
    if cell is None or identifier is None:
        if cell is not None and not cell.text:
            work.report(cell, "没有填写", "“评分规则”表中的规则编号", "请填写该单元格。")
        return None
    index = next((i for i, rule in enumerate(data.get("rules", ())) if rule.get("id") == identifier), None)
    if index is None and "rules" in data:
        work.report(cell, _quoted(cell.text), "“评分规则”表中的规则编号", "请改正编号，或删除该行。")
    return index


def _details(found: Found, lines: Sequence[_Row], data: dict[str, Any], work: Work) -> None:
    key = found.table.key
    for line in lines:
        index = _rule_of(found, line, data, work)
        if index is not None:
            items = data["rules"][index].setdefault(key, [])
            items.append(_item(found, line, found.table.columns[1:], ("rules", index, key, len(items)), work))
            work.places.setdefault(("rules", index, key), next(iter(line.cells.values())))


def _intervals(found: Found, lines: Sequence[_Row], data: dict[str, Any], work: Work) -> None:
    """A row an interval; the upper ends of every weight's table must be the same, and the last row says 以上."""
    rows: dict[int, dict[Any, list[tuple[_Row, Any]]]] = {}
    of_column, end_column = found.table.columns[1:3]
    if any(c.heading not in found.columns for c in found.table.columns):
        return
    for line in lines:
        index = _rule_of(found, line, data, work)
        if index is None:
            continue
        of = _value(found, line, of_column, ("rules", index, "points", f"row {line.number}", "of"), work)
        if of is None:
            if not line.cells[of_column.heading].text:
                work.report(line.cells[of_column.heading], "没有填写", "得分表对应的指标分值", "请填写该单元格。")
            continue
        rows.setdefault(index, {}).setdefault(of, []).append((line, of))
    for index, tables in rows.items():
        first: list[Any] | None = None
        for n, (of, group) in enumerate(tables.items()):
            ends, points = _interval_table(found, index, n, [line for line, _ in group], work)
            head = group[0][0].cells
            work.places["rules", index, "points", n] = head[of_column.heading]
            work.places["rules", index, "points", n, "of"] = head[of_column.heading]
            rule = data["rules"][index]
            rule.setdefault("points", []).append({"of": of, "points": points})
            if first is None:
                first = ends
                rule["up_to"] = ends
                work.places.setdefault(("rules", index, "points"), head[of_column.heading])
                work.places.setdefault(("rules", index, "up_to"), head[end_column.heading])
            elif ends != first:
                at = next((i for i, (end, other) in enumerate(zip(ends, first, strict=False)) if end != other), min(len(ends), len(first)))
                cell = group[min(at, len(group) - 1)][0].cells[end_column.heading]
                work.report(cell, _quoted(cell.text), f"与该规则前一张得分表相同的区间上限：{'、'.join(map(str, [*first, OTHERWISE]))}", "请改正各区间上限。")


def _interval_table(found: Found, index: int, n: int, group: Sequence[_Row], work: Work) -> tuple[list[Any], list[Any]]:
    """Upper ends and points of one weight's table, the n-th of its rule."""
    end_column, points_column = found.table.columns[2:]
    ends: list[Any] = []
    points: list[Any] = []
    for position, line in enumerate(group):
        cell = line.cells[end_column.heading]
        is_last = position == len(group) - 1
        if cell.text == OTHERWISE:
            if not is_last:
                work.report(cell, _quoted(cell.text), "区间上限；“以上”只能在该分值的最后一行")
        else:
            end = _value(found, line, end_column, ("rules", index, "up_to", position) if n == 0 else ("rules", index, "up_to", f"{n}.{position}"), work)
            if end is not None:
                ends.append(end)
            elif not cell.text:
                work.report(cell, "没有填写", f"区间上限，最后一行为“{OTHERWISE}”", "请填写该单元格。")
            if is_last:
                work.report(cell, _quoted(cell.text), f"最后一行的区间上限为“{OTHERWISE}”", "请在其后增加一行，写明超过最后一个上限时的得分。")
        value = _value(found, line, points_column, ("rules", index, "points", n, "points", position), work)
        if value is not None:
            points.append(value)
        elif not line.cells[points_column.heading].text:
            work.spoilt.add(("rules", index, "points", n))
            work.report(line.cells[points_column.heading], "没有填写", "该区间的得分", "请填写该单元格。")
    return ends, points
