"""Makes the offline bundle for IT: embeddable Python, wheelhouse, add-in, tools, one install.cmd, and a list of sha256 of every file."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion

from perfeval_xl.excel.desktop.assets import material
from perfeval_xl.excel.desktop.build import BuildError, build
from perfeval_xl.excel.pc.runtime import SUMS, TOOLS, Bundle, BundleError, opened

__all__ = ["BundleError", "Made", "bundle", "missing_requirements"]

_NAME = "perfeval-xl"
_PIP = "pip"  # installs the rest; from its wheel it needs nothing
_MAX_UNPACKED = 500_000_000


@dataclass(frozen=True, slots=True)
class Made:
    """What was made. files, wheels: how many. python: its version. digest: of the list of digests, for IT to pass on by another way."""

    folder: Path
    files: int
    wheels: int
    python: str
    digest: str


def bundle(out: Path, python: Path, wheels: Path | None, tell: Callable[[str], None]) -> Made:
    """Makes the folder `out`, whole or not at all. python: the zip of the embeddable Python. wheels: a folder with all wheels, None: pip fetches them.

    Raises: BundleError.
    """
    if out.exists():
        raise BundleError(f"“{out.name}”已经存在，没有改动。请换一个文件夹名。")
    if not out.absolute().parent.is_dir():
        raise BundleError(f"文件夹“{out.absolute().parent}”不存在。请先建立该文件夹，或换一个位置。")
    try:
        with tempfile.TemporaryDirectory(prefix=".perfeval-", dir=out.absolute().parent) as aside:
            folder = Path(aside) / "bundle"
            version = _unpack(python, folder / "python")
            tell(f"Python {version}")
            count = _wheelhouse(folder / "wheelhouse", version, wheels, tell)
            tell(f"程序包 {count} 个")
            built = build(folder / "perfeval.xlam")
            _check_xlwings(folder / "wheelhouse", built.xlwings)
            _copy_scripts(folder)
            files = _list(folder)
            done: Bundle = opened(folder)
            folder.rename(out)
    except BuildError as error:
        raise BundleError(str(error)) from error
    except OSError as error:
        raise BundleError(f"文件“{error.filename}”无法读写，可能没有权限或磁盘已满。没有写出安装包。") from error
    return Made(out, files, count, version, done.digest)


def _unpack(archive: Path, target: Path) -> str:
    """Unpacks the embeddable Python; returns its version as 3.11."""
    try:
        with zipfile.ZipFile(archive) as opened_zip:
            names = opened_zip.namelist()
            if sum(i.file_size for i in opened_zip.infolist()) > _MAX_UNPACKED:
                raise BundleError(f"“{archive.name}”解开后过大，不是可嵌入版的 Python。")
            found = next((m for n in names if (m := re.fullmatch(r"python3(\d+)\._pth", n))), None)
            if found is None or "python.exe" not in names:
                raise BundleError(f"“{archive.name}”不是可嵌入版的 Python。请从 Python 官方网站下载 Windows embeddable package（64 位）。")
            if _machine(opened_zip.read("python.exe")) != 0x8664:
                raise BundleError(f"“{archive.name}”不是 64 位 Windows 的 Python。请从 Python 官方网站下载 Windows embeddable package（64 位）。")
            opened_zip.extractall(target)  # names with .. or a drive are made harmless by the library
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError) as error:
        raise BundleError(f"“{archive.name}”不存在或不是完整的压缩包。请从 Python 官方网站重新下载 Windows embeddable package（64 位）。") from error
    return f"3.{found[1]}"


def _machine(program: bytes) -> int:
    """For which processor a program is. Source: PE format, offset 0x3C and the COFF header."""
    at = int.from_bytes(program[0x3C:0x40], "little")
    return int.from_bytes(program[at + 4 : at + 6], "little") if program[at : at + 4] == b"PE\0\0" else 0


def _wheelhouse(target: Path, python: str, wheels: Path | None, tell: Callable[[str], None]) -> int:
    """Every wheel that Windows needs, and requirements.txt with their digests."""
    target.mkdir(parents=True)
    if wheels is not None:
        if not wheels.is_dir():
            raise BundleError(f"程序包文件夹“{wheels}”不存在。请用 --wheels 给出装有 .whl 文件的文件夹。")
        for one in sorted(wheels.glob("*.whl")):
            _check_name(one)
            shutil.copy2(one, target / one.name)
    else:
        _own_wheel(target)
        _fetch(target, python, [_NAME, _PIP])
        for _ in range(10):  # what pip leaves out, as it asks for the system it runs on: each round may bring new ones
            left = missing_requirements(target, python)
            if not left:
                break
            tell("补充 " + "、".join(left))
            _fetch(target, python, left)
    left = [*missing_requirements(target, python), *(n for n in (_NAME, _PIP) if not any(_project(p) == n for p in target.glob("*.whl")))]
    if left:
        raise BundleError(f"缺少程序包：{'、'.join(left)}。请补齐适用于 Windows 64 位、Python {python} 的 .whl 文件后重试。")
    listed = [p for p in sorted(target.glob("*.whl")) if _project(p) != _PIP]
    names = [_project(p) for p in listed]
    if twice := sorted({n for n in names if names.count(n) > 1}):
        raise BundleError(f"程序包有两个版本：{'、'.join(twice)}。请每个只留一个后重试。")
    lines = [f"{_project(p)}=={p.name.split('-')[1]} --hash=sha256:{_digest(p)}\n" for p in listed]
    (target / "requirements.txt").write_text("".join(lines), encoding="ascii", newline="\n")
    return len(listed)


def _check_name(wheel: Path) -> None:
    """A wheel's name says what it is; pip takes no other. Raises: BundleError."""
    try:
        parse_wheel_filename(wheel.name)
    except (InvalidWheelFilename, InvalidVersion) as error:
        raise BundleError(f"“{wheel.name}”不是程序包的文件名，应如 click-8.1.7-py3-none-any.whl。请用原来的文件名，或移走该文件后重试。") from error
    if not wheel.name.isascii() or not wheel.is_file():
        raise BundleError(f"“{wheel.name}”不是程序包。请移走后重试。")


def _own_wheel(target: Path) -> None:
    """perfeval itself: built from the checkout this runs from; an installed package is fetched like the others."""
    source = Path(__file__).parents[3]
    if (source / "pyproject.toml").is_file():
        _pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(target), str(source))


def _fetch(target: Path, python: str, names: list[str]) -> None:
    own = next(iter(target.glob("perfeval_xl-*.whl")), None)
    wanted = [str(own) if n == _NAME and own is not None else n if n != _NAME else f"{n}=={importlib.metadata.version(_NAME)}" for n in names]
    _pip(
        "download", "--quiet", "--only-binary=:all:", "--platform", "win_amd64", "--python-version", python, "--implementation", "cp",
        "--dest", str(target), "--find-links", str(target), *wanted,
    )  # fmt: skip


def _pip(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-P", "-m", "pip", *arguments], check=False)  # noqa: S603  # its own words go to the screen, for IT
    if done.returncode:
        raise BundleError("程序包没有取齐，原因见上面 pip 的提示。请检查网络或本单位的镜像设置，或用 --wheels 给出自备的程序包文件夹。")


def missing_requirements(wheels: Path, python: str) -> list[str]:
    """What the wheels ask for on 64-bit Windows and is not among them, as requirements. python: version, as 3.11.

    pip judges "only on Windows" by the system it runs on, so that a download made elsewhere lacks pywin32 and others.
    """
    there = {_project(p): p.name.split("-")[1] for p in wheels.glob("*.whl")}
    found = []
    for wheel in sorted(wheels.glob("*.whl")):
        if _project(wheel) == _PIP:
            continue
        for requirement in _requirements(wheel):
            if requirement.marker is not None and not requirement.marker.evaluate({**_windows(python), "extra": ""}):
                continue
            version = there.get(canonicalize_name(requirement.name))
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                found.append(f"{requirement.name}{requirement.specifier}")
    return list(dict.fromkeys(found))


def _windows(python: str) -> dict[str, str]:
    """Source: PyPA, "Dependency specifiers", environment markers."""
    return dict(  # noqa: C408  # reads as the specification's table
        implementation_name="cpython", implementation_version=f"{python}.0", os_name="nt", platform_machine="AMD64", platform_release="10", platform_system="Windows",
        platform_version="10.0", python_full_version=f"{python}.0", platform_python_implementation="CPython", python_version=python, sys_platform="win32",
    )  # fmt: skip


def _requirements(wheel: Path) -> Iterator[Requirement]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            name = next(n for n in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
            lines = BytesParser().parsebytes(archive.read(name)).get_all("Requires-Dist") or []
    except (zipfile.BadZipFile, zlib.error, StopIteration, OSError, NotImplementedError, RuntimeError) as error:
        raise BundleError(f"程序包“{wheel.name}”已损坏。请重新下载。") from error
    for line in lines:
        with contextlib.suppress(InvalidRequirement):
            yield Requirement(line)


def _check_xlwings(wheels: Path, version: str) -> None:
    """The add-in loads a DLL by its exact version."""
    there = next((p.name.split("-")[1] for p in wheels.glob("xlwings-*.whl")), "")
    if there != version:
        raise BundleError(f"程序包中的 xlwings 是 {there or '（无）'}，插件用的是 {version}。请在本机安装相同版本的 xlwings 后重新制作。")


def _copy_scripts(folder: Path) -> None:
    with zipfile.ZipFile(folder / TOOLS, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in sorted((material() / "tools").iterdir()):
            archive.writestr(zipfile.ZipInfo(one.name), one.read_bytes())  # no date: the same bytes from the same files
    for one in sorted((material() / "offline").iterdir()):
        shutil.copy2(one, folder / one.name)


def _list(folder: Path) -> int:
    """SHA256SUMS, with the paths as Windows writes them, for the certutil of install.cmd."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    names = [str(p.relative_to(folder)).replace("/", "\\") for p in files]
    lines = [f"{_digest(p)} {n}\r\n" for p, n in zip(files, names, strict=True)]
    (folder / SUMS).write_bytes("".join(lines).encode("ascii"))
    return len(files)


def _project(wheel: Path) -> str:
    return canonicalize_name(wheel.name.split("-")[0])


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
