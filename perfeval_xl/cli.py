"""Command line: parse, call one function, print. Exit status 0 nothing wrong, 1 errors found, 2 could not run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfeval_xl.rulesets.sheet_finding import Fault
    from perfeval_xl.workbook.assess import Assessment


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
_SHEET = click.option("--sheet", default="", metavar="工作表", help="指标表所在的工作表，有多张指标表时使用")
_PASSWORD = click.option("--password-file", metavar="文件", type=click.Path(path_type=Path), help="存有打开密码的文本文件，只取第一行")


@click.group(cls=_ChineseGroup, help="预算绩效自评：读取自评表，按规则计分，每个数字都可追溯。")
@_HELP
@click.version_option(package_name="perfeval-xl", message="%(version)s", help="显示版本号")
def cli() -> None:
    """The program."""


@cli.command(help="计算一份自评表的得分。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@click.option("--ruleset", help="规则集编号，或规则集文件的路径")
@_SHEET
@_PASSWORD
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@click.option("--trace", is_flag=True, help="列出每个得分的计算过程，以及表格各列认作什么")
@_HELP
def score(file: Path, ruleset: str | None, sheet: str, password_file: Path | None, as_json: bool, trace: bool) -> None:  # noqa: FBT001, PLR0913  # click passes them
    from perfeval_xl.core.evaluate import trace as trace_of  # noqa: PLC0415

    done = _assessed(file, ruleset, sheet, password_file)
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
@_SHEET
@_PASSWORD
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@_HELP
def recalc(file: Path, output: Path, ruleset: str | None, sheet: str, password_file: Path | None, as_json: bool) -> None:  # noqa: FBT001, PLR0913  # click passes them
    from perfeval_xl.report.changes import changes_document, show_changes  # noqa: PLC0415
    from perfeval_xl.workbook.aside import OutputError, check_output, write_aside  # noqa: PLC0415
    from perfeval_xl.workbook.refill import refilled, same_bytes, state_of  # noqa: PLC0415

    try:
        check_output(output, file)
        state = state_of(file)
        assessed = _assessed(file, ruleset, sheet, password_file)
        evaluation = assessed.evaluation
        data = same_bytes(file, state)
        if data is None:
            _stop(f"文件“{file.name}”在读取期间被改动。请在保存并关闭该文件后重试。")
        done = refilled(data, evaluation, assessed.ruleset, assessed.book.grids)
        if output.suffix.lower() != done.suffix:
            _stop(f"输出文件名应以 {done.suffix} 结尾，否则 Excel 拒绝打开。请改用“{output.stem}{done.suffix}”。")
        write_aside(output, done.data)
    except OutputError as error:
        _stop(str(error))
    if as_json:
        import json  # noqa: PLC0415

        click.echo(json.dumps(changes_document(evaluation, done, str(output)), ensure_ascii=False, indent=2))
    else:
        show_changes(evaluation, done, str(output))
    if any(f.severity.value == "error" for f in evaluation.findings):
        sys.exit(1)


def _password(path: Path | None) -> str | None:
    """First line of the file: a password on the command line could be seen by others."""
    if path is None:
        return None
    try:
        with path.open("rb") as stream:
            lines = stream.read(1_000).decode("utf-8-sig").splitlines()
    except OSError:
        _stop(f"密码文件“{path.name}”无法打开。请检查文件是否存在、是否有读取权限。")
    except UnicodeDecodeError:
        _stop(f"密码文件“{path.name}”不是 UTF-8 文本。请另存为 UTF-8 编码，只写一行密码。")
    if not lines or not lines[0]:
        _stop(f"密码文件“{path.name}”的第一行是空的。请在第一行写上打开密码。")
    return lines[0]


def _assessed(file: Path, ruleset: str | None, sheet: str, password_file: Path | None) -> Assessment:
    from perfeval_xl.workbook.assess import AssessError, Request, assess  # noqa: PLC0415  # imports on demand: --help answers at once

    try:
        return assess(file, Request(ruleset, sheet, _password(password_file)))
    except AssessError as error:
        kind = f"{error.finding.kind.code} {error.finding.kind.kind} " if error.finding is not None else ""
        _stop(f"{kind}{error}")


class _RulesetsGroup(_ChineseGroup):
    """`rulesets [ID]` and `rulesets add FILE`: whatever is not `add` is an identifier."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args[:1] != ["add"] and not {"--help", "-h"} & set(args):
            args = ["show", *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click passes it
        return ["[编号] [-o 规则集.xlsx]", "|", "add 文件"]


@cli.group(cls=_RulesetsGroup, help="列出规则集；给出编号时显示其内容、依据和未核实的部分；存入本单位的规则集。")
@_HELP
def rulesets() -> None:
    """Rule sets."""


@rulesets.command("show", help="（默认）列出规则集，或显示一个规则集；用 -o 导出为可修改的工作簿。")
@click.argument("name", required=False, metavar="[编号]")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="导出为工作簿，改好后用 perfeval rulesets add 存入")
@_HELP
def rulesets_show(name: str | None, output: Path | None) -> None:
    from perfeval_xl.report.terminal import show_ruleset, show_rulesets  # noqa: PLC0415
    from perfeval_xl.rulesets.loader import RulesetError, in_use, load, sources  # noqa: PLC0415

    try:
        if output is not None:
            if not name:
                _stop("请写明要导出的规则集编号，例如：perfeval rulesets national-project-2020 -o 规则集.xlsx")
            from perfeval_xl.workbook.ruleset_book import write_ruleset_book  # noqa: PLC0415

            write_ruleset_book(load(name), output)
            click.echo(f"已写入 {output}。修改后运行 perfeval rulesets add {output}")
        elif name:
            show_ruleset(load(name))
        else:
            broken = show_rulesets(list(sources()), {source.path for source in in_use()})
            if broken:
                click.echo("\n".join(broken), err=True)
                sys.exit(1)
    except RulesetError as error:
        _stop(str(error))


@rulesets.command("add", help="检查并存入一个规则集（.toml 文件，或改好的规则集工作簿），列出改动和样表得分的变化。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@_HELP
def rulesets_add(file: Path, as_json: bool) -> None:  # noqa: FBT001  # click passes flags
    import datetime  # noqa: PLC0415
    import json  # noqa: PLC0415

    from perfeval_xl.report.rulesets import added_document, show_added  # noqa: PLC0415
    from perfeval_xl.rulesets.compare import compare  # noqa: PLC0415
    from perfeval_xl.rulesets.loader import RulesetContentError, RulesetError, load_toml  # noqa: PLC0415
    from perfeval_xl.rulesets.store import add, base_of, notes  # noqa: PLC0415
    from perfeval_xl.workbook.read import ReadError  # noqa: PLC0415
    from perfeval_xl.workbook.ruleset_book import read_ruleset_book  # noqa: PLC0415

    now = datetime.datetime.now().astimezone()
    try:
        if file.suffix.lower() == ".toml":
            ruleset, origin = load_toml(file), ""
        else:
            reading = read_ruleset_book(file)
            if reading.ruleset is None:
                _refuse(file, reading.faults, as_json)
            ruleset, origin = reading.ruleset, reading.origin
        old = base_of(ruleset, origin)
        comparison = compare(old, ruleset, now.date()) if old is not None else None
        remarks = notes(ruleset, now.date())
        stored = add(ruleset, now)
    except RulesetContentError as error:
        _refuse(file, error.messages, as_json)
    except (ReadError, RulesetError) as error:
        _stop(str(error))
    if as_json:
        click.echo(json.dumps(added_document(file.name, ruleset, stored, comparison, remarks), ensure_ascii=False, indent=2))
    else:
        show_added(ruleset, stored, comparison, remarks)


def _refuse(file: Path, faults: Sequence[Fault | str], as_json: bool) -> NoReturn:  # noqa: FBT001  # as click passes it
    """Every mistake of a rule set; exit status 1."""
    import json  # noqa: PLC0415

    from perfeval_xl.report.rulesets import refused_document  # noqa: PLC0415

    if as_json:
        click.echo(json.dumps(refused_document(file.name, faults), ensure_ascii=False, indent=2))
    more = len(faults) - _MAX_FAULTS
    lines = [str(fault) for fault in faults[:_MAX_FAULTS]] + ([f"另有 {more} 处。"] if more > 0 else [])
    click.echo("\n".join([*lines, f"共 {len(faults)} 处有误，规则集未存入，原有规则集没有改动。"]), err=True)
    sys.exit(1)


_MAX_FAULTS = 200


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
