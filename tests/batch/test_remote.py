"""Addresses: the same rules as for folders, through fsspec; what the storage refuses is a refusal, in Chinese."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perfeval_xl.batch import content as content_module
from perfeval_xl.batch.content import bytes_of
from perfeval_xl.batch.discover import discover
from perfeval_xl.batch.sources import Source
from perfeval_xl.workbook.read import ReadError

pytest.importorskip("fsspec")
SAMPLE = Path(__file__).parents[2] / "workbooks" / "samples" / "yuangang-2023.xlsx"


@pytest.fixture
def memory() -> Iterator[Any]:
    system = importlib.import_module("fsspec").filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


def put(system: Any, *names: str) -> None:
    for name in names:
        system.pipe_file(name, SAMPLE.read_bytes())


def test_workbooks_below_an_address_are_found_by_the_rules_for_folders(memory: Any) -> None:
    put(memory, "/报送/乙/表.XLSX", "/报送/甲.et", "/报送/说明.docx", "/报送/~$甲.xlsx", "/报送/甲.tmp", "/报送/.隐藏/甲.xlsx", "/报送/全部.zip", "/别处/丙.xlsx")
    found = discover(["memory://报送"])
    assert [(s.path, s.name, s.member, s.size) for s in found.sources] == [
        ("memory:///报送/乙/表.XLSX", "乙/表.XLSX", "", SAMPLE.stat().st_size),
        ("memory:///报送/甲.et", "甲.et", "", SAMPLE.stat().st_size),
    ]
    assert all(s.modified > 0 for s in found.sources)
    assert found.skipped == {"其他类型的文件": 1, "锁定文件和临时文件": 2, "隐藏文件": 1}
    assert [(r.name, r.finding.found) for r in found.refused] == [("全部.zip", "网络地址上的压缩包，未打开")]


def test_the_bytes_are_those_of_the_file(memory: Any) -> None:
    put(memory, "/报送/甲.xlsx")
    assert [bytes_of(s) for s in discover(["memory://报送"]).sources] == [SAMPLE.read_bytes()]


def test_a_file_a_pattern_and_a_folder_lead_to_each_file_once(memory: Any) -> None:
    put(memory, "/报送/甲.xlsx", "/报送/乙.xlsx")
    assert [s.name for s in discover(["memory://报送/甲.xlsx", "memory://报送/*.xlsx", "memory://报送/"]).sources] == ["乙.xlsx", "甲.xlsx"]


def test_a_file_given_by_its_address_is_taken_whatever_its_ending(memory: Any) -> None:
    put(memory, "/报送/甲.dat")
    assert [s.name for s in discover(["memory://报送/甲.dat"]).sources] == ["甲.dat"]


def test_a_folder_of_this_machine_by_its_address(tmp_path: Path) -> None:
    (tmp_path / "乙").mkdir()
    (tmp_path / "乙" / "甲.xlsx").write_bytes(SAMPLE.read_bytes())
    (tmp_path / "乙" / "链接.xlsx").symlink_to(SAMPLE)
    found = discover([f"file://{tmp_path}"])
    assert [(s.path, s.name) for s in found.sources] == [(f"file://{tmp_path}/乙/甲.xlsx", "乙/甲.xlsx")]
    assert bytes_of(found.sources[0]) == SAMPLE.read_bytes()


def test_addresses_and_folders_go_together(memory: Any, tmp_path: Path) -> None:
    put(memory, "/报送/甲.xlsx")
    (tmp_path / "乙.xlsx").write_bytes(SAMPLE.read_bytes())
    assert [s.name for s in discover([str(tmp_path), "memory://报送"]).sources] == ["乙.xlsx", "甲.xlsx"]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("memory://没有", "该地址不存在"),
        ("memory://没有/*.xlsx", "该地址不存在"),
        ("quux://桶/文件夹", "该地址无法读取（ValueError）"),
        ("zip://甲.xlsx::memory://a.zip", "不支持层层相套的地址（::）"),
    ],
)
def test_what_cannot_be_listed_is_refused(memory: Any, address: str, found: str) -> None:  # noqa: ARG001  # an empty storage
    assert [r.finding.found for r in discover([address]).refused] == [found]


def test_without_the_library_the_address_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    refused = discover(["s3://桶/2024"]).refused
    assert [r.name for r in refused] == ["s3://桶/2024"]
    assert 'pip install "perfeval-xl[cluster]"' in refused[0].finding.found
    with pytest.raises(ReadError, match="另外安装程序库"):
        bytes_of(Source("s3://桶/甲.xlsx", "", "甲.xlsx", 0, 0))


def test_no_more_is_read_than_a_workbook_may_have(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(memory, "/报送/甲.xlsx")
    source = discover(["memory://报送"]).sources[0]
    monkeypatch.setattr(content_module, "MAX_MEMBER", 1_000)
    with pytest.raises(ReadError, match="超过"):
        bytes_of(source)


def test_a_file_that_is_gone_when_it_is_read_is_refused(memory: Any) -> None:
    put(memory, "/报送/甲.xlsx")
    source = discover(["memory://报送"]).sources[0]
    memory.rm("/报送/甲.xlsx")
    with pytest.raises(ReadError, match="该地址不存在"):
        bytes_of(source)
