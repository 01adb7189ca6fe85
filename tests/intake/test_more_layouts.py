"""Documents as office programs make them, and texts taken out of them: the same rows again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter

from perfeval_xl.intake.source import SourceTable
from perfeval_xl.intake.take import source_of
from perfeval_xl.workbook.read import read_workbook
from tests.intake.test_layouts import rows_of, taken, written
from tests.support.office import converted, needs_office, pictures
from tests.support.published_reports import NARRATIVES, PDFS, ROWS, WORDS


def _without_rates(rows: object) -> list[object]:
    return [r._replace(rate="") for r in rows]  # type: ignore[attr-defined]


def test_a_row_is_really_broken_over_two_pages(tmp_path: Path) -> None:
    """So that the layout with a broken row tests what it says."""
    path = PDFS["broken_row"](tmp_path / "a.pdf")
    tables = [b for b in source_of("a.pdf", path.read_bytes()).blocks if isinstance(b, SourceTable)]
    assert len(tables) == 2
    cut = [t for table in tables for row in table.rows for t in row if t and any(t != full and full.startswith(t) for r in ROWS for full in r)]
    assert cut != []


def test_a_page_turned_by_its_viewer_setting(tmp_path: Path) -> None:
    """/Rotate: what is drawn upright is shown turned; what is drawn turned is shown upright."""
    writer = PdfWriter(clone_from=PdfReader(str(PDFS["landscape"](tmp_path / "a.pdf"))))
    for page in writer.pages:
        page.rotate(90)
        page.transfer_rotation_to_content()
        page.rotate(270)
    writer.write(str(tmp_path / "b.pdf"))
    assert _without_rates(rows_of(written(taken(tmp_path / "b.pdf"), tmp_path))) == _without_rates(ROWS)


@needs_office
@pytest.mark.office
@pytest.mark.parametrize("name", ["merged", "in_two", "numbered"])
def test_a_word_document_printed_to_pdf(name: str, tmp_path: Path) -> None:
    (pdf,) = converted([WORDS[name](tmp_path / f"{name}.docx")], tmp_path, "pdf", recalculates=False)
    made = taken(pdf)
    submission = written(made, tmp_path)
    assert _without_rates(rows_of(submission)) == _without_rates(ROWS)
    assert [d for d in made.doubts if not d.is_minor] == []
    assert {label: submission.facts.get(label, "").split("\n") for label in NARRATIVES} == {label: list(told) for label, told in NARRATIVES.items()}


@needs_office
@pytest.mark.office
def test_an_old_word_document(tmp_path: Path) -> None:
    from perfeval_xl.intake.convert import Wishes  # noqa: PLC0415
    from perfeval_xl.intake.take import take  # noqa: PLC0415

    (old,) = converted([WORDS["merged"](tmp_path / "a.docx")], tmp_path, "doc", recalculates=False)
    made = take(old, Wishes("national-project-2020"))
    assert _without_rates(rows_of(written(made, tmp_path))) == _without_rates(ROWS)


def test_the_text_of_a_pdf_with_its_places_lost(tmp_path: Path) -> None:
    """pdftotext: every cell broken over lines, in the order they were drawn. What cannot be told for certain is said."""
    pdf = PDFS["merged"](tmp_path / "a.pdf")
    subprocess.run(["pdftotext", "-raw", str(pdf), str(tmp_path / "a.txt")], check=True)
    made = taken(tmp_path / "a.txt")
    read = rows_of(written(made, tmp_path))
    assert [(r.name, r.weight, r.score) for r in read] == [(r.name, r.weight, r.score) for r in ROWS]


def test_long_narratives_show_whole_on_paper(tmp_path: Path) -> None:
    """A text longer than a row is high goes over several rows, in one cell."""
    from dataclasses import replace  # noqa: PLC0415

    made = taken(WORDS["merged"](tmp_path / "a.docx"))
    text = "\n".join(f"{n}.统筹负责辖区公共服务工作，落实辖区公共服务设施建设规划，组织实施与居民生活密切相关的各项公共服务。" for n in range(1, 61))
    made = replace(made, filling=replace(made.filling, facts={**made.filling.facts, "部门职能": text}))
    submission = written(made, tmp_path)
    assert submission.facts["部门职能"] == text
    grid = next(g for g in read_workbook(tmp_path / "form.xlsx").grids if g.sheet == "基本情况")
    row = next(r for r in range(1, grid.height + 1) if grid.own(r, 1) == "部门职能")
    assert grid.merges[row, 2].bottom - row >= 2


@needs_office
@pytest.mark.office
def test_a_filled_form_can_be_printed(tmp_path: Path) -> None:
    written(taken(WORDS["merged"](tmp_path / "a.docx")), tmp_path)
    assert len(pictures(tmp_path / "form.xlsx", tmp_path)) >= 6
