"""Which cells of a form get which value, and which are left and why."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.findings import Location
from perfeval_xl.core.model import Execution, Fund, Indicator, Place, Submission, Total
from perfeval_xl.rulesets.loader import load
from perfeval_xl.workbook.grid import CellValue, Grid, Merge, address, merge_map, position
from perfeval_xl.workbook.recalc import Recalculation, recalculated

SHEET = "自评表"
COLUMNS = {"name": "C", "target": "D", "actual": "E", "rate": "F", "weight": "G", "score": "H", "reason": "I"}
FUND = {"annual": "D", "actual": "E", "weight": "F", "rate": "G", "score": "H"}


def row(line: int, target: str, actual: str, weight: str | None = "10", **more: Any) -> Indicator:
    more.setdefault("level1", "产出指标")
    return Indicator(level2="数量指标", name=f"指标{line}", target=target, actual=actual, weight=Decimal(weight) if weight else None,
                     place=Place("a.xlsx", SHEET, line, COLUMNS), **more)  # fmt: skip


def total(line: int, section: str = "", weight: str | None = None, score: str | None = "1") -> Total:
    return Total(section, Decimal(score) if score else None, Location("a.xlsx", SHEET, f"H{line}"), Decimal(weight) if weight else None)


def run(  # most tests give the first three
    rows: Sequence[Indicator], cells: dict[str, CellValue], totals: Sequence[Total] = (), merges: Sequence[Merge] = (), execution: Execution | None = None,
    formats: dict[str, str] | None = None, errors: dict[str, str] | None = None, formulas: Sequence[str] = (), ruleset: str = "national-project-2020",
) -> Recalculation:  # fmt: skip
    def at(cell: str) -> tuple[int, int]:
        found = position(cell)
        assert found is not None
        return found

    lines: list[list[CellValue]] = [[None] * 9 for _ in range(20)]
    for cell, value in cells.items():
        lines[at(cell)[0] - 1][at(cell)[1] - 1] = value
    grid = Grid("a.xlsx", SHEET, lines, merge_map(merges), {at(c): f for c, f in (formats or {}).items()}, {at(c): e for c, e in (errors or {}).items()},
                formulas=frozenset(map(at, formulas)))  # fmt: skip
    rules = load(ruleset)
    submission = Submission("a.xlsx", SHEET, "项目支出绩效自评表", "某局", 2023, rows, totals, form="project", execution=execution)
    return recalculated(evaluate(submission, rules), rules, [grid])


def changes(done: Recalculation) -> list[tuple[str, str, str, str]]:
    return [(c.cell, c.field, c.old, c.new) for c in done.changes]


def kept(done: Recalculation) -> list[tuple[str, str, str]]:
    return [(k.cell, k.value, k.reason) for k in done.kept]


def test_rates_scores_and_sums_are_written_and_right_ones_are_not() -> None:
    rows = [row(5, "≥100人", "95人", "50", score=Decimal(50)), row(6, "≥100人", "100人", "50", score=Decimal(50))]
    done = run(rows, {"H5": 50, "H6": 50, "F6": "100%", "H7": 100, "H8": 100}, [total(7, "产出指标", "100"), total(8)])
    assert changes(done) == [("F5", "rate", "", "95%"), ("H5", "score", "50", "47.5"), ("H7", "section", "100", "97.5"), ("H8", "total", "100", "97.5")]
    assert kept(done) == []
    assert done.values == {SHEET: {"F5": "95%", "H5": Decimal("47.5"), "H7": Decimal("97.5"), "H8": Decimal("97.5")}}


def test_an_unscored_row_keeps_its_value_and_so_does_a_sum_over_it() -> None:
    rows = [row(5, "≥100人", "完成", score=Decimal(10)), row(6, "≥100人", "90人")]
    done = run(rows, {"H5": 10, "H7": 19, "H8": None}, [total(7, "产出指标"), total(8, score=None)])
    assert changes(done) == [("F6", "rate", "", "90%"), ("H6", "score", "", "9"), ("H8", "total", "", "有 1 项未能计分")]
    assert kept(done) == [("H5", "10", "未能计分，保留原值"), ("H7", "19", "有 1 项未能计分，合计未改写")]


def test_a_qualitative_row_keeps_the_reported_score_and_its_rate_is_not_touched() -> None:
    done = run([row(5, "显著提升", "显著提升", score=Decimal(9))], {"H5": 9, "F5": "100%"})
    assert (changes(done), kept(done)) == ([], [])


def test_an_actual_in_the_rate_column_stays_there() -> None:
    done = run([row(5, "≥500万元", "≥500万元", "4", rate="493.3万元")], {"F5": "493.3万元"})
    assert changes(done) == [("H5", "score", "", "3.95")]
    assert kept(done) == [("F5", "493.3万元", "完成率栏中是实现值，计分时已采用，未改写；请将其移至实现值栏")]


def test_a_merged_score_of_several_rows_gets_their_sum() -> None:
    rows = [row(5, "≥100人", "95人", score=Decimal(20), score_rows=2), row(6, "≥100人", "100人", score_rows=0)]
    done = run(rows, {"H5": 20, "F5": "95%", "F6": "100%"}, merges=[Merge(5, 8, 6, 8)])
    assert changes(done) == [("H5", "score", "20", "19.5")]


def test_a_merged_score_over_an_unscored_row_stays() -> None:
    rows = [row(5, "≥100人", "95人", score=Decimal(20), score_rows=2), row(6, "≥100人", "完成", score_rows=0)]
    done = run(rows, {"H5": 20, "F5": "95%"}, merges=[Merge(5, 8, 6, 8)])
    assert changes(done) == []
    assert kept(done) == [("H5", "20", "未能计分，保留原值")]


def test_a_merged_rate_of_several_rows_is_left() -> None:
    rows = [row(5, "≥100人", "95人", score=Decimal("9.5")), row(6, "≥100人", "100人", score=Decimal(10))]
    done = run(rows, {"H5": 9.5, "H6": 10, "F5": "97%"}, merges=[Merge(5, 6, 6, 6)])
    assert changes(done) == []
    assert {(k.cell, k.reason) for k in done.kept} == {("F5", "几行共用一个合并单元格，或几个数指向同一单元格，未改写")}


def test_a_score_merged_over_rows_that_the_reader_took_apart_is_left() -> None:
    rows = [row(5, "≥100人", "95人"), row(6, "≥100人", "100人")]
    done = run(rows, {"H5": 20, "F5": "95%", "F6": "100%"}, merges=[Merge(5, 8, 6, 8)])
    assert changes(done) == []
    assert {k.cell for k in done.kept} == {"H5"}


def test_a_cell_merged_across_columns_is_written_at_its_first() -> None:
    done = run([row(5, "≥100人", "95人", score=Decimal(10))], {"G5": 10, "F5": "95%"}, merges=[Merge(5, 7, 5, 8)])
    assert changes(done) == [("G5", "score", "10", "9.5")]


def test_words_in_a_score_cell_stay_and_are_named() -> None:
    done = run([row(5, "≥100人", "95人")], {"H5": "见附件", "F5": "达标"})
    assert changes(done) == []
    assert kept(done) == [("F5", "达标", "该格内容不是完成率，未改写；计算结果为 0.95"), ("H5", "见附件", "该格内容不是得分，未改写；计算结果为 9.5")]


def test_the_execution_line_of_the_fund_table_is_filled() -> None:
    fund = Fund("年度资金总额", {"annual": "120"}, "100", "", Place("a.xlsx", SHEET, 3, FUND))
    done = run([row(5, "≥100人", "100人")], {"F5": "100%", "H5": 10}, execution=Execution(fund, Decimal(10), None), formats={"G3": "0.00%"})
    assert changes(done) == [("G3", "rate", "", "83.33%"), ("H3", "score", "", "8.33")]
    assert done.values[SHEET]["G3"] == Decimal("0.8333")


def test_an_execution_rate_without_amounts_is_all_there_is() -> None:
    fund = Fund("年度资金总额", {"annual": ""}, "", "83.3%", Place("a.xlsx", SHEET, 3, FUND))
    done = run([row(5, "≥100人", "100人")], {"F5": "100%", "H5": 10, "G3": "83.3%"}, execution=Execution(fund, Decimal(10), None))
    assert (changes(done), kept(done)) == ([("H3", "score", "", "8.33")], [])


def test_words_with_a_direction_of_numbers_are_words_all_the_same() -> None:
    done = run([row(5, "显著提升", "显著提升", score=Decimal(9), direction="正向指标")], {"H5": 9, "F5": "97%"})
    assert changes(done) == []


def test_scores_on_redistributed_weights_are_not_written_beside_the_printed_ones() -> None:
    rows = [row(5, "≥100人", "95人", score=Decimal(10)), row(6, "/", "/", reason="本年度不适用")]
    done = run(rows, {"F5": "95%", "H5": 10}, [total(7)])
    assert [c.cell for c in done.changes] == ["H7"]
    assert kept(done) == [("H5", "10", "其他指标不适用，分值按比例调整后得分为 19，与表内分值口径不同，保留原值"), ("H6", "", "本年不适用，保留原值")]


def test_error_values_are_replaced_and_shown_as_they_were() -> None:
    done = run([row(5, "≥100人", "95人")], {}, errors={"F5": "#DIV/0!", "H5": "#REF!"}, formulas=["H5"])
    assert [(c.cell, c.old, c.new, c.is_formula) for c in done.changes] == [("F5", "#DIV/0!", "95%", False), ("H5", "#REF!", "9.5", True)]


def test_sums_with_other_weights_or_of_one_name_are_left() -> None:
    rows = [row(5, "≥100人", "95人"), row(6, "≥100人", "90人")]
    done = run(rows, {"F5": "95%", "F6": "90%", "H5": 9.5, "H6": 9, "H7": 9.5, "H8": 9, "H9": 90},
               [total(7, "产出指标"), total(8, "产出指标"), total(9, weight="100")])  # fmt: skip
    assert changes(done) == []
    assert kept(done) == [
        ("H7", "9.5", "有几个同类合计，无法确定各自的范围，未改写"), ("H8", "9", "有几个同类合计，无法确定各自的范围，未改写"),
        ("H9", "90", "合计行的分值为 100，各行分值之和为 20，范围不一致，未改写"),
    ]  # fmt: skip


def test_a_sum_without_a_cell_for_its_score_is_not_written_into_a_label() -> None:
    label = Total("", None, Location("a.xlsx", SHEET, "A9"))
    done = run([row(5, "≥100人", "100人")], {"F5": "100%", "H5": 10, "A9": "合计"}, [label])
    assert (changes(done), kept(done)) == ([], [])


def test_rates_of_deduction_rules_are_not_touched() -> None:
    """Their points are no share of the weight: 95.1 % of the posts is a rate, 100 % of the points is not."""
    one = row(5, "≤100%", "95.1%", "5", level1="投入")._replace(name="在职人员控制率")
    done = run([one], {"F5": "95.1%"}, ruleset="hunan-department-2018")
    assert changes(done) == [("H5", "score", "", "5")]


@pytest.mark.parametrize("sideways", [False, True])
def test_a_table_that_runs_sideways_is_written_in_its_own_cells(sideways: bool) -> None:  # noqa: FBT001  # parametrized
    place = Place("a.xlsx", SHEET, 0, {"score": "8", "rate": "6"}, line="D") if sideways else Place("a.xlsx", SHEET, 5, COLUMNS)
    done = run([row(5, "≥100人", "95人")._replace(place=place)], {})
    assert [c.cell for c in done.changes] == (["D6", "D8"] if sideways else ["F5", "H5"])


def test_a_second_run_changes_nothing() -> None:
    rows = [row(5, "≥100人", "95人", "30"), row(6, "≥3", "1", "7"), row(7, "显著提升", "显著提升", "3"), row(8, "2023年12月", "2023年11月", "10"),
            row(9, "≤10万元", "12万元", "10"), row(10, "5-8人", "6人", "10"), row(11, "0起", "0起", "10")]  # fmt: skip
    cells: dict[str, CellValue] = {"F6": 0.2, "F8": "—", "H9": "3分"}
    totals = [total(12, "产出指标", score=None), total(13, score=None)]
    first = run(rows, cells, totals)
    assert len(first.changes) == 15
    for change in first.changes:
        cells[change.cell] = float(change.value) if isinstance(change.value, Decimal) else change.value
    again = [r._replace(rate=str(cells.get(f"F{r.place.row}") or ""), score=Decimal(str(cells[f"H{r.place.row}"]).removesuffix("分"))) for r in rows]
    assert changes(run(again, cells, totals)) == []
    assert address(5, 8) in cells
