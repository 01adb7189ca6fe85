"""What a Word document shows its readers is read; what it hides, draws or writes as a formula is told."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.shared import Pt

from perfeval_xl.intake.convert import Taken, Wishes, take_in
from perfeval_xl.intake.source import Paragraph, Source, SourceTable
from perfeval_xl.intake.take import source_of
from perfeval_xl.intake.word import MAX_COLUMNS, read_word
from tests.support.office import converted, needs_office

SPACES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
ROWS = [["一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分"], ["产出指标", "数量指标", "培训次数", "95%", "96%", "10", "10"]]


def document() -> Any:
    made = Document()
    for text in ("某某项目2023年度项目支出绩效自评报告", "一、项目概况", "开展培训。"):
        made.add_paragraph(text)
    table = made.add_table(0, len(ROWS[0]))
    for row in ROWS:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    return made


def into(element: Any, xml: str) -> None:
    """Puts a piece of a run's level at the beginning of a paragraph."""
    element.insert(0, parse_xml(xml.replace(">", f" {SPACES}>", 1)))


def read(made: Any) -> Source:
    out = io.BytesIO()
    made.save(out)
    return read_word("a.docx", out.getvalue())


def taken(made: Any) -> Taken:
    return take_in(read(made), Wishes("national-project-2020"))


def target(made: Any) -> Any:
    return made.tables[0].rows[1].cells[3].paragraphs[0]._p


def cell(source: Source) -> tuple[str, list[str]]:
    table = next(b for b in source.blocks if isinstance(b, SourceTable))
    return table.rows[1][3], [why for row, why in table.doubts if row == 1]


def test_a_sign_written_in_the_equation_editor_is_part_of_the_target() -> None:
    made = document()
    into(target(made), "<m:oMath><m:r><m:t>≤</m:t></m:r></m:oMath>")
    assert cell(read(made)) == ("≤95%", [])
    row = taken(made).filling.rows[0][2]
    assert row.direction == "≤"


def test_a_formula_that_is_more_than_signs_is_doubted() -> None:
    made = document()
    into(target(made), "<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>")
    text, why = cell(read(made))
    assert (text, len(why)) == ("（公式）95%", 1)
    assert any("公式" in d.reason and d.place == "表 1 第 2 行" for d in taken(made).doubts)


def test_a_sign_of_the_symbol_font_is_read_and_one_of_an_unknown_font_doubted() -> None:
    made = document()
    into(target(made), '<w:r><w:sym w:font="Symbol" w:char="F0A3"/></w:r>')
    assert cell(read(made)) == ("≤95%", [])
    into(target(made), '<w:r><w:sym w:font="Wingdings" w:char="F0A3"/></w:r>')
    assert len(cell(read(made))[1]) == 1


def test_an_equation_of_an_older_program_is_doubted() -> None:
    made = document()
    into(target(made), "<w:r><w:object/></w:r>")
    assert len(cell(read(made))[1]) == 1


@pytest.mark.parametrize("by_style", [True, False])
def test_hidden_text_is_left_out_and_listed(by_style: bool) -> None:  # noqa: FBT001
    made = document()
    hidden = '<w:rStyle w:val="Secret"/>' if by_style else "<w:vanish/>"
    made.styles.element.append(parse_xml(f'<w:style {SPACES} w:type="character" w:styleId="Secret"><w:name w:val="Secret"/><w:rPr><w:vanish/></w:rPr></w:style>'))
    into(made.paragraphs[2]._p, f"<w:r><w:rPr>{hidden}</w:rPr><w:t>预算999万元。</w:t></w:r>")
    into(target(made), f"<w:r><w:rPr>{hidden}</w:rPr><w:t>1</w:t></w:r>")
    source = read(made)
    assert [b.text for b in source.blocks if isinstance(b, Paragraph)][2] == "开展培训。"
    assert [d.text for d in source.doubts] == ["预算999万元。"]
    text, why = cell(source)
    assert (text, len(why)) == ("95%", 1)


def test_text_that_its_run_shows_in_spite_of_its_style_is_read() -> None:
    made = document()
    into(made.paragraphs[2]._p, '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>今年</w:t></w:r>')
    source = read(made)
    assert [b.text for b in source.blocks if isinstance(b, Paragraph)][2] == "今年开展培训。"
    assert source.doubts == []


def test_endnotes_are_listed_as_footnotes_are(tmp_path: Path) -> None:
    made = document()
    path = tmp_path / "a.docx"
    made.save(path)
    for kind in ("foot", "end"):
        with zipfile.ZipFile(path, "a") as package:
            package.writestr(f"word/{kind}notes.xml", f"<w:{kind}notes {SPACES}><w:{kind}note><w:p><w:r><w:t>{kind}：实际支出80万元</w:t></w:r></w:p></w:{kind}note></w:{kind}notes>")
    assert [(d.place, d.text) for d in read_word("a.docx", path.read_bytes()).doubts] == [("脚注 1", "foot：实际支出80万元"), ("尾注 1", "end：实际支出80万元")]


def test_cells_beyond_the_last_column_are_listed() -> None:
    made = document()
    table = made.add_table(1, MAX_COLUMNS + 2)
    for number, one in enumerate(table.rows[0].cells, 1):
        one.text = f"第{number}格"
    assert [(d.place, d.text) for d in read(made).doubts] == [("表 2 第 1 行", f"第{MAX_COLUMNS + 1}格｜第{MAX_COLUMNS + 2}格")]


@needs_office
@pytest.mark.office
@pytest.mark.parametrize("unit", ["某局", "某某市某某区城市管理和综合执法局"])
def test_a_title_in_two_lines_of_one_paragraph(unit: str, tmp_path: Path) -> None:
    """In the document and printed to a PDF."""
    made = document()
    title = made.paragraphs[0]
    title.text = f"2023年度{unit}\n部门整体支出绩效自评报告"
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for run in title.runs:
        run.font.size = Pt(22)
    path = tmp_path / "a.docx"
    made.save(path)
    (pdf,) = converted([path], tmp_path, "pdf", recalculates=False)
    for one in (path, pdf):
        result = take_in(source_of(one.name, one.read_bytes()), Wishes("guangzhou-department-2023"))
        assert (result.filling.department, result.filling.year) == (unit, 2023)
        assert not [d for d in result.doubts if unit in d.text]
