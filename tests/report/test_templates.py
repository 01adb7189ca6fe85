"""Templates: the shipped ones, a user's own with mistakes, a stranger's that means harm."""

from __future__ import annotations

import importlib.util
import re
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from perfeval_xl.report.narration import Story, evaluation_story
from perfeval_xl.report.word.guard import TemplateError, check_template
from perfeval_xl.report.word.make import make_document
from perfeval_xl.report.word.report import make_apart
from perfeval_xl.report.word.templates import TITLES, shipped
from perfeval_xl.workbook.assess import Request, assess
from tests.support.document import SAMPLES, opened, parts, run, with_body, with_part

ROOT = Path(__file__).parents[2]
SOURCE = SAMPLES / "yuangang-2023.xlsx"


def story() -> Story:
    done = assess(SOURCE, Request())
    return evaluation_story(done.evaluation, done.ruleset.at(done.evaluation.day), [])


def test_shipped_templates_are_what_the_package_builds_byte_for_byte(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("build", ROOT / "workbooks" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    made = build.build_report_templates(tmp_path)
    assert sorted(p.stem for p in made) == sorted(TITLES)
    assert [p.stem for p in made if p.read_bytes() != shipped(p.stem)] == []


@pytest.mark.parametrize("kind", sorted(TITLES))
def test_a_shipped_template_is_one_that_a_user_may_give_back(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "模板.docx"
    assert run("--write-template", kind, target) == 0
    check_template("模板.docx", target.read_bytes())
    assert target.read_bytes() == shipped(kind)
    assert run("--write-template", kind, target) == 2
    assert "已经存在" in capsys.readouterr().err


def test_the_fonts_are_official_with_what_to_take_where_they_are_missing() -> None:
    import io  # noqa: PLC0415
    import zipfile  # noqa: PLC0415

    with zipfile.ZipFile(io.BytesIO(shipped("department"))) as archive:
        fonts, styles, document = (archive.read(f"word/{n}.xml").decode() for n in ("fontTable", "styles", "document"))
    for name in ("仿宋_GB2312", "楷体_GB2312", "黑体", "方正小标宋简体"):
        assert f'<w:font w:name="{name}"><w:altName w:val="' in fonts
        assert f'w:eastAsia="{name}"' in styles
    assert re.search(r'<w:spacing(?=[^>]*w:line="560")(?=[^>]*w:lineRule="exact")', styles)  # 28 points
    assert 'w:firstLineChars="200"' in styles
    assert "PAGE" not in document


def test_a_users_template_is_used_and_its_own_text_stays(tmp_path: Path) -> None:
    own = tmp_path / "自己的.docx"
    own.write_bytes(with_body(shipped("department"), "内部资料　{{ 单位名称 }}　得分 {{ 总分.得分 }}"))
    assert run(SOURCE, "-o", tmp_path / "a.docx", "--template", own) == 0
    assert opened(tmp_path / "a.docx").paragraphs[0].text == "内部资料　广州市天河区人民政府元岗街道办事处　得分 39.9"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("得分：{{ 单位名 }}", ("“单位名”不是可用的内容", "在“得分：{{ 单位名 }}”一处", "相近的有：单位名称")),
        ("得分：{{ 总分.得粉 }}", ("“得粉”不是可用的内容", "得分")),
        ("{% for 行 in 指标表 %}甲", ("有写错的标记", "没有对应的结束标记")),
        ("甲{% endfor %}乙", ("有写错的标记", "甲{% endfor %}乙")),
        ("得分：{{ 单位名称 }", ("有写错的标记",)),
        ("{{ 单位名称 得分 }}", ("有写错的标记", "单位名称 得分")),
        ("{% include 'a' %}", ("无法使用",)),
    ],
)  # fmt: skip
def test_a_mistake_in_a_template_is_named_with_its_place(text: str, messages: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "自己的.docx"
    own.write_bytes(with_body(shipped("department"), text))
    assert run(SOURCE, "-o", tmp_path / "a.docx", "--template", own) == 2
    shown = capsys.readouterr().err
    assert "自己的.docx" in shown
    assert all(m in shown for m in messages), shown
    assert not (tmp_path / "a.docx").exists()
    assert "Traceback" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ 单位名称.__class__ }}", "{{ self.__init__.__globals__ }}", "{{ 指标表.append(1) }}", "{{ '{0.__class__}'.format(单位名称) }}",
        "{% for i in range(3) %}甲{% endfor %}", "{{ lipsum() }}", "{% import 'os' as x %}", "{{ '{a.__class__}'.format_map({'a': 年度}) }}",
    ],
)  # fmt: skip
def test_a_template_reaches_nothing_but_what_it_is_given(text: str) -> None:
    with pytest.raises(TemplateError) as refused:
        make_document("恶意.docx", with_body(shipped("department"), text), story())
    assert "恶意.docx" in str(refused.value)


def test_a_template_that_never_ends_is_stopped() -> None:
    loops = "".join("{% for a in '0123456789' %}" for _ in range(16)) + "{% endfor %}" * 16
    begun = time.monotonic()
    with pytest.raises(TemplateError, match="没有填写完"):
        make_apart("循环.docx", with_body(shipped("department"), loops), story(), seconds=6)
    assert time.monotonic() - begun < 40


@pytest.mark.skipif(sys.platform != "linux", reason="memory is only limited there")
def test_a_template_that_grows_beyond_the_limit_is_stopped() -> None:
    """Four bytes for each of a billion characters would fit into many machines, not into the limit."""
    with pytest.raises(TemplateError):
        make_apart("增长.docx", with_body(shipped("department"), "{{ ('甲' * 1000000000)[:1] }}"), story(), seconds=30)


EXTERNAL = b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="http://example.org/x" TargetMode="External"/></Relationships>'


WORD = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"


def with_paragraph(content: bytes) -> bytes:
    return with_part(shipped("department"), "word/document.xml", b"", old=b"<w:body>", new=b"<w:body><w:p>" + content + b"</w:p>")


def field(*pieces: bytes) -> bytes:
    inner = b"".join(p if p.startswith(b"<") else b"<w:r><w:instrText>" + p + b"</w:instrText></w:r>" for p in pieces)
    return b'<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + inner + b'<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def with_relation(relation: bytes, part: str = "", content_type: bytes = b"") -> bytes:
    made = with_part(shipped("department"), "word/_rels/document.xml.rels", b"", old=b"</Relationships>", new=relation + b"</Relationships>")
    if part:
        made = with_part(with_part(made, part, b"x" * 500), "[Content_Types].xml", b"", old=b"</Types>", new=content_type + b"</Types>")
    return made


def outside(target: bytes = b'Target="http://example.org/a.dotm"', mode: bytes = b'TargetMode="External"', kind: bytes = b"attachedTemplate") -> bytes:
    return with_relation(b'<Relationship Id="rId99" Type="' + RELATIONS + kind + b'" ' + target + b" " + mode + b"/>")


def spellings() -> dict[str, tuple[bytes, str]]:
    """The same harm in other words: XML has many ways to write one thing, and Word many ways to make up a field."""
    simple = b'<w:fldSimple w:instr="%s"><w:r><w:t>x</w:t></w:r></w:fldSimple>'
    return {
        "lower case": (with_paragraph(simple % b"includetext &quot;c:/x.txt&quot;"), "域"),
        "single quotes": (with_paragraph(b"<w:fldSimple w:instr='DDEAUTO c:/x.exe a'><w:r><w:t>x</w:t></w:r></w:fldSimple>"), "域"),
        "numbered character": (with_paragraph(simple % b"&#68;DEAUTO c:/x.exe a"), "域"),
        "other prefix": (with_paragraph(b'<q:fldSimple xmlns:q="' + WORD + b'" q:instr="DDEAUTO c:/x.exe a"/>'), "域"),
        "comment within": (with_paragraph(field(b"DDE<!-- x -->AUTO c:/x")), "域"),
        "after another field": (with_paragraph(field(b" PAGE") + field(b"DDEAUTO c:/x")), "域"),
        "put together by a mark": (with_paragraph(field(b"{{ 'DDE' ~ 'AUTO' }} c:/x")), "域"),
        "put together by a field": (with_paragraph(field(field(b" REF x "))), "域"),
        "in a footer": (with_part(shipped("department"), "word/footer1.xml", b"", old=b" PAGE ", new=b" dde x "), "域"),
        "mark declared to be markup": (with_paragraph(b"<w:r><w:t>{{ '&lt;/w:t&gt;&lt;w:instrText&gt;DDEAUTO x&lt;/w:instrText&gt;&lt;w:t&gt;'|safe }}</w:t></w:r>"), "标记"),
        "escaping switched off": (with_paragraph(
            b"<w:r><w:t>{% autoescape false %}{{ '&lt;/w:t&gt;&lt;w:instrText&gt;DDEAUTO x&lt;/w:instrText&gt;&lt;w:t&gt;' }}{% endautoescape %}</w:t></w:r>"), "域"),
        "external in single quotes": (outside(mode=b"TargetMode='External'"), "外部文件"),
        "external with spaces": (outside(mode=b'TargetMode = "External"'), "外部文件"),
        "external with a numbered character": (outside(mode=b'TargetMode="Externa&#108;"'), "外部文件"),
        "external behind a bracket": (outside(b'Target="http://example.org/a>.dotm"'), "外部文件"),
        "external that names a link": (outside(b'Target="http://example.org/hyperlink/a.dotm"'), "外部文件"),
        "external without saying so": (outside(mode=b""), "外部文件"),
        "program beside the pictures": (with_relation(b'<Relationship Id="rId99" Type="' + RELATIONS + b'oleObject" Target="media/x.bin"/>', "word/media/x.bin",
                                        b'<Default Extension="bin" ContentType="application/vnd.openxmlformats-officedocument.oleObject"/>'), "嵌入的程序"),
        "program called a picture": (with_relation(b'<Relationship Id="rId99" Type="' + RELATIONS + b'oleObject" Target="media/x.png"/>', "word/media/x.png",
                                     b'<Default Extension="png" ContentType="image/png"/>'), "嵌入的程序"),
        "page beside the text": (with_relation(b'<Relationship Id="rId99" Type="' + RELATIONS + b'aFChunk" Target="x.dat"/>', "word/x.dat",
                                 b'<Default Extension="dat" ContentType="text/html"/>'), "嵌入的程序"),
        "type said twice": (with_part(shipped("department"), "[Content_Types].xml", b"", old=b"</Types>", new=b'<Default Extension="XML" ContentType="text/html"/></Types>'), "两种说法"),
        "other encoding": (with_part(shipped("department"), "word/footer1.xml", b"<?xml version='1.0' encoding='UTF-7'?><a/>"), "异常"),
    }  # fmt: skip


def hostile() -> dict[str, tuple[bytes, str]]:
    good = shipped("department")
    rels = "word/_rels/document.xml.rels"
    return {
        "attached template": (with_part(good, "word/_rels/settings.xml.rels", b'<Relationships xmlns="x">' + EXTERNAL % b"attachedTemplate"), "外部文件"),
        "remote picture": (with_part(good, rels, b"", old=b"</Relationships>", new=EXTERNAL % b"image"), "外部文件"),
        "macro": (with_part(good, "word/vbaProject.bin", b"x"), "宏"),
        "control": (with_part(good, "word/activeX/activeX1.xml", b"<x/>"), "控件"),
        "program": (with_part(good, "word/embeddings/oleObject1.bin", b"x"), "嵌入的程序"),
        "DDE": (with_part(good, "word/document.xml", b"", old=b"</w:body>", new=b'<w:p><w:r><w:instrText> DDEAUTO c:\\x "a"</w:instrText></w:r></w:p></w:body>'), "域"),
        "DDE in pieces": (with_part(good, "word/document.xml", b"", old=b"</w:body>",
                                    new=b"<w:p><w:r><w:instrText>DDE</w:instrText></w:r><w:r><w:instrText>AUTO c:\\x</w:instrText></w:r></w:p></w:body>"), "域"),
        "entities": (with_part(good, "word/document.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "异常"),
        "bomb": (with_part(good, "word/document.xml", b"<w:document>" + b" " * 60_000_000), "MB"),
        "workbook": (SOURCE.read_bytes(), "不是 Word 文档"),
        "text": (b"hello", "不是 .docx"),
        "damaged": (good[:20_000], "已损坏"),
        **spellings(),
        "template format": (with_part(good, "[Content_Types].xml", b"", old=b"document.main+xml", new=b"template.main+xml"), "dotx"),
    }  # fmt: skip


@pytest.mark.parametrize("how", sorted(hostile()))
def test_what_could_do_harm_is_refused_before_it_is_opened(how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, message = hostile()[how]
    own = tmp_path / "模板.docx"
    own.write_bytes(data)
    assert run(SOURCE, "-o", tmp_path / "a.docx", "--template", own) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "a.docx").exists()


def test_fields_and_pictures_of_everyday_templates_are_no_harm() -> None:
    body = field(b" DATE \\@ &quot;yyyy&quot; ") + field(b"=(", field(b"PAGE"), b"+1)/2") + field(b"page\\* MERGEFORMAT") + b'<w:fldSimple w:instr=" NUMPAGES "/>'
    check_template("a.docx", with_paragraph(body))
    picture = b'<Relationship Id="rId99" Type="' + RELATIONS + b'image" Target="media/x.png"/>'
    check_template("a.docx", with_relation(picture, "word/media/x.png", b'<Default Extension="png" ContentType="image/png"/>'))


def test_a_hyperlink_is_no_harm() -> None:
    check_template("a.docx", with_part(shipped("department"), "word/_rels/document.xml.rels", b"", old=b"</Relationships>", new=EXTERNAL % b"hyperlink"))


def test_values_are_texts_and_never_templates_or_markup(tmp_path: Path) -> None:
    told = story()
    values: dict[str, Any] = {**told.values, "部门职能": "{{ 7*7 }} {% for %} {# x #} {_{ }_} </w:t><w:br/> & \ufffd"}
    made = make_document("department.docx", shipped("department"), told._replace(values=values))
    (tmp_path / "a.docx").write_bytes(made.data)
    assert values["部门职能"] in [p.text for p in opened(tmp_path / "a.docx").paragraphs]
    assert "word/document.xml" in parts(tmp_path / "a.docx")
