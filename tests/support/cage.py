"""Reads one hostile file from standard input with a limit on memory and time, and tells what came of it as JSON."""

from __future__ import annotations

import json
import resource
import signal
import sys
import time
from typing import Any

MEMORY = 900_000_000  # address space, with the interpreter and its libraries
SECONDS = 30  # ends what hangs; what is slow shows in the outcome


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
    outcome["mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
