"""The command that takes published documents in: import."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfeval_xl.cli.base import HELP, PASSWORD, cli, password_of, stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfeval_xl.intake.source import Doubt

MAX_SHOWN = 20


@cli.command("import", help="把已公开的自评报告（.txt .docx .doc .pdf）或其他格式的自评表（.xlsx .xls .et）转为自评表，逐项注明出处，未能读懂的内容列入清单。")
@click.argument("source", metavar="来源文件", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, metavar="自评表.xlsx", type=click.Path(path_type=Path), help="写出的自评表")
@click.option("--ruleset", help="规则集编号，或规则集文件的路径")
@click.option("--year", type=click.IntRange(2000, 2100), help="年度，文件中没有写明时使用")
@click.option("--sheet", default="", metavar="工作表", help="取哪一张表：工作簿的工作表名，或文档中的“表2”")
@PASSWORD
@HELP
def import_(source: Path, output: Path, ruleset: str | None, year: int | None, sheet: str, password_file: Path | None) -> None:  # noqa: PLR0913  # click passes them
    from perfeval_xl.files import OutputError, check_output  # noqa: PLC0415  # imports on demand: --help answers at once
    from perfeval_xl.intake.convert import Wishes  # noqa: PLC0415
    from perfeval_xl.intake.source import IntakeError  # noqa: PLC0415
    from perfeval_xl.intake.take import take, write_taken  # noqa: PLC0415

    try:
        check_output(output, source, ".xlsx")
        existed = output.exists()
        taken = take(source, Wishes(ruleset, year, sheet, password_of(password_file)))
        write_taken(output, taken)
    except (OutputError, IntakeError) as error:
        stop(str(error))
    counts = taken.counts
    name = taken.filling.project or taken.filling.department
    click.echo(f"已导入 {taken.filling.year} 年度{f'“{name}”的' if name else ''}自评表{'' if name else '（原文没有写明单位和项目）'}：指标 {counts['indicators']} 项，文字 {counts['narratives']} 项，金额 {counts['amounts']} 个。")
    click.echo(f"规则集：{taken.ruleset.title}（{taken.ruleset.id}），{taken.reason}。")
    click.echo("每项内容在原文件中的位置，见工作表“导入来源”。")
    _show(taken.doubts)
    click.echo(f"自评表已写入 {output}{'（已替换原有的同名文件）' if existed else ''}", err=True)
    if any(not d.is_minor for d in taken.doubts):
        sys.exit(1)


def _show(every: Sequence[Doubt]) -> None:
    from perfeval_xl.report.terminal import bounded  # noqa: PLC0415

    doubts = [d for d in every if not d.is_minor]
    if doubts:
        click.echo(f"有 {len(doubts)} 处需要核对，全部列在工作表“导入待核对”：")
    for one in doubts[:MAX_SHOWN]:
        click.echo(f"  {one.place} {bounded(one.reason)}：{bounded(one.text)}")
    if len(doubts) > MAX_SHOWN:
        click.echo(f"  另有 {len(doubts) - MAX_SHOWN} 处。")
