"""Story and template → the bytes of a .docx: the same story and template, the same bytes."""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import NamedTuple

from perfeval_xl.report.narration import Story
from perfeval_xl.report.word.fill import filled
from perfeval_xl.report.word.finish import finish
from perfeval_xl.report.word.guard import TemplateError, check_finished
from perfeval_xl.workbook.embedded import embedded

MADE = datetime.datetime(2026, 1, 1)
"""Written wherever a file would hold the moment of saving."""


class Document(NamedTuple):
    """data: of the .docx. open_places: how many are left to fill in."""

    data: bytes
    open_places: int


def make_document(name: str, template: bytes, story: Story) -> Document:
    """name: of the template, for messages. Raises: TemplateError."""
    document = filled(name, template, story.values)
    open_places = finish(document, [embedded(sheet) for sheet in story.charts], story.remarks)
    core = document.core_properties
    core.title, core.author, core.last_modified_by = story.title[:255], story.author[:255], "perfeval_xl"
    core.created = core.modified = MADE
    core.revision = 1
    out = io.BytesIO()
    try:
        document.save(out)
    except Exception as error:  # an odd template, such as one whose parts lack their relations
        raise TemplateError(f"模板“{name}”填写后无法保存（{type(error).__name__}）。请用 perfeval report --write-template 重新取一份模板。") from error
    check_finished(name, out.getvalue())
    return Document(dated(out.getvalue()), open_places)


def dated(data: bytes) -> bytes:
    """A zip file with one constant date for every member."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            target.writestr(zipfile.ZipInfo(member.filename, MADE.timetuple()[:6]), source.read(member), zipfile.ZIP_DEFLATED)
    return out.getvalue()
