"""A certificate of the server's own, for networks that have none to give: signed by itself, for the names it is reached by."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from perfeval_xl.excel.server.settings import private

DAYS = 800
"""Below the 825 days that systems accept at most."""
_RENEW_DAYS = 30


def certificate(folder: Path, hosts: Sequence[str], needed: Sequence[str]) -> tuple[Path, Path]:
    """Certificate and key in the folder, made anew where there is none for the names needed, or its time is nearly over.

    hosts: what a new one names: also numbers, which change with the network; PCs that trust it would have to be visited again for each.
    """
    public, key = folder / "certificate.pem", folder / "key.pem"
    if not _fits(public, key, needed):
        _make(public, key, hosts)
    return public, key


def fingerprint(public: Path) -> str:
    """By which a person can compare what a PC is about to trust."""
    mark = x509.load_pem_x509_certificate(public.read_bytes()).fingerprint(hashes.SHA256()).hex().upper()
    return ":".join(mark[i : i + 2] for i in range(0, len(mark), 2))


def _fits(public: Path, path: Path, needed: Sequence[str]) -> bool:
    try:
        found = x509.load_pem_x509_certificate(public.read_bytes())
        named = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        is_lasting = found.not_valid_after_utc > datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=_RENEW_DAYS)
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        return key.public_key() == found.public_key() and is_lasting and set(_names(needed)) <= set(named)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm, x509.ExtensionNotFound):
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
        .add_extension(x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
            key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
        ), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    data = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    private(path, data.decode("ascii"))  # each whole or not at all; two that do not belong together are made anew
    private(public, made.public_bytes(serialization.Encoding.PEM).decode("ascii"))


def _names(hosts: Iterable[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for host in hosts:
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return names
