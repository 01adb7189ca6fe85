"""`report` on the consolidated workbook: its numbers are those of the merge, suggestions are remedies of what was found."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from statistics import median

import pytest
from openpyxl import Workbook

from perfeval_xl.batch.overview import read_overview
from perfeval_xl.cli import main
from perfeval_xl.core.decimals import plain, round_to
from perfeval_xl.core.findings import KINDS
from perfeval_xl.report.summary import overview_story
from perfeval_xl.report.word.blank import SUMMARY
from perfeval_xl.workbook.drawings import sheet_parts
from perfeval_xl.workbook.read import read_workbook
from tests.support import departments
from tests.support.document import chapters, parts, run, table, with_part
from tests.support.reading import loaded

REMEDIES = {k.title: k.remedy for k in KINDS.values()}


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The consolidated workbook of sixty departments, two of a roster missing; and the report on it."""
    folder = tmp_path_factory.mktemp("merge")
    departments.write_departments(folder / "in", 60, jobs=1)
    out, report = folder / "汇总.xlsx", folder / "报告.docx"
    roster = folder / "名单.xlsx"
    names = [g.department for g in departments.load(folder / "in").good]
    book = Workbook()
    for name in ("单位名称", *dict.fromkeys(names), "某市甲局", "某市乙局"):
        book.worksheets[0].append([name])
    book.save(roster)
    assert main(["merge", str(folder / "in"), "-o", str(out), "--roster", str(roster), "--fresh", "--jobs", "1"]) in {0, 1}
    assert run(out, "-o", report) == 0
    return out, report


def rows(book: Path, sheet: str) -> list[dict[str, object]]:
    lines = [[c.value for c in row] for row in loaded(book, data_only=True)[sheet].iter_rows()]
    titles = [str(t) for t in lines[2]]
    return [dict(zip(titles, line, strict=True)) for line in lines[3:]]


def number(value: object) -> Decimal:
    return Decimal(str(value))


def test_the_chapters_are_the_templates(merged: tuple[Path, Path]) -> None:
    told = chapters(merged[1])
    assert list(told) == ["", *(text for kind, text in SUMMARY if kind == "1")]
    assert told[""] == ["2023年度\n预算绩效自评情况汇总报告"]


def test_ranking_scores_and_grades_are_those_of_the_workbook(merged: tuple[Path, Path]) -> None:
    book, report = merged
    units = rows(book, "汇总")
    ranked = [u for u in units if u["名次"] is not None]
    shown = table(report, "名次")[1:]
    assert [r[:2] + r[3:4] for r in shown] == [[plain(number(u["名次"])), plain(number(u["年度"])), u["单位"]] for u in ranked]
    assert [(r[6], r[8]) for r in shown] == [(plain(number(u["计算得分"])), u["等级"]) for u in ranked]
    shares = sorted(number(u["计算得分"]) / number(u["分值合计"]) * 100 for u in ranked)
    told = chapters(report)["二、总体结果"]
    average, middle = (plain(round_to(v, 2)) for v in (sum(shares, Decimal(0)) / len(shares), median(shares)))
    highest, lowest = plain(round_to(shares[-1], 2)), plain(round_to(shares[0], 2))
    assert told[0] == f"全部指标都能计分的自评表{len(ranked)}份，按满分100分折算，平均{average}分，中位数{middle}分，最高{highest}分，最低{lowest}分。"
    grades = Counter(u["等级"] for u in ranked)
    assert all(f"“{g}”的{n}份，占{plain(round_to(Decimal(n) / len(ranked) * 100, 2))}%" in told[1] for g, n in grades.items())
    bins = Counter(min(int(s // 10), 9) for s in shares)
    assert all(f"{b * 10}-{b * 10 + 10}分的{n}份" in chapters(report)["四、得分分布"][0] for b, n in bins.items())


def test_problems_are_counted_and_suggestions_are_their_remedies(merged: tuple[Path, Path]) -> None:
    book, report = merged
    found = rows(book, "问题清单")
    counts = Counter(str(f["问题"]) for f in found)
    shown = table(report, "序号")[1:]
    assert {(r[2].partition(" ")[2], int(r[3])) for r in shown} == set(counts.items())
    assert [int(r[3]) for r in shown] == sorted(counts.values(), reverse=True)
    for line in chapters(report)["六、工作建议"]:
        told = re.fullmatch(r"（.）针对“(.+?)”（([0-9]+)项(?:，涉及([0-9]+)个单位)?），(.+)", line)
        assert told is not None, line
        assert int(told[2]) == counts[told[1]]
        assert told[4] == REMEDIES[told[1]]
        units = {f["单位"] for f in found if f["问题"] == told[1] and f["单位"]}
        assert int(told[3] or 0) == len(units)


def test_what_was_not_sent_in_is_named(merged: tuple[Path, Path]) -> None:
    told = "".join(chapters(merged[1])["一、报送情况"])
    assert "应报送名单中未报送的单位2个：某市甲局、某市乙局。" in told or "某市甲局" in told
    states = rows(merged[0], "报送情况")
    assert f"未采用{sum(s['情况'] not in {'已汇总', '名单外', '未报送'} for s in states)}个" in told


def test_charts_are_native(merged: tuple[Path, Path]) -> None:
    found = parts(merged[1])
    assert sum(n.startswith("word/charts/chart") for n in found) == 3
    assert sum(n.startswith("word/embeddings/") for n in found) == 3


def test_the_same_workbook_gives_the_same_bytes(merged: tuple[Path, Path], tmp_path: Path) -> None:
    assert run(merged[0], "-o", tmp_path / "again.docx") == 0
    assert (tmp_path / "again.docx").read_bytes() == merged[1].read_bytes()


def test_rows_of_indicators_are_not_read_however_many_they_are(merged: tuple[Path, Path], tmp_path: Path) -> None:
    """Their sheet is beyond repair here: whoever reads it is found out."""
    data = merged[0].read_bytes()
    with zipfile.ZipFile(merged[0]) as archive:
        detail = sheet_parts(archive)["指标明细"]
    (tmp_path / "汇总.xlsx").write_bytes(with_part(data, detail, b"<worksheet"))
    assert [f.location.sheet for f in read_workbook(tmp_path / "汇总.xlsx").findings] == ["指标明细"]
    assert run(tmp_path / "汇总.xlsx", "-o", tmp_path / "a.docx") == 0
    assert (tmp_path / "a.docx").read_bytes() == merged[1].read_bytes()


def test_a_table_without_points_is_not_called_one_with_rows_that_could_not_be_scored(merged: tuple[Path, Path]) -> None:
    overview = read_overview(read_workbook(merged[0]))
    scored = next(u for u in overview.units if u.share is not None)
    units = [scored, scored._replace(weight=Decimal(0), total=Decimal(0)), scored._replace(rank=None, unscored=2)]
    told = overview_story(replace(overview, units=units)).values["总体结果"]
    assert "另有1份自评表因有指标未能计分，不评定等级" in told
    assert "另有1份自评表因没有计入分值的指标（分值合计为0），不评定等级" in told
    alone = overview_story(replace(overview, units=units[1:2])).values["总体结果"]
    assert alone.startswith("1份自评表因没有计入分值的指标")


def test_a_damaged_sheet_stops_the_report(merged: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for sheet in ("分类统计", "问题清单"):
        with zipfile.ZipFile(merged[0]) as archive:
            part = sheet_parts(archive)[sheet]
        (tmp_path / "汇总.xlsx").write_bytes(with_part(merged[0].read_bytes(), part, b"<worksheet"))
        assert run(tmp_path / "汇总.xlsx", "-o", tmp_path / "a.docx") == 2
        assert sheet in capsys.readouterr().err
        assert not (tmp_path / "a.docx").exists()


def test_a_sheet_without_its_headings_is_told(merged: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = loaded(merged[0])
    book["汇总"]["B3"] = "机构"
    book.save(tmp_path / "a.xlsx")
    assert run(tmp_path / "a.xlsx", "-o", tmp_path / "a.docx") == 2
    assert "汇总" in capsys.readouterr().err
    assert not (tmp_path / "a.docx").exists()


def test_the_document_of_merge_agrees(merged: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["merge", str(merged[0].parent / "in"), "-o", str(tmp_path / "b.xlsx"), "--jobs", "1", "--json"])
    answer = json.loads(capsys.readouterr().out)
    told = chapters(merged[1])["一、报送情况"][0]
    assert f"共收到报送文件{answer['files']['found']}个，已汇总{answer['files']['merged']}个，未采用{answer['files']['refused']}个；" in told
