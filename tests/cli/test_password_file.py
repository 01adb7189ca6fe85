"""--password-file: the password opens the workbook, and every way to get it wrong is said."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from msoffcrypto.format.ooxml import OOXMLFile

from perfeval_xl.cli import main
from tests.support import contract


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    stream = io.BytesIO()
    OOXMLFile(io.BytesIO(contract.by_openpyxl())).encrypt("口令1", stream)
    (tmp_path / "表.xlsx").write_bytes(stream.getvalue())
    return tmp_path / "表.xlsx"


def test_a_workbook_opens_with_the_first_line_of_the_file(locked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (locked.parent / "口令.txt").write_bytes("\ufeff口令1\r\n第二行\r\n".encode())
    assert main(["score", str(locked), "--password-file", str(locked.parent / "口令.txt")]) in {0, 1}
    assert "合格率" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("错\n".encode(), "给出的密码打不开此文件"),
        (b"", "密码文件“口令.txt”的第一行是空的"),
        (b"\xff\xfe\x00", "密码文件“口令.txt”不是 UTF-8 文本"),
        (None, "密码文件“口令.txt”无法打开"),
    ],
)
def test_what_is_wrong_with_the_password_is_said(locked: Path, content: bytes | None, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = locked.parent / "口令.txt"
    if content is not None:
        path.write_bytes(content)
    assert main(["score", str(locked), "--password-file", str(path)]) == 2
    assert said in capsys.readouterr().err


def test_without_a_password_the_option_is_named(locked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", str(locked)]) == 2
    assert "--password-file" in capsys.readouterr().err
