"""Commands on the desktop add-in: addin build."""

from __future__ import annotations

from pathlib import Path

import click

from perfeval_xl.cli.base import HELP, ChineseGroup, cli, stop


@cli.group(cls=ChineseGroup, help="Excel 桌面插件：生成。")
@HELP
def addin() -> None:
    """The desktop add-in."""


@addin.command("build", help="生成 Excel 插件文件。内容相同则文件逐字节相同，可用 sha256 核对。")
@click.option("-o", "--output", type=click.Path(path_type=Path), default="perfeval.xlam", show_default=False, help="输出文件，默认为 perfeval.xlam")
@HELP
def addin_build(output: Path) -> None:
    from perfeval_xl.excel.desktop.build import BuildError, build  # noqa: PLC0415
    from perfeval_xl.files import OutputError, check_output  # noqa: PLC0415

    try:
        check_output(output, ending=".xlam")
        built = build(output)
    except (BuildError, OutputError) as error:
        stop(str(error))
    click.echo(f"已生成 {built.path}：{len(built.commands)} 个按钮，{len(built.functions)} 个函数，xlwings {built.xlwings}")
    click.echo(f"sha256  {built.sha256}")
