"""Rule set files: the shipped ones hold, a broken one is refused with file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfeval_xl.rulesets import loader
from perfeval_xl.rulesets.loader import RulesetError, available, from_text, load

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


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("score_places = 2", 'score_places = "abc"', "规则集文件“x.toml”的“rounding.第1项.score_places”有误：应为整数。"),
        ("step = 5", "stp = 5", "规则集文件“x.toml”的“rules.第2项.steps.step”有误：缺少该项。"),
        ("step = 5", "step = 0", "规则集文件“x.toml”的“rules.satisfaction.step”有误：应大于 0。"),
        ('reference = "form"', 'reference = "frm"', "规则集文件“x.toml”的“rules.cost-control.reference”有误：依据“frm”没有在 references 中列出。"),
        ("from_share = 0.9", "from_share = true", "规则集文件“x.toml”的“grades.第1项.grades.第1项.from_share”有误：应为数字。"),
        ("up_to = [10, 15, 20]", "up_to = [10, 15]", "规则集文件“x.toml”的“rules.cost-control.points”有误：得分个数应比区间上限多一个，分值应大于 0。"),
        ("places = 2", "places = = 2", "规则集文件“x.toml”不是有效的 TOML：第 27 行第 16 列。请检查该处的引号、括号和等号。"),
    ],
)
def test_a_broken_file_is_refused_with_file_and_place(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(RulesetError) as caught:
        from_text(TEXT.replace(old, new, 1), "x.toml")
    assert str(caught.value) == message


def test_a_bureaus_own_file_goes_before_a_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = TEXT.replace("江西省项目支出绩效自评（2017年）", "本局规则", 1)
    (tmp_path / "jiangxi-project-2017.toml").write_text(own.replace('title = "江西省项目支出绩效自评（2017年）"', 'title = "本局规则"', 1), encoding="utf-8")
    monkeypatch.setenv(loader.FOLDER_VARIABLE, str(tmp_path))
    assert load("jiangxi-project-2017").title == "本局规则"
    assert load(str(tmp_path / "jiangxi-project-2017.toml")).title == "本局规则"
