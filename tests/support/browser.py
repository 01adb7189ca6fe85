"""Chromium on the served pages. Whatever should not happen on a page fails the test that saw it: a request to another host, an error in
the console, a rejection nobody handled, a member of Excel that does not exist.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.excel import saved, script

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HAS_BROWSER = CHROMIUM is not None and importlib.util.find_spec("playwright") is not None
needs_browser = pytest.mark.skipif(not HAS_BROWSER and not os.environ.get("CI"), reason="Chromium or playwright is not installed; CI must have both")
_WATCH = """
globalThis.pageTrouble = [];
addEventListener("unhandledrejection", (event) => pageTrouble.push(`unhandled: ${event.reason}`));
addEventListener("error", (event) => pageTrouble.push(`error: ${event.message}`));
addEventListener("securitypolicyviolation", (event) => pageTrouble.push(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """The browser. In CI a missing one is a failure, not a skip."""
    assert CHROMIUM is not None, "Chromium is missing: install the package chromium"
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"])
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page and what went wrong on it. trouble: in words."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self._own = page, urlsplit(address).netloc
        self.trouble: list[str] = []
        page.add_init_script(_WATCH)
        page.on("request", self._asked)
        page.on("console", lambda message: self.trouble.append(f"console: {message.text}") if message.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.trouble.append(f"page: {error}"))

    def _asked(self, request: Any) -> None:
        if urlsplit(request.url).netloc != self._own and not request.url.startswith(("data:", "blob:")):
            self.trouble.append(f"request: {request.url}")

    def check(self) -> None:
        """Raises: AssertionError where anything went wrong."""
        found = [*self.trouble, *self.page.evaluate("globalThis.pageTrouble ?? []"), *self.page.evaluate("globalThis.excelHost?.faults ?? []")]
        assert found == []


@contextlib.contextmanager
def watched(browser: Any, address: str, **options: Any) -> Iterator[Watched]:
    """A page of its own, watched to the end."""
    context = browser.new_context(locale="zh-CN", ignore_https_errors=True, accept_downloads=True, **options)
    try:
        page = Watched(context.new_page(), address)
        yield page
        page.check()
    finally:
        context.close()


def with_excel(watch: Watched, workbook: Path, address: str) -> Any:
    """The task pane in the strict Excel, with a workbook open, signed in and its table looked at."""
    page = watch.page
    page.expose_function("excelFile", lambda changes: saved(workbook, changes))
    page.route("**/dist/office.js", lambda route: route.fulfill(body=script(workbook), content_type="text/javascript"))
    page.goto(f"{address}/taskpane.html")
    return page
