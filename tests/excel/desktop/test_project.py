"""VBA projects: source text in, the same text out of olevba."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oletools.olevba import VBA_Parser, decompress_stream

from perfeval_xl.excel.desktop.compression import compressed
from perfeval_xl.excel.desktop.project import Document, code_module, document_module, vba_project

WORDS = st.lists(st.sampled_from(("Dim ", "As ", "Long", "\r\n", "    ", "End Sub", "x", "'", "=", "1")), min_size=1, max_size=3000).map("".join)


@settings(max_examples=150, deadline=None)
@given(st.one_of(WORDS, st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=2000)))
def test_compressed_text_comes_back_from_olevba(text: str) -> None:
    data = text.encode("ascii")
    assert decompress_stream(bytearray(compressed(data))) == data


@pytest.mark.parametrize("size", [1, 2, 3, 4095, 4096, 4097, 8192, 8193, 100_000])
def test_text_of_every_size_of_chunk_comes_back(size: int) -> None:
    data = (b"Public Sub A(): B 1, 2: End Sub\r\n" * (size // 33 + 1))[:size]
    assert decompress_stream(bytearray(compressed(data))) == data


def test_copies_make_source_text_smaller() -> None:
    data = b"    If found = 0 Then Exit Function\r\n" * 500
    assert len(compressed(data)) < len(data) // 10


def test_every_module_comes_back_from_olevba(tmp_path: Path) -> None:
    modules = [
        document_module("ThisWorkbook", Document.WORKBOOK, "Private Sub Workbook_Open()\nEnd Sub"),
        document_module("Sheet1", Document.SHEET),
        code_module("Short", "Option Explicit"),
        code_module("Long", "\n".join(f"Sub S{i}(): Debug.Print {i}: End Sub" for i in range(3000))),
    ]
    path = tmp_path / "vbaProject.bin"
    path.write_bytes(vba_project("sample", modules))
    parser = VBA_Parser(str(path))
    try:
        found = {stream: code for _, stream, _, code in parser.extract_all_macros()}
    finally:
        parser.close()
    assert found == {f"VBA/{m.name}": m.source for m in modules}


def test_two_modules_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="one name"):
        vba_project("sample", [code_module("A", ""), code_module("a", "")])


def test_text_beyond_ascii_is_refused_instead_of_written_in_some_code_page() -> None:
    with pytest.raises(UnicodeEncodeError):
        vba_project("sample", [code_module("A", "' 绩效")])
