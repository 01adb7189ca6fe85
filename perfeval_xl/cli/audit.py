"""Commands on what is wrong: check, explain."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfeval_xl.cli.base import HELP, PASSWORD, cli, password_of, stop

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Sequence

    from perfeval_xl.core.model import Submission


@cli.command(help="查找自评表中的问题，逐项指明单元格和处理办法；可与申报表、上年自评表比较。")
@click.argument("files", metavar="文件或文件夹", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--against", metavar="申报表", multiple=True, type=click.Path(path_type=Path), help="绩效目标申报表（或其文件夹），可多次给出；按单位和项目对应")
@click.option("--previous", metavar="上年自评表", multiple=True, type=click.Path(path_type=Path), help="上年自评表（或其文件夹，或 merge --export 导出的文件夹），可多次给出；按单位和项目对应")
@click.option("--as-of", metavar="日期", help="年度中监控的截止日期，如 2026-06-30")
@click.option("--ruleset", help="规则集编号，或规则集文件的路径")
@click.option("-o", "--output", metavar="问题清单.xlsx", type=click.Path(path_type=Path), help="写出问题清单；已有的问题清单中的复核意见会保留")
@click.option("--accepted", metavar="问题清单.xlsx", multiple=True, type=click.Path(path_type=Path), help="填写了复核意见的问题清单，可多次给出")
@PASSWORD
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@HELP
def check(  # noqa: PLR0913  # click passes them
    files: tuple[Path, ...], against: tuple[Path, ...], previous: tuple[Path, ...], as_of: str | None, ruleset: str | None, output: Path | None,
    accepted: tuple[Path, ...], password_file: Path | None, as_json: bool,  # noqa: FBT001
) -> None:  # fmt: skip
    from perfeval_xl.batch.check import CheckError, CheckRequest, check_files  # noqa: PLC0415
    from perfeval_xl.files import OutputError  # noqa: PLC0415
    from perfeval_xl.report.progress import telling  # noqa: PLC0415
    from perfeval_xl.workbook.issue_book import check_issue_output, write_issue_book  # noqa: PLC0415

    day = _day(as_of)
    try:
        before = check_issue_output(output, [*files, *against, *previous]) if output is not None else ()
        with telling("正在校验") as tell:
            exports = _exports(previous)
            files_of = tuple(path for path in previous if path not in exports)
            request = CheckRequest(ruleset, password_of(password_file), against, files_of, (*before, *accepted), day, (output,) if output else (), tell, _looked_up(exports))
            checked = check_files(files, request)
        if output is not None:
            write_issue_book(checked, output)
    except (CheckError, OutputError) as error:
        stop(str(error))
    if as_json:
        import json  # noqa: PLC0415

        from perfeval_xl.report.issues import issues_document  # noqa: PLC0415

        click.echo(json.dumps(issues_document(checked), ensure_ascii=False, indent=2))
    else:
        from perfeval_xl.report.issues import show_issues  # noqa: PLC0415

        show_issues(checked)
    if output is not None:
        click.echo(f"问题清单已写入 {output}", err=True)
    if not any(one.is_read for one in checked.files):
        stop("没有一个文件能够读取并计分，原因见上。")
    if checked.has_errors:
        sys.exit(1)


def _exports(previous: tuple[Path, ...]) -> list[Path]:
    """Those of the given places that `merge --export` wrote."""
    folders = [path for path in previous if path.is_dir()]
    if not folders:
        return []
    from perfeval_xl.batch.history import is_export  # noqa: PLC0415  # its library is large, and only wanted here

    return [path for path in folders if is_export(path)]


def _looked_up(exports: list[Path]) -> Callable[[Submission], Sequence[Submission]] | None:
    if not exports:
        return None
    from perfeval_xl.batch.history import HistoryError, submissions  # noqa: PLC0415

    def find(submission: Submission) -> list[Submission]:
        try:
            return [one for folder in exports for one in submissions(folder, submission.year, [submission.department])]
        except HistoryError as error:
            stop(str(error))

    return find


def _day(text: str | None) -> datetime.date | None:
    import datetime  # noqa: PLC0415

    if text is None:
        return None
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").date()  # a day has no zone
    except ValueError:
        stop(f"--as-of 的日期“{text}”不正确。请写成“年-月-日”，如 2026-06-30。")


@cli.command(help="说明一种问题的含义、处理办法和依据；--all 列出全部。")
@click.argument("kind", metavar="[问题]", required=False)
@click.option("--all", "show_all", is_flag=True, help="全部问题，Markdown 格式")
@HELP
def explain(kind: str | None, show_all: bool) -> None:  # noqa: FBT001  # click passes flags
    from perfeval_xl.core.findings import KINDS  # noqa: PLC0415

    if show_all:
        from perfeval_xl.report.catalogue import catalogue  # noqa: PLC0415

        click.echo(catalogue())
        return
    if kind is None:
        stop("请写明问题的名称或编号，例如：perfeval explain score-mismatch；或用 perfeval explain --all 列出全部。")
    from perfeval_xl.report.terminal import show_kind  # noqa: PLC0415

    found = KINDS.get(kind.lower()) or next((k for k in KINDS.values() if k.code == kind.upper()), None)
    if found is None:
        stop(f"没有名为“{kind}”的问题。可用的名称：" + "、".join(KINDS))
    show_kind(found)
