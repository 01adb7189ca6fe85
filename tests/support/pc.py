"""Made-up PCs and bundles: a folder that stands for drive C, wheels of a few lines, a Python that is a script of two."""

from __future__ import annotations

import base64
import ensurepip
import hashlib
import json
import struct
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from perfeval_xl.excel.pc.runtime import SUMS, TOOLS

OPTIONS = r"HKCU\Software\Microsoft\Office\16.0\Excel\Options"


def made_up_drive(folder: Path, user: str, registry: Mapping[str, Mapping[str, tuple[str, object]]] | None = None) -> Path:
    """A PC on which Excel has been used, with things of the user's own in it."""
    drive = folder / "C"
    home = drive / "Users" / user
    for below in ("AppData/Local", "AppData/Roaming/Microsoft/Excel/XLSTART", "Documents"):
        (home / below).mkdir(parents=True)
    (drive / "Users" / "Public").mkdir()
    (drive / "ProgramData").mkdir()
    (home / "AppData/Roaming/Microsoft/Excel/XLSTART" / "PERSONAL.XLSB").write_bytes(b"macros of the user's own")
    (home / "Documents" / "自评表.xlsx").write_bytes(b"a table")
    keys = registry if registry is not None else {OPTIONS: {"OPEN": ("REG_SZ", '/R "C:\\tools\\other.xlam"'), "Font": ("REG_SZ", "宋体,11")}}
    (drive / "registry.json").write_text(json.dumps(keys), encoding="utf-8")
    return drive


def state(drive: Path) -> dict[str, object]:
    """Every folder, every file with its content, and the registry whatever its file looks like."""
    found: dict[str, object] = {str(p.relative_to(drive)): p.read_bytes() if p.is_file() else None for p in drive.rglob("*") if p.name != "registry.json"}
    return {**found, "registry": json.loads((drive / "registry.json").read_text(encoding="utf-8"))}


def wheel(folder: Path, name: str, version: str, files: Mapping[str, str], *, requires: tuple[str, ...] = (), tag: str = "py3-none-any") -> Path:
    """A wheel of a few files. files: path in the wheel → content."""
    project = name.replace("-", "_")
    info = f"{project}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + "".join(f"Requires-Dist: {r}\n" for r in requires)
    contents = {**files, f"{info}/METADATA": metadata, f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n"}
    lines = [f"{n},sha256={base64.urlsafe_b64encode(hashlib.sha256(c.encode()).digest()).rstrip(b'=').decode()},{len(c.encode())}" for n, c in contents.items()]
    contents[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,"]) + "\n"
    path = folder / f"{project}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inner, content in contents.items():
            archive.writestr(inner, content)
    return path


def own_wheels(folder: Path, version: str = "9.1") -> None:
    """What stands for perfeval and xlwings, and the pip that comes with Python."""
    main = f"import sys\nprint('{version}')\nsys.exit(0 if '--version' in sys.argv else 3)\n"
    wheel(folder, "perfeval-xl", version, {"perfeval_xl/__init__.py": "", "perfeval_xl/cli/__init__.py": "", "perfeval_xl/cli/__main__.py": main}, requires=("xlwings",))
    dll = {f"xlwings-0.37.8.data/data/xlwings{w}-0.37.8.dll": "library" for w in (32, 64)}
    wheel(folder, "xlwings", "0.37.8", {"xlwings/__init__.py": "", **dll})
    bundled = next((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"))
    (folder / bundled.name).write_bytes(bundled.read_bytes())


def made_up_bundle(folder: Path, version: str = "9.1", addin: bytes = b"add-in") -> Path:
    """A bundle as `perfeval addin bundle` makes it, whose Python is this one behind a script."""
    bundle = folder / f"bundle-{version}"
    wheels, python = bundle / "wheelhouse", bundle / "python"
    wheels.mkdir(parents=True)
    python.mkdir()
    own_wheels(wheels, version)
    listed = [(p, p.name.split("-")[0], p.name.split("-")[1]) for p in sorted(wheels.glob("*.whl")) if not p.name.startswith("pip-")]
    (wheels / "requirements.txt").write_text("".join(f"{n}=={v} --hash=sha256:{hashlib.sha256(p.read_bytes()).hexdigest()}\n" for p, n, v in listed), encoding="ascii")
    script = f'#!/bin/sh\nPYTHONPATH="$(dirname "$0")/Lib/site-packages" exec {sys.executable} "$@"\n'
    for name in ("python.exe", "pythonw.exe"):
        (python / name).write_text(script)
        (python / name).chmod(0o755)
    (python / "python311._pth").write_text("python311.zip\n.\n#import site\n")
    (bundle / "perfeval.xlam").write_bytes(addin)
    with zipfile.ZipFile(bundle / TOOLS, "w") as archive:
        for name in ("校验.cmd", "run.cmd", "not-installed.txt"):
            archive.writestr(name, f"{name} {version}")
    sign(bundle)
    return bundle


def sign(bundle: Path) -> None:
    """Writes the list of digests."""
    files = sorted(p for p in bundle.rglob("*") if p.is_file() and p.name != SUMS)
    names = [str(p.relative_to(bundle)).replace("/", "\\") for p in files]
    (bundle / SUMS).write_bytes("".join(f"{hashlib.sha256(p.read_bytes()).hexdigest()} {n}\r\n" for p, n in zip(files, names, strict=True)).encode("ascii"))


def embeddable(path: Path, machine: int = 0x8664, *, has_list: bool = True) -> Path:
    """The zip of an embeddable Python, as far as it is looked at."""
    program = b"MZ" + bytes(0x3A) + struct.pack("<I", 0x80) + bytes(0x40) + b"PE\0\0" + struct.pack("<H", machine) + bytes(64)
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("python.exe", "pythonw.exe"):
            archive.writestr(name, program)
        if has_list:
            archive.writestr("python311._pth", "python311.zip\n.\n")
    return path
