"""The merge, end to end: real workbooks in folders, real worker processes, the workbook read back."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import pytest
from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from perfeval_xl.batch.outcome import head_of
from perfeval_xl.batch.pool import Limits, run_local
from perfeval_xl.batch.sources import Source
from perfeval_xl.batch.work import Job
from perfeval_xl.rulesets.loader import SHIPPED
from tests.support.commands import command
from tests.support.departments import write_departments

pytestmark = pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")  # openpyxl knows no data bars of today
SAMPLES = sorted((Path(__file__).parents[2] / "workbooks" / "samples").glob("*.xlsx"))
SHEETS = ["汇总", "指标明细", "分类统计", "指标汇总", "问题清单", "报送情况", "图表", "运行记录"]


@pytest.fixture
def cache(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "PERFEVAL_CACHE": str(tmp_path / "缓存")}  # inside the folder that is merged: it is no submission


def merge(cache: dict[str, str], *arguments: object) -> tuple[int, dict[str, object], str]:
    done = command("merge", *arguments, "--json", environment=cache)
    return done.code, json.loads(done.out) if done.out else {}, done.err


def merge_apart(cache: dict[str, str], *arguments: object) -> tuple[int, dict[str, object], str]:
    """As a command of its own."""
    done = subprocess.run([sys.executable, "-m", "perfeval_xl.cli", "merge", *map(str, arguments), "--json"], env=cache, capture_output=True, text=True, encoding="utf-8", check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def table(path: Path, sheet: str) -> list[dict[str, object]]:
    """Rows below the headings, as heading → value."""
    rows = list(load_workbook(path)[sheet].iter_rows(values_only=True))
    at = next(i for i, row in enumerate(rows) if sum(v is not None for v in row) > 1)
    titles = [str(v) for v in rows[at]]
    return [dict(zip(titles, row, strict=True)) for row in rows[at + 1 :] if any(v is not None for v in row)]


def form(path: Path, department: str, *, actual: str = "100人", dated: str = "", reason: str = "") -> Path:
    """A small table of one department."""
    path.parent.mkdir(parents=True, exist_ok=True)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "自评表"
    sheet.append(["2023年度项目支出绩效自评表"])
    sheet.append(["填报单位", department, None, "填报日期", dated])
    sheet.append(["一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因分析及改进措施"])
    sheet.append(["产出指标", "数量指标", "培训人数", "≥100人", actual, 60, 60, reason])
    sheet.append(["效益指标", "社会效益指标", "群众满意率", "≥95%", "96%", 40, 40, None])
    for cell in (c for row in sheet.iter_rows() for c in row if isinstance(c.value, str)):
        cell.data_type = "s"  # a text that begins with = is no formula
    book.save(path)
    return path


def test_every_file_is_merged_or_refused_and_the_numbers_reconcile(tmp_path: Path, cache: dict[str, str]) -> None:
    made = write_departments(tmp_path / "报送", 40, seed=5, damaged=0.1, jobs=1)
    code, answer, _ = merge_apart(cache, tmp_path / "报送", "-o", tmp_path / "汇总.xlsx")
    files = answer["files"]
    assert isinstance(files, dict)
    assert files["found"] == files["merged"] + files["refused"]
    assert files["merged"] == len(made.good)
    assert code == 1
    book = load_workbook(tmp_path / "汇总.xlsx")
    assert book.sheetnames == SHEETS
    detail = table(tmp_path / "汇总.xlsx", "指标明细")
    assert sum(g.indicators for g in made.good) <= len(detail)
    assert {str(r["文件"]) for r in detail} == {g.file for g in made.good}
    summary = table(tmp_path / "汇总.xlsx", "汇总")
    assert {r["单位"] for r in summary} == {g.department for g in made.good}
    by_form: list[list[float]] = []  # whole departments, then projects
    last = 0.0
    for row in (r for r in summary if r["名次"] is not None):
        rank = float(str(row["名次"]))
        if not by_form or rank < last:
            by_form.append([])
        last = rank
        by_form[-1].append(float(str(row["计算得分"])) / float(str(row["分值合计"])))
    assert 1 <= len(by_form) <= 2
    for shares in by_form:
        assert shares == sorted(shares, reverse=True)
    record = {(r["类别"], r["名称"]): r["内容"] for r in table(tmp_path / "汇总.xlsx", "运行记录") if r["类别"] == "核对"}
    assert record["核对", "指标行"] == f"读入 {len(detail)}，写入“指标明细” {len(detail)}，一致"
    counts = answer["findings"]
    assert isinstance(counts, dict)
    assert sum(counts.values()) == len(table(tmp_path / "汇总.xlsx", "问题清单"))


def test_a_second_run_reads_nothing_and_one_changed_file_is_read_alone(tmp_path: Path, cache: dict[str, str]) -> None:
    for i in range(5):
        form(tmp_path / "报送" / f"{i}.xlsx", f"某市第{i}局")
    out = tmp_path / "汇总.xlsx"
    _, first, _ = merge(cache, tmp_path / "报送", "-o", out)
    before = out.read_bytes()
    _, second, _ = merge(cache, tmp_path / "报送", "-o", out)
    assert (first["files"], second["files"]) == ({"found": 5, "merged": 5, "refused": 0, "unchanged": 0}, {"found": 5, "merged": 5, "refused": 0, "unchanged": 5})
    assert out.read_bytes() == before
    form(tmp_path / "报送" / "3.xlsx", "某市第3局", actual="50人")
    _, third, _ = merge(cache, tmp_path / "报送", "-o", out)
    assert third["files"] == {"found": 5, "merged": 5, "refused": 0, "unchanged": 4}
    assert [r["计算得分"] for r in table(out, "汇总") if r["单位"] == "某市第3局"] == [70]
    _, fresh, _ = merge(cache, tmp_path / "报送", "-o", out, "--fresh")
    assert fresh["files"] == {"found": 5, "merged": 5, "refused": 0, "unchanged": 0}


def test_an_export_that_takes_the_place_of_an_earlier_one_says_so(tmp_path: Path, cache: dict[str, str]) -> None:
    first, second, export = tmp_path / "第一批", tmp_path / "第二批", tmp_path / "导出"
    for i in range(2):
        form(first / f"{i}.xlsx", f"某市第{i}局")
    form(second / "2.xlsx", "某市第2局")
    _, answer, _ = merge(cache, first, "-o", tmp_path / "汇总.xlsx", "--export", export)
    assert answer["export"] == {"folder": str(export), "replaced": []}
    done = command("merge", second, "-o", tmp_path / "汇总2.xlsx", "--export", export, environment=cache)
    assert "原有的 2023 年度数据（自评表 2 份）已替换为本次汇总的 1 份" in done.out.replace("\n", "")
    _, answer, _ = merge(cache, second, "-o", tmp_path / "汇总2.xlsx", "--export", export)
    assert answer["export"] == {"folder": str(export), "replaced": [{"year": 2023, "before": 1, "now": 1}]}
    _, answer, _ = merge(cache, second, "-o", tmp_path / "汇总2.xlsx")
    assert "export" not in answer, "an output kept from an earlier run says nothing of that run's export"


def test_the_newest_submission_counts_and_the_roster_tells_who_is_missing(tmp_path: Path, cache: dict[str, str]) -> None:
    folder = tmp_path / "报送"
    form(folder / "一.xlsx", "某市水利局", dated="2024年1月10日")
    form(folder / "二.xlsx", "某市水利局", dated="2024年2月10日", actual="50人")
    shutil.copyfile(form(folder / "三.xlsx", "某市教育局"), folder / "四.xlsx")
    form(folder / "五.xlsx", "某市卫生健康委")
    roster = Workbook()
    sheet = roster.active
    assert sheet is not None
    for row in (["单位名称", "联系人"], ["某市水利局", "张三"], ["某市教育局", None], ["某市卫生健康委员会", "李四"]):
        sheet.append(row)
    roster.save(tmp_path / "名单.xlsx")
    _, answer, _ = merge(cache, folder, "-o", tmp_path / "汇总.xlsx", "--roster", tmp_path / "名单.xlsx")
    assert answer["files"] == {"found": 5, "merged": 3, "refused": 2, "unchanged": 0}
    assert [(d["file"], d["kept"]) for d in answer["duplicates"]] == [("一.xlsx", "二.xlsx"), ("三.xlsx", "四.xlsx")]  # type: ignore[attr-defined]
    assert [m["department"] for m in answer["missing"]] == ["某市卫生健康委员会"]  # type: ignore[attr-defined]
    assert answer["unlisted"] == [{"department": "某市卫生健康委", "like": ["某市卫生健康委员会"]}]
    states = {(str(r["情况"]), r["单位"], r["文件"]) for r in table(tmp_path / "汇总.xlsx", "报送情况")}
    assert states == {
        ("未报送", "某市卫生健康委员会", None), ("已有更新的一份", "某市水利局", "一.xlsx"), ("内容重复", "某市教育局", "三.xlsx"), ("已汇总", "某市水利局", "二.xlsx"), ("已汇总", "某市教育局", "四.xlsx"),
        ("名单外", "某市卫生健康委", "五.xlsx"),
    }  # fmt: skip
    statistics = {(r["分类"], r["类别"]): r["自评表份数"] for r in table(tmp_path / "汇总.xlsx", "分类统计") if r["分类"] == "一级指标"}
    assert statistics == {("一级指标", "产出指标"): 3, ("一级指标", "效益指标"): 3}  # what is replaced is not counted
    rolled = {r["指标名称"]: (r["单位数"], r["目标值（汇总）"], r["实现值（汇总）"], r["得分（满分100）"]) for r in table(tmp_path / "汇总.xlsx", "指标汇总")}
    assert rolled == {"培训人数": (3, 300, 250, 83.33), "群众满意率": (3, 95, 96, 100)}


def test_what_looks_like_a_formula_stays_text_everywhere(tmp_path: Path, cache: dict[str, str]) -> None:
    evil = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1"]
    for i, text in enumerate(evil):
        form(tmp_path / "报送" / f"=1+{i}.xlsx", f"{text}第{i}局", reason=text)
    merge(cache, tmp_path / "报送", "-o", tmp_path / "汇总.xlsx")
    for sheet in load_workbook(tmp_path / "汇总.xlsx"):
        assert not [c.coordinate for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert {r["偏差原因"] for r in table(tmp_path / "汇总.xlsx", "指标明细")} == {*(t.strip() for t in evil), None}
    assert {str(r["单位"]) for r in table(tmp_path / "汇总.xlsx", "汇总")} == {f"{t.strip()}第{i}局" for i, t in enumerate(evil)}


def test_the_output_and_earlier_outputs_are_no_inputs(tmp_path: Path, cache: dict[str, str]) -> None:
    form(tmp_path / "一.xlsx", "某市水利局")
    _, first, _ = merge(cache, tmp_path, "-o", tmp_path / "汇总.xlsx")
    _, second, _ = merge(cache, tmp_path, "-o", tmp_path / "汇总2.xlsx")
    assert (first["files"], second["departments"]) == ({"found": 1, "merged": 1, "refused": 0, "unchanged": 0}, 1)
    assert (second["refused"], second["skipped"]) == ([], {"以前的汇总工作簿": 1})


def test_a_blank_form_and_a_mistyped_path_are_told(tmp_path: Path, cache: dict[str, str]) -> None:
    form(tmp_path / "报送" / "一.xlsx", "某市水利局")
    assert command("new", tmp_path / "报送" / "空.xlsx").code == 0
    (tmp_path / "报送" / "气象台.csv").write_text("2023年度项目支出绩效自评表\n填报单位,某市气象台\n一级指标,三级指标,年度指标值,实际完成值,分值,得分\n产出指标,观测次数,≥10次,10次,100,100\n", encoding="utf-8")
    (tmp_path / "报送" / "照片.jpg").write_bytes(b"x")
    _, answer, _ = merge(cache, tmp_path / "报送", "-o", tmp_path / "汇总.xlsx")
    assert answer["departments"] == 2
    assert answer["refused"] == [{"file": "空.xlsx", "reason": "这是没有填写的空白表，各项指标都没有实现值和得分", "kind": "blank-actual"}]
    assert "照片.jpg" in {r["名称"] for r in table(tmp_path / "汇总.xlsx", "运行记录")}
    before = (tmp_path / "汇总.xlsx").read_bytes()
    code, _, said = merge(cache, tmp_path / "没有的夹", "-o", tmp_path / "汇总.xlsx")
    assert code == 2
    assert said.startswith("没有找到“")
    assert (tmp_path / "汇总.xlsx").read_bytes() == before


def test_a_submission_is_never_the_output(tmp_path: Path, cache: dict[str, str]) -> None:
    one = form(tmp_path / "报送" / "一.xlsx", "某市水利局")
    before = one.read_bytes()
    for given in (tmp_path / "报送", one):
        code, _, said = merge(cache, given, "-o", one)
        assert (code, said) == (2, "输出文件“一.xlsx”已经存在，而且不是汇总表，不会被覆盖。请换一个输出文件名或位置。\n")
    assert one.read_bytes() == before


def test_files_of_one_name_in_several_folders_keep_apart(tmp_path: Path, cache: dict[str, str]) -> None:
    paths = [form(tmp_path / unit / "自评表.xlsx", f"某市{unit}", actual=actual) for unit, actual in (("一局", "100人"), ("二局", "50人"))]
    for _ in range(2):  # anew, and from what was kept
        _, answer, _ = merge(cache, *paths, "-o", tmp_path / "汇总.xlsx")
        assert answer["departments"] == 2
        assert {r["单位"]: (r["文件"], r["计算得分"]) for r in table(tmp_path / "汇总.xlsx", "汇总")} == {"某市一局": ("一局/自评表.xlsx", 100), "某市二局": ("二局/自评表.xlsx", 70)}
    links = {c.hyperlink.target for row in load_workbook(tmp_path / "汇总.xlsx")["汇总"].iter_rows() for c in row if c.hyperlink}
    assert links == {"一局/自评表.xlsx", "二局/自评表.xlsx"}


def test_projects_without_a_name_and_hard_links_are_not_lost(tmp_path: Path, cache: dict[str, str]) -> None:
    form(tmp_path / "报送" / "修渠.xlsx", "某市水利局")
    book = load_workbook(tmp_path / "报送" / "修渠.xlsx")
    sheet = book["自评表"]
    sheet["C4"], sheet["C5"] = "修渠公里数", "灌区满意率"
    book.save(tmp_path / "报送" / "种树.xlsx")
    os.link(tmp_path / "报送" / "种树.xlsx", tmp_path / "报送" / "同一.xlsx")
    _, answer, _ = merge(cache, tmp_path / "报送", "-o", tmp_path / "汇总.xlsx")
    assert answer["files"] == {"found": 3, "merged": 2, "refused": 1, "unchanged": 0}
    assert [d["file"] for d in answer["duplicates"]] == ["种树.xlsx"]  # type: ignore[attr-defined]


def test_a_full_disk_or_a_damaged_store_stops_nothing(tmp_path: Path, cache: dict[str, str]) -> None:
    form(tmp_path / "报送" / "一.xlsx", "某市水利局")
    merge(cache, tmp_path / "报送", "-o", tmp_path / "汇总.xlsx")
    for path in (tmp_path / "缓存").glob("outcomes-*.sqlite*"):
        data = bytearray(path.read_bytes())
        data[100:3000] = b"\xff" * len(data[100:3000])
        path.write_bytes(data)
    _, answer, _ = merge(cache, tmp_path / "报送", "-o", tmp_path / "二.xlsx")
    assert answer["departments"] == 1
    _, answer, _ = merge({**cache, "PERFEVAL_CACHE": "/proc/不能写"}, tmp_path / "报送", "-o", tmp_path / "三.xlsx")
    assert answer["departments"] == 1


def test_a_run_without_anything_to_merge_says_so(tmp_path: Path, cache: dict[str, str]) -> None:
    (tmp_path / "空").mkdir()
    code, _, said = merge(cache, tmp_path / "空", "-o", tmp_path / "汇总.xlsx")
    assert (code, said) == (2, "没有找到可以汇总的工作簿。请给出文件夹、文件名、通配符或 zip 压缩包。\n")
    assert not (tmp_path / "汇总.xlsx").exists()


def test_a_dry_run_writes_nothing_and_lists_what_it_would_do(tmp_path: Path, cache: dict[str, str]) -> None:
    shutil.copyfile(form(tmp_path / "报送" / "一.xlsx", "某市水利局"), tmp_path / "报送" / "二.xlsx")
    code, answer, _ = merge(cache, tmp_path / "报送", "-o", tmp_path / "汇总.xlsx", "--dry-run")
    assert code == 0
    assert (answer["files"], answer["read"], answer["same"]) == ({"found": 2, "read": 1, "unchanged": 0, "same": 1, "refused": 0}, ["二.xlsx"], {"一.xlsx": "二.xlsx"})
    assert not (tmp_path / "汇总.xlsx").exists()


@pytest.mark.skipif(os.name == "nt", reason="sockets as on Linux and macOS")
def test_a_deep_folder_for_temporary_files_is_no_hindrance(tmp_path: Path, cache: dict[str, str]) -> None:
    deep = tmp_path.joinpath("temporary", *["deep"] * 20)
    deep.mkdir(parents=True)
    code, answer, said = merge_apart({**cache, "TMPDIR": str(deep)}, *SAMPLES[:3], "-o", tmp_path / "汇总.xlsx")
    assert (code, answer["files"]) == (1, {"found": 3, "merged": 3, "refused": 0, "unchanged": 0}), said
    assert list(deep.iterdir()) == []


def jobs(*paths: Path) -> list[Job]:
    return [Job(i, Source(str(p), "", p.name, 0.0, p.stat().st_size), None) for i, p in enumerate(paths)]


def refusals(given: list[Job], limits: Limits) -> dict[str, str]:
    """Name → what was found, of the files that could not be read; empty for the others."""
    out = {}
    for batch in run_local(given, 2, limits):
        for done in batch:
            head = head_of(done.outcome.head, 0, "", 0.0)
            out[given[done.number].source.name] = head.refused.found if head.refused is not None else ""
    return out


def test_a_file_beyond_the_memory_limit_costs_only_itself(tmp_path: Path) -> None:
    big = Workbook(write_only=True)
    sheet = big.create_sheet("表")
    for i in range(60_000):
        sheet.append([f"{i}-{j}" for j in range(12)])
    big.save(tmp_path / "大.xlsx")
    found = refusals(jobs(*SAMPLES[:3], tmp_path / "大.xlsx"), Limits(memory=60_000_000))
    assert found.pop("大.xlsx").startswith("读取所需内存超过 60 MB，已停止")
    assert found == {p.name: "" for p in SAMPLES[:3]}


def test_a_file_beyond_the_time_limit_costs_only_itself(tmp_path: Path) -> None:
    big = Workbook(write_only=True)
    sheet = big.create_sheet("表")
    for i in range(40_000):
        sheet.append(["产出指标", "数量指标", f"指标{i}", "≥95%", "96%", 1, 1])
    big.save(tmp_path / "慢.xlsx")
    assert (tmp_path / "慢.xlsx").stat().st_size > 1_000_000  # travels alone
    found = refusals(jobs(tmp_path / "慢.xlsx", *SAMPLES[:3]), Limits(seconds=0.2))
    assert found.pop("慢.xlsx") == "读取超过 0 秒仍未完成，已停止"
    assert found == {p.name: "" for p in SAMPLES[:3]}


@pytest.mark.skipif(os.name == "nt", reason="signals as on Linux")
def test_an_interrupt_stops_within_two_seconds_and_the_next_run_goes_on(tmp_path: Path, cache: dict[str, str]) -> None:
    write_departments(tmp_path / "报送", 400, seed=8, damaged=0, jobs=1)
    out = tmp_path / "汇总.xlsx"
    program = [sys.executable, "-m", "perfeval_xl.cli", "merge", str(tmp_path / "报送"), "-o", str(out)]
    running = subprocess.Popen(program, env=cache, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    store = tmp_path / "缓存"
    while not any(p.stat().st_size > 100_000 for p in store.glob("outcomes-*.sqlite*")) and running.poll() is None:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    start = time.monotonic()
    _, said = running.communicate(timeout=30)
    assert time.monotonic() - start < 2
    assert (running.returncode, said) == (2, "已中止。已经读取的结果都已保存，再次运行时从中断处继续；输出文件要么是原来的，要么是完整的新文件。\n")
    assert not out.exists()
    _, answer, _ = merge(cache, tmp_path / "报送", "-o", out)
    files = answer["files"]
    assert isinstance(files, dict)
    assert files["merged"] == 400
    assert files["unchanged"] > 0


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every sheet's cells, but for what says when and how long."""
    found = {}
    book = CalamineWorkbook.from_path(path)
    for title in book.sheet_names:
        rows: list[tuple[object, ...]] = [tuple(row) for row in book.get_sheet_by_name(title).to_python() if row[:2] not in (["运行", "生成时间"], ["运行", "命令"])]
        if title == "运行记录":
            rows = [(*row[:6], *row[7:]) for row in rows]
        found[title] = rows
    assert found["汇总"]
    return found


@pytest.mark.skipif(os.name == "nt", reason="signals as on Linux")
@pytest.mark.parametrize("moments", [7, pytest.param(20, marks=pytest.mark.long)])
def test_a_run_killed_at_any_moment_leaves_the_last_output_and_the_next_one_gives_the_same(tmp_path: Path, moments: int) -> None:
    write_departments(tmp_path / "报送", 40, seed=9, damaged=0.05, jobs=1)

    def environment(name: str) -> dict[str, str]:
        return {**os.environ, "PERFEVAL_CACHE": str(tmp_path / name)}

    def whole_command(out: Path) -> list[str]:
        return [sys.executable, "-m", "perfeval_xl.cli", "merge", str(tmp_path / "报送"), "-o", str(out)]

    start = time.monotonic()
    subprocess.run(whole_command(tmp_path / "完整.xlsx"), env=environment("完整"), check=False, capture_output=True)
    whole = time.monotonic() - start
    expected = contents(tmp_path / "完整.xlsx")
    command("merge", form(tmp_path / "去年" / "一.xlsx", "某市水利局"), "-o", tmp_path / "去年.xlsx", environment=environment("去年缓存"))
    last_year = (tmp_path / "去年.xlsx").read_bytes()
    for moment in range(moments):
        out, own = tmp_path / f"{moment}.xlsx", environment(f"缓存{moment}")
        out.write_bytes(last_year)
        running = subprocess.Popen(whole_command(out), env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(whole * (moment + 0.5) / moments)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        assert out.read_bytes() == last_year or contents(out) == expected
        command("merge", tmp_path / "报送", "-o", out, environment=own)
        assert contents(out) == expected, moment
    for left in tmp_path.glob(".perfeval-*"):  # of the killed runs; the next run after an hour takes them away
        os.utime(left, (0, 0))
    command("merge", tmp_path / "报送", "-o", tmp_path / "最后.xlsx", environment=environment("完整"))
    assert [p.name for p in tmp_path.glob(".perfeval-*")] == []


def test_scores_in_the_workbook_are_those_of_the_score_command(tmp_path: Path, cache: dict[str, str]) -> None:
    _, _, _ = merge(cache, *SAMPLES, "-o", tmp_path / "汇总.xlsx")
    rows = table(tmp_path / "汇总.xlsx", "汇总")
    assert sorted(str(row["文件"]) for row in rows) == [p.name for p in SAMPLES] != []
    for row in rows:
        path = next(p for p in SAMPLES if p.name == row["文件"])
        done = command("score", path, "--json")
        assert Decimal(str(row["计算得分"])) == Decimal(json.loads(done.out)["total"]["score"])


def test_several_tables_below_each_other_on_one_sheet_are_all_merged(tmp_path: Path, cache: dict[str, str]) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for project, actual in (("培训", "100人"), ("巡查", "90人"), ("宣传", "120人")):
        sheet.append(["2023年度项目支出绩效自评表"])
        sheet.append(["项目名称", project, None, "填报单位", "甲局"])
        sheet.append(["一级指标", "二级指标", "三级指标", "年度指标值", "实际完成值", "分值", "得分", "偏差原因"])
        sheet.append(["产出指标", "数量指标", f"{project}人数", "≥100人", actual, 60, 60, None])
        sheet.append(["效益指标", "社会效益指标", "群众满意率", "≥95%", "96%", 40, 40, None])
        sheet.append([])
    book.save(tmp_path / "三个项目.xlsx")
    _, answer, _ = merge(cache, tmp_path / "三个项目.xlsx", "-o", tmp_path / "汇总.xlsx")
    assert (answer["tables"], answer["indicators"], answer["departments"]) == (3, 6, 1)
    rows = table(tmp_path / "汇总.xlsx", "汇总")
    assert [(r["项目"], r["单位"]) for r in rows] == [("培训", "甲局"), ("宣传", "甲局"), ("巡查", "甲局")]
    assert [r["计算得分"] for r in rows] == [100, 100, 94]
    assert [r["单元格"] for r in table(tmp_path / "汇总.xlsx", "指标明细")] == ["G4", "G5", "G10", "G11", "G16", "G17"]


def test_a_workbook_behind_a_password_is_merged_once_the_password_is_given(tmp_path: Path, cache: dict[str, str]) -> None:
    plain = form(tmp_path / "原" / "甲.xlsx", "甲局")
    form(tmp_path / "报送" / "乙.xlsx", "乙局")
    with plain.open("rb") as source, (tmp_path / "报送" / "甲.xlsx").open("wb") as target:
        OOXMLFile(source).encrypt("口令1", target)
    _, answer, _ = merge(cache, tmp_path / "报送", "-o", tmp_path / "汇总.xlsx")
    assert [(r["file"], r["kind"]) for r in answer["refused"]] == [("甲.xlsx", "encrypted-workbook")]  # type: ignore[attr-defined]
    (tmp_path / "口令.txt").write_text("口令1", encoding="utf-8")
    _, answer, _ = merge(cache, tmp_path / "报送", "-o", tmp_path / "汇总.xlsx", "--password-file", tmp_path / "口令.txt")
    assert answer["files"] == {"found": 2, "merged": 2, "refused": 0, "unchanged": 0}  # what a password opened is kept apart
    assert "口令1" not in str([row for sheet in SHEETS for row in load_workbook(tmp_path / "汇总.xlsx")[sheet].iter_rows(values_only=True)])


def test_a_cluster_that_is_not_needed_is_not_asked_and_that_is_said(tmp_path: Path, cache: dict[str, str]) -> None:
    form(tmp_path / "报送" / "乙.xlsx", "乙局")
    merge(cache, tmp_path / "报送", "-o", tmp_path / "汇总.xlsx")
    done = command("merge", tmp_path / "报送", "-o", tmp_path / "汇总.xlsx", "--cluster", "tcp://127.0.0.1:9", environment=cache)
    assert done.code in {0, 1}
    assert "未连接集群" in done.out + done.err


@pytest.mark.parametrize("given", ["报送[2024]", "报送/*.xlsx", "报送"])
def test_a_submission_where_the_output_would_go_is_never_overwritten(given: str, tmp_path: Path, cache: dict[str, str]) -> None:
    folder = tmp_path / given.partition("/")[0]
    path = form(folder / "汇总.xlsx", "甲局")
    form(folder / "乙.xlsx", "乙局")
    before = path.read_bytes()
    code, _, said = merge(cache, tmp_path / given, "-o", path)
    assert (code, path.read_bytes()) == (2, before)
    assert "“汇总.xlsx”已经存在，而且不是汇总表，不会被覆盖" in said


def test_only_half_made_outputs_are_taken_away(tmp_path: Path, cache: dict[str, str]) -> None:
    kept = [tmp_path / ".perfeval-backup", tmp_path / ".perfeval-tmp-abcdefgh", tmp_path / ".perfeval-tmp-mine"]
    for folder in kept:
        folder.mkdir()
        (folder / "要紧.txt").write_text("要紧")
    left = [tmp_path / ".perfeval-tmp-a1b2c3d4.xlsx", tmp_path / ".perfeval-tmp-00000000"]
    left[0].write_bytes(b"half")
    left[1].mkdir()
    (left[1] / "tables.xlsx").write_bytes(b"half")
    for path in (*kept, *left):
        os.utime(path, (1, 1))
    form(tmp_path / "报送" / "乙.xlsx", "乙局")
    merge(cache, tmp_path / "报送", "-o", tmp_path / "汇总.xlsx")
    assert [p.exists() for p in (*(f / "要紧.txt" for f in kept), *left)] == [True, True, True, False, False]


def test_what_was_sent_again_last_counts_even_where_it_is_a_copy_of_the_first(tmp_path: Path, cache: dict[str, str]) -> None:
    folder = tmp_path / "报送"
    first, second = form(folder / "1.xlsx", "甲局", actual="90人"), form(folder / "2.xlsx", "甲局", actual="80人")
    third = Path(shutil.copy(first, folder / "3.xlsx"))
    for i, path in enumerate((first, second, third)):
        os.utime(path, (1_700_000_000 + i, 1_700_000_000 + i))
    merge(cache, folder, "-o", tmp_path / "汇总.xlsx")
    assert [(r["文件"], r["计算得分"]) for r in table(tmp_path / "汇总.xlsx", "汇总")] == [("3.xlsx", 94)]


def test_a_year_and_a_unit_that_are_odd_or_missing_are_told(tmp_path: Path, cache: dict[str, str]) -> None:
    folder = tmp_path / "报送"
    for name in ("甲局", "乙局", "丙局"):
        form(folder / f"{name}.xlsx", name)
    form(folder / "丁局.xlsx", "")
    book = load_workbook(form(folder / "戊局.xlsx", "戊局"))
    sheet = book.worksheets[0]
    sheet["A1"] = "2022年度项目支出绩效自评表"
    book.save(folder / "戊局.xlsx")
    (tmp_path / "名单.csv").write_text("序号,单位名称\n1,甲局\n2,乙局\n3,丙局\n4,丁局\n5,戊局\n合计,5个单位\n", encoding="utf-8")
    _, answer, _ = merge(cache, folder, "-o", tmp_path / "汇总.xlsx", "--roster", tmp_path / "名单.csv")
    assert [m["department"] for m in answer["missing"]] == ["丁局", "戊局"]  # type: ignore[attr-defined]
    told = {r["文件"]: (r["编号"], r["发现"]) for r in table(tmp_path / "汇总.xlsx", "问题清单") if r["编号"] in {"PE104", "PE112"}}
    assert told == {
        "丁局.xlsx": ("PE104", "没有读到填报单位，不知道是哪个单位报送的"), "戊局.xlsx": ("PE112", "本表为 2022 年度，本次汇总的 5 份自评表中有 4 份为 2023 年度"),
    }  # fmt: skip
    why = {r["单位"]: str(r["说明"]) for r in table(tmp_path / "汇总.xlsx", "报送情况") if r["情况"] == "未报送"}
    assert why["丁局"].startswith("可能已经报送：“丁局.xlsx”的文件名与该单位相符")
    assert why["戊局"] == "只收到 2022 年度的自评表“戊局.xlsx”，没有收到 2023 年度的"


def test_two_units_of_one_name_are_not_merged_by_guess(tmp_path: Path, cache: dict[str, str]) -> None:
    form(tmp_path / "报送" / "A县" / "民政局.xlsx", "民政局", actual="90人")
    form(tmp_path / "报送" / "B县" / "民政局.xlsx", "民政局", actual="80人")
    (tmp_path / "名单.csv").write_text("单位名称,单位编码\n民政局,001\n民政局,002\n", encoding="utf-8")
    _, answer, _ = merge(cache, tmp_path / "报送", "-o", tmp_path / "汇总.xlsx", "--roster", tmp_path / "名单.csv")
    assert (answer["tables"], answer["duplicates"]) == (2, [])
    _, answer, _ = merge(cache, tmp_path / "报送", "-o", tmp_path / "二.xlsx")
    assert "不在同一文件夹" in answer["duplicates"][0]["reason"]  # type: ignore[index]


def test_rates_are_averaged_however_they_are_written_and_what_is_left_out_is_said(tmp_path: Path, cache: dict[str, str]) -> None:
    rows = [
        ("甲局", "≥95%", "96%", "＝10次", "10次"), ("乙局", "0.95", "0.94", "≥10次", "10次"), ("丙局", "95", "98", "10", "12"), ("丁局", "显著提升", "显著提升", "≥10万元", "10万元"),
    ]  # fmt: skip
    for unit, target, actual, times, done in rows:
        path = form(tmp_path / "报送" / f"{unit}.xlsx", unit)
        book = load_workbook(path)
        sheet = book.worksheets[0]
        for row, (name, a, b) in {4: ("检查次数", times, done), 5: ("验收合格率", target, actual)}.items():
            sheet.cell(row, 3, name)
            sheet.cell(row, 4, a)
            sheet.cell(row, 5, b)
        book.save(path)
    merge(cache, tmp_path / "报送", "-o", tmp_path / "汇总.xlsx")
    rolled = {r["指标名称"]: (r["单位数"], r["目标值（汇总）"], r["实现值（汇总）"], r["汇总办法"]) for r in table(tmp_path / "汇总.xlsx", "指标汇总")}
    assert rolled == {
        "验收合格率": (3, 95, 96, "简单平均（各单位都没有资金数，或没有写明金额单位）；另有 1 项同名指标未计入（不是确数 1 项）"),
        "检查次数": (2, 20, 20, "绝对值相加；另有 2 项同名指标未计入（计量单位或方向与其他单位不同 2 项）"),
    }


def test_each_run_of_one_process_reads_by_the_rule_sets_of_its_own_environment(tmp_path: Path, cache: dict[str, str]) -> None:
    """Workers are copied from a process that began with the first run, in its environment."""
    given = form(tmp_path / "报送" / "甲.xlsx", "甲局", actual="99.1人")
    text = (SHIPPED / "jiangxi-project-2017.toml").read_text(encoding="utf-8").replace('id = "jiangxi-project-2017"', 'id = "本局-2024"')
    for places, score in ((2, 99.46), (0, 99), (1, 99.5)):
        folder = tmp_path / f"规则集{places}"
        folder.mkdir()
        (folder / "本局-2024.toml").write_text(text.replace("score_places = 2", f"score_places = {places}"), encoding="utf-8")
        merge({**cache, "PERFEVAL_RULESETS": str(folder)}, given, "-o", tmp_path / "汇总.xlsx", "--ruleset", "本局-2024")
        assert [row["计算得分"] for row in table(tmp_path / "汇总.xlsx", "汇总")] == [score]


@pytest.mark.skipif(os.name == "nt", reason="a shell that closes streams")
@pytest.mark.parametrize("closed", ["2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_a_program_started_without_standard_streams_merges(closed: str, tmp_path: Path, cache: dict[str, str]) -> None:
    """As services and scheduled tasks start it."""
    form(tmp_path / "报送" / "甲.xlsx", "甲局")
    command = [sys.executable, "-m", "perfeval_xl.cli", "merge", str(tmp_path / "报送"), "-o", str(tmp_path / "汇总.xlsx")]
    done = subprocess.run(f"{shlex.join(command)} {closed}", shell=True, env=cache, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S602  # our own words
    assert done.returncode == 0
    assert [row["计算得分"] for row in table(tmp_path / "汇总.xlsx", "汇总")] == [100]
    assert ("找到 1 个文件" in done.stdout) == (">&-" not in closed.split())
    assert done.stderr == ("" if "2>&-" in closed else f"汇总表已写入 {tmp_path / '汇总.xlsx'}\n")


@pytest.mark.skipif(os.name == "nt", reason="a shell that closes streams")
def test_workers_begin_where_the_program_that_calls_has_no_standard_streams(tmp_path: Path) -> None:
    program = "from perfeval_xl.batch.begin import begin; begin(); import pathlib, sys; pathlib.Path(sys.argv[1]).touch()"
    subprocess.run(f"{shlex.join([sys.executable, '-c', program, str(tmp_path / 'begun')])} <&- >&- 2>&-", shell=True, check=False)  # noqa: S602  # our own words
    assert (tmp_path / "begun").exists()
