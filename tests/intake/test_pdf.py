"""Pages of a PDF: what every page repeats is left out, a table's headings among it are not taken for that."""

from __future__ import annotations

from pathlib import Path

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from perfeval_xl.intake.grids import joined
from perfeval_xl.intake.pdf import read_pdf
from perfeval_xl.intake.source import Paragraph, SourceTable

COLUMNS = (50, 120, 190, 300, 360, 420, 470)
HEADINGS = ("一级指标", "二级指标", "三级指标", "年度目标值", "年度实现值", "分值", "得分")


def printed(path: Path, *, head: str = "", foot: bool = False) -> bytes:
    """A table without rules, its headings printed again on each of four pages."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path), pagesize=(595, 842))

    def row(y: float, cells: tuple[str, ...]) -> None:
        for x, text in zip(COLUMNS, cells, strict=True):
            canvas.drawString(x, y, text)

    for page in range(4):
        canvas.setFont("STSong-Light", 9)
        if head:
            canvas.drawString(200, 822, head)
        if not page:
            canvas.drawString(150, 800, "2023年度某某项目支出绩效自评报告")
            canvas.drawString(50, 785, "二、绩效自评情况")
        row(765, HEADINGS)
        for at in range(5):
            first = not page and not at
            row(745 - 20 * at, ("产出指标" if first else "", "数量指标" if first else "", f"任务{5 * page + at + 1}", "5次", "5次", "5", "5"))
        if foot:
            canvas.drawString(290, 30, str(page + 1))
        canvas.showPage()
    canvas.save()
    return path.read_bytes()


@pytest.mark.parametrize("head", ["", "某某局文件"])
@pytest.mark.parametrize("foot", [False, True])
def test_a_table_without_rules_repeats_its_headings_on_every_page(head: str, foot: bool, tmp_path: Path) -> None:  # noqa: FBT001
    blocks = joined(read_pdf("a.pdf", printed(tmp_path / "a.pdf", head=head, foot=foot)).blocks)
    (table,) = [b for b in blocks if isinstance(b, SourceTable)]
    assert table.rows[0] == list(HEADINGS)
    assert [row[2:] for row in table.rows[1:]] == [[f"任务{n}", "5次", "5次", "5", "5"] for n in range(1, 21)]
    assert table.doubts == []
    told = [b.text for b in blocks if isinstance(b, Paragraph)]
    assert told == ["2023年度某某项目支出绩效自评报告", "二、绩效自评情况"]
