"""Compound files (MS-CFB version 3), written only: the container of a VBA project. Pure: trees of bytes in, bytes out.

Own code because none that is kept writes them: olefile only overwrites in place, the packages that do write corrupt data or
have been released once. Read back by olefile in the tests, for hundreds of random trees.
Sections are those of [MS-CFB].
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Tree: TypeAlias = Mapping[str, "bytes | Tree"]

_SECTOR, _MINI_SECTOR, _CUTOFF = 512, 64, 4096  # 2.2: sector shift 9, mini sector shift 6, mini stream cutoff
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF  # 2.1: FREESECT, ENDOFCHAIN, FATSECT; 2.6.1: NOSTREAM
_IN_HEADER = 109  # 2.2: FAT sectors the header itself names
_STORAGE, _STREAM, _ROOT = 1, 2, 5  # 2.6.1
_RED, _BLACK = 0, 1
_MAX_NAME = 31  # 2.6.1: 32 UTF-16 code points with the terminating null
_FORBIDDEN = frozenset("/\\:!")


@dataclass(slots=True)
class _Entry:
    """One directory entry. start, size: of its stream. left, right, child: numbers of other entries."""

    name: str
    kind: int
    data: bytes = b""
    colour: int = _BLACK
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    start: int = _END
    size: int = 0

    def packed(self) -> bytes:
        """128 bytes, 2.6.1; no class, no times: the same tree is the same file."""
        text = self.name.encode("utf-16-le")
        head = struct.pack("<64sHBBIII", text, len(text) + 2 if text else 0, self.kind, self.colour, self.left, self.right, self.child)
        return head + bytes(36) + struct.pack("<IQ", self.start, self.size)


@dataclass(slots=True)
class _Sectors:
    """Sectors of one size with the table that chains them (2.3 FAT, 2.4 mini FAT)."""

    size: int
    data: bytearray = field(default_factory=bytearray)
    table: list[int] = field(default_factory=list)

    def add(self, content: bytes) -> int:
        """Number of the first sector of the content; ENDOFCHAIN where there is none."""
        count = -(-len(content) // self.size)
        if not count:
            return _END
        first = len(self.table)
        self.data += content.ljust(count * self.size, b"\0")
        self.table += [*range(first + 1, first + count), _END]
        return first


def compound_file(tree: Tree) -> bytes:
    """The file with these streams (bytes) and storages (mappings) below its root.

    Raises: ValueError for a name that cannot be one, or more than the header's 109 FAT sectors (about 7 MB) can hold.
    """
    entries = [_Entry("Root Entry", _ROOT)]
    entries[0].child = _children(entries, tree)
    sectors, mini = _Sectors(_SECTOR), _Sectors(_MINI_SECTOR)
    for entry in entries:
        if entry.kind == _STREAM:
            entry.size = len(entry.data)
            entry.start = (mini if entry.size < _CUTOFF else sectors).add(entry.data)
    root = entries[0]
    root.start, root.size = sectors.add(bytes(mini.data)), len(mini.data)
    mini_table = struct.pack(f"<{len(mini.table)}I", *mini.table)
    mini_start, mini_count = sectors.add(_filled(mini_table, b"\xff")), -(-len(mini_table) // _SECTOR)
    empty = _Entry("", 0, start=0)  # 2.6.3: unused entries are zero but for their numbers
    directory = entries + [empty] * (-len(entries) % 4)
    directory_start = sectors.add(b"".join(entry.packed() for entry in directory))
    own = _table_length(len(sectors.table))
    if own > _IN_HEADER:
        raise ValueError(f"{len(sectors.data)} bytes are more than a header without DIFAT sectors can name")
    first_own = len(sectors.table)
    table = [*sectors.table, *[_FAT] * own]
    fat = _filled(struct.pack(f"<{len(table)}I", *table), b"\xff")
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6,  # 2.2: signature, class, minor and major version, byte order, shifts
        0, own, directory_start, 0, _CUTOFF, mini_start, mini_count, _END, 0,
    )  # fmt: skip
    difat = [*range(first_own, first_own + own), *[_FREE] * (_IN_HEADER - own)]
    return header + struct.pack(f"<{_IN_HEADER}I", *difat) + bytes(sectors.data) + fat


def _filled(content: bytes, by: bytes) -> bytes:
    """Up to a whole number of sectors."""
    return content + by * (-len(content) % _SECTOR)


def _table_length(used: int) -> int:
    """FAT sectors needed for `used` sectors and for themselves."""
    own = 0
    while (used + own) * 4 > own * _SECTOR:
        own += 1
    return own


def _children(entries: list[_Entry], tree: Tree) -> int:
    """Entries of a storage and of all below it; returns the number of the one at the top of its red-black tree (2.6.4)."""
    names = sorted(tree, key=lambda name: (len(name.encode("utf-16-le")), name.upper()))
    if len({name.upper() for name in names}) < len(names):
        raise ValueError("names that differ only in case")
    numbers = []
    for name in names:
        if not 0 < len(name.encode("utf-16-le")) // 2 <= _MAX_NAME or _FORBIDDEN & set(name):
            raise ValueError(f"not a name of a stream: {name!r}")
        content = tree[name]
        numbers.append(len(entries))
        if isinstance(content, bytes):
            entries.append(_Entry(name, _STREAM, content))
        else:
            entries.append(_Entry(name, _STORAGE, start=0))
            entries[numbers[-1]].child = _children(entries, content)
    deepest = len(numbers).bit_length() - 1  # only this level of a halved list may be incomplete: red there, every path has as many black ones
    return _balanced(entries, numbers, 0, deepest)


def _balanced(entries: list[_Entry], numbers: list[int], level: int, deepest: int) -> int:
    if not numbers:
        return _NONE
    middle = len(numbers) // 2
    entry = entries[numbers[middle]]
    entry.colour = _RED if level == deepest and level else _BLACK
    entry.left = _balanced(entries, numbers[:middle], level + 1, deepest)
    entry.right = _balanced(entries, numbers[middle + 1 :], level + 1, deepest)
    return numbers[middle]
