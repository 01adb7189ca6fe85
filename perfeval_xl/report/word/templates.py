"""The templates that come with the program, and the user's own."""

from __future__ import annotations

from pathlib import Path

from perfeval_xl.report import templates
from perfeval_xl.report.word.guard import MAX_TEMPLATE, TemplateError
from perfeval_xl.workbook.read import ReadError, content_of

TITLES = {"department": "部门整体支出绩效自评报告", "project": "项目支出绩效自评报告", "summary": "预算绩效自评汇总报告"}


def shipped(kind: str) -> bytes:
    """kind: department, project or summary."""
    return (Path(templates.__path__[0]) / f"{kind}.docx").read_bytes()


def own(path: Path) -> bytes:
    """The user's file. Raises: TemplateError."""
    try:
        return content_of(path, most=MAX_TEMPLATE)
    except ReadError as error:
        raise TemplateError(f"模板“{path.name}”无法读取：{error.finding.found}。请检查文件名和权限。") from error
