"""LibreOffice, headless and with a profile of its own: recalculation, pictures, filling in by script."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

SOFFICE = shutil.which("soffice") or shutil.which("libreoffice")
UNO_PYTHON = "/usr/bin/python3"  # Debian's, which holds python3-uno
TIMEOUT = 300

# Recalculate on load, whoever wrote the file: 0 is "always".
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""

needs_office = pytest.mark.skipif(SOFFICE is None and not os.environ.get("CI"), reason="LibreOffice (libreoffice-calc) is not installed; CI must have it")


def office() -> str:
    """The program. In CI a missing one is a failure, not a skip."""
    assert SOFFICE is not None, "LibreOffice is missing: install libreoffice-calc and python3-uno"
    return SOFFICE


def profile(folder: Path, *, recalculates: bool = True) -> str:
    """A fresh user profile; returns the option that names it."""
    user = folder / "profile" / "user"
    user.mkdir(parents=True, exist_ok=True)
    if recalculates:
        (user / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
    return f"-env:UserInstallation=file://{folder / 'profile'}"


def converted(files: Sequence[Path], folder: Path, kind: str, *, recalculates: bool = True) -> list[Path]:
    """The files in another kind, all in one run of the program."""
    out = folder / f"as-{kind}"
    command = [office(), profile(folder, recalculates=recalculates), "--headless", "--norestore", "--convert-to", kind, "--outdir", str(out), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    made = [out / f"{f.stem}.{kind}" for f in files]
    assert all(f.is_file() for f in made), done.stdout + done.stderr
    return made


def pictures(file: Path, folder: Path, resolution: int = 80) -> list[Path]:
    """One picture for each printed page."""
    (pdf,) = converted([file], folder, "pdf")
    subprocess.run(["pdftoppm", "-r", str(resolution), "-png", str(pdf), str(folder / file.stem)], timeout=TIMEOUT, check=True)
    return sorted(folder.glob(f"{file.stem}-*.png"))


def poisoned(path: Path, value: str = "-77777") -> Path:
    """The same workbook with a wrong stored result behind every formula: whoever does not calculate is found out."""
    out = path.with_name(f"p-{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            data = source.read(part)
            if part.filename.startswith("xl/worksheets/"):
                data = re.sub(rb"</f><v>[^<]*</v>", b"</f><v>" + value.encode() + b"</v>", data)
            target.writestr(part, data)
    return out
