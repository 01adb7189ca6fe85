"""`report` on one table: every number is the workbook's, every text is text, bad input leaves nothing behind."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from perfeval_xl.core.checks import full_audit
from perfeval_xl.core.decimals import ZERO, plain, round_to
from perfeval_xl.core.findings import Location, Severity, finding
from perfeval_xl.core.model import NOWHERE, Evaluation, Execution, Fund, Money, MoneyLine, Status
from perfeval_xl.report.accounts import fund_rows, money_rows, money_sentences
from perfeval_xl.report.narration import evaluation_story, missing_sections
from perfeval_xl.report.points import lost_sentences, parts_of, target_text
from perfeval_xl.report.remarks import MAX_REMARKS, remarks_of
from perfeval_xl.report.word.blank import DEPARTMENT, PROJECT
from perfeval_xl.report.wording import TO_FILL, amount
from perfeval_xl.rulesets.loader import load
from perfeval_xl.workbook.assess import Assessment, Request, assess
from perfeval_xl.workbook.forms.form import Entry, FormRow, FundRow
from perfeval_xl.workbook.forms.template import Filling, write_self_evaluation
from tests.support.document import SAMPLES, W, chapters, opened, parts, run, table
from tests.support.reading import loaded

ALL = sorted(p.name for p in SAMPLES.glob("*.xlsx"))
HEADINGS = "自评指标"
FACTS = {
    "部门职能": "1.贯彻法律法规。\n2.承担公共服务。", "年度工作任务": "一是抓安全。", "整体绩效目标": "完成年度目标 & <任务>。", "绩效管理情况": "制度健全。", "主要问题": "指标不够细化 {{ 7*7 }} {_{x}_} {% raw %}。",
    "改进措施": "（一）加强学习。\n\n（二）细化指标。", "填报人": "张三", "联系电话": "020-12345678", "填报日期": "2024-03-15",
}  # fmt: skip


def done_of(path: Path) -> Assessment:
    return assess(path, Request())


@pytest.fixture
def department(tmp_path: Path) -> Path:
    """Our own form of a department, filled in, with money."""
    rows = [
        ("产出指标", "数量指标", FormRow("检查场次", "≥", Entry(100), "场", Entry(95), Decimal(10), "受汛期影响", "检查记录")),
        ("产出指标", "质量指标", FormRow("合格率", "≥", Entry("95%"), "", Entry("96.5%"), Decimal(10))),
        ("效益指标", "经济效益", FormRow("税收", "≥", Entry(500), "万元", Entry(493.3), Decimal(10))),
        ("效益指标", "服务对象满意度", FormRow("满意度", "≥", Entry(90), "%", Entry(92), Decimal(10))),
    ]  # fmt: skip
    path = tmp_path / "部门.xlsx"
    write_self_evaluation(path, load("guangzhou-department-2023"), Filling(2023, "某市水利局", "", rows, [], [FundRow()] * 3, FACTS))
    book = loaded(path)
    money = book["收支情况"]
    for cell, value in {"B4": 9200, "C4": 9121, "E4": 7486.72, "B5": 9130, "C5": 9120.18, "E5": 7671.62, "B9": 0, "C9": 0, "D9": 0, "B10": 8.5, "C10": 8, "D10": 7.2, "B11": 2.1, "C11": 2, "D11": 2.6,
                        "B12": 3, "C12": 3, "D12": 2.8}.items():  # fmt: skip
        money[cell] = value
    for name in "BCD":
        money[f"{name}8"] = sum(money[f"{name}{r}"].value for r in (9, 10, 11))
    book.save(path)
    return path


def test_the_own_form_comes_out_sentence_by_sentence(department: Path, tmp_path: Path) -> None:
    out = tmp_path / "报告.docx"
    assert run(department, "-o", out) in {0, 1}
    told = chapters(out)
    assert list(told) == ["", *(text for kind, text in DEPARTMENT if kind in {"1", "2"})]
    assert told[""][:2] == ["附件2", "2023年度某市水利局\n部门整体支出绩效自评报告"]
    assert told["（一）部门职能"] == ["1.贯彻法律法规。", "2.承担公共服务。"]
    assert told["（三）部门整体支出绩效目标"] == ["完成年度目标 & <任务>。"]
    assert told["（四）部门整体收支情况"][:5] == [
        f"本部门本年决算收入9,121万元，与上年对比增加1,634.28万元，增长21.83%。增长原因：{TO_FILL}。",
        f"决算支出9,120.18万元，与上年对比增加1,448.56万元，增长18.88%。增长原因：{TO_FILL}。",
        "本年支出预算9,130万元，支出决算9,120.18万元，预算执行率99.89%。",
        "“三公”经费支出9.8万元，未超本年预算（10万元），比上年减少0.8万元，下降7.55%。",
        ("其中：因公出国（境）费支出0万元，未超本年预算（0万元），与上年持平；公务用车购置及运行维护费支出7.2万元，未超本年预算（8万元），比上年减少1.3万元，下降15.29%；"
        "公务接待费支出2.6万元，超出本年预算0.6万元（2万元），比上年增加0.5万元，增长23.81%。"),
    ]
    assert told["（五）部门整体绩效管理情况"] == [
        "制度健全。", "2023年，部门整体共设立产出指标2个，其中数量指标1个，质量指标1个；效益指标2个，其中经济效益指标1个，服务对象满意度指标1个。",
    ]  # fmt: skip
    assert told["（一）自评结论"] == ["2023年度部门整体支出绩效自评分值40分，自评得分39.4分。", "“管理效率”部分没有填写，以上为已填写部分的分值和得分，不评定等级。", "“三公”经费支出未超本年预算。"]
    assert told["（二）履职效能分析"] == [
        "履职效能指标分值40分，自评得分39.4分，包括2个产出指标和2个效益指标。",
        "2023年共设置产出指标2个，分值20分，每个指标评分为9.5-10分，完成率在60%以上的指标有2个，合计得分为19.5分。",
        "2023年共设置效益指标2个，分值20分，每个指标评分为9.9-10分，完成率在60%以上的指标有2个，合计得分为19.9分。",
        "“检查场次”目标值≥100场，实际完成95场，完成率95%，扣0.5分，扣分原因：受汛期影响。",
        f"“税收”目标值≥500万元，实际完成493.3万元，完成率98.66%，扣0.1分，扣分原因：{TO_FILL}。",
    ]
    assert told["（三）管理效率分析"][0] == TO_FILL
    assert told["三、存在的主要问题"] == ["指标不够细化 {{ 7*7 }} {_{x}_} {% raw %}。"]
    assert told["四、下一步改进措施"][:5] == ["（一）加强学习。", "（二）细化指标。", "某市水利局", "2024年3月15日", "（填报人：张三，联系电话：020-12345678）"]
    assert table(out, HEADINGS)[1:3] == [
        ["产出指标", "数量指标", "检查场次", "≥100场", "95场", "95%", "10", "9.5", "受汛期影响"], ["产出指标", "质量指标", "合格率", "≥95%", "96.5%", "101.58%", "10", "10", ""],
    ]  # fmt: skip
    assert table(out, "序号") == [["序号", "指标", "佐证材料"], ["1", "检查场次", "检查记录"]]


def expected_rows(evaluation: Evaluation) -> Iterator[list[str]]:
    """The table as the workbook and the engine have it, worked out apart from the code that writes it."""
    for section in evaluation.sections:
        rows = [s for s in evaluation.scores if s.indicator.level1 == section.name and not s.indicator.is_execution]
        if not rows:
            continue
        for s in rows:
            row = s.indicator
            value = row.score if row.score is not None else s.score
            yield [
                re.sub(r"\s", "", row.level1), re.sub(r"\s", "", row.level2), plain(s.weight or ZERO), plain(value) if value is not None else "未计分",
                "" if s.completion is None else plain(round_to(s.completion * 100, 2)) + "%",
            ]  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_every_number_of_the_table_and_the_text_is_the_workbooks(name: str, tmp_path: Path) -> None:
    out = tmp_path / "a.docx"
    run(SAMPLES / name, "-o", out)
    evaluation = done_of(SAMPLES / name).evaluation
    rows = table(out, HEADINGS)[1:]
    sums = [r for r in rows if r[0].endswith("综合得分") or r[0] == "自评总分"]
    shown = [[re.sub(r"\s", "", r[0]), re.sub(r"\s", "", r[1]), r[6], r[7], r[5]] for r in rows if r not in sums]
    merged = [s for s in evaluation.scores if not s.indicator.is_execution and s.indicator.score_rows != 1]
    for found, (wanted, score) in zip(shown, zip(expected_rows(evaluation), [s for s in evaluation.scores if not s.indicator.is_execution], strict=True), strict=True):
        if score in merged:
            continue
        states = {Status.NOT_APPLICABLE: "不适用", Status.ALTERNATIVE: "二选一，不计分", Status.DETAIL: "不计分"}
        wanted[3] = states.get(score.status, wanted[3])
        if score.completion is None:
            found[4] = ""
        if score.weight is None:
            wanted[2] = TO_FILL
        assert found == wanted, name
    for section, line in zip([p for p in parts_of(evaluation) if p.rows], sums, strict=False):
        assert line[6:8] == [plain(section.weight), plain(section.score) if section.score is not None else TO_FILL]
    allowed = numbers_of(evaluation)
    told = chapters(out)
    generated = [t for head in ("（一）自评结论", "（二）履职效能分析", "（二）绩效指标完成情况分析", "（三）管理效率分析") for t in told.get(head, ())]
    rules = done_of(SAMPLES / name).ruleset
    assert [p.text for p in opened(out).paragraphs if p.text.startswith("注：得分按")] == [f"注：得分按“{rules.title}”（规则集 {rules.id}）计算。"]
    for text in generated:
        if text.startswith("注：得分按"):
            continue
        bare = re.sub(r"“[^”]*”目标值.*?(?=，完成率|，扣)|扣分原因：.*|完成率在[^，]*的", "", text)
        for number in re.findall(r"[0-9]+(?:\.[0-9]+)?", bare):
            assert number in allowed, (name, number, text)


def numbers_of(evaluation: Evaluation) -> set[str]:
    """Every number a sentence about points may hold."""
    out = {str(evaluation.submission.year), plain(evaluation.weight), plain(evaluation.total)}
    if evaluation.reported is not None:
        out.add(plain(evaluation.reported))
    found = parts_of(evaluation)
    known = [p.score for p in found if p.score is not None]
    stated = [v for s in evaluation.scores if (v := s.indicator.score if s.indicator.score is not None else s.score) is not None]
    out.add(plain(sum(stated, ZERO)))
    out |= {plain(sum(known, ZERO)), plain(sum((p.weight for p in found), ZERO)), str(evaluation.unscored)}
    for p in found:
        out |= {str(len(p.counted)), plain(p.weight), str(p.unscored), *(str(n) for _, n in p.bands)}
        out |= {plain(v) for v in (p.score, p.computed, *(s.score for s in p.rows)) if v is not None}
        for s in p.rows:
            value = s.indicator.score if s.indicator.score is not None else s.score
            if value is not None and s.weight is not None:
                out |= {plain(value), plain(s.weight - value)}
            if s.completion is not None:
                out.add(plain(round_to(s.completion * 100, 2)))
    kinds = {(s.indicator.level1, s.indicator.level2) for s in evaluation.scores}
    out |= {str(sum((s.indicator.level1, s.indicator.level2) == k for s in evaluation.scores)) for k in kinds}
    return out


def test_the_published_report_comes_out_with_its_numbers(tmp_path: Path) -> None:
    out = tmp_path / "a.docx"
    assert run(SAMPLES / "yuangang-2023.xlsx", "-o", out) == 0
    rows = table(out, HEADINGS)
    assert [r[6:8] for r in rows if "得分" in r[0] or r[0] == "自评总分"] == [["20", "20"], ["20", "19.9"], ["40", "39.9"]]
    tax = next(r for r in rows if r[2] == "代征出租屋综合税")
    assert tax == ["效益指标", "经济效益", "代征出租屋综合税", "500万元", "493.3万元", "98.66%", "4", "3.9", ""]
    assert len([r for r in rows[1:] if r[2] and "得分" not in r[0] and r[0] != "自评总分"]) == 11


def test_a_score_that_the_rules_contradict_stands_beside_theirs(tmp_path: Path) -> None:
    book = load_workbook(SAMPLES / "yuangang-2023.xlsx")
    book["自评表"]["H5"] = 2
    book.save(tmp_path / "a.xlsx")
    out = tmp_path / "a.docx"
    run(tmp_path / "a.xlsx", "-o", out)
    notes = [p.text for p in opened(out).paragraphs if p.text.startswith("注：")]
    assert len(notes) == 2
    assert "填报2分，计算3." in notes[1]
    assert table(out, HEADINGS)[2][7] == "2"


def test_what_the_unit_writes_itself_stands_before_what_the_numbers_say_and_nothing_twice(department: Path, tmp_path: Path) -> None:
    income = "本部门本年决算收入9,121万元，与上年对比增加1,634.28万元，增长21.83%。增长原因：新增城中村治理经费，支付上年欠款等。"
    book = loaded(department)  # as import leaves the form: with rows for what the unit's own report says
    for row, (label, text) in enumerate({"收支情况说明": f"{income}\n我局支出严格按预算执行，支出增长的主要原因是人员增加。", "履职效能分析": "我局各项指标完成良好。", "管理效率分析": "管理制度健全。"}.items(), 20):
        book["基本情况"][f"A{row}"], book["基本情况"][f"B{row}"] = label, text
    book.save(department)
    out = tmp_path / "报告.docx"
    run(department, "-o", out)
    told = chapters(out)
    assert told["（四）部门整体收支情况"][:4] == [
        income, "我局支出严格按预算执行，支出增长的主要原因是人员增加。", "决算支出9,120.18万元，与上年对比增加1,448.56万元，增长18.88%。增长原因：人员增加。",
        "本年支出预算9,130万元，支出决算9,120.18万元，预算执行率99.89%。",
    ]  # fmt: skip
    assert told["（二）履职效能分析"][:2] == ["我局各项指标完成良好。", "履职效能指标分值40分，自评得分39.4分，包括2个产出指标和2个效益指标。"]
    assert told["（三）管理效率分析"][0] == "管理制度健全。"


def test_a_sign_that_only_an_import_supposed_is_not_said(department: Path, tmp_path: Path) -> None:
    """The row of the source says 4次: the form needs a direction, the document must not add one. One that is not the supposed one was chosen."""
    book = loaded(department)
    sheet, origins = book["自评表"], book.create_sheet("导入来源")
    for row, text in enumerate(("检查场次 100场 95场 95% 10 9.5", "合格率 ≥95% 96.5% 10 10", "税收 500 万元 493.3"), 4):
        name = text.split()[0]
        at = next(r for r in range(5, 60) if sheet[f"C{r}"].value == name)
        origins[f"C{row}"], origins[f"E{row}"] = f"自评表!C{at}", text
        if name == "税收":
            sheet[f"D{at}"] = "≤"
    book.save(department)
    out = tmp_path / "报告.docx"
    run(department, "-o", out)
    shown = {r[2]: r[3] for r in table(out, HEADINGS)[1:]}
    assert {n: shown[n] for n in ("检查场次", "合格率", "税收", "满意度")} == {"检查场次": "100场", "合格率": "≥95%", "税收": "≤500万元", "满意度": "≥90%"}


def test_a_sum_without_some_rows_says_so(department: Path, tmp_path: Path) -> None:
    book = loaded(department)
    sheet = book["自评表"]
    at = next(r for r in range(5, 60) if sheet[f"C{r}"].value == "合格率")
    sheet[f"G{at}"] = None
    book.save(department)
    out = tmp_path / "报告.docx"
    run(department, "-o", out)
    told = chapters(out)["（二）履职效能分析"]
    assert told[0].endswith("包括2个产出指标和2个效益指标；自评得分为已计分指标的合计，另有1项未计分。")
    assert told[1].endswith("，另有1项未计分，已计分的指标合计得分为9.5分。")
    assert told[2].endswith("，合计得分为19.9分。")


def test_findings_beyond_those_that_are_remarks_are_counted() -> None:
    done = done_of(SAMPLES / "yuangang-2023.xlsx").evaluation
    findings = [finding("unreadable-part", Location("a.xlsx"), str(i)) for i in range(MAX_REMARKS + 7)]
    found = remarks_of(done, findings)
    assert "另有7项问题未列入批注" in found.texts[-1]
    assert "另有" not in remarks_of(done, findings[:MAX_REMARKS]).texts[-1]


def test_part_of_the_points_has_no_grade_and_the_whole_has_one(department: Path) -> None:
    done = done_of(department)
    rules = done.ruleset.at(done.evaluation.day)
    assert done.evaluation.grade == "优"
    assert missing_sections(done.evaluation, rules) == ["管理效率"]
    assert "等级为" not in evaluation_story(done.evaluation, rules, []).values["自评结论"]
    managed = done.evaluation.scores[0]
    managed = managed._replace(indicator=managed.indicator._replace(level1="管理效率"))
    assert missing_sections(replace(done.evaluation, scores=[*done.evaluation.scores, managed]), rules) == []
    assert missing_sections(replace(done.evaluation, weight=Decimal(100)), rules) == []


@pytest.mark.parametrize(
    ("account", "income", "expenditure"),
    [
        ("决算收入与支出均增加，主要原因是人员增加。", "人员增加", "人员增加"),
        ("收入90万元；支出80万元，下降原因：厉行节约；其他略。", None, None),
        ("决算支出80万元。“三公”经费支出3万元，增长原因：车辆维修。", None, None),
        ("决算收入90万元。增长原因：【待填】。", None, None),
        ("本年收入增加。", None, None),
    ],
)
def test_a_reason_is_taken_only_for_what_it_is_given_for(account: str, income: str | None, expenditure: str | None) -> None:
    money = Money([MoneyLine(s, s, Decimal(120), Decimal(100), None, None, "", "", NOWHERE) for s in ("income", "expenditure")], "万元")
    told = money_sentences(money, [account])
    assert [t.partition("增长原因：")[2] for t in told[:2]] == [f"{r or TO_FILL}。" for r in (income, expenditure)]


def test_money_growth_that_the_amounts_contradict_is_said_beside_it(tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    source = load_workbook(SAMPLES / "yuangang-2023.xlsx")
    money = source.create_sheet("收支情况")
    for row in (["单位：万元"], ["项目", "本年决算数", "上年决算数", "增减额", "增长率"], ["本年收入", 9121, 7486.72, 1634.28, "17.9%"], ["本年支出", 9120.18, 7671.62, 1448.56, "18.9%"]):
        money.append(row)
    source.save(tmp_path / "a.xlsx")
    assert money_sentences(done_of(tmp_path / "a.xlsx").evaluation.submission.money)[:2] == [
        f"本部门本年决算收入9,121万元，与上年对比增加1,634.28万元，增长17.9%（按两年数据计算为21.83%，请核对）。增长原因：{TO_FILL}。",
        f"决算支出9,120.18万元，与上年对比增加1,448.56万元，增长18.9%。增长原因：{TO_FILL}。",
    ]


def line(subject: str = "income", current: str = "100", previous: str = "", change: str = "", growth: str = "", budget: str = "", rate: str = "") -> MoneyLine:
    numbers = [Decimal(t) if t else None for t in (current, previous, budget, change)]
    return MoneyLine(subject, "本年收入", numbers[0], numbers[1], numbers[2], numbers[3], growth, rate, NOWHERE)


@pytest.mark.parametrize(
    ("one", "said", "change", "rate"),
    [
        (line(previous="80"), "增加20万元，增长25%。", "20", "25%"),
        (line(previous="80", growth="25%", change="20"), "增加20万元，增长25%。", "20", "25%"),
        (line(previous="80", growth="0.25"), "增加20万元，增长25%。", "20", "25%"),
        (line(previous="80", growth="25"), "增加20万元，增长25%。", "20", "25%"),
        (line(previous="80", growth="35%"), "增加20万元，增长35%（按两年数据计算为25%，请核对）。", "20", "35%（计算为25%，请核对）"),
        (line(previous="80", growth="-25%"), "增加20万元，增长-25%（按两年数据计算为25%，请核对）。", "20", "-25%（计算为25%，请核对）"),
        (line(previous="80", change="30"), "增加30万元（按两年数据计算为增加20万元，请核对），增长25%。", "30（计算为20，请核对）", "25%"),
        (line(previous="125", growth="-20%"), "减少25万元，下降20%。", "-25", "-20%"),
        (line(change="20", growth="25%"), "增加20万元，增长25%。", "20", "25%"),
        (line(change="20"), "增加20万元，增长25%。", "20", "25%"),
        (line(growth="25%"), "增长25%。", "", "25%"),
        (line(growth="-25%"), "下降25%。", "", "-25%"),
        (line(previous="0"), "增加100万元。", "100", ""),
        (line(previous="100", change="5"), "增加5万元（按两年数据计算为持平，请核对）", "5（计算为0，请核对）", ""),
    ],
)  # fmt: skip
def test_a_growth_is_the_same_in_the_sentence_and_in_the_table(one: MoneyLine, said: str, change: str, rate: str) -> None:
    told = money_sentences(Money([one, one._replace(subject="three-public", budget=Decimal(200))], "万元"))
    assert told[0].startswith(f"本部门本年决算收入100万元，与上年对比{said}")
    assert f"（200万元），比上年{said}" in told[2]
    row = money_rows(Money([one], "万元"))[0]
    assert (row["增减额"], row["增长率"]) == (change, rate)


@pytest.mark.parametrize(
    ("stated", "said", "cell"),
    [("", "80%", "80%"), ("80%", "80%", "80%"), ("0.8", "80%", "80%"), ("80", "80%", "80%"), ("0.95", "95%（按预算数计算为80%，请核对）", "95%（计算为80%，请核对）"), ("95%", "95%（按预算数计算为80%，请核对）", "95%（计算为80%，请核对）")],
)  # fmt: skip
def test_an_execution_rate_is_the_same_in_the_sentence_and_in_the_table(stated: str, said: str, cell: str) -> None:
    money = Money([line("expenditure", budget="125", rate=stated)], "万元")
    assert money_sentences(money)[2] == f"本年支出预算125万元，支出决算100万元，预算执行率{said}。"
    assert money_rows(money)[0]["执行率"] == cell


def test_the_years_budget_is_not_the_adjusted_one_where_both_are_given() -> None:
    fund = Fund("年度资金总额", {"initial": "100", "annual": "110", "adjusted": "120"}, "90", "", NOWHERE)
    assert [r["全年预算数"] for r in fund_rows(Execution(fund, None, None, [fund._replace(budgets={"annual": "", "adjusted": "120"})]), None)] == ["110", "120"]


def test_a_blank_form_is_a_report_with_places_to_fill_in_and_no_number_invented(tmp_path: Path) -> None:
    from perfeval_xl.cli import main  # noqa: PLC0415

    for ruleset in ("guangzhou-department-2023", "national-project-2020"):
        main(["new", str(tmp_path / f"{ruleset}.xlsx"), "--ruleset", ruleset, "--department", "某局", "--year", "2024"])
        out = tmp_path / f"{ruleset}.docx"
        assert run(tmp_path / f"{ruleset}.xlsx", "-o", out) in {0, 1}
        told = chapters(out)
        plan = DEPARTMENT if "department" in ruleset else PROJECT
        assert list(told) == ["", *(text for kind, text in plan if kind in {"1", "2"})]
        text = "\n".join(t for lines in told.values() for t in lines).removeprefix("附件2")
        assert set(re.findall(r"[0-9]+", text)) <= {"2024"}, text
        assert text.count(TO_FILL) > 8


def test_a_project_report_has_its_funds(tmp_path: Path) -> None:
    out = tmp_path / "a.docx"
    run(SAMPLES / "zhongjiang-2022.xlsx", "-o", out)
    told = chapters(out)
    assert list(told) == ["", *(text for kind, text in PROJECT if kind in {"1", "2"})]
    done = done_of(SAMPLES / "zhongjiang-2022.xlsx").evaluation
    score = next(s for s in done.scores if s.indicator.is_execution)
    assert score.completion is not None
    assert f"预算执行率{plain(round_to(score.completion * 100, 2))}%" in told["（四）项目资金情况"][0]
    assert done.submission.execution is not None
    spent = amount(Decimal(done.submission.execution.total.spent.replace(",", "").removesuffix("万元")))
    assert table(out, "项目资金")[1][3] == spent
    assert f"全年执行数{spent}万元" in told["（四）项目资金情况"][0]


def test_the_same_input_gives_the_same_bytes(department: Path, tmp_path: Path) -> None:
    for name in ("a.docx", "b.docx"):
        run(department, "-o", tmp_path / name, "--annotate", "comments")
    assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes()


def test_table_rows_stay_whole_headings_repeat_and_levels_are_merged(tmp_path: Path) -> None:
    out = tmp_path / "a.docx"
    run(SAMPLES / "yuangang-2023.xlsx", "-o", out)
    made = next(t for t in opened(out).tables if t.rows[0].cells[0].text == HEADINGS)
    assert made.rows[0]._tr.find(f"{W}trPr/{W}tblHeader") is not None
    assert all(r._tr.find(f"{W}trPr/{W}cantSplit") is not None for r in made.rows)
    merges = [[c.find(f"{W}tcPr/{W}vMerge").get(f"{W}val") if c.find(f"{W}tcPr/{W}vMerge") is not None else "" for c in r._tr.iter(f"{W}tc")][:2] for r in made.rows[1:7]]
    assert merges == [["restart", "restart"], ["continue", "continue"], ["continue", "continue"], ["continue", "restart"], ["continue", "continue"], ["continue", ""]]
    text = parts(out)["word/document.xml"].decode()
    assert not re.search("[\ufdd0-\ufdef]", text)
    assert "{{" not in text
    assert "{%" not in text


def test_the_chart_is_native_and_its_workbook_holds_the_sections(tmp_path: Path) -> None:
    out = tmp_path / "a.docx"
    run(SAMPLES / "yuangang-2023.xlsx", "-o", out)
    found = parts(out)
    assert b"drawingml.chart+xml" in found["[Content_Types].xml"]
    assert b"charts/chart1.xml" in found["word/_rels/document.xml.rels"]
    assert b"embeddings/chart1.xlsx" in found["word/charts/_rels/chart1.xml.rels"]
    assert b'<c:externalData r:id="rId1">' in found["word/charts/chart1.xml"]
    sheet = load_workbook(io.BytesIO(found["word/embeddings/chart1.xlsx"]))["图表数据"]
    assert [list(r) for r in sheet.iter_rows(values_only=True)][:3] == [["部分", "分值", "得分"], ["产出指标", 20, 20], ["效益指标", 20, 19.9]]
    values = re.findall(rb"<c:v>([^<]*)</c:v>", found["word/charts/chart1.xml"])
    assert {b"20", b"19.9"} <= set(values)


def test_findings_are_remarks_beside_their_rows_or_an_annex(tmp_path: Path) -> None:
    done = done_of(SAMPLES / "yuangang-2023.xlsx")
    findings = full_audit(done.evaluation.submission, done.evaluation, done.ruleset.at(done.evaluation.day)).findings
    assert findings
    out = tmp_path / "a.docx"
    assert run(SAMPLES / "yuangang-2023.xlsx", "-o", out, "--annotate", "comments") == 0
    comments = parts(out)["word/comments.xml"].decode()
    told = "\n".join(c.text for c in opened(out).comments)
    assert all(f.message in told for f in findings)
    assert "w:date" not in comments
    body = parts(out)["word/document.xml"].decode()
    assert body.count("<w:commentRangeStart") == body.count("<w:commentReference") == len(list(opened(out).comments))
    run(SAMPLES / "yuangang-2023.xlsx", "-o", out, "--annotate", "annex")
    annex = table(out, "序号")
    assert [(r[2], r[4]) for r in annex[1:]] == [(f"{f.location.sheet}!{f.location.cell}".strip("!"), f.found) for f in findings]
    run(SAMPLES / "yuangang-2023.xlsx", "-o", out)
    assert "word/comments.xml" not in parts(out)


def test_control_characters_are_shown_and_long_texts_are_kept(department: Path) -> None:
    from dataclasses import replace  # noqa: PLC0415

    done = done_of(department)
    facts = {**done.evaluation.submission.facts, "部门职能": "甲\x01乙\a丙\ufdd0丁" + "长" * 5000}
    story = evaluation_story(replace(done.evaluation, submission=replace(done.evaluation.submission, facts=facts)), done.ruleset.at(done.evaluation.day), [])
    assert story.values["部门职能"] == "甲�乙�丙�丁" + "长" * 5000


def test_errors_are_named_on_the_screen_and_the_report_is_written_all_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = load_workbook(SAMPLES / "yuangang-2023.xlsx")
    book["自评表"]["E6"] = "50%"
    book.save(tmp_path / "a.xlsx")
    assert run(tmp_path / "a.xlsx", "-o", tmp_path / "a.docx") == 1
    shown = capsys.readouterr()
    assert "请改正后重新生成报告" in shown.out
    assert "'[a.xlsx]自评表'!" in shown.out
    assert "报告已写入" in shown.err
    assert (tmp_path / "a.docx").is_file()
    done = done_of(tmp_path / "a.xlsx")
    errors = [f for f in full_audit(done.evaluation.submission, done.evaluation, done.ruleset.at(done.evaluation.day)).findings if f.severity is Severity.ERROR]
    assert f"有 {len(errors)} 项错误" in shown.out
    assert lost_sentences(parts_of(done.evaluation))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("missing", "文件不存在"), ("damaged", "PE101"), ("empty", "PE1"), ("no table", "PE105"), ("two tables", "--sheet"), ("folder", "文件夹"), ("ruleset", "规则集"),
        ("same", "输入文件"), ("ending", ".docx"), ("no folder", "不存在"), ("no output", "输出文件"),
    ],
)  # fmt: skip
def test_bad_input_says_why_and_writes_nothing(how: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out, more = tmp_path / "a.xlsx", tmp_path / "a.docx", []
    source.write_bytes((SAMPLES / "yuangang-2023.xlsx").read_bytes())
    out.write_bytes(b"old")
    if how == "missing":
        source = tmp_path / "b.xlsx"
    elif how == "damaged":
        source.write_bytes(source.read_bytes()[:3000])
    elif how == "empty":
        source.write_bytes(b"")
    elif how == "no table":
        Workbook().save(source)
    elif how == "two tables":
        book = load_workbook(source)
        copied = book.copy_worksheet(book["自评表"])
        copied["H5"] = 1
        book.save(source)
    elif how == "folder":
        source = tmp_path
    elif how == "ruleset":
        more = ["--ruleset", "none-such"]
    elif how == "same":
        source = tmp_path / "b.docx"
        source.write_bytes((SAMPLES / "yuangang-2023.xlsx").read_bytes())
    target: Path | None = {"same": source, "ending": tmp_path / "a.doc", "no folder": tmp_path / "x" / "a.docx", "no output": None}.get(how, out)
    arguments = [source, *(["-o", target] if target is not None else []), *more]
    before = source.read_bytes() if source.is_file() else b""
    assert run(*arguments) == 2
    assert message in capsys.readouterr().err
    assert out.read_bytes() == b"old"
    assert not (tmp_path / "a.doc").exists()
    assert (source.read_bytes() if source.is_file() else b"") == before


def test_a_direction_column_gives_the_target_its_sign() -> None:
    from perfeval_xl.core.model import Indicator  # noqa: PLC0415

    def row(target: str, direction: str, unit: str) -> Indicator:
        return Indicator("", "", "甲", target, "", None, direction=direction, unit=unit)

    written = [target_text(row(*cells)) for cells in (("95", "≥", "%"), ("≥95%", "≥", "%"), ("95%", "≥", "%"), ("30", "<", "万元"), ("达标", "定性", ""), ("4次", "", ""), ("", "≥", "个"))]
    assert written == ["≥95%", "≥95%", "≥95%", "＜30万元", "达标", "4次", ""]


def test_the_day_is_the_forms_own(department: Path, tmp_path: Path) -> None:
    book = loaded(department)
    facts = book["基本情况"]
    cell = next(facts.cell(r, 2) for r in range(1, facts.max_row + 1) if facts.cell(r, 1).value == "填报日期")
    cell.value = datetime.date(2024, 4, 1)
    book.save(tmp_path / "a.xlsx")
    run(tmp_path / "a.xlsx", "-o", tmp_path / "a.docx")
    assert "2024年4月1日" in chapters(tmp_path / "a.docx")["四、下一步改进措施"]


def test_a_sentence_about_the_indicators_that_the_unit_wrote_is_not_said_twice(department: Path, tmp_path: Path) -> None:
    book = loaded(department)
    own = "预算申报时编制了绩效目标，部门整体共设立产出指标 2 个，效益指标 2 个。"
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value == "制度健全。"]
    assert len(cells) == 1
    cells[0].value = own
    book.save(department)
    assert run(department, "-o", tmp_path / "报告.docx") in {0, 1}
    assert chapters(tmp_path / "报告.docx")["（五）部门整体绩效管理情况"] == [own]
