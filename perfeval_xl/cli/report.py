"""The command that writes documents: report."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfeval_xl.cli.base import HELP, PASSWORD, SHEET, cli, password_of, stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfeval_xl.core.findings import Finding
    from perfeval_xl.report.narration import Story

KINDS = ("department", "project", "summary")


@cli.command(help="由自评表生成绩效自评报告（Word 文档），由 merge 的汇总表生成汇总报告；数字全部取自表中，缺少的内容标明【待填】。")
@click.argument("file", metavar="文件", required=False, type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="报告.docx", type=click.Path(path_type=Path), help="写出的报告")
@click.option("--template", metavar="模板.docx", type=click.Path(path_type=Path), help="自己的模板；默认用程序自带的")
@click.option("--annotate", type=click.Choice(["none", "annex", "comments"]), default="none", help="校验发现的问题：不写入（默认）、作为附表、作为 Word 批注")
@click.option("--write-template", nargs=2, type=(click.Choice(KINDS), click.Path(path_type=Path)), metavar="种类 模板.docx", help="写出一份自带的模板供修改：department 部门整体、project 项目、summary 汇总")
@click.option("--ruleset", help="规则集编号，或规则集文件的路径")
@SHEET
@PASSWORD
@HELP
def report(  # noqa: PLR0913  # click passes them
    file: Path | None, output: Path | None, template: Path | None, annotate: str, write_template: tuple[str, Path] | None, ruleset: str | None, sheet: str,
    password_file: Path | None,
) -> None:  # fmt: skip
    from perfeval_xl.files import OutputError, check_output, write_aside  # noqa: PLC0415  # imports on demand: --help answers at once
    from perfeval_xl.report.word.guard import TemplateError  # noqa: PLC0415

    try:
        if write_template is not None:
            from perfeval_xl.report.word.templates import TITLES, shipped  # noqa: PLC0415

            kind, target = write_template
            check_output(target, ending=".docx")
            if target.exists():
                stop(f"“{target.name}”已经存在，没有写出模板，以免盖掉修改过的内容。请换一个文件名。")
            write_aside(target, shipped(kind))
            click.echo(f"“{TITLES[kind]}”的模板已写入 {target}。在 Word 或 WPS 中修改文字、字体和版面；双花括号内的名称不要改动。", err=True)
            if file is None:
                return
        if file is None or output is None:
            stop("请给出自评表（或汇总表）和输出文件，例如：perfeval report 自评表.xlsx -o 报告.docx。")
        check_output(output, file, ".docx")
        if template is not None:
            check_output(output, template)
        story, kind, findings = _told(file, (ruleset, sheet, password_file), annotate)
        from perfeval_xl.report.word.report import report as made  # noqa: PLC0415

        document = made(story, kind, template)
        write_aside(output, document.data)
    except (OutputError, TemplateError) as error:
        stop(str(error))
    errors = [f for f in findings if f.severity.value == "error"]
    _show(errors, document.open_places)
    click.echo(f"报告已写入 {output}", err=True)
    if errors:
        sys.exit(1)


def _told(file: Path, asked: tuple[str | None, str, Path | None], annotate: str) -> tuple[Story, str, Sequence[Finding]]:
    """What the file says, which template fits, and what is wrong in it."""
    from perfeval_xl.batch.overview import is_consolidated, read_overview, without_details  # noqa: PLC0415
    from perfeval_xl.core.checks import full_audit  # noqa: PLC0415
    from perfeval_xl.report.narration import evaluation_story, is_department  # noqa: PLC0415
    from perfeval_xl.report.remarks import Annotate  # noqa: PLC0415
    from perfeval_xl.report.signs import with_chosen_signs  # noqa: PLC0415
    from perfeval_xl.rulesets.loader import RulesetError, load  # noqa: PLC0415
    from perfeval_xl.workbook.assess import AssessError, Request, assess_book  # noqa: PLC0415
    from perfeval_xl.workbook.read import ReadError, content_of, read_bytes, shown_name  # noqa: PLC0415

    ruleset, sheet, password_file = asked
    password = password_of(password_file)
    try:
        if ruleset:
            load(ruleset)  # a wrong name is told before a long read
        name = shown_name(file.name)
        book = read_bytes(name, without_details(name, content_of(file)), password)
        if is_consolidated(book):
            from perfeval_xl.report.summary import overview_story  # noqa: PLC0415

            return overview_story(read_overview(book)), "summary", []
        done = assess_book(book, Request(ruleset, sheet, password))
    except ReadError as error:
        stop(f"{error.finding.kind.code} {error.finding.kind.kind} {error}")
    except RulesetError as error:
        stop(str(error))
    except AssessError as error:
        stop((f"{error.finding.kind.code} {error.finding.kind.kind} " if error.finding is not None else "") + str(error))
    rules = done.ruleset.at(done.evaluation.day)
    findings = full_audit(done.evaluation.submission, done.evaluation, rules).findings
    return evaluation_story(with_chosen_signs(done.evaluation, book), rules, findings, Annotate(annotate)), "department" if is_department(done.evaluation, rules) else "project", findings


MAX_SHOWN = 20


def _show(errors: Sequence[Finding], open_places: int) -> None:
    """What a person has to look at before the report goes out."""
    from perfeval_xl.report.terminal import bounded  # noqa: PLC0415

    if open_places:
        click.echo(f"有 {open_places} 处标明【待填】，请在 Word 中查找“【待填】”逐处补充。")
    if errors:
        click.echo(f"表中有 {len(errors)} 项错误，请改正后重新生成报告：")
    for one in errors[:MAX_SHOWN]:
        click.echo(f"  {one.location} {one.kind.code} {bounded(one.message)}")
    if len(errors) > MAX_SHOWN:
        click.echo(f"  另有 {len(errors) - MAX_SHOWN} 项，运行 perfeval check 查看全部。")
