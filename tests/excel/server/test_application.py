"""Functions, commands, manifest and the open table, as Excel asks for them; on the real server."""

from __future__ import annotations

import base64
import io
import re
import time
from pathlib import Path
from typing import Any

import pytest
import xlwings
from docx import Document
from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from perfeval_xl.excel import udfs
from perfeval_xl.excel.commands import COMMANDS
from perfeval_xl.excel.desktop.ribbon import buttons
from perfeval_xl.excel.server.scripts import IDS
from perfeval_xl.workbook.read import read_bytes
from tests.support.excel import model
from tests.support.manifest_lint import OVER, TYPES, problems
from tests.support.server import Running, needs_server

pytestmark = needs_server
SAMPLES = Path(__file__).parents[3] / "workbooks" / "samples"
SAMPLE = SAMPLES / "anju-2021.xlsx"


def call(client: Any, name: str, *arguments: Any) -> Any:
    """As custom-functions-code.js calls: every argument a matrix, an omitted one null."""
    body = {
        "client": "Office.js", "func_name": name, "args": [a if a is None or isinstance(a, list) else [[a]] for a in arguments], "caller_address": "[表.xlsx]自评表!Z1",
        "session_id": "x", "culture_info_name": "zh-CN", "date_format": "yyyy/M/d", "version": xlwings.__version__, "runtime": "1.4",
    }  # fmt: skip
    answer = client.post("/xlwings/custom-functions-call", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def payload(path: Path) -> dict[str, Any]:
    """As ribbon scripts send a workbook: values from A1 to the last cell, names, which sheet is on the screen."""
    book, sheets = model(path), []
    for one in book["sheets"]:
        keys = [tuple(map(int, key.split(","))) for key, cell in one["cells"].items() if cell["value"] != ""]
        height, width = max((r for r, _ in keys), default=0) + 1, max((c for _, c in keys), default=0) + 1
        values = [[one["cells"].get(f"{r},{c}", {"value": ""})["value"] for c in range(width)] for r in range(height)]
        sheets.append({
            "name": one["name"], "visibility": "Visible", "show_gridlines": True, "print_area": None, "notes": [], "notes_supported": True, "values": values, "pictures": [], "shapes": [], "charts": [],
            "tables": [], "pivot_tables": [], "used_range_address": f"A1:{get_column_letter(width)}{height}", "used_range_row_count": height, "used_range_column_count": width,
        })  # fmt: skip
    return {
        "client": "Office.js", "version": xlwings.__version__, "names": [], "sheets": sheets,
        "book": {"name": book["name"], "active_sheet_index": 0, "selection": "A1", "calculation": "Automatic"},
    }  # fmt: skip


def press(client: Any, name: str, path: Path, *, with_file: bool = True) -> list[dict[str, Any]]:
    body = payload(path)
    if with_file:
        body["args"] = [base64.b64encode(path.read_bytes()).decode()]
    answer = client.post(f"/xlwings/custom-scripts-call/{name}", json=body)
    assert answer.status_code == 200, answer.text
    actions: list[dict[str, Any]] = answer.json()["actions"]
    return actions


def said(actions: list[dict[str, Any]]) -> str:
    return next(str(a["args"][0]) for a in actions if a["func"] == "alert")


def test_every_function_is_there_under_its_own_name(server: Running) -> None:
    with server.client() as client:
        meta = client.get("/xlwings/custom-functions-meta.json").json()["functions"]
        assert [m["name"] for m in meta] == sorted(f.__name__ for f in udfs.FUNCTIONS)
        assert all(re.search("[\u4e00-\u9fff]", m["description"]) and all(re.search("[\u4e00-\u9fff]", p["description"]) for p in m["parameters"]) for m in meta)
        code = client.get("/xlwings/custom-functions-code.js").text
        assert all(f'CustomFunctions.associate("{f.__name__}", {f.__name__});' in code for f in udfs.FUNCTIONS)


def test_functions_answer_as_on_the_desktop(server: Running) -> None:
    with server.client() as client:
        assert call(client, "PE_SCORE", "≥95%", "93%", 10) == [[9.79]]
        assert call(client, "PE_COMPLETION", "2.6亿元", "2.5亿元") == [[pytest.approx(25 / 26)]]
        assert call(client, "PE_TABLE", [["≥95%"], [""], [100]], [["95%"], [""], [50]], [[10], [10], [4]], [[""], [""], ["≥"]]) == [[1, 10], ["", ""], [0.5, 2]]
        assert [row[0] for row in call(client, "PE_WEIGHTS", 50, 3)] == [16.67, 16.66, 16.67]
        assert call(client, "PE_GRADE", 92) == [["优"]]
        assert call(client, "PE_EXECUTION", 90, 100, 10) == [[9]]
        assert call(client, "PE_GROWTH", 110, 100) == [[pytest.approx(0.1)]]
        assert "满分" in call(client, "PE_FINDINGS", "≥95%", "50%", 10, 10)[0][0]


@pytest.mark.parametrize("odd", [None, "", "=1+1", "<script>", "\x00", 1e308, -1, True, {"type": "Error", "errorType": "Div0", "basicValue": "#DIV/0!", "basicType": "Error"}, [[]], [["a", "b"], ["c", "d"]], "9" * 100_000])
def test_no_input_makes_a_function_fail(server: Running, odd: Any) -> None:
    with server.client() as client:
        for function in udfs.FUNCTIONS:
            count = function.__code__.co_argcount if not hasattr(function, "__wrapped__") else function.__wrapped__.__code__.co_argcount
            result = call(client, function.__name__, *[odd] * min(count, 3), *[None] * (count - 3))
            assert "Traceback" not in str(result)


def test_a_long_column_is_worked_out_while_others_are_answered(server: Running) -> None:
    rows = 20_000
    with server.client() as client:
        started = time.perf_counter()
        result = call(client, "PE_TABLE", [["≥95%"]] * rows, [[f"{90 + n % 10}%"] for n in range(rows)], [[10]] * rows)
        assert len(result) == rows
        assert time.perf_counter() - started < 20


def test_every_command_is_a_script() -> None:
    assert tuple(COMMANDS) == IDS


@pytest.mark.parametrize("name", [n for n in IDS if n not in {"recalculate", "check", "allocateWeights", "undo", "newTable", "findings", "report"}])
def test_what_a_button_cannot_do_over_the_network_it_says(server: Running, name: str) -> None:
    with server.client() as client:
        assert re.search("[\u4e00-\u9fff]", said(press(client, name, SAMPLE)))


def test_check_lists_and_notes_what_the_command_line_finds(server: Running) -> None:
    with server.client() as client:
        actions = press(client, "check", SAMPLE)
        names = [a["func"] for a in actions]
        assert "addSheet" in names
        assert "addNote" in names
        assert "发现" in said(actions)


def test_recalculate_writes_only_where_it_knows_what_stands_there(server: Running) -> None:
    with server.client() as client:
        with_file, without = press(client, "recalculate", SAMPLE), press(client, "recalculate", SAMPLE, with_file=False)
        assert "已写入" in said(with_file)
        assert [a for a in with_file if a["func"] == "setValues"]
        assert re.search("总分", said(without))


def test_a_new_table_comes_as_a_workbook_to_open(server: Running) -> None:
    with server.client() as client:
        actions = press(client, "newTable", SAMPLE, with_file=False)
        macro = next(a for a in actions if a["func"] == "runMacro")
        assert macro["args"][0] == "perfevalDeliver"
        book = read_bytes("a.xlsx", base64.b64decode(macro["args"][2]))
        assert book.names["PE_TEMPLATE"].startswith("perfeval-")


def test_the_file_of_a_script_is_checked(server: Running) -> None:
    with server.client() as client:
        for args in (["%%%"], ["AAAA"], [base64.b64encode(b"PK\x03\x04" + b"x" * 100).decode()]):
            answer = client.post("/xlwings/custom-scripts-call/check", json={**payload(SAMPLE), "args": args})
            assert answer.status_code in {200, 400}
            assert re.search("[\u4e00-\u9fff]", answer.text if answer.status_code == 400 else said(answer.json()["actions"]))
        assert client.post("/xlwings/custom-scripts-call/no-such", json=payload(SAMPLE)).status_code in {400, 404, 500}
        assert client.get("/health").status_code == 200


def test_the_table_is_what_score_and_check_say(server: Running) -> None:
    from click.testing import CliRunner  # noqa: PLC0415

    from perfeval_xl.cli import cli  # noqa: PLC0415

    scored = __import__("json").loads(CliRunner().invoke(cli, ["score", str(SAMPLE), "--json"]).stdout)
    checked = __import__("json").loads(CliRunner().invoke(cli, ["check", str(SAMPLE), "--json"]).stdout)
    with server.client() as client:
        document = client.post("/api/table", params={"name": SAMPLE.name, "sheet": "自评表"}, content=SAMPLE.read_bytes()).json()
        assert document["total"] == scored["total"]
        assert document["sections"] == scored["sections"]
        assert document["indicators"] == scored["indicators"]
        keys = ("kind", "sheet", "cell", "found", "expected")
        assert [[f[k] for k in keys] for f in document["findings"]] == [[f[k] for k in keys] for f in checked["files"][0]["findings"]]


def test_a_rule_set_that_is_picked_is_taken_for_that_workbook_and_user_only(server: Running) -> None:
    data = SAMPLE.read_bytes()
    with server.client() as client, server.client() as other:
        known = [r["id"] for r in client.get("/api/rulesets").json()["rulesets"]]
        own = client.post("/api/table", params={"name": "a.xlsx"}, content=data).json()["ruleset"]["id"]
        new = next(k for k in known if k != own)
        assert client.post("/api/ruleset", json={"name": "a.xlsx", "ruleset": new}).json() == {"ruleset": new}
        assert client.get("/api/ruleset", params={"name": "a.xlsx"}).json() == {"ruleset": new}
        assert client.post("/api/table", params={"name": "a.xlsx"}, content=data).json()["ruleset"]["id"] == new
        assert client.post("/api/table", params={"name": "b.xlsx"}, content=data).json()["ruleset"]["id"] == own
        assert other.post("/api/table", params={"name": "a.xlsx"}, content=data).json()["ruleset"]["id"] == own
        seen = client.post("/api/table", params={"name": "a.xlsx"}, content=data).json()
        assert seen["ruleset"]["reason"] == "由您在“规则集”中选定"
        client.post("/api/ruleset", json={"name": "a.xlsx", "ruleset": new, "department": seen["department"]})
        assert client.post("/api/table", params={"name": "a.xlsx"}, content=data).json()["ruleset"]["id"] == new
        another = client.post("/api/table", params={"name": "a.xlsx"}, content=(SAMPLES / "lijiang-2020.xlsx").read_bytes()).json()
        assert another["ruleset"]["reason"] != "由您在“规则集”中选定"
        assert client.get("/api/ruleset", params={"name": "a.xlsx", "department": another["department"]}).json() == {"ruleset": ""}
        assert client.get("/api/ruleset", params={"name": "a.xlsx", "department": seen["department"]}).json() == {"ruleset": new}
        assert client.post("/api/ruleset", json={"name": "a.xlsx", "ruleset": "/etc/passwd"}).status_code == 400
        assert client.post("/api/ruleset", json=[]).status_code == 400


def test_a_report_comes_as_a_document(server: Running) -> None:
    with server.client() as client:
        done = client.post("/api/report", params={"name": "安居区.xlsx"}, content=SAMPLE.read_bytes()).json()
        assert done["name"] == "安居区-自评报告.docx"
        answer = client.get(f"/api/jobs/{done['job']}/result")
        text = "\n".join(p.text for p in Document(io.BytesIO(answer.content)).paragraphs)
        assert "绩效" in text


@pytest.mark.parametrize("data", [b"", b"x", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)])
def test_what_is_no_workbook_is_said_in_words(server: Running, data: bytes) -> None:
    with server.client() as client:
        for path in ("/api/table", "/api/report"):
            answer = client.post(path, params={"name": "a.xlsx"}, content=data)
            assert answer.status_code in {400, 422}
            assert re.search("[\u4e00-\u9fff]", answer.json()["error"])


def test_the_manifest_holds_to_every_rule(server: Running) -> None:
    with server.client() as client:
        xml = client.get("/manifest.xml").content
        images = {a: client.get("/" + a.split("/", 3)[3]).content for a in re.findall(r'https://[^"]+\.png', xml.decode())}
        assert problems(xml, images, server.address) == []
        assert b"xlwings.org" not in xml
        buttons = [c.attrib["id"] for c in etree.fromstring(xml).iter(f"{OVER}Control")]
        assert [b for b in buttons if b != "pane"] == ["newTable", "recalculate", "check", "allocateWeights", "undo", "merge", "findings", "report", "rulesets", "doctor", "help"]


def test_both_add_ins_call_their_buttons_the_same(server: Running) -> None:
    ribbon = buttons((Path(__file__).parents[3] / "addin" / "desktop" / "ribbon" / "customUI14.xml").read_bytes())
    with server.client() as client:
        root = etree.fromstring(client.get("/manifest.xml").content)
    texts = {one.attrib["id"]: one.attrib["DefaultValue"] for one in root.iter(f"{TYPES}String")}
    ours = {c.attrib["id"]: (texts[g.find(f"{OVER}Label").attrib["resid"]], texts[c.find(f"{OVER}Label").attrib["resid"]]) for g in root.iter(f"{OVER}Group") for c in g.iter(f"{OVER}Control")}
    del ours["pane"]  # there is no task pane on the desktop
    assert ours == {b.name: (b.group, b.label) for b in ribbon}


def test_lint_sees_what_is_wrong(server: Running) -> None:
    with server.client() as client:
        xml = client.get("/manifest.xml").content
        images = {a: client.get("/" + a.split("/", 3)[3]).content for a in re.findall(r'https://[^"]+\.png', xml.decode())}
    worse = xml.replace(b'resid="undo.Tip"', b'resid="undo.Tipp"', 1).replace("绩效自评：计算得分".encode(), b"x" * 260)
    found = problems(worse, images, server.address)
    assert len(found) == 3
    assert re.fullmatch(r"Description has \d+ characters", found[0])
    assert found[1:] == ["undo.Tipp is not defined", "undo.Tip is not used"]
    elsewhere = problems(xml, images, "https://perfeval.example")
    assert len(elsewhere) > 10
    assert all(one.endswith("is not of this server, or not encrypted") for one in elsewhere)


def test_the_samples_all_open_in_the_pane(server: Running) -> None:
    with server.client() as client:
        for path in sorted(SAMPLES.glob("*.xlsx")):
            answer = client.post("/api/table", params={"name": path.name}, content=path.read_bytes())
            assert answer.status_code == 200, (path.name, answer.text)
            assert load_workbook(path).sheetnames
