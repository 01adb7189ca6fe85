"""Outline of an OOXML workbook: its sheets in order with their parts, its own names, where texts and styles are."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple
from xml.parsers import expat

from perfeval_xl.workbook.readers.base import refused
from perfeval_xl.workbook.readers.limits import MAX_SHEETS
from perfeval_xl.workbook.readers.package import Package
from perfeval_xl.workbook.readers.xml import attribute, local, parse_xml

MAIN = "xl/workbook.xml"
_PLAIN_VALUE = rb'="[^"<&]*+"'
# the shape that nearly every program writes, read without a tree; any other goes to the XML parser
_RELATIONS = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml[^<>]*\?>\s*)?<Relationships [^<>]*>(?:<Relationship(?: [A-Za-z]++" + _PLAIN_VALUE + rb"){3,4}+ ?/>\s*)*+</Relationships>\s*"
)
_SHEETS = re.compile(rb"<sheets>\s*+((?:<sheet(?: [A-Za-z0-9:]++" + _PLAIN_VALUE + rb"){3,6}+ ?/>\s*+)++)</sheets>")
_UNUSUAL = re.compile(rb"PE_|date1904|<!")
_PAIR = re.compile(rb' (?:[A-Za-z0-9]+:)?([A-Za-z]+)="([^"]*)"')


class SheetPart(NamedTuple):
    """A worksheet. number: among all sheets of the workbook, chart sheets too, as calamine counts. part: its member."""

    number: int
    name: str
    is_hidden: bool
    part: str


class Outline(NamedTuple):
    """all_names: of chart sheets too. names: the workbook's own (PE_*) with their reference. strings, styles: members, or blank."""

    sheets: list[SheetPart]
    all_names: list[str]
    names: list[tuple[str, str]]
    strings: str
    styles: str
    epoch_1904: bool


def main_part(package: Package) -> str:
    """The workbook part. Raises: ReadError."""
    if "_rels/.rels" in package:
        try:
            return package.parsed("_rels/.rels", _main_of)
        except ValueError as error:
            raise refused(package.file, "not-a-workbook", "部件“_rels/.rels”不是完好的 XML", "部件完好的工作簿") from error
    return MAIN


def _main_of(content: bytes) -> str:
    for relation in _relations(content):
        if relation.get("Type", "").endswith("/officeDocument"):
            return posixpath.normpath(relation.get("Target", "")).lstrip("/")
    return MAIN


def outline(package: Package, main: str) -> Outline:
    """Raises: ValueError for malformed XML, ReadError."""
    folder, _, leaf = main.rpartition("/")
    relations: dict[str, tuple[str, str]] = {}
    strings = styles = ""
    for relation in package.parsed(f"{folder}/_rels/{leaf}.rels" if folder else f"_rels/{leaf}.rels", _relations):
        kind = relation.get("Type", "").rpartition("/")[2]
        if relation.get("TargetMode") == "External":
            continue
        target = relation.get("Target", "")
        part = target[1:] if target.startswith("/") else f"{folder}/{target}"
        if "." in target[:3] or "//" in part:
            part = posixpath.normpath(part)
        relations[relation.get("Id", "")] = kind, part
        if kind == "sharedStrings" and part in package:
            strings = part
        elif kind == "styles" and part in package:
            styles = part
    entries, names, epoch_1904 = package.parsed(main, _entries)
    sheets: list[SheetPart] = []
    for number, (name, state, identifier) in enumerate(entries):
        kind, part = relations.get(identifier, ("", ""))
        if kind == "worksheet" and len(sheets) < MAX_SHEETS:
            sheets.append(SheetPart(number, name, state != "visible", part))
    return Outline(sheets, [name for name, _, _ in entries], names, strings, styles, epoch_1904)


def _relations(content: bytes) -> list[dict[str, str]]:
    if _RELATIONS.fullmatch(content):
        return [{k.decode(): v.decode() for k, v in _PAIR.findall(entry)} for entry in content.split(b"<Relationship")[2:]]
    return [{str(k): str(v) for k, v in entry.attrib.items()} for entry in parse_xml(content)]


def _entries(content: bytes) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]], bool]:
    """Name, state and relation of every sheet; names that are ours; whether days count from 1904. Raises: ValueError."""
    plain = _SHEETS.search(content)
    if plain is not None and _UNUSUAL.search(content) is None and content.count(b"<sheets") == 1:
        try:
            expat.ParserCreate().Parse(content, True)  # noqa: FBT003  # its second argument has no name
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error
        found = []
        for entry in plain[1].split(b"<sheet")[1:]:
            values = dict(_PAIR.findall(entry))
            found.append((values.get(b"name", b"").decode(), values.get(b"state", b"visible").decode(), values.get(b"id", b"").decode()))
        return found, [], False
    entries: list[tuple[str, str, str]] = []
    names: list[tuple[str, str]] = []
    epoch_1904 = False
    for child in parse_xml(content):
        tag = local(child)
        if tag == "sheets":
            entries += [(entry.get("name", ""), entry.get("state", "visible"), attribute(entry, "id")) for entry in child]
        elif tag == "definedNames":
            names += [(n, entry.text or "") for entry in child if (n := entry.get("name", "")).startswith("PE_")]
        elif tag == "workbookPr":
            epoch_1904 = child.get("date1904") in {"1", "true"}
    return entries, names, epoch_1904
