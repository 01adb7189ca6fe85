"""Compression of VBA source, [MS-OVBA] 2.4.1: chunks of 4,096 bytes, copies of what stands earlier in the chunk. Pure."""

from __future__ import annotations

import struct

_CHUNK = 4096
_SHORTEST = 3  # 2.4.1.1.8: a copy of less than three bytes cannot be written
_CANDIDATES = 64  # earlier places looked at for each byte; VBA text repeats itself nearby


def compressed(source: bytes) -> bytes:
    """A CompressedContainer (2.4.1.1.1). Raises: ValueError for noise, which source text never is."""
    return b"\x01" + b"".join(_chunk(source[start : start + _CHUNK]) for start in range(0, len(source), _CHUNK))


def _chunk(data: bytes) -> bytes:
    """A CompressedChunk with its header (2.4.1.1.5): size - 3, signature 0b011, flag."""
    tokens = _tokens(data)
    if len(tokens) > _CHUNK:
        if len(data) < _CHUNK:  # stored, it would come back with zeros added; source text always shrinks
            raise ValueError("the end of the data does not shrink")
        return struct.pack("<H", 0x3FFF) + data  # 2.4.1.3.10: what does not shrink is stored
    return struct.pack("<H", 0xB000 | (len(tokens) - 1)) + tokens


def _tokens(data: bytes) -> bytes:
    """TokenSequences (2.4.1.1.7): a byte of flags, then eight tokens, each one byte or a copy of two."""
    out, group, flags, count = bytearray(), bytearray(), 0, 0
    seen: dict[bytes, list[int]] = {}
    at = 0
    while at < len(data):
        offset, length = _match(data, at, seen)
        if length >= _SHORTEST:
            bits = max((at - 1).bit_length(), 4)  # 2.4.1.3.19.1: how many bits the offset has, by the place
            group += struct.pack("<H", (offset - 1) << (16 - bits) | (length - _SHORTEST))
            flags |= 1 << count
        else:
            length = 1
            group.append(data[at])
        for place in range(at, at + length):
            seen.setdefault(data[place : place + _SHORTEST], []).append(place)
        at, count = at + length, count + 1
        if count == 8:
            out += bytes([flags]) + group
            group, flags, count = bytearray(), 0, 0
    return bytes(out + bytes([flags]) + group) if count else bytes(out)


def _match(data: bytes, at: int, seen: dict[bytes, list[int]]) -> tuple[int, int]:
    """Distance and length of the longest copy (2.4.1.3.19.4)."""
    most = min(len(data) - at, (0xFFFF >> max((at - 1).bit_length(), 4)) + _SHORTEST) if at else 0
    best, length = 0, 0
    for start in reversed(seen.get(data[at : at + _SHORTEST], [])[-_CANDIDATES:]):
        run = 0
        while run < most and data[start + run] == data[at + run]:
            run += 1
        if run > length:
            best, length = at - start, run
    return best, length
