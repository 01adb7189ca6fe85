"""Commands on rule sets: rulesets, rulesets add."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from perfeval_xl.cli.base import HELP, ChineseGroup, cli, stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfeval_xl.rulesets.sheet_finding import Fault


class _RulesetsGroup(ChineseGroup):
    """`rulesets [ID]` and `rulesets add FILE`: whatever is not `add` is an identifier."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args[:1] != ["add"] and not {"--help", "-h"} & set(args):
            args = ["show", *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click passes it
        return ["[编号] [-o 规则集.xlsx]", "|", "add 文件"]


@cli.group(cls=_RulesetsGroup, help="列出规则集；给出编号时显示其内容、依据和未核实的部分；存入本单位的规则集。")
@HELP
def rulesets() -> None:
    """Rule sets."""


@rulesets.command("show", help="（默认）列出规则集，或显示一个规则集；用 -o 导出为可修改的工作簿。")
@click.argument("name", required=False, metavar="[编号]")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="导出为工作簿，改好后用 perfeval rulesets add 存入")
@HELP
def rulesets_show(name: str | None, output: Path | None) -> None:
    from perfeval_xl.report.terminal import show_ruleset, show_rulesets  # noqa: PLC0415
    from perfeval_xl.rulesets.loader import RulesetError, in_use, load, sources  # noqa: PLC0415

    try:
        if output is not None:
            if not name:
                stop("请写明要导出的规则集编号，例如：perfeval rulesets national-project-2020 -o 规则集.xlsx")
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
        stop(str(error))


@rulesets.command("add", help="检查并存入一个规则集（.toml 文件，或改好的规则集工作簿），列出改动和样表得分的变化。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@HELP
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
        stop(str(error))
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
