"""The command line as users meet it: real files, exit status, Chinese messages, nothing on stdout but the answer."""

from __future__ import annotations

import json
import tomllib
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl import Workbook

from perfeval_xl.cli import main
from perfeval_xl.core.findings import KINDS
from perfeval_xl.rulesets.loader import available

SAMPLES = Path(__file__).parents[2] / "workbooks" / "samples"


def test_the_seed_report_is_scored_as_published(capsys: pytest.CaptureFixture[str]) -> None:
    """元岗街道 2023: 产出 20.00, 效益 19.9, together 39.9; the misplaced actual is found."""
    assert main(["score", str(SAMPLES / "yuangang-2023.xlsx"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ruleset"]["id"] == "guangzhou-department-2023"
    assert [(s["name"], s["weight"], s["score"], s["reported"], s["count"], s["bands"]) for s in answer["sections"]] == [
        ("产出指标", "20", "20.00", "20", 6, {"60-100%": 6}),
        ("效益指标", "20", "19.9", "19.9", 5, {"60-100%": 5}),
    ]
    assert answer["total"]["score"] == "39.9"
    tax = next(i for i in answer["indicators"] if i["name"] == "代征出租屋综合税")
    assert (tax["completion"], tax["score"], tax["weight"], tax["cell"]) == ("0.9866", "3.9", "4", "自评表!H11")
    assert [(f["kind"], f["sheet"], f["cell"]) for f in answer["findings"] if f["severity"] != "info"] == [("actual-in-rate-column", "自评表", "F11")]


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.xlsx")), ids=lambda p: p.stem)
def test_every_sample_is_read_whole(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every row of the data file comes back, in order, with its weight."""
    status = main(["score", str(sample), "--json", "--trace"])
    answer = json.loads(capsys.readouterr().out)
    data = tomllib.loads((SAMPLES.parent / "data" / f"{sample.stem}.toml").read_text(encoding="utf-8"))
    rows = [r["name"] for r in data["rows"]]
    assert [i["name"] for i in answer["indicators"] if i["name"] != "预算执行率"] == rows
    assert status == int(any(f["severity"] == "error" for f in answer["findings"]))
    assert all(i["trace"] for i in answer["indicators"])
    weights = sum(Decimal(r.get("weight", "0").replace("/", "0")) for r in data["rows"]) + Decimal(data.get("execution", {}).get("weight", "0"))
    assert Decimal(answer["total"]["weight"]) == weights


def test_the_trace_can_be_followed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["score", str(SAMPLES / "yuangang-2023.xlsx"), "--trace"])
    out = capsys.readouterr().out
    assert "完成率＝493.3÷500＝0.9866" in out
    assert "得分＝4×0.9866＝3.9464，四舍五入保留 1 位小数＝3.9" in out
    assert "'[yuangang-2023.xlsx]自评表'!H11" in out


def _no_workbook(folder: Path) -> Path:
    path = folder / "a.xlsx"
    path.write_text("这不是工作簿", encoding="utf-8")
    return path


def _zip(folder: Path) -> Path:
    path = folder / "b.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.txt", "x")
    return path


def _truncated(folder: Path) -> Path:
    path = folder / "c.xlsx"
    path.write_bytes((SAMPLES / "yuangang-2023.xlsx").read_bytes()[:3000])
    return path


def _no_table(folder: Path) -> Path:
    book = Workbook()
    book.save(folder / "d.xlsx")
    return folder / "d.xlsx"


def _bomb(folder: Path) -> Path:
    path = folder / "e.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x")
        for part in range(5):
            archive.writestr(f"xl/{part}", b"0" * 100_000_000)
    return path


def _old(folder: Path) -> Path:
    path = folder / "f.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    return path


def _encrypted(folder: Path) -> Path:
    path = folder / "g.xlsx"
    with (SAMPLES / "yuangang-2023.xlsx").open("rb") as plain, path.open("wb") as locked:
        OOXMLFile(plain).encrypt("口令", locked)
    return path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_no_workbook, "[a.xlsx]：不是可读取的工作簿：这是纯文本，没有分成列"),
        (_zip, "[b.xlsx]：不是可读取的工作簿：这是压缩包，其中没有工作簿的内容"),
        (_truncated, "[c.xlsx]：不是可读取的工作簿：文件不是 Excel 工作簿，或传输、保存时已损坏"),
        (_no_table, "[d.xlsx]：未找到指标表：各工作表中都没有指标表的表头"),
        (_bomb, "[e.xlsx]：工作簿不安全：“xl/0”解压后是压缩时的"),
        (_old, "[f.xls]：不是可读取的工作簿：文件不是 Excel 工作簿，或已损坏"),
        (_encrypted, "[g.xlsx]：工作簿设有打开密码：文件设有打开密码"),
        (lambda folder: folder / "h.xlsx", "[h.xlsx]：不是可读取的工作簿：文件不存在"),
        (lambda folder: folder, "不是可读取的工作簿：这是一个文件夹"),
    ],
)
def test_a_file_that_cannot_be_read_gives_one_clear_sentence(make, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    assert main(["score", str(make(tmp_path)), "--json"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err
    assert len(shown.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score", "x.xlsx", "--ruleset", "nirgends"], "没有名为“nirgends”的规则集。可用的规则集："),
        (["score", "x.xlsx", "--ruleset", "no/where.toml"], "找不到规则集文件“no/where.toml”。"),
        (["score"], "缺少参数“文件”。运行 perfeval --help 查看用法。"),
        (["scor", "x"], "没有这个命令。"),
        (["merge", "x"], "缺少参数“--output”。"),
        (["merge", "x", "-o", "y.xlsx", "--jobs", "0"], "“--jobs”的取值不正确，应为 1 至 256 的整数。"),
        (["score", "x", "--jso"], "没有“--jso”这个选项。"),
        (["score", "x", "--ruleset"], "选项“--ruleset”缺少取值"),
        (["explain", "x"], "没有名为“x”的问题。"),
        (["rulesets", "x"], "没有名为“x”的规则集。"),
    ],
)
def test_wrong_use_is_answered_in_chinese(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err


def test_every_kind_is_explained_and_every_rule_set_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for kind, entry in KINDS.items():
        assert main(["explain", kind]) == 0
        assert entry.title in capsys.readouterr().out
    for path in available():
        assert main(["rulesets", path.stem]) == 0
        assert "依据" in capsys.readouterr().out


def test_errors_found_give_exit_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(SAMPLES / "tianchang-2022.xlsx")]) == 1
    assert "blank-full-marks" in capsys.readouterr().out
