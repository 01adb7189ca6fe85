"""The store of jobs, by itself: what goes, what stays, what is never taken for a job."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from perfeval_xl.excel.server import jobs
from perfeval_xl.excel.server.filenames import safe_parts
from perfeval_xl.excel.server.jobs import DONE, FAILED, STOPPED, WAITING, WORKING, Job, JobError
from perfeval_xl.excel.server.processes import birth
from perfeval_xl.excel.server.settings import VARIABLE, Limits, Settings
from perfeval_xl.excel.server.store import Store

pytest.importorskip("filelock", reason="the extra `server` is not installed")


def test_what_has_not_changed_for_as_long_as_jobs_are_kept_goes(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits(kept_seconds=3_600))
    job = store.new("one:a")
    job.say(DONE)
    assert store.sweep(time.time() + 3_000) == 0
    assert store.sweep(time.time() + 3_700) == 1
    store.sweep()
    assert [p.name for p in (tmp_path / "jobs").iterdir() if p.name != ".lock-new"] == []


def test_only_a_jobs_own_name_finds_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits())
    job = store.new("one:a")
    assert store.job(job.name, "one:a") == job
    for name, owner in ((job.name, "one:b"), (job.name, None), ("..", "one:a"), (f"../jobs/{job.name}", "one:a"), (job.name.upper(), "one:a"), ("", "one:a"), (job.name + "\n", "one:a")):
        with pytest.raises(JobError, match="没有这项任务"):
            store.job(name, owner)


def test_a_link_among_the_uploads_is_not_followed(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits())
    job = store.new("one:a")
    outside = tmp_path / "outside.xlsx"
    (job.files / "a.xlsx").symlink_to(outside)
    assert job.keep(job.receive("a.xlsx", store.limits), "a.xlsx").name == "a (2).xlsx"
    assert not outside.exists()


def test_the_bytes_of_one_job_are_bounded(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits(job_bytes=10))
    job = store.new("one:a")
    place = job.receive("a.xlsx", store.limits)
    place.write_bytes(b"x" * 11)
    job.keep(place, "a.xlsx")
    with pytest.raises(JobError, match="一批文件合计不能超过"):
        job.receive("b.xlsx", store.limits)


def test_uploads_under_way_hold_their_share(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits(files=2, job_bytes=100))
    job = store.new("one:a")
    first = job.receive("a.xlsx", store.limits, 100)
    with pytest.raises(JobError, match="一批文件合计不能超过"):
        job.receive("b.xlsx", store.limits, 1)
    first.unlink()
    job.receive("a.xlsx", store.limits, 1)
    second = job.receive("b.xlsx", store.limits, 1)
    with pytest.raises(JobError, match="一批最多 2 个文件"):
        job.receive("c.xlsx", store.limits, 1)
    os.utime(second, (0, 0))  # of a worker that died long ago
    job.receive("c.xlsx", store.limits, 1)
    assert not second.exists()


def test_what_cannot_be_kept_leaves_no_folders(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits())
    job = store.new("one:a")
    job.keep(job.receive("a", store.limits), "a")
    place = job.receive("a/b/c.xlsx", store.limits)
    with pytest.raises(JobError, match="不能使用"):
        job.keep(place, "a/b/c.xlsx")
    assert [p.name for p in job.files.rglob("*")] == ["a"]


def test_finished_merges_make_room_and_begun_ones_never_do(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits(all_jobs=2, jobs=2))
    first = store.new("one:a")
    first.say(DONE)
    second = store.new("one:b")
    third = store.new("one:c")  # the finished one goes
    assert set(store.every()) == {second, third}
    with pytest.raises(JobError, match="过多"):
        store.new("one:d")
    for _ in range(5):
        store.new("one:d", is_report=True).say(DONE)  # reports fill no places of merges
    assert sum(j.is_report for j in store.every()) == store.limits.reports
    assert {second, third} < set(store.every())
    mine = Store(tmp_path / "more", Limits(jobs=1))
    mine.new("one:a")
    with pytest.raises(JobError, match="您已有 1 批"):
        mine.new("one:a")


def test_an_empty_job_goes_within_minutes(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits())
    empty, full = store.new("one:a"), store.new("one:a")
    full.keep(full.receive("a.xlsx", store.limits), "a.xlsx")
    assert store.sweep(time.time() + 660) == 1
    assert store.every() == [full]
    assert empty not in store.every()


def _with_a_file(folder: Path) -> Job:
    store = Store(folder, Limits())
    job = store.new("one:a")
    job.keep(job.receive("a.xlsx", store.limits), "a.xlsx")
    return job


@pytest.fixture
def sleeper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process that works on a job and comes to no end."""
    (tmp_path / "perfeval_test_sleeper.py").write_text("import time\ntime.sleep(60)\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(jobs, "WORKER", "perfeval_test_sleeper")


@pytest.mark.usefixtures("sleeper")
def test_many_starts_at_once_are_one(tmp_path: Path) -> None:
    job = _with_a_file(tmp_path / "jobs")

    def start(_: int) -> str:
        try:
            job.start()
        except JobError as error:
            return f"refused {error.status}"
        return "started"

    try:
        with ThreadPoolExecutor(8) as pool:
            states = pool.map(lambda _: job.status()["state"], range(8))
            assert sorted(pool.map(start, range(8))) == ["refused 409"] * 7 + ["started"]
            assert FAILED not in states
        assert len([c for c in psutil.Process().children() if c.status() != psutil.STATUS_ZOMBIE and str(job.folder) in c.cmdline()]) == 1
    finally:
        job.stop()
    assert not [c for c in psutil.Process().children() if c.status() != psutil.STATUS_ZOMBIE and str(job.folder) in c.cmdline()]


@pytest.mark.usefixtures("sleeper")
def test_a_run_that_was_stopped_has_no_say(tmp_path: Path) -> None:
    job = _with_a_file(tmp_path / "jobs")
    job.start()
    run = json.loads((job.folder / "process.json").read_bytes())[2]
    assert job.begins(run)
    assert not job.begins("another")
    assert job.tell(run, WORKING, done=0, all=1)
    assert not job.begins(run)
    job.output(run).write_bytes(b"half")
    job.stop()
    assert not job.tell(run, DONE, job.output(run))
    assert job.status()["state"] == STOPPED
    assert [p.name for p in job.files.iterdir()] == ["a.xlsx"]
    job.start()
    assert not job.tell(run, DONE)
    assert job.status()["state"] == WAITING
    job.stop()


@pytest.mark.usefixtures("sleeper")
def test_a_stop_during_a_start_leaves_no_process(tmp_path: Path) -> None:
    job = _with_a_file(tmp_path / "jobs")
    with ThreadPoolExecutor(2) as pool:
        for _ in range(4):
            both = pool.submit(job.start), pool.submit(job.stop)
            for one in both:
                one.result()
            job.stop()
            assert job.status()["state"] == STOPPED
            assert not [c for c in psutil.Process().children() if c.status() != psutil.STATUS_ZOMBIE and str(job.folder) in c.cmdline()]


def test_a_full_disk_is_told_before_it_is_full(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits(free_bytes=10**18))
    with pytest.raises(JobError, match="磁盘空间不足"):
        store.new("one:a").receive("a.xlsx", store.limits)


def test_names_keep_their_folders_in_one_form_of_writing() -> None:
    assert safe_parts("单位\\一处/表.xlsx") == ("单位", "一处", "表.xlsx")
    assert safe_parts('C:\\<b>"名?".xlsx:s') == ("C：", "＜b＞＂名？＂.xlsx：s")
    assert safe_parts("e\u0301.xlsx") == ("\u00e9.xlsx",)


@pytest.mark.parametrize("name", ["status.json", "process.json", "uploads", "job.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"1", b"\xff", b"null", b'{"state": 1}'])
def test_a_damaged_record_of_one_job_stops_no_other(tmp_path: Path, name: str, content: bytes) -> None:
    store = Store(tmp_path / "jobs", Limits())
    bad, good = store.new("one:a"), store.new("one:b")
    bad.say(WORKING)
    (bad.folder / name).write_bytes(content)
    assert store.new("one:c").status()["state"] == "open"
    store.sweep()
    store.stop_all("停")
    assert good.status()["state"] == "open"
    if name != "job.json":
        assert bad.status()["state"] in {FAILED, STOPPED}
        assert bad.status()["message"]
        assert bad.uploaded() == (0, 0)
    store.remove(bad)
    assert store.sweep(time.time() + 100_000) == 2
    assert not [p for p in store.folder.iterdir() if p.is_dir()]


def test_half_a_note_costs_only_itself(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits())
    job = store.new("one:a")
    for mark in ("0a", "0b"):
        job.keep(job.receive("表.xlsx", store.limits), "表.xlsx", mark)
    with (job.folder / "uploads").open("ab") as stream:
        stream.write(b'\n[5, "0c", "')
    job.keep(job.receive("表.xlsx", store.limits), "表.xlsx", "0d")
    assert job.uploaded()[0] == 3
    assert [job.stored(m) for m in ("0a", "0b", "0c", "0d", "")] == ["表.xlsx", "表 (2).xlsx", "", "表 (3).xlsx", ""]


def test_an_upload_that_cannot_be_noted_is_not_there_twice_when_it_comes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "jobs", Limits())
    job = store.new("one:a")

    def full(*_: object) -> None:
        raise OSError(28, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(Job, "_note", full)
        with pytest.raises(OSError, match="no space"):
            job.keep(job.receive("表.xlsx", store.limits), "表.xlsx", "0a")
    assert list(job.files.iterdir()) == []
    assert job.keep(job.receive("表.xlsx", store.limits), "表.xlsx", "0a").name == "表.xlsx"


def test_an_upload_that_comes_again_while_the_first_is_on_its_way_is_kept_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits())
    job = store.new("one:a")
    first, second = (job.receive("表.xlsx", store.limits) for _ in range(2))
    assert job.keep(first, "表.xlsx", "0a") == job.keep(second, "表.xlsx", "0a")
    assert [p.name for p in job.files.iterdir()] == ["表.xlsx"]
    assert job.uploaded()[0] == 1


def test_a_clock_that_is_set_ends_no_merge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "jobs", Limits())
    job = store.new("one:a")
    job.say(WORKING)
    own = psutil.Process()
    (job.folder / "process.json").write_text(json.dumps([own.pid, birth(own), "r"]))
    before = own.create_time()
    monkeypatch.setattr(psutil.Process, "create_time", lambda _self: before + 1)
    assert job.is_alive()
    assert job.status()["state"] == WORKING
    (job.folder / "process.json").write_text(json.dumps([own.pid, birth(own) + "1", "r"]))
    assert job.status()["state"] == FAILED


def test_a_reports_job_takes_no_files(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits())
    job = store.new("one:a", is_report=True)
    with pytest.raises(JobError, match="没有这项任务"):
        job.receive("a.xlsx", store.limits)
    with pytest.raises(JobError):
        job.start()


def test_reports_of_all_users_are_bounded(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits(all_reports=4))
    for number in range(8):
        store.new(f"one:{number}", is_report=True)
    assert len(store.every()) == 4


def test_the_bytes_announced_count_before_they_come(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits(job_bytes=100))
    job = store.new("one:a")
    job.receive("a.xlsx", store.limits, 60)
    with pytest.raises(JobError, match="一批文件合计不能超过"):
        job.receive("b.xlsx", store.limits, 60)


def test_a_merge_that_takes_too_long_is_ended_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(tmp_path, "http://127.0.0.1:1", ("127.0.0.1",), "", "secret", limits=Limits(job_seconds=0.2))
    monkeypatch.setenv(VARIABLE, str(settings.write()))
    monkeypatch.delenv("PERFEVAL_SERVER_PROCESS", raising=False)
    job = Store(settings.jobs, settings.limits).new("one:a")
    place = job.receive("a.xlsx", settings.limits)
    place.write_bytes((Path(__file__).parents[3] / "workbooks" / "samples" / "yuangang-2023.xlsx").read_bytes())
    job.keep(place, "a.xlsx")
    job.start()
    end = time.monotonic() + 60
    while (said := job.status())["state"] in {WAITING, WORKING} and time.monotonic() < end:
        time.sleep(0.1)
    assert said["state"] == STOPPED
    assert said["message"].startswith("汇总超过 ")


def test_signs_that_nobody_sees_leave_a_name() -> None:
    assert safe_parts("\u202a甲\u200b局\ufeff.xlsx") == ("甲局.xlsx",)
    for name in ("二\u2028.xlsx", "二\u2029.xlsx", "二\x85.xlsx", "\u200b", "a/\u202e/b.xlsx"):
        with pytest.raises(ValueError, match="请改名后重试"):
            safe_parts(name)
