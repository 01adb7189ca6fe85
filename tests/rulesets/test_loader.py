"""Rule set files: the shipped ones hold, a broken one is refused with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfeval_xl.rulesets import loader
from perfeval_xl.rulesets.loader import RulesetError, available, from_text, load
from perfeval_xl.rulesets.validate import identifier_problem

SHIPPED = [p.stem for p in available()]
TEXT = (Path(loader.__file__).parent / "jiangxi-project-2017.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_rule_set_loads_and_cites_a_source_for_each_parameter(name: str) -> None:
    ruleset = load(name)
    assert ruleset.id == name
    for _, parameter in ruleset.parameters():
        reference = ruleset.references[parameter.reference]
        assert reference.title
        assert reference.source


def test_the_required_rule_sets_are_shipped() -> None:
    assert {
        "guangzhou-department-2023", "guangdong-department", "national-project-2020", "national-project-cost-2021", "hubei-project-2020",
        "sichuan-project-2023", "hunan-department-2018", "beijing-project-2016",
    } <= set(SHIPPED)  # fmt: skip


BROKEN = [
    ("score_places = 2", 'score_places = "abc"', ["rounding.第1项.score_places”有误：应为整数"]),
    ("score_places = 2", "score_places = 7", ["rounding.第1项.score_places”有误：小数位数应在 0 到 6 之间"]),
    ("step = 5", "stp = 5", ["rules.satisfaction.step”有误：缺少该项", "rules.satisfaction.stp”有误：不认识该项，或这种规则不用该项；请检查拼写，或删去"]),
    ("step = 5", "step = 0", ["rules.satisfaction.step”有误：应大于 0"]),
    ('reference = "form"', 'reference = "frm"', ["sections.第1项.reference”有误：依据“frm”没有列在依据（references）中"]),
    ("from_share = 0.9", "from_share = true", ["grades.第1项.grades.第1项.from_share”有误：应为数字"]),
    ("from_share = 0.9", "from_share = nan", ["grades.第1项.grades.第1项.from_share”有误：应为数字"]),
    ("from_share = 0.9", "from_share = 0.7", ["grades.第1项.grades.第2项.from_share”有误：等级应由高到低，每一等的最低比例应低于上一等"]),
    ('{ name = "差", from_share = 0 }', '{ name = "差", from_share = 0.1 }', ["grades.第1项.grades.第4项.from_share”有误：最后一等的最低比例应为 0，否则低分没有等级"]),
    ('name = "良"', 'name = "优"', ["grades.第1项.grades.第2项.name”有误：等级“优”重复"]),
    ("from_rate = 0, to_rate = 0.6", "from_rate = 0, to_rate = 0.7", ["bands.第1项.bands.第2项.to_rate”有误：分段应由高到低，且不与上一段重叠"]),
    ("floor = 0", "floor = 1.1", ["completion.第1项.floor”有误：应在 0 到 1（100%）之间", "completion.第1项.floor”有误：完成率下限高于上限 1"]),
    ("cap = 1", "cap = 100", ["completion.第1项.cap”有误：应大于 0，且不超过 10（1000%）"]),
    ("up_to = [10, 15, 20]", "up_to = [10, 15]", ["rules.cost-control.points.第1项”有误：得分个数应比区间上限多一个"]),
    ("up_to = [10, 15, 20]", "up_to = [10, 20, 15]", ["rules.cost-control.up_to.第3项”有误：区间上限应由小到大"]),
    ("points = [5, 3, 1, 0]", "points = [6, 3, 1, -1]", ["rules.cost-control.points.第1项.points.第1项”有误：得分应在 0 到分值之间",
                                                     "rules.cost-control.points.第1项.points.第4项”有误：得分应在 0 到分值之间"]),
    ("of = 10, points = 1", "of = 0, points = 1", ["rules.satisfaction.deductions.第1项.of”有误：分值应大于 0"]),
    ("of = 10, points = 1", "of = 10, points = -1", ["rules.satisfaction.deductions.第1项.points”有误：扣分应大于 0，且不超过分值"]),
    ("deductions = [{ of = 10, points = 1 }]", "deductions = []", ["rules.satisfaction.deductions”有误：至少要有一项扣分标准"]),
    ("late = 0", "late = 100", ["rules.date.late”有误：应在 0 到 1（100%）之间"]),
    ("over_fulfilled = 1.3", "over_fulfilled = 0.3", ["thresholds.第1项.over_fulfilled”有误：应在 1（100%）到 10（1000%）之间"]),
    ('policy = "redistribute"', 'policy = "none"', ["not_applicable.第1项.policy”有误：取值只能是其中之一：full、redistribute"]),
    ('kind = "steps"', 'kind = "step"', ["rules.satisfaction.kind”有误：规则种类 step 不存在，只能是其中之一：proportional、linear-overrun、inverse-ratio、steps、per-point、interval-table、qualitative、date、yes-no、checklist"]),
    ('id = "lower"', 'id = "satisfaction"', ["rules.satisfaction.id”有误：规则编号“satisfaction”与第2项重复"]),
    ('name = "部分达成"', 'name = "基本达成"', ["rules.qualitative.levels”有误：等次应依次为达成、部分达成、未达成"]),
    ("default = 0.5", "default = 0.9", ["rules.qualitative.levels.第2项.default”有误：默认比例应在下限与上限之间"]),
    ('issuer = "江西省"', 'issuer = " "', ["issuer”有误：不能为空"]),
    ('issuer = "江西省"', 'issuer = "江\\u0007西"', ["issuer”有误：含有不可见的控制字符，请重新输入"]),
    ('id = "jiangxi-project-2017"', 'id = "../x"', ["id”有误：编号只能由小写字母、数字、汉字和连字符“-”组成，连字符不能在首尾，如“本局-2024”"]),
    ("total_places = 2", "total_places = 2\n[[rounding]]\nreference = \"form\"\nstatus = \"confirmed\"", ["rounding.第2项.since”有误：有效期与第1项重叠，同一天只能有一项有效；请填写起止日期"]),
    ("total_places = 2", "total_places = 2\nsince = 2024-01-01\nuntil = 2023-01-01", ["rounding.第1项.since”有误：开始日期晚于结束日期"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "problems"), BROKEN)
def test_a_broken_file_is_refused_with_file_and_place_of_each_problem(old: str, new: str, problems: list[str]) -> None:
    assert old in TEXT
    with pytest.raises(RulesetError) as caught:
        from_text(TEXT.replace(old, new, 1), "x.toml")
    assert str(caught.value).splitlines() == [f"规则集文件“x.toml”的“{problem}。" for problem in problems]


def test_mistakes_in_different_places_are_all_told() -> None:
    text = TEXT.replace("step = 5", "step = 0").replace("late = 0", "late = 2").replace("cap = 1", "cap = 0")
    with pytest.raises(RulesetError) as caught:
        from_text(text, "x.toml")
    assert [line.split("”")[1][2:] for line in str(caught.value).splitlines()] == ["completion.第1项.cap", "rules.satisfaction.step", "rules.date.late"]


def test_a_file_that_is_no_toml_is_refused_with_line_and_column() -> None:
    at = TEXT[: TEXT.index("score_places = 2")].count("\n") + 1
    with pytest.raises(RulesetError, match=f"^规则集文件“x.toml”不是有效的 TOML：第 {at} 行第 16 列。请检查该处的引号、括号和等号。$"):
        from_text(TEXT.replace("places = 2", "places = = 2", 1), "x.toml")
    for hostile in ("x = " + "[" * 100_000, "x = " + "9" * 100_000, 'x = "'):
        with pytest.raises(RulesetError, match="不是有效的 TOML"):
            from_text(hostile, "x.toml")


@pytest.mark.parametrize("content", ["", "rules = 1", "grades = [1]", "rules = [[]]", "references = 3", "a = 1", "rules = [{kind = []}]", "[[rules]]\nid = 3\nkind = 'date'"])
def test_plain_data_of_any_shape_gives_messages_and_no_exception(content: str) -> None:
    with pytest.raises(RulesetError, match=r"^规则集文件“x\.toml”的“"):
        from_text(content, "x.toml")


@pytest.mark.parametrize("identifier", ["本局-2024", "a", "guangzhou-department-2023", "甲" * 50])
def test_good_identifiers(identifier: str) -> None:
    assert identifier_problem(identifier) == ""


@pytest.mark.parametrize(
    "identifier", ["", "A", "a b", "../a", "a/b", "a\\b", "c:", "a.toml", "-a", "a-", "a--b", "con", "com1", "nul", "add", "甲" * 51, "ａ", "a\n", "é", "a\u0301", ".", "~"]
)
def test_identifiers_that_are_no_good_file_names(identifier: str) -> None:
    assert identifier_problem(identifier)


def test_a_file_whose_name_is_not_its_identifier_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other.toml").write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv(loader.FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(RulesetError, match=r"^规则集文件“other.toml”的“id”有误：写的是“jiangxi-project-2017”，应与文件名一致。请改文件名，或改 id。$"):
        load("other")


def test_a_file_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(TEXT, encoding="utf-8")
    assert load(str(path)).issuer == "江西省"
    path.write_text(TEXT.replace('issuer = "江西省"', 'issuer = "江西省某市"'), encoding="utf-8")
    assert load(str(path)).issuer == "江西省某市"


def test_a_bureaus_own_file_goes_before_a_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = TEXT.replace("江西省项目支出绩效自评（2017年）", "本局规则", 1)
    (tmp_path / "jiangxi-project-2017.toml").write_text(own.replace('title = "江西省项目支出绩效自评（2017年）"', 'title = "本局规则"', 1), encoding="utf-8")
    monkeypatch.setenv(loader.FOLDER_VARIABLE, str(tmp_path))
    assert load("jiangxi-project-2017").title == "本局规则"
    assert load(str(tmp_path / "jiangxi-project-2017.toml")).title == "本局规则"
