"""The command that serves: serve."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import click

from perfeval_xl.cli.base import HELP, cli, stop

_NEEDED = ("xlwings_server", "uvicorn", "itsdangerous", "filelock", "cryptography", "idna")


@cli.command(help="启动网页版加载项和汇总网页的服务：各电脑不装 Python，在 Excel 加载项或浏览器中使用。")
@click.option("--host", default="127.0.0.1", metavar="地址", help="监听的地址，默认 127.0.0.1 只供本机使用；0.0.0.0 供网络上的电脑使用")
@click.option("--port", default=8443, type=click.IntRange(1, 65535), metavar="端口", help="端口，默认 8443")
@click.option("--name", "names", multiple=True, metavar="名称", help="各电脑访问本服务器所用的名称，可多次给出；第一个写入加载项清单")
@click.option("--address", default="", metavar="网址", help="反向代理之后，用户访问所用的网址：https://名称 或 https://名称:端口")
@click.option("--certfile", metavar="文件", type=click.Path(path_type=Path), help="证书（PEM）；不给出时自动生成自签名证书")
@click.option("--keyfile", metavar="文件", type=click.Path(path_type=Path), help="证书的私钥（PEM）")
@click.option("--http", "is_plain", is_flag=True, help="不加密，只用于本机或反向代理之后")
@click.option("--workers", default=2, type=click.IntRange(1, 64), metavar="数量", help="工作进程数，默认 2")
@click.option("--token-file", metavar="文件", type=click.Path(path_type=Path), help="登录口令所在的文本文件，只取第一行；不给出时自动生成")
@click.option("--auth-hook", "hook", default="", metavar="模块:函数", help="单位自己的身份认证：函数收到请求的标头，返回用户名或 None")
@click.option("--license", "key", default="", metavar="密钥", help="xlwings 的许可密钥；政府机关等非商业用途为 noncommercial")
@click.option("--frame", "frames", multiple=True, metavar="网址", help="允许在框架中显示任务窗格的 Excel 网页版网址，可多次给出")
@click.option("--folder", metavar="文件夹", type=click.Path(path_type=Path), help="服务器的数据文件夹：任务、证书、口令")
@click.option("--max-files", default=5_000, type=click.IntRange(1, 100_000), metavar="数量", help="一批最多的文件数，默认 5000")
@click.option("--keep-hours", default=4.0, type=click.FloatRange(0.1, 720), metavar="小时", help="上传的文件和结果保留的时间，默认 4 小时")
@HELP
def serve(  # noqa: PLR0913  # click passes them
    host: str, port: int, names: tuple[str, ...], address: str, certfile: Path | None, keyfile: Path | None, is_plain: bool, workers: int, token_file: Path | None,  # noqa: FBT001
    hook: str, key: str, frames: tuple[str, ...], folder: Path | None, max_files: int, keep_hours: float,
) -> None:  # fmt: skip
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        stop("没有安装服务器部分。请运行 pip install 'perfeval-xl[server]' 后重试。")
    if (certfile is None) != (keyfile is None):
        stop("--certfile 和 --keyfile 要同时给出。")
    for path in (certfile, keyfile):
        if path is not None and not path.is_file():
            stop(f"文件“{path}”不存在。")
    from platformdirs import user_data_path  # noqa: PLC0415  # imports on demand: --help answers at once

    from perfeval_xl.excel.server.settings import Limits, StartError  # noqa: PLC0415
    from perfeval_xl.excel.server.start import Wanted, serve  # noqa: PLC0415

    place = folder or user_data_path("perfeval", appauthor=False) / "server"
    certificate = (certfile, keyfile) if certfile is not None and keyfile is not None else None
    limits = Limits(files=max_files, kept_seconds=keep_hours * 3_600)
    try:
        serve(Wanted(host, port, place.absolute(), names, certificate, is_plain, workers, token_file, key, hook, frames, limits, address), lambda text: click.echo(text, err=True))
    except StartError as error:
        stop(str(error))
