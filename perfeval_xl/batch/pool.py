"""Pool: jobs in worker processes with a memory and a time limit. One that dies, hangs or grows beyond bounds costs its own file only."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, TimeoutError, wait  # noqa: A004  # pebble's futures raise it
from pathlib import Path
from typing import NamedTuple

from pebble import ProcessExpired, ProcessPool

from perfeval_xl.batch.begin import begin
from perfeval_xl.batch.outcome import refused_outcome
from perfeval_xl.batch.work import Done, Job, work
from perfeval_xl.core.findings import Finding, Location, finding
from perfeval_xl.limits import prepared

BATCH = 24  # jobs sent together: sending one by one would cost a tenth of the time
LARGE = 1_000_000  # bytes from which a file travels alone
BATCH_SECONDS = 30
FILE_SECONDS = 60
MEMORY = 700_000_000  # bytes a worker may take beyond what it takes at rest
MAX_POOLS = 5  # how often workers may be begun anew
AHEAD = 3  # batches waiting for each worker: more would only fill memory
_LAST_WORDS = 500


class StoppedError(Exception):
    """What the run rests on failed (a cluster that cannot be reached); str() is one Chinese sentence. What was read until then is kept."""


class Limits(NamedTuple):
    """seconds: for one file alone. memory: bytes."""

    seconds: float = FILE_SECONDS
    memory: int = MEMORY


def local_jobs() -> int:
    """How many workers this machine takes."""
    return max(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 1)


def run_local(jobs: Sequence[Job], workers: int, limits: Limits = Limits()) -> Generator[list[Done], None, None]:  # noqa: B008  # immutable
    """Outcomes of all jobs, in batches as they are done. A batch that fails is tried again file by file, each alone.

    Closing the iterator stops the workers at once.
    """
    with tempfile.TemporaryDirectory(prefix="perfeval-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "workers.log"
        waiting = batches(jobs)
        workers = max(min(workers, len(waiting)), 1)  # one that begins when all is done finds the pool gone, and complains
        for _ in range(MAX_POOLS):
            pool = ProcessPool(max_workers=workers, initializer=_begun, initargs=(str(log), limits.memory, dict(os.environ)), context=begin())
            try:
                yield from results(pool, waiting, workers, limits, log)
                pool.close()  # type: ignore[no-untyped-call]
                pool.join()
                return
            except BrokenExecutor:  # a worker was ended from outside while it did nothing; what it was given is still waiting
                continue
            finally:
                pool.stop()  # type: ignore[no-untyped-call]
                pool.join()
        raise StoppedError("读取文件的工作进程多次意外终止，汇总没有完成。可能是内存不足，或被安全软件阻止。请关闭其他程序，或减少 --jobs 后重试；已经读取的结果都已保存。")


def batches(jobs: Sequence[Job]) -> list[list[Job]]:
    """Jobs that travel together; large files alone and first."""
    small = [j for j in jobs if j.source.size < LARGE]
    alone = [[j] for j in jobs if j.source.size >= LARGE]
    return alone + [small[i : i + BATCH] for i in range(0, len(small), BATCH)]


def results(pool: ProcessPool, waiting: list[list[Job]], workers: int, limits: Limits, log: Path) -> Iterator[list[Done]]:
    """Outcomes as they come. What fails as a batch is tried file by file; what fails alone is a refusal."""
    waiting.reverse()
    running: dict[Future[list[Done]], list[Job]] = {}
    heard = 0
    try:
        while waiting or running:
            while waiting and len(running) < workers * AHEAD:
                batch = waiting.pop()
                running[pool.schedule(work, args=[batch], timeout=limits.seconds if len(batch) == 1 else BATCH_SECONDS + limits.seconds)] = batch
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                batch = running[future]
                try:
                    done = future.result()
                except (TimeoutError, ProcessExpired, MemoryError, OSError, EOFError) as error:
                    words, heard = _last_words(log, heard)
                    if len(batch) > 1:
                        waiting += [[job] for job in reversed(batch)]
                        del running[future]
                        continue
                    done = [Done(batch[0].number, "", refused_outcome(cause(error, limits, words)), is_lasting=False)]
                del running[future]
                yield done
    finally:
        waiting += running.values()
        waiting.reverse()


def cause(error: BaseException, limits: Limits, words: str) -> Finding:
    """Why one file could not be read, in words. words: what the worker said before it ended."""
    if isinstance(error, TimeoutError):
        text = f"读取超过 {limits.seconds:.0f} 秒仍未完成，已停止"
    elif isinstance(error, MemoryError) or "memory" in words:
        text = f"读取所需内存超过 {limits.memory // 1_000_000} MB，已停止"
    else:
        code = getattr(error, "exitcode", None)
        text = "读取该文件时工作进程意外终止" + (f"（代码 {code}）" if code is not None else "")
    if words:
        text += f"；进程最后的输出：{words}"
    return finding("unsafe-workbook", Location(""), text, "正常大小、结构完好的工作簿；可在电子表格软件中打开后另存为新文件")


def _last_words(log: Path, heard: int) -> tuple[str, int]:
    """What workers wrote since the last look, on one line."""
    try:
        with log.open("rb") as stream:
            stream.seek(heard)
            said = stream.read(1_000_000)
    except OSError:
        return "", heard
    return " ".join(said.decode("utf-8", "replace").split())[:_LAST_WORDS], heard + len(said)


def _begun(log: str, memory: int, environment: Mapping[str, str]) -> None:
    """environment: of this moment, such as the folder of rule sets; the process that workers are copied from keeps the one it began with."""
    os.environ.clear()
    os.environ.update(environment)
    prepared(log, memory)
