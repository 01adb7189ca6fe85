"""Command line: parse, call one function, print. Exit status 0 nothing wrong, 1 errors found, 2 could not run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from perfeval_xl.core.model import Evaluation
    from perfeval_xl.core.ruleset import Ruleset


class _ChineseCommand(click.Command):
    """Help headings in Chinese."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), prefix="用法：")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [r for p in self.get_params(ctx) if (r := p.get_help_record(ctx)) is not None]
        if rows:
            with formatter.section("选项"):
                formatter.write_dl(rows)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [p.replace("[OPTIONS]", "[选项]").replace("COMMAND", "命令").replace("[ARGS]...", "…") for p in super().collect_usage_pieces(ctx)]


class _ChineseGroup(_ChineseCommand, click.Group):
    """Commands under 命令."""

    command_class = _ChineseCommand

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section("命令"):
            formatter.write_dl([(name, self.commands[name].get_short_help_str(80)) for name in self.commands])


_HELP = click.help_option("--help", "-h", help="显示本说明")


@click.group(cls=_ChineseGroup, help="预算绩效自评：读取自评表，按规则计分，每个数字都可追溯。")
@_HELP
@click.version_option(package_name="perfeval-xl", message="%(version)s", help="显示版本号")
def cli() -> None:
    """The program."""


@cli.command(help="计算一份自评表的得分。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@click.option("--ruleset", help="规则集编号，或规则集文件的路径")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@click.option("--trace", is_flag=True, help="列出每个得分的计算过程")
@_HELP
def score(file: Path, ruleset: str | None, as_json: bool, trace: bool) -> None:  # noqa: FBT001  # click passes flags
    from perfeval_xl.core.evaluate import trace as trace_of  # noqa: PLC0415

    evaluation, used = _evaluated(file, ruleset)
    traces = trace_of(evaluation, used) if trace else None
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


def _evaluated(file: Path, ruleset: str | None) -> tuple[Evaluation, Ruleset]:
    from perfeval_xl.core.evaluate import evaluate  # noqa: PLC0415  # imports on demand: --help answers at once
    from perfeval_xl.core.findings import Finding  # noqa: PLC0415
    from perfeval_xl.rulesets.choose import choose  # noqa: PLC0415
    from perfeval_xl.rulesets.loader import RulesetError, load  # noqa: PLC0415
    from perfeval_xl.workbook.parse import parse_book  # noqa: PLC0415
    from perfeval_xl.workbook.read import ReadError, read_workbook  # noqa: PLC0415

    try:
        if ruleset:
            load(ruleset)
        book = read_workbook(file)
        submission = parse_book(book.file, book.grids, book.names)
        if isinstance(submission, Finding):
            _stop(f"{submission.location}：{submission.message}")
        chosen, reason = choose(submission, ruleset)
        return evaluate(submission, chosen, reason), chosen
    except (ReadError, RulesetError) as error:
        _stop(str(error))
    except LookupError as error:
        _stop(f"规则集中没有在该年度有效的“{error.args[0]}”参数。请检查规则集的起止日期。")


@cli.command(help="列出规则集；给出编号时显示其内容、依据和未核实的部分。")
@click.argument("name", required=False, metavar="[编号]")
@_HELP
def rulesets(name: str | None) -> None:
    from perfeval_xl.report.terminal import show_ruleset, show_rulesets  # noqa: PLC0415
    from perfeval_xl.rulesets.loader import RulesetError, available, load  # noqa: PLC0415

    try:
        if name:
            show_ruleset(load(name))
        else:
            show_rulesets([load(str(path)) for path in available()])
    except RulesetError as error:
        _stop(str(error))


@cli.command(help="说明一种问题的含义、处理办法和依据。")
@click.argument("kind", metavar="问题")
@_HELP
def explain(kind: str) -> None:
    from perfeval_xl.core.findings import KINDS  # noqa: PLC0415
    from perfeval_xl.report.terminal import show_kind  # noqa: PLC0415

    found = KINDS.get(kind.lower()) or next((k for k in KINDS.values() if k.code == kind.upper()), None)
    if found is None:
        _stop(f"没有名为“{kind}”的问题。可用的名称：" + "、".join(KINDS))
    show_kind(found)


def _stop(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(2)


def _in_chinese(error: click.ClickException) -> str:
    """Messages of the command-line library, in the users' language."""
    name = ""
    if isinstance(error, click.NoSuchOption):
        text = f"没有“{error.option_name}”这个选项"
    elif isinstance(error, click.MissingParameter):
        name = (error.param.human_readable_name if error.param else "") or ""
        text = f"缺少参数“{name}”"
    elif isinstance(error, click.BadParameter):
        text = f"参数取值不正确：{error.message}"
    elif isinstance(error, click.UsageError) and "No such command" in error.message:
        text = "没有这个命令"
    elif isinstance(error, click.BadOptionUsage):
        text = f"选项“{error.option_name}”缺少取值"
    elif isinstance(error, click.FileError):
        text = f"文件“{error.filename}”无法打开"
    else:
        text = "命令的写法不正确，可能多写或少写了参数"
    return f"{text}。运行 perfeval --help 查看用法。"


def main(arguments: list[str] | None = None) -> int:
    """Runs the program; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        if not (arguments if arguments is not None else sys.argv[1:]):
            arguments = ["--help"]
        cli.main(arguments, prog_name="perfeval", standalone_mode=False)
    except click.ClickException as error:
        click.echo(_in_chinese(error), err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("已中止。", err=True)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
