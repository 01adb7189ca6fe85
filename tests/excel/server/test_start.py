"""What a start decides before anything listens: names, sign-in, certificate."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

pytest.importorskip("cryptography", reason="the extra `server` is not installed")
pytest.importorskip("idna", reason="the extra `server` is not installed")

from cryptography import x509

from perfeval_xl.excel.server import names
from perfeval_xl.excel.server.certificate import certificate
from perfeval_xl.excel.server.names import lasting, reached_by
from perfeval_xl.excel.server.settings import StartError, private
from perfeval_xl.excel.server.start import Wanted, _check_hook, _check_pair, _clear_temporaries, settings_of

EVERY = "0.0.0.0"  # noqa: S104  # the option under test
ASCII = "绩效.gov.cn".encode("idna").decode()  # by another hand than the one under test


def test_no_token_only_where_every_name_is_this_machine_itself(tmp_path: Path) -> None:
    assert not settings_of(Wanted("127.0.0.1", 8443, tmp_path)).token
    assert not settings_of(Wanted("127.0.0.1", 8443, tmp_path, ["localhost"])).token
    assert settings_of(Wanted("127.0.0.1", 8443, tmp_path, ["pj.gov.cn"])).token
    assert settings_of(Wanted("127.0.0.1", 8443, tmp_path, address="https://pj.gov.cn")).token


def test_the_address_behind_a_proxy_is_what_the_manifest_names(tmp_path: Path) -> None:
    made = settings_of(Wanted("127.0.0.1", 8080, tmp_path, is_plain=True, address="https://PJ.gov.cn:443/"))
    assert made.address == "https://pj.gov.cn"
    assert made.hosts[0] == "pj.gov.cn"
    assert settings_of(Wanted("127.0.0.1", 8080, tmp_path, address="https://绩效.gov.cn:9443")).address == f"https://{ASCII}:9443"


@pytest.mark.parametrize("address", ["pj.gov.cn", "http://pj.gov.cn", "https://", "https://a/b", "https://u@a", "https://a:99999", "https://a b", "https://[::1"])
def test_what_is_no_address_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(StartError, match="不能使用"):
        settings_of(Wanted("127.0.0.1", 8080, tmp_path, address=address))


@pytest.mark.parametrize("name", ["https://pj.gov.cn", "pj.gov.cn:8443", "a b", "a/b", "", "绩效 自评", "-a", "a" * 300])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(StartError, match="不能使用"):
        reached_by(EVERY, [name])


def test_a_chinese_name_comes_as_browsers_send_it() -> None:
    assert reached_by("127.0.0.1", ["绩效.gov.cn", "MY_PC", "2001:DB8::1"])[:3] == (ASCII, "my_pc", "2001:db8::1")


def test_a_certificate_outlives_another_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def made() -> bytes:
        return certificate(tmp_path, reached_by(EVERY, ["绩效.gov.cn"]), lasting(EVERY, ["绩效.gov.cn"]))[0].read_bytes()

    monkeypatch.setattr(names, "_own_numbers", lambda: ["192.0.2.1"])
    first = made()
    found = x509.load_pem_x509_certificate(first)
    assert ASCII in found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    assert found.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    monkeypatch.setattr(names, "_own_numbers", lambda: ["192.0.2.2"])
    assert made() == first
    assert certificate(tmp_path, ["b.test"], ["b.test"])[0].read_bytes() != first


def test_a_key_of_another_certificate_is_seen(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    pair, other = (certificate(tmp_path / name, ["a.test"], ["a.test"]) for name in "ab")
    _check_pair(pair)
    pair[1].write_bytes(other[1].read_bytes())
    with pytest.raises(StartError, match="是否匹配"):
        _check_pair(pair)
    before = pair[0].read_bytes()
    _check_pair(certificate(tmp_path / "a", ["a.test"], ["a.test"]))
    assert pair[0].read_bytes() != before


@pytest.mark.parametrize("hook", ["nothing_here:who", "json:nothing", "json", "json:__name__"])
def test_a_hook_that_cannot_be_called_is_told_at_the_start(hook: str, tmp_path: Path) -> None:
    with pytest.raises(StartError, match="认证函数"):
        _check_hook(settings_of(Wanted(EVERY, 8443, tmp_path, hook=hook)))


def test_a_file_written_by_many_at_once_is_always_whole(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: private(tmp_path / "a", str(n) * 50_000), range(8)))
    assert len((tmp_path / "a").read_text()) == 50_000
    assert len(list(tmp_path.iterdir())) == 1


def test_the_machines_own_name_is_among_those_that_last() -> None:
    assert socket.gethostname().lower() in lasting(EVERY, [])


def test_what_a_killed_worker_left_half_done_goes_after_a_while(tmp_path: Path) -> None:
    for name, age in (("old.tmp", 20_000), ("old", 20_000), ("new.tmp", 10)):
        path = tmp_path / name
        if "." in name:
            path.write_bytes(b"x")
        else:
            path.mkdir()
            (path / "x").write_bytes(b"x")
        os.utime(path, (time.time() - age, time.time() - age))
    _clear_temporaries(tmp_path, time.time() - 14_400)
    assert [p.name for p in tmp_path.iterdir()] == ["new.tmp"]
    _clear_temporaries(tmp_path / "missing", time.time())
