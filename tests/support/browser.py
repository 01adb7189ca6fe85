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
    """A page, all that it opens, and what went wrong there. trouble: in words. The whole context is watched: a window, a worker or a page
    opened beside it asks no less than the page itself.
    """

    def __init__(self, context: Any, address: str) -> None:
        self._own = urlsplit(address).netloc
        self.trouble: list[str] = []
        context.add_init_script(_WATCH)
        context.on("request", self._asked)
        context.on("console", lambda message: self.trouble.append(f"console: {message.text}") if message.type in {"error", "warning"} else None)
        context.on("weberror", lambda error: self.trouble.append(f"page: {error.error}"))
        self.page = context.new_page()

    def _asked(self, request: Any) -> None:
        if urlsplit(request.url).netloc != self._own and not request.url.startswith(("data:", "blob:")):
            self.trouble.append(f"request: {request.url}")

    def check(self) -> None:
        """Raises: AssertionError where anything went wrong."""
        found = [*self.trouble, *self.page.evaluate("globalThis.pageTrouble ?? []"), *self.page.evaluate("globalThis.excelHost?.faults ?? []")]
        assert found == []

    def forgive(self, text: str) -> None:
        """Strikes out what a test brought about itself."""
        self.trouble = [one for one in self.trouble if text not in one]


@contextlib.contextmanager
def watched(browser: Any, address: str, **options: Any) -> Iterator[Watched]:
    """A page of its own, watched to the end."""
    context = browser.new_context(locale="zh-CN", ignore_https_errors=True, accept_downloads=True, **options)
    try:
        page = Watched(context, address)
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
