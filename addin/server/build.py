"""Draws the icons of the served add-in (addin/server/static/icons) at the sizes Office asks for, from the drawings of addin/build.py: the
same signs in both add-ins. Run: python addin/server/build.py.

With --pictures, and from the repository (python -m addin.server.build --pictures), those of the pane and of the page that merges for
the README: the real server, in Chromium.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
SIZES = (16, 32, 80)
TAB = "check"
"""The drawing that stands for the whole add-in."""


def pictures(folder: Path) -> None:
    """The task pane with findings, light, beside the page that merges, dark and light."""
    from tests.support.browser import chromium, watched, with_excel  # noqa: PLC0415  # with pictures only
    from tests.support.server import running  # noqa: PLC0415

    samples = sorted((HERE.parents[1] / "workbooks" / "samples").glob("*.xlsx"))
    with running("--http", "--workers", "1") as server, chromium() as browser:
        with watched(browser, server.address, viewport={"width": 380, "height": 860}, device_scale_factor=2) as watch:
            page = with_excel(watch, samples[0], server.address)
            page.wait_for_selector("#score:not([hidden])")
            page.screenshot(path=folder / "pane.png")
        with watched(browser, server.address, viewport={"width": 860, "height": 620}, device_scale_factor=2) as watch:
            page = watch.page
            page.goto(f"{server.address}/merge")
            page.wait_for_selector("#merge:not([hidden])")
            page.set_input_files("#files", samples)
            page.set_input_files("#files", [{"name": "某局自评表（没有传完）.xlsx", "mimeType": "", "buffer": samples[0].read_bytes()[:3000]}])
            page.click("#merge-start")
            page.wait_for_selector("#merge-result:not([hidden])", timeout=120_000)
            page.screenshot(path=folder / "merge-page.png")


def main() -> None:
    """Every icon; the pictures when asked for."""
    if "--pictures" in sys.argv[1:]:
        pictures(HERE.parents[1] / "workbooks" / "templates")
        return
    spec = importlib.util.spec_from_file_location("drawings", HERE.parent / "build.py")
    assert spec is not None and spec.loader is not None  # noqa: PT018, S101  # it lies there
    drawings = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(drawings)
    folder = HERE / "static" / "icons"
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in [*drawings.ICONS.items(), ("perfeval", drawings.ICONS[TAB])]:
        pen = drawings.Pen()
        draw(pen)
        for size in SIZES if name != "perfeval" else (*SIZES, 64):
            pen.image.resize((size, size), Image.Resampling.LANCZOS).save(folder / f"{name}-{size}.png", optimize=True)


if __name__ == "__main__":
    main()
