"""Builds the Word templates of perfeval_xl/report/templates: official typography after GB/T 9704, marks that staff see and move in Word."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from perfeval_xl.report.word.make import MADE, dated

FANG, KAI, HEI, TITLE, SONG = "仿宋_GB2312", "楷体_GB2312", "黑体", "方正小标宋简体", "宋体"
LATIN = "Times New Roman"
# What a program takes where a font is not installed: the font table says it to Word and WPS.
ALTERNATIVES = {FANG: "仿宋,FangSong,STFangsong", KAI: "楷体,KaiTi,STKaiti", HEI: "SimHei,Noto Sans CJK SC", TITLE: "小标宋,华文中宋,STZhongsong,宋体,SimSun", SONG: "SimSun,Noto Serif CJK SC"}
FAMILIES = {FANG: "modern", KAI: "modern", HEI: "modern", TITLE: "auto", SONG: "auto"}
BODY, LINE = 15, 28  # points: 小三, exact lines
LEFT, CENTER, RIGHT = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.RIGHT
WIDTH = 156  # mm between the margins
DEPARTMENT: tuple[tuple[str, str], ...] = (
    ("1", "一、部门基本情况"), ("2", "（一）部门职能"), ("p", "部门职能"), ("2", "（二）年度总体工作和重点工作任务"), ("p", "年度工作任务"), ("2", "（三）部门整体支出绩效目标"),
    ("p", "整体绩效目标"), ("2", "（四）部门整体收支情况"), ("p", "收支情况"), ("t", "收支表"), ("2", "（五）部门整体绩效管理情况"), ("p", "绩效管理情况"), ("1", "二、绩效自评情况"),
    ("2", "（一）自评结论"), ("p", "自评结论"), ("c", "得分图"), ("2", "（二）履职效能分析"), ("p", "履职效能分析"), ("2", "（三）管理效率分析"), ("p", "管理效率分析"), ("t", "指标表"),
    ("1", "三、存在的主要问题"), ("p", "主要问题"), ("1", "四、下一步改进措施"), ("p", "改进措施"),
)  # fmt: skip
PROJECT: tuple[tuple[str, str], ...] = (
    ("1", "一、项目基本情况"), ("2", "（一）项目单位职能"), ("p", "部门职能"), ("2", "（二）项目概况及年度工作任务"), ("p", "项目概况"), ("2", "（三）项目绩效目标"), ("p", "整体绩效目标"),
    ("2", "（四）项目资金情况"), ("p", "资金情况"), ("t", "资金表"), ("t", "收支表"), ("2", "（五）项目绩效管理情况"), ("p", "绩效管理情况"), ("1", "二、绩效自评情况"), ("2", "（一）自评结论"),
    ("p", "自评结论"), ("c", "得分图"), ("2", "（二）绩效指标完成情况分析"), ("p", "指标完成分析"), ("t", "指标表"), ("1", "三、存在的主要问题"), ("p", "主要问题"), ("1", "四、下一步改进措施"),
    ("p", "改进措施"),
)  # fmt: skip
SUMMARY: tuple[tuple[str, str], ...] = (
    ("1", "一、报送情况"), ("p", "报送情况"), ("t", "未采用表"), ("1", "二、总体结果"), ("p", "总体结果"), ("t", "一级指标表"), ("1", "三、得分排名"), ("p", "排名说明"), ("t", "排名表"), ("c", "排名图"),
    ("1", "四、得分分布"), ("p", "得分分布"), ("c", "分布图"), ("t", "单位类别表"), ("1", "五、常见问题"), ("p", "常见问题"), ("c", "问题图"), ("t", "问题表"), ("1", "六、工作建议"), ("p", "工作建议"),
    ("1", "七、需要说明的事项"), ("p", "说明"),
)  # fmt: skip
Columns = Sequence[tuple[str, str, float]]  # heading, mark, mm
MONEY: Columns = (("项目", "项目", 44), ("本年预算数", "预算数", 20), ("本年决算数", "决算数", 20), ("执行率", "执行率", 17), ("上年决算数", "上年决算数", 20), ("增减额", "增减额", 18), ("增长率", "增长率", 17))
FUNDS: Columns = (("项目资金", "项目", 44), ("年初预算数", "年初预算数", 22), ("全年预算数", "全年预算数", 22), ("全年执行数", "执行数", 22), ("执行率", "执行率", 18), ("分值", "分值", 14), ("得分", "得分", 14))
EVIDENCE: Columns = (("序号", "序号", 12), ("指标", "指标", 60), ("佐证材料", "材料", 84))
ISSUES: Columns = (("序号", "序号", 10), ("级别", "级别", 12), ("位置", "位置", 24), ("问题", "问题", 26), ("发现的情况", "发现", 30), ("应为", "应为", 20), ("处理办法", "处理办法", 34))
REFUSED: Columns = (("情况", "情况", 24), ("单位", "单位", 40), ("文件", "文件", 44), ("说明", "说明", 48))
PARTS: Columns = (("类别", "类别", 40), ("自评表份数", "份数", 22), ("指标数", "指标数", 20), ("平均完成率", "平均完成率", 26), ("满分比例", "满分比例", 24), ("完成率中位数", "中位数", 24))
RANKS: Columns = (("名次", "名次", 11), ("年度", "年度", 12), ("表类", "表类", 14), ("单位", "单位", 41), ("项目", "项目", 21), ("分值", "分值", 11), ("计算得分", "得分", 15), ("填报得分", "填报得分", 15), ("等级", "等级", 8), ("错误", "错误数", 8))
PROBLEMS: Columns = (("序号", "序号", 12), ("级别", "级别", 14), ("问题", "问题", 50), ("项数", "项数", 14), ("涉及单位数", "单位数", 20), ("处理办法", "处理办法", 46))


def _fonts(properties: Any, east: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for name, value in (("ascii", LATIN), ("hAnsi", LATIN), ("cs", LATIN), ("eastAsia", east)):
        fonts.set(qn(f"w:{name}"), value)
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def _style(document: Any, name: str, font: str, size: float, **own: Any) -> None:
    """own: bold, alignment, indent (characters of the first line), line (points; 0: as high as the text), before, after, keep."""
    style = document.styles[name] if name in [s.name for s in document.styles] else document.styles.add_style(name, 1)
    style.font.name, style.font.size, style.font.bold, style.font.italic = LATIN, Pt(size), own.get("bold", False), False
    style.font.color.rgb = RGBColor(0, 0, 0)
    _fonts(style.element.get_or_add_rPr(), font)
    layout = style.paragraph_format
    layout.space_before, layout.space_after = Pt(own.get("before", 0)), Pt(own.get("after", 0))
    layout.alignment, layout.keep_with_next, layout.widow_control = own.get("alignment", LEFT), own.get("keep", False), True
    if own.get("line", LINE):
        layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(own.get("line", LINE))
    else:
        layout.line_spacing = 1.0
    indent = style.element.get_or_add_pPr().get_or_add_ind()
    indent.set(qn("w:firstLineChars"), str(own.get("indent", 0) * 100))
    indent.set(qn("w:firstLine"), str(int(own.get("indent", 0) * size * 20)))


def _styles(document: Any) -> None:
    both = WD_ALIGN_PARAGRAPH.JUSTIFY
    _style(document, "Normal", FANG, BODY, alignment=both)
    _style(document, "Heading 1", HEI, BODY, indent=2, keep=True)
    _style(document, "Heading 2", KAI, BODY, indent=2, keep=True)
    _style(document, "Title", TITLE, 22, alignment=CENTER, line=36, before=14, after=20)
    border = document.styles["Title"].element.find(f".//{qn('w:pBdr')}")
    if border is not None:
        border.getparent().remove(border)
    _style(document, "正文", FANG, BODY, indent=2, alignment=both)
    _style(document, "附件号", HEI, 16)
    _style(document, "表题", HEI, 12, alignment=CENTER, keep=True, line=24)
    _style(document, "表头", HEI, 9, alignment=CENTER, line=0, before=2, after=2)
    _style(document, "表文", SONG, 9, alignment=CENTER, line=0, before=2, after=2)
    _style(document, "表注", SONG, 9, alignment=LEFT, line=16, after=4)
    _style(document, "图", SONG, 9, alignment=CENTER, line=0, before=6, after=6)
    _style(document, "落款", FANG, BODY, alignment=RIGHT)
    _style(document, "页码", SONG, 14, line=0)


def _page(document: Any) -> None:
    """A4 with the margins of GB/T 9704; numbers outside, — 1 —."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    section.footer_distance, section.header_distance = Mm(25), Mm(15)
    document.settings.odd_and_even_pages_header_footer = True
    for footer, side in ((section.footer, RIGHT), (section.even_page_footer, LEFT)):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.style, paragraph.alignment = document.styles["页码"], side
        layout = paragraph.paragraph_format
        if side is RIGHT:
            layout.right_indent = Pt(14)
        else:
            layout.left_indent = Pt(14)
        paragraph.add_run("— ")
        for kind, text in (("begin", ""), ("", " PAGE "), ("separate", ""), ("text", "1"), ("end", "")):
            run = paragraph.add_run(text if kind == "text" else "")
            if kind in {"begin", "separate", "end"}:
                mark = OxmlElement("w:fldChar")
                mark.set(qn("w:fldCharType"), kind)
                run._r.append(mark)
            elif not kind:
                instruction = OxmlElement("w:instrText")
                instruction.set(qn("xml:space"), "preserve")
                instruction.text = text
                run._r.append(instruction)
        paragraph.add_run(" —")


class Builder:
    """A template on its way."""

    def __init__(self) -> None:
        self.document: Any = Document()
        _styles(self.document)
        _page(self.document)

    def line(self, style: str, text: str) -> None:
        """One paragraph."""
        self.document.add_paragraph(text, style=style)

    def table(self, columns: Columns) -> Any:
        """An empty table: fixed widths, its headings repeated on every page, no row broken over two."""
        table = self.document.add_table(1, len(columns), style="Table Grid")
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        for cell, (heading, _, width), place in zip(table.rows[0].cells, columns, table.columns, strict=True):
            place.width = Mm(width)
            self.cell(cell, heading, width, "表头")
        self.repeated(table.rows[0])
        margins = OxmlElement("w:tblCellMar")
        for side in ("left", "right"):
            margin = OxmlElement(f"w:{side}")
            margin.set(qn("w:w"), "45")
            margin.set(qn("w:type"), "dxa")
            margins.append(margin)
        table._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")
        return table

    def cell(self, cell: Any, text: str, width: float, style: str = "表文", alignment: Any = None) -> None:
        """Text of a cell."""
        cell.width = Mm(width)
        cell.vertical_alignment = 1
        paragraph = cell.paragraphs[0]
        paragraph.style = self.document.styles[style]
        paragraph.add_run(text)
        if alignment is not None:
            paragraph.alignment = alignment

    def repeated(self, row: Any) -> None:
        """A heading row."""
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))

    def row(self, table: Any, columns: Columns, texts: Sequence[str]) -> Any:
        """A row that stays whole."""
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, (_, _, width), text in zip(row.cells, columns, texts, strict=True):
            self.cell(cell, text, width, alignment=LEFT if width > 40 else None)
        return row

    def mark(self, table: Any, columns: Columns, text: str) -> None:
        """A row that only holds a mark of the template engine: it is gone in the report."""
        self.row(table, columns, [text, *[""] * (len(columns) - 1)])

    def optional(self, name: str, title: str, columns: Columns, note: str = "") -> None:
        """A table with its title that is only there where it has rows."""
        self.line("表注", f"{{%p if {name} %}}")
        self.line("表题", title)
        if note:
            self.document.add_paragraph(note, style="表注").alignment = RIGHT
        table = self.table(columns)
        self.mark(table, columns, f"{{%tr for 行 in {name} %}}")
        self.row(table, columns, [f"{{{{ 行.{mark} }}}}" for _, mark, _ in columns])
        self.mark(table, columns, "{%tr endfor %}")
        self.line("表注", "{%p endif %}")

    def indicators(self, title: str) -> None:
        """The table of indicators: sections, their rows, a sum below each, the total."""
        widths = (13, 16, 28, 20, 20, 15, 13, 13, 18)
        names = ("一级指标", "二级指标", "三级指标", "目标值", "实现值", "完成率", "分值", "得分", "偏差原因")
        heads = ("自评指标", "自评指标", "自评指标", "年度目标值", "年度实现值", "指标完成率", "单项分值（权重）", "单项自评得分", "偏差原因及改进措施")
        columns: Columns = list(zip(heads, names, widths, strict=True))
        self.line("表题", title)
        table = self.table(columns)
        for cell in table.rows[0].cells[1:3]:
            for run in cell.paragraphs[0].runs:
                run.text = ""
        table.rows[0].cells[0].merge(table.rows[0].cells[2])
        for extra in table.rows[0].cells[0].paragraphs[1:]:
            extra._p.getparent().remove(extra._p)
        self.mark(table, columns, "{%tr for 部分 in 指标表 %}")
        self.mark(table, columns, "{%tr for 行 in 部分.行 %}")
        self.row(table, columns, [f"{{{{ 行.{name} }}}}" for name in names])
        self.mark(table, columns, "{%tr endfor %}")
        self.sum(table, columns, "{{ 部分.合计名称 }}", "{{ 部分.分值 }}", "{{ 部分.得分 }}")
        self.mark(table, columns, "{%tr endfor %}")
        self.sum(table, columns, "自评总分", "{{ 总分.分值 }}", "{{ 总分.得分 }}")
        self.line("表注", "{%p if 得分说明 %}")
        self.line("表注", "{{ 得分说明 }}")
        self.line("表注", "{%p endif %}")

    def sum(self, table: Any, columns: Columns, label: str, weight: str, score: str) -> None:
        """A row with one wide label."""
        row = self.row(table, columns, [label, *[""] * 5, weight, score, ""])
        row.cells[0].merge(row.cells[5])
        for extra in row.cells[0].paragraphs[1:]:
            extra._p.getparent().remove(extra._p)
        for at in (0, 6, 7):
            for run in row.cells[at].paragraphs[0].runs:
                run.bold = True
        row.cells[0].paragraphs[0].alignment = CENTER

    def saved(self) -> bytes:
        """The file, the same every time."""
        core = self.document.core_properties
        core.author = core.last_modified_by = "perfeval_xl"
        core.title = core.comments = core.subject = core.keywords = ""
        core.created = core.modified = MADE
        out = io.BytesIO()
        self.document.save(out)
        return dated(_with_fonts(out.getvalue()))


_FONT = '<w:font w:name="{}"><w:altName w:val="{}"/><w:charset w:val="86"/><w:family w:val="{}"/><w:pitch w:val="variable"/></w:font>'


def _with_fonts(data: bytes) -> bytes:
    """The font table says what to take where a font is missing; the thumbnail of the library's own blank page goes."""
    out = io.BytesIO()
    fonts = "".join(_FONT.format(name, ALTERNATIVES[name], FAMILIES[name]) for name in ALTERNATIVES)
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            content = source.read(member)
            if member.filename == "word/fontTable.xml":
                text = re.sub(r'<w:font w:name="(?:' + "|".join(ALTERNATIVES) + r')">.*?</w:font>', "", content.decode(), flags=re.DOTALL)
                content = text.replace("</w:fonts>", fonts + "</w:fonts>").encode()
            if member.filename == "_rels/.rels":
                content = re.sub(rb"<Relationship [^>]*thumbnail[^>]*/>", b"", content)
            if "thumbnail" not in member.filename:
                target.writestr(member, content)
    return out.getvalue()


def _body(builder: Builder, plan: Sequence[tuple[str, str]]) -> None:
    tables: dict[str, tuple[str, Columns, str]] = {
        "收支表": ("部门收支情况表", MONEY, "金额单位：{{ 金额单位 }}"), "资金表": ("项目资金情况表", FUNDS, "金额单位：{{ 资金单位 }}"), "未采用表": ("未报送、未采用情况表", REFUSED, ""),
        "一级指标表": ("各类指标完成情况表", PARTS, ""), "单位类别表": ("各类单位指标完成情况表", PARTS, ""), "排名表": ("自评得分排名表", RANKS, ""), "问题表": ("常见问题统计表", PROBLEMS, ""),
    }  # fmt: skip
    for kind, text in plan:
        if kind in {"1", "2"}:
            builder.line(f"Heading {kind}", text)
        elif kind == "p":
            builder.line("正文", f"{{{{ {text} }}}}")
        elif kind == "c":
            builder.line("图", f"{{{{ {text} }}}}")
        elif text == "指标表":
            builder.indicators("绩效自评指标完成情况表")
        else:
            title, columns, note = tables[text]
            builder.optional(text, title, columns, note)


def _end(builder: Builder) -> None:
    """Unit, day and contact."""
    unit = builder.document.add_paragraph("{{ 单位名称 }}", style="落款")
    unit.paragraph_format.space_before, unit.paragraph_format.keep_with_next = Pt(LINE), True
    builder.line("落款", "{{ 填报日期 }}")


def evaluation_template(title: str, plan: Sequence[tuple[str, str]]) -> bytes:
    """A report on one table."""
    builder = Builder()
    if plan is DEPARTMENT:
        builder.line("附件号", "附件2")
    builder.line("Title", title + "{{ 批注 }}")
    _body(builder, plan)
    _end(builder)
    builder.line("正文", "{%p if 填报人 or 联系电话 %}")
    builder.line("正文", "（填报人：{{ 填报人 or '【待填】' }}，联系电话：{{ 联系电话 or '【待填】' }}）")
    builder.line("正文", "{%p endif %}")
    builder.optional("佐证材料", "附：佐证材料清单", EVIDENCE)
    builder.optional("问题清单", "附：校验发现的问题", ISSUES)
    return builder.saved()


def templates() -> dict[str, bytes]:
    """Name → file."""
    summary = Builder()
    summary.line("Title", "{{ 年度 }}年度\n预算绩效自评情况汇总报告")
    _body(summary, SUMMARY)
    _end(summary)
    return {
        "department": evaluation_template("{{ 年度 }}年度{{ 单位名称 }}\n部门整体支出绩效自评报告", DEPARTMENT),
        "project": evaluation_template("{{ 年度 }}年度{{ 项目名称 }}\n项目支出绩效自评报告", PROJECT),
        "summary": summary.saved(),
    }
