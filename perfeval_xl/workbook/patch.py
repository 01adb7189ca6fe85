"""Patch: cell values of an .xlsx or .xlsm file replaced inside the zip; every part not touched stays byte for byte.

A library that loads and saves a workbook loses what it does not know: text boxes, sparklines, check boxes, buttons.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import unquote

from perfeval_xl.workbook.grid import position
from perfeval_xl.workbook.package import Package, PatchError
from perfeval_xl.workbook.sheetcells import Position, find_cells
from perfeval_xl.workbook.sheetedit import NewValue, ValueRefusedError, edited
from perfeval_xl.workbook.xmlparts import Element, XmlError, elements, to_utf8

__all__ = ["PatchError", "Standing", "Traits", "formula_count", "look", "patch", "traits"]
_RELATIONS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships",
)  # fmt: skip
_SIGNATURE = "/digital-signature/origin"
_KINDS = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": ".xlsx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml": ".xltx",
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml": ".xlsm",
    "application/vnd.ms-excel.template.macroEnabled.main+xml": ".xltm",
    "application/vnd.ms-excel.addin.macroEnabled.main+xml": ".xlam",
}
_PERCENT_FORMATS = frozenset({"9", "10"})  # built in: 0% and 0.00%
_FORMULA = re.compile(rb"<(?:[^\s/>:]+:)?f[\s/>]")
_LITERALS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


class Standing(NamedTuple):
    """What a file says of a cell besides its value. is_percent: its format shows a fraction as percent."""

    exists: bool
    is_formula: bool
    is_percent: bool


class Traits(NamedTuple):
    """suffix: the file name ending its content needs. is_signed: a digital signature covers it, which any change breaks."""

    suffix: str
    is_signed: bool


def patch(data: bytes, changes: Mapping[str, Mapping[str, NewValue]]) -> bytes:
    """The file with new cell values.

    changes: sheet name → cell address → value. Formulas and styles of the cells stay; None clears a value.
    Raises: PatchError where the file cannot be changed in place; ValueError for a sheet, an address or a value that cannot be.
    """
    package = Package(data)
    parts = _sheet_parts(package)
    contents: dict[str, bytes] = {}
    for sheet, cells in changes.items():
        if not cells:
            continue
        part = _part_of(parts, sheet)
        old = package.read(part)
        values = {_position(sheet, cell): value for cell, value in cells.items()}
        if len(values) != len(cells):
            raise ValueError(f"工作表“{sheet}”的同一单元格有两个新值。")
        try:
            new = edited(old, values)
        except XmlError as error:
            raise _broken(sheet, error) from error
        except ValueRefusedError as error:
            raise ValueError(f"工作表“{sheet}”的新值无法写入：{error}。") from error
        if new != old:
            contents[part] = new
    return package.replaced(contents) if contents else data


def look(data: bytes, wanted: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], Standing]:
    """What the file says of these cells: sheet name → addresses. Raises: as `patch`."""
    package = Package(data)
    parts = _sheet_parts(package)
    percents = _percent_styles(package)
    found: dict[tuple[str, str], Standing] = {}
    for sheet, cells in wanted.items():
        positions = {cell: _position(sheet, cell) for cell in cells}
        try:
            there = find_cells(to_utf8(package.read(_part_of(parts, sheet)))[0], positions.values())
        except XmlError as error:
            raise _broken(sheet, error) from error
        for cell, at in positions.items():
            known = there.cells.get(at)
            found[sheet, cell] = Standing(known is not None, known is not None and "f" in known.kept, there.style(*at) in percents)
    return found


def formula_count(data: bytes) -> int:
    """How many formula elements the sheets hold. Raises: as `patch`."""
    package = Package(data)
    count = 0
    for parts in _sheet_parts(package).values():
        for part in parts:
            try:
                count += sum(1 for _ in _FORMULA.finditer(to_utf8(package.read(part))[0]))
            except XmlError as error:
                raise PatchError(f"部件“{part}”{error}") from error
    return count


def traits(data: bytes) -> Traits:
    """What kind of file it is. Raises: PatchError for what is no .xlsx or .xlsm package."""
    package = Package(data)
    main = _main_part(package)
    kinds = _xml(package, "[Content_Types].xml", "Override", "Default")
    by_part = {e.attributes.get("PartName", "").lstrip("/").lower(): e.attributes.get("ContentType", "") for e in kinds if e.name == "Override"}
    by_ending = {e.attributes.get("Extension", "").lower(): e.attributes.get("ContentType", "") for e in kinds if e.name == "Default"}
    kind = by_part.get(main.replace("\\", "/").lower()) or by_ending.get(main.rpartition(".")[2].lower(), "")
    if kind not in _KINDS:
        raise PatchError("文件不是 .xlsx 或 .xlsm 工作簿")
    relations = _xml(package, "_rels/.rels", "Relationship")
    return Traits(_KINDS[kind], any(e.attributes.get("Type", "").endswith(_SIGNATURE) for e in relations))


def _xml(package: Package, part: str, *wanted: str) -> list[Element]:
    try:
        return elements(package.read(part), *wanted)
    except XmlError as error:
        raise PatchError(f"部件“{part}”{error}") from error


def _broken(sheet: str, error: XmlError) -> PatchError:
    return PatchError(f"工作表“{sheet}”{error}")


def _position(sheet: str, cell: str) -> Position:
    found = position(cell)
    if found is None:
        raise ValueError(f"工作表“{sheet}”没有单元格“{cell}”。")
    return found


def _part_of(parts: Mapping[str, list[str]], sheet: str) -> str:
    named = parts.get(sheet, [])
    if len(named) == 1:
        return named[0]
    if named:
        raise PatchError(f"有 {len(named)} 张工作表都叫“{sheet}”，无法确定改哪一张")
    raise PatchError(f"找不到工作表“{sheet}”的内容")


def _relations(package: Package, part: str) -> list[dict[str, str]]:
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", name + ".rels")
    return [e.attributes for e in _xml(package, path, "Relationship") if e.attributes.get("TargetMode", "Internal") == "Internal"]


def _target(part: str, relation: Mapping[str, str]) -> str:
    """Part name of a relation's target: absolute, or relative to the part's folder."""
    target = unquote(relation.get("Target", "")).replace("\\", "/")
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(part), target)).lstrip("/")


def _main_part(package: Package) -> str:
    relations = _relations(package, "") if package.find("_rels/.rels") is not None else []  # .ods has none
    for relation in relations:
        if relation.get("Type") in {f"{space}/officeDocument" for space in _RELATIONS}:
            found = package.find(_target("", relation))
            if found is not None:
                return found.replace("\\", "/")
    raise PatchError("文件不是 .xlsx 或 .xlsm 工作簿")


def _sheet_parts(package: Package) -> dict[str, list[str]]:
    """Sheet name → parts."""
    main = _main_part(package)
    targets = {r.get("Id", ""): _target(main, r) for r in _relations(package, main)}
    parts: dict[str, list[str]] = {}
    for sheet in _xml(package, main, "sheet"):
        if sheet.parent == "sheets":
            identifier = next((sheet.attributes[k] for k in (f"{space} id" for space in _RELATIONS) if k in sheet.attributes), "")
            part = package.find(targets.get(identifier, ""))
            parts.setdefault(sheet.attributes.get("name", ""), []).extend([part] if part else [])
    return parts


def _percent_styles(package: Package) -> frozenset[str]:
    """Style indices whose number format shows percent."""
    main = _main_part(package)
    part = next((_target(main, r) for r in _relations(package, main) if r.get("Type", "").endswith("/styles")), "")
    if package.find(part) is None:
        return frozenset()
    found = _xml(package, part, "numFmt", "xf")
    percents = {e.attributes.get("numFmtId", "") for e in found
                if e.name == "numFmt" and e.parent == "numFmts" and "%" in _LITERALS.sub("", e.attributes.get("formatCode", ""))}  # fmt: skip
    formats = [e.attributes.get("numFmtId", "0") for e in found if e.name == "xf" and e.parent == "cellXfs"]
    return frozenset(str(i) for i, kind in enumerate(formats) if kind in percents | _PERCENT_FORMATS)
