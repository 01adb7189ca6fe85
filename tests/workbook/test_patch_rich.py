"""A form with charts, boxes, macros, pivot tables: part by part, what is not a changed cell stays."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from perfeval_xl.workbook.patch import patch, traits
from perfeval_xl.workbook.sheetedit import NewValue
from tests.support.rich import FORM, directory, members, rich_form, with_parts

CHANGES: dict[str, dict[str, NewValue]] = {FORM: {"F5": Decimal("0.95"), "F7": 1, "H5": Decimal("47.5"), "H8": "9.47", "H9": Decimal("96.97"), "J30": "新"}}
SHEET = "xl/worksheets/sheet1.xml"
KEPT = {
    "charts": "xl/charts/chart1.xml", "drawings": "xl/drawings/drawing1.xml", "text boxes": "xl/drawings/drawing2.xml",
    "comments": "xl/comments1.xml", "buttons and comment boxes": "xl/drawings/vmlDrawing1.vml", "check boxes": "xl/featurePropertyBag/featurePropertyBag.xml",
    "form controls": "xl/ctrlProps/ctrlProp9.xml", "pivot table": "xl/pivotTables/pivotTable1.xml", "pivot cache": "xl/pivotCache/pivotCacheDefinition1.xml",
    "pivot records": "xl/pivotCache/pivotCacheRecords1.xml", "pictures": "xl/media/image1.png", "custom XML": "customXml/item1.xml",
    "printer settings": "xl/printerSettings/printerSettings1.bin", "external links": "xl/externalLinks/externalLink1.xml", "styles": "xl/styles.xml",
    "texts": "xl/sharedStrings.xml", "properties": "docProps/custom.xml", "names": "xl/workbook.xml", "another sheet": "xl/worksheets/sheet2.xml",
}  # fmt: skip
IN_SHEET = ("x14:sparkline", "x14:conditionalFormatting", "dataValidation", "conditionalFormatting", "legacyDrawing", "<drawing ", "mergeCell", "extLst")


@pytest.fixture(scope="module", params=[False, True], ids=["xlsx", "xlsm"])
def pair(request: pytest.FixtureRequest) -> tuple[bytes, bytes]:
    data = rich_form(macros=request.param)
    return data, patch(data, CHANGES)


@pytest.mark.parametrize("kind", KEPT)
def test_a_part_that_is_not_touched_lies_in_the_file_as_before(kind: str, pair: tuple[bytes, bytes]) -> None:
    before, after = members(pair[0]), members(pair[1])
    assert before[KEPT[kind]] == after[KEPT[kind]]


def test_only_the_sheet_changes_and_the_order_stays(pair: tuple[bytes, bytes]) -> None:
    before, after = members(pair[0]), members(pair[1])
    assert list(before) == list(after)
    assert [name for name in before if before[name] != after[name]] == [SHEET]
    assert directory(pair[0]) == directory(pair[1])


def test_macros_stay(pair: tuple[bytes, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(pair[0])) as old:
        has_macros = "xl/vbaProject.bin" in old.namelist()
    assert traits(pair[1]) == (".xlsm" if has_macros else ".xlsx", False)
    assert not has_macros or members(pair[0])["xl/vbaProject.bin"] == members(pair[1])["xl/vbaProject.bin"]


def test_in_the_sheet_every_byte_outside_the_changed_cells_stays(pair: tuple[bytes, bytes]) -> None:
    old, new = (zipfile.ZipFile(io.BytesIO(d)).read(SHEET).decode() for d in pair)
    assert all(word in new for word in IN_SHEET)
    cells = re.compile(r'<c r="(?:F5|F7|H5|H8|H9|J30)"[^>]*?(?:/>|>.*?</c>)')
    assert len(cells.findall(new)) == 6
    # H8 and J30 did not exist: their row and the used range were widened for them
    new_frame = cells.sub("", new).replace('<row r="30"></row>', "").replace('ref="A1:J30"', 'ref="A1:I9"')
    assert new_frame == cells.sub("", old)


def test_the_new_values_are_read_and_the_formulas_stay(pair: tuple[bytes, bytes]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of the parts it drops
        values, formulas = (load_workbook(io.BytesIO(pair[1]), data_only=d)[FORM] for d in (True, False))
    assert [values[c].value for c in ("F5", "F7", "H5", "H8", "H9", "J30")] == [0.95, 1, 47.5, "9.47", 96.97, "新"]
    assert [formulas[c].value for c in ("F5", "H9")] == ["=95/100", "=SUM(H5:H8)"]
    assert (values["F7"].number_format, values["H5"].font.b) == ("0.00%", True)
    assert [values[c].value for c in ("F6", "G5", "H6", "H7", "A1")] == ["106%", 50, 20, 20, "2023年度项目支出绩效自评表"]


def test_a_library_that_loads_and_saves_would_lose_parts() -> None:
    """Why this module exists."""
    data = rich_form(macros=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(data), keep_vba=True)
        out = io.BytesIO()
        book.save(out)
    with zipfile.ZipFile(out) as saved:
        text = b"".join(saved.read(n) for n in saved.namelist()).decode("utf-8", "replace")
        names = set(saved.namelist())
    lost = [word for word in ("文本框里的话", "x14:sparkline", "x14:conditionalFormatting") if word not in text]
    assert lost == ["文本框里的话", "x14:sparkline", "x14:conditionalFormatting"]
    assert {n for n in members(data) if "featureProperty" in n or "customXml" in n or "printerSettings" in n}.isdisjoint(names)
    patched = patch(data, CHANGES)
    with zipfile.ZipFile(io.BytesIO(patched)) as kept:
        whole = b"".join(kept.read(n) for n in kept.namelist()).decode("utf-8", "replace")
    assert all(word in whole for word in lost)


def test_a_signed_package_is_known() -> None:
    data = rich_form()
    source = zipfile.ZipFile(io.BytesIO(data))
    contents = {n: source.read(n) for n in source.namelist()}
    mark = b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin" Target="_xmlsignatures/origin.sigs"/>'
    signed = contents | {"_rels/.rels": contents["_rels/.rels"].replace(b"</Relationships>", mark + b"</Relationships>"), "_xmlsignatures/origin.sigs": b""}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in signed.items():
            archive.writestr(name, content)
    assert traits(out.getvalue()) == (".xlsx", True)
    assert traits(with_parts(data, {}, {}, {})) == (".xlsx", False)
