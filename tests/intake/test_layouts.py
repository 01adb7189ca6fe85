"""Published reports in many layouts: every cell of every row comes back, and every chapter."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from perfeval_xl.core.model import Submission
from perfeval_xl.intake.convert import Taken, Wishes, take_in
from perfeval_xl.intake.take import source_of, write_taken
from perfeval_xl.workbook.assess import Request, assess
from tests.support.published_reports import NARRATIVES, PDFS, ROWS, UNIT, WORDS, YEAR, Row

MAKERS = {f"pdf-{n}": (f, ".pdf") for n, f in PDFS.items()} | {f"word-{n}": (f, ".docx") for n, f in WORDS.items()}
WITHOUT_REASON = {"pdf-open"}
_HALF = str.maketrans("０１２３４５６７８９％．", "0123456789%.")


def taken(source: Path, wishes: Wishes = Wishes("national-project-2020")) -> Taken:  # noqa: B008  # immutable
    return take_in(source_of(source.name, source.read_bytes()), wishes)


def written(made: Taken, folder: Path) -> Submission:
    path = folder / "form.xlsx"
    write_taken(path, made)
    return assess(path, Request()).evaluation.submission


def rows_of(submission: Submission) -> list[Row]:
    """The rows as a person reads them: sign, number and unit together."""
    out = []
    for r in submission.indicators:
        if r.is_execution:
            continue
        sign = r.direction if r.direction in {"≥", "≤", "＝"} and r.target.replace(".", "").isdigit() else ""
        target = sign + r.target + (r.unit if r.target.replace(".", "").isdigit() else "")
        actual = r.actual + (r.unit if r.actual.replace(".", "").isdigit() else "")
        out.append(Row(r.level1, r.level2, r.name, target.translate(_HALF), actual.translate(_HALF), r.rate, str(r.weight), str(r.score), r.reason))
    return out


@pytest.mark.parametrize("name", MAKERS)
def test_every_cell_of_every_row_comes_back(name: str, tmp_path: Path) -> None:
    make, ending = MAKERS[name]
    made = taken(make(tmp_path / f"report{ending}"))
    expected = [r._replace(reason="") if name in WITHOUT_REASON else r for r in ROWS]
    read = rows_of(written(made, tmp_path))
    assert [r._replace(rate="") for r in read] == [r._replace(rate="") for r in expected]
    assert [d for d in made.doubts if not d.is_minor] == []


@pytest.mark.parametrize("name", [n for n in MAKERS if n != "pdf-national"])
def test_every_chapter_comes_back(name: str, tmp_path: Path) -> None:
    make, ending = MAKERS[name]
    submission = written(taken(make(tmp_path / f"report{ending}")), tmp_path)
    assert {label: submission.facts.get(label, "").split("\n") for label in NARRATIVES} == {label: list(told) for label, told in NARRATIVES.items()}
    assert (submission.department, submission.year, submission.facts["填报日期"]) == (UNIT, YEAR, "2024年3月15日")


def test_money_in_yuan_becomes_ten_thousands(tmp_path: Path) -> None:
    submission = written(taken(PDFS["several"](tmp_path / "a.pdf")), tmp_path)
    assert submission.money is not None
    lines = {line.label: (line.current, line.previous, line.budget) for line in submission.money.lines}
    assert lines["本年收入"] == (Decimal(9121), Decimal("7486.72"), Decimal(9121))
    assert lines["本年支出"] == (Decimal("9120.18"), Decimal("7671.62"), Decimal(9121))
    assert lines["公务用车购置及运行维护费"] == (Decimal(10), Decimal(12), Decimal(11))
    assert lines["“三公”经费合计"] == (Decimal("11.5"), Decimal(15), Decimal(13))


def test_the_national_form_brings_its_funds_and_names(tmp_path: Path) -> None:
    made = taken(PDFS["national"](tmp_path / "a.pdf"))
    submission = written(made, tmp_path)
    assert (submission.project, submission.year) == ("环卫作业市场化项目", 2023)
    assert submission.execution is not None
    total, sources = submission.execution.total, submission.execution.sources
    assert (total.budgets, total.spent) == ({"initial": "500", "annual": "480"}, "456")
    assert [(s.budgets["initial"], s.budgets["annual"], s.spent) for s in sources] == [("400", "380", "360"), ("100", "100", "96"), ("", "", "")]


def test_the_place_of_a_row_is_its_page_and_line(tmp_path: Path) -> None:
    made = taken(PDFS["heading_once"](tmp_path / "a.pdf"))
    places = [cells.origin.place for _, _, cells in made.filling.rows if cells.origin]
    assert places[0].startswith(("第 1 页表 1", "第 2 页表 1"))
    assert len(set(places)) == len(ROWS)
    assert len({p.split("表")[0] for p in places}) == 2
