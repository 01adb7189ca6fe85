"""Discovery: folders, patterns, archives; what is no submission is counted, what cannot be read is named, nothing outside is followed."""

from __future__ import annotations

import os
import socket
import zipfile
from pathlib import Path

import pytest

from perfeval_xl.batch.archives import MAX_UNREAD, member_name
from perfeval_xl.batch.content import bytes_of, digest, digests
from perfeval_xl.batch.discover import discover
from perfeval_xl.core.findings import Finding
from perfeval_xl.workbook.read import ReadError

SAMPLES = sorted((Path(__file__).parents[2] / "workbooks" / "samples").glob("*.xlsx"))


def sample(target: Path, number: int = 0) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(SAMPLES[number].read_bytes())
    return target


def test_workbooks_in_folders_below_are_found_in_order_of_their_names(tmp_path: Path) -> None:
    for name in ("乙/自评表.xlsx", "甲/自评表.XLSX", "丙.et", "甲/子/表.ods"):
        sample(tmp_path / name)
    assert [s.name for s in discover([tmp_path]).sources] == sorted(["乙/自评表.xlsx", "甲/自评表.XLSX", "丙.et", "甲/子/表.ods"])


def test_locks_temporaries_hidden_and_other_files_are_counted_not_read(tmp_path: Path) -> None:
    for name in ("~$甲.xlsx", ".~lock.甲.xlsx#", "甲.tmp", "说明.docx", ".DS_Store", "甲.xlsx"):
        sample(tmp_path / name)
    found = discover([tmp_path])
    assert [s.name for s in found.sources] == ["甲.xlsx"]
    assert found.skipped == {"锁定文件和临时文件": 2, "其他类型的文件": 1, "隐藏文件": 2}
    assert found.refused == []


def test_archives_that_cannot_be_opened_and_names_that_say_nothing(tmp_path: Path) -> None:
    sample(tmp_path / "水利局自评表")
    (tmp_path / "教育局.rar").write_bytes(b"Rar!")
    (tmp_path / "说明").write_text("请查收", encoding="utf-8")
    archive(tmp_path / "照片.zip", {"一.jpg": b"x"})
    found = discover([tmp_path])
    assert [s.name for s in found.sources] == ["水利局自评表"]
    assert [(r.name, r.finding.found) for r in found.refused] == [("教育局.rar", "这是 rar 压缩包，不能打开"), ("照片.zip", "压缩包中没有工作簿")]
    assert found.skipped == {"其他类型的文件": 2}


def test_a_pattern_finds_its_files(tmp_path: Path) -> None:
    for name in ("甲/一.xlsx", "乙/二.xlsx", "乙/三.xls"):
        sample(tmp_path / name)
    assert [s.name for s in discover([tmp_path / "*" / "*.xlsx"]).sources] == ["一.xlsx", "二.xlsx"]


def test_the_output_and_the_roster_are_no_submissions(tmp_path: Path) -> None:
    out, roster = sample(tmp_path / "汇总.xlsx"), sample(tmp_path / "名单.xlsx")
    sample(tmp_path / "甲.xlsx")
    assert [s.name for s in discover([tmp_path], [out, roster]).sources] == ["甲.xlsx"]


def test_a_file_given_twice_is_taken_once(tmp_path: Path) -> None:
    path = sample(tmp_path / "甲.xlsx")
    assert len(discover([tmp_path, path, str(path)]).sources) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and links as on Linux")
def test_pipes_sockets_and_links_that_lead_outside_are_named_and_never_opened(tmp_path: Path) -> None:
    inside, outside = tmp_path / "报送", sample(tmp_path / "外面" / "乙.xlsx")
    sample(inside / "甲.xlsx")
    (inside / "链接.xlsx").symlink_to(outside)
    (inside / "无底.xlsx").symlink_to("/dev/zero")
    (inside / "自己").symlink_to(inside)
    (inside / "同处.xlsx").symlink_to(inside / "甲.xlsx")
    os.mkfifo(inside / "管道.xlsx")
    server = socket.socket(socket.AF_UNIX)
    os.chdir(inside)  # a socket's path must be short
    server.bind("套.xlsx")
    os.chdir(Path(__file__).parent)
    found = discover([inside])
    server.close()
    refused = {r.name: (r.finding.kind.kind, r.finding.found) for r in found.refused}
    assert refused == {
        "链接.xlsx": ("not-a-workbook", "这是指向文件夹之外（或不存在的位置）的链接"),
        "无底.xlsx": ("not-a-workbook", "这是指向文件夹之外（或不存在的位置）的链接"),
    }
    results = {s.name: mark for s, mark in digests(found.sources)}
    assert len(results) == 3  # the link to a file already seen is that file
    for name in ("管道.xlsx", "套.xlsx"):
        mark = results[name]
        assert isinstance(mark, Finding)
        assert mark.kind.kind == "not-a-workbook"


class Junction:
    """An entry of a folder as Windows gives a junction: a folder that is no link."""

    def __init__(self, entry: os.DirEntry[str]) -> None:
        self.name, self.path, self._entry = entry.name, entry.path, entry

    def is_symlink(self) -> bool:
        return False

    def is_dir(self) -> bool:
        return self._entry.is_dir()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="links as on Linux")
def test_a_junction_that_leads_outside_is_named_and_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "报送"
    sample(tmp_path / "外面" / "乙.xlsx")
    sample(inside / "下级" / "甲.xlsx")
    (inside / "联接").symlink_to(tmp_path / "外面")
    (inside / "别名").symlink_to(inside / "下级")
    scan = os.scandir
    monkeypatch.setattr(os, "scandir", lambda folder: [Junction(e) for e in scan(folder)])
    found = discover([inside])
    assert [(r.name, r.finding.found) for r in found.refused] == [("联接", "这是指向文件夹之外（或不存在的位置）的链接")]
    assert [Path(os.path.realpath(s.path)) for s in found.sources] == [inside / "下级" / "甲.xlsx"]
    assert [s.name for s in discover([inside / "联接"]).sources] == ["乙.xlsx"]  # what is given itself is meant


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return path


def test_workbooks_in_an_archive_are_read_under_the_archives_name(tmp_path: Path) -> None:
    data = SAMPLES[0].read_bytes()
    archive(tmp_path / "街道.zip", {"甲/一.xlsx": data, "说明.txt": b"x", "../../出去.xlsx": data, "~$一.xlsx": data, "里层.zip": b"PK"})
    found = discover([tmp_path])
    assert [s.name for s in found.sources] == ["街道.zip/出去.xlsx", "街道.zip/甲/一.xlsx"]
    assert [digest(bytes_of(s)) for s in found.sources] == [digest(data)] * 2
    assert [(r.name, r.finding.found) for r in found.refused] == [("街道.zip/里层.zip", "压缩包中还有压缩包，未打开")]
    assert found.skipped == {"其他类型的文件": 1, "锁定文件和临时文件": 1}


def test_names_of_old_packers_are_read_as_gb18030() -> None:
    info = zipfile.ZipInfo("财政局/自评表.xlsx".encode("gb18030").decode("cp437"))
    assert member_name(info) == "财政局/自评表.xlsx"


def test_a_member_that_inflates_beyond_reason_is_refused_unread(tmp_path: Path) -> None:
    archive(tmp_path / "弹.zip", {"大.xlsx": b"\0" * 30_000_000})
    found = discover([tmp_path])
    assert found.sources == []
    assert [r.finding.kind.kind for r in found.refused] == ["unsafe-workbook"]


def test_thousands_of_useless_members_are_counted_and_the_workbooks_among_them_are_found(tmp_path: Path) -> None:
    data = SAMPLES[0].read_bytes()
    tables = {"甲.xlsx": data, "乙.csv": "指标,目标\n培训人数,100".encode("gb18030"), "丙.xls": b"\xff\xfe" + "指标\t目标".encode("utf-16-le"), "丁.xls": b" <html><table></table>"}
    junk = {f"{i}.xlsx": bytes([0, i % 251]) * 2_000 for i in range(3_000)} | {"扫描.xlsx": b"%PDF-1.7", "空.xlsx": b"", "乱.xlsx": b"\x81\xff\xfe\x80" * 90}
    archive(tmp_path / "大.zip", {**junk, **tables, "里层.zip": b"PK"})
    found = discover([tmp_path])
    names = {s.name.partition("/")[2] for s in found.sources}
    assert set(tables) <= names
    assert len(names) == len(tables) + MAX_UNREAD - 1
    assert [(r.name, r.finding.found) for r in found.refused] == [
        ("大.zip", f"压缩包中另有 {len(junk) - MAX_UNREAD + 1} 个文件无法读取（不是工作簿、设有密码或已损坏），未逐一列出"),
        ("大.zip/里层.zip", "压缩包中还有压缩包，未打开"),
    ]


def test_members_that_are_refused_are_named_up_to_a_number(tmp_path: Path) -> None:
    archive(tmp_path / "层.zip", {"甲.xlsx": SAMPLES[0].read_bytes(), **{f"{i:03}.rar": b"" for i in range(MAX_UNREAD + 7)}})
    found = discover([tmp_path])
    assert (len(found.sources), len(found.refused)) == (1, MAX_UNREAD + 1)
    assert found.refused[0].finding.found.startswith("压缩包中另有 7 个文件无法读取")


def test_a_broken_archive_and_a_broken_member_are_named(tmp_path: Path) -> None:
    (tmp_path / "坏.zip").write_bytes(b"PK\x03\x04 not really")
    path = archive(tmp_path / "半.zip", {"一.xlsx": SAMPLES[0].read_bytes()})
    data = bytearray(path.read_bytes())
    data[200] ^= 0xFF
    path.write_bytes(data)
    found = discover([tmp_path])
    assert [(r.name, r.finding.kind.kind) for r in found.refused] == [("坏.zip", "not-a-workbook")]
    with pytest.raises(ReadError) as caught:
        bytes_of(found.sources[0])
    assert caught.value.finding.found == "压缩包中的这个文件已损坏，无法解压"


@pytest.mark.skipif(os.name == "nt", reason="names are bytes on Linux only")
def test_a_name_in_gbk_bytes_is_shown_and_read(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/" + "财政局.xlsx".encode("gb18030")
    Path(os.fsdecode(raw)).write_bytes(SAMPLES[0].read_bytes())
    found = discover([tmp_path])
    assert [s.name for s in found.sources] == ["财政局.xlsx"]
    assert bytes_of(found.sources[0]) == SAMPLES[0].read_bytes()
