"""Cluster: jobs on the machines of a Dask cluster, under the same limits and with the same answers as on this one.

On every worker the files are read in a process of their own, as `pool` does it here: a file that kills, hangs or swells costs itself
only, not the worker. A worker that is lost with its machine has its batches read again elsewhere; Dask sees to that.
"""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import multiprocessing.util
import os
import pickle
import shutil
import socket
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from pebble import ProcessPool

from perfeval_xl.batch.outcome import refused_outcome
from perfeval_xl.batch.pool import AHEAD, Limits, StoppedError, batches, cause, results
from perfeval_xl.batch.remote import is_remote
from perfeval_xl.batch.sources import Source
from perfeval_xl.batch.store import code_mark, fingerprint, program_version
from perfeval_xl.batch.work import Done, Job
from perfeval_xl.limits import prepared

CONNECT_SECONDS = 10
WORKERS_SECONDS = 30
"""How long a cluster without a single worker is waited for: at the beginning, and when all are lost on the way."""
_LOOK_SECONDS = 2.0
_IDLE_SECONDS = 60.0
_INSTALL = 'pip install "perfeval-xl[cluster]"'


class ClusterError(StoppedError):
    """A cluster that cannot be used; the text is Chinese: what was found and what to do."""


class Mark(NamedTuple):
    """What two machines must have in common for their outcomes to be the same. code, rules: hashes."""

    version: str
    code: str
    rules: str


def run_cluster(jobs: Sequence[Job], address: str, limits: Limits = Limits()) -> Generator[list[Done], None, None]:  # noqa: B008  # immutable
    """Outcomes of all jobs, in batches as they are done; the contract of `pool.run_local`. Closing the iterator gives up what is under way.

    address: of the scheduler, such as tcp://10.0.0.5:8786. Raises: ClusterError, when the first outcome is asked for or later.
    """
    with _connected(address) as (client, distributed):
        _check_pythons(client)
        yield from _served(client, distributed, [_travelling(job) for job in jobs], limits)


@contextmanager
def _connected(address: str) -> Iterator[tuple[Any, Any]]:
    if not address.strip():
        raise ClusterError("没有给出集群的地址。请写明调度器的地址，如 tcp://10.0.0.5:8786。")
    try:
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise ClusterError(f"没有安装集群所需的程序库（{error.name or 'distributed'}）。请运行 {_INSTALL}，或不使用 --cluster。") from error
    with _quiet():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # other versions of libraries: what matters is compared below
                client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except Exception as error:  # addresses, names, certificates, protocols: each fails in its own way
            raise ClusterError(f"连接不上集群的调度器“{address}”（{type(error).__name__}）。请检查地址、端口和防火墙，并确认调度器正在运行（dask scheduler）。") from error
        try:
            try:
                client.wait_for_workers(1, timeout=WORKERS_SECONDS)
            except TimeoutError as error:
                raise ClusterError(f"集群“{address}”上没有工作进程。请在各台机器上启动工作进程（dask worker {address}）后重试。") from error
            yield client, distributed
        except (CancelledError, OSError) as error:
            raise ClusterError(f"与集群“{address}”的连接中断（{type(error).__name__}）。已经读取的结果都已保留，请在集群恢复后重新运行。") from error
        finally:
            with suppress(Exception), warnings.catch_warnings():  # a connection that is broken need not be closed in good order
                warnings.simplefilter("ignore")
                client.close(timeout=CONNECT_SECONDS)


class _Silence(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002  # the interface
        return False


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what Dask says about connections: whoever uses the command is told in one sentence."""
    silence = _Silence()
    loggers = [logging.getLogger(name) for name in ("distributed", *(n for n in logging.root.manager.loggerDict if n.startswith(("distributed.", "tornado"))))]
    for one in loggers:
        one.addFilter(silence)
    try:
        yield
    finally:
        for one in loggers:
            one.removeFilter(silence)


def _check_pythons(client: Any) -> None:
    """The task is sent as compiled code, which another Python does not understand."""
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for where, told in client.get_versions()["workers"].items():
        found = ".".join(str((told or {}).get("host", {}).get("python", own)).split(".")[:2])
        if found != own:
            raise ClusterError(f"集群的工作进程 {where} 使用 Python {found}，本机使用 Python {own}。请在各台机器上使用同一版本的 Python。")


def _travelling(job: Job) -> Job:
    """With paths that do not depend on the folder a process stands in."""
    source = job.source
    path = source.path if is_remote(source.path) else os.path.abspath(source.path)  # noqa: PTH100  # links stay as they are
    ruleset = os.path.abspath(job.ruleset) if job.ruleset and Path(job.ruleset).is_file() else job.ruleset  # noqa: PTH100
    return job._replace(source=source._replace(path=path), ruleset=ruleset)


def _served(client: Any, distributed: Any, jobs: Sequence[Job], limits: Limits) -> Iterator[list[Done]]:
    task, mark = _task(), marks(jobs[0].ruleset if jobs else None)
    waiting = batches(jobs)
    waiting.reverse()
    running: dict[Any, list[Job]] = {}
    slots, looked, alone_since = 1, 0.0, None
    try:
        while waiting or running:
            if time.monotonic() - looked > _LOOK_SECONDS:
                slots, looked = sum(client.nthreads().values()), time.monotonic()
                alone_since = None if slots else alone_since or looked
                if alone_since is not None and looked - alone_since > WORKERS_SECONDS:
                    raise ClusterError("集群的工作进程全部中断，没有恢复。已经读取的结果都已保留，请重新启动工作进程后再次运行。")
            while waiting and len(running) < max(slots, 1) * AHEAD:
                batch = waiting.pop()
                running[client.submit(task, _order(batch, limits, mark), pure=False, retries=0)] = batch
            try:
                with client.as_current():
                    ended = distributed.wait(list(running), timeout=_LOOK_SECONDS, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                continue
            for future in ended:
                batch = running.pop(future)
                answer = _answer(future)
                future.release()
                if isinstance(answer, list):
                    yield answer
                elif len(batch) > 1:
                    waiting += [[job] for job in reversed(batch)]
                else:
                    words = "" if type(answer).__name__ == "KilledWorker" else type(answer).__name__
                    yield [Done(batch[0].number, "", refused_outcome(cause(answer, limits, words)))]
    finally:
        with suppress(Exception):  # on the way out of a broken connection nothing can be cancelled
            client.cancel(list(running))


def _answer(future: Any) -> list[Done] | BaseException:
    """What came back. Raises: ClusterError where the worker is not one that could answer; what ends the connection."""
    error = future.exception()
    if isinstance(error, (CancelledError, ClusterError)):
        raise error
    if error is not None:
        return error if isinstance(error, BaseException) else RuntimeError(str(error))
    how, told = future.result()
    if how == "done":
        return pickle.loads(told)  # type: ignore[no-any-return]  # noqa: S301  # from the cluster that runs our code anyway
    raise ClusterError(_PROBLEMS[how](told))


def _unlike(told: tuple[str, ...]) -> str:
    host, *theirs = told
    version = program_version()
    if theirs[0] != version:
        return f"集群的机器 {host} 上是 perfeval-xl {theirs[0]}，本机是 {version}。请在各台机器上安装同一版本。"
    what = "程序文件" if theirs[1] != code_mark() else "规则集"
    return f"集群的机器 {host} 上的{what}与本机不同（perfeval-xl 都是 {version}）。请在各台机器上安装同样的程序和规则集，重新启动工作进程后重试。"


_PROBLEMS: dict[str, Callable[[tuple[str, ...]], str]] = {
    "absent": lambda told: f"集群的机器 {told[0]} 上没有安装 perfeval-xl，或版本过旧（{told[1]}）。请在每台机器上运行 {_INSTALL}，重新启动工作进程后重试。",
    "unlike": _unlike,
    "unseen": lambda told: f"集群的机器 {told[0]} 上看不到文件“{told[1]}”。请把自评表放在各台机器都能以同一路径访问的共享文件夹中，或使用 s3:// 等地址。",
}


def marks(ruleset: str | None) -> Mark:
    """Of this machine."""
    return Mark(program_version(), code_mark(), fingerprint(ruleset))


def _task() -> Callable[[bytes], tuple[str, Any]]:
    """What a worker runs. Made inside a function, so that it is sent as it is: neither the scheduler nor a worker need have the package to
    be able to answer.
    """

    def at_worker(order: bytes) -> tuple[str, Any]:
        import socket  # noqa: PLC0415  # sent without its module

        try:
            from perfeval_xl.batch.cluster import hosted  # noqa: PLC0415
        except ImportError as error:
            return "absent", (socket.gethostname(), str(error))
        return hosted(order)

    return at_worker


def _order(batch: Sequence[Job], limits: Limits, mark: Mark) -> bytes:
    """Plain values: a package of another version must be able to read them, in order to say that it is another one."""
    return pickle.dumps((tuple(mark), tuple(limits), [(_is_here(job), job.number, tuple(job.source), *job[2:]) for job in batch]))


def _is_here(job: Job) -> bool:
    return not is_remote(job.source.path) and os.path.lexists(job.source.path)


# What follows runs on the workers.


def hosted(order: bytes) -> tuple[str, Any]:
    """One batch on a worker: the word for how it went, and what belongs to it."""
    mark, limits, jobs = pickle.loads(order)  # noqa: S301  # whoever can send this can run code here anyway
    batch = [Job(number, Source(*source), *rest) for _, number, source, *rest in jobs]
    own = marks(batch[0].ruleset)
    if tuple(mark) != tuple(own):
        return "unlike", (socket.gethostname(), *own)
    unseen = [source[0] for is_here, _, source, *_ in jobs if is_here and not os.path.lexists(source[0])]
    if unseen and len(unseen) == sum(is_here for is_here, *_ in jobs):  # one alone may have been deleted in the meantime
        return "unseen", (socket.gethostname(), unseen[0])
    with _room(own, Limits(*limits)) as room:
        return "done", pickle.dumps([done for part in room.results(batch) for done in part])


class _Room:
    """A process for one batch after another, with its limits. key: the rules it has read, and its limits."""

    def __init__(self, key: tuple[Mark, Limits]) -> None:
        self.key, self.limits = key, key[1]
        self.folder = Path(tempfile.mkdtemp(prefix="perfeval-"))
        self.log = self.folder / "workers.log"
        # Dask's workers are processes that may not have children; these end with the worker, which is all that this is about.
        multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
        self.pool = ProcessPool(max_workers=1, initializer=_furnished, initargs=(str(self.log), self.limits.memory), context=multiprocessing.get_context("spawn"))
        self.idle_since = time.monotonic()

    def results(self, batch: Sequence[Job]) -> Iterator[list[Done]]:
        """As on one machine."""
        self.log.write_bytes(b"")  # what earlier batches said is none of this one's
        return results(self.pool, batches(batch), 1, self.limits, self.log)

    def close(self) -> None:
        """Ends the process."""
        self.pool.stop()  # type: ignore[no-untyped-call]
        self.pool.join()
        shutil.rmtree(self.folder, ignore_errors=True)


_free: list[_Room] = []
_lock = threading.Lock()


@contextmanager
def _room(mark: Mark, limits: Limits) -> Iterator[_Room]:
    """A room that is free, or a new one; as many are open as the worker has batches at the same time. Left alone for a while, they close."""
    key = mark, limits
    with _lock:
        fitting = next((r for r in _free if r.key == key), None)
        if fitting is not None:
            _free.remove(fitting)
    room = fitting or _Room(key)
    try:
        yield room
    except BaseException:
        room.close()
        raise
    room.idle_since = time.monotonic()
    with _lock:
        _free.append(room)
    timer = threading.Timer(_IDLE_SECONDS + 1, _close_idle)
    timer.daemon = True
    timer.start()


def _close_idle(longer: float = _IDLE_SECONDS) -> None:
    with _lock:
        left = [r for r in _free if time.monotonic() - r.idle_since >= longer]
        for room in left:
            _free.remove(room)
    for room in left:
        room.close()


# not atexit, which the processes that Dask starts do not know
multiprocessing.util.Finalize(None, _close_idle, (0.0,), exitpriority=100)


def _furnished(log: str, memory: int) -> None:
    """A room's beginning: everything is imported before the limit of memory is set."""
    importlib.import_module("perfeval_xl.batch.worker")
    prepared(log, memory)
