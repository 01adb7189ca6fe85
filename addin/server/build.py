"""Draws the icons of the served add-in (addin/server/static/icons) at the sizes Office asks for. Run: python addin/server/build.py.

From the drawings of addin/build.py: the same signs in both add-ins.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
SIZES = (16, 32, 80)
TAB = "check"
"""The drawing that stands for the whole add-in."""


def main() -> None:
    """Every icon."""
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
