"""The rule set that our own report names: however the sentence comes back, whatever has become of the rule set."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document

from perfeval_xl.core.model import Submission
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.intake.convert import Taken, Wishes, take_in
from perfeval_xl.intake.kind import chosen
from perfeval_xl.intake.own_words import is_own_note, ruleset_named
from perfeval_xl.intake.source import Paragraph
from perfeval_xl.intake.take import source_of
from perfeval_xl.report.narration import evaluation_story
from perfeval_xl.report.points import rules_note
from perfeval_xl.report.word.make import make_document
from perfeval_xl.report.word.templates import shipped
from perfeval_xl.rulesets.loader import FOLDER_VARIABLE, SHIPPED, load
from perfeval_xl.workbook.assess import Request, assess
from tests.intake.test_round_trip import DEPARTMENT, SAMPLE

LOCAL = "hubei-project-2020-本局-2024"
DIFFERENCES = "注：以下得分与按评分规则计算的结果不一致，表中为填报得分，请核对：“巡查次数”填报9分，计算10分。"
TITLES = ["湖北省项目支出", "关于“双减”专项的“一事一评”规则", "“双减”", "（试行）", "支出（规则集试行）办法", '关于"双减"专项', "项" * 100, "项" * 1_000, "第一行\n第二行", "open data 2024"]


def named(text: str) -> str:
    found = ruleset_named([Paragraph(text, "第 1 段")])
    return found[0] if found else ""


def ruleset(title: str, identifier: str = LOCAL) -> Ruleset:
    return dataclasses.replace(load(DEPARTMENT), id=identifier, title=title)


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("after", ["", DIFFERENCES])
def test_whatever_the_title_the_identifier_is_read_and_the_note_known_as_ours(title: str, after: str) -> None:
    note = rules_note(ruleset(title))
    assert len(note) < 200
    assert "\n" not in note
    assert named(note + after) == LOCAL
    assert is_own_note(note + after)


WAYS: dict[str, Callable[[str], str]] = {
    "line of a PDF that ends inside the identifier": lambda note: note.replace("hubei-project-2020", "hubei-project- 2020"),
    "line that ends anywhere": lambda note: note.replace("hubei-project-2020", "hu bei-pro ject-20 20"),
    "line that ends before the identifier": lambda note: note.replace("（规则集 ", "（规则集\u3000"),
    "no blank": lambda note: note.replace("（规则集 ", "（规则集"),
    "no-break hyphens": lambda note: note.replace("-", "\u2011"),
    "soft hyphens": lambda note: note.replace("-", "\u00ad"),
    "dashes": lambda note: note.replace("-", "–"),
    "full width": lambda note: note.replace("-", "－").replace("2020", "２０２０"),
    "ASCII punctuation": lambda note: note.translate(str.maketrans("：“”（）。，", ':""().,')),
    "straight quotes": lambda note: note.translate(str.maketrans("“”", '""')),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("title", ["湖北省项目支出（2020年）", "关于“双减”专项"])
def test_the_note_is_known_in_every_form_that_programs_give_it(way: str, title: str) -> None:
    note = WAYS[way](rules_note(ruleset(title)))
    assert note != rules_note(ruleset(title))
    assert named(note) == LOCAL
    assert is_own_note(note)


@pytest.mark.parametrize("text", [
    "注：得分按“甲”（规则集 x）计算。请财务科核对。", "注：得分按“甲”（规则集 x）计算。另有一项按“乙”（规则集 y）计算。", "注：得分由财务科核定。", "注：得分按“甲”（规则集 x）计算。注：数据来自台账。",
    "", "注：",
])  # fmt: skip
def test_what_a_person_added_is_not_ours(text: str) -> None:
    assert not is_own_note(text)
    assert named(text) == ("x" if "规则集 x" in text else "")


@pytest.mark.parametrize("identifier", ["../../etc/x.toml", "x.toml", "a/b", "a\\b", ""])
def test_only_an_identifier_is_taken_never_a_path(identifier: str) -> None:
    assert named(f"注：得分按“甲”（规则集 {identifier}）计算。") == ""


def report(rules: Ruleset) -> bytes:
    """The report of a department by these rules."""
    done = assess(SAMPLE, Request())
    book = dataclasses.replace(done.ruleset.at(done.evaluation.day), ruleset=rules)
    return make_document("报告.docx", shipped("department"), evaluation_story(done.evaluation, book, [])).data


def taken(data: bytes, ruleset: str | None = None) -> Taken:
    return take_in(source_of("报告.docx", data), Wishes(ruleset))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a bureau's own rule sets."""
    made = tmp_path / "规则集"
    made.mkdir()
    monkeypatch.setenv(FOLDER_VARIABLE, str(made))
    return made


def store(folder: Path, base: str = DEPARTMENT, title: str = "本局规则", more: str = "") -> Ruleset:
    text = (SHIPPED / f"{base}.toml").read_text(encoding="utf-8").split("\n")
    at = {line.partition(" =")[0]: i for i, line in reversed(list(enumerate(text)))}
    text[at["id"]], text[at["title"]] = f'id = "{LOCAL}"', f"title = '{title}'"
    (folder / f"{LOCAL}.toml").write_text("\n".join(text) + more, encoding="utf-8")
    return ruleset(title)


def test_in_a_document_a_note_whose_hyphens_word_changed_is_neither_overlooked_nor_listed(folder: Path) -> None:
    document = Document(io.BytesIO(report(store(folder, title="关于“双减”专项的规则"))))
    notes = [p for p in document.paragraphs if LOCAL in p.text]
    assert len(notes) == 1
    notes[0].text = notes[0].text.replace("-", "\u2011")
    out = io.BytesIO()
    document.save(out)
    done = taken(out.getvalue())
    assert (done.ruleset.id, done.reason) == (LOCAL, "报告中注明")
    assert [d.reason for d in done.doubts if not d.is_minor] == []


def test_a_rule_set_that_is_here_but_broken_is_told_as_broken_with_what_is_wrong(folder: Path) -> None:
    data = report(store(folder, more='\n[[rules]]\nid = "x"\n'))
    (doubt,) = (d for d in taken(data).doubts if not d.is_minor)
    assert doubt.reason.startswith(f"报告注明得分按规则集“{LOCAL}”计算，本机的这个规则集不能使用（规则集文件“{LOCAL}.toml”的“rules.x.")
    assert doubt.reason.endswith(f"），暂按“广州市部门整体支出绩效自评（2023年度）”（{DEPARTMENT}）导入")
    assert "没有这个规则集" not in doubt.reason
    assert "请改正这个规则集" in doubt.remedy


def test_a_rule_set_that_is_no_text_is_told_as_broken(folder: Path) -> None:
    data = report(store(folder))
    (folder / f"{LOCAL}.toml").write_bytes(b"\xff\xfe\x00")
    (doubt,) = (d for d in taken(data).doubts if not d.is_minor)
    assert f"本机的这个规则集不能使用（规则集文件“{LOCAL}.toml”不是 UTF-8 编码的文本。请另存为 UTF-8）" in doubt.reason


def test_a_department_under_the_rules_for_projects_is_doubted_whether_asked_for_or_named() -> None:
    project = load("national-project-2020")
    submission = Submission("报告.docx", "表1", "2023年度某局部门整体支出绩效自评报告", "某局", 2023, [], form="department")
    note = Paragraph(rules_note(project), "第 9 段")
    for asked, words in ((project.id, "指定"), (None, "报告注明")):
        got, _, (doubt,) = chosen(submission, asked, (project.id, note), "第 1 段")
        assert got == project
        assert (doubt.place, doubt.text) == ("第 1 段", submission.title)
        assert doubt.reason == f"标题写明是部门整体支出，{words}的规则集“{project.title}”用于项目支出"
        assert "请确认规则集" in doubt.remedy
        assert doubt.is_minor == bool(asked)  # who asked for it knows
    assert chosen(submission, None, (DEPARTMENT, note), "第 1 段")[2] == []
    assert chosen(dataclasses.replace(submission, form="project"), None, (project.id, note), "第 1 段")[2] == []
