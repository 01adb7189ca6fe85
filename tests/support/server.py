"""A server as `perfeval serve` starts it, in a process of its own, and a client that behaves as the pages do."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

NEEDED = ("xlwings_server", "httpx", "itsdangerous", "filelock", "cryptography")
HAS_SERVER = all(importlib.util.find_spec(name) for name in NEEDED)
needs_server = pytest.mark.skipif(not HAS_SERVER and not os.environ.get("CI"), reason="the extra `server` is not installed; CI must have it")
_UP_SECONDS, _DOWN_SECONDS = 60, 30


def free_port() -> int:
    """A port of the loopback address that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    """A server at work. address: without a path. folder: its data. log: what it wrote."""

    address: str
    folder: Path
    log: Path
    process: subprocess.Popen[bytes]
    headers: dict[str, str] = field(default_factory=dict)

    def lines(self) -> list[dict[str, Any]]:
        """The log's lines that are JSON."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]

    def token(self) -> str:
        """What it told as the token for signing in."""
        found = re.search(r"登录口令：(\S+)", self.log.read_text(encoding="utf-8"))
        assert found, self.log.read_text(encoding="utf-8")
        return found[1]

    @contextlib.contextmanager
    def client(self, token: str | None = "") -> Iterator[Any]:
        """A client with what a page sends: origin, header, and a session of its own. token: None for nobody signed in."""
        import httpx  # noqa: PLC0415

        headers = {"Origin": self.address, "Auth-Provider": "perfeval"}
        with httpx.Client(base_url=self.address, headers=headers, verify=False, timeout=60, trust_env=False) as client:  # noqa: S501  # its own certificate
            if token is not None:
                answer = client.post("/api/sign-in", json={"token": token})
                assert answer.status_code == 200, answer.text
                client.headers["Authorization"] = answer.json()["session"]
            yield client


@contextlib.contextmanager
def running(*options: str, folder: Path | None = None, environment: dict[str, str] | None = None, factory: Sequence[str] = ("-m", "perfeval_xl.cli")) -> Iterator[Running]:
    """`perfeval serve` with these options, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="perfeval-test-", ignore_cleanup_errors=True) as place:
        data, log, port = folder or Path(place) / "data", Path(place) / "log", free_port()
        command = [sys.executable, *factory, "serve", "--port", str(port), "--folder", str(data), "--license", "noncommercial", *options]
        with log.open("wb") as stream:
            process = subprocess.Popen(command, stdout=stream, stderr=stream, env={**os.environ, "PYTHONUTF8": "1", **(environment or {})})
        address = f"http{'' if '--http' in options else 's'}://127.0.0.1:{port}"
        server = Running(address, data, log, process)
        try:
            _wait(server)
            yield server
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(_DOWN_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _wait(server: Running) -> None:
    import httpx  # noqa: PLC0415

    end = time.monotonic() + _UP_SECONDS
    while time.monotonic() < end:
        if server.process.poll() is not None:
            break
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{server.address}/health", verify=False, trust_env=False).status_code == 200:  # noqa: S501
                return
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{server.log.read_text(encoding='utf-8')}")


def merged(client: Any, files: Sequence[tuple[str, bytes]], seconds: float = 60) -> tuple[str, dict[str, Any]]:
    """A merge from upload to its end: the job and its last status."""
    job = client.post("/api/jobs").json()["job"]
    for name, data in files:
        answer = client.put(f"/api/jobs/{job}/files", params={"name": name}, content=data)
        assert answer.status_code == 201, answer.text
    assert client.post(f"/api/jobs/{job}/start").status_code == 202
    return job, until(client, job, seconds)


def until(client: Any, job: str, seconds: float = 60, states: Sequence[str] = ("done", "failed", "stopped")) -> dict[str, Any]:
    """The status once it is one of these."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status: dict[str, Any] = client.get(f"/api/jobs/{job}").json()
        if status["state"] in states:
            return status
        time.sleep(0.1)
    raise AssertionError(f"still {status} after {seconds} s")
