"""Routes of our own: pages, sign-in, the open table, merges. Each parses, calls one function and answers; texts of errors are Chinese."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import xlwings
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from perfeval_xl.batch.store import program_version
from perfeval_xl.core.parameters import STATUS_TITLES
from perfeval_xl.excel.server.access import Access
from perfeval_xl.excel.server.apart import Apart, ApartError
from perfeval_xl.excel.server.jobs import DONE, RESULT, Job, JobError
from perfeval_xl.excel.server.picks import pick, picked
from perfeval_xl.excel.server.processes import reap
from perfeval_xl.excel.server.settings import Settings
from perfeval_xl.excel.server.store import Store
from perfeval_xl.excel.server.table import Asked, Refused, looked_at, reported
from perfeval_xl.rulesets.choose import shelf

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_WRONG_TOKEN_SECONDS = 1.0
_MARK = re.compile(r"\A[0-9a-f]{0,64}\Z")
_MERGED = "汇总.xlsx"
_INCOMPLETE = "请求的内容不完整，或不是正确的 JSON。请刷新页面后重试。"

Endpoint = Callable[[Request], Awaitable[Response]]


def _told(endpoint: Endpoint) -> Endpoint:
    """The endpoint, its refusals as JSON."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except JobError as error:
            return JSONResponse({"error": str(error)}, error.status)
        except ApartError as error:
            return JSONResponse({"error": str(error)}, 400)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it

    return answered


class Routes:
    """All of them, over what they need."""

    def __init__(self, settings: Settings, access: Access, store: Store, apart: Apart, page: Callable[[Request, str], Response]) -> None:
        self._settings, self._access, self._store, self._apart, self._page = settings, access, store, apart, page

    def routes(self) -> list[Route]:
        """For the application; before xlwings' own."""
        api: list[tuple[str, str, Endpoint]] = [
            ("GET", "/api/about", self.about), ("POST", "/api/sign-in", self.sign_in), ("GET", "/api/rulesets", self.rulesets),
            ("GET", "/api/session", self.session), ("GET", "/api/ruleset", self.chosen), ("POST", "/api/ruleset", self.choose),
            ("POST", "/api/table", self.table), ("POST", "/api/report", self.report),
            ("POST", "/api/jobs", self.new_job), ("PUT", "/api/jobs/{job}/files", self.upload), ("POST", "/api/jobs/{job}/start", self.start),
            ("GET", "/api/jobs/{job}", self.status), ("POST", "/api/jobs/{job}/stop", self.stop), ("DELETE", "/api/jobs/{job}", self.remove),
            ("POST", "/api/jobs/{job}/ticket", self.ticket), ("GET", "/api/jobs/{job}/download", self.download), ("GET", "/api/jobs/{job}/result", self.result),
        ]  # fmt: skip
        return [
            Route("/", self.home), Route("/health", self.health), Route("/merge", self.merge_page), Route("/favicon.ico", self.icon),
            *(Route(path, _told(endpoint), methods=[method]) for method, path, endpoint in api),
        ]  # fmt: skip

    async def home(self, request: Request) -> Response:  # noqa: ARG002  # every route takes it
        """The page for browsers."""
        return RedirectResponse("/merge")

    async def health(self, request: Request) -> Response:  # noqa: ARG002
        """For monitoring: whether jobs can be kept."""
        return JSONResponse({"status": "ok", "version": program_version()} if self._store.folder.is_dir() else {"status": "no job folder"}, 200 if self._store.folder.is_dir() else 503)

    async def icon(self, request: Request) -> Response:  # noqa: ARG002
        """The tab's sign."""
        return RedirectResponse("/static/icons/perfeval-32.png")

    async def merge_page(self, request: Request) -> Response:
        """The page that merges, without Excel."""
        return self._page(request, "merge.html")

    async def about(self, request: Request) -> Response:  # noqa: ARG002
        """What a page must know before anybody is signed in."""
        limits = self._settings.limits
        return JSONResponse({
            "version": program_version(), "xlwings": xlwings.__version__, "access": self._access.kind,
            "limits": {"files": limits.files, "file_bytes": limits.file_bytes, "job_bytes": limits.job_bytes, "kept_hours": limits.kept_seconds / 3_600},
        })  # fmt: skip

    async def sign_in(self, request: Request) -> Response:
        """A session for a token."""
        data = await _json(request)
        token = data.get("token", "") if isinstance(data, dict) else ""
        session = await run_in_threadpool(self._access.sign_in, str(token), dict(request.headers))
        if session is None:
            await asyncio.sleep(_WRONG_TOKEN_SECONDS)  # a guess costs time
            return JSONResponse({"error": "口令不正确。请向信息技术人员索取。" if self._access.kind == "token" else "没有通过单位的身份认证。请联系信息技术人员。"}, 401)
        return JSONResponse({"session": session})

    async def rulesets(self, request: Request) -> Response:  # noqa: ARG002
        """Rule sets to choose from."""
        rules = sorted((await run_in_threadpool(shelf)).rulesets.values(), key=lambda r: r.id)
        return JSONResponse({"rulesets": [{"id": r.id, "title": r.title, "status": STATUS_TITLES[r.status]} for r in rules]})

    async def session(self, request: Request) -> Response:
        """Whether the session still holds."""
        return JSONResponse({"user": _user(request)})

    async def chosen(self, request: Request) -> Response:
        """The rule set the user chose for a workbook. Query: name, department."""
        query = request.query_params
        choice = await run_in_threadpool(picked, _user(request), query.get("name", ""))
        return JSONResponse({"ruleset": choice.of(query.get("department", ""))})

    async def choose(self, request: Request) -> Response:
        """Takes another rule set for a workbook, or with none what its form says. Body: name, ruleset, department."""
        data = await _json(request)
        try:
            name, ruleset, department = str(data["name"]), str(data["ruleset"]), str(data.get("department") or "")
        except (LookupError, TypeError, AttributeError) as error:
            raise JobError(_INCOMPLETE) from error
        if ruleset and not await run_in_threadpool(_is_identifier, ruleset):
            raise JobError("没有这个规则集。请从列表中选择。")
        await run_in_threadpool(pick, _user(request), name, ruleset, department)
        return JSONResponse({"ruleset": ruleset})

    async def table(self, request: Request) -> Response:
        """The open workbook, looked at. Body: the file."""
        return _answer(await self._apart.run(looked_at, await _asked(request)))

    async def report(self, request: Request) -> Response:
        """The open workbook as a report; a job of its own keeps it for the download. Body: the file."""
        asked = await _asked(request)
        done = await self._apart.run(reported, asked)
        if isinstance(done, Refused):
            return JSONResponse({"error": done.message}, 422)
        job = await run_in_threadpool(self._kept_report, _user(request), done)
        return JSONResponse({"job": job.name, "name": f"{Path(asked.name).stem}-自评报告.docx"})

    def _kept_report(self, user: str, document: bytes) -> Job:
        """A job of its own. Raises: JobError."""
        job = self._store.new(user, is_report=True)
        try:
            (job.folder / f"{RESULT}.docx").write_bytes(document)
            job.say(DONE)  # the last step: before it there is nothing to download
        except OSError as error:
            self._store.remove(job)
            raise JobError("服务器无法保存报告，磁盘可能已满。请联系信息技术人员。", 507) from error
        return job

    async def new_job(self, request: Request) -> Response:
        """An empty merge. Query: ruleset."""
        name = request.query_params.get("ruleset", "")
        if name and name not in (await run_in_threadpool(shelf)).rulesets:  # an identifier, never a path of this machine
            raise JobError("没有这个规则集。请从列表中选择。")
        job = await run_in_threadpool(self._store.new, _user(request), name)
        return JSONResponse({"job": job.name}, 201)

    async def upload(self, request: Request) -> Response:
        """One file of a merge, as the body. Query: name, with the folders above it; mark, the same where the sender tries again."""
        job = self._store.job(request.path_params["job"], _user(request))
        name, mark, announced = request.query_params.get("name", ""), request.query_params.get("mark", ""), request.headers.get("content-length", "")
        if not _MARK.match(mark):
            raise JobError(_INCOMPLETE)
        if before := await run_in_threadpool(job.stored, mark):
            async for _chunk in request.stream():
                pass
            return JSONResponse({"name": before}, 201)
        size = int(announced) if announced else self._store.limits.file_bytes  # the gate lets only figures through
        place = await run_in_threadpool(job.receive, name, self._store.limits, size)
        try:
            with place.open("wb") as stream:
                async for chunk in request.stream():
                    stream.write(chunk)
            target = await run_in_threadpool(job.keep, place, name, mark)
        except OSError as error:
            raise JobError("服务器无法保存这个文件，磁盘可能已满。请联系信息技术人员。", 507) from error
        finally:
            place.unlink(missing_ok=True)
        return JSONResponse({"name": target.relative_to(job.files).as_posix()}, 201)

    async def start(self, request: Request) -> Response:
        """Sets a merge going."""
        job = self._store.job(request.path_params["job"], _user(request))
        await run_in_threadpool(job.start)
        return JSONResponse(await run_in_threadpool(job.status), 202)

    async def status(self, request: Request) -> Response:
        """How a merge stands."""
        reap()
        return JSONResponse(await run_in_threadpool(self._store.job(request.path_params["job"], _user(request)).status))

    async def stop(self, request: Request) -> Response:
        """Stops a merge; what was uploaded stays."""
        job = self._store.job(request.path_params["job"], _user(request))
        await run_in_threadpool(job.stop)
        return JSONResponse(await run_in_threadpool(job.status))

    async def remove(self, request: Request) -> Response:
        """Removes everything of a job at once."""
        await run_in_threadpool(self._store.remove, self._store.job(request.path_params["job"], _user(request)))
        return Response(status_code=204)

    async def ticket(self, request: Request) -> Response:
        """An address for one download, good for some minutes. Query: name, what the file is to be called."""
        job = self._store.job(request.path_params["job"], _user(request))
        ticket = self._access.ticket(_user(request), job.name)
        return JSONResponse({"url": f"/api/jobs/{job.name}/download?ticket={quote(ticket)}&name={quote(request.query_params.get('name', _MERGED))}"})

    async def download(self, request: Request) -> Response:
        """The result as an attachment, for a ticket."""
        name = request.path_params["job"]
        user = self._access.redeemed(request.query_params.get("ticket", ""), name)
        if user is None:
            raise JobError("下载地址已过期。请回到页面再点一次“下载”。", 401)
        return await run_in_threadpool(self._file, name, user, request.query_params.get("name", _MERGED))

    async def result(self, request: Request) -> Response:
        """The result, for the pane to open in Excel."""
        return await run_in_threadpool(self._file, request.path_params["job"], _user(request), _MERGED)

    def _file(self, name: str, user: str, called: str) -> Response:
        job = self._store.job(name, user)
        found = next(job.folder.glob(f"{RESULT}.*"), None)
        if found is None or job.status()["state"] != DONE:
            raise JobError("还没有生成结果。", 404)
        return FileResponse(found, media_type=_XLSX if found.suffix == ".xlsx" else _DOCX, filename=f"{Path(called).stem[:80] or '结果'}{found.suffix}")


def _user(request: Request) -> str:
    user = request.scope["state"].get("user")
    if user is None:  # the gate lets nobody through without one
        raise JobError("尚未登录，或登录已过期。请重新登录。", 401)
    return str(user)


async def _json(request: Request) -> Any:
    """The body. Raises: JobError where it is no JSON, nested without end, or no text that can be written."""
    try:
        data = json.loads(await request.body())
        json.dumps(data, ensure_ascii=False).encode()  # half a surrogate pair
    except (ValueError, RecursionError) as error:
        raise JobError(_INCOMPLETE) from error
    return data


async def _asked(request: Request) -> Asked:
    query = request.query_params
    data = await request.body()
    if not data:
        raise JobError("没有收到工作簿的内容。请保存后重试。")
    name = query.get("name", "")
    return Asked(name[:200] or "工作簿.xlsx", data, await run_in_threadpool(picked, _user(request), name), query.get("sheet", ""))


def _is_identifier(name: str) -> bool:
    return name in shelf().rulesets  # never a path of this machine


def _answer(done: dict[str, Any] | Refused) -> Response:
    return JSONResponse({"error": done.message}, 422) if isinstance(done, Refused) else JSONResponse(done)
