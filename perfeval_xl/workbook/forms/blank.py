"""A blank form by its kind, and what to tell the user about it."""

from __future__ import annotations

from pathlib import Path

from perfeval_xl.core.findings import Finding
from perfeval_xl.core.ruleset import Ruleset
from perfeval_xl.files import OutputError, check_output
from perfeval_xl.rulesets.loader import RulesetError
from perfeval_xl.workbook.assess import AssessError, assess_tables
from perfeval_xl.workbook.declaration import parse_declaration
from perfeval_xl.workbook.forms import form
from perfeval_xl.workbook.forms.declaration import write_declaration
from perfeval_xl.workbook.forms.template import MADE, Filling, write_self_evaluation
from perfeval_xl.workbook.read import ReadError, read_workbook


def write_blank(path: Path, kind: str, ruleset: Ruleset, year: int, department: str = "") -> str:
    """Writes the form; returns what was made and what comes next. Raises: OutputError, LookupError."""
    check_output(path, ending=".xlsx")
    existed = path.exists()
    if existed and _is_filled_in(path):
        raise OutputError(f"“{path.name}”已经存在，而且填有内容，不会被空白表覆盖。请换一个文件名，或先将原文件移到别处。")
    if kind == form.TARGET_DECLARATION:
        write_declaration(path, ruleset, year, department, MADE)
        made, following = "绩效目标申报表", "填写基本情况和各项指标的目标值、分值。年度终了后，运行 perfeval new 新建自评表"
    else:
        write_self_evaluation(path, ruleset, Filling(year, department))
        made, following = "自评表", f"在 Excel、WPS 或 LibreOffice 中按“填报说明”填写，然后运行 perfeval score {path.name}"
    replaced = "（已替换原有的同名文件）" if existed else ""
    return f"已生成 {year} 年度{made}：{path}{replaced}\n规则集：{ruleset.title}（{ruleset.id}）\n下一步：{following}。"


def _is_filled_in(path: Path) -> bool:
    """Whether somebody's work lies there: a blank form over it is nobody's wish. Rows that a rule set brings along are no work."""
    try:
        book = read_workbook(path)
        try:
            done = assess_tables(book, None)
        except AssessError:
            declared = parse_declaration(book)
            return not isinstance(declared, Finding) and bool(declared.indicators)
    except (ReadError, RulesetError):
        return False
    return any(r.actual or r.score is not None or r.name not in {i.name for i in a.ruleset.at(a.evaluation.day).indicators} for a in done for r in a.evaluation.submission.indicators)
