"""Names and numbers under which requests may come: as browsers and certificates write them, so a Chinese name in its ASCII form."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

import idna

from perfeval_xl.excel.server.settings import StartError

ANY = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  # compared with, not bound to
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PLAIN = re.compile(r"\A[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?\Z")


def encoded(name: str) -> str:
    """A name in lower case, and in ASCII as it comes with a request. Raises: StartError for what is no name."""
    text = name.strip().lower()
    with suppress(ValueError):
        return str(ipaddress.ip_address(text.removeprefix("[").removesuffix("]")))
    with suppress(idna.IDNAError, UnicodeError):
        made = text if text.isascii() else idna.encode(text, uts46=True).decode()
        if _PLAIN.match(made):
            return made
    raise StartError(f"名称“{name[:60]}”不能使用。只写服务器的名称或 IP 地址，例如 pj.example.gov.cn，不要带 https://、端口、斜线或空格；整个网址请用 --address 给出。")


def origin_of(address: str) -> tuple[str, str]:
    """An address as browsers write its origin, and its host. Raises: StartError where it is not https://name[:port]."""
    refused = StartError(f"网址“{address[:80]}”不能使用。请写成 https://名称 或 https://名称:端口，例如 https://pj.example.gov.cn。")
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError as error:
        raise refused from error
    if parts.scheme != "https" or not parts.hostname or parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc or port == 0:
        raise refused
    host = encoded(parts.hostname)
    return f"https://{bracketed(host)}{f':{port}' if port not in {None, 443} else ''}", host


def bracketed(name: str) -> str:
    """As it stands in an address."""
    return f"[{name}]" if ":" in name else name


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can reach it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def lasting(host: str, names: Iterable[str]) -> tuple[str, ...]:
    """What a certificate must name: what was asked for and what does not change with the network this machine is in."""
    found = [encoded(n) for n in names]
    if host in ANY:
        found += _own_names()[:1]
    elif host:
        found.append(encoded(host))
    if host in ANY or is_loopback(host):
        found += LOOPBACK
    return tuple(dict.fromkeys(found))


def reached_by(host: str, names: Sequence[str]) -> tuple[str, ...]:
    """Names and numbers under which requests may come. A name that some other page made point here is none of them. Raises: StartError."""
    found = list(lasting(host, names))
    if host in ANY:
        found += [*_own_names(), *_own_numbers()]
    return tuple(dict.fromkeys(found))


def _own_names() -> list[str]:
    found = []
    for name in (socket.gethostname(), socket.getfqdn()):
        with suppress(StartError):  # a machine may be called anything
            found.append(encoded(name))
    return found


def _own_numbers() -> list[str]:
    import psutil  # noqa: PLC0415

    families = {socket.AF_INET, socket.AF_INET6}
    return [a.address.split("%")[0] for addresses in psutil.net_if_addrs().values() for a in addresses if a.family in families]
