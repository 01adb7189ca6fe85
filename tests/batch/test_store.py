"""What is kept from run to run: nothing damaged, edited or half-written comes back; nobody else can read it."""

from __future__ import annotations

import os
import sqlite3
import stat
import zipfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl import load_workbook

from perfeval_xl.batch import merge as module
from perfeval_xl.batch.consolidation import Consolidation
from perfeval_xl.batch.content import bytes_of, close_archives
from perfeval_xl.batch.discover import discover
from perfeval_xl.batch.merge import Answer, MergeRequest, Order, OutputError, StoppedError, merge
from perfeval_xl.batch.outcome import Outcome, details_of, refused_outcome
from perfeval_xl.batch.pool import Limits, cause
from perfeval_xl.batch.store import DamagedError, Store
from perfeval_xl.batch.work import Done, Job, work
from perfeval_xl.workbook.tables import write_tables
from tests.batch.test_merge import SAMPLES, form, table
from tests.support import hostile

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
AGAIN = "与上次汇总相比，文件、名单和规则都没有变化，采用上次生成的汇总表。"
posix = pytest.mark.skipif(os.name == "nt", reason="permissions as on Linux")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PERFEVAL_CACHE", str(tmp_path / "缓存"))
    return tmp_path / "缓存"


def merged(folder: Path, output: Path, export: Path | None = None, *, fresh: bool = False) -> Answer:
    return merge(Order(MergeRequest([str(folder)], jobs=1, fresh=fresh), output, export=export))


def changed(cache: Path, statement: str) -> None:
    path = next(cache.glob("outcomes-*.sqlite"))
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.execute(f"UPDATE outcomes SET {statement}")  # noqa: S608  # the tests' own


def exporting(monkeypatch: pytest.MonkeyPatch, then: Callable[[], None]) -> None:
    """What happens to the finished workbook while the export is still being made."""
    export = module._exported

    def slow(consolidation: Consolidation, folder: Path, document: dict[str, Any], context: Any) -> Any:
        then()
        return export(consolidation, folder, document, context)

    monkeypatch.setattr(module, "_exported", slow)


def test_a_workbook_edited_while_the_export_runs_is_not_what_the_next_merge_hands_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    form(tmp_path / "报送" / "一.xlsx", "某市水利局")
    out = tmp_path / "汇总.xlsx"

    def edit() -> None:
        book = load_workbook(out)
        book["汇总"]["A1"] = "被人改过"
        book.save(out)

    exporting(monkeypatch, edit)
    merged(tmp_path / "报送", out, tmp_path / "导出")
    assert load_workbook(out)["汇总"]["A1"].value == "被人改过", "what the user did to it stays"
    answer = merged(tmp_path / "报送", tmp_path / "新.xlsx")
    assert answer.notes[-1] == AGAIN
    assert load_workbook(tmp_path / "新.xlsx")["汇总"]["A1"].value == "预算绩效自评汇总表"
    merged(tmp_path / "报送", out)
    assert out.read_bytes() == (tmp_path / "新.xlsx").read_bytes()


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half"])
def test_a_kept_workbook_that_was_damaged_is_made_again(tmp_path: Path, cache: Path, damage: bytes) -> None:
    form(tmp_path / "报送" / "一.xlsx", "某市水利局")
    merged(tmp_path / "报送", tmp_path / "汇总.xlsx")
    next(cache.glob("output-*.xlsx")).write_bytes(damage)
    answer = merged(tmp_path / "报送", tmp_path / "新.xlsx")
    assert AGAIN not in answer.notes
    assert [r["单位"] for r in table(tmp_path / "新.xlsx", "汇总")] == ["某市水利局"]


def test_a_refusal_that_the_bytes_decide_is_kept_like_any_other_outcome(tmp_path: Path) -> None:
    """One file behind a password, or unsafe, must not have the whole workbook written again each time."""
    plain = form(tmp_path / "原" / "甲.xlsx", "甲局")
    form(tmp_path / "报送" / "乙.xlsx", "乙局")
    with plain.open("rb") as source, (tmp_path / "报送" / "甲.xlsx").open("wb") as target:
        OOXMLFile(source).encrypt("口令1", target)
    (tmp_path / "报送" / "丙.xlsx").write_bytes(hostile.with_lying_part(hostile.book(hostile.sheet()), "xl/worksheets/sheet1.xml", hostile.deflated_zeros(1_000), 5_000))
    first = merged(tmp_path / "报送", tmp_path / "汇总.xlsx")
    assert sorted(one["kind"] for one in first.document["refused"]) == ["encrypted-workbook", "unsafe-workbook"]
    again = merged(tmp_path / "报送", tmp_path / "汇总.xlsx")
    assert again.notes[-1] == AGAIN
    assert again.document["refused"] == first.document["refused"]
    opened = merge(Order(MergeRequest([str(tmp_path / "报送")], jobs=1, password="口令1"), tmp_path / "汇总.xlsx"))  # of the file above
    assert opened.document["files"]["merged"] == 2


def test_a_refusal_of_a_moment_is_tried_again(tmp_path: Path) -> None:
    form(tmp_path / "报送" / "甲.xlsx", "甲局")
    form(tmp_path / "报送" / "乙.xlsx", "乙局")

    def busy(jobs: Sequence[Job]) -> Generator[list[Done], None, None]:
        """A machine on which the first file takes too long."""
        yield [Done(jobs[0].number, "", refused_outcome(cause(TimeoutError(), Limits(), "")), is_lasting=False), *work(jobs[1:])]

    request = MergeRequest([str(tmp_path / "报送")], jobs=1)
    assert merge(Order(replace(request, runner=busy), tmp_path / "汇总.xlsx")).document["files"]["merged"] == 1
    answer = merge(Order(request, tmp_path / "汇总.xlsx"))
    assert (answer.document["files"]["merged"], AGAIN in answer.notes) == (2, False)


def test_a_kept_workbook_goes_with_its_own_answer_only(tmp_path: Path, cache: Path) -> None:
    for name in ("一", "二"):
        form(tmp_path / name / "一.xlsx", f"某市{name}局")
        merged(tmp_path / name, tmp_path / "汇总.xlsx")
    first, second = cache.glob("output-*.json")
    first.write_bytes(second.read_bytes())
    for name in ("一", "二"):
        merged(tmp_path / name, tmp_path / "汇总.xlsx")
        assert [r["单位"] for r in table(tmp_path / "汇总.xlsx", "汇总")] == [f"某市{name}局"]


@pytest.mark.parametrize("statement", ["details=x'0102'", "details=x''", "details=NULL", "issues=x'00'", "issues=x''", "head='{}'", "head=x'00ff'", "details=issues", "seal=x''"])
def test_an_outcome_that_was_damaged_is_read_again(tmp_path: Path, cache: Path, statement: str) -> None:
    form(tmp_path / "报送" / "一.xlsx", "某市水利局", actual="50人")
    merged(tmp_path / "报送", tmp_path / "汇总.xlsx")
    changed(cache, statement)
    form(tmp_path / "报送" / "二.xlsx", "某市教育局")
    answer = merged(tmp_path / "报送", tmp_path / "汇总.xlsx")
    assert answer.document["files"] == {"found": 2, "merged": 2, "refused": 0, "unchanged": 0}
    assert {r["单位"]: r["计算得分"] for r in table(tmp_path / "汇总.xlsx", "汇总")} == {"某市水利局": 70, "某市教育局": 100}
    form(tmp_path / "报送" / "三.xlsx", "某市林业局")
    assert merged(tmp_path / "报送", tmp_path / "汇总.xlsx").document["files"]["unchanged"] == 2, "what was read again is kept again"


@pytest.mark.parametrize("statement", ["details=x'0102'", "issues=x''", "digest=digest||'gone'"])
def test_an_outcome_that_is_damaged_while_the_workbook_is_written_ends_the_run_in_words(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    form(tmp_path / "去年" / "一.xlsx", "某市水利局")
    merged(tmp_path / "去年", tmp_path / "汇总.xlsx")
    before = (tmp_path / "汇总.xlsx").read_bytes()
    form(tmp_path / "报送" / "一.xlsx", "某市水利局", actual="50人")

    def late(target: Path, sheets: Sequence[Any]) -> None:
        changed(cache, statement)
        write_tables(target, sheets)

    monkeypatch.setattr(module, "write_tables", late)
    with pytest.raises(StoppedError, match=r"汇总表没有写出，原有的文件没有改动。缓存文件夹“.*”中已读取的结果在本次运行中被改动或删除。请重新运行"):
        merged(tmp_path / "报送", tmp_path / "汇总.xlsx")
    assert (tmp_path / "汇总.xlsx").read_bytes() == before
    monkeypatch.undo()
    monkeypatch.setenv("PERFEVAL_CACHE", str(cache))
    assert merged(tmp_path / "报送", tmp_path / "二.xlsx").document["departments"] == 1


@pytest.mark.parametrize("error", [ValueError("x"), IndexError(1), MemoryError()])
def test_an_error_of_the_program_while_writing_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    form(tmp_path / "报送" / "一.xlsx", "某市水利局")

    def broken(_self: Consolidation) -> Iterator[list[Any]]:
        raise error

    monkeypatch.setattr(Consolidation, "indicators", broken)
    with pytest.raises(StoppedError, match=f"汇总表没有写出.*（{type(error).__name__}）.*--fresh"):
        merged(tmp_path / "报送", tmp_path / "汇总.xlsx")
    assert not (tmp_path / "汇总.xlsx").exists()


def test_an_outcome_is_known_only_as_it_was_kept(tmp_path: Path) -> None:
    with closing(Store(tmp_path, "m")) as store:
        store.put([("d", Outcome("{}", b"1", b"2")), ("e", Outcome("[]"))])
        assert dict(store.heads(["d", "e", "f"])) == {"d": "{}", "e": "[]"}
        assert (store.details("d"), store.issues("d"), store.details("e")) == (b"1", b"2", b"")
        with pytest.raises(DamagedError):
            store.details("f")
    changed(tmp_path, "details=x'33' WHERE digest='d'")
    with closing(Store(tmp_path, "m")) as store:
        assert dict(store.heads(["d", "e"])) == {"e": "[]"}
        with pytest.raises(DamagedError):
            store.issues("d")


@pytest.mark.parametrize(("more", "said"), [(1, "读入 2 行，写出 3 行"), (-1, "读入 2 行，写出 1 行")])
def test_a_row_that_is_lost_or_doubled_on_the_way_is_told_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: int, said: str) -> None:
    for i in range(2):
        form(tmp_path / "报送" / f"{i}.xlsx", f"某市第{i}局")
    files = []

    def slipped(data: bytes) -> list[Any]:
        files.append(data)
        details = details_of(data)
        if len(files) % 2:
            return [d._replace(rows=d.rows + d.rows[:1] if more > 0 else d.rows[:-1]) for d in details]
        return details

    monkeypatch.setattr("perfeval_xl.batch.consolidation.details_of", slipped)
    with pytest.raises(StoppedError, match=f"指标行数核对不一致：“0.xlsx”{said}。汇总表没有写出"):
        merged(tmp_path / "报送", tmp_path / "汇总.xlsx")
    assert not (tmp_path / "汇总.xlsx").exists()


def test_a_row_lost_in_one_file_is_not_made_up_for_by_one_doubled_in_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(2):
        form(tmp_path / "报送" / f"{i}.xlsx", f"某市第{i}局")
    files = []

    def slipped(data: bytes) -> list[Any]:
        files.append(data)
        return [d._replace(rows=d.rows[:-1] if len(files) % 2 else d.rows + d.rows[:1]) for d in details_of(data)]

    monkeypatch.setattr("perfeval_xl.batch.consolidation.details_of", slipped)
    with pytest.raises(StoppedError, match=r"“0.xlsx”读入 2 行，写出 1 行；“1.xlsx”读入 2 行，写出 3 行"):
        merged(tmp_path / "报送", tmp_path / "汇总.xlsx")


def printed(path: Path) -> int:
    """Rows of a sample as they stand on its sheets, counted by another program: those that name an indicator below a heading, and the fund table's own."""
    rows = 0
    for sheet in load_workbook(path, data_only=True):
        names: int | None = None
        for row in sheet.iter_rows(values_only=True):
            texts = [str(v or "").strip() for v in row]
            if "三级指标" in texts or texts[0] == "自评指标":
                names = 2
            elif texts[0] == "年度资金总额" or (names is not None and texts[names] and len([t for t in texts if t]) > 1):
                rows += 1
    return rows


def test_rows_in_the_workbook_are_those_that_stand_in_the_files(tmp_path: Path) -> None:
    answer = merge(Order(MergeRequest([str(p) for p in SAMPLES], jobs=1), tmp_path / "汇总.xlsx"))
    assert answer.document["files"]["merged"] == len(SAMPLES)
    found: Mapping[str, int] = {p.name: 0 for p in SAMPLES}
    counted = dict(found)
    for row in table(tmp_path / "汇总.xlsx", "指标明细"):
        counted[str(row["文件"])] += 1
    want = {p.name: printed(p) for p in SAMPLES}
    assert min(want.values()) >= 4
    assert counted == want
    record = {r["名称"]: r["内容"] for r in table(tmp_path / "汇总.xlsx", "运行记录") if r["类别"] == "核对"}
    assert record["指标行"] == f"读入 {sum(want.values())}，写入“指标明细” {sum(want.values())}，一致"


@posix
def test_only_the_user_can_read_what_is_kept(tmp_path: Path, cache: Path) -> None:
    before = os.umask(0)
    try:
        form(tmp_path / "报送" / "一.xlsx", "某市水利局")
        merged(tmp_path / "报送", tmp_path / "汇总.xlsx")
        assert stat.S_IMODE(cache.stat().st_mode) == 0o700
        assert {stat.S_IMODE(p.stat().st_mode) for p in cache.iterdir()} == {0o600}
        with closing(Store(cache, "m")) as store:
            store.put([("d", Outcome("{}"))])
            assert {p.name.rpartition("-")[2]: stat.S_IMODE(p.stat().st_mode) for p in cache.glob("*.sqlite-*")} == {"wal": 0o600, "shm": 0o600}
        assert stat.S_IMODE((tmp_path / "汇总.xlsx").stat().st_mode) == 0o666, "the output is the user's, as any new file"
    finally:
        os.umask(before)


@posix
def test_what_an_earlier_version_left_open_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PERFEVAL_CACHE", raising=False)
    place = tmp_path / "缓存"
    place.mkdir(mode=0o755)
    Store(place, "m").close()
    path = next(place.glob("*.sqlite"))
    place.chmod(0o755)
    path.chmod(0o644)
    Store(place, "m").close()
    assert (stat.S_IMODE(place.stat().st_mode), stat.S_IMODE(path.stat().st_mode)) == (0o700, 0o600)


@posix
def test_a_folder_of_the_users_own_keeps_its_permissions(cache: Path) -> None:
    cache.mkdir()
    cache.chmod(0o755)
    Store(cache, "m").close()
    assert stat.S_IMODE(cache.stat().st_mode) == 0o755


def held(path: Path) -> list[str]:
    """Files under a name that this process has open."""
    found = []
    for one in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(one.readlink()))
        except OSError:
            continue
    return [name for name in found if path.name in name]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files as Linux lists them")
def test_an_archive_is_let_go_of(tmp_path: Path) -> None:
    archive = tmp_path / "报送" / "包.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as opened:
        for i in range(2):
            opened.write(form(tmp_path / "原" / f"{i}.xlsx", f"某市第{i}局"), f"{i}.xlsx")
    sources = discover([archive.parent]).sources
    bytes_of(sources[0])
    assert held(archive), "while one member follows another it is held"
    close_archives()
    assert held(archive) == []
    assert [d.digest != "" for d in work([Job(i, s, None) for i, s in enumerate(sources)])] == [True, True]
    assert held(archive) == [], "after each batch of a worker"
    assert merged(archive.parent, tmp_path / "汇总.xlsx").document["departments"] == 2
    assert held(archive) == [], "after the hashes of a merge"


def test_an_export_that_fails_says_that_the_workbook_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    form(tmp_path / "报送" / "一.xlsx", "某市水利局")
    out, folder = tmp_path / "汇总.xlsx", tmp_path / "导出"

    def block() -> None:
        folder.write_text("x", encoding="utf-8")

    exporting(monkeypatch, block)
    with pytest.raises(OutputError, match=r"^汇总表“.*汇总.xlsx”已写出，可以使用；但导出没有完成。导出位置“.*导出”是一个文件，不是文件夹。"):
        merged(tmp_path / "报送", out, folder)
    assert [r["单位"] for r in table(out, "汇总")] == ["某市水利局"]
    folder.unlink()

    def fail() -> None:
        raise ZeroDivisionError

    exporting(monkeypatch, fail)
    with pytest.raises(StoppedError, match=r"已写出，可以使用；但导出没有完成。写出时出错（ZeroDivisionError）"):
        merged(tmp_path / "报送", out, folder, fresh=True)
