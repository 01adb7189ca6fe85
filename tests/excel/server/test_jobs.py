"""Merges of uploaded files: whole, private, bounded, and honest about their end; on the real server."""

from __future__ import annotations

import concurrent.futures
import io
import json
import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from openpyxl import load_workbook

from perfeval_xl.batch.merge import MergeRequest, Order, merge
from tests.support import hostile_folder
from tests.support.server import Running, merged, needs_server, running, until

pytestmark = [needs_server, pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")]  # openpyxl, of data bars
SAMPLES = sorted((Path(__file__).parents[3] / "workbooks" / "samples").glob("*.xlsx"))
GOOD = [(f"各单位/{p.name}", p.read_bytes()) for p in SAMPLES]


def test_a_merge_gives_what_the_command_gives(server: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERFEVAL_CACHE", str(tmp_path / "cache"))
    for name, data in GOOD:
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    expected = merge(Order(MergeRequest([str(tmp_path / "in")]), tmp_path / "in" / "汇总.xlsx")).document
    with server.client() as client:
        job, status = merged(client, GOOD)
        assert status["state"] == "done"
        for key in ("files", "departments", "tables", "indicators", "findings", "refused"):
            assert status["answer"][key] == expected[key]
        answer = client.get(f"/api/jobs/{job}/result")
        assert answer.headers["content-disposition"].startswith("attachment")
        ours, theirs = load_workbook(io.BytesIO(answer.content)), load_workbook(tmp_path / "in" / "汇总.xlsx")
        assert ours.sheetnames == theirs.sheetnames
        for name in ("汇总", "指标明细", "问题清单"):
            assert [[c.value for c in row] for row in ours[name]] == [[c.value for c in row] for row in theirs[name]]
            # links lead to where the files came from, not to this server
            links = [c.hyperlink.target for row in ours[name] for c in row if c.hyperlink is not None and c.hyperlink.target]
            assert links == [c.hyperlink.target for row in theirs[name] for c in row if c.hyperlink is not None and c.hyperlink.target]
        everything = "".join(str(c.value) for sheet in ours for row in sheet.iter_rows() for c in row)
        assert str(server.folder) not in everything


def test_the_download_is_an_attachment_for_a_ticket_that_opens_nothing_else(server: Running) -> None:
    with server.client() as client, server.client(None) as browser:
        job, _ = merged(client, GOOD[:1])
        other, _ = merged(client, GOOD[1:2])
        url = client.post(f"/api/jobs/{job}/ticket", params={"name": "二〇二五年汇总.xlsx"}).json()["url"]
        for header in ("origin", "auth-provider"):
            del browser.headers[header]  # as a browser follows an address
        answer = browser.get(url)
        assert answer.status_code == 200
        assert answer.content[:2] == b"PK"
        assert "filename*=utf-8''%E4%BA%8C%E3%80%87" in answer.headers["content-disposition"]
        assert browser.get(url.replace(job, other)).status_code == 401
        assert browser.get(f"/api/jobs/{job}/download?ticket=").status_code == 401
        assert browser.get(url.replace("/download?", "/result?")).status_code == 403


def test_two_users_never_see_each_others_files(server: Running) -> None:
    with server.client() as one, server.client() as two:
        job, _ = merged(one, GOOD[:1])
        for method, path in (("GET", ""), ("GET", "/result"), ("POST", "/start"), ("POST", "/stop"), ("POST", "/ticket"), ("DELETE", "")):
            answer = two.request(method, f"/api/jobs/{job}{path}")
            assert (answer.status_code, answer.json()["error"]) == (404, "没有这项任务，或已超过保留时间。请重新上传。")
        assert two.put(f"/api/jobs/{job}/files", params={"name": "a.xlsx"}, content=b"x").status_code == 404
        assert one.get(f"/api/jobs/{job}").json()["state"] == "done"


def test_two_users_at_once_each_get_their_own(server: Running) -> None:
    def one(part: list[tuple[str, bytes]]) -> tuple[int, set[str]]:
        with server.client() as client:
            job, status = merged(client, part, 120)
            book = load_workbook(io.BytesIO(client.get(f"/api/jobs/{job}/result").content))
            return status["answer"]["files"]["merged"], {str(c.value) for row in book["指标明细"].iter_rows() for c in row if c.value}

    with concurrent.futures.ThreadPoolExecutor() as pool:
        (count, texts), (other_count, other_texts) = pool.map(one, [GOOD[:3], GOOD[3:6]])
    assert (count, other_count) == (3, 3)
    names = [p.name for p in SAMPLES]
    assert all(any(n in t for t in texts) for n in names[:3])
    assert not any(n in t for n in names[3:6] for t in texts)
    assert not any(n in t for n in names[:3] for t in other_texts)


@pytest.mark.parametrize("name", [
    "../../outside.xlsx", "/etc/passwd", "..\\..\\outside.xlsx", "a/../b.xlsx", "./a.xlsx", "a//b.xlsx", "", " ", "a\x00.xlsx", "a\n.xlsx", "con.xlsx", "单位/aux",
    "单" * 100 + ".xlsx", "/".join("abcdefghijklmnop") + ".xlsx", "a/.", "\\\\server\\share\\a.xlsx", "a./b.xlsx",
])  # fmt: skip
def test_a_name_that_leads_elsewhere_is_refused(server: Running, name: str) -> None:
    with server.client() as client:
        job = client.post("/api/jobs").json()["job"]
        before = {p for p in server.folder.parent.rglob("*") if "jobs" not in p.parts}
        answer = client.put(f"/api/jobs/{job}/files", params={"name": name}, content=b"x")
        assert (answer.status_code, "请改名后重试" in answer.json()["error"]) == (400, True)
        assert {p for p in server.folder.parent.rglob("*") if "jobs" not in p.parts} == before
        assert not [p for p in (server.folder / "jobs" / job / "files").rglob("*") if p.is_file()]


def test_names_that_meet_are_kept_apart(server: Running) -> None:
    with server.client() as client:
        job = client.post("/api/jobs").json()["job"]
        names = [client.put(f"/api/jobs/{job}/files", params={"name": "a/表.xlsx"}, content=b"x").json()["name"] for _ in range(3)]
        assert names == ["a/表.xlsx", "a/表 (2).xlsx", "a/表 (3).xlsx"]
        assert client.put(f"/api/jobs/{job}/files", params={"name": "a/表.xlsx/b.xlsx"}, content=b"x").status_code == 400


def test_an_upload_that_comes_again_is_kept_once(server: Running) -> None:
    with server.client() as client:
        job = client.post("/api/jobs").json()["job"]

        def put(mark: str) -> object:
            return client.put(f"/api/jobs/{job}/files", params={"name": "a/表.xlsx", "mark": mark}, content=b"x" * 100_000).json().get("name")

        assert [put("0a"), put("0a"), put("0b"), put("0a"), put(""), put("")] == ["a/表.xlsx", "a/表.xlsx", "a/表 (2).xlsx", "a/表.xlsx", "a/表 (3).xlsx", "a/表 (4).xlsx"]
        assert len(list((server.folder / "jobs" / job / "files" / "a").iterdir())) == 4
        assert client.put(f"/api/jobs/{job}/files", params={"name": "b.xlsx", "mark": "x\ty"}, content=b"x").status_code == 400


def test_code_among_the_uploads_is_never_run(server: Running) -> None:
    mark = server.folder / "run"
    code = f"open({str(mark)!r}, 'w').close()\n".encode()
    names = ("json.py", "psutil.py", "filelock.py", "sitecustomize.py", "perfeval_xl/__init__.py", "openpyxl/__init__.py")
    with server.client() as client:
        _, status = merged(client, [*GOOD[:1], *((n, code) for n in names)])
        assert status["state"] == "done"
        assert status["answer"]["files"]["merged"] == 1
    assert not mark.exists()


@pytest.mark.long  # the browser's merge of 120 files has fifteen of them
def test_hostile_files_cost_only_themselves(server: Running, tmp_path: Path) -> None:
    said = hostile_folder.write_hostile(tmp_path)
    files = []
    for path in sorted(Path(folder) / name for folder, _, names in os.walk(tmp_path) for name in names):  # passes over what is too deep
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 50_000_000 or not os.access(path, os.R_OK):
            continue
        try:
            name = path.relative_to(tmp_path).as_posix()
            name.encode()
        except UnicodeEncodeError:
            continue
        files.append((name, path.read_bytes()))
    assert len(files) > 60
    assert said
    with server.client() as client:
        job = client.post("/api/jobs").json()["job"]
        sent = [name for name, data in files if client.put(f"/api/jobs/{job}/files", params={"name": name}, content=data).status_code == 201]
        assert len(sent) > 50
        client.post(f"/api/jobs/{job}/start")
        status = until(client, job, 240)
        assert status["state"] == "done", status
        counts = status["answer"]["files"]
        assert counts["found"] == counts["merged"] + counts["refused"]
        assert counts["merged"] >= 10
        assert all(one["reason"] for one in status["answer"]["refused"])
        assert client.get("/health").json()["status"] == "ok"
    assert not list((server.folder / "jobs").glob("*.xlsx"))


def test_a_merge_of_nothing_says_so(server: Running) -> None:
    with server.client() as client:
        job = client.post("/api/jobs").json()["job"]
        answer = client.post(f"/api/jobs/{job}/start")
        assert (answer.status_code, answer.json()["error"]) == (400, "还没有上传文件。请先选择各单位的自评表。")
        _, status = merged(client, [("说明.docx", b"x"), ("照片.jpg", b"x")])
        assert status["state"] == "failed"
        assert status["message"].startswith("没有找到可以汇总的工作簿。")


def test_a_rule_set_is_named_never_a_path(server: Running) -> None:
    with server.client() as client:
        for name in ("/etc/passwd", "../national-project-2020.toml", "no-such"):
            assert client.post("/api/jobs", params={"ruleset": name}).json()["error"] == "没有这个规则集。请从列表中选择。"
        assert client.post("/api/jobs", params={"ruleset": "national-project-2020"}).status_code == 201


def test_stop_ends_every_process_at_once_and_the_files_stay(server: Running) -> None:
    with server.client() as client:
        job = client.post("/api/jobs").json()["job"]
        for number in range(12):
            for name, data in GOOD:
                client.put(f"/api/jobs/{job}/files", params={"name": f"{number}/{name}"}, content=data + bytes([number]))
        client.post(f"/api/jobs/{job}/start")
        until(client, job, states=("working", "done"))
        started = time.monotonic()
        status = client.post(f"/api/jobs/{job}/stop").json()
        assert time.monotonic() - started < 8
        assert (status["state"], status["message"]) == ("stopped", "已停止汇总。已上传的文件还在，可以重新汇总。")
        assert not [p for p in psutil.process_iter(["cmdline"]) if job in " ".join(p.info["cmdline"] or [])]
        client.post(f"/api/jobs/{job}/start")
        assert until(client, job, 120)["state"] == "done"


def test_a_merge_whose_process_dies_says_so(server: Running) -> None:
    with server.client() as client:
        job = client.post("/api/jobs").json()["job"]
        for name, data in GOOD:
            client.put(f"/api/jobs/{job}/files", params={"name": name}, content=data)
        client.post(f"/api/jobs/{job}/start")
        os.kill(json.loads((server.folder / "jobs" / job / "process.json").read_text())[0], signal.SIGKILL)
        status = until(client, job, 10)
        assert (status["state"], "汇总程序意外中止" in status["message"]) == ("failed", True)
        client.post(f"/api/jobs/{job}/start")
        assert until(client, job)["state"] == "done"


def test_a_merge_outlives_the_worker_that_started_it() -> None:
    with running("--http", "--workers", "2") as up, up.client() as client:
        job = client.post("/api/jobs").json()["job"]
        for name, data in GOOD:
            client.put(f"/api/jobs/{job}/files", params={"name": name}, content=data)
        client.post(f"/api/jobs/{job}/start")
        merging = json.loads((up.folder / "jobs" / job / "process.json").read_text())[0]
        for worker in psutil.Process(up.process.pid).children():
            if worker.pid != merging and "multiprocessing.spawn" in " ".join(worker.cmdline()):
                worker.kill()
        with up.client() as again:  # the supervisor has begun others
            again.headers["Authorization"] = client.headers["Authorization"]
            assert _patiently(again, job)["state"] == "done"


def _patiently(client: object, job: str) -> dict[str, object]:
    import httpx  # noqa: PLC0415

    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            return until(client, job, 30)
        except httpx.HTTPError:
            time.sleep(0.5)
    raise AssertionError("no answer")


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGTERM, "1"), (signal.SIGINT, "2"), *(pytest.param(*one, marks=pytest.mark.long) for one in ((signal.SIGINT, "1"), (signal.SIGTERM, "2")))])
def test_the_end_of_the_server_ends_its_merges_and_says_so(tmp_path: Path, number: signal.Signals, workers: str) -> None:
    with running("--http", "--workers", workers, folder=tmp_path / "data") as up, up.client() as client:
        job = client.post("/api/jobs").json()["job"]
        for one in range(30):
            client.put(f"/api/jobs/{job}/files", params={"name": f"{one}.xlsx"}, content=GOOD[one % len(GOOD)][1] + bytes([one]))
        client.post(f"/api/jobs/{job}/start")
        session = client.headers["Authorization"]
        family = psutil.Process(up.process.pid).children(recursive=True)
        up.process.send_signal(number)
        assert up.process.wait(30) == 0
        assert psutil.wait_procs(family, timeout=10)[1] == []
        assert not [p for p in psutil.process_iter(["cmdline"]) if job in " ".join(p.info["cmdline"] or [])]
        assert "服务已停止。" in up.log.read_text(encoding="utf-8")
    with running("--http", "--workers", "1", folder=tmp_path / "data") as up, up.client() as client:
        client.headers["Authorization"] = session  # holds over a restart
        status = client.get(f"/api/jobs/{job}").json()
        assert status["state"] in {"stopped", "done"}


def test_ten_thousand_files_are_told_to_be_too_many(tmp_path: Path) -> None:
    with running("--http", "--workers", "2", "--max-files", "40", folder=tmp_path / "data") as up, up.client() as client:
        job = client.post("/api/jobs").json()["job"]
        answers = [client.put(f"/api/jobs/{job}/files", params={"name": f"{n}.xlsx"}, content=b"x") for n in range(41)]
        assert {a.status_code for a in answers[:40]} == {201}
        assert (answers[40].status_code, answers[40].json()["error"]) == (413, "一批最多 40 个文件。请分批汇总，或由信息技术人员在服务器上用 perfeval merge 汇总。")


def test_ten_thousand_uploads_do_not_slow_down(server: Running) -> None:
    with server.client() as client:
        job = client.post("/api/jobs").json()["job"]
        first = _seconds(client, job, 0, 200)
        (server.folder / "jobs" / job / "uploads").write_bytes(b'\n[1, "", "x.xlsx"]' * 4_700)  # as if so many had come
        assert _seconds(client, job, 200, 400) < 3 * first + 0.5
        assert client.get("/health").status_code == 200


def _seconds(client: object, job: str, first: int, last: int) -> float:
    started = time.perf_counter()
    for number in range(first, last):
        answer = client.put(f"/api/jobs/{job}/files", params={"name": f"{number}.xlsx"}, content=b"x")  # type: ignore[attr-defined]
        assert answer.status_code == 201
    return time.perf_counter() - started


def test_a_user_has_so_many_jobs_and_a_finished_one_makes_room(server: Running) -> None:
    with server.client() as client:
        jobs = [client.post("/api/jobs").json()["job"] for _ in range(3)]
        answer = client.post("/api/jobs")
        assert (answer.status_code, "您已有 3 批文件" in answer.json()["error"]) == (429, True)
        client.post(f"/api/jobs/{jobs[1]}/stop")
        fourth = client.post("/api/jobs").json()["job"]
        assert client.get(f"/api/jobs/{jobs[1]}").status_code == 404
        assert [client.get(f"/api/jobs/{j}").json() for j in (jobs[0], jobs[2], fourth)] == [{"state": "open"}] * 3
        assert client.delete(f"/api/jobs/{fourth}").status_code == 204
        assert not (server.folder / "jobs" / fourth).exists()


def test_no_process_outlives_a_server_that_was_killed(tmp_path: Path) -> None:
    with running("--http", "--workers", "2", folder=tmp_path / "data") as up, up.client() as client:
        job = client.post("/api/jobs").json()["job"]
        for number in range(12):
            for name, data in GOOD:
                client.put(f"/api/jobs/{job}/files", params={"name": f"{number}/{name}"}, content=data + bytes([number]))
        client.post(f"/api/jobs/{job}/start")
        until(client, job, states=("working", "done"))
        below = [*psutil.Process(up.process.pid).children(recursive=True), psutil.Process(json.loads((up.folder / "jobs" / job / "process.json").read_text())[0])]
        up.process.kill()
        up.process.wait()
        _, left = psutil.wait_procs(below, timeout=15)
        assert [p for p in left if p.status() != psutil.STATUS_ZOMBIE] == []
