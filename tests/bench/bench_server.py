"""Three goals of the server, each beside a bare companion in the same run, taking turns: PE_TABLE, PE_SCORE, a merge from drop to download.

Run: python -m tests.bench.bench_server [--rounds N]. Needs the extra `server`, Chromium and playwright. Echo is a function of the same
server that gives back as many cells (tests/bench/echo_server.py).
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.support.browser import chromium, watched
from tests.support.departments import department, seeded, workbook
from tests.support.server import Running, running

ROWS, FILES, CLIENTS, REQUESTS = 10_000, 100, 8, 400
TARGETS = ("≥95%", "100人", "≤2.6亿元", "2025年12月底", "＝12场", "≥500户", "不低于90%", "达成")
ACTUALS = ("93%", "98人", "2.5亿元", "2025年11月", "12场", "512户", "88.5%", "部分达成")


def column(seed: int) -> list[list[list[Any]]]:
    """The arguments of PE_TABLE: targets, actuals, weights, directions."""
    chance = random.Random(seed)  # noqa: S311  # the same rows every time
    picks = [chance.randrange(len(TARGETS)) for _ in range(ROWS)]
    targets = [[TARGETS[p] if p else f"≥{chance.randint(50, 99)}.{chance.randint(0, 9)}%"] for p in picks]
    actuals = [[ACTUALS[p] if p else f"{chance.randint(50, 99)}.{chance.randint(0, 9)}%"] for p in picks]
    return [targets, actuals, [[chance.randint(1, 10)] for _ in picks], [[""] for _ in picks]]


class Caller:
    """One connection that calls functions, kept open as a browser does."""

    def __init__(self, server: Running, session: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=120)
        self._headers = {"Origin": server.address, "Auth-Provider": "perfeval", "Authorization": session, "Content-Type": "application/json"}

    def call(self, body: bytes) -> bytes:
        """Raises: AssertionError where it fails."""
        self._connection.request("POST", "/xlwings/custom-functions-call", body, self._headers)
        answer = self._connection.getresponse()
        data = answer.read()
        assert answer.status == 200, data
        return data


def body(name: str, arguments: Sequence[Any]) -> bytes:
    return json.dumps({"client": "Office.js", "func_name": name, "args": arguments, "caller_address": "[a.xlsx]S!A1", "version": "", "runtime": "1.4"}, ensure_ascii=False).encode()


def table(server: Running, session: str, rounds: int) -> float:
    """Time of PE_TABLE over time of echo."""
    caller = Caller(server, session)
    times: dict[str, list[float]] = {"ECHO": [], "PE_TABLE": []}
    for turn in range(rounds + 1):
        arguments = column(turn)
        for name, taken in times.items():
            sent = body(name, arguments)
            started = time.perf_counter()
            data = caller.call(sent)
            if turn:  # the first is for warming up
                taken.append(time.perf_counter() - started)
            assert len(json.loads(data)["result"]) == ROWS
    echo, ours = (statistics.median(t) for t in times.values())
    print(f"PE_TABLE, {ROWS} rows: {ours:.3f} s, echo {echo:.3f} s: {ours / echo:.2f} times (goal: at most 4)")
    return ours / echo


def score(server: Running, session: str, rounds: int) -> float:
    """Requests a second of PE_SCORE over those of echo."""
    rates: dict[str, list[float]] = {"ECHO": [], "PE_SCORE": []}
    errors: list[BaseException] = []
    for turn in range(rounds + 1):
        for name, taken in rates.items():
            bodies = [body(name, [[[f"≥{60 + n % 40}.{n % 10}%"]], [[f"{50 + (n * 7) % 50}%"]], [[10]], *([None] if name == "ECHO" else [])]) for n in range(REQUESTS // CLIENTS)]

            def work(sent: list[bytes] = bodies) -> None:
                try:
                    caller = Caller(server, session)
                    for one in sent:
                        caller.call(one)
                except BaseException as error:  # counted below
                    errors.append(error)

            threads = [threading.Thread(target=work) for _ in range(CLIENTS)]
            started = time.perf_counter()
            for one in threads:
                one.start()
            for one in threads:
                one.join()
            if turn:
                taken.append(REQUESTS / (time.perf_counter() - started))
    echo, ours = (statistics.median(r) for r in rates.values())
    print(f"PE_SCORE: {ours:.0f} requests/s, echo {echo:.0f}: {ours / echo:.2f} of it, {len(errors)} errors (goal: at least 0.7, no error)")
    return ours / echo if not errors else 0.0


def merges(server: Running, rounds: int) -> float:
    """Time from drop to download in a browser over time of `perfeval merge`."""
    with tempfile.TemporaryDirectory() as place, chromium() as browser:
        folder = Path(place) / "各单位"
        folder.mkdir()
        files = [folder / f"{n:03d}.xlsx" for n in range(FILES)]
        for number, path in enumerate(files):
            path.write_bytes(workbook(department(number, 1), seeded(f"bench-{number}"))[0])
        command, page = [], []
        for turn in range(rounds):
            started = time.perf_counter()
            output, environment = Path(place) / f"{turn}.xlsx", {**os.environ, "PERFEVAL_CACHE": str(Path(place) / f"cache-{turn}")}
            done = subprocess.run([sys.executable, "-m", "perfeval_xl.cli", "merge", str(folder), "-o", str(output)], capture_output=True, env=environment, check=False)
            command.append(time.perf_counter() - started)
            assert done.returncode in {0, 1}, done.stderr
            page.append(_dropped(browser, server, files))
    ours, theirs = statistics.median(page), statistics.median(command)
    print(f"{FILES} workbooks, drop to download: {ours:.2f} s, perfeval merge {theirs:.2f} s: {ours / theirs:.2f} times (goal: at most 2)")
    return ours / theirs


def _dropped(browser: Any, server: Running, files: Sequence[Path]) -> float:
    with watched(browser, server.address) as watch:
        page = watch.page
        page.goto(f"{server.address}/merge")
        page.wait_for_selector("#merge:not([hidden])")
        started = time.perf_counter()
        page.set_input_files("#files", files)
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=300_000)
        with page.expect_download() as download:
            page.click("#merge-download")
        assert download.value.path()
        return time.perf_counter() - started


def main() -> int:
    """Prints three lines; exit status 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with running("--http", "--workers", "1", factory=("-m", "tests.bench.echo_server")) as server, server.client() as client:
        session = client.headers["Authorization"]
        time.sleep(5)  # its processes apart get ready
        met = [table(server, session, rounds) <= 4, score(server, session, rounds) >= 0.7]
    with running("--http", "--workers", "2") as server:
        time.sleep(5)
        met.append(merges(server, max(rounds // 2, 2)) <= 2)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
