"""Ratios of `perfeval merge`, side by side in one run: beside a bare calamine loop on one core and a pandas loop; cold, warm, one file changed; memory.

Run: python -m tests.bench.bench_merge [count] [--folder FOLDER] [--large]

--folder: a folder written by tests.support.departments, used again; it is made where it is not there. One of its files is
exchanged for the third run and put back. --large: memory for three times as many files beside that for count.
Memory: of all processes of a run together, sampled every 50 ms; shared pages are counted once where the system tells (PSS).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.support.departments import Manifest, department, load, manifest_path, seeded, workbook, write_departments

ROOT = Path(__file__).parents[2]
EVERY = 0.05  # seconds between two looks at the memory
SCALED = 500  # files that the pandas loop reads; its time is scaled to all
GIB = 2**30


@dataclass(frozen=True, slots=True)
class Run:
    """What one command took. peak: bytes of its processes together. processes: most at one time."""

    seconds: float
    peak: int
    processes: int
    status: int
    answer: str
    errors: str


def memory(process: Any) -> int:
    """Bytes of one process; 0 where it has ended."""
    try:
        try:
            status = process.memory_full_info()
        except psutil.AccessDenied:
            return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
    return int(getattr(status, "pss", 0) or status.rss)


def measured(command: Sequence[str], **environment: str) -> Run:
    """Runs a command to its end."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = psutil.Popen(command, stdout=out, stderr=errors, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), **environment})
        peak = most = 0
        status: int | None = None
        while status is None:
            try:
                family = [child, *child.children(recursive=True)]
            except psutil.NoSuchProcess:
                family = []
            peak, most = max(peak, sum(memory(p) for p in family)), max(most, len(family))
            try:
                status = child.wait(EVERY)  # returns as soon as it ends
            except psutil.TimeoutExpired:
                continue
        seconds = time.perf_counter() - start
        out.seek(0)
        errors.seek(0)
        return Run(seconds, peak, most, status, out.read().decode("utf-8", "replace"), errors.read().decode("utf-8", "replace"))


# ---------------------------------------------------------------- loops, each in a process of its own


def bare_loop(paths: Sequence[str]) -> tuple[float, int]:
    """Every sheet of every file by calamine alone, on one core. Returns: seconds, files read."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    read = 0
    start = time.perf_counter()
    for path in paths:
        try:
            with open(path, "rb") as stream:  # noqa: PTH123  # bare: nothing but the reading
                book = CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
            for i in range(len(book.sheet_names)):
                book.get_sheet_by_index(i).to_python()
            read += 1
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a panic of Rust is no Exception
            print(f"calamine: {path}: {error!r}", file=sys.stderr)
    return time.perf_counter() - start, read


def pandas_loop(paths: Sequence[str]) -> tuple[float, int]:
    """As many would do it: every sheet by pandas and openpyxl, joined at the end."""
    import pandas as pd  # noqa: PLC0415

    frames = []
    start = time.perf_counter()
    for path in paths:
        try:
            frames += [frame.assign(file=path) for frame in pd.read_excel(path, sheet_name=None, header=None, engine="openpyxl").values()]
        except Exception as error:  # whatever it is, the file is left out
            print(f"pandas: {path}: {error!r}", file=sys.stderr)
    pd.concat(frames)
    return time.perf_counter() - start, len(paths)


LOOPS = {"bare": bare_loop, "pandas": pandas_loop}


def loop(name: str, paths: Sequence[Path]) -> tuple[float, int, Run]:
    """A loop in a fresh process. Returns: its own seconds, without the start of Python, and files read."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as listing:
        json.dump([str(p) for p in paths], listing)
        listing.flush()
        run = measured([sys.executable, "-m", "tests.bench.bench_merge", "--loop", name, "--listing", listing.name])
    if run.status:
        sys.exit(f"the {name} loop failed:\n{run.errors}")
    if run.errors:
        print(run.errors.rstrip(), file=sys.stderr)
    seconds, read = json.loads(run.answer)
    return float(seconds), int(read), run


# ---------------------------------------------------------------- merge


def merge(folder: Path, out: Path, cache: Path) -> Run | None:
    """One run of the command; None where it could not run, which is said."""
    run = measured([sys.executable, "-m", "perfeval_xl.cli", "merge", str(folder), "-o", str(out)], PERFEVAL_CACHE=str(cache))
    if run.status in {0, 1} and out.exists():
        return run
    print(f"`perfeval merge` FAILED: status {run.status}, output {'there' if out.exists() else 'missing'}, after {run.seconds:.1f} s. It says:\n{run.errors.rstrip() or run.answer.rstrip()}\n")
    return None


def show(name: str, files: int, run: Run | None, seconds: float | None = None) -> None:
    if run is None:
        print(f"{name:34} {files:>7} {'failed':>9}")
        return
    took = run.seconds if seconds is None else seconds
    print(f"{name:34} {files:>7} {took:>8.2f}s {took * 1e3 / files:>8.2f} {run.peak / 2**20:>8.0f} {run.processes:>5}")


def ratio(name: str, above: float | None, below: float | None, goal: str) -> None:
    print(f"  {name:24} {'not known' if above is None or not below else f'{above / below:.2f}':>10}   goal {goal}")


def corpus(folder: Path, count: int) -> Manifest:
    if manifest_path(folder).exists():
        return load(folder)
    start = time.perf_counter()
    manifest = write_departments(folder, count)
    print(f"wrote {folder}: {len(manifest.good)} good and {len(manifest.damaged)} damaged files in {time.perf_counter() - start:.1f} s")
    return manifest


def one_changed(manifest: Manifest, out: Path, cache: Path) -> Run | None:
    """The warm run after one department sent another form; the file is put back."""
    path = manifest.paths()[len(manifest.good) // 2]
    before, times = path.read_bytes(), path.stat()
    try:
        path.write_bytes(workbook(department(160_000, manifest.seed), seeded("changed"), "published")[0])
        return merge(Path(manifest.folder), out, cache)
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def compare(manifest: Manifest, work: Path) -> None:
    """All runs of one folder, and their ratios. Files are read once before, so that all find them in the system's memory."""
    folder, good = Path(manifest.folder), manifest.paths()
    files = len(good) + len(manifest.damaged)
    size = sum(len(p.read_bytes()) for p in good)
    print(f"{folder}: {files} files, {len(good)} good ones of {size / 1e6:.0f} MB with {sum(g.indicators for g in manifest.good)} indicators; {os.cpu_count()} cores\n")
    first, _, _ = loop("bare", good)
    cold = merge(folder, work / "汇总.xlsx", work / "cache")
    warm = merge(folder, work / "汇总.xlsx", work / "cache") if cold else None
    changed = one_changed(manifest, work / "汇总.xlsx", work / "cache") if cold else None
    last, read, bare_run = loop("bare", good)
    bare = min(first, last)  # before and after the command, so that a busy moment of the machine does not flatter it
    sample = random.Random(3).sample(good, min(SCALED, len(good)))  # noqa: S311  # the same ones every time
    slow, _, slow_run = loop("pandas", sample)
    scaled = slow * len(good) / len(sample)
    print(f"{'':34} {'files':>7} {'wall':>9} {'ms/file':>8} {'peak MiB':>8} {'procs':>5}")
    show("merge, cold", files, cold)
    show("merge, warm", files, warm)
    show("merge, one file changed", files, changed)
    show("bare calamine loop, one core", read, bare_run, bare)
    print(f"{'  before and after the merges':34} {'':>7} {first:>8.2f}s {last:>8.2f}s")
    show(f"pandas + openpyxl, {len(sample)} files", len(sample), slow_run, slow)
    print(f"{'pandas + openpyxl, scaled to all':34} {len(good):>7} {scaled:>8.2f}s")
    seconds = cold.seconds if cold else None
    print("\nratios")
    ratio("cold / bare", seconds, bare, "≤ 5, aim 3")
    ratio("pandas / cold", scaled, seconds, "≥ 10")
    ratio("warm / cold", warm.seconds if warm else None, seconds, "≤ 0.25")
    ratio("one changed / cold", changed.seconds if changed else None, seconds, "near warm / cold")
    ratio("peak memory / GiB", max((r.peak for r in (cold, warm, changed) if r), default=None), GIB, "≤ 1")


def compare_large(manifest: Manifest, work: Path, folder: Path) -> None:
    """Memory of a cold run for three times as many files."""
    count = 3 * (len(manifest.good) + len(manifest.damaged))
    large = corpus(folder, count)
    runs = [merge(Path(m.folder), work / f"{i}.xlsx", work / f"cache-{i}") for i, m in enumerate((manifest, large))]
    print(f"\n{'':34} {'files':>7} {'wall':>9} {'ms/file':>8} {'peak MiB':>8} {'procs':>5}")
    for run, m in zip(runs, (manifest, large), strict=True):
        show("merge, cold", len(m.good) + len(m.damaged), run)
    small, big = runs
    ratio(f"memory {count} / {count // 3}", big.peak if big else None, small.peak if small else None, "≤ 1.3")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=10_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--loop", choices=LOOPS, help=argparse.SUPPRESS)
    parser.add_argument("--listing", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.loop:
        print(json.dumps(LOOPS[asked.loop](json.loads(asked.listing.read_text(encoding="utf-8")))))
        return
    with tempfile.TemporaryDirectory(prefix="bench-merge-") as place:
        work = Path(place)
        folder = (asked.folder or work / "单位").resolve()
        manifest = corpus(folder, asked.count)
        compare(manifest, work)
        if asked.large:
            compare_large(manifest, work, folder.parent / f"{folder.name}-三倍")


if __name__ == "__main__":
    main()
