"""Commands on the desktop add-in: addin build, install, uninstall, bundle, doctor."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfeval_xl.cli.base import HELP, ChineseGroup, cli, stop

if TYPE_CHECKING:
    from perfeval_xl.excel.pc.profile import Profile

PROFILE = click.option("--profile", metavar="文件夹", type=click.Path(path_type=Path), help="在一个模拟的 C 盘上进行（其中有 Users、registry.json），供试验")
TRIAL = click.option("--dry-run", "is_trial", is_flag=True, help="只列出每一步，不做任何改动")


@cli.group(cls=ChineseGroup, help="Excel 桌面插件：生成、安装、卸载、诊断，制作离线安装包。")
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


@addin.command("install", help="为当前用户安装插件：不需要管理员权限，不联网；旧版本被替换，卸载时恢复原样。")
@click.option("--bundle", metavar="文件夹", type=click.Path(path_type=Path), help="离线安装包（perfeval addin bundle 制作），连同其中的 Python 一起安装")
@click.option("--send-to", "has_menu", is_flag=True, help="同时在右键菜单“发送到”中放入各个按钮，供不能用宏的电脑处理文件")
@PROFILE
@TRIAL
@HELP
def addin_install(bundle: Path | None, has_menu: bool, profile: Path | None, is_trial: bool) -> None:  # noqa: FBT001  # click passes them
    from perfeval_xl.excel.desktop.assets import material  # noqa: PLC0415
    from perfeval_xl.excel.install import InstallError, Request, install  # noqa: PLC0415
    from perfeval_xl.excel.pc.runtime import BundleError, opened  # noqa: PLC0415

    try:
        place = _profile(profile)
        if bundle is not None:
            taken = opened(bundle)
            request = Request(taken.addin, bundle=taken, tools=taken.tools, has_menu=has_menu)
        else:
            tools = [(p.name, p.read_bytes()) for p in sorted((material() / "tools").iterdir())]
            request = Request(_built(), _interpreter(profile), tools=tools, has_menu=has_menu)
        install(place, request, click.echo, is_trial=is_trial)
    except (InstallError, BundleError) as error:
        stop(str(error))
    except OSError as error:
        stop(f"文件“{error.filename}”无法读取。请重新安装本程序，或重新复制离线安装包。")
    click.echo("以上是将要做的各步，没有做任何改动。" if is_trial else "已安装。打开 Excel，“绩效自评”选项卡在功能区右端；没有出现时，请运行 perfeval addin doctor。")


@addin.command("uninstall", help="卸载插件，恢复安装前的内容；安装之后别人改动过的文件不动，并逐一说明。")
@click.option("--leave-program", "is_program_left", is_flag=True, hidden=True)
@PROFILE
@TRIAL
@HELP
def addin_uninstall(is_program_left: bool, profile: Path | None, is_trial: bool) -> None:  # noqa: FBT001  # click passes them
    from perfeval_xl.excel.install import InstallError, uninstall  # noqa: PLC0415

    try:
        uninstall(_profile(profile), click.echo, is_trial=is_trial, is_program_left=is_program_left)
    except InstallError as error:
        stop(str(error))


@addin.command("bundle", help="制作供信息技术人员分发的离线安装包：Python、全部程序包和一个 install.cmd，附 sha256 清单。制作时需要联网或自备程序包。")
@click.option("--python", "python", required=True, metavar="压缩包", type=click.Path(path_type=Path), help="从 Python 官方网站下载的 Windows embeddable package（64 位）")
@click.option("-o", "--output", required=True, metavar="文件夹", type=click.Path(path_type=Path), help="写出的文件夹，不能已经存在")
@click.option("--wheels", metavar="文件夹", type=click.Path(path_type=Path), help="自备的程序包文件夹；给出时不联网")
@HELP
def addin_bundle(python: Path, output: Path, wheels: Path | None) -> None:
    from perfeval_xl.excel.pc.bundle import BundleError, bundle  # noqa: PLC0415
    from perfeval_xl.files import OutputError  # noqa: PLC0415

    try:
        made = bundle(output, python, wheels, lambda line: click.echo(line, err=True))
    except (BundleError, OutputError) as error:
        stop(str(error))
    click.echo(f"离线安装包已写入 {made.folder}：{made.files} 个文件，{made.wheels} 个程序包，Python {made.python}")
    click.echo(f"清单 SHA256SUMS 的 sha256  {made.digest}")


@addin.command("doctor", help="检查本机能否使用插件，逐项给出处理办法；没有 Excel 的电脑检查其余各项。")
@PROFILE
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@HELP
def addin_doctor(profile: Path | None, as_json: bool) -> None:  # noqa: FBT001  # click passes it
    from perfeval_xl.excel.doctor import diagnose, document  # noqa: PLC0415

    found = diagnose(_profile(profile) if profile is not None else None)
    if as_json:
        import json  # noqa: PLC0415

        click.echo(json.dumps(document(found), ensure_ascii=False, indent=2))
    else:
        for one in found:
            click.echo(str(one))
    if any(one.is_error for one in found):
        sys.exit(1)


def _profile(folder: Path | None) -> Profile:
    from perfeval_xl.excel.pc.profile import ProfileError, made_up, this_pc  # noqa: PLC0415

    try:
        return this_pc() if folder is None else made_up(folder)
    except ProfileError as error:
        stop(str(error))


def _interpreter(profile: Path | None) -> Path:
    """The Python that runs this; in a made-up PC one of its own, where there is one."""
    found = sorted(profile.absolute().glob("**/python.exe")) if profile is not None else []
    return found[0] if found else Path(sys.executable)


def _built() -> bytes:
    import tempfile  # noqa: PLC0415

    from perfeval_xl.excel.desktop.build import BuildError, build  # noqa: PLC0415
    from perfeval_xl.files import OutputError  # noqa: PLC0415

    try:
        with tempfile.TemporaryDirectory(prefix="perfeval-") as folder:
            return build(Path(folder) / "perfeval.xlam").path.read_bytes()
    except (BuildError, OutputError) as error:
        stop(str(error))
