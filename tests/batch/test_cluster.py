"""Cluster: a real scheduler and two workers on this machine; what comes back is what workers here would have said, also when one is killed."""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from perfeval_xl.batch import cluster
from perfeval_xl.batch.cluster import ClusterError, run_cluster
from perfeval_xl.batch.discover import discover
from perfeval_xl.batch.outcome import Outcome
from perfeval_xl.batch.pool import Limits, run_local
from perfeval_xl.batch.sources import Source
from perfeval_xl.batch.work import Done, Job

ROOT = Path(__file__).parents[2]
SAMPLES = sorted((ROOT / "workbooks" / "samples").glob("*.xlsx"))
COPIES = 26
WAIT = 40.0  # seconds for a process to come up


class Running:
    """A scheduler and its workers. kill: ends the worker that no nanny starts again."""

    def __init__(self, address: str, folder: Path) -> None:
        self.address, self.folder = address, folder
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", *arguments], stdout=log, stderr=log, cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **environment}, start_new_session=True,
            )  # fmt: skip
        self.processes.append(child)
        return child

    def worker(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        return self.start("distributed.cli.dask_worker", self.address, "--nthreads", "1", "--no-dashboard", "--local-directory", str(self.folder), *arguments, **environment)

    def end(self) -> None:
        for child in reversed(self.processes):
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)  # each has a session of its own, with all that it started
            child.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(is_there: Callable[[], object]) -> None:
    end = time.monotonic() + WAIT
    while not is_there():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    pytest.importorskip("distributed")
    folder, port = tmp_path / "dask", free_port()
    folder.mkdir()
    made = Running(f"tcp://127.0.0.1:{port}", folder)
    try:
        made.start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        until(lambda: is_open(port))
        yield made
    finally:
        made.end()


@pytest.fixture
def jobs(tmp_path: Path) -> list[Job]:
    """Copies of published tables, a file that is none, and one that is gone when it is read."""
    folder = tmp_path / "报送"
    folder.mkdir()
    for number in range(COPIES):
        for path in SAMPLES:
            (folder / f"{number:02}-{path.name}").write_bytes(path.read_bytes())
    (folder / "坏.xlsx").write_bytes(b"PK\3\4" + b"no workbook" * 100)
    (folder / "无.xlsx").write_bytes(b"")
    with next(folder.glob("*.xlsx")).open("rb") as source, (folder / "密.xlsx").open("wb") as target:
        OOXMLFile(source).encrypt("口令1", target)
    sources = discover([folder]).sources
    (folder / "无.xlsx").unlink()
    return [Job(number, source, None, "口令1") for number, source in enumerate(sources)]


def by_number(batches: Iterable[list[Done]]) -> dict[int, tuple[Any, ...]]:
    """Everything but the time it took."""
    found: dict[int, tuple[Any, ...]] = {}
    for done in (d for batch in batches for d in batch):
        assert done.number not in found
        head = json.loads(done.outcome.head)
        del head["seconds"]
        found[done.number] = (done.digest, head, *done.outcome[1:])
    return found


def test_a_worker_killed_on_the_way_changes_nothing(running: Running, jobs: list[Job]) -> None:
    running.worker("--name", "stays")  # with a nanny: such a worker may not have children of its own
    mortal = running.worker("--name", "dies", "--no-nanny")
    batches = run_cluster(jobs, running.address)
    first = next(batches)
    os.kill(mortal.pid, signal.SIGKILL)
    found = by_number([first, *batches])
    assert found == by_number(run_local(jobs, 2))
    assert [found[job.number][1]["refused"] for job in jobs if job.source.name == "密.xlsx"] == [None]
    assert mortal.wait(5) == -signal.SIGKILL


def test_limits_hold_on_a_worker_as_they_do_here(running: Running, tmp_path: Path) -> None:
    large = tmp_path / "大.csv"
    large.write_text("产出指标,数量指标,培训人数,≥100人,95人\n" * 250_000, encoding="utf-8")
    jobs = [Job(number, source, None) for number, source in enumerate(discover([large]).sources)]
    limits = Limits(seconds=0.5)
    running.worker()
    found = by_number(run_cluster(jobs, running.address, limits))
    assert found == by_number(run_local(jobs, 1, limits))
    assert "秒仍未完成，已停止" in found[0][1]["refused"][1]


def test_another_state_of_the_program_on_a_worker_is_told(running: Running, jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    running.worker()
    monkeypatch.setattr(cluster, "code_mark", lambda: "other")
    with pytest.raises(ClusterError, match=rf"集群的机器 {socket.gethostname()} 上的程序文件与本机不同"):
        list(run_cluster(jobs[:1], running.address))
    monkeypatch.undo()
    monkeypatch.setattr(cluster, "program_version", lambda: "9.9")
    with pytest.raises(ClusterError, match=r"本机是 9\.9。请在各台机器上安装同一版本。"):
        list(run_cluster(jobs[:1], running.address))


def test_other_rule_sets_on_a_worker_are_told(running: Running, jobs: list[Job], tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "own.toml").write_text("# another", encoding="utf-8")
    running.worker(PERFEVAL_RULESETS=str(rules))
    with pytest.raises(ClusterError, match="的规则集与本机不同"):
        list(run_cluster(jobs[:1], running.address))


def test_a_cluster_without_workers_is_told(running: Running, jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "WORKERS_SECONDS", 0.5)
    with pytest.raises(ClusterError, match="没有工作进程"):
        list(run_cluster(jobs[:1], running.address))


def test_a_scheduler_that_is_lost_on_the_way_is_told(running: Running, jobs: list[Job]) -> None:
    running.worker()
    batches = run_cluster(jobs, running.address)
    next(batches)
    os.kill(running.processes[0].pid, signal.SIGKILL)
    with pytest.raises(ClusterError, match="连接中断"):
        list(batches)


def test_no_scheduler_at_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(ClusterError, match="连接不上集群的调度器"):
        list(run_cluster([], f"tcp://127.0.0.1:{free_port()}"))
    with pytest.raises(ClusterError, match="没有给出集群的地址"):
        list(run_cluster([], " "))


def test_without_the_library_the_command_to_install_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r'pip install "perfeval-xl\[cluster\]"'):
        list(run_cluster([], "tcp://127.0.0.1:8786"))


class _Future:
    def __init__(self, answer: object) -> None:
        self.answer = answer

    def exception(self) -> object:
        return self.answer if isinstance(self.answer, BaseException) else None

    def result(self) -> object:
        return self.answer

    def release(self) -> None:
        pass


class KilledWorker(Exception):  # noqa: N818  # as Dask's own is called
    pass


class _Client:
    """A cluster on which everything that holds job 1 kills its worker."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def nthreads(self) -> dict[str, int]:
        return {"worker": 1}

    def submit(self, task: Callable[[bytes], object], order: bytes, **_: object) -> _Future:
        numbers = [job[1] for job in pickle.loads(order)[2]]  # noqa: S301  # made by this test
        self.sizes.append(len(numbers))
        return _Future(KilledWorker() if 1 in numbers else task(order))

    def as_current(self) -> AbstractContextManager[None]:
        return nullcontext()

    def cancel(self, futures: object) -> None:
        pass


class _Distributed:
    @staticmethod
    def wait(futures: list[_Future], **_: object) -> Any:
        return type("Done", (), {"done": futures})


def test_a_file_that_kills_its_worker_again_and_again_is_refused_alone(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> None:
    def answered(order: bytes) -> tuple[str, bytes]:
        return "done", pickle.dumps([Done(job[1], "", Outcome(json.dumps({"seconds": 0}), b"", b"")) for job in pickle.loads(order)[2]])  # noqa: S301  # made by this test

    monkeypatch.setattr(cluster, "hosted", answered)
    client = _Client()
    found = by_number(cluster._served(client, _Distributed, jobs[:3], Limits()))
    assert client.sizes == [3, 1, 1, 1]
    assert {number: head.get("refused") for number, (_, head, *_) in found.items()} == {
        0: None, 1: ["unsafe-workbook", "读取该文件时工作进程意外终止", "正常大小、结构完好的工作簿；可在电子表格软件中打开后另存为新文件", "", ""], 2: None,
    }  # fmt: skip


def test_a_worker_that_sees_none_of_the_files_says_so(tmp_path: Path) -> None:
    gone = [Job(0, Source(str(tmp_path / "不在.xlsx"), "", "不在.xlsx", 0, 0), None)]
    order = pickle.dumps((tuple(cluster.marks(None)), tuple(Limits()), [(True, 0, tuple(gone[0].source), None, None)]))
    assert cluster.hosted(order) == ("unseen", (socket.gethostname(), str(tmp_path / "不在.xlsx")))
    assert "共享文件夹" in cluster._PROBLEMS["unseen"](("h", "f"))
