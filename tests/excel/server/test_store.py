"""The store of jobs, by itself: what goes, what stays, what is never taken for a job."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from perfeval_xl.excel.server.jobs import DONE, JobError, Store, safe_parts
from perfeval_xl.excel.server.settings import Limits

pytest.importorskip("filelock", reason="the extra `server` is not installed")


def test_what_has_not_changed_for_as_long_as_jobs_are_kept_goes(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits(kept_seconds=3_600))
    job = store.new("one:a")
    job.say(DONE)
    assert store.sweep(time.time() + 3_000) == 0
    assert store.sweep(time.time() + 3_700) == 1
    assert list((tmp_path / "jobs").iterdir()) == []


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
    assert job.upload("a.xlsx", store.limits).name == "a (2).xlsx"
    assert not outside.exists()


def test_the_bytes_of_one_job_are_bounded(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits(job_bytes=10))
    job = store.new("one:a")
    job.upload("a.xlsx", store.limits)
    job.count(11)
    with pytest.raises(JobError, match="一批文件合计不能超过"):
        job.upload("b.xlsx", store.limits)


def test_a_full_disk_is_told_before_it_is_full(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs", Limits(free_bytes=10**18))
    with pytest.raises(JobError, match="磁盘空间不足"):
        store.new("one:a").upload("a.xlsx", store.limits)


def test_names_keep_their_folders_in_one_form_of_writing() -> None:
    assert safe_parts("单位\\一处/表.xlsx") == ("单位", "一处", "表.xlsx")
    assert safe_parts('C:\\<b>"名?".xlsx:s') == ("C：", "＜b＞＂名？＂.xlsx：s")
    assert safe_parts("e\u0301.xlsx") == ("\u00e9.xlsx",)
