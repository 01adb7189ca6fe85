"""Reads one hostile file from standard input with a limit on memory and time, and tells what came of it as JSON."""

from __future__ import annotations

import json
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

MEMORY = 900_000_000  # address space, with the interpreter and its libraries
SECONDS = 30  # ends what hangs; what is slow shows in the outcome


def peak_mib() -> float:
    """Most memory this process held. Not ru_maxrss where it can be helped: that counts the parent's memory at the fork."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text(encoding="ascii").splitlines() if x.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    from perfeval_xl.workbook.read import ReadError, read_bytes  # noqa: PLC0415

    data = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.alarm(SECONDS)
    start = time.process_time()
    outcome: dict[str, Any]
    try:
        book = read_bytes("坏.xlsx", data)
    except ReadError as error:
        outcome = {"refused": True, "findings": [(error.finding.kind.kind, error.finding.message)], "text": ""}
    else:
        found = [f for g in book.grids for f in g.findings] + list(book.findings)
        outcome = {"refused": False, "findings": [(f.kind.kind, f.message) for f in found], "text": book.grids[0].text(2, 2)}
    outcome["seconds"] = time.process_time() - start
    outcome["mib"] = peak_mib()
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
