"""Builds workbooks/samples from workbooks/data (published tables, value for value) and workbooks/templates from the rule sets.

And perfeval_xl/report/templates, the Word templates. Run: python workbooks/build.py. With --pictures also the pictures of templates/, through LibreOffice and pdftoppm.
"""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
import tempfile
import tomllib
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from perfeval_xl import rulesets
from perfeval_xl.batch.export import schema_markdown
from perfeval_xl.batch.merge import MergeRequest, Order, merge
from perfeval_xl.batch.overview import read_overview
from perfeval_xl.batch.sheets import CHARTS
from perfeval_xl.report import templates as report_folder
from perfeval_xl.report.narration import evaluation_story
from perfeval_xl.report.summary import overview_story
from perfeval_xl.report.word.blank import templates as report_templates
from perfeval_xl.report.word.report import report
from perfeval_xl.rulesets.loader import load
from perfeval_xl.workbook.assess import Request, assess
from perfeval_xl.workbook.forms.blank import write_blank
from perfeval_xl.workbook.forms.form import SELF_EVALUATION, TARGET_DECLARATION
from perfeval_xl.workbook.forms.template import MADE, filling_of, write_self_evaluation
from perfeval_xl.workbook.read import read_workbook

RULESETS = Path(rulesets.__file__).parent
KINDS = (SELF_EVALUATION, TARGET_DECLARATION)
TEMPLATE_YEAR = 2026  # constant: the file does not change with the day it is built
HERE = Path(__file__).parent
SHEET = "自评表"
_THIN = Side(style="thin", color="808080")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD = PatternFill("solid", fgColor="DDE7F0")
_SONG = "宋体"

SIX_COLUMNS = (("level1", "自评指标"), ("level2", ""), ("name", ""), ("target", "年度目标值"), ("actual", "年度实现值"), ("rate", "指标完成率"),
               ("weight", "单项分值（权重）"), ("score", "单项自评得分"))  # fmt: skip
NATIONAL = (("level1", "一级指标"), ("level2", "二级指标"), ("name", "三级指标"), ("target", "年度指标值"), ("actual", "实际完成值"), ("weight", "分值"),
            ("score", "得分"), ("reason", "偏差原因分析及改进措施"))  # fmt: skip
WIDTHS = {"level1": 13, "level2": 15, "name": 34, "target": 24, "actual": 22, "rate": 12, "weight": 10, "score": 10, "reason": 24}


def build(source: Path, folder: Path) -> Path:
    """One sample workbook from one data file; returns its path."""
    data = tomllib.loads(source.read_text(encoding="utf-8"))
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = SHEET
    columns = SIX_COLUMNS if data["layout"] == "six-column" else NATIONAL
    last = len(columns)
    _line(sheet, 1, [data["title"]], bold=True, size=15)
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=last)
    sheet.row_dimensions[1].height = 30
    _line(sheet, 2, ["填报单位：" + data["department"]])
    sheet.merge_cells(start_row=2, end_row=2, start_column=1, end_column=last)
    sheet.cell(2, 1).alignment = Alignment(horizontal="left")
    row = 3
    if "execution" in data:
        row = _execution(sheet, row, data["execution"])
    header = row
    _line(sheet, header, [title for _, title in columns], fill=True, bold=True)
    if data["layout"] == "six-column":
        sheet.merge_cells(start_row=header, end_row=header, start_column=1, end_column=3)
    row = _rows(sheet, header + 1, data, [name for name, _ in columns])
    for line in range(3, row):
        sheet.row_dimensions[line].height = _height(sheet, line, [WIDTHS[name] for name, _ in columns])
    for index, (name, _) in enumerate(columns):
        sheet.column_dimensions[chr(65 + index)].width = WIDTHS[name]
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{header}:{header}"
    book.properties.creator = "perfeval_xl"
    book.properties.created = MADE
    target = folder / (source.stem + ".xlsx")
    target.write_bytes(_dated(book))
    return target


def _dated(book: Workbook) -> bytes:
    """The file with one constant date wherever openpyxl writes the day and hour of saving: the same table is the same file."""
    saved, out = BytesIO(), BytesIO()
    book.save(saved)
    with ZipFile(saved) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for part in source.infolist():
            data = source.read(part)
            if part.filename == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + MADE.strftime("%Y-%m-%dT%H:%M:%SZ").encode(), data)
            target.writestr(ZipInfo(part.filename, MADE.timetuple()[:6]), data, ZIP_DEFLATED)
    return out.getvalue()


def _execution(sheet: Worksheet, row: int, data: dict[str, str]) -> int:
    _line(sheet, row, ["项目资金（万元）", "", "年初预算数", "全年预算数", "全年执行数", "分值", "得分", "执行率"], fill=True, bold=True)
    values = ["年度资金总额", "", "", data["annual"], data["spent"], data["weight"], data["score"], data["rate"]]
    _line(sheet, row + 1, values)
    for line in (row, row + 1):
        sheet.merge_cells(start_row=line, end_row=line, start_column=1, end_column=2)
    return row + 2


def _rows(sheet: Worksheet, row: int, data: dict[str, Any], names: list[str]) -> int:
    totals = {t["after"]: t for t in data.get("totals", ())}
    starts: dict[str, tuple[str, int]] = {}
    rows = data["rows"]
    for index, one in enumerate(rows):
        _line(sheet, row, [one.get(name, "") for name in names])
        for level in ("level1", "level2"):
            key = one.get("level1", "") + (one.get("level2", "") if level == "level2" else "")
            if level in starts and starts[level][0] == key:
                _merge(sheet, names.index(level) + 1, starts[level][1], row)
            else:
                starts[level] = (key, row)
        if one.get("shares_cell_above"):
            for name in ("weight", "score"):
                _merge(sheet, names.index(name) + 1, row - 1, row)
        row += 1
        level1 = one.get("level1", "")
        if level1 in totals and (index + 1 == len(rows) or rows[index + 1].get("level1") != level1):
            _line(sheet, row, [totals[level1]["label"], *[""] * (len(names) - 2), totals[level1]["score"]], bold=True)
            sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(names) - 1)
            row += 1
    return row


def _height(sheet: Worksheet, row: int, widths: list[int]) -> float:
    """Enough for the wrapped text of the row: a Chinese character takes two columns' worth of width."""
    lines = 1
    for column, width in enumerate(widths, 1):
        text = str(sheet.cell(row, column).value or "")
        room = sum(widths) if (row, column) in {(a.min_row, a.min_col) for a in sheet.merged_cells.ranges if a.max_col > column} else width
        lines = max(lines, -(-sum(1 if ch.isascii() else 2 for ch in text) // max(room - 3, 1)))
    return 15.0 * lines + 6


def _merge(sheet: Worksheet, column: int, top: int, bottom: int) -> None:
    for area in list(sheet.merged_cells.ranges):
        if area.min_col == column and area.max_col == column and area.max_row == bottom - 1:
            top = min(top, area.min_row)
            sheet.unmerge_cells(str(area))
    sheet.merge_cells(start_row=top, end_row=bottom, start_column=column, end_column=column)


def _line(sheet: Worksheet, row: int, texts: list[str], *, bold: bool = False, fill: bool = False, size: int = 10) -> None:
    for column, text in enumerate(texts, 1):
        cell = sheet.cell(row, column, _value(text))
        cell.font = Font(name=_SONG, size=size, bold=bold)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        if row > 2:
            cell.border = _BORDER
        if fill:
            cell.fill = _HEAD


def _value(text: str) -> str | float | int | None:
    """Bare numbers as numbers, as clerks type them; everything else as text."""
    if not text:
        return None
    try:
        return int(text) if text.isdigit() else float(text)
    except ValueError:
        return text


def build_templates(folder: Path) -> list[Path]:
    """Blank forms of every rule set that comes with the package: self-evaluation and target declaration."""
    folder.mkdir(exist_ok=True)
    made = []
    for source in sorted(RULESETS.glob("*.toml")):
        for kind in KINDS:
            made.append(folder / f"{source.stem}-{kind}.xlsx")
            write_blank(made[-1], kind, load(str(source)), TEMPLATE_YEAR)
    return made


PICTURED = "zhongjiang-2022"


def build_picture(target: Path) -> None:
    """The page of the self-evaluation form, filled with a published table, as it prints."""
    done = assess(HERE / "samples" / f"{PICTURED}.xlsx", Request())
    year = done.evaluation.submission.year or TEMPLATE_YEAR
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        filled, pdf = folder / "form.xlsx", str(folder / "form.pdf")
        book = done.ruleset.at(datetime.date(year, 12, 31))
        write_self_evaluation(filled, done.ruleset, filling_of(done.evaluation.submission, book, year))
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        subprocess.run(["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", name, str(filled)], check=True, capture_output=True)
        texts = subprocess.run(["pdftotext", pdf, "-"], check=True, capture_output=True).stdout.decode().split("\f")
        page = next(str(i) for i, text in enumerate(texts, 1) if "项目资金" in text)
        subprocess.run(["pdftoppm", "-r", "90", "-f", page, "-singlefile", "-png", pdf, str(target.with_suffix(""))], check=True)


def build_merged_picture(target: Path) -> None:
    """The charts of the samples, merged, as they print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        merged, pdf = folder / "merged.xlsx", str(folder / "merged.pdf")
        merge(Order(MergeRequest([str(HERE / "samples")], fresh=True), merged))
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        subprocess.run(["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", name, str(merged)], check=True, capture_output=True)
        texts = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True).stdout.decode().split("\f")
        page = next(str(i) for i, text in enumerate(texts, 1) if text.strip().startswith(CHARTS))
        crop = ["-x", "768", "-y", "110", "-W", "880", "-H", "480"]  # the charts, without the table beside them
        subprocess.run(["pdftoppm", "-r", "150", "-f", page, *crop, "-singlefile", "-png", pdf, str(target.with_suffix(""))], check=True)


def build_report_templates(folder: Path) -> list[Path]:
    """The Word templates that the package holds."""
    made = []
    for name, data in report_templates().items():
        made.append(folder / f"{name}.docx")
        made[-1].write_bytes(data)
    return made


def build_report_picture(target: Path) -> None:
    """Two pages of the report on a published table: conclusion with chart, indicators."""
    done = assess(HERE / "samples" / "yuangang-2023.xlsx", Request())
    book = done.ruleset.at(done.evaluation.day)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "report.docx").write_bytes(report(evaluation_story(done.evaluation, book, []), "department").data)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        subprocess.run(["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", name, str(folder / "report.docx")], check=True, capture_output=True)
        pages = []
        for page in ("2", "3"):
            subprocess.run(["pdftoppm", "-r", "60", "-f", page, "-singlefile", "-png", str(folder / "report.pdf"), str(folder / page)], check=True)
            pages.append(folder / f"{page}.png")
        for made, at in zip(pages, ("", "-table"), strict=True):
            target.with_stem(target.stem + at).write_bytes(made.read_bytes())


def build_summary_picture(target: Path) -> None:
    """The first page of the summary report on the samples."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        merge(Order(MergeRequest([str(HERE / "samples")], fresh=True), folder / "merged.xlsx"))
        story = overview_story(read_overview(read_workbook(folder / "merged.xlsx")))
        (folder / "summary.docx").write_bytes(report(story, "summary").data)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        subprocess.run(["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", name, str(folder / "summary.docx")], check=True, capture_output=True)
        subprocess.run(["pdftoppm", "-r", "60", "-singlefile", "-png", str(folder / "summary.pdf"), str(target.with_suffix(""))], check=True)


def schema() -> str:
    """The exported tables, described."""
    return "# perfeval merge --export：表和列\n\n" + schema_markdown().rstrip() + "\n"


def main() -> None:
    """All samples, templates and the description of the export."""
    (HERE / "SCHEMA.md").write_text(schema(), encoding="utf-8")
    for path in build_report_templates(Path(report_folder.__path__[0])):
        print(path.name)
    for path in build_templates(HERE / "templates"):
        print(path.name)
    folder = HERE / "samples"
    folder.mkdir(exist_ok=True)
    for source in sorted((HERE / "data").glob("*.toml")):
        print(build(source, folder).name)
    if "--pictures" in sys.argv[1:]:
        build_picture(HERE / "templates" / "self-evaluation.png")
        build_merged_picture(HERE / "templates" / "merged.png")
        build_report_picture(HERE / "templates" / "report.png")
        build_summary_picture(HERE / "templates" / "summary.png")


if __name__ == "__main__":
    main()
