"""Reports in many layouts, as PDF and Word, all with the same rows: what an import must give back is known cell by cell."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
BODY = ParagraphStyle("body", fontName="STSong-Light", fontSize=12, leading=20, firstLineIndent=24, wordWrap="CJK")
HEAD = ParagraphStyle("head", parent=BODY, firstLineIndent=0)
CELL = ParagraphStyle("cell", fontName="STSong-Light", fontSize=9, leading=12, wordWrap="CJK")


class Row(NamedTuple):
    level1: str
    level2: str
    name: str
    target: str
    actual: str
    rate: str
    weight: str
    score: str
    reason: str = ""


ROWS = (
    Row("产出指标", "数量指标", "开展城市道路清扫保洁作业的总面积和次数", "≥120万平方米", "126万平方米", "105%", "10", "10"),
    Row("产出指标", "数量指标", "举办培训班", "＝12次", "12次", "100%", "8", "8"),
    Row("产出指标", "质量指标", "垃圾清运合格率", "≥98%", "96.04%", "98%", "12", "11.76", "夏季暴雨期间个别路段积水，清运车辆无法进入，已增加应急车辆并调整作业时间。"),
    Row("产出指标", "时效指标", "项目完成时限", "2023年12月31日前", "2023年11月30日", "100%", "10", "10"),
    Row("产出指标", "成本指标", "人均培训成本", "≤550元", "498元", "100%", "10", "10"),
    Row("效益指标", "社会效益指标", "城市环境面貌改善程度", "显著提升", "达成", "100%", "15", "15"),
    Row("效益指标", "可持续影响指标", "长效管护机制健全程度，包括制度建设、人员落实、经费保障三个方面", "健全", "部分达成", "80%", "15", "12", "经费保障机制尚未建立，将纳入下一年度预算统筹解决。"),
    Row("满意度指标", "服务对象满意度指标", "辖区居民满意度", "≥90%", "93.5%", "103.89%", "10", "10"),
)  # fmt: skip
HEADINGS = ("一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "完成率", "分值", "得分", "偏差原因分析及改进措施")
NARRATIVES = {
    "部门职能": ("贯彻执行国家和省有关城市管理的法律、法规，拟订本区城市管理的中长期规划和年度计划并组织实施，负责城市道路清扫保洁、生活垃圾收运处置和环卫设施的建设管理。", "承担区委、区政府交办的其他事项。"),
    "年度工作任务": ("一是推进道路清扫保洁标准化，二是完善生活垃圾分类收运体系，三是抓好安全生产。",),
    "整体绩效目标": ("全面提升辖区市容环境卫生水平，居民满意度不低于90%。",),
    "主要问题": ("部分绩效指标设置不够细化，可衡量性不强；个别项目前期准备不充分，支出进度偏慢。",),
    "改进措施": ("（一）加强培训，提高绩效目标编制质量。", "（二）强化预算执行监控，按月通报支出进度。"),
}
UNIT, YEAR = "东山区城市管理局", 2023
TITLE = f"{YEAR}年度{UNIT}部门整体支出绩效自评报告"
CHAPTERS = (
    ("一、部门基本情况", ""), ("（一）部门职能", "部门职能"), ("（二）年度总体工作和重点工作任务", "年度工作任务"), ("（三）部门整体支出绩效目标", "整体绩效目标"), ("二、绩效自评情况", "table"),
    ("三、存在的主要问题", "主要问题"), ("四、下一步改进措施", "改进措施"),
)  # fmt: skip


# ---- PDF --------------------------------------------------------------------------------------------------------------


def _story(tables: Sequence[Any]) -> list[Any]:
    out: list[Any] = [Paragraph(TITLE, ParagraphStyle("title", parent=HEAD, fontSize=16, leading=24, alignment=1)), Spacer(1, 12)]
    for heading, label in CHAPTERS:
        out.append(Paragraph(heading, HEAD))
        if label == "table":
            out += tables
        else:
            out += [Paragraph(text, BODY) for text in NARRATIVES.get(label, ())]
    return [*out, Paragraph(UNIT, HEAD), Paragraph("2024年3月15日", HEAD)]


def _built(path: Path, story: list[Any], size: tuple[float, float] = A4, **own: Any) -> Path:
    def number(canvas: Any, document: Any) -> None:
        canvas.setFont("STSong-Light", 9)
        canvas.drawCentredString(size[0] / 2, 24, f"— {document.page} —")
        if own.get("rotate"):
            canvas.setPageRotation(own["rotate"])

    SimpleDocTemplate(str(path), pagesize=size, leftMargin=60, rightMargin=60, topMargin=60, bottomMargin=60).build(story, onFirstPage=number, onLaterPages=number)
    return path


def _cells(rows: Sequence[Row], headings: Sequence[str] = HEADINGS) -> list[list[Any]]:
    return [[Paragraph(t, CELL) for t in headings]] + [[Paragraph(t, CELL) for t in row] for row in rows]


def _merged(rows: Sequence[Row], header: int = 1) -> list[tuple[Any, ...]]:
    """Spans of the level columns."""
    out: list[tuple[Any, ...]] = []
    for column in (0, 1):
        first = 0
        for at in range(1, len(rows) + 1):
            if at == len(rows) or rows[at][: column + 1] != rows[first][: column + 1]:
                if at - first > 1:
                    out.append(("SPAN", (column, first + header), (column, at - 1 + header)))
                first = at
    return out


WIDTHS = [44, 48, 90, 60, 60, 42, 30, 34, 72]
GRID = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]


def _total(cells: list[list[Any]], rows: Sequence[Row], label: str = "总分") -> None:
    weight, score = (sum(float(getattr(r, n)) for r in rows) for n in ("weight", "score"))
    cells.append([Paragraph(label, CELL), "", "", "", "", "", Paragraph(f"{weight:g}", CELL), Paragraph(f"{score:g}", CELL), ""])


def pdf_merged(path: Path) -> Path:
    cells = _cells(ROWS)
    _total(cells, ROWS)
    style = [*GRID, *_merged(ROWS), ("SPAN", (0, len(cells) - 1), (5, len(cells) - 1))]
    return _built(path, _story([Table(cells, WIDTHS, style=TableStyle(style))]))


def pdf_wide_heading(path: Path) -> Path:
    """绩效指标 over the three level columns, in a header of two rows."""
    cells = _cells(ROWS)
    cells.insert(0, [Paragraph(t, CELL) for t in ("绩效指标", "", "", *HEADINGS[3:])])
    style = [*GRID, *_merged(ROWS, 2), ("SPAN", (0, 0), (2, 0)), *[("SPAN", (c, 0), (c, 1)) for c in range(3, 9)]]
    return _built(path, _story([Table(cells, WIDTHS, style=TableStyle(style))]))


def pdf_landscape(path: Path) -> Path:
    cells = _cells(ROWS)
    return _built(path, _story([PageBreak(), Table(cells, [60, 70, 150, 90, 90, 50, 40, 40, 120], style=TableStyle([*GRID, *_merged(ROWS)]))]), landscape(A4))


def pdf_repeated_heading(path: Path) -> Path:
    """The table over two pages, its heading printed on both."""
    table = Table(_cells(ROWS), WIDTHS, repeatRows=1, style=TableStyle(GRID))
    return _built(path, _story([Spacer(1, 230), table]))


def pdf_heading_once(path: Path) -> Path:
    """The table over two pages; only the first has the heading."""
    return _built(path, _story([Spacer(1, 230), Table(_cells(ROWS), WIDTHS, style=TableStyle(GRID))]))


def pdf_broken_row(path: Path) -> Path:
    """A row that the end of the page cuts: its cells go on overleaf."""
    table = Table(_cells(ROWS), WIDTHS, repeatRows=1, splitInRow=1, style=TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return _built(path, _story([Spacer(1, 225), table]))


def pdf_open(path: Path) -> Path:
    """No line at all around the cells."""
    table = Table(_cells([r._replace(reason="") for r in ROWS], HEADINGS[:8])[:1] + [row[:8] for row in _cells(ROWS)[1:]], [50, 56, 110, 70, 70, 46, 40, 40],
                  style=TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 5), ("BOTTOMPADDING", (0, 0), (-1, -1), 5)]))  # fmt: skip
    return _built(path, _story([PageBreak(), table]))


def pdf_wide_forms(path: Path) -> Path:
    """Digits and signs in full width."""
    wide = str.maketrans("0123456789%.", "０１２３４５６７８９％．")
    rows = [r._replace(target=r.target.translate(wide), actual=r.actual.translate(wide), rate=r.rate.translate(wide)) for r in ROWS]
    return _built(path, _story([Table(_cells(rows), WIDTHS, style=TableStyle([*GRID, *_merged(rows)]))]))


def pdf_several(path: Path) -> Path:
    """Money in 元, “三公”, and the indicators: three tables."""
    money = [["项目", "本年预算数", "本年决算数", "上年决算数"], ["收入合计", "91,210,000", "91,210,000", "74,867,200"], ["支出合计", "91,210,000", "91,201,800", "76,716,200"]]
    three = [["经费项目", "上年决算数", "本年预算数", "本年决算数"], ["公务用车购置及运行维护费", "120,000", "110,000", "100,000"], ["公务接待费", "30,000", "20,000", "15,000"]]
    plain = TableStyle([*GRID, ("FONT", (0, 0), (-1, -1), "STSong-Light", 9)])
    tables = [Paragraph("部门收支情况表", HEAD), Paragraph("金额单位：元", HEAD), Table(money, style=plain), Spacer(1, 12), Paragraph("“三公”经费情况表", HEAD), Paragraph("金额单位：元", HEAD),
              Table(three, style=plain), Spacer(1, 12), Paragraph("部门整体支出绩效自评表", HEAD), Table(_cells(ROWS), WIDTHS, style=TableStyle([*GRID, *_merged(ROWS)]))]  # fmt: skip
    return _built(path, _story(tables))


def pdf_national(path: Path) -> Path:
    """项目支出绩效自评表 of 财预〔2020〕10号: labels, funds, goals and indicators in one table."""
    width = 9
    lines: list[list[str]] = [
        ["项目名称", "环卫作业市场化项目", "", "", "", "", "", "", ""], ["主管部门", "东山区城市管理局", "", "", "", "实施单位", "东山区环境卫生中心", "", ""],
        ["项目资金（万元）", "", "", "年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分"], ["", "年度资金总额", "", "500", "480", "456", "10", "95%", "9.5"],
        ["", "其中：当年财政拨款", "", "400", "380", "360", "—", "", "—"], ["", "上年结转资金", "", "100", "100", "96", "—", "", "—"], ["", "其他资金", "", "", "", "", "—", "", "—"],
    ]  # fmt: skip
    cells = [[Paragraph(t, CELL) for t in line] for line in lines]
    style = [*GRID, ("SPAN", (1, 0), (8, 0)), ("SPAN", (1, 1), (4, 1)), ("SPAN", (6, 1), (8, 1)), ("SPAN", (0, 2), (0, 6)), *[("SPAN", (1, r), (2, r)) for r in range(2, 7)]]
    start = len(cells) + 1
    cells += _cells(ROWS)
    style += [(n, (c1, r1 + start - 1), (c2, r2 + start - 1)) for n, (c1, r1), (c2, r2) in _merged(ROWS)]
    assert all(len(row) == width for row in cells)
    story = [Paragraph("项目支出绩效自评表", HEAD), Paragraph("（2023年度）", HEAD), Table(cells, WIDTHS, style=TableStyle(style))]
    return _built(path, story)


# ---- Word -------------------------------------------------------------------------------------------------------------


def _word(fill: Callable[[Any], None], *, auto_numbers: bool = False) -> Any:
    document = Document()
    document.add_paragraph(TITLE)
    for heading, label in CHAPTERS:
        text = heading
        paragraph = document.add_paragraph(text)
        if auto_numbers and heading[1] == "、":
            paragraph.runs[0].text = heading[2:]
            _numbered(document, paragraph)
        if label == "table":
            fill(document)
        else:
            for text in NARRATIVES.get(label, ()):
                document.add_paragraph(text)
    document.add_paragraph(UNIT)
    document.add_paragraph("2024年3月15日")
    return document


def _numbered(document: Any, paragraph: Any) -> None:
    """一、 as Word's own number."""
    root = document.part.numbering_part.element
    if not root.findall(f"{qn('w:abstractNum')}[@{qn('w:abstractNumId')}='77']"):
        abstract = OxmlElement("w:abstractNum")
        abstract.set(qn("w:abstractNumId"), "77")
        level = OxmlElement("w:lvl")
        level.set(qn("w:ilvl"), "0")
        for tag, value in (("w:start", "1"), ("w:numFmt", "chineseCounting"), ("w:lvlText", "%1、")):
            child = OxmlElement(tag)
            child.set(qn("w:val"), value)
            level.append(child)
        abstract.append(level)
        root.insert(0, abstract)
        number = OxmlElement("w:num")
        number.set(qn("w:numId"), "77")
        link = OxmlElement("w:abstractNumId")
        link.set(qn("w:val"), "77")
        number.append(link)
        root.append(number)
    properties = paragraph._p.get_or_add_pPr()
    for_number = OxmlElement("w:numPr")
    for tag, value in (("w:ilvl", "0"), ("w:numId", "77")):
        child = OxmlElement(tag)
        child.set(qn("w:val"), value)
        for_number.append(child)
    properties.append(for_number)


def _word_table(document: Any, rows: Sequence[Row], *, merges: bool, header: Sequence[str] = HEADINGS) -> Any:
    table = document.add_table(1 + len(rows), len(header), style="Table Grid")
    for cell, text in zip(table.rows[0].cells, header, strict=True):
        cell.text = text
    for line, row in zip(table.rows[1:], rows, strict=True):
        for cell, text in zip(line.cells, row, strict=False):
            cell.text = text
    if merges:
        for _, (column, first), (_, last) in _merged(rows):
            text = table.cell(first, column).text
            block = table.cell(first, column).merge(table.cell(last, column))
            block.text = text
    return table


def _saved(document: Any, path: Path) -> Path:
    document.save(str(path))
    return path


def word_merged(path: Path) -> Path:
    return _saved(_word(lambda d: _word_table(d, ROWS, merges=True)), path)


def word_numbered(path: Path) -> Path:
    """Chapters numbered by Word itself; a deleted word and an inserted one, both tracked."""
    document = _word(lambda d: _word_table(d, ROWS, merges=False), auto_numbers=True)
    cell = next(c for r in document.tables[0].rows for c in r.cells if c.text == "举办培训班")
    run = cell.paragraphs[0].runs[0]
    run.text = "举办"
    for tag, inner, text in (("w:del", "w:delText", "讲座"), ("w:ins", "w:t", "培训班")):
        change = OxmlElement(tag)
        piece, said = OxmlElement("w:r"), OxmlElement(inner)
        said.text = text
        piece.append(said)
        change.append(piece)
        cell.paragraphs[0]._p.append(change)
    return _saved(document, path)


def word_in_two(path: Path) -> Path:
    """The table cut in two by hand, its heading repeated under 续表."""

    def fill(document: Any) -> None:
        _word_table(document, ROWS[:4], merges=True)
        document.add_paragraph("续表")
        _word_table(document, ROWS[4:], merges=True)

    return _saved(_word(fill), path)


def word_broken_lines(path: Path) -> Path:
    """Cells broken by hand, blanks inside, serial numbers in front."""

    def fill(document: Any) -> None:
        table = document.add_table(1 + len(ROWS), 10, style="Table Grid")
        for cell, text in zip(table.rows[0].cells, ("序号", *HEADINGS), strict=True):
            cell.text = text
        for number, (line, row) in enumerate(zip(table.rows[1:], ROWS, strict=True), 1):
            for cell, text in zip(line.cells, (str(number), *row), strict=True):
                half = len(text) // 2
                cell.text = f"{text[:half]}\n{text[half:]}" if len(text) > 12 and not any(c.isdigit() for c in text) else text

    return _saved(_word(fill), path)


PDFS: dict[str, Callable[[Path], Path]] = {f.__name__.removeprefix("pdf_"): f for f in (
    pdf_merged, pdf_wide_heading, pdf_landscape, pdf_repeated_heading, pdf_heading_once, pdf_broken_row, pdf_open, pdf_wide_forms, pdf_several, pdf_national)}  # fmt: skip
WORDS: dict[str, Callable[[Path], Path]] = {f.__name__.removeprefix("word_"): f for f in (word_merged, word_numbered, word_in_two, word_broken_lines)}


def scanned(path: Path) -> Path:
    """A page that is only a picture."""
    from reportlab.lib.utils import ImageReader  # noqa: PLC0415
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415

    picture = io.BytesIO(_PNG)
    canvas = Canvas(str(path), pagesize=A4)
    canvas.drawImage(ImageReader(picture), 0, 0, 500, 700)
    canvas.save()
    return path


_PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108020000009077 53de0000000c4944415408d763f8ffff3f0005fe02fea7356 9ce0000000049454e44ae426082".replace(" ", ""))
