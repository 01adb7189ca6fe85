"""The offline bundle: complete for Windows wherever it was made, every file listed, refused where a part does not fit."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from perfeval_xl.cli import main
from perfeval_xl.excel.pc.bundle import BundleError, bundle, missing_requirements
from perfeval_xl.excel.pc.runtime import opened
from tests.support.pc import embeddable, made_up_drive, own_wheels, state, wheel

ROOT = Path(__file__).parents[2]


def _wheels(folder: Path) -> Path:
    wheels = folder / "wheels"
    wheels.mkdir()
    own_wheels(wheels)
    return wheels


def _real_wheels(folder: Path) -> Path:
    """perfeval as it stands here, so that the installer of the bundle is the real one."""
    wheels = folder / "wheels"
    wheels.mkdir()
    own_wheels(wheels)
    next(wheels.glob("perfeval_xl-*.whl")).unlink()
    sources = {p.relative_to(ROOT).as_posix(): p.read_text(encoding="utf-8") for p in (ROOT / "perfeval_xl").rglob("*.py")}
    wheel(wheels, "perfeval-xl", "0.1.0", sources)
    return wheels


def test_a_bundle_holds_all_parts_and_a_list_that_certutil_can_check(tmp_path: Path) -> None:
    out = tmp_path / "离线安装包"
    made = bundle(out, embeddable(tmp_path / "python-embed.zip"), _wheels(tmp_path), lambda _: None)
    assert {p.name for p in out.iterdir()} == {
        "README.txt", "SHA256SUMS", "damaged.txt", "install.cmd", "perfeval.xlam", "python", "start.py", "tools.zip", "uninstall.cmd", "wheelhouse",
    }  # fmt: skip
    lines = (out / "SHA256SUMS").read_bytes().decode("ascii").split("\r\n")
    assert lines.pop() == ""
    assert len(lines) == made.files == sum(p.is_file() for p in out.rglob("*")) - 1
    for line in lines:
        digest, name = line.split(" ", 1)
        assert hashlib.sha256((out / name.replace("\\", "/")).read_bytes()).hexdigest() == digest
    assert made.digest == hashlib.sha256((out / "SHA256SUMS").read_bytes()).hexdigest()
    assert opened(out).version == "9.1"
    listed = (out / "wheelhouse/requirements.txt").read_text(encoding="ascii").splitlines()
    assert [line.split("==")[0] for line in listed] == ["perfeval-xl", "xlwings"]
    assert all(" --hash=sha256:" in line for line in listed)
    assert (out / "README.txt").read_bytes().startswith(b"\xef\xbb\xbf")  # Notepad of older Windows takes it for GBK without


def test_the_installer_of_a_bundle_runs_from_its_wheel_before_anything_is_installed(tmp_path: Path) -> None:
    """Without site-packages: only the standard library and the wheel."""
    out = tmp_path / "bundle"
    bundle(out, embeddable(tmp_path / "python-embed.zip"), _real_wheels(tmp_path), lambda _: None)
    drive = made_up_drive(tmp_path, "张三")
    before = state(drive)
    command = [sys.executable, "-I", "-S", "-X", "utf8", str(out / "start.py"), "--profile", str(drive)]
    done = subprocess.run([*command, "--dry-run", "--send-to"], capture_output=True, encoding="utf-8", check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "不联网，逐个核对 sha256" in done.stdout
    assert "绩效自评-重新计算.cmd" in done.stdout
    assert state(drive) == before
    assert not list(out.rglob("*.pyc"))
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "程序“python.exe”无法启动" in done.stderr  # Windows' own program, on another system
    assert "电脑与安装前相同" in done.stderr
    assert state(drive) == before
    done = subprocess.run([*command, "--uninstall"], capture_output=True, encoding="utf-8", check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "没有安装记录，本机没有由本程序安装的内容，没有做任何改动。\n")
    done = subprocess.run([*command, "--nonsense"], capture_output=True, encoding="utf-8", check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, "")
    assert "install.cmd 的参数不正确" in done.stdout


def test_what_only_windows_needs_is_asked_for(tmp_path: Path) -> None:
    requires = ("pywin32>=224; sys_platform == 'win32'", "colorama; platform_system == 'Windows'", "uvloop; sys_platform != 'win32'", "old; python_version < '3.10'", "tests; extra == 'dev'")
    wheel(tmp_path, "app", "1.0", {}, requires=requires)
    assert missing_requirements(tmp_path, "3.11") == ["pywin32>=224", "colorama"]
    wheel(tmp_path, "pywin32", "200", {}, tag="cp311-cp311-win_amd64")
    wheel(tmp_path, "colorama", "0.4.6", {})
    assert missing_requirements(tmp_path, "3.11") == ["pywin32>=224"]  # there, and too old


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("no xlwings", "缺少程序包：xlwings"),
        ("no pip", "缺少程序包：pip"),
        ("other xlwings", "程序包中的 xlwings 是 0.1，插件用的是"),
        ("two versions", "程序包有两个版本：extra"),
        ("broken wheel", "已损坏"),
        ("no version", "“click.whl”不是程序包的文件名"),
        ("bad version", "“click-新版-py3-none-any.whl”不是程序包"),
        ("Chinese name", "“点击-1-py3-none-any.whl”不是程序包"),
        ("no folder", "程序包文件夹“.*”不存在"),
        ("not Python", "不是可嵌入版的 Python。请从 Python 官方网站下载"),
        ("32-bit Python", "不是 64 位 Windows 的 Python"),
        ("no zip", "不存在或不是完整的压缩包"),
        ("there already", "已经存在，没有改动"),
        ("nowhere", "请先建立该文件夹"),
    ],
)
def test_a_part_that_does_not_fit_makes_no_bundle(tmp_path: Path, change: str, words: str) -> None:
    wheels, out = _wheels(tmp_path), tmp_path / "out"
    python = embeddable(tmp_path / "p.zip", 0x14C if change == "32-bit Python" else 0x8664, has_list=change != "not Python")
    if change == "no xlwings":
        next(wheels.glob("xlwings-*")).unlink()
    elif change == "no pip":
        next(wheels.glob("pip-*")).unlink()
    elif change == "other xlwings":
        next(wheels.glob("xlwings-*")).unlink()
        wheel(wheels, "xlwings", "0.1", {})
    elif change == "two versions":
        wheel(wheels, "extra", "1", {})
        wheel(wheels, "extra", "2", {})
    elif change == "broken wheel":
        (wheels / "bad-1-py3-none-any.whl").write_bytes(b"PK")
    elif named := {"no version": "click.whl", "bad version": "click-新版-py3-none-any.whl", "Chinese name": "点击-1-py3-none-any.whl"}.get(change):
        next(wheels.glob("xlwings-*")).rename(wheels / named)
    elif change == "no folder":
        wheels = wheels / "no"
    elif change == "no zip":
        python.write_bytes(b"<html>")
    elif change == "there already":
        out.mkdir()
    elif change == "nowhere":
        out = tmp_path / "no" / "out"
    with pytest.raises(BundleError, match=words):
        bundle(out, python, wheels, lambda _: None)
    assert {p.name for p in tmp_path.iterdir()} == {"wheels", "p.zip", *(["out"] if change == "there already" else [])}


def test_an_archive_that_climbs_out_of_its_folder_stays_inside(tmp_path: Path) -> None:
    python = embeddable(tmp_path / "p.zip")
    with zipfile.ZipFile(python, "a") as archive:
        archive.writestr("../../escaped.txt", "x")
    bundle(tmp_path / "out", python, _wheels(tmp_path), lambda _: None)
    assert not (tmp_path / "escaped.txt").exists()
    assert (tmp_path / "out/python/escaped.txt").exists()


def test_the_command_tells_the_digest_to_pass_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["addin", "bundle", "--python", str(embeddable(tmp_path / "p.zip")), "--wheels", str(_wheels(tmp_path)), "-o", str(out)]) == 0
    digest = hashlib.sha256((out / "SHA256SUMS").read_bytes()).hexdigest()
    assert f"清单 SHA256SUMS 的 sha256  {digest}" in capsys.readouterr().out
    assert main(["addin", "install", "--bundle", str(tmp_path / "nothing"), "--profile", str(made_up_drive(tmp_path, "a"))]) == 2
    assert "不是离线安装包" in capsys.readouterr().err


def test_install_cmd_checks_everything_before_it_runs_anything() -> None:
    """Order of the lines: digests, then the number of files, then Python. cmd.exe itself is not at hand."""
    text = (ROOT / "addin/desktop/offline/install.cmd").read_bytes().decode("ascii")
    at = [text.index(part) for part in ("certutil.exe", '|| goto damaged\r\n)', "find.exe", "python\\python.exe", "popd", ":damaged")]
    assert at == sorted(at)
    assert text.count("python.exe") == 1
