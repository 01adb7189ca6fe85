"""Gate: what every request passes before anything of it is read. Host, origin, header, session, size and pace; then headers and one log line.

Plain ASGI: the body is counted as it comes, whatever its headers claim.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from perfeval_xl.excel.server.access import HEADER, HEADER_VALUE, Access
from perfeval_xl.excel.server.settings import Limits, Settings

LOG = logging.getLogger("perfeval.server")
UNEXPECTED = "服务器出现意外错误，没有完成。请联系信息技术人员查看服务器日志。"
SIGN_IN = "/api/sign-in"
_CALLS = ("/api/", "/xlwings/custom-functions-call", "/xlwings/custom-scripts-call")
_OPEN = frozenset({SIGN_IN, "/api/about"})
_WORKBOOKS = frozenset({"/api/table", "/api/report"})
_SMALL = 10_000  # bytes of all other requests
_OPEN_SECONDS = 5  # for the body of a request that anybody may make
_DOWNLOAD = "/download"
_SAFE = frozenset({"GET", "HEAD"})


class _RefusedError(Exception):
    """status: of HTTP; str() is what the user reads."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _GoneError(Exception):
    """Nobody takes the answer."""


class Gate:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, settings: Settings, access: Access) -> None:
        self._app, self._access, self._limits = app, access, settings.limits
        self._hosts, self._address = frozenset(settings.hosts), settings.address.lower()
        self._headers = security_headers(settings.frames)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":  # nothing here speaks it
                await send({"type": "websocket.close", "code": 1008})
            else:
                await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        scope.setdefault("state", {})["user"] = None
        body = _Body(receive, self._limits, self._most(scope["path"]), _OPEN_SECONDS if scope["path"] in _OPEN else self._limits.idle_seconds)
        answer = _Answer(send, body, self._limits.idle_seconds, self._headers, "public, max-age=3600" if scope["path"].startswith("/static/") else "no-store")
        try:
            self._check(scope, body)
            await self._app(scope, body, answer)
        except _RefusedError as error:
            await answer.refuse(error)
        except _GoneError:
            pass  # the line below says how much went out; the connection ends
        except Exception:  # told in the log, not to the server beneath: it would cut the connection
            LOG.exception("error")
            await answer.refuse(_RefusedError(500, UNEXPECTED))
        finally:
            LOG.info("request", extra={"facts": {
                "method": scope["method"], "path": scope["path"], "status": answer.status, "ms": round((time.perf_counter() - started) * 1_000, 1),
                "in": body.count, "out": answer.sent, "user": scope["state"]["user"],
            }})  # fmt: skip

    def _most(self, path: str) -> int:
        """Bytes a body may have."""
        if path.startswith("/api/jobs/") and path.endswith("/files"):
            return self._limits.file_bytes
        if path in _WORKBOOKS:
            return self._limits.request_bytes
        return self._limits.call_bytes if path.startswith("/xlwings/") else _SMALL

    def _check(self, scope: Scope, body: _Body) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            raise _RefusedError(421, "服务器不以这个名称提供服务。请使用信息技术人员给出的网址；需要增加名称时，请用 perfeval serve --name 指定。")
        path, is_call = scope["path"], scope["path"].startswith(_CALLS)
        if scope["method"] not in _SAFE or is_call:
            origin = headers.get("origin", "")
            is_own = origin.lower() in {f"{scope['scheme']}://{host}".lower(), self._address}  # a proxy may speak plainly to us, under another name
            if not (is_own or (not origin and scope["method"] in _SAFE)):  # a browser names the origin of everything but a plain GET
                raise _RefusedError(403, "请求来自其他网页，已拒绝。")
        if is_call and not (scope["method"] in _SAFE and path.endswith(_DOWNLOAD)):  # a download carries a ticket instead
            if headers.get(HEADER, "") != HEADER_VALUE:
                raise _RefusedError(403, "请求缺少必要的标识，已拒绝。请在绩效自评的页面中操作。")
            if path not in _OPEN:
                scope["state"]["user"] = self._access.user(headers.get("authorization", ""))
                if scope["state"]["user"] is None:
                    raise _RefusedError(401, "尚未登录，或登录已过期。请在任务窗格或网页中重新登录。")
        body.announced(headers.get("content-length", ""))


class _Body:
    """A request's body as it comes. count: bytes so far."""

    def __init__(self, receive: Receive, limits: Limits, most: int, seconds: float) -> None:
        self._receive, self._limits, self._most, self._seconds = receive, limits, most, seconds
        self.count, self._is_whole, self._started = 0, False, 0.0
        self.refusal: _RefusedError | None = None

    def announced(self, length: str) -> None:
        """Refuses at once what says that it is too large."""
        if length and (not length.isdecimal() or int(length[:20]) > self._most):
            raise self._too_large()

    def _refused(self, error: _RefusedError) -> _RefusedError:
        self.refusal = error
        return error

    async def __call__(self) -> Message:
        if self._is_whole:
            return await self._receive()  # waits for the end of the connection
        self._started = self._started or time.monotonic()
        try:
            message = await asyncio.wait_for(self._receive(), self._seconds)
        except TimeoutError as error:
            raise self._refused(_RefusedError(408, "上传中断：长时间没有收到数据。请检查网络后重试。")) from error
        if message["type"] == "http.request":
            self.count += len(message.get("body", b""))
            self._is_whole = not message.get("more_body", False)
            if self.count > self._most:
                raise self._refused(self._too_large())
            if not self._is_whole and time.monotonic() - self._started > self._seconds + self.count / self._limits.slowest:
                raise self._refused(_RefusedError(408, "上传过慢，已停止。请检查网络后重试。"))
        return message

    def _too_large(self) -> _RefusedError:
        return _RefusedError(413, f"内容超过 {self._most / 1_000_000:g} MB 的上限。" + ("请减少文件大小，例如删去图片，或另存为新文件。" if self._most > _SMALL else "请刷新页面后重试。"))


def _name(host: str) -> str:
    """The host without its port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


class _Answer:
    """What goes back: with our headers; a refusal instead, where the body was cut off, whatever the application makes of that. status: 0 until it began."""

    def __init__(self, send: Send, body: _Body, seconds: float, headers: Mapping[str, str], caching: str) -> None:
        self._send, self._body, self._seconds, self._headers, self._caching = send, body, seconds, headers, caching
        self.status, self.sent, self._is_refused = 0, 0, False

    async def __call__(self, message: Message) -> None:
        if self._is_refused:
            return
        if self._body.refusal is not None and not self.status:
            await self.refuse(self._body.refusal)
            return
        if message["type"] == "http.response.start" and message["status"] == 500 and _is_plain(message):
            await self.refuse(_RefusedError(500, UNEXPECTED))  # of a library, in English
            return
        await self._pass(message)

    async def refuse(self, error: _RefusedError) -> None:
        """A refusal, unless an answer has begun already."""
        if self.status:
            return
        self._is_refused = True
        body = json.dumps({"error": str(error)}, ensure_ascii=False).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if error.status in {408, 413}:
            headers.append((b"connection", b"close"))  # what else comes is not read
        await self._pass({"type": "http.response.start", "status": error.status, "headers": headers})
        await self._pass({"type": "http.response.body", "body": body})

    async def _pass(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in self._headers.items():
                headers[name] = value
            headers["cache-control"] = self._caching
        elif message["type"] == "http.response.body":
            self.sent += len(message.get("body", b""))
        try:
            await asyncio.wait_for(self._send(message), self._seconds)
        except TimeoutError as error:
            raise _GoneError from error


def _is_plain(message: Message) -> bool:
    return Headers(raw=message.get("headers", [])).get("content-type", "").startswith("text/plain")


def security_headers(frames: Iterable[str]) -> dict[str, str]:
    """Nothing but our own scripts and styles; nothing leaves for another host; framed by nobody, or by those named."""
    frames = tuple(frames)
    policy = {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self' data:", "connect-src": "'self'", "font-src": "'self'",
        "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": " ".join(frames) or "'none'",
    }  # fmt: skip
    headers = {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "x-permitted-cross-domain-policies": "none",
        "permissions-policy": "camera=(), geolocation=(), microphone=()", "cross-origin-resource-policy": "cross-origin" if frames else "same-origin",
    }  # fmt: skip
    return headers if frames else {**headers, "x-frame-options": "DENY", "cross-origin-opener-policy": "same-origin"}
