"""The application: xlwings Server with our functions and commands, our pages before it, the gate around both."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from perfeval_xl.excel.server.access import Access
from perfeval_xl.excel.server.apart import Apart
from perfeval_xl.excel.server.gate import UNEXPECTED, Gate
from perfeval_xl.excel.server.parent import end_with_parent
from perfeval_xl.excel.server.settings import UNDO_FOLDER, Settings, current
from perfeval_xl.excel.server.store import Store

MANIFEST_ID = "8d1f4f4e-5c0b-4c57-9f0e-6a5a3c0b7e21"
"""Of the add-in, the same in every deployment: Excel knows it again after the server moved."""


def project() -> Path:
    """The folder of pages, manifest and icons: in the installed package, or `addin/server` of the source tree."""
    inside = Path(__file__).parent / "project"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "addin" / "server"


def xlwings_settings(settings: Settings) -> dict[str, str]:
    """What xlwings Server is told: nothing from another network, no examples, functions without a prefix before their names."""
    return {
        "XLWINGS_PROJECT_DIR": str(project()), "XLWINGS_ON_SERVER": "true", "XLWINGS_ENVIRONMENT": "prod", "XLWINGS_CDN_OFFICEJS": "false",
        "XLWINGS_CORS_ALLOW_ORIGINS": "[]", "XLWINGS_ENABLE_SOCKETIO": "false", "XLWINGS_ENABLE_EXCEL_ONLINE": "true" if settings.frames else "false",
        "XLWINGS_ENABLE_EXAMPLES": "false", "XLWINGS_ENABLE_HTMX": "false", "XLWINGS_ENABLE_ALPINEJS_CSP": "false", "XLWINGS_ENABLE_BOOTSTRAP": "true",
        "XLWINGS_ENABLE_WASM": "false", "XLWINGS_ENABLE_HOTRELOAD": "false", "XLWINGS_ENABLE_TESTS": "false", "XLWINGS_FUNCTIONS_NAMESPACE": "",
        "XLWINGS_HOSTNAME": urlsplit(settings.address).netloc, "XLWINGS_MANIFEST_ID_PROD": MANIFEST_ID, "XLWINGS_PROJECT_NAME": "绩效自评",
        "XLWINGS_ADD_SECURITY_HEADERS": "false", "XLWINGS_LOG_LEVEL": "WARNING", "XLWINGS_AUTH_PROVIDERS": "[]", "XLWINGS_STATIC_URL_PATH": "/static",
    }  # fmt: skip


def application() -> ASGIApp:
    """The whole server, of the settings its process was started with."""
    settings = current()
    end_with_parent()
    access, store, apart = Access(settings), Store(settings.jobs, settings.limits), Apart()
    served = _served(settings, apart)
    templates = importlib.import_module("xlwings_server.templates").templates
    static: Path = importlib.import_module("xlwings_server.config").PACKAGE_DIR / "static"

    def vendor(pattern: str) -> str:
        """The address of a file that xlwings Server brings along, whatever its version."""
        return f"/static/{max((static / 'vendor').glob(pattern)).relative_to(static).as_posix()}"

    templates.env.globals["vendor"] = vendor

    def page(request: Request, name: str) -> Response:
        made: Response = templates.TemplateResponse(request=request, name=name)
        return made

    from perfeval_xl.excel.server.routes import Routes  # noqa: PLC0415

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        apart.begin()
        yield
        apart.close()

    whole = Starlette(routes=[*Routes(settings, access, store, apart, page).routes(), Mount("/", app=served)], lifespan=lifespan, exception_handlers={Exception: _unexpected, 404: _nowhere, 405: _nowhere})
    return Gate(whole, settings, access)


async def _nowhere(_request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "没有这个网页。请使用信息技术人员给出的网址，例如以 /merge 结尾的网址。"}, getattr(error, "status_code", 404))


async def _unexpected(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": UNEXPECTED}, 500)  # the gate logs it


def _served(settings: Settings, apart: Apart) -> ASGIApp:
    """xlwings Server, which takes its settings from the environment and its functions from modules of fixed names, once, when it is imported."""
    for name in [n for n in os.environ if n.startswith("XLWINGS_") and n != "XLWINGS_LICENSE_KEY"]:
        del os.environ[name]  # nothing of another installation
    os.environ.update(xlwings_settings(settings))
    from perfeval_xl.excel.log import FOLDER_VARIABLE as LOG  # noqa: PLC0415
    from perfeval_xl.excel.server import functions, scripts  # noqa: PLC0415
    from perfeval_xl.excel.snapshot import FOLDER_VARIABLE as UNDO  # noqa: PLC0415

    os.environ[UNDO] = str(settings.folder / UNDO_FOLDER)
    os.environ[LOG] = str(settings.folder / "log")

    _without_lookups()
    models = importlib.import_module("xlwings_server.models")
    sys.modules[functions.MODULE] = functions.module()
    sys.modules[scripts.MODULE] = scripts.module(apart, models.CurrentUser)
    main = importlib.import_module("xlwings_server.main")
    dependencies = importlib.import_module("xlwings_server.dependencies")

    async def authenticate(request: Request) -> object:
        """Whoever the gate knows."""
        return models.User(id=request.scope["state"]["user"], name=request.scope["state"]["user"])

    for status in (404, 405):
        main.app.add_exception_handler(status, _nowhere)
    main.app.dependency_overrides[dependencies.authenticate] = authenticate
    return main.main_app  # type: ignore[no-any-return]


def _without_lookups() -> None:
    """xlwings asks of every cell and every argument whether it is a value of Pyodide's, and searches for that each time: twenty times the time of all the rest."""
    from xlwings import utils  # noqa: PLC0415
    from xlwings.conversion import standard  # noqa: PLC0415

    with suppress(ImportError):
        import pyodide  # type: ignore[import-not-found]  # noqa: F401, PLC0415

        return
    sys.modules["pyodide.ffi"] = None  # type: ignore[assignment]  # known not to be there: no search
    for module in (utils, standard):
        module.is_jsnull = _is_never  # type: ignore[attr-defined]




def _is_never(_value: object) -> bool:
    return False
