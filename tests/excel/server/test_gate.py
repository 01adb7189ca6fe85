"""Who gets in, from where, with how much; on the real server."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from perfeval_xl.excel.server.connections import HANDSHAKE_SECONDS, HEAD_SECONDS
from perfeval_xl.excel.server.gate import UNEXPECTED
from tests.support.server import Running, free_port, needs_server, running

pytestmark = needs_server
EVERY = "0.0.0.0"  # noqa: S104  # the option under test
CALL = {"client": "Office.js", "func_name": "PE_SCORE", "args": [[["≥95%"]], [["93%"]], [[10]]], "caller_address": "[a]S!A1", "version": "", "runtime": "1.4"}


def test_every_answer_forbids_what_comes_from_elsewhere(server: Running) -> None:
    with server.client() as client:
        for path in ("/merge", "/taskpane.html", "/manifest.xml", "/health", "/static/perfeval/merge.js", "/no-such-page", "/xlwings/alert?prompt=a&title=b&buttons=ok&mode=info&callback="):
            headers = client.get(path).headers
            policy = dict(one.split(" ", 1) for one in headers["content-security-policy"].split("; "))
            assert policy["default-src"] == "'none'"
            assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
            assert (headers["x-content-type-options"], headers["referrer-policy"], headers["x-frame-options"]) == ("nosniff", "no-referrer", "DENY")
            assert "server" not in headers


def test_pages_name_no_other_host(server: Running) -> None:
    with server.client() as client:
        for path in ("/merge", "/taskpane.html"):
            text = client.get(path).text
            named = re.findall(r"(?:src|href)=\"([^\"]+)\"", text)
            assert named
            assert not [a for a in named if not a.startswith("/") or a.startswith("//")]
        code = client.get("/xlwings/custom-functions-code.js").text  # no markup: every address in a string
        assert "/xlwings/custom-functions-call" in code
        assert re.findall(r"(?:https?|wss?):\\?/\\?/[\w.-]+|[\"'`]//[\w.-]+", code) == []


@pytest.mark.parametrize("path", ["/api/jobs", "/xlwings/custom-functions-call", "/xlwings/custom-scripts-call/recalculate", "/api/sign-in", "/api/table"])
def test_a_foreign_page_is_refused(server: Running, path: str) -> None:
    with server.client() as client:
        answer = client.post(path, json=CALL, headers={"Origin": "https://evil.example"})
        assert (answer.status_code, answer.json()["error"]) == (403, "请求来自其他网页，已拒绝。")
        assert client.post(path, json=CALL, headers={"Origin": "null"}).status_code == 403
        answer = client.post(path, files={"a": b"x"}, headers={"Origin": "https://evil.example"})  # a form needs no leave to be sent
        assert answer.status_code == 403


def test_a_call_without_our_header_is_refused(server: Running) -> None:
    with server.client() as client:
        answer = client.post("/api/jobs", headers={"Auth-Provider": ""})
        assert (answer.status_code, answer.json()["error"]) == (403, "请求缺少必要的标识，已拒绝。请在绩效自评的页面中操作。")


def test_a_call_without_an_origin_is_refused(server: Running) -> None:
    with server.client() as client:
        del client.headers["origin"]
        assert client.post("/api/jobs").status_code == 403


def test_a_name_that_some_other_page_made_point_here_is_refused(server: Running) -> None:
    port = urlsplit(server.address).port
    with server.client() as client:
        answer = client.get("/merge", headers={"Host": f"rebound.example:{port}"})
        assert (answer.status_code, answer.headers["content-type"]) == (421, "application/json")
        assert client.post("/api/sign-in", json={}, headers={"Host": f"rebound.example:{port}", "Origin": f"http://rebound.example:{port}"}).status_code == 421


@pytest.mark.parametrize("session", ["", "x", "WyJvbmUiLCJhIl0.aaaa.bbbb"])
def test_nobody_gets_in_without_a_session(server: Running, session: str) -> None:
    with server.client() as client:
        client.headers["Authorization"] = session
        for method, path in (("POST", "/api/jobs"), ("GET", "/api/rulesets"), ("POST", "/xlwings/custom-functions-call"), ("POST", "/xlwings/custom-scripts-call/check"), ("GET", "/api/jobs/" + "0" * 32)):
            answer = client.request(method, path, json=CALL if method == "POST" else None)
            assert (answer.status_code, answer.json()["error"]) == (401, "尚未登录，或登录已过期。请在任务窗格或网页中重新登录。")


def test_the_network_gets_in_with_the_token_only(tmp_path: Path) -> None:
    with running("--host", EVERY, "--name", "perfeval.test", "--workers", "1", folder=tmp_path / "data") as up:
        token = up.token()
        assert len(token) >= 24
        with up.client(None) as client:
            assert client.get("/api/about").json()["access"] == "token"
            started = time.monotonic()
            answer = client.post("/api/sign-in", json={"token": "guess"})
            assert (answer.status_code, answer.json()["error"]) == (401, "口令不正确。请向信息技术人员索取。")
            assert time.monotonic() - started > 0.9
            assert client.post("/api/sign-in", content=b"[]").status_code == 401
            assert client.post("/api/jobs").status_code == 401
        with up.client(token) as client:
            assert client.post("/api/jobs").status_code == 201
            client.headers["Host"] = "perfeval.test"
            client.headers["Origin"] = "https://perfeval.test"
            assert client.post("/api/jobs").status_code == 201
        with up.client(None) as client:
            manifest = client.get("/manifest.xml").text
        assert f"https://perfeval.test:{urlsplit(up.address).port}/taskpane.html" in manifest
        # nothing secret can be read by others on that machine
        assert {p.name: oct(p.stat().st_mode & 0o077) for p in (tmp_path / "data").iterdir() if p.name in {"key.pem", "token", "secret", "settings.json", "jobs"}} == dict.fromkeys(
            ("key.pem", "token", "secret", "settings.json", "jobs"), "0o0",
        )  # fmt: skip
    with running("--host", EVERY, "--workers", "1", folder=tmp_path / "data") as again:
        assert again.token() == token


def test_the_units_own_sign_on_says_who_it_is(tmp_path: Path) -> None:
    (tmp_path / "own_sign_on.py").write_text("def who(headers):\n    return headers.get('x-remote-user')\n", encoding="utf-8")
    with running("--http", "--workers", "1", "--auth-hook", "own_sign_on:who", environment={"PYTHONPATH": str(tmp_path)}) as up, up.client(None) as client:
        assert client.get("/api/about").json()["access"] == "hook"
        assert client.post("/api/sign-in", json={}).status_code == 401
        answer = client.post("/api/sign-in", json={}, headers={"X-Remote-User": "zhang"})
        client.headers["Authorization"] = answer.json()["session"]
        assert client.get("/api/session").json() == {"user": "name:zhang"}


@pytest.mark.parametrize("body", [b'{"token": "\\ud800"}', b"[" * 9_000, b"{", b"\xff", b""])
def test_a_sign_in_that_cannot_be_read_is_told_in_words(server: Running, body: bytes) -> None:
    with server.client() as client:
        answer = client.post("/api/sign-in", content=body)
        assert (answer.status_code, answer.json()["error"]) == (400, "请求的内容不完整，或不是正确的 JSON。请刷新页面后重试。")


def test_the_address_of_a_proxy_is_an_origin_of_ours(tmp_path: Path) -> None:
    with running("--http", "--workers", "1", "--address", "https://pj.gov.cn", folder=tmp_path / "data") as up, up.client(None) as client:
        client.headers["Origin"] = "https://pj.gov.cn"
        token = (tmp_path / "data" / "token").read_text().strip()
        assert client.post("/api/sign-in", json={"token": "x"}).status_code == 401
        assert client.post("/api/sign-in", json={"token": token}).status_code == 200
        assert client.post("/api/sign-in", json={"token": token}, headers={"Host": "pj.gov.cn"}).status_code == 200
        assert client.post("/api/sign-in", json={"token": token}, headers={"Origin": "https://pj.gov.cn.evil.example"}).status_code == 403
        assert "https://pj.gov.cn/taskpane.html" in client.get("/manifest.xml").text


def test_a_body_that_says_it_is_too_large_is_not_read(server: Running) -> None:
    host = urlsplit(server.address).netloc
    with server.client() as client:
        raw = http.client.HTTPConnection(host, timeout=10)
        raw.putrequest("POST", "/api/table?name=a.xlsx")
        for name, value in {"Origin": server.address, "Auth-Provider": "perfeval", "Authorization": client.headers["Authorization"], "Content-Length": "70000000"}.items():
            raw.putheader(name, value)
        raw.endheaders()
        answer = raw.getresponse()
        assert (answer.status, json.loads(answer.read())["error"]) == (413, "内容超过 60 MB 的上限。请减少文件大小，例如删去图片，或另存为新文件。")
        raw.close()


@pytest.mark.parametrize("path", ["/api/sign-in", "/xlwings/custom-functions-call", "/xlwings/custom-scripts-call/check", "/api/table"])
def test_a_body_that_does_not_say_how_large_it_is_is_counted(server: Running, path: str) -> None:
    import httpx  # noqa: PLC0415  # of the extra `server`

    most = 61 if path != "/api/sign-in" else 1

    def parts() -> list[bytes]:
        return [b" " * 1_000_000] * most

    with server.client() as client:
        with contextlib.suppress(httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):  # it closes while the client still sends: as good
            assert client.post(path, content=iter(parts()), headers={"Content-Type": "application/json"}).status_code == 413
        assert client.get("/health").status_code == 200


def test_a_slow_client_is_let_go_and_holds_up_nobody(server: Running) -> None:
    parts = urlsplit(server.address)
    assert parts.hostname
    assert parts.port
    with server.client() as client:
        slow = [socket.create_connection((parts.hostname, parts.port), timeout=60) for _ in range(20)]
        for one in slow:
            one.sendall(
                f"POST /api/table HTTP/1.1\r\nHost: {parts.netloc}\r\nOrigin: {server.address}\r\nAuth-Provider: perfeval\r\n"
                f"Authorization: {client.headers['Authorization']}\r\nContent-Length: 1000\r\n\r\nx".encode(),
            )
        started = time.monotonic()
        assert client.get("/health").status_code == 200
        assert time.monotonic() - started < 2
        answer = slow[0].recv(4096).decode()
        assert " 408 " in answer.splitlines()[0]
        assert 15 < time.monotonic() - started < 40
        for one in slow:
            one.close()


_FEW_FILES = "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256)); from perfeval_xl.cli import main; sys.exit(main(sys.argv[1:]))"
_ROOM = int(256 * 0.4)


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files as on Linux and macOS")
def test_who_asks_for_nothing_is_let_go_and_holds_up_nobody(tmp_path: Path) -> None:
    import httpx  # noqa: PLC0415  # of the extra `server`

    with running("--http", "--workers", "1", folder=tmp_path / "data", factory=("-c", _FEW_FILES)) as up:
        parts = urlsplit(up.address)
        assert parts.hostname
        assert parts.port
        open_ones = [socket.create_connection((parts.hostname, parts.port), timeout=60) for _ in range(_ROOM + 30)]
        for one in open_ones:
            with contextlib.suppress(OSError):  # the first ones have made room
                one.sendall(b"GET /merge HTTP/1.1\r\nX: ")
        started = time.monotonic()
        assert httpx.get(f"{up.address}/health", trust_env=False).status_code == 200
        assert time.monotonic() - started < 2
        dribbling = open_ones[-1]
        with pytest.raises(OSError):  # noqa: PT011, PT012  # whatever the system calls it, at whatever byte
            while time.monotonic() - started < HEAD_SECONDS + 20:
                dribbling.sendall(b"a")
                time.sleep(1)
        assert time.monotonic() - started > HEAD_SECONDS - 5
        time.sleep(2)
        assert httpx.get(f"{up.address}/health", trust_env=False).status_code == 200
        ended = [line["reason"] for line in up.lines() if line.get("event") == "connection ended"]
        for one in open_ones:
            one.close()
    assert (ended.count("too many connections") >= 30, ended.count("no request") >= _ROOM - 5) == (True, True)


def test_who_does_not_speak_tls_is_let_go_soon() -> None:
    with running("--host", EVERY, "--workers", "1") as up:
        parts = urlsplit(up.address)
        assert parts.hostname
        assert parts.port
        started = time.monotonic()
        with socket.create_connection((parts.hostname, parts.port), timeout=30) as one, contextlib.suppress(OSError):
            assert one.recv(1) == b""
        assert HANDSHAKE_SECONDS - 2 < time.monotonic() - started < HANDSHAKE_SECONDS + 8


def test_an_answer_that_nobody_takes_is_given_up(server: Running) -> None:
    """A worker's memory is not for those who ask and do not listen."""
    with server.client() as client:
        page = client.get("/taskpane.html").text
        sizes = {path: len(client.get(path).content) for path in re.findall(r"src=\"(/static/[^\"]+)\"", page)}
    path, size = max(sizes.items(), key=lambda one: one[1])
    parts = urlsplit(server.address)
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        one.connect((parts.hostname, parts.port))
        asked = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
        one.sendall(asked * (8_000_000 // size + 1))  # more than the system itself keeps
        end = time.monotonic() + 90
        while time.monotonic() < end and not (given_up := [line for line in server.lines() if line.get("event") == "request" and line["path"] == path and line["ms"] > 15_000]):
            time.sleep(1)
        assert given_up


@pytest.mark.parametrize(("path", "most"), [("/api/ruleset", 0.01), ("/api/jobs", 0.01), ("/api/sign-in", 0.01), ("/xlwings/custom-functions-call", 20), ("/api/table?name=a.xlsx", 60)])
def test_a_request_has_the_size_that_it_needs(server: Running, path: str, most: float) -> None:
    raw = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=10)
    with server.client() as client:
        raw.putrequest("POST", path)
        for name, value in {"Origin": server.address, "Auth-Provider": "perfeval", "Authorization": client.headers["Authorization"], "Content-Length": str(int(most * 1_000_000) + 1)}.items():
            raw.putheader(name, value)
        raw.endheaders()
        answer = raw.getresponse()
        assert (answer.status, json.loads(answer.read())["error"].startswith(f"内容超过 {most:g} MB 的上限。请")) == (413, True)
    raw.close()


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("GET", "/api/nowhere"), ("DELETE", "/api/rulesets"), ("GET", "/static/nowhere.js"), ("GET", "/xlwings/nowhere")])
def test_what_is_not_there_is_told_in_words(server: Running, method: str, path: str) -> None:
    with server.client() as client:
        answer = client.request(method, path)
        assert answer.status_code in {404, 405}
        assert answer.json()["error"].startswith("没有这个网页。")


def test_a_head_without_an_end_is_not_kept(server: Running) -> None:
    parts = urlsplit(server.address)
    assert parts.hostname
    assert parts.port
    with socket.create_connection((parts.hostname, parts.port), timeout=30) as one:
        one.sendall(b"GET /merge HTTP/1.1\r\n")
        with pytest.raises(OSError):  # noqa: PT011, PT012
            for number in range(100_000):
                one.sendall(b"X-%d: " % number + b"a" * 1_000 + b"\r\n")


def test_an_error_of_a_library_is_told_in_words(server: Running) -> None:
    with server.client() as client:
        answer = client.post("/xlwings/custom-functions-call", json={})
        assert (answer.status_code, answer.json()["error"]) == (500, UNEXPECTED)


def test_the_log_has_a_line_for_each_request_and_no_cell(server: Running) -> None:
    secret = "机密内容"  # noqa: S105  # of a cell
    with server.client() as client:
        client.post("/xlwings/custom-functions-call", json={**CALL, "args": [[[secret]], [[secret]], [["x"]]]})
        client.post("/xlwings/custom-functions-call", json={**CALL, "func_name": secret})
        client.post("/xlwings/custom-scripts-call/check", json={"client": "Office.js", "version": "x", "book": {"name": secret}})
        client.get("/xlwings/alert", params={"prompt": secret, "title": secret, "buttons": "ok", "mode": "info", "callback": ""})
        client.post("/api/table", params={"name": secret}, content=b"not a workbook")
    time.sleep(0.5)
    text = server.log.read_text(encoding="utf-8")
    assert secret not in text
    assert "%E6%9C%BA" not in text
    last = [line for line in server.lines() if line.get("event") == "request"][-1]
    assert {"time", "level", "method", "path", "status", "ms", "in", "out", "user"} <= set(last)


def test_without_a_key_the_server_says_who_needs_which(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "perfeval_xl.cli", "serve", "--http", "--port", str(free_port()), "--folder", str(tmp_path)], capture_output=True, text=True, timeout=60, check=False, env=_bare(),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("没有设置 xlwings 的许可密钥，服务没有启动。")
    assert "--license noncommercial" in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("options", "message"), [
    (["--license", "wrong"], "xlwings 的许可密钥无效或已过期"), (["--license", "noncommercial", "--certfile", "x.pem"], "--certfile 和 --keyfile 要同时给出"),
    (["--license", "noncommercial", "--host", "203.0.113.9"], "的端口"), (["--license", "noncommercial", "--host", EVERY, "--token-file", "missing"], "口令文件"),
])  # fmt: skip
def test_what_cannot_start_says_why(options: list[str], message: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "perfeval_xl.cli", "serve", "--port", str(free_port()), "--folder", str(tmp_path), *options], capture_output=True, text=True, timeout=60, check=False, env=_bare(),
    )  # fmt: skip
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr


def test_a_port_in_use_is_told(server: Running, tmp_path: Path) -> None:
    port = str(urlsplit(server.address).port)
    done = subprocess.run(
        [sys.executable, "-m", "perfeval_xl.cli", "serve", "--port", port, "--folder", str(tmp_path), "--license", "noncommercial"], capture_output=True, text=True, timeout=60, check=False, env=_bare(),
    )  # fmt: skip
    assert (done.returncode, f"端口 {port} 不能使用" in done.stderr) == (2, True), done.stderr


def _bare() -> dict[str, str]:
    import os  # noqa: PLC0415

    return {k: v for k, v in os.environ.items() if not k.startswith("XLWINGS_")} | {"PYTHONUTF8": "1"}
