"""Start: looks whether the server can run, says where it is and how to reach it, runs it, and leaves nothing behind."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from perfeval_xl.excel.server.names import bracketed, is_loopback, lasting, origin_of, reached_by
from perfeval_xl.excel.server.settings import UNDO_FOLDER, VARIABLE, Limits, Settings, StartError, private

LOG = logging.getLogger("perfeval.server")
LICENSE = "XLWINGS_LICENSE_KEY"
_SWEEP_SECONDS = 60
_GRACE_SECONDS = 10
_MIN_TOKEN = 12
NO_LICENSE = f"""没有设置 xlwings 的许可密钥，服务没有启动。
网页版加载项使用 xlwings Server：政府机关、学校等非商业用途按 PolyForm Noncommercial 1.0.0 许可免费使用，请加上选项 --license noncommercial；
企业等商业用途须向 xlwings 购买密钥，用 --license 密钥 或环境变量 {LICENSE} 给出。命令行、工作簿和桌面版加载项不需要密钥。"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line. names: further names it is reached by. certificate: file of certificate and of key, or None for its own. address: by which users reach it through a proxy, https://name[:port]."""

    host: str
    port: int
    folder: Path
    names: Sequence[str] = ()
    certificate: tuple[Path, Path] | None = None
    is_plain: bool = False
    workers: int = 1
    token_file: Path | None = None
    license: str = ""
    hook: str = ""
    frames: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)
    address: str = ""


def serve(wanted: Wanted, say: Callable[[str], None]) -> None:
    """Runs until it is stopped. Raises: StartError."""
    os.environ["XLWINGS_ON_SERVER"] = "true"  # before xlwings is imported: it looks once
    key = wanted.license or os.environ.get(LICENSE, "")
    if not key:
        raise StartError(NO_LICENSE)
    os.environ[LICENSE] = key
    _check_license()
    _check_port(wanted.host, wanted.port)
    try:
        wanted.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = settings_of(wanted)
        certificate = None if wanted.is_plain else wanted.certificate or _own_certificate(settings, wanted)
        _check_pair(certificate)
        _check_hook(settings)
        os.environ[VARIABLE] = str(settings.write())
    except OSError as error:
        raise StartError(f"无法写入数据文件夹“{wanted.folder}”。请检查权限，或用 --folder 换一个位置。") from error
    say(greeting(settings, wanted, certificate))
    _run(wanted, settings, certificate)
    say("服务已停止。")


def settings_of(wanted: Wanted) -> Settings:
    """What the workers need. Raises: StartError, OSError."""
    hosts = reached_by(wanted.host, wanted.names)
    address = f"http{'' if wanted.is_plain else 's'}://{bracketed(hosts[0])}:{wanted.port}"
    if not wanted.is_plain and wanted.port == 443:
        address = f"https://{bracketed(hosts[0])}"
    if wanted.address:
        address, outer = origin_of(wanted.address)
        hosts = tuple(dict.fromkeys((outer, *hosts)))
    is_own = is_loopback(wanted.host) and all(map(is_loopback, hosts))  # another name: something passes on requests from elsewhere
    token = "" if wanted.hook or (is_own and wanted.token_file is None) else _token(wanted)
    return Settings(wanted.folder, address, hosts, token, _kept(wanted.folder / "secret"), wanted.hook, tuple(wanted.frames), wanted.limits)


def _token(wanted: Wanted) -> str:
    """The deployment's token: the user's own, else one made at the first start and kept."""
    if wanted.token_file is None:
        return _kept(wanted.folder / "token")
    try:
        token = next(iter(wanted.token_file.read_text(encoding="utf-8-sig").splitlines()), "").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"口令文件“{wanted.token_file.name}”无法读取。请检查文件是否存在、是否为 UTF-8 文本。") from error
    if len(token) < _MIN_TOKEN:
        raise StartError(f"口令文件“{wanted.token_file.name}”第一行的口令少于 {_MIN_TOKEN} 个字符。请换一个长的口令。")
    return token


def _kept(path: Path) -> str:
    """A secret of this deployment, the same at every start."""
    with suppress(OSError):
        found = path.read_text(encoding="ascii").strip()
        if len(found) >= _MIN_TOKEN:
            return found
    made = secrets.token_urlsafe(24)
    private(path, made + "\n")
    return made


def _check_license() -> None:
    try:
        from xlwings.pro.utils import LicenseHandler  # noqa: PLC0415  # for a server, importing it looks at the key

        LicenseHandler.validate_license("pro")
    except Exception as error:
        if type(error).__name__ != "LicenseError":  # of a module that could not be imported
            raise
        raise StartError("xlwings 的许可密钥无效或已过期，服务没有启动。政府机关等非商业用途请用 --license noncommercial；商业密钥请核对后重试。") from error


def _check_port(host: str, port: int) -> None:
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(found[0], found[1]) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[4])
    except PermissionError as error:
        raise StartError(f"没有使用端口 {port} 的权限。请换一个 1024 以上的端口，或以有权限的账户启动。") from error
    except OSError as error:
        raise StartError(f"地址 {host} 的端口 {port} 不能使用，可能已被其他程序占用，或本机没有这个地址。请用 --port、--host 另行指定。") from error


def _check_pair(certificate: tuple[Path, Path] | None) -> None:
    """As the workers will load it: one that fails there is started again for ever."""
    if certificate is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*certificate, password=lambda: b"")
    except (OSError, ValueError) as error:  # also ssl.SSLError; a key with a password
        raise StartError(f"证书“{certificate[0]}”和私钥“{certificate[1]}”不能使用：请检查两个文件是否可读、是否为 PEM 格式、是否匹配，私钥不能带密码。") from error


def _check_hook(settings: Settings) -> None:
    from perfeval_xl.excel.server.access import hooked  # noqa: PLC0415

    try:
        found = hooked(settings.hook)
    except Exception as error:  # of the unit's own module: anything
        raise StartError(f"认证函数“{settings.hook}”不能载入（{type(error).__name__}）。请写成“模块:函数”，模块应在 PYTHONPATH 所列的文件夹中，并能单独导入。") from error
    if found is not None and not callable(found):
        raise StartError(f"认证函数“{settings.hook}”不是函数。请写成“模块:函数”。")


def _own_certificate(settings: Settings, wanted: Wanted) -> tuple[Path, Path]:
    from perfeval_xl.excel.server.certificate import certificate  # noqa: PLC0415

    return certificate(settings.folder, settings.hosts, lasting(wanted.host, wanted.names))


def greeting(settings: Settings, wanted: Wanted, certificate: tuple[Path, Path] | None) -> str:
    """Where the server is, who gets in, what to do next."""
    lines = [
        f"绩效自评服务：{settings.address}",
        f"  网页（WPS 和浏览器用户）：{settings.address}/merge",
        f"  Excel 加载项清单：{settings.address}/manifest.xml",
    ]
    if settings.hook:
        lines.append(f"  登录：由 {settings.hook} 认证")
    elif settings.token and wanted.token_file is None:
        lines.append(f"  登录口令：{settings.token}")
    elif settings.token:
        lines.append(f"  登录口令：见 {wanted.token_file}")
    else:
        lines.append("  只有本机可以访问，不需要登录口令。要供其他电脑使用，请加上 --host 0.0.0.0。")
    if certificate is not None and wanted.certificate is None:
        from perfeval_xl.excel.server.certificate import fingerprint  # noqa: PLC0415

        lines += [
            f"  证书：{certificate[0]}（自签名，SHA-256 指纹 {fingerprint(certificate[0])}）",
            "  使各电脑信任证书：复制到该电脑，双击—安装证书—本地计算机（或当前用户）—受信任的根证书颁发机构；",
            f"  命令行：certutil -addstore -user Root {certificate[0].name}；整个域可用组策略“受信任的根证书颁发机构”下发。",
        ]
    elif certificate is None and not is_loopback(wanted.host):
        lines.append("  注意：没有加密（--http）。请只在反向代理之后这样使用。")
    if certificate is None and settings.token and not wanted.address:
        lines.append("  在反向代理之后使用时，请用 --address https://名称 给出用户访问的网址，加载项清单和来源检查以它为准。")
    return "\n".join([*lines, "按 Ctrl+C 停止。"])


def _run(wanted: Wanted, settings: Settings, certificate: tuple[Path, Path] | None) -> None:
    import uvicorn  # noqa: PLC0415

    from perfeval_xl.excel.server.connections import KEPT_SECONDS, Connection, loop  # noqa: PLC0415
    from perfeval_xl.excel.server.log import configuration  # noqa: PLC0415
    from perfeval_xl.excel.server.parent import note_server  # noqa: PLC0415
    from perfeval_xl.excel.server.store import Store  # noqa: PLC0415
    from perfeval_xl.excel.snapshot import clear  # noqa: PLC0415

    store, over = Store(settings.jobs, settings.limits), threading.Event()
    store.stop_all("服务器重新启动，汇总已停止。已上传的文件还在，请点“重新汇总”。")

    own = settings.folder / "tmp"  # what requests leave half done: in the private folder, and gone with the next start
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(mode=0o700, exist_ok=True)
    os.environ.update(dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(own)))
    note_server(os.environ)

    def sweep() -> None:
        while not over.wait(_SWEEP_SECONDS):
            for step in (store.sweep, lambda: clear(settings.folder / UNDO_FOLDER), lambda: _clear_temporaries(own, time.time() - settings.limits.kept_seconds)):
                try:
                    step()
                except Exception:  # whatever it is: the next minute it is tried again, and what users left does not stay for ever
                    LOG.exception("error")

    threading.Thread(target=sweep, daemon=True).start()
    for name in ("SIGTERM", "SIGBREAK"):  # what ends services: uvicorn stops, then raises it anew, and there is still something to do
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _end)
    try:
        uvicorn.run(
            "perfeval_xl.excel.server.app:application", factory=True, host=wanted.host, port=wanted.port, workers=wanted.workers,
            ssl_certfile=str(certificate[0]) if certificate else None, ssl_keyfile=str(certificate[1]) if certificate else None,
            log_config=configuration(), access_log=False, server_header=False, proxy_headers=False, timeout_keep_alive=KEPT_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS, ws="none", http=Connection, loop=loop(wanted.workers),
            timeout_worker_healthcheck=_GRACE_SECONDS * 3,  # a large request is read at once, while a worker answers nobody
        )  # fmt: skip
    except SystemExit as stop:
        if stop.code:
            raise StartError("服务没有能够启动，原因见上面的日志。证书和密钥文件是否匹配、可读？") from stop
    except KeyboardInterrupt:
        pass
    finally:
        over.set()
        store.stop_all("服务器已停止，汇总没有完成。请在服务器重新启动后再汇总。")


def _clear_temporaries(folder: Path, oldest: float) -> None:
    """What a worker that was killed left half done. oldest: changed since is kept."""
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                if path.lstat().st_mtime < oldest:
                    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _end(_number: int, _frame: object) -> None:
    raise SystemExit(0)
