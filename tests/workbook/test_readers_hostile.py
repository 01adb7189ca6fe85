"""No file of a stranger crashes, hangs or fills the memory; each is refused, or read with the finding that names what is wrong."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from perfeval_xl.workbook.read import ReadError, read_bytes, read_workbook
from perfeval_xl.workbook.readers import limits
from tests.support import contract
from tests.support.hostile import ATTACKS, Attack, book, sheet, zipped

ROOT = Path(__file__).parents[2]
MAX_SECONDS, MAX_MIB = 5, 300


def caged(data: bytes) -> dict[str, Any]:
    """What a reader under limits makes of a file."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.cage"], input=data, capture_output=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome


@pytest.mark.skipif(sys.platform == "win32", reason="limits of memory are set by means that Windows lacks")
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))
def test_a_hostile_file_costs_little_and_is_named(attack: Attack) -> None:
    outcome = caged(attack.make())
    assert outcome["seconds"] < MAX_SECONDS
    assert outcome["mib"] < MAX_MIB
    assert {kind for kind, _ in outcome["findings"]} == ({attack.kind} if attack.kind else set())
    assert all(attack.says in message for _, message in outcome["findings"])
    assert outcome["text"] == ("5" if attack.kept else outcome["text"])


def refusal(path: Path) -> tuple[str, str]:
    with pytest.raises(ReadError) as error:
        read_workbook(path)
    return error.value.finding.kind.kind, error.value.finding.found


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    assert refusal(tmp_path) == ("not-a-workbook", "这是一个文件夹")
    assert refusal(tmp_path / "无.xlsx") == ("not-a-workbook", "文件不存在")
    (tmp_path / "~$表.xlsx").write_bytes(b"\x05user")
    assert refusal(tmp_path / "~$表.xlsx") == ("not-a-workbook", "这是打开工作簿时产生的临时锁定文件，不是工作簿")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name")
def test_a_pipe_or_a_device_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "管.xlsx")
    (tmp_path / "零.xlsx").symlink_to("/dev/zero")
    for name in ("管.xlsx", "零.xlsx"):
        assert refusal(tmp_path / name) == ("not-a-workbook", "这不是普通文件（管道或设备）")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(contract.by_openpyxl())
    path.chmod(stat.S_IWUSR)
    assert refusal(path) == ("not-a-workbook", "没有读取权限，或文件正被其他程序占用")


def test_a_file_over_the_limit_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "大.xlsx"
    with path.open("wb") as stream:
        stream.truncate(limits.MAX_FILE + 1)
    assert refusal(path) == ("unsafe-workbook", f"文件有 {limits.MAX_FILE // 1_000_000} MB")


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="file names that are no UTF-8")
def test_a_file_name_in_the_old_encoding_is_read_and_shown(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + "自评表.xlsx".encode("gb18030")))
    path.write_bytes(contract.by_openpyxl())
    assert read_workbook(path).file == "自评表.xlsx"


def test_two_sheets_of_one_name_are_both_read() -> None:
    second = sheet('<row r="1"><c r="A1"><v>2</v></c></row>')
    read = read_bytes("a.xlsx", zipped(book(sheet('<row r="1"><c r="A1"><v>1</v></c></row>'), second, names=("表", "表"))))
    assert [g.text(1, 1) for g in read.grids] == ["1", "2"]


def test_sheets_are_in_the_order_of_the_workbook_not_of_their_parts() -> None:
    parts = book(sheet('<row r="1"><c r="A1"><v>1</v></c></row>'), sheet('<row r="1"><c r="A1"><v>2</v></c></row>'))
    name = "xl/_rels/workbook.xml.rels"
    parts[name] = parts[name].replace(b"sheet1.xml", b"sheetX.xml").replace(b"sheet2.xml", b"sheet1.xml").replace(b"sheetX.xml", b"sheet2.xml")
    assert [g.text(1, 1) for g in read_bytes("a.xlsx", zipped(parts)).grids] == ["2", "1"]


def test_an_error_value_that_calamine_cannot_read_is_read_with_its_address() -> None:
    grid = read_bytes("a.xlsx", ATTACKS["error of newer versions"].make()).grids[0]
    assert grid.errors == {(3, 1): "#SPILL!"}


def test_a_value_written_twice_in_a_crossed_shape_is_never_taken_from_calamine() -> None:
    # calamine alone reads this malformed sheet, with another value
    broken = sheet().replace("<v>5</v>", "<v>5</v><v>6</w>")
    with pytest.raises(ReadError):
        read_bytes("a.xlsx", zipped(book(broken)))
