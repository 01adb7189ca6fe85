"""Package: the zip around a workbook; some members replaced, every other byte of the file kept. Bounded, nothing executed.

No zip library copies members as they are stored (they inflate and deflate again, and drop extra fields), so the records
are spliced here: local header and data of the replaced members, and the offsets in the directory. Reading is zipfile's.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import NamedTuple

MAX_MEMBERS = 5_000
MAX_PART = 150_000_000
MAX_PACKAGE = 2**31 - 1
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_FULL = 0xFFFFFFFF
_HAS_DESCRIPTOR = 0x08
_IS_ENCRYPTED = 0x01
_SAVE_AGAIN = "请用 Excel 或 WPS 打开原文件，另存为 .xlsx 后再试"
_SMALLER = "请删去多余的空行、图片和工作表后再试"


class PatchError(Exception):
    """The file cannot be changed in place. cause: why, a Chinese clause; the whole text says what to do, too."""

    def __init__(self, cause: str, remedy: str = _SAVE_AGAIN) -> None:
        super().__init__(cause, remedy)  # as they are given: what goes to another process is made again from them
        self.cause, self.remedy = cause, remedy

    def __str__(self) -> str:
        return f"{self.cause}，不能原样修改。{self.remedy}。"


class _Record(NamedTuple):
    """Where a member stands. central: its directory record. start: its local header; end: behind its data."""

    info: zipfile.ZipInfo
    central: bytes
    start: int
    end: int


class Package:
    """A zip file in memory. names: of its members, in directory order."""

    def __init__(self, data: bytes) -> None:
        if len(data) > MAX_PACKAGE:
            raise PatchError(f"文件过大（超过 {MAX_PACKAGE // 1_000_000} MB）", _SMALLER)
        if not data.startswith(b"PK"):
            raise PatchError("文件不是 .xlsx 或 .xlsm 工作簿")
        self._data = data
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
            self._directory, self._tail = _directory(data)
            self._records = _records(data, self._archive.infolist(), self._directory, self._tail)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OSError) as error:
            raise PatchError("文件不是 .xlsx 或 .xlsm 工作簿，或其压缩结构不完整") from error
        self._by_name = {_key(r.info.filename): r for r in self._records}
        if len(self._by_name) != len(self._records):
            raise PatchError("文件内有两个同名的部件，无法确定以哪一个为准")

    @property
    def names(self) -> list[str]:
        """As written in the directory."""
        return [r.info.filename for r in self._records]

    def find(self, name: str) -> str | None:
        """The member's own spelling: part names ignore case, and some writers use backslashes."""
        record = self._by_name.get(_key(name))
        return record.info.filename if record else None

    def read(self, name: str) -> bytes:
        """A member's content, at most MAX_PART bytes. Raises: PatchError."""
        record = self._by_name.get(_key(name))
        if record is None:
            raise PatchError(f"工作簿缺少部件“{name}”，已损坏")
        info = record.info
        if info.flag_bits & _IS_ENCRYPTED:
            raise PatchError("文件设有压缩包密码", "请取消密码后再试")
        if info.file_size > MAX_PART:
            raise PatchError(f"部件“{name}”解压后有 {info.file_size // 1_000_000} MB，超过 {MAX_PART // 1_000_000} MB", _SMALLER)
        try:
            with self._archive.open(info) as stream:
                content = stream.read(MAX_PART + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
            raise PatchError(f"部件“{name}”已损坏，无法解压") from error
        if len(content) > MAX_PART:
            raise PatchError(f"部件“{name}”解压后超过 {MAX_PART // 1_000_000} MB", _SMALLER)
        return content

    def replaced(self, parts: Mapping[str, bytes]) -> bytes:
        """The file with these members' contents; all other bytes and the order stay. Raises: PatchError."""
        chosen = sorted(((self._by_name[_key(name)], content) for name, content in parts.items()), key=lambda pair: pair[0].start)
        pieces: list[bytes] = []
        moved: list[tuple[int, int]] = []
        fresh: dict[int, tuple[int, int, int]] = {}
        position = length = 0
        for record, content in chosen:
            pieces.append(self._data[position : record.start])
            length += record.start - position
            local, sums = _local(self._data, record, content)
            fresh[record.start] = sums
            pieces.append(local)
            length += len(local)
            position = record.end
            moved.append((record.start, length - position))
        pieces.append(self._data[position : self._directory])
        length += self._directory - position
        directory = b"".join(_central(r, _shift(r.start, moved), fresh.get(r.start)) for r in self._records)
        return b"".join([*pieces, directory, _tail(self._data, self._tail, length, len(directory))])


def _key(name: str) -> str:
    return name.replace("\\", "/").lower()


def _directory(data: bytes) -> tuple[int, int]:
    """Start of the directory and of what follows it. Raises: ValueError where anything stands between or around."""
    end = data.rfind(b"PK\5\6", max(0, len(data) - _END.size - 0xFFFF))
    fields = _END.unpack_from(data, end)
    if end < 0 or end + _END.size + fields[7] != len(data):
        raise ValueError
    size, start = fields[5], fields[6]
    tail = end
    locator = end - _LOCATOR.size
    if locator >= 0 and data[locator : locator + 4] == b"PK\6\7":
        tail = _LOCATOR.unpack_from(data, locator)[2]
        large = _END64.unpack_from(data, tail)
        if large[0] != b"PK\6\6":
            raise ValueError
        size, start = large[8], large[9]
    if start + size != tail:
        raise ValueError
    return start, tail


def _records(data: bytes, infos: list[zipfile.ZipInfo], directory: int, tail: int) -> list[_Record]:
    if len(infos) > MAX_MEMBERS:
        raise PatchError(f"文件内有 {len(infos)} 个部件，超过 {MAX_MEMBERS} 个，内容异常")
    starts = sorted({i.header_offset for i in infos})
    if len(starts) != len(infos):
        raise ValueError
    following = dict(zip(starts, [*starts[1:], directory], strict=True))
    records, position = [], directory
    for info in infos:
        fields = _CENTRAL.unpack_from(data, position)
        size = _CENTRAL.size + fields[10] + fields[11] + fields[12]
        local = _LOCAL.unpack_from(data, info.header_offset)
        if fields[0] != b"PK\1\2" or local[0] != b"PK\3\4":
            raise ValueError
        end = info.header_offset + _LOCAL.size + local[9] + local[10] + info.compress_size
        if end > following[info.header_offset]:
            raise ValueError
        if local[2] & _HAS_DESCRIPTOR:  # 12 to 24 bytes behind the data, with or without a mark: all up to the next member
            end = following[info.header_offset]
        records.append(_Record(info, data[position : position + size], info.header_offset, end))
        position += size
    if position != tail:
        raise ValueError
    return records


def _local(data: bytes, record: _Record, content: bytes) -> tuple[bytes, tuple[int, int, int]]:
    """Local header and data of new content; checksum, stored and real size."""
    if record.info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise PatchError(f"部件“{record.info.filename}”采用了少见的压缩方式")
    stored = content
    if record.info.compress_type == zipfile.ZIP_DEFLATED:
        packer = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
        stored = packer.compress(content) + packer.flush()
    sums = zlib.crc32(content), len(stored), len(content)
    old = _LOCAL.unpack_from(data, record.start)
    names = record.start + _LOCAL.size
    name = data[names : names + old[9]]
    extra = _without_zip64(data[names + old[9] : names + old[9] + old[10]])
    header = _LOCAL.pack(*old[:2], old[2] & ~_HAS_DESCRIPTOR, *old[3:6], *sums, len(name), len(extra))
    return header + name + extra + stored, sums


def _central(record: _Record, shift: int, sums: tuple[int, int, int] | None) -> bytes:
    """The directory record of a member that moved or has new content."""
    raw, offset = record.central, record.start + shift
    fields = list(_CENTRAL.unpack_from(raw))
    names = _CENTRAL.size + fields[10]
    if sums is None:
        if fields[16] != _FULL:
            return raw[: _CENTRAL.size - 4] + struct.pack("<I", offset) + raw[_CENTRAL.size :]
        at = names + _zip64_at(raw[names : names + fields[11]]) + 8 * ((fields[9] == _FULL) + (fields[8] == _FULL))
        return raw[:at] + struct.pack("<Q", offset) + raw[at + 8 :]
    rest = names + fields[11]
    extra = _without_zip64(raw[names:rest])
    fields[3] &= ~_HAS_DESCRIPTOR
    fields[7:10] = sums
    fields[11], fields[16] = len(extra), offset
    return _CENTRAL.pack(*fields) + raw[_CENTRAL.size : names] + extra + raw[rest:]


def _fields(extra: bytes) -> list[tuple[int, int, int]]:
    """Identifier, start and end of each extra field."""
    found, position = [], 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, position)
        found.append((kind, position, min(position + 4 + size, len(extra))))
        position += 4 + size
    return found


def _without_zip64(extra: bytes) -> bytes:
    out, position = b"", 0
    for kind, start, end in _fields(extra):
        out += b"" if kind == 1 else extra[start:end]
        position = end
    return out + extra[position:]


def _zip64_at(extra: bytes) -> int:
    """Where the numbers of the zip64 field start. Raises: PatchError where there is none."""
    for kind, start, _ in _fields(extra):
        if kind == 1:
            return start + 4
    raise PatchError("文件的压缩目录不完整")


def _shift(start: int, moved: list[tuple[int, int]]) -> int:
    return next((by for at, by in reversed(moved) if at < start), 0)


def _tail(data: bytes, tail: int, directory: int, size: int) -> bytes:
    """End records with the new place of the directory; comment kept."""
    raw = bytearray(data[tail:])
    end = len(raw) - (len(data) - data.rfind(b"PK\5\6"))
    if end:  # the large form stands before the small one
        large = list(_END64.unpack_from(raw))
        large[8], large[9] = size, directory
        _END64.pack_into(raw, 0, *large)
        locator = list(_LOCATOR.unpack_from(raw, end - _LOCATOR.size))
        locator[2] = directory + size
        _LOCATOR.pack_into(raw, end - _LOCATOR.size, *locator)
    fields = list(_END.unpack_from(raw, end))
    if fields[5] != _FULL:
        fields[5] = size
    if fields[6] != _FULL:
        fields[6] = directory
    _END.pack_into(raw, end, *fields)
    return bytes(raw)
