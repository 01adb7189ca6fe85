"""What cannot be taken in: one clear Chinese sentence, exit status 2, nothing written, never a long wait."""

from __future__ import annotations

import io
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from docx import Document
from pypdf import PdfReader, PdfWriter

from perfeval_xl.cli import main
from perfeval_xl.intake import office
from perfeval_xl.intake.source import IntakeError, Source
from perfeval_xl.intake.take import read_apart, source_of
from perfeval_xl.rulesets.loader import SHIPPED
from tests.support.published_reports import PDFS, WORDS, scanned


def refused(source: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The message; that the status is 2 and that nothing was written."""
    before = sorted(source.parent.iterdir())
    assert main(["import", str(source), "-o", str(source.parent / "out.xlsx")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sorted(source.parent.iterdir()) == before
    assert "Traceback" not in said.err
    return said.err.strip()


def test_a_scanned_pdf_has_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(scanned(tmp_path / "扫描件.pdf"), capsys) == "“扫描件.pdf”中没有可以读取的文字，可能是扫描件（图片）。请用带文字识别（OCR）的软件转为可复制文字的 PDF 或 Word 后重试。"


def test_a_pdf_with_a_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writer = PdfWriter(clone_from=PdfReader(str(PDFS["merged"](tmp_path / "a.pdf"))))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(str(tmp_path / "加密.pdf"))
    assert refused(tmp_path / "加密.pdf", capsys) == "“加密.pdf”设有打开密码，无法读取。请用 PDF 阅读器打开，取消密码后另存重试。"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_pdf_cut_short(share: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = PDFS["merged"](tmp_path / "a.pdf").read_bytes()
    (tmp_path / "残缺.pdf").write_bytes(data[: int(len(data) * share)])
    assert refused(tmp_path / "残缺.pdf", capsys).startswith(("“残缺.pdf”已损坏", "“残缺.pdf”中没有"))


def test_bytes_of_a_pdf_changed_at_random_never_end_in_a_crash(tmp_path: Path) -> None:
    import random  # noqa: PLC0415

    chance = random.Random(6)  # noqa: S311  # seeded: the same bytes every time
    data = PDFS["national"](tmp_path / "a.pdf").read_bytes()
    for _ in range(25):
        broken = bytearray(data)
        for _ in range(chance.randrange(1, 60)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        with suppress(IntakeError):
            assert isinstance(source_of("a.pdf", bytes(broken)), Source)


@pytest.mark.parametrize("name", ["a.docx", "a.pdf", "a.doc", "a.txt", "a.xlsx"])
def test_an_empty_file(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).write_bytes(b"")
    assert refused(tmp_path / name, capsys) == f"“{name}”是空文件（0 字节）。请确认文件是否选对。"


def test_a_document_without_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = Document()
    document.add_paragraph("2023年度某局部门整体支出绩效自评报告")
    document.save(str(tmp_path / "无表.docx"))
    assert refused(tmp_path / "无表.docx", capsys) == "“无表.docx”中没有表格，找不到指标自评表，没有生成自评表。请确认这是绩效自评报告；表格是图片的，请先识别为文字。"
    (tmp_path / "无表.txt").write_text("2023年度某局部门整体支出绩效自评报告\n一、基本情况\n", encoding="utf-8")
    assert "没有表格" in refused(tmp_path / "无表.txt", capsys)


def test_a_document_with_other_tables_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = Document()
    document.add_table(2, 2).cell(0, 0).text = "姓名"
    document.save(str(tmp_path / "a.docx"))
    assert "没有能够识别的指标自评表" in refused(tmp_path / "a.docx", capsys)


def test_a_word_document_that_inflates_without_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(tmp_path / "炸弹.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b" " * 200_000_000)
    begun = time.monotonic()
    assert refused(tmp_path / "炸弹.docx", capsys).startswith("“炸弹.docx”已损坏，或内容异常")
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize(("old", "new", "words"), [
    (b"<w:body>", b"<w:body", "已损坏"), (b'<?xml version=\'1.0\'', b'<!DOCTYPE x [<!ENTITY e "x">]><?xml version=\'1.0\'', "写法异常"), (b"</w:document>", b"", "已损坏"),
])  # fmt: skip
def test_a_word_document_with_bad_xml(old: bytes, new: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = WORDS["merged"](tmp_path / "a.docx").read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for member in source.namelist():
            content = source.read(member)
            if member == "word/document.xml":
                assert old in content
                content = content.replace(old, new, 1)
            target.writestr(member, content)
    (tmp_path / "b.docx").write_bytes(out.getvalue())
    assert words in refused(tmp_path / "b.docx", capsys)


def test_deep_nesting_and_wide_spans_end_quickly(tmp_path: Path) -> None:
    head = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
    deep = "<w:tbl><w:tr><w:tc>" * 60 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 60
    wide = "<w:tbl>" + '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="9999"/></w:tcPr><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc></w:tr>' * 2_000 + "</w:tbl>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", f"{head}{deep}{wide}</w:body></w:document>")
    begun = time.monotonic()
    assert isinstance(source_of("a.docx", out.getvalue()), Source)
    assert time.monotonic() - begun < 20
    del tmp_path


def _never(name: str, data: bytes) -> Source:
    del data
    while name:
        time.sleep(0.01)
    return Source(name, "", ())


def _hungry(name: str, data: bytes) -> Source:
    del data
    held = bytearray(8_000_000_000)
    return Source(name, str(len(held)), ())


def test_a_reader_that_never_ends_is_stopped() -> None:
    with pytest.raises(IntakeError, match="在 3 秒内没有读完"):
        read_apart(_never, ("a.pdf", b""), "a.pdf", 3)


def test_a_reader_that_takes_all_memory_is_stopped() -> None:
    with pytest.raises(IntakeError, match="内存过多"):
        read_apart(_hungry, ("a.pdf", b""), "a.pdf", 60)


def test_without_an_office_program_an_old_document_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(office, "program", lambda: "")
    (tmp_path / "旧.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "WordDocument".encode("utf-16-le") + b"\0" * 600)
    assert refused(tmp_path / "旧.doc", capsys) == "“旧.doc”是旧格式的 Word 文档（.doc），读取它需要安装 LibreOffice。请用 Word 或 WPS 打开后另存为 .docx 重试。"


def test_no_year_anywhere_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = Document()
    table = document.add_table(2, 5)
    for at, text in enumerate(("三级指标", "目标值", "实现值", "分值", "得分")):
        table.cell(0, at).text = text
    for at, text in enumerate(("培训", "5次", "5次", "10", "10")):
        table.cell(1, at).text = text
    document.save(str(tmp_path / "a.docx"))
    assert refused(tmp_path / "a.docx", capsys) == "“a.docx”中没有找到年度。请用 --year 指明，例如 --year 2024。"
    assert main(["import", str(tmp_path / "a.docx"), "-o", str(tmp_path / "b.xlsx"), "--year", "2024"]) == 1  # no unit is named: something to look at
    assert "没有找到填报单位的名称" in capsys.readouterr().out


def test_what_is_not_there_and_where_it_cannot_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "文件不存在" in refused(tmp_path / "a.pdf", capsys)
    source = WORDS["merged"](tmp_path / "a.docx")
    assert main(["import", str(source), "-o", str(tmp_path / "a.xls")]) == 2
    assert "扩展名应为 .xlsx" in capsys.readouterr().err
    assert main(["import", str(source), "-o", str(tmp_path / "none" / "a.xlsx")]) == 2
    assert "不存在" in capsys.readouterr().err


def test_a_picture_a_program_and_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)
    assert "不是文本文件" in refused(tmp_path / "a.png", capsys)
    (tmp_path / "folder").mkdir()
    assert "文件夹" in refused(tmp_path / "folder", capsys)

def test_a_rule_set_file_that_does_not_hold_is_told_line_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report is understood in a process of its own: the message comes from there."""
    source = WORDS["merged"](tmp_path / "a.docx")
    bad = tmp_path / "bad.toml"
    bad.write_text((SHIPPED / "jiangxi-project-2017.toml").read_text(encoding="utf-8").replace("score_places = 2", "score_places = 7").replace("step = 5", "step = 0"), encoding="utf-8")
    assert main(["import", str(source), "-o", str(tmp_path / "x.xlsx"), "--ruleset", str(bad)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sorted(line.partition("：")[0] for line in said.err.splitlines()) == ["规则集文件“bad.toml”的“rounding.第1项.score_places”有误", "规则集文件“bad.toml”的“rules.satisfaction.step”有误"]
    assert not (tmp_path / "x.xlsx").exists()
