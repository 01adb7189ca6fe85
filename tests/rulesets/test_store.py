"""The user's own folder: whole or not at all, nothing lost, found in the right order."""

from __future__ import annotations

import datetime
import os
from dataclasses import replace
from pathlib import Path

import pytest

from perfeval_xl.rulesets import loader, store
from perfeval_xl.rulesets.loader import RulesetError, in_use, load, sources

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
SHIPPED = load("jiangxi-project-2017")
OWN = replace(SHIPPED, title="本局规则")


def test_a_stored_rule_set_goes_before_the_shipped_one_and_a_bureaus_folder_before_both(own_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add(OWN, NOW)
    assert load(OWN.id) == OWN
    bureau = tmp_path / "bureau"
    bureau.mkdir()
    (bureau / f"{OWN.id}.toml").write_text(store.to_toml(replace(OWN, title="全市规则")), encoding="utf-8")
    monkeypatch.setenv(loader.FOLDER_VARIABLE, str(bureau))
    assert load(OWN.id).title == "全市规则"
    assert [(s.where, s.path.parent) for s in sources() if s.path.stem == OWN.id] == [("目录", bureau), ("本机", own_folder), ("自带", loader.SHIPPED)]
    assert [s.where for s in in_use() if s.path.stem == OWN.id] == ["目录"]
    assert store.notes(OWN, NOW.date()) == [
        "PERFEVAL_RULESETS 目录中已有编号为“jiangxi-project-2017”的规则集，仍以该目录中的为准",
        "程序自带同一编号的规则集“jiangxi-project-2017”，以后使用本机存入的这一个",
    ]


def test_every_version_before_is_kept(own_folder: Path) -> None:
    versions = [replace(OWN, title=f"第{n}版") for n in range(4)]
    kept = [store.add(version, NOW) for version in versions]
    assert kept[0].previous is None
    older = own_folder / store.OLDER
    names = [f"{OWN.id}.20260102-030405.toml", f"{OWN.id}.20260102-030405-2.toml", f"{OWN.id}.20260102-030405-3.toml"]
    assert [k.previous for k in kept[1:]] == [older / name for name in names]
    assert [load(str(older / name)).title for name in names] == ["第0版", "第1版", "第2版"]
    assert load(OWN.id).title == "第3版"
    assert store.add(versions[-1], NOW).previous is None  # nothing new, nothing to keep
    assert sorted(p.name for p in own_folder.iterdir()) == [f"{OWN.id}.toml", store.OLDER]


def test_a_write_that_fails_leaves_everything_as_it_was(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add(OWN, NOW)
    before = {p: p.read_bytes() for p in own_folder.rglob("*") if p.is_file()}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RulesetError, match=r"规则集未保存。无法写入“.*”：没有写入权限，磁盘已满"):
        store.add(replace(OWN, title="新"), NOW)
    assert {p: p.read_bytes() for p in own_folder.rglob("*") if p.is_file()} == before


def test_a_folder_that_is_a_file_is_said(own_folder: Path) -> None:
    own_folder.write_text("x", encoding="utf-8")
    with pytest.raises(RulesetError, match="无法写入：路径中有一段不是文件夹"):
        store.add(OWN, NOW)


def test_what_a_new_rule_set_is_compared_with() -> None:
    assert store.base_of(OWN, "") == SHIPPED
    other = replace(OWN, id="本局-2024")
    assert store.base_of(other, "hunan-department-2018") == load("hunan-department-2018")
    assert store.base_of(other, "") is None
    assert store.base_of(other, "../../etc/passwd") is None


def test_numbers_are_stored_even_where_they_equal_a_default() -> None:
    """A default of a later version must not change what a bureau stored."""
    assert "score_places = 2" in store.to_toml(OWN)
    assert "floor = 0" in store.to_toml(OWN)
