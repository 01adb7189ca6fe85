"""Commands on one table: new, score, recalc."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from perfeval_xl.cli.base import HELP, PASSWORD, SHEET, assessed, cli, stop


@cli.command(help="新建一份空白的自评表或绩效目标申报表。")
@click.argument("output", metavar="输出文件", type=click.Path(path_type=Path))
@click.option("--form", "kind", type=click.Choice(["self-evaluation", "target-declaration"]), default="self-evaluation", help="自评表（默认），或绩效目标申报表")
@click.option("--ruleset", help="规则集编号，或规则集文件的路径；默认为全国项目支出自评")
@click.option("--department", default="", help="单位名称")
@click.option("--year", type=click.IntRange(2000, 2100), help="年度，默认为上一年")
@HELP
def new(output: Path, kind: str, ruleset: str | None, department: str, year: int | None) -> None:
    import datetime  # noqa: PLC0415

    from perfeval_xl.files import OutputError  # noqa: PLC0415
    from perfeval_xl.rulesets.loader import FALLBACK, RulesetError, load  # noqa: PLC0415
    from perfeval_xl.workbook.forms.blank import write_blank  # noqa: PLC0415

    try:
        rules = load(ruleset or FALLBACK)
        made = write_blank(output, kind, rules, year or datetime.date.today().year - 1, department)  # the clerk's day
    except (RulesetError, OutputError) as error:
        stop(str(error))
    except LookupError:
        stop(f"规则集“{ruleset or FALLBACK}”在 {year} 年没有可用的参数。请换一个年度，或用 perfeval rulesets 查看各规则集。")
    click.echo(made)


@cli.command(help="计算一份自评表的得分。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@click.option("--ruleset", help="规则集编号，或规则集文件的路径")
@SHEET
@PASSWORD
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@click.option("--trace", is_flag=True, help="列出每个得分的计算过程，以及表格各列认作什么")
@HELP
def score(file: Path, ruleset: str | None, sheet: str, password_file: Path | None, as_json: bool, trace: bool) -> None:  # noqa: FBT001, PLR0913  # click passes them
    from perfeval_xl.core.evaluate import trace as trace_of  # noqa: PLC0415

    done = assessed(file, ruleset, sheet, password_file)
    evaluation = done.evaluation
    traces = trace_of(evaluation, done.ruleset) if trace else None
    if as_json:
        import json  # noqa: PLC0415

        from perfeval_xl.report.document import evaluation_document  # noqa: PLC0415

        document = evaluation_document(evaluation, traces)
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        from perfeval_xl.report.terminal import show_evaluation  # noqa: PLC0415

        show_evaluation(evaluation, traces)
    if any(f.severity.value == "error" for f in evaluation.findings):
        sys.exit(1)


@cli.command(help="计算完成率、得分和合计并填入表中，另存为新文件；其余内容一字不动。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, metavar="输出文件", type=click.Path(path_type=Path), help="输出文件，不能是输入文件本身")
@click.option("--ruleset", help="规则集编号，或规则集文件的路径")
@SHEET
@PASSWORD
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@HELP
def recalc(file: Path, output: Path, ruleset: str | None, sheet: str, password_file: Path | None, as_json: bool) -> None:  # noqa: FBT001, PLR0913  # click passes them
    from perfeval_xl.files import OutputError, check_output, write_aside  # noqa: PLC0415
    from perfeval_xl.report.changes import changes_document, show_changes  # noqa: PLC0415
    from perfeval_xl.workbook.refill import refilled, same_bytes, state_of  # noqa: PLC0415

    try:
        check_output(output, file)
        state = state_of(file)
        taken = assessed(file, ruleset, sheet, password_file)
        evaluation = taken.evaluation
        data = same_bytes(file, state)
        if data is None:
            stop(f"文件“{file.name}”在读取期间被改动。请在保存并关闭该文件后重试。")
        done = refilled(data, evaluation, taken.ruleset, taken.book.grids)
        if output.suffix.lower() != done.suffix:
            stop(f"输出文件名应以 {done.suffix} 结尾，否则 Excel 拒绝打开。请改用“{output.stem}{done.suffix}”。")
        write_aside(output, done.data)
    except OutputError as error:
        stop(str(error))
    if as_json:
        import json  # noqa: PLC0415

        click.echo(json.dumps(changes_document(evaluation, done, str(output)), ensure_ascii=False, indent=2))
    else:
        show_changes(evaluation, done, str(output))
    if any(f.severity.value == "error" for f in evaluation.findings):
        sys.exit(1)
