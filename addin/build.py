"""Draws what the ribbon shows: the icons (addin/desktop/ribbon/icons) and, with --pictures, the tab as a picture for the README.

Run: python addin/build.py. Own drawings and not Office's (imageMso): the same signs in both add-ins, and they can be looked at
without Excel. Drawn eight times as large and reduced; 64 pixels, which Excel reduces further as the screen needs.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from perfeval_xl.excel.desktop.ribbon import Button, buttons, tab_label

ROOT = Path(__file__).parents[1]
RIBBON = ROOT / "addin" / "desktop" / "ribbon"
PICTURE = ROOT / "workbooks" / "templates" / "ribbon.png"
SIZE, SCALE = 64, 8
BLUE, GREEN, RED, AMBER, GREY, PALE, WHITE = "#2B6CB0", "#2F855A", "#C53030", "#D69E2E", "#4A5568", "#E2E8F0", "#FFFFFF"
FONTS = ("NotoSansCJK-Regular.ttc", "msyh.ttc", "PingFang.ttc")

Point = tuple[float, float]


class Pen:
    """Draws in a square of 64 units."""

    def __init__(self) -> None:
        self.image = Image.new("RGBA", (SIZE * SCALE, SIZE * SCALE), (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self.image)

    def box(self, x: float, y: float, width: float, height: float, fill: str, edge: str = "", radius: float = 3) -> None:
        area = [n * SCALE for n in (x, y, x + width, y + height)]
        self._draw.rounded_rectangle(area, radius * SCALE, fill=fill, outline=edge or None, width=3 * SCALE if edge else 0)

    def line(self, points: Sequence[Point], colour: str, width: float = 4) -> None:
        self._draw.line([(x * SCALE, y * SCALE) for x, y in points], fill=colour, width=round(width * SCALE), joint="curve")
        for x, y in (points[0], points[-1]):
            self.dot(x, y, width / 2, colour)

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        self._draw.ellipse([n * SCALE for n in (x - radius, y - radius, x + radius, y + radius)], fill=colour)

    def ring(self, x: float, y: float, radius: float, colour: str, width: float = 4, start: float = 0, end: float = 360) -> None:
        area = [n * SCALE for n in (x - radius, y - radius, x + radius, y + radius)]
        self._draw.arc(area, start, end, fill=colour, width=round(width * SCALE))

    def slice(self, x: float, y: float, radius: float, start: float, end: float, colour: str) -> None:
        area = [n * SCALE for n in (x - radius, y - radius, x + radius, y + radius)]
        self._draw.pieslice(area, start, end, fill=colour, outline=WHITE, width=2 * SCALE)

    def shape(self, points: Sequence[Point], colour: str) -> None:
        self._draw.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def done(self) -> Image.Image:
        return self.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def _table(pen: Pen, x: float = 6, y: float = 8, width: float = 44, height: float = 46) -> None:
    """A sheet with a heading and ruled lines."""
    pen.box(x, y, width, height, WHITE, GREY)
    pen.box(x + 3, y + 3, width - 6, 10, BLUE, radius=1)
    for row in (24, 35):
        pen.line([(x + 5, y + row), (x + width - 5, y + row)], PALE, 3)
    pen.line([(x + 16, y + 16), (x + 16, y + height - 5)], PALE, 3)


def _page(pen: Pen, x: float = 12, y: float = 6) -> None:
    pen.box(x, y, 38, 52, WHITE, GREY)


def _tick(pen: Pen, x: float, y: float, size: float, colour: str, width: float) -> None:
    pen.line([(x, y), (x + size * 0.38, y + size * 0.4), (x + size, y - size * 0.42)], colour, width)


def new_table(pen: Pen) -> None:
    _table(pen)
    pen.dot(49, 49, 13, WHITE)
    pen.dot(49, 49, 11.5, GREEN)
    pen.line([(43, 49), (55, 49)], WHITE)
    pen.line([(49, 43), (49, 55)], WHITE)


def recalculate(pen: Pen) -> None:
    pen.box(12, 5, 40, 54, WHITE, GREY, 5)
    pen.box(18, 11, 28, 11, BLUE, radius=2)
    for row in range(3):
        for column in range(3):
            pen.box(18 + 10 * column, 27 + 10 * row, 8, 7, GREEN if (row, column) == (2, 2) else GREY, radius=1.5)


def check(pen: Pen) -> None:
    _page(pen, 8)
    for row in (16, 27, 38):
        pen.line([(16, row), (38, row)], PALE, 4)
    pen.dot(45, 44, 15, WHITE)
    pen.dot(45, 44, 13.5, GREEN)
    _tick(pen, 38.5, 44.5, 13, WHITE, 4.5)


def allocate_weights(pen: Pen) -> None:
    for start, end, colour in ((-90, 60, BLUE), (60, 170, GREEN), (170, 270, AMBER)):
        pen.slice(32, 32, 27, start, end, colour)


def undo(pen: Pen) -> None:
    pen.ring(34, 36, 19, BLUE, 6.5, 205, 480)
    pen.shape([(6, 28), (29, 34), (18, 11)], BLUE)


def merge(pen: Pen) -> None:
    for y in (5, 25, 45):
        pen.box(4, y, 19, 15, WHITE, GREY, 2)
        pen.line([(26, y + 7.5), (34, 32)], GREY, 3)
    pen.box(40, 12, 21, 40, WHITE, BLUE, 3)
    pen.box(43, 15, 15, 8, BLUE, radius=1)
    for row in (31, 38, 45):
        pen.line([(46, row), (55, row)], PALE, 3)
    pen.shape([(30, 26), (30, 38), (38, 32)], GREY)


def findings(pen: Pen) -> None:
    _page(pen, 8)
    for row, colour in ((18, RED), (32, AMBER), (46, BLUE)):
        pen.dot(18, row, 4, colour)
        pen.line([(26, row), (38, row)], PALE, 4)
    pen.shape([(46, 30), (33.5, 54), (58.5, 54)], AMBER)
    pen.line([(46, 38), (46, 45)], WHITE, 3.6)
    pen.dot(46, 50, 2.2, WHITE)


def report(pen: Pen) -> None:
    _page(pen)
    pen.line([(21, 17), (41, 17)], BLUE, 5)
    for row in (26, 33):
        pen.line([(21, row), (41, row)], PALE, 3.5)
    for x, top, colour in ((20, 46, AMBER), (28, 42, GREEN), (36, 38, BLUE)):
        pen.box(x, top, 6, 52 - top, colour, radius=1)


def rulesets(pen: Pen) -> None:
    pen.box(10, 7, 42, 50, BLUE, radius=4)
    pen.box(16, 7, 36, 43, WHITE, radius=2)
    pen.box(14, 50, 36, 4, WHITE, radius=2)
    pen.line([(24, 18), (44, 18)], GREY, 4)
    for row in (28, 37):
        pen.line([(24, row), (44, row)], PALE, 4)


def doctor(pen: Pen) -> None:
    pen.ring(27, 27, 20, GREY, 5)
    pen.line([(43, 43), (57, 57)], GREY, 8)
    pen.line([(13, 28), (21, 28), (25, 18), (30, 37), (34, 28), (41, 28)], RED, 3.6)


def help_(pen: Pen) -> None:
    pen.dot(32, 32, 27, BLUE)
    pen.ring(32, 25, 9, WHITE, 5, 180, 430)
    angle = math.radians(70)
    pen.line([(32 + 6.6 * math.cos(angle), 25 + 6.6 * math.sin(angle)), (32, 35), (32, 40)], WHITE, 5)
    pen.dot(32, 49, 3.4, WHITE)


ICONS: dict[str, Callable[[Pen], None]] = {
    "newTable": new_table, "recalculate": recalculate, "check": check, "allocateWeights": allocate_weights, "undo": undo, "merge": merge,
    "findings": findings, "report": report, "rulesets": rulesets, "doctor": doctor, "help": help_,
}  # fmt: skip


def icon(name: str) -> Image.Image:
    """64 × 64 pixels, transparent around the drawing."""
    pen = Pen()
    ICONS[name](pen)
    return pen.done()


def _font(size: int) -> ImageFont.FreeTypeFont:
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    raise SystemExit("no font with Chinese characters: " + ", ".join(FONTS))


def ribbon_picture(xml: bytes) -> Image.Image:
    """The tab as Excel lays it out: groups from left to right, large buttons one each, small ones three to a column, twice the size for sharp screens."""
    by_group: dict[str, list[Button]] = {}
    for button in buttons(xml):
        by_group.setdefault(button.group, []).append(button)
    font, small, title = _font(24), _font(21), _font(26)
    image = Image.new("RGB", (2400, 296), "#F3F3F3")
    draw = ImageDraw.Draw(image)
    draw.rectangle([0, 0, 2400, 60], fill="#217346")
    draw.text((40, 30), "开始", WHITE, title, "lm")
    draw.rectangle([126, 8, 286, 60], fill="#F3F3F3")
    draw.text((206, 33), tab_label(xml), "#217346", title, "mm")
    x = 24.0
    for group, members in by_group.items():
        left, column = x, 0
        for button in members:
            drawn = Image.open(RIBBON / "icons" / f"{button.image}.png")
            if button.is_large:
                width = max(112.0, font.getlength(button.label) + 24)
                image.paste(drawn, (round(x + width / 2 - 32), 84), drawn)
                draw.text((x + width / 2, 178), button.label, "#222222", font, "mm")
                x, column = x + width, 0
            else:
                reduced = drawn.resize((32, 32), Image.Resampling.LANCZOS)
                image.paste(reduced, (round(x + 10), 82 + 52 * column), reduced)
                draw.text((x + 52, 98 + 52 * column), button.label, "#222222", font, "lm")
                column += 1
        if column:
            x += 70 + max(font.getlength(b.label) for b in members if not b.is_large)
        draw.text(((left + x) / 2, 268), group, "#666666", small, "mm")
        draw.line([(x + 10, 76), (x + 10, 280)], "#D0D0D0", 2)
        x += 24
    return image.crop((0, 0, round(x + 20), 296))


def main() -> None:
    """All icons, and the picture when asked for."""
    folder = RIBBON / "icons"
    folder.mkdir(exist_ok=True)
    for name in ICONS:
        icon(name).save(folder / f"{name}.png", optimize=True)
    if "--pictures" in sys.argv[1:]:
        ribbon_picture((RIBBON / "customUI14.xml").read_bytes()).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
