"""LibreOffice opens what was patched and shows the new values. Needs soffice; `-m "not office"` leaves it out."""

from __future__ import annotations

import csv
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from perfeval_xl.cli import main
from perfeval_xl.workbook.patch import patch
from perfeval_xl.workbook.sheetedit import NewValue
from tests.support.rich import FORM, rich_form

pytestmark = pytest.mark.office


def converted(source: Path, kind: str, profile: Path) -> Path:
    """The file as LibreOffice saves it, never calculated anew: cached values are what is asked for."""
    office = shutil.which("soffice")
    assert office is not None, "LibreOffice (soffice) is needed for the tests marked office"
    command = [office, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", kind, "--outdir", str(source.parent), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return source.with_suffix("." + kind.partition(":")[0])


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("office profile")


@pytest.mark.parametrize("macros", [False, True], ids=["xlsx", "xlsm"])
def test_libreoffice_shows_the_new_values(macros: bool, tmp_path: Path, profile: Path) -> None:  # noqa: FBT001  # parametrized
    values: dict[str, NewValue] = {"F5": Decimal("0.95"), "F7": 1, "H5": Decimal("47.5"), "H8": "=1+1", "H9": Decimal("96.97"), "J30": "新 <值>", "A40": 7}
    source = tmp_path / ("a.xlsm" if macros else "a.xlsx")
    source.write_bytes(patch(rich_form(macros=macros), {FORM: values}))
    shown = list(csv.reader(converted(source, "csv:Text - txt - csv (StarCalc):44,34,76,1", profile).read_text(encoding="utf-8").splitlines()))
    assert [shown[r - 1][c] for r, c in ((5, 5), (7, 5), (5, 7), (8, 7), (9, 7), (30, 9), (40, 0))] == ["95.00%", "100.00%", "47.5", "=1+1", "96.97", "新 <值>", "7"]
    assert [shown[r - 1][c] for r, c in ((1, 0), (6, 5), (6, 7), (9, 6))] == ["2023年度项目支出绩效自评表", "106%", "20", "100"]


def test_libreoffice_shows_what_recalc_wrote(tmp_path: Path, profile: Path) -> None:
    source, out = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    source.write_bytes(rich_form())
    assert main(["recalc", str(source), "-o", str(out)]) == 1
    shown = list(csv.reader(converted(out, "csv:Text - txt - csv (StarCalc):44,34,76,1", profile).read_text(encoding="utf-8").splitlines()))
    assert [line[5] for line in shown[4:8]] == ["95.00%", "106.67%", "100.00%", "94.74%"]
    assert [line[7] for line in shown[4:9]] == ["47.5", "20", "20", "9.47", "96.97"]
