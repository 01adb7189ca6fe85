"""What every command shares: Chinese help and messages, common options, the program itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from perfeval_xl.workbook.assess import Assessment


class ChineseCommand(click.Command):
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


class ChineseGroup(ChineseCommand, click.Group):
    """Commands under 命令."""

    command_class = ChineseCommand

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section("命令"):
            formatter.write_dl([(name, self.commands[name].get_short_help_str(80)) for name in self.commands])


HELP = click.help_option("--help", "-h", help="显示本说明")
SHEET = click.option("--sheet", default="", metavar="工作表", help="指标表所在的工作表，有多张指标表时使用")
PASSWORD = click.option("--password-file", metavar="文件", type=click.Path(path_type=Path), help="存有打开密码的文本文件，只取第一行")


@click.group(cls=ChineseGroup, help="预算绩效自评：读取自评表，按规则计分，每个数字都可追溯。")
@HELP
@click.version_option(package_name="perfeval-xl", message="%(version)s", help="显示版本号")
def cli() -> None:
    """The program."""


def stop(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(2)


def password_of(path: Path | None) -> str | None:
    """First line of the file: a password on the command line could be seen by others."""
    if path is None:
        return None
    try:
        with path.open("rb") as stream:
            lines = stream.read(1_000).decode("utf-8-sig").splitlines()
    except OSError:
        stop(f"密码文件“{path.name}”无法打开。请检查文件是否存在、是否有读取权限。")
    except UnicodeDecodeError:
        stop(f"密码文件“{path.name}”不是 UTF-8 文本。请另存为 UTF-8 编码，只写一行密码。")
    if not lines or not lines[0]:
        stop(f"密码文件“{path.name}”的第一行是空的。请在第一行写上打开密码。")
    return lines[0]


def assessed(file: Path, ruleset: str | None, sheet: str, password_file: Path | None) -> Assessment:
    from perfeval_xl.workbook.assess import AssessError, Request, assess  # noqa: PLC0415  # imports on demand: --help answers at once

    try:
        return assess(file, Request(ruleset, sheet, password_of(password_file)))
    except AssessError as error:
        kind = f"{error.finding.kind.code} {error.finding.kind.kind} " if error.finding is not None else ""
        stop(f"{kind}{error}")


def in_chinese(error: click.ClickException) -> str:
    """Messages of the command-line library, in the users' language."""
    if isinstance(error, click.NoSuchOption):
        text = f"没有“{error.option_name}”这个选项"
    elif isinstance(error, click.MissingParameter):
        text = f"缺少参数“{_name(error.param)}”"
    elif isinstance(error, click.BadParameter):
        text = f"“{_name(error.param)}”的取值不正确" + _allowed(error.param)
    elif isinstance(error, click.UsageError) and "No such command" in error.message:
        text = "没有这个命令"
    elif isinstance(error, click.BadOptionUsage):
        text = f"选项“{error.option_name}”缺少取值"
    elif isinstance(error, click.FileError):
        text = f"文件“{error.filename}”无法打开"
    else:
        text = "命令的写法不正确，可能多写或少写了参数"
    return f"{text}。运行 perfeval --help 查看用法。"


def _name(param: click.Parameter | None) -> str:
    """As it is written on the command line: an option by its longest name."""
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return (param.human_readable_name if param is not None else "") or ""


def _allowed(param: click.Parameter | None) -> str:
    """What a parameter may be, in words."""
    kind = param.type if param is not None else None
    if isinstance(kind, click.Choice):
        return "，只能是其中之一：" + "、".join(map(str, kind.choices))
    if isinstance(kind, click.IntRange):
        return f"，应为 {kind.min} 至 {kind.max} 的整数"
    return ""
