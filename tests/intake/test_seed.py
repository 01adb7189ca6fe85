"""The published report that began all: every row, amount and chapter comes back, with its place."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from perfeval_xl.cli import main
from perfeval_xl.core.model import Submission
from perfeval_xl.workbook.assess import Request, assess
from perfeval_xl.workbook.read import read_workbook
from tests.support.office import converted, needs_office

SEED = Path(__file__).parents[3] / "shared" / "seed" / "000_965cae3f05103f67.txt"
pytestmark = [pytest.mark.published, pytest.mark.skipif(not SEED.is_file(), reason="the published report is not beside this repository; nothing in the product needs it")]

# level1, level2, name, target, actual, rate, weight, score: as printed
ROWS = [
    ("产出指标", "数量指标", "保洁面积", "保洁面积258256.8万平方米", "保洁面积258256.8万平方米", "100%", "3.34", "3.34"),
    ("产出指标", "数量指标", "投诉案件完成率", "100%完成", "100%完成", "100%", "3.33", "3.33"),
    ("产出指标", "数量指标", "举办文化活动场数", "4次", "4次", "100%", "3.33", "3.33"),
    ("产出指标", "质量指标", "未成年保护站工作人员上门走访服务工作", "上门服务满意率（90%）", "上门服务满意率（90%）", "100%", "3.33", "3.33"),
    ("产出指标", "质量指标", "垃圾清运率", "日产日清", "100%完成", "100%", "3.33", "3.33"),
    ("产出指标", "时效指标", "根据上级养老服务指导中心指引，完成相应工作。", "达标", "达标", "100%", "3.34", "3.34"),
    ("效益指标", "经济效益", "代征出租屋综合税", "500万元", "500万元", "493.3万元", "4", "3.9"),
    ("效益指标", "社会效益", "服务机构评估合格率", "100%", "100%", "100%", "4", "4"),
    ("效益指标", "生态效益", "虫蚊媒密度", "控制在标准内", "控制在标准内", "100%", "4", "4"),
    ("效益指标", "可持续发展", "宜居环境", "打造“更干净、更整洁、更平安、更有序”城区宜居环境，持续性发挥效能。", "按要求落实环卫各项工作，完成任务指标。", "100%", "4", "4"),
    ("效益指标", "服务对象满意度", "居家养老服务总体满意度", "≥95%", "≥95%", "100%", "4", "4"),
]
NARRATIVES = {  # label → paragraphs, beginning, end
    "部门职能": (11, "1.宣传贯彻党的路线、方针、政策和国家的法律、法规，执行上级的决议、决定。", "11.完成区委、区政府交办的其他任务。"),
    "年度工作任务": (5, "一是着眼经济发展，发掘元岗企业潜力。按照“疫情要防住、经济要稳住、发展要安全”的要求", "打造人民满意的服务型政府。"),
    "整体绩效目标": (1, "全面贯彻落实习近平总书记对广东重要讲话和指示批示精神，紧跟区委、区政府工作部署", "六是着眼政府服务，助力元岗推陈出新。"),
    "绩效管理情况": (2, "我街的绩效目标完成情况良好", "可持续性指标1个，服务对象满意度指标1个。"),
    "自评结论": (1, "2023年，根据我街年初工作规划和重点性工作", "资金使用管理需进一步加强。"),
    "主要问题": (1, "预算编制前根据年度内单位可预见的工作任务", "存在部分项目绩效指标未设置完整的问题。"),
    "改进措施": (4, "（一）加强学习，提高思想认识。组织单位财务人员认真学习", "进一步提高我街预算编制质量。"),
}


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seed") / "自评表.xlsx"
    assert main(["import", str(SEED), "-o", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def submission(form: Path) -> Submission:
    return assess(form, Request()).evaluation.submission


def test_all_eleven_rows_come_back_with_every_cell(submission: Submission) -> None:
    def written(text: str, unit: str) -> str:
        return text + unit if unit and text.replace(".", "").isdigit() else text

    read = [
        (r.level1, r.level2, r.name, ("≥" if r.name.startswith("居家") else "") + written(r.target, r.unit), written(r.actual, r.unit), r.rate, str(r.weight), str(r.score))
        for r in submission.indicators
    ]  # fmt: skip
    assert read == ROWS


def test_sections_total_and_the_misplaced_actual(form: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(form), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ruleset"]["id"] == "guangzhou-department-2023"
    assert [(s["name"], s["weight"], s["score"], s["reported"], s["count"]) for s in answer["sections"]] == [("产出指标", "20", "20.00", "20", 6), ("效益指标", "20", "19.9", "19.9", 5)]
    assert (answer["total"]["score"], answer["total"]["reported"]) == ("39.9", "39.9")
    tax = next(i for i in answer["indicators"] if i["name"] == "代征出租屋综合税")
    assert (tax["completion"], tax["score"], tax["reported_score"]) == ("0.9866", "3.9", "3.9")


def test_the_check_finds_what_is_wrong_in_the_report_and_nothing_in_its_money(form: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(form), "--json"]) == 0
    findings = json.loads(capsys.readouterr().out)["files"][0]["findings"]
    assert [(f["kind"], f["cell"]) for f in findings if f["severity"] != "info"] == [
        ("unscored-section", ""), ("implausible-quantity", "G5"), ("actual-in-rate-column", "H18"), ("missing-reason", "K18"),
    ]  # fmt: skip


def test_the_six_numbers_of_income_and_expenditure(submission: Submission) -> None:
    assert submission.money is not None
    income, spent = submission.money.lines
    assert (income.label, income.current, income.change, income.growth) == ("本年收入", Decimal(9121), Decimal("1634.28"), "21.8%")
    assert (spent.label, spent.current, spent.change, spent.growth) == ("本年支出", Decimal("9120.18"), Decimal("1448.56"), "18.9%")
    assert {line.previous for line in (income, spent)} == {None}  # the report states no amount of last year: none is invented


def test_every_chapter_comes_back_whole(submission: Submission) -> None:
    source = "".join(SEED.read_text(encoding="utf-8").split())
    for label, (count, beginning, end) in NARRATIVES.items():
        told = submission.facts[label].split("\n")
        assert (label, len(told)) == (label, count)
        assert told[0].startswith(beginning)
        assert told[-1].endswith(end)
        assert all("".join(line.split()) in source.replace("\n3\n", "") for line in told), label
    assert (submission.department, submission.year) == ("广州市天河区人民政府元岗街道办事处", 2023)


def test_no_word_of_the_report_is_lost(form: Path) -> None:
    """Every line of the source stands somewhere in the workbook; page numbers and the head of the table aside."""
    everything = "".join("".join(str(v) for row in g.rows for v in row if v is not None) for g in read_workbook(form).grids)
    everything = "".join(everything.split())
    lines = ["".join(line.split()) for line in SEED.read_text(encoding="utf-8").splitlines()]
    first, last = lines.index("自评指标"), lines.index("评得分")
    headings = {"附件2", "3", *(line for line in lines if line.startswith(("一、", "二、", "三、", "四、", "（一）部", "（二）年", "（三）部", "（四）部", "（五）部", "（一）自评", "（二）履", "（三）管")))}
    lost = [line for i, line in enumerate(lines) if line and not first <= i <= last and line not in headings and line not in everything]
    assert lost == []


def test_each_value_names_its_place_in_the_source(form: Path) -> None:
    grid = next(g for g in read_workbook(form).grids if g.sheet == "导入来源")
    places = {grid.own(r, 2): (grid.own(r, 3), grid.own(r, 4)) for r in range(4, grid.height + 1)}
    assert places["指标“代征出租屋综合税”"] == ("自评表!C18", "第 364 行")
    assert places["本年收入·增长率"] == ("收支情况!G4", "第 198 行")
    assert places["主要问题"] == ("基本情况!B11", "第 442 行")


@needs_office
@pytest.mark.office
def test_an_office_program_calculates_the_same_total(form: Path, tmp_path: Path) -> None:
    (done,) = converted([form], tmp_path, "xlsx")
    grid = next(g for g in read_workbook(done).grids if g.sheet == "自评表")
    total = next(r for r in range(1, grid.height + 1) if grid.own(r, 1) == "总分")
    assert (grid.own(total, 9), grid.own(total, 10)) == ("40", "39.9")
