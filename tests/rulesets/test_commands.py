"""`perfeval rulesets` as users meet it: list, export, add; exit status; one JSON document and nothing else."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from perfeval_xl.cli import main
from perfeval_xl.core.parameters import RuleStatus
from perfeval_xl.rulesets import loader, store
from perfeval_xl.rulesets.loader import load
from tests.support.books import cell_of

NAME = "jiangxi-project-2017"
SAMPLES = Path(__file__).parents[2] / "workbooks" / "samples"
Capture = pytest.CaptureFixture[str]


def _exported(folder: Path, name: str = NAME) -> Path:
    path = folder / "规则集.xlsx"
    assert main(["rulesets", name, "-o", str(path)]) == 0
    return path


def _set(path: Path, sheet: str, place: str, value: str) -> str:
    """place: a heading, whose first cell is changed, or an address."""
    book = load_workbook(path)
    cell = place if place.isascii() else cell_of(book[sheet], place)
    book[sheet][cell] = value
    book.save(path)
    return cell


def test_export_edit_add_and_score_by_the_new_rules(tmp_path: Path, own_folder: Path, capsys: Capture) -> None:
    """A floor of 60 % under a name of one's own: found by name, compared with the set it was exported from, used."""
    path = _exported(tmp_path)
    assert capsys.readouterr().out == f"已写入 {path}。修改后运行 perfeval rulesets add {path}\n"
    _set(path, "基本信息", "B6", "本局-2024")
    _set(path, "计分参数", "完成率下限", "60%")
    assert main(["rulesets", "add", str(path), "--json"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    answer = json.loads(shown.out)
    assert answer["ruleset"] == {"id": "本局-2024", "title": load(NAME).title, "status": "from-form"}
    assert (answer["path"], answer["previous"], answer["compared_with"]) == (str(own_folder / "本局-2024.toml"), None, NAME)
    assert answer["changes"] == [
        {"place": "id", "where": "规则集编号", "old": NAME, "new": "本局-2024"},
        {"place": "completion.第1项.floor", "where": "完成率上下限“第1项”完成率下限", "old": "0%", "new": "60%"},
    ]
    changed = [r for r in answer["sample"]["rows"] if r["old"] != r["new"]]
    assert [(r["name"], r["new"]) for r in changed] == [("检查次数", "0")]
    total = answer["sample"]["total"]
    assert Decimal(total["old"]) - Decimal(total["new"]) == Decimal(changed[0]["old"])
    assert load("本局-2024").completion[0].floor == Decimal("0.6")
    assert main(["score", str(SAMPLES / "yuangang-2023.xlsx"), "--ruleset", "本局-2024", "--json"]) in {0, 1}
    assert json.loads(capsys.readouterr().out)["ruleset"]["id"] == "本局-2024"


def test_adding_over_a_shipped_one_says_so_and_the_list_shows_both(tmp_path: Path, own_folder: Path, capsys: Capture) -> None:
    path = _exported(tmp_path)
    _set(path, "基本信息", "B7", "本局规则")
    capsys.readouterr()
    assert main(["rulesets", "add", str(path)]) == 0
    out = capsys.readouterr().out
    assert f"已存入规则集 {NAME}（本局规则）" in out
    assert f"程序自带同一编号的规则集“{NAME}”，以后使用本机存入的这一个。" in out
    assert "改动 1 处" in out
    assert "得分有变化的 0 行" in out
    _set(path, "基本信息", "B7", "本局规则二")
    assert main(["rulesets", "add", str(path)]) == 0
    assert "原有版本另存为：" in capsys.readouterr().out
    assert len(list((own_folder / store.OLDER).iterdir())) == 1
    assert main(["rulesets"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if NAME in line]
    assert len(lines) == 2
    assert "本局规则二" in lines[0]
    assert "本机" in lines[0]
    assert "自带（未采用" in lines[1]
    unconfirmed = sum(p.status is RuleStatus.UNCONFIRMED for _, p in loader.load_toml(loader.SHIPPED / f"{NAME}.toml").parameters())
    assert f"{unconfirmed} 项" in lines[1]


def test_mistakes_are_all_told_and_nothing_is_stored(tmp_path: Path, own_folder: Path, capsys: Capture) -> None:
    path = _exported(tmp_path)
    _set(path, "基本信息", "B6", "a/b")
    floor = _set(path, "计分参数", "完成率下限", "0.6")
    capsys.readouterr()
    assert main(["rulesets", "add", str(path)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert [line.split("：")[0] for line in shown.err.splitlines()] == ["'[规则集.xlsx]基本信息'!B6", f"'[规则集.xlsx]计分参数'!{floor}", "共 2 处有误，规则集未存入，原有规则集没有改动。"]
    assert main(["rulesets", "add", str(path), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["stored"] is False
    assert [(e["sheet"], e["cell"], e["found"]) for e in answer["errors"]] == [("基本信息", "B6", "写的是“a/b”"), ("计分参数", floor, "写的是“0.6”")]
    assert not own_folder.exists()


def test_a_toml_file_is_taken_too_and_refused_with_every_key(tmp_path: Path, own_folder: Path, capsys: Capture) -> None:
    text = (loader.SHIPPED / f"{NAME}.toml").read_text(encoding="utf-8")
    path = tmp_path / "own.toml"
    path.write_text(text.replace(NAME, "own", 1), encoding="utf-8")
    assert main(["rulesets", "add", str(path)]) == 0
    assert "没有可对比的规则集。" in capsys.readouterr().out
    assert load("own").rules == load(NAME).rules
    path.write_text(text.replace("step = 5", "step = 0").replace("late = 0", "late = 2"), encoding="utf-8")
    before = (own_folder / "own.toml").read_bytes()
    assert main(["rulesets", "add", str(path)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "规则集文件“own.toml”的“rules.satisfaction.step”有误：应大于 0。",
        "规则集文件“own.toml”的“rules.date.late”有误：应在 0 到 1（100%）之间。",
        "共 2 处有误，规则集未存入，原有规则集没有改动。",
    ]
    assert main(["rulesets", "add", str(path), "--json"]) == 1
    shown = capsys.readouterr()
    assert [e["message"] for e in json.loads(shown.out)["errors"]] == shown.err.splitlines()[:2]
    assert (own_folder / "own.toml").read_bytes() == before


def test_a_broken_file_among_the_rule_sets_is_named_and_the_others_are_listed(own_folder: Path, capsys: Capture) -> None:
    own_folder.mkdir()
    (own_folder / "broken.toml").write_text("a = ", encoding="utf-8")
    assert main(["rulesets"]) == 1
    shown = capsys.readouterr()
    assert NAME in shown.out
    assert shown.err.startswith("规则集文件“broken.toml”不是有效的 TOML：")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rulesets", "-o", "x.xlsx"], "请写明要导出的规则集编号，例如：perfeval rulesets national-project-2020 -o 规则集.xlsx"),
        (["rulesets", NAME, "-o", "x.csv"], "输出文件“x.csv”的扩展名应为 .xlsx。请更改文件名。"),
        (["rulesets", NAME, "-o", "no/where.xlsx"], "输出文件夹“no”不存在。请先建立该文件夹，或换一个位置。"),
        (["rulesets", "add"], "缺少参数“文件”。"),
        (["rulesets", "add", "no.toml"], "找不到规则集文件“no.toml”。请检查路径。"),
        (["rulesets", "add", "no.xlsx"], "[no.xlsx]：不是可读取的工作簿：文件不存在"),
        (["rulesets", "nirgends"], "没有名为“nirgends”的规则集。可用的规则集："),
        (["rulesets", "a", "b"], "命令的写法不正确"),
    ],
)
def test_wrong_use_is_answered_in_chinese(arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err


def test_help_shows_both_ways(capsys: Capture) -> None:
    assert main(["rulesets", "--help"]) == 0
    assert "用法：perfeval rulesets [编号] [-o 规则集.xlsx] | add 文件" in capsys.readouterr().out
    assert main(["rulesets", "add", "--help"]) == 0
    assert "检查并存入一个规则集" in capsys.readouterr().out
