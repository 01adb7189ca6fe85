"""Which rule set a form is scored by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perfeval_xl.rulesets.choose import choose
from tests.support.rows import indicator, submission

FORM = submission(indicator(level1="产出指标"), indicator(level1="效益指标"), indicator(level1="满意度指标"))


@pytest.mark.parametrize(
    ("title", "department", "year", "expected"),
    [
        ("项目支出绩效自评表", "安徽省某局", 2023, "national-project-2020"),
        ("项目支出绩效自评表", "四川省某局", 2023, "sichuan-project-2023"),
        ("项目支出绩效自评表", "四川省某局", 2022, "national-project-2020"),
        ("项目自评表", "湖北省某馆", 2022, "hubei-project-2020"),
        ("项目支出绩效自评表", "江西省某厅", 2017, "jiangxi-project-2017"),
    ],
)
def test_a_province_goes_before_the_nation_from_the_year_of_its_form(title: str, department: str, year: int, expected: str) -> None:
    ruleset, reason = choose(replace(FORM, title=title, department=department, year=year), None)
    assert ruleset.id == expected
    assert reason


def test_the_workbooks_own_rule_set_goes_before_its_form_and_the_users_before_both() -> None:
    own = replace(FORM, title="项目支出绩效自评表", ruleset="beijing-project-2016")
    assert choose(own, None)[0].id == "beijing-project-2016"
    assert choose(own, "hubei-project-2020")[0].id == "hubei-project-2020"


def test_a_form_nobody_knows_falls_to_the_national_one() -> None:
    assert choose(submission(indicator(level1="甲")), None)[0].id == "national-project-2020"
