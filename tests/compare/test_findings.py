"""What comparisons find, whole lists with exact texts; and the near misses that must stay quiet."""

from __future__ import annotations

from decimal import Decimal

from perfeval_xl.compare.declared import compare_with_declaration
from perfeval_xl.compare.peers import compare_peers, duplicates
from perfeval_xl.compare.previous import compare_with_previous
from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.findings import Finding
from perfeval_xl.core.model import Evaluation, Indicator, Place, Submission
from perfeval_xl.rulesets.loader import load

COLUMNS = {"name": "C", "target": "D", "actual": "E", "weight": "F", "score": "G", "reason": "H"}
RULESET = load("national-project-2020")


def row(name: str, target: str, actual: str = "", number: int = 4, weight: str = "10", reason: str = "", columns: dict[str, str] = COLUMNS, sheet: str = "自评表") -> Indicator:
    place = Place("a.xlsx", sheet, number, columns)
    return Indicator("产出指标", "数量指标", name, target, actual, Decimal(weight), reason=reason, place=place)


def table(*rows: Indicator, file: str = "a.xlsx", department: str = "某市水利局", year: int | None = 2023, project: str = "") -> Submission:
    return Submission(file, "自评表", "2023年度项目支出绩效自评表", department, year, rows, project=project, form="project")


def declared(*rows: Indicator) -> Submission:
    return table(*(r._replace(place=r.place._replace(file="申报.xlsx", sheet="申报表")) for r in rows), file="申报.xlsx")


def told(found: list[Finding]) -> list[tuple[str, str, str, str, str]]:
    return [(f.kind.kind, f.severity.value, f.location.cell, f.found, f.expected) for f in found]


def test_a_changed_target_is_shown_old_and_new_side_by_side() -> None:
    found = compare_with_declaration(declared(row("培训人数", "≥200人")), table(row("培训人数", "≥100人", number=9)))
    assert told(found) == [
        ("target-changed", "warning", "D9", "“培训人数”的目标值，申报表（申报表!D4）为“≥200人”，自评表为“≥100人”", "≥200人，或在备注中说明调整依据"),
    ]


def test_the_same_target_in_another_unit_is_no_change() -> None:
    assert compare_with_declaration(declared(row("投资额", "2.6亿元")), table(row("投资额", "26000万元"))) == []


def test_a_change_that_the_row_explains_is_only_a_hint() -> None:
    found = compare_with_declaration(declared(row("培训人数", "≥200人")), table(row("培训人数", "≥100人", reason="经财政局批复，目标调整为100人")))
    assert told(found) == [
        ("target-changed", "info", "D4", "“培训人数”的目标值，申报表（申报表!D4）为“≥200人”，自评表为“≥100人”；已说明：经财政局批复，目标调整为100人",
         "≥200人，或在备注中说明调整依据"),
    ]  # fmt: skip


def test_words_about_something_else_explain_no_change_of_the_target() -> None:
    for reason in ("因天气原因延期完成", "无", "本年目标未作调整", "没有变动"):
        (found,) = compare_with_declaration(declared(row("培训人数", "≥200人")), table(row("培训人数", "≥100人", reason=reason)))
        assert found.severity.value == "warning", reason


def test_a_target_adjusted_in_its_own_column_is_only_a_hint() -> None:
    adjusted = row("培训人数", "≥100人", columns={**COLUMNS, "target": "I", "adjusted": "I"})
    (found,) = compare_with_declaration(declared(row("培训人数", "≥200人")), table(adjusted))
    assert (found.severity.value, found.location.cell, found.found.rpartition("；")[2]) == ("info", "I4", "调整后的目标值已在专门的栏中列明")


def test_a_changed_weight_is_reported_at_its_cell() -> None:
    found = compare_with_declaration(declared(row("培训人数", "≥200人", weight="10")), table(row("培训人数", "≥200人", weight="15")))
    assert told(found) == [("target-changed", "warning", "F4", "“培训人数”的分值，申报表（申报表!F4）为 10，自评表为 15", "分值 10，或在备注中说明调整依据")]


def test_a_name_that_is_only_like_is_said_even_where_nothing_else_changed() -> None:
    found = compare_with_declaration(declared(row("服务对象满意率", "≥90%")), table(row("服务对象满意度", "≥90%")))
    assert told(found) == [
        ("target-changed", "info", "C4", "“服务对象满意度”在申报表中的名称为“服务对象满意率”，按名称相近（86%）认作同一指标，目标值没有改变", "与申报表相同的名称"),
    ]


def test_dropped_and_added_indicators() -> None:
    same = row("培训人数", "≥200人")
    found = compare_with_declaration(declared(same, row("按时完成率", "100%", number=5)), table(same, row("带动就业", "≥5人", number=6)))
    assert told(found) == [
        ("indicator-added", "info", "C6", "“带动就业”（目标值“≥5人”）在申报表“申报.xlsx”中没有", "申报表中的指标"),
        ("indicator-dropped", "warning", "", "申报表“申报.xlsx”中的“按时完成率”（申报表!C5），目标值“100%”，在自评表中没有", "申报的全部指标"),
    ]


def test_a_declaration_of_something_else_is_named_once() -> None:
    found = compare_with_declaration(declared(row("道路长度", "≥2公里"), row("绿化面积", "≥2亩")), table(row("培训人数", "≥200人")))
    assert told(found) == [
        ("indicator-dropped", "warning", "", "申报表“申报.xlsx”的 2 项指标在自评表中一项也没有，可能不是同一单位、同一项目的申报表", "与本自评表对应的申报表"),
    ]


def last_year(*rows: Indicator, **about: object) -> Submission:
    return table(*rows, **{"file": "去年.xlsx", "year": 2022, **about})  # type: ignore[arg-type]


def test_a_slip_of_ten_thousand_against_last_year_is_named_as_such() -> None:
    found = compare_with_previous(last_year(row("投资额", "≥50万元", "50万元")), table(row("投资额", "≥50万元", "500000万元")))
    assert told(found) == [
        ("jump-from-last-year", "warning", "E4", "“投资额”的实现值为“500000万元”，2022 年为“50万元”，是上年的 10000 倍，恰好相差“万”，疑似单位填错",
         "与2022 年相近的数量，或在备注中说明变化的原因"),
    ]  # fmt: skip


def test_a_fall_and_a_changed_target_are_measured_too() -> None:
    found = compare_with_previous(last_year(row("培训人数", "≥700人", "720人")), table(row("培训人数", "≥100人", "110人")))
    assert told(found)[0][3] == "“培训人数”的实现值为“110人”，2022 年为“720人”，是上年的 6.5 分之一"
    assert found[0].severity.value == "info"
    found = compare_with_previous(last_year(row("培训人数", "≥7人", "10人")), table(row("培训人数", "≥100人", "20人")))
    assert told(found)[0][2:4] == ("D4", "“培训人数”的目标值为“≥100人”，2022 年为“≥7人”，是上年的 14.3 倍")


def test_usual_growth_other_units_and_rates_are_quiet() -> None:
    quiet = [("100人", "450人"), ("50万元", "0.02亿元"), ("5人", "5000元"), ("60%", "95%"), ("0起", "3起"), ("2022年12月", "2023年12月"), ("良好", "100人")]
    for before, now in quiet:
        assert compare_with_previous(last_year(row("指标甲", "", before)), table(row("指标甲", "", now))) == [], (before, now)


def test_a_file_that_is_not_last_years_is_named_and_not_compared() -> None:
    one, other = row("投资额", "", "1万元"), row("投资额", "", "10000万元")
    cases = [
        (last_year(one, year=2023), "wrong-year", "上年文件“去年.xlsx”是 2023 年度的，本文件是 2023 年度的，未作比较"),
        (last_year(one, year=2020), "wrong-year", "上年文件“去年.xlsx”是 2020 年度的，与 2023 年度相隔不止一年，未作比较"),
        (last_year(one, department="某市环保局"), "jump-from-last-year", "上年文件“去年.xlsx”是“某市环保局”的，本文件是“某市水利局”的，未作比较"),
    ]
    for previous, kind, text in cases:
        assert [(f.kind.kind, f.found) for f in compare_with_previous(previous, table(other))] == [(kind, text)]


def evaluated(*tables: Submission) -> list[Evaluation]:
    return [evaluate(t, RULESET) for t in tables]


def peers(values: list[str], targets: list[str] | None = None) -> list[list[tuple[str, str, str, str, str]]]:
    targets = targets or [""] * len(values)
    found = compare_peers(evaluated(*(table(row("保洁面积", t, v), department=f"街道{i}") for i, (v, t) in enumerate(zip(values, targets, strict=True)))))
    return [told(f) for f in found]


def test_a_quantity_far_outside_the_other_departments_says_why() -> None:
    found = peers(["96万平方米", "80万平方米", "120万平方米", "60万平方米", "258256.8万平方米"])
    assert found == [[], [], [], [], [
        ("implausible-quantity", "warning", "E4",
         "“保洁面积”的实现值“258256.8万平方米”约是 5 个单位同一指标居中值“96万平方米”的 2,690 倍，疑似单位或位数有误", "与同类单位相当的数量，或说明原因"),
    ]]  # fmt: skip


def test_four_departments_wide_spreads_and_equal_amounts_in_other_units_are_quiet() -> None:
    assert not any(peers(["96万平方米", "80万平方米", "120万平方米", "258256.8万平方米"]))
    assert not any(peers(["1平方米", "40平方米", "900平方米", "20000平方米", "800000平方米", "9平方米"]))
    assert not any(peers(["96万平方米", "960000平方米", "0.96平方公里", "96万平方米", "95万平方米", "96公顷"]))
    assert not any(peers(["100平方米", "100平方米", "100平方米", "100平方米", "100平方米", "500平方米"]))


def test_a_target_far_below_the_other_departments_is_too_low() -> None:
    found = peers(["95%"] * 6, ["≥90%", "≥92%", "≥95%", "≥90%", "≥90%", "≥50%"])
    assert found == [[], [], [], [], [], [
        ("target-too-low", "warning", "D4", "“保洁面积”的目标值“≥50%”，6 个单位同一指标的居中值为 90%，低 40 个百分点", "与同类单位相当的目标值，或说明原因"),
    ]]  # fmt: skip
    assert not any(peers(["95%"] * 6, ["≥90%", "≥92%", "≥95%", "≥90%", "≥90%", "≥80%"]))
    assert not any(peers(["5%"] * 6, ["≤90%", "≤92%", "≤95%", "≤90%", "≤90%", "≤5%"]))


def test_one_department_cannot_fill_the_quota_with_copies() -> None:
    tables = [table(row("保洁面积", "", v), department="某市水利局", file=f"{v}.xlsx") for v in ("96亩", "95亩", "94亩", "93亩", "960000亩")]
    assert not any(compare_peers(evaluated(*tables)))


def test_two_files_of_one_department_and_year_are_told_at_both() -> None:
    one, other = row("投资额", "≥1万元", "1万元"), row("投资额", "≥1万元", "2万元")
    found = duplicates([table(one), table(one, file="b.xlsx"), table(other, file="c.xlsx", year=2022), table(one, file="d.xlsx", project="水库")])
    assert [told(f) for f in found] == [
        [("duplicate-submission", "warning", "", "本文件与“b.xlsx”都是“某市水利局”2023 年度的自评表，内容相同", "一份自评表")],
        [("duplicate-submission", "warning", "", "本文件与“a.xlsx”都是“某市水利局”2023 年度的自评表，内容相同", "一份自评表")],
        [], [],
    ]  # fmt: skip
    assert duplicates([table(one, department=""), table(one, department="", file="b.xlsx")]) == [[], []]


def test_two_projects_without_a_name_are_one_only_where_their_indicators_are() -> None:
    dam, school = row("坝体加固", "≥1公里", "1公里"), row("校舍维修", "≥1栋", "1栋")
    assert duplicates([table(dam), table(school, file="b.xlsx")]) == [[], []]
    assert duplicates([table(dam, year=None), table(school, year=None, project="水库", file="b.xlsx")]) == [[], []]
    assert all(duplicates([table(dam), table(dam, file="b.xlsx")]))


def test_units_are_told_apart_as_a_merge_tells_them_apart() -> None:
    one = row("投资额", "≥1万元", "1万元")
    assert duplicates([table(one, department="1-2社区"), table(one, department="12社区", file="b.xlsx")]) == [[], []]
    assert all(duplicates([table(one, department="某市水利局（本级）"), table(one, department="某市 水利局(本级)", file="b.xlsx")]))
