"""A VBA project from its source text alone, [MS-OVBA]: no compiled code, the program that opens it compiles. Pure.

xlwings ships its own example add-ins in this shape: `_VBA_PROJECT` without a cache, modules from offset 0.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from perfeval_xl.excel.desktop.compound import compound_file
from perfeval_xl.excel.desktop.compression import compressed

NEWLINE = "\r\n"
_CODE_PAGE = 1252  # the text is ASCII; the page of no particular country
_PROJECT_ID = "{7C0B6C3C-4C57-4F0E-9A52-5B8A5C1D7E30}"  # constant: the same source is the same file
# 2.3.4.2.2.5 REFERENCEREGISTERED: type libraries by identifier, found in the registry whatever the path says
_REFERENCES = (
    ("stdole", r"*\G{00020430-0000-0000-C000-000000000046}#2.0#0#C:\Windows\System32\stdole2.tlb#OLE Automation"),
    ("Office", r"*\G{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}#2.0#0#C:\Program Files\Common Files\Microsoft Shared\OFFICE16\MSO.DLL#Microsoft Office 16.0 Object Library"),
)


class Document(Enum):
    """What a document module belongs to, by the class it is based on."""

    WORKBOOK = "0{00020819-0000-0000-C000-000000000046}"
    SHEET = "0{00020820-0000-0000-C000-000000000046}"


@dataclass(frozen=True, slots=True)
class Module:
    """name: as in `Attribute VB_Name`. source: ASCII, lines ended by CRLF, with its attributes. is_document: of the workbook or of a sheet."""

    name: str
    source: str
    is_document: bool = False


def code_module(name: str, source: str) -> Module:
    """A standard module. source: with or without its VB_Name line."""
    head = f'Attribute VB_Name = "{name}"'
    return Module(name, _lines(source if source.startswith(head) else f"{head}\n{source}"))


def document_module(name: str, of: Document, source: str = "") -> Module:
    """The module of a workbook or sheet. name: its codeName."""
    flags = {"VB_GlobalNameSpace": False, "VB_Creatable": False, "VB_PredeclaredId": True, "VB_Exposed": True, "VB_TemplateDerived": False, "VB_Customizable": True}
    head = [f'Attribute VB_Name = "{name}"', f'Attribute VB_Base = "{of.value}"', *(f"Attribute {key} = {value}" for key, value in flags.items())]
    return Module(name, _lines("\n".join([*head, source])), is_document=True)


def vba_project(name: str, modules: Sequence[Module]) -> bytes:
    """The part vbaProject.bin. Raises: ValueError for text that is not ASCII or names that clash."""
    if len({module.name.lower() for module in modules}) < len(modules):
        raise ValueError("two modules of one name")
    streams = {module.name: compressed(_ascii(module.source)) for module in modules}
    return compound_file({
        "VBA": {**streams, "dir": compressed(_directory(name, modules)), "_VBA_PROJECT": b"\xcc\x61\xff\xff\x00\x00\x00"},  # 2.3.4.1
        "PROJECT": _ascii(_project_text(name, modules)),
        "PROJECTwm": b"".join(_ascii(m.name) + b"\0" + m.name.encode("utf-16-le") + b"\0\0" for m in modules) + b"\0\0",  # 2.3.3
    })


def _lines(source: str) -> str:
    """Every line ended by CRLF, the last one too."""
    return NEWLINE.join(source.splitlines()) + NEWLINE


def _ascii(text: str) -> bytes:
    return text.encode("ascii")


def _record(identifier: int, content: bytes) -> bytes:
    return struct.pack("<HI", identifier, len(content)) + content


def _number(value: int) -> bytes:
    return struct.pack("<I", value)


def _short(value: int) -> bytes:
    return struct.pack("<H", value)


def _text(identifier: int, second: int, text: str) -> bytes:
    """A text in the project's code page and again in UTF-16, as most records have it."""
    return _record(identifier, _ascii(text)) + _record(second, text.encode("utf-16-le"))


def _directory(name: str, modules: Sequence[Module]) -> bytes:
    """The dir stream, 2.3.4.2. No COMPATVERSION record: readers older than it stumble."""
    information = [
        _record(0x0001, _number(1)),  # PROJECTSYSKIND: 32-bit Windows, which 64-bit Office takes too
        _record(0x0002, _number(0x409)), _record(0x0014, _number(0x409)),  # PROJECTLCID, PROJECTLCIDINVOKE
        _record(0x0003, _short(_CODE_PAGE)), _record(0x0004, _ascii(name)),
        _text(0x0005, 0x0040, ""),  # PROJECTDOCSTRING
        _record(0x0006, b""), _record(0x003D, b""), _record(0x0007, _number(0)), _record(0x0008, _number(0)),  # help file, context, flags
        struct.pack("<HIIH", 0x0009, 4, 1, 0),  # PROJECTVERSION: its size field does not count the minor version
        _text(0x000C, 0x003C, ""),  # PROJECTCONSTANTS
    ]  # fmt: skip
    references = [
        _text(0x0016, 0x003E, key) + _record(0x000D, _number(len(library)) + _ascii(library) + bytes(6))
        for key, library in _REFERENCES
    ]  # fmt: skip
    parts = [*information, *references, _record(0x000F, _short(len(modules))), _record(0x0013, _short(0xFFFF))]
    for module in modules:
        parts += [
            _text(0x0019, 0x0047, module.name), _text(0x001A, 0x0032, module.name), _text(0x001C, 0x0048, ""),
            _record(0x0031, _number(0)),  # MODULEOFFSET: the source begins at once, nothing compiled stands before it
            _record(0x001E, _number(0)), _record(0x002C, _short(0xFFFF)),
            _record(0x0022 if module.is_document else 0x0021, b""), _record(0x002B, b""),
        ]  # fmt: skip
    return b"".join([*parts, _record(0x0010, b"")])


def _project_text(name: str, modules: Sequence[Module]) -> str:
    """The PROJECT stream, 2.3.1: neither locked nor with a password, visible."""
    seed = 0x5D
    kinds = [f"Document={m.name}/&H00000000" if m.is_document else f"Module={m.name}" for m in modules]
    return NEWLINE.join([
        f'ID="{_PROJECT_ID}"', *kinds, f'Name="{name}"', 'HelpContextID="0"', 'VersionCompatible32="393222000"',
        f'CMG="{_encrypted(seed, bytes(4))}"', f'DPB="{_encrypted(seed, bytes(1))}"', f'GC="{_encrypted(seed, bytes([0xFF]))}"',
        "", "[Host Extender Info]", "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "", "[Workspace]", *(f"{m.name}=0, 0, 0, 0, C" for m in modules), "",
    ])  # fmt: skip


def _encrypted(seed: int, data: bytes) -> str:
    """Protection state, password or visibility as 2.4.3.2 veils it: a seed, then each byte by the one two before it."""
    key = sum(_ascii(_PROJECT_ID)) & 0xFF
    out = [seed, seed ^ 2, seed ^ key]
    plain, first, second = key, out[2], out[1]
    for byte in [*[0x07] * ((seed & 6) // 2), *struct.pack("<I", len(data)), *data]:
        veiled = byte ^ ((second + plain) & 0xFF)
        out.append(veiled)
        second, first, plain = first, veiled, byte
    return bytes(out).hex().upper()
