"""What a check is given: folders, archives and patterns lead to the same workbooks as in a merge; each is named, nothing is passed over in silence."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from perfeval_xl.batch.given import Given, given_workbooks
from perfeval_xl.workbook.read import ReadError
from perfeval_xl.workbook.reviews import is_issue_book
from tests.support.audit import evaluation, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two offices with a file of the same name, an archive with one workbook and another archive in it, a photo."""
    folder = tmp_path / "报送"
    for office in ("一局", "二局"):
        (folder / office).mkdir(parents=True)
        evaluation(folder / office / "自评表.xlsx")
    with zipfile.ZipFile(folder / "三局.zip", "w") as archive:
        archive.write(folder / "一局" / "自评表.xlsx", "内/三局.xlsx")
        archive.writestr("里层.rar", b"Rar!")
    (folder / "四局.7z").write_bytes(b"7z")
    (folder / "扫描件.jpg").write_bytes(b"photo")
    return folder


def names(given: list[Given], above: Path) -> list[tuple[str, bool]]:
    return [(g.name.replace(f"{above}/", ""), g.refused is None) for g in given]


def test_a_folder_leads_to_every_workbook_in_it_and_names_what_it_cannot_open(folder: Path) -> None:
    notes: list[str] = []
    given = given_workbooks([folder], [], notes)
    assert names(given, folder) == [("一局/自评表.xlsx", True), ("三局.xlsx", True), ("里层.rar", False), ("二局/自评表.xlsx", True), ("四局.7z", False)]
    assert notes == ["“扫描件.jpg”不是工作簿，未校验。"]
    assert not any(g.is_named for g in given)
    books = [g.book(None) for g in given if g.refused is None]
    assert [b.file for b in books] == ["自评表.xlsx", "三局.xlsx", "自评表.xlsx"]
    assert not any(map(is_issue_book, books))
    with pytest.raises(ReadError, match="7z 压缩包"):
        given[-1].book(None)


def test_a_link_leads_to_a_file_on_disk_never_into_an_archive(folder: Path) -> None:
    given = given_workbooks([folder], [], [])
    assert [g.path and Path(g.path).is_file() for g in given] == [True, "", "", True, True]


def test_a_file_given_twice_is_one_and_the_order_is_the_users(folder: Path) -> None:
    second = folder / "二局" / "自评表.xlsx"
    given = given_workbooks([second, folder / "一局", folder / "二局", folder / "三局.zip"], [], [])
    assert [(g.name.replace(f"{folder}/", ""), g.is_named) for g in given] == [("二局/自评表.xlsx", True), ("一局/自评表.xlsx", False), ("三局.xlsx", False), ("里层.rar", False)]


def test_the_runs_own_files_are_not_taken_from_a_folder_but_a_named_file_is(folder: Path) -> None:
    own = folder / "一局" / "自评表.xlsx"
    assert names(given_workbooks([folder / "一局"], [own], []), folder) == []
    assert names(given_workbooks([own], [own], []), folder) == [("自评表.xlsx", True)]


def test_patterns_are_followed_where_no_shell_did_it_and_what_is_not_there_stays_named(folder: Path) -> None:
    assert names(given_workbooks([folder / "*" / "*.xlsx"], [], []), folder) == [("一局/自评表.xlsx", True), ("二局/自评表.xlsx", True)]
    (missing,) = given_workbooks([folder / "*" / "*.ods"], [], [])
    assert (missing.name, missing.is_named) == ("*.ods", True)
    with pytest.raises(ReadError, match="文件不存在"):
        missing.book(None)


def test_the_command_checks_them_all(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", folder, "-o", tmp_path / "问题清单.xlsx") == 1
    shown = capsys.readouterr().out.replace("\n", "")
    assert "三局.xlsx" in shown
    assert "7z 压缩包" in shown
    assert "扫描件.jpg" in shown
