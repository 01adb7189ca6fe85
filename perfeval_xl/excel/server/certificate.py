"""A certificate of the server's own, for networks that have none to give: signed by itself, for the names it is reached by."""

from __future__ import annotations

import datetime
import ipaddress
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAYS = 800
"""Below the 825 days that systems accept at most."""
_RENEW_DAYS = 30


def certificate(folder: Path, hosts: Sequence[str]) -> tuple[Path, Path]:
    """Certificate and key in the folder, made anew where there is none for these names, or its time is nearly over."""
    public, key = folder / "certificate.pem", folder / "key.pem"
    if not _fits(public, key, hosts):
        _make(public, key, hosts)
    return public, key


def fingerprint(public: Path) -> str:
    """By which a person can compare what a PC is about to trust."""
    mark = x509.load_pem_x509_certificate(public.read_bytes()).fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(mark[i : i + 2] for i in range(0, len(mark), 2))


def _fits(public: Path, key: Path, hosts: Sequence[str]) -> bool:
    try:
        found = x509.load_pem_x509_certificate(public.read_bytes())
        named = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        is_lasting = found.not_valid_after_utc > datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=_RENEW_DAYS)
        return key.is_file() and is_lasting and set(_names(hosts)) <= set(named)
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False


def _make(public: Path, path: Path, hosts: Sequence[str]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "perfeval"), x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:60])])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    data = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(data)
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def _names(hosts: Iterable[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for host in hosts:
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return names
