"""The pages as a person uses them, in Chromium; the pane in a strict Excel. Pictures of them go to PERFEVAL_PICTURES where it names a folder."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from openpyxl import load_workbook

from tests.support import hostile
from tests.support.browser import chromium, needs_browser, watched, with_excel
from tests.support.departments import department, seeded, workbook
from tests.support.server import Running, needs_server, running

pytestmark = [needs_server, needs_browser, pytest.mark.browser, pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")]
SAMPLES = Path(__file__).parents[3] / "workbooks" / "samples"
SAMPLE = SAMPLES / "yuangang-2023.xlsx"
MISTAKEN = SAMPLES / "anju-2021.xlsx"
EVERY = "0.0.0.0"  # noqa: S104  # the option under test
LONG = 120_000  # milliseconds
_JOB = re.compile(r"/api/jobs/[0-9a-f]{32}$")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """120 files of departments, hostile ones among them."""
    folder = tmp_path_factory.mktemp("各单位")
    made = []
    for number in range(105):
        path = folder / f"{number:03d}-{department(number, 1)}.xlsx"
        path.write_bytes(workbook(department(number, 1), seeded(f"browser-{number}"))[0])
        made.append(path)
    bad = {
        "炸弹.xlsx": hostile.zipped({"[Content_Types].xml": b"x", "xl/workbook.xml": hostile.deflated_zeros(1)}), "空.xlsx": b"", "照片.xlsx": b"\x89PNG\r\n\x1a\n" + bytes(500),
        "截断.xlsx": made[0].read_bytes()[:2000], "<b>标签.xlsx": b"<b>x</b>", "目录.xlsx": hostile.directory_flood(6_000), "改动.xlsx": hostile.with_changed_byte(), "说明.txt": b"x", "重复.xlsx": made[1].read_bytes(),
        "~$锁定.xlsx": b"x", "网页.xls": b"<html><script>alert(1)</script></html>", "加密.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000), "表格.csv": "a,b\n=1+1,2\n".encode("gb18030"),
        "二.xlsx": hostile.doubled("xl/workbook.xml"), "零.xlsx": bytes(3_000),
    }  # fmt: skip
    for name, data in bad.items():
        (folder / name).write_bytes(data)
        made.append(folder / name)
    assert len(made) == 120
    return made


def picture(page: Any, name: str, *, whole: bool = True) -> None:
    if folder := os.environ.get("PERFEVAL_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole)


def until(page: Any, expression: str) -> None:
    """Waits for it; asked from outside, since the pages' own policy forbids what Playwright would have them evaluate."""
    end = time.monotonic() + LONG / 1_000
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


def ready(page: Any) -> None:
    page.wait_for_selector("#score:not([hidden])", timeout=LONG)


def test_the_pane_shows_score_weights_and_findings(server: Running, browser: Any) -> None:
    with watched(browser, server.address, viewport={"width": 380, "height": 900}) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        assert page.inner_text("#total") == "54"
        assert page.locator("#sections li").count() == 3
        assert page.locator("#sections meter").first.evaluate("m => [m.value, m.max]") == [20, 20]
        assert page.locator("#weights li").last.inner_text().split("\n") == ["合计", "54，应为 100"]
        assert page.inner_text("#findings-title") == "问题（3）"
        picture(page, "pane")


def test_a_finding_leads_to_its_cell_by_mouse_and_by_keyboard(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        findings = page.locator("button.finding")
        for index in range(findings.count()):
            where = findings.nth(index).locator(".where").inner_text()
            if index % 2:
                findings.nth(index).focus()
                page.keyboard.press("Enter")
            else:
                findings.nth(index).click()
            until(page, f"excelHost.selection && `${{excelHost.selection.sheet.name}}!${{letters(excelHost.selection.column)}}${{excelHost.selection.row + 1}}` === {json.dumps(where)}")


def test_a_finding_whose_sheet_is_gone_says_so(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        page.evaluate("excelHost.workbook.sheets[0].name = '改名'")
        page.locator("button.finding").first.click()
        page.wait_for_selector("#table-problem:not([hidden])")
        assert page.inner_text("#table-problem") == "工作表“自评表”已不在工作簿中。请点“刷新”。"


@pytest.mark.parametrize(("name", "arguments", "expected"), [
    ("PE_COMPLETION", [[["≥95%"]], [["95%"]]], [[1]]), ("PE_SCORE", [[["≥95%"]], [["93%"]], [[10]]], [[9.79]]), ("PE_TABLE", [[["≥95%"], [100]], [["95%"], [50]], [[10], [4]], [[""], ["≥"]]], [[1, 10], [0.5, 2]]),
    ("PE_WEIGHTS", [[[10]], [[4]]], [[2.5]] * 4), ("PE_GRADE", [[[92]]], [["优"]]), ("PE_EXECUTION", [[[90]], [[100]], [[10]]], [[9]]), ("PE_GROWTH", [[[150]], [[100]]], [[0.5]]),
    ("PE_FINDINGS", [[["≥95%"]], [["95%"]], [[10]], [[10]]], [[""]]),
])  # fmt: skip
def test_every_function_answers_in_a_cell(server: Running, browser: Any, name: str, arguments: list[Any], expected: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, SAMPLE, server.address)
        ready(page)
        assert page.evaluate("([name, args]) => excelHost.call(name, ...args)", [name, arguments]) == expected


def test_the_buttons_that_change_the_workbook(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        _press(page, "recalculate")
        assert "已写入" in _said(page)
        _press(page, "check")
        assert "发现 3 个问题" in _said(page)
        assert page.evaluate("excelHost.workbook.sheets.at(-1).name") == "问题清单"
        assert page.evaluate("[...excelHost.workbook.sheets[0].notes.keys()].length") == 3
        _press(page, "check")
        assert "已清除 3 格的校验标记" in _said(page)
        assert page.evaluate("excelHost.workbook.sheets[0].notes.size") == 0
        _press(page, "findings")
        assert "“问题清单”中有 3 项" in _said(page)
        assert page.evaluate("excelHost.workbook.sheets[excelHost.workbook.active].name") == "问题清单"
        _press(page, "allocateWeights")
        assert "没有需要分配的分值" in _said(page)


def test_undo_puts_back_what_a_button_wrote(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        before = page.evaluate("JSON.stringify([...excelHost.workbook.sheets[0].cells])")
        page.evaluate("excelHost.type('自评表', 'G7', 1)")
        typed = page.evaluate("excelHost.cell('自评表', 'G7')")
        _press(page, "recalculate")
        assert page.evaluate("excelHost.cell('自评表', 'G7')") != typed
        _press(page, "undo")
        assert "已撤销" in _said(page)
        assert page.evaluate("excelHost.cell('自评表', 'G7')") == typed
        assert before


def test_what_excel_refuses_is_said_in_chinese(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        page.evaluate("excelHost.type('自评表', 'G7', 1)")
        page.evaluate("excelHost.workbook.sheets[0].isProtected = true")  # since the file was read
        _press(page, "recalculate")
        assert _said(page).startswith("Excel 拒绝了改动：工作表或工作簿受保护")
        assert page.evaluate("excelHost.cell('自评表', 'G7')") == 1
        page.route("**/custom-scripts-call/**", lambda route: route.fulfill(status=400, content_type="text/plain; charset=utf-8", body="处理超过 60 秒仍未完成，已停止。"))
        _press(page, "check")
        assert _said(page) == "处理超过 60 秒仍未完成，已停止。"
        watch.forgive("400")  # the browser's own line about the answer


def test_a_new_table_opens_as_a_workbook_of_its_own(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, SAMPLE, server.address)
        ready(page)
        changes = page.evaluate("excelHost.workbook.changes.length")
        _press(page, "newTable")
        opened = page.evaluate("excelHost.opened")
        assert "自评表" in load_workbook(io.BytesIO(base64.b64decode(opened[0]))).sheetnames
        assert page.evaluate("excelHost.workbook.changes.length") == changes


@pytest.mark.parametrize(("button", "view"), [("pane", "table"), ("merge", "merge"), ("report", "table"), ("rulesets", "rulesets"), ("doctor", "help"), ("help", "help")])
def test_the_buttons_that_open_the_pane(server: Running, browser: Any, button: str, view: str) -> None:
    with watched(browser, server.address, viewport={"width": 380, "height": 900}) as watch:
        page = with_excel(watch, SAMPLE, server.address)
        ready(page)
        _press(page, button)
        assert page.evaluate("excelHost.isPaneShown")
        assert page.locator(f"#{view}").is_visible()
        assert page.locator(".view:visible").count() == 1
        page.wait_for_load_state("networkidle")
        picture(page, f"pane-{button}")


def test_the_dialog_speaks_chinese_and_answers(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        _press(page, "recalculate")
        page.goto(page.evaluate("excelHost.dialogs.at(-1).address"))
        assert "已写入" in page.inner_text("#dialog-text")
        assert page.inner_text("button") == "确定"
        page.keyboard.press("Enter")
        until(page, "excelHost.message === 'ok|'")


def test_the_report_of_the_open_table_is_downloaded(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, SAMPLE, server.address)
        ready(page)
        page.click("#make-report")
        until(page, "excelHost.browsed.length === 1")
        assert "已生成" in page.inner_text("#table-status")
        with page.expect_download() as download:
            page.evaluate("address => { const link = document.createElement('a'); link.href = address; link.click(); }", page.evaluate("excelHost.browsed[0]"))
        assert download.value.suggested_filename == "yuangang-2023-自评报告.docx"
        assert Document(io.BytesIO(Path(download.value.path()).read_bytes())).paragraphs


def test_another_rule_set_is_taken_and_given_back(server: Running, browser: Any) -> None:
    with watched(browser, server.address, viewport={"width": 380, "height": 900}) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        page.click(".tab[data-view=rulesets]")
        until(page, "document.getElementById('ruleset-now').textContent.includes('按表格自动识别')")
        other = page.locator("#ruleset-list input").nth(1)
        identifier = other.get_attribute("value")
        other.check()
        with page.expect_request("**/api/ruleset") as chosen:
            page.click("#ruleset-form button")
        until(page, "document.getElementById('ruleset-said').textContent.startsWith('已采用')")
        page.wait_for_load_state("networkidle")
        page.click(".tab[data-view=table]")
        assert identifier
        assert "由您在“规则集”中选定" in page.inner_text("#table-ruleset")
        assert json.loads(chosen.value.post_data)["department"]
        page.click(".tab[data-view=rulesets]")
        page.locator("#ruleset-auto").check()
        page.click("#ruleset-form button")
        until(page, "document.getElementById('ruleset-said').textContent.includes('自动识别')")


def test_a_workbook_that_excel_does_not_hand_over_is_explained(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, SAMPLE, server.address)
        ready(page)
        page.evaluate("excelHost.hasFile = false")
        page.click("#refresh")
        page.wait_for_selector("#table-problem:not([hidden])")
        assert "受保护的视图" in page.inner_text("#table-problem")
        _press(page, "recalculate")  # the cells alone do
        assert re.search("总分|没有", _said(page))


def test_a_merge_of_120_files_with_hostile_ones_among_them(server: Running, browser: Any, files: list[Path]) -> None:
    with watched(browser, server.address, viewport={"width": 900, "height": 900}) as watch:
        page = watch.page
        page.goto(f"{server.address}/merge")
        page.wait_for_selector("#merge:not([hidden])")
        page.set_input_files("#files", files)
        assert page.inner_text("#chosen").startswith("已选 120 个文件")
        picture(page, "merge-chosen")
        page.click("#merge-start")
        page.wait_for_selector("#progress:not([hidden])")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        summary = page.inner_text("#merge-summary")
        found, merged, refused = (int(n) for n in re.findall(r"(\d+) 个", summary)[:3])
        assert found == merged + refused
        assert merged >= 105
        reasons = page.locator("#refused-list li")
        assert reasons.count() == refused
        assert all(re.search("[\u4e00-\u9fff]", text) for text in page.locator("#refused-list .reason").all_inner_texts())
        assert "＜b＞标签.xlsx" in page.inner_text("#refused-list")
        assert "<b>标签.xlsx" in page.locator("#rows-list").text_content()  # as text
        states = page.locator("#rows-list .state").all_text_contents()
        assert sum(one == "已汇总" for one in states) == merged
        assert sum(one.startswith("未采用：") for one in states) == refused
        assert "已上传" not in states
        assert page.locator("#rows-list li", has_text="说明.txt").locator(".state").text_content() == "已略过：不是表格"
        assert "略过不是表格的文件" in summary
        assert page.evaluate("document.activeElement.id") == "merge-result-title"
        picture(page, "merge-done")
        with page.expect_download() as download:
            page.click("#merge-download")
        assert download.value.suggested_filename == "汇总.xlsx"
        assert load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).sheetnames[:2] == ["汇总", "指标明细"]
        page.click("#merge-clear")
        page.wait_for_selector("#chooser:not([hidden])")


def test_a_merge_from_the_pane_opens_in_excel(server: Running, browser: Any) -> None:
    with watched(browser, server.address, viewport={"width": 380, "height": 900}) as watch:
        page = with_excel(watch, SAMPLE, server.address)
        ready(page)
        page.click(".tab[data-view=merge]")
        page.set_input_files("#folder", SAMPLES)
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        page.click("#merge-open")
        until(page, "excelHost.opened.length === 1")
        assert load_workbook(io.BytesIO(base64.b64decode(page.evaluate("excelHost.opened[0]")))).sheetnames[0] == "汇总"
        page.click("#merge-download")
        until(page, "excelHost.browsed.length === 1")
        assert "/download?ticket=" in page.evaluate("excelHost.browsed[0]")


def test_files_that_are_dropped_are_taken(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        page.goto(f"{server.address}/merge")
        page.wait_for_selector("#merge:not([hidden])")
        page.evaluate("""content => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([Uint8Array.from(atob(content), (c) => c.charCodeAt(0))], "拖入.xlsx"));
          for (const type of ["dragover", "drop"]) document.getElementById("drop").dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
        }""", base64.b64encode(SAMPLE.read_bytes()).decode())  # fmt: skip
        until(page, "document.getElementById('chosen').textContent.startsWith('已选 1 个文件')")
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)


def test_stop_while_uploading_and_while_merging(server: Running, browser: Any, files: list[Path]) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        page.goto(f"{server.address}/merge")
        page.wait_for_selector("#merge:not([hidden])")
        page.set_input_files("#files", files)
        held: list[Any] = []
        page.route("**/files?name=*", lambda route: held.append(route) if len(held) < 4 else route.continue_())  # the network stands still
        page.click("#merge-start")
        page.wait_for_selector("#merge-stop:not([hidden])")
        page.click("#merge-stop")
        page.wait_for_selector("#merge-start:not([hidden])")
        assert page.inner_text("#chosen") == "已停止。"
        page.unroute("**/files?name=*")
        page.click("#merge-start")
        until(page, "document.getElementById('progress-label').textContent === '正在汇总'")
        page.click("#merge-stop")
        page.wait_for_selector("#merge-again:not([hidden])")
        page.click("#merge-again")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)


def _open(page: Any, server: Running) -> None:
    page.goto(f"{server.address}/merge")
    page.wait_for_selector("#merge:not([hidden])")


def _returns(folder: Path, count: int, mark: str) -> list[Path]:
    """Workbooks of that many departments."""
    made = [folder / f"{number:03d}-{department(number, 1)}.xlsx" for number in range(count)]
    for number, path in enumerate(made):
        path.write_bytes(workbook(department(number, 1), seeded(f"{mark}-{number}"))[0])
    return made


def test_two_files_of_one_name_are_two_returns(server: Running, browser: Any, tmp_path: Path) -> None:
    chosen = []
    for number, name in enumerate("AB"):
        chosen.append(tmp_path / name / "自评表.xlsx")
        chosen[-1].parent.mkdir()
        chosen[-1].write_bytes(workbook(department(number, 1), seeded(f"same-{name}"))[0])
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        for path in (*chosen, *chosen):
            page.set_input_files("#files", [path])
        assert page.inner_text("#chosen").startswith("已选 2 个文件")
        assert "已经选过" in page.inner_text("#chosen")
        assert page.locator("#rows-list .name").all_text_contents() == ["自评表.xlsx", "自评表 (2).xlsx"]
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        assert "共 2 个文件：汇总 2 个" in page.inner_text("#merge-summary")


def test_lost_polls_do_not_end_the_view_of_a_merge(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        page.set_input_files("#files", [SAMPLE, MISTAKEN])
        asked: list[str] = []

        def answer(route: Any) -> None:
            asked.append(route.request.method)
            if len(asked) == 1:
                route.abort()
            elif len(asked) == 2:
                route.fulfill(status=502, body="")
            else:
                route.continue_()

        page.route(re.compile(r"/api/jobs/[0-9a-f]{32}$"), answer)
        page.click("#merge-start")
        until(page, "document.getElementById('progress-label').textContent === '连接中断，正在重试'")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        assert len(asked) > 2
        watch.forgive("Failed to load resource")


def test_a_start_whose_answer_was_lost_is_followed_all_the_same(server: Running, browser: Any, tmp_path: Path) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        page.set_input_files("#files", _returns(tmp_path, 30, "lost"))
        starts: list[int] = []

        def answer(route: Any) -> None:
            starts.append(route.fetch().status)
            if len(starts) == 1:
                route.abort()
            else:
                route.fulfill(status=409, content_type="application/json", body=json.dumps({"error": "这批文件正在汇总。"}))

        page.route("**/start", answer)
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        assert len(starts) == 2
        watch.forgive("Failed to load resource")


def test_a_reload_finds_the_merge_again(server: Running, browser: Any, tmp_path: Path) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        page.set_input_files("#files", _returns(tmp_path, 20, "reload"))
        page.click("#merge-start")
        until(page, "sessionStorage.getItem('perfeval-job') !== null && document.getElementById('progress-label').textContent !== '正在上传'")
        for _ in range(2):  # while it runs, and once it is done
            page.reload()
            page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
            assert "共 20 个文件：汇总 20 个" in page.inner_text("#merge-summary")
            assert set(page.locator("#rows-list .state").all_text_contents()) == {"已汇总"}
        page.click("#merge-clear")
        page.reload()
        page.wait_for_selector("#merge:not([hidden])")
        assert page.locator("#chooser").is_visible()
        watch.forgive("Failed to load resource")


def test_leaving_while_files_are_sent_is_asked_about(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        page.set_input_files("#files", [SAMPLE])
        held: list[Any] = []
        page.route("**/files?name=*", lambda route: held.append(route))  # noqa: PLW0108  # Playwright cannot tell the arguments of a built-in
        leave = "(() => { const event = new Event('beforeunload', { cancelable: true }); dispatchEvent(event); return event.defaultPrevented; })()"
        assert not page.evaluate(leave)
        page.click("#merge-start")
        until(page, leave)
        until(page, "document.getElementById('progress-label').textContent === '正在上传'")
        while not held:
            page.wait_for_timeout(20)
        held[0].continue_()
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        assert not page.evaluate(leave)


def test_an_upload_that_fails_for_good_ends_the_others(server: Running, browser: Any, tmp_path: Path) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        page.set_input_files("#files", _returns(tmp_path, 20, "full"))
        sent: list[str] = []

        def answer(route: Any) -> None:
            sent.append(route.request.url)
            if len(sent) == 3:
                route.fulfill(status=507, content_type="application/json", body=json.dumps({"error": "服务器磁盘空间不足，不能再上传。请联系信息技术人员。"}))
            elif len(sent) > 3 or len(sent) == 1:
                return  # stands still
            else:
                route.continue_()

        page.route("**/files?name=*", answer)
        page.click("#merge-start")
        page.wait_for_selector("#merge-problem:not([hidden])")
        assert page.inner_text("#merge-problem").startswith("服务器磁盘空间不足")
        assert page.locator("#merge-start").is_visible()
        page.wait_for_timeout(500)
        assert len(sent) < 20
        page.unroute("**/files?name=*")
        with page.expect_response(re.compile("/api/jobs[?]")) as fresh:
            page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        assert fresh.value.json()["job"] not in sent[0]
        assert "共 20 个文件：汇总 20 个，未采用 0 个" in page.inner_text("#merge-summary")
        watch.forgive("507")


def test_an_upload_whose_answer_is_lost_counts_once(server: Running, browser: Any, tmp_path: Path) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        page.set_input_files("#files", _returns(tmp_path, 4, "full"))
        lost: list[str] = []

        def answer(route: Any) -> None:
            if len(lost) < 2:
                lost.append(route.request.url)
                assert route.fetch().status == 201
                route.abort()
            else:
                route.continue_()

        page.route("**/files?name=*", answer)
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        assert len(lost) == 2
        assert "共 4 个文件：汇总 4 个，未采用 0 个" in page.inner_text("#merge-summary")
        watch.forgive("ERR_FAILED")


def test_a_file_dropped_beside_the_box_does_not_replace_the_page(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        assert page.evaluate("""() => ["dragover", "drop"].map((type) => {
          const event = new DragEvent(type, { dataTransfer: new DataTransfer(), bubbles: true, cancelable: true });
          document.querySelector("footer").dispatchEvent(event);
          return event.defaultPrevented;
        })""") == [True, True]  # fmt: skip


def test_a_change_during_a_reading_is_read_too(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        held: list[Any] = []
        page.route("**/api/table?*", lambda route: held.append(route))  # noqa: PLW0108  # Playwright cannot tell the arguments of a built-in
        page.evaluate("() => { document.getElementById('refresh').onclick(); }")  # not waited for
        while not held:
            page.wait_for_timeout(20)
        page.evaluate("excelHost.type('自评表', 'G7', 1)")
        page.evaluate("() => { for (let n = 0; n < 3; n += 1) document.getElementById('refresh').onclick(); }")
        held[0].continue_()
        while len(held) < 2:
            page.wait_for_timeout(20)
        held[1].continue_()
        until(page, "!document.getElementById('refresh').disabled")
        page.wait_for_timeout(300)
        assert len(held) == 2
        assert held[0].request.post_data_buffer != held[1].request.post_data_buffer


@pytest.mark.parametrize("removal", ["arrives", "is lost at first"])
def test_a_batch_that_failed_is_off_the_server_before_the_next_is_begun(server: Running, browser: Any, removal: str) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        page.set_input_files("#files", [SAMPLE])
        full = json.dumps({"error": "服务器磁盘空间不足，不能再上传。请联系信息技术人员。"})
        page.route("**/files?name=*", lambda route: route.fulfill(status=507, content_type="application/json", body=full))
        removals: list[str] = []

        def answer(route: Any) -> None:
            removals.append(route.request.method)
            if removal == "arrives" or len(removals) % 2 == 0:
                route.continue_()
            else:
                route.abort()

        page.route(_JOB, lambda route: answer(route) if route.request.method == "DELETE" else route.continue_())
        jobs = []
        for _ in range(4):  # one more than one user may have
            with page.expect_response(re.compile("/api/jobs[?]")) as made:
                page.click("#merge-start")
            assert made.value.status == 201
            jobs.append(made.value.json()["job"])
            page.wait_for_selector("#merge-problem:not([hidden])")
            assert "磁盘空间不足" in page.inner_text("#merge-problem")
            _wait(page, lambda: len(removals) % 2 == 1 or removal == "arrives")
        page.unroute("**/files?name=*")
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        assert not any((server.folder / "jobs" / job).exists() for job in jobs)
        watch.forgive("507")
        watch.forgive("ERR_FAILED")
        watch.forgive("404")  # removed twice


def _uploading(page: Any, server: Running) -> str:
    """An upload that stands still: its job."""
    _open(page, server)
    page.set_input_files("#files", [SAMPLE])
    page.route("**/files?name=*", lambda route: None)  # noqa: ARG005
    with page.expect_response(re.compile("/api/jobs[?]")) as made:
        page.click("#merge-start")
    until(page, "document.getElementById('progress-label').textContent === '正在上传'")
    return str(made.value.json()["job"])


def _wait(page: Any, is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG / 1_000
    while not is_so():
        assert time.monotonic() < end
        page.wait_for_timeout(50)


def test_a_reload_during_the_upload_leaves_no_job_behind(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        page.on("dialog", lambda dialog: dialog.accept())
        job = _uploading(page, server)
        assert page.evaluate("JSON.parse(sessionStorage.getItem('perfeval-job')).job") == job
        page.route(_JOB, lambda route: route.abort())  # what the page still sends as it goes does not arrive
        page.reload()
        page.unroute(_JOB)
        page.reload()
        until(page, "document.getElementById('chosen').textContent === '上次的上传没有完成，已经取消。请重新选择文件。'")
        _wait(page, lambda: not (server.folder / "jobs" / job).exists())
        until(page, "sessionStorage.getItem('perfeval-job') === null")
        page.unroute("**/files?name=*")
        page.set_input_files("#files", [SAMPLE])
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        watch.forgive("ERR_FAILED")
        watch.forgive("404")


def test_a_page_that_is_left_during_the_upload_leaves_no_job_behind(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        page.on("dialog", lambda dialog: dialog.accept())
        job = _uploading(page, server)
        page.goto("about:blank")
        _wait(page, lambda: not (server.folder / "jobs" / job).exists())


def test_a_duplicated_window_leaves_the_upload_of_the_first_alone(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _uploading(page, server)
        with page.expect_popup() as opened:
            page.evaluate("() => { open(location.href); }")  # with the storage of this one
        other = opened.value
        other.wait_for_selector("#merge:not([hidden])")
        until(other, "sessionStorage.getItem('perfeval-job') === null")
        assert other.inner_text("#chosen") == ""
        other.close()
        page.click("#merge-stop")
        page.wait_for_selector("#merge-start:not([hidden])")
        assert page.inner_text("#chosen") == "已停止。"


def test_stop_works_while_the_job_is_being_made(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        page.set_input_files("#files", [SAMPLE])
        held: list[Any] = []
        page.route(re.compile("/api/jobs[?]"), lambda route: held.append(route))  # noqa: PLW0108  # Playwright cannot tell the arguments of a built-in
        page.click("#merge-start")
        while not held:
            page.wait_for_timeout(20)
        page.click("#merge-stop")
        page.wait_for_selector("#merge-start:not([hidden])", timeout=5_000)
        assert page.inner_text("#chosen") == "已停止。"
        with page.expect_response(_JOB) as gone:  # nobody waits for it any more: it goes
            held[0].continue_()
        assert (gone.value.request.method, gone.value.status) == ("DELETE", 204)
        page.unroute(re.compile("/api/jobs[?]"))
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)


def test_a_server_that_does_not_answer_is_not_waited_for_without_end(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        page.clock.install()
        with_excel(watch, MISTAKEN, server.address)
        ready(page)
        held: list[Any] = []
        page.route("**/api/table?*", lambda route: held.append(route))  # noqa: PLW0108  # Playwright cannot tell the arguments of a built-in
        page.route("**/api/jobs?*", lambda route: held.append(route))  # noqa: PLW0108
        page.click("#refresh")
        while not held:
            page.wait_for_timeout(20)
        assert page.locator("#refresh").is_disabled()
        page.clock.fast_forward(200_000)
        page.wait_for_selector("#table-problem:not([hidden])")
        assert page.inner_text("#table-problem").startswith("服务器长时间没有应答。请稍后再试")
        assert page.locator("#refresh").is_enabled()
        page.click(".tab[data-view=merge]")
        page.set_input_files("#files", [SAMPLE])
        page.click("#merge-start")
        while len(held) < 2:
            page.wait_for_timeout(20)
        page.clock.fast_forward(61_000)
        page.wait_for_selector("#merge-problem:not([hidden])")
        assert page.inner_text("#merge-problem").startswith("服务器长时间没有应答。请稍后再试")
        assert page.locator("#merge-start").is_enabled()


def test_a_session_that_ends_while_the_network_is_broken_leaves_a_page_that_lives(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        page.set_input_files("#files", [SAMPLE])
        ended = json.dumps({"error": "尚未登录，或登录已过期。"})
        page.route("**/files?name=*", lambda route: route.fulfill(status=401, content_type="application/json", body=ended))
        page.route("**/api/about", lambda route: route.abort())
        page.click("#merge-start")
        page.wait_for_selector("#merge-problem:not([hidden])")
        assert page.inner_text("#merge-problem").startswith("连接不上服务器。请检查网络")
        assert page.locator("#merge-start").is_enabled()
        assert not page.locator("#merge-stop").is_visible()
        page.unroute("**/files?name=*")
        page.unroute("**/api/about")
        page.click("#merge-start")
        until(page, "document.getElementById('merge-problem').textContent === '登录已过期，现已重新登录。请再点一次。'")
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        for part in ("401", "ERR_FAILED", "404"):
            watch.forgive(part)


def test_the_pane_lives_on_where_a_session_ends_while_the_network_is_broken(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        ended = json.dumps({"error": "尚未登录，或登录已过期。"})
        page.route("**/api/about", lambda route: route.abort())
        for path in ("**/api/table?*", "**/api/ruleset?*", "**/custom-scripts-call/**"):
            page.route(path, lambda route: route.fulfill(status=401, content_type="application/json", body=ended))
        page.click("#refresh")
        until(page, "document.getElementById('table-problem').textContent.startsWith('连接不上服务器')")
        assert page.locator("#refresh").is_enabled()
        _press(page, "recalculate")  # nobody is signed in now
        assert _said(page).startswith("连接不上服务器。请检查网络")
        page.click(".tab[data-view=rulesets]")
        until(page, "document.getElementById('ruleset-said').textContent.startsWith('连接不上服务器')")
        page.unroute_all()
        page.route("**/dist/office.js", lambda route: route.abort())
        page.click(".tab[data-view=table]")
        page.click("#refresh")
        until(page, "document.getElementById('table-problem').textContent.startsWith('登录已过期，现已重新登录')")
        page.click("#refresh")
        ready(page)
        for part in ("401", "ERR_FAILED"):
            watch.forgive(part)


def test_what_excel_refuses_when_a_finding_is_clicked_is_said(server: Running, browser: Any) -> None:
    with watched(browser, server.address, viewport={"width": 380, "height": 500}) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        page.evaluate("excelHost.refusal = 'InvalidOperationInCellEditMode'")
        page.locator("button.finding").last.click()
        until(page, "document.getElementById('table-problem').textContent === 'Excel 正在编辑单元格。\\n处理办法：请按回车或 Esc 结束编辑后再点一次。'")
        until(page, "(() => { const { top } = document.getElementById('table-problem').getBoundingClientRect(); return top >= document.querySelector('.bar').offsetHeight && top < innerHeight; })()")
        picture(page, "pane-refused", whole=False)
        page.click("#refresh")
        until(page, "document.getElementById('table-problem').textContent.startsWith('Excel 正在编辑单元格')")
        page.evaluate("excelHost.refusal = null")
        page.click("#refresh")
        ready(page)
        page.evaluate("excelHost.workbook.sheets[0].visibility = 'Hidden'")
        page.locator("button.finding").first.click()
        until(page, "document.getElementById('table-problem').textContent.startsWith('工作表“自评表”处于隐藏状态。')")
        page.evaluate("excelHost.workbook.sheets[0].visibility = 'Visible'")
        page.locator("button.finding").first.click()
        until(page, "excelHost.selection !== null")
        assert not page.locator("#table-problem").is_visible()


def test_a_finding_of_the_whole_file_is_no_button(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)

        def answer(route: Any) -> None:
            document = route.fetch().json()
            document["findings"][0].update(sheet="", cell="")
            route.fulfill(json=document)

        page.route("**/api/table?*", answer)
        page.click("#refresh")
        until(page, "document.querySelector('div.finding .where')?.textContent === '整个文件'")
        assert page.locator("button.finding").count() == 2


def test_an_excel_that_does_not_answer_is_not_waited_for_without_end(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        page.clock.install()
        with_excel(watch, MISTAKEN, server.address)
        ready(page)
        page.evaluate("excelHost.isSilent = true")
        for button in ("#refresh", "#make-report"):
            page.click(button)
            page.wait_for_timeout(300)
            assert page.locator(button).is_disabled()
            page.clock.fast_forward(61_000)
            page.wait_for_selector("#table-problem:not([hidden])")
            assert page.inner_text("#table-problem").startswith("Excel 没有应答，可能正在编辑单元格，或开着对话框。")
            assert page.locator(button).is_enabled()
            page.evaluate("excelHost.isSilent = false")
            page.click("#refresh")
            ready(page)
            page.evaluate("excelHost.isSilent = true")


def test_a_button_whose_dialog_does_not_open_speaks_in_the_pane(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        page.evaluate("() => { xlwings.runActions = async () => { throw Object.assign(new Error('busy'), { code: 'GeneralException' }); }; }")
        for press in (lambda: page.click("[data-press=recalculate]"), lambda: _press(page, "recalculate")):
            press()
            until(page, "document.getElementById('table-problem').textContent.startsWith('Excel 没有完成这项操作（GeneralException）。')")
            assert page.locator("[data-press=recalculate]").is_enabled()
            page.click("#refresh")
            until(page, "document.getElementById('table-problem').hidden")


@pytest.mark.parametrize("view", ["table", "merge"])
def test_a_start_that_failed_is_tried_again(server: Running, browser: Any, view: str) -> None:
    with watched(browser, server.address, viewport={"width": 380, "height": 500}) as watch:
        page = watch.page
        page.route("**/api/rulesets", lambda route: route.abort())
        if view == "table":
            with_excel(watch, MISTAKEN, server.address)
        else:
            page.goto(f"{server.address}/merge")
        for _ in range(2):  # it may fail once more
            page.wait_for_selector("#retry:not([hidden])")
            assert page.inner_text("#loading").startswith("连接不上服务器。请检查网络")
            assert page.locator(".view:visible").count() == 0
            assert page.evaluate("document.activeElement.id") == "retry"
            with page.expect_request("**/api/rulesets"):
                page.keyboard.press("Enter")
        page.wait_for_selector("#retry:not([hidden])")
        picture(page, "retry")
        page.unroute("**/api/rulesets")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#{view}:not([hidden])")
        assert page.evaluate("document.activeElement.id") == f"{view}-title"
        assert not page.locator("#start").is_visible()
        if view == "table":
            ready(page)
        watch.forgive("ERR_FAILED")


def test_the_sign_in_covers_whatever_view_is_current(browser: Any) -> None:
    with running("--host", EVERY, "--workers", "1") as up, watched(browser, up.address) as watch:
        page = with_excel(watch, SAMPLE, up.address)
        seen = "[...document.querySelectorAll('.view')].filter((view) => !view.hidden).map((view) => view.id).join()"
        page.wait_for_selector("#sign-in:not([hidden])")
        picture(page, "pane-sign-in")
        _press(page, "recalculate")
        assert _said(page) == "还没有登录，或登录已过期。请在任务窗格中登录，然后再点一次。"
        for current in ("rulesets", "merge"):
            _press(page, current)  # of the ribbon: another view is current
            assert page.evaluate(seen) == "sign-in"
            assert page.locator(".tab:enabled").count() == 0
            page.fill("#token", up.token())
            page.keyboard.press("Enter")
            page.wait_for_selector(f"#{current}:not([hidden])")
            assert page.evaluate(seen) == current
            assert page.evaluate("document.activeElement.id") == f"{current}-title"
            assert page.locator(".tab[aria-current]").get_attribute("data-view") == current
            assert page.locator(".tab:enabled").count() == 4
            page.wait_for_load_state("networkidle")
            page.evaluate("localStorage.setItem('perfeval-session', 'ended')")
            page.click(".tab[data-view=rulesets]")  # asks the server
            page.wait_for_selector("#sign-in:not([hidden])")
            assert page.evaluate(seen) == "sign-in"
        watch.forgive("401")


def test_a_late_refusal_of_an_old_session_does_not_end_a_new_one(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        held: list[Any] = []
        page.route("**/api/table?*", lambda route: held.append(route))  # noqa: PLW0108  # Playwright cannot tell the arguments of a built-in
        page.click("#refresh")
        while not held:
            page.wait_for_timeout(20)
        with server.client() as client:
            new = client.headers["Authorization"]
        page.evaluate("session => localStorage.setItem('perfeval-session', session)", new)  # as another window does
        held[0].fulfill(status=401, content_type="application/json", body=json.dumps({"error": "尚未登录，或登录已过期。"}))
        until(page, "document.getElementById('table-problem').textContent !== ''")
        assert page.evaluate("localStorage.getItem('perfeval-session')") == new
        watch.forgive("401")


def test_a_file_that_cannot_be_read_any_more_is_named_and_the_others_are_merged(server: Running, browser: Any, tmp_path: Path) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        chosen = _returns(tmp_path, 3, "gone")
        page.set_input_files("#files", chosen)
        chosen[1].unlink()
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        assert "共 3 个文件：汇总 2 个，未采用 1 个" in page.inner_text("#merge-summary")
        assert page.inner_text("#refused-list .reason").startswith("读不到这个文件，可能已被移动、改名")
        watch.forgive("ERR_")


def test_a_network_that_breaks_during_the_upload_leaves_no_file_out(server: Running, browser: Any, tmp_path: Path) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        page.set_input_files("#files", _returns(tmp_path, 12, "broken"))
        sent: list[str] = []

        def answer(route: Any) -> None:
            sent.append(route.request.url)
            if len(sent) > 3:
                route.abort()
            else:
                route.continue_()

        page.route(re.compile("/api/jobs/"), answer)
        page.click("#merge-start")
        page.wait_for_selector("#merge-problem:not([hidden])")
        assert page.inner_text("#merge-problem").startswith("连接不上服务器。请检查网络")
        page.unroute(re.compile("/api/jobs/"))
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        assert "共 12 个文件：汇总 12 个，未采用 0 个" in page.inner_text("#merge-summary")
        watch.forgive("ERR_FAILED")


def test_one_file_that_does_not_get_through_is_named_and_the_others_are_merged(server: Running, browser: Any, tmp_path: Path) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        page.set_input_files("#files", _returns(tmp_path, 3, "stopped"))
        page.route(re.compile("/files[?]name=001"), lambda route: route.abort())
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        assert "共 3 个文件：汇总 2 个，未采用 1 个" in page.inner_text("#merge-summary")
        assert page.inner_text("#refused-list .reason").startswith("上传时连接多次中断，没有送达")
        watch.forgive("ERR_FAILED")


def test_files_of_which_none_arrived_are_explained_and_chosen_anew(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        page.set_input_files("#files", [SAMPLE])
        page.route("**/files?name=*", lambda route: route.fulfill(status=413, content_type="application/json", body=json.dumps({"error": "内容超过 60 MB 的上限。"})))
        page.click("#merge-start")
        page.wait_for_selector("#merge-problem:not([hidden])")
        assert page.inner_text("#merge-problem").startswith("所选文件都没有上传成功，原因见“逐个文件”。")
        assert page.locator("#rows-list .state").inner_text() == "未上传：内容超过 60 MB 的上限。"
        assert page.locator("#chooser").is_visible()
        assert not page.locator("#merge-again").is_visible()
        watch.forgive("413")


@pytest.mark.parametrize("way", ["again", "reload"])
def test_a_merge_that_the_server_does_not_know_any_more_is_begun_anew(server: Running, browser: Any, files: list[Path], way: str) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        _open(page, server)
        page.set_input_files("#files", files[:20])
        with page.expect_response(re.compile("/api/jobs[?]")) as made:
            page.click("#merge-start")
        until(page, "!['正在准备上传', '正在上传'].includes(document.getElementById('progress-label').textContent)")
        page.click("#merge-stop")
        page.wait_for_selector("#merge-again:not([hidden])")
        with server.client(token=None) as client:
            session = page.evaluate("localStorage.getItem('perfeval-session')")
            assert client.delete(f"/api/jobs/{made.value.json()['job']}", headers={"Authorization": session}).status_code == 204
        if way == "again":
            page.click("#merge-again")
            page.wait_for_selector("#merge-problem:not([hidden])")
            assert "请重新上传" in page.inner_text("#merge-problem")
        else:
            page.reload()
            until(page, "document.getElementById('chosen').textContent.startsWith('上次的汇总已超过保留时间')")
            assert page.locator("#chooser").is_visible()
            page.set_input_files("#files", files[:2])
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        watch.forgive("404")


def test_a_result_that_excel_does_not_open_can_be_downloaded(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, SAMPLE, server.address)
        ready(page)
        page.click(".tab[data-view=merge]")
        page.set_input_files("#files", [SAMPLE])
        page.click("#merge-start")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        page.route("**/result", lambda route: route.fulfill(status=200, content_type="text/html", body="<html>"))
        page.click("#merge-open")
        page.wait_for_selector("#merge-problem:not([hidden])")
        assert page.inner_text("#merge-problem").endswith("也可以改用“下载汇总表”。")
        page.evaluate("excelHost.faults.length = 0")  # brought about above


def test_an_answer_of_something_else_than_the_server_is_told(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = with_excel(watch, SAMPLE, server.address)
        ready(page)
        page.route("**/api/table?*", lambda route: route.fulfill(status=200, content_type="text/html", body="<html>请登录</html>"))
        page.click("#refresh")
        page.wait_for_selector("#table-problem:not([hidden])")
        assert page.inner_text("#table-problem").startswith("收到的应答不是绩效自评服务器的，可能来自代理或登录网关。")


def test_the_watch_sees_what_another_window_does(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        _open(watch.page, server)
        other = watch.page.context.new_page()
        other.goto(f"{server.address}/merge")
        other.evaluate("console.error('beside')")
        until(other, "true")
        assert watch.trouble == ["console: beside"]
        watch.forgive("beside")


def test_too_many_files_are_told_before_any_is_sent(browser: Any, files: list[Path]) -> None:
    with running("--http", "--workers", "1", "--max-files", "50") as up, watched(browser, up.address) as watch:
        page = watch.page
        page.goto(f"{up.address}/merge")
        page.wait_for_selector("#merge:not([hidden])")
        page.set_input_files("#files", files)
        assert "一批最多 50 个" in page.inner_text("#merge-problem")
        assert page.locator("#merge-start").is_disabled()


def test_the_keyboard_is_enough(server: Running, browser: Any) -> None:
    with watched(browser, server.address) as watch:
        page = watch.page
        page.goto(f"{server.address}/merge")
        page.wait_for_selector("#merge:not([hidden])")
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.id") == "pick-files"
            page.keyboard.press("Enter")
        chooser.value.set_files([SAMPLE])
        for _ in range(3):
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "merge-start"
        assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
        page.keyboard.press("Enter")
        page.wait_for_selector("#merge-result:not([hidden])", timeout=LONG)
        with page.expect_download():
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.id") == "merge-download"
            page.keyboard.press("Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_at_320_pixels_nothing_is_cut_off_and_everything_can_be_read(server: Running, browser: Any, scheme: str) -> None:
    with watched(browser, server.address, viewport={"width": 320, "height": 900}, color_scheme=scheme) as watch:
        page = with_excel(watch, MISTAKEN, server.address)
        ready(page)
        for view in ("table", "merge", "rulesets", "help"):
            page.click(f".tab[data-view={view}]")
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(250)  # colours of buttons change over some time
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            assert page.evaluate(_CONTRAST) == []
            assert page.evaluate(_UNNAMED) == []
            picture(page, f"pane-{view}-320-{scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_at_320_pixels(server: Running, browser: Any, scheme: str) -> None:
    with watched(browser, server.address, viewport={"width": 320, "height": 700}, color_scheme=scheme) as watch:
        page = watch.page
        page.goto(f"{server.address}/merge")
        page.wait_for_selector("#merge:not([hidden])")
        page.set_input_files("#files", [SAMPLE, MISTAKEN])
        page.wait_for_timeout(250)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.evaluate(_CONTRAST) == []
        assert page.evaluate(_UNNAMED) == []
        picture(page, f"merge-320-{scheme}")


def test_the_token_is_asked_once_and_told_when_wrong(browser: Any) -> None:
    with running("--host", EVERY, "--workers", "1") as up, watched(browser, up.address) as watch:
        page = watch.page
        page.goto(f"{up.address}/merge")
        page.wait_for_selector("#sign-in:not([hidden])")
        assert page.evaluate("document.activeElement.id") == "token"
        page.fill("#token", "wrong")
        page.keyboard.press("Enter")
        until(page, "document.getElementById('sign-in-error').textContent.includes('口令不正确')")
        watch.forgive("401")  # the browser's own line about the answer
        page.fill("#token", up.token())
        page.keyboard.press("Enter")
        page.wait_for_selector("#merge:not([hidden])")
        until(page, "document.activeElement.id === 'merge-title'")
        page.reload()
        page.wait_for_selector("#merge:not([hidden])")
        assert not page.locator("#sign-in").is_visible()


def test_the_real_office_script_reaches_for_no_other_host(server: Running, browser: Any) -> None:
    """Outside Excel it finds no host: the pane says so, in Chinese, and nothing leaves."""
    context = browser.new_context(locale="zh-CN")
    try:
        page, asked = context.new_page(), []
        page.on("response", lambda response: asked.append(response.url))
        page.goto(f"{server.address}/taskpane.html")
        page.wait_for_selector("#xlwings-office-ready-error:not(.d-none)", timeout=60_000)
        assert "加载项没有完全载入" in page.inner_text("#xlwings-office-ready-error")
        assert [url for url in asked if not url.startswith(server.address)] == []
    finally:
        context.close()


def _press(page: Any, button: str) -> None:
    page.evaluate("id => excelHost.press(id)", button)
    page.wait_for_load_state("networkidle")


def _said(page: Any) -> str:
    return str(page.evaluate("excelHost.dialogs.at(-1).text"))


_CONTRAST = """() => {
  const numbers = (text) => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.5) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !element.checkVisibility() || element.disabled || element.closest(".visually-hidden")) continue;
    const [a, b] = [light(numbers(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`${element.tagName}.${element.className} "${element.textContent.trim().slice(0, 20)}" ${ratio.toFixed(2)}`);
  }
  return found;
}"""
_UNNAMED = """() => [...document.querySelectorAll("button, input:not([type=hidden]), select, meter, progress, a")].filter((e) => {
  if (!e.checkVisibility()) return false;
  return !(e.textContent.trim() || e.getAttribute("aria-label") || (e.labels && e.labels.length));
}).map((e) => e.outerHTML.slice(0, 80))"""
