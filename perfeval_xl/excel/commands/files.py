"""新建自评表, 批量汇总, 生成报告: commands whose result is a file."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from perfeval_xl.core.checks import full_audit
from perfeval_xl.core.findings import Severity
from perfeval_xl.excel.commands.base import Session, command
from perfeval_xl.excel.commands.rules import asked
from perfeval_xl.excel.host import CommandError
from perfeval_xl.excel.live import Reading
from perfeval_xl.files import check_output, write_aside
from perfeval_xl.rulesets.loader import FALLBACK, load
from perfeval_xl.workbook.forms.blank import write_blank
from perfeval_xl.workbook.forms.form import SELF_EVALUATION
from perfeval_xl.workbook.forms.pages import MAX_YEAR, MIN_YEAR
from perfeval_xl.workbook.read import ReadError, content_of, read_bytes, shown_name

if TYPE_CHECKING:
    from perfeval_xl.report.word.make import Document

MERGING = "perfeval_xl.excel.merging"


@command("新建自评表")
def new_table(session: Session) -> str:
    """A blank form as a workbook of its own; the one that is open is left alone."""
    last_year = datetime.date.today().year - 1  # the clerk's day
    if session.host.is_local:
        ruleset = asked(session, "新建自评表：请选择规则集。", FALLBACK)
        year = _year(session.host.ask("评价年度：", str(last_year)))
    else:
        ruleset, year = load(FALLBACK), last_year
    try:
        ruleset.at(datetime.date(year, 12, 31))
    except LookupError as error:
        raise CommandError(f"规则集“{ruleset.id}”在 {year} 年没有可用的参数", "规则集有效期内的年度", "请换一个年度或规则集。") from error
    where = session.host.deliver(f"{year}年度绩效自评表.xlsx", lambda path: _blank(path, ruleset.id, year))
    return f"{where}。\n规则集：{ruleset.title}（{ruleset.id}），年度：{year}。"


def _blank(path: Path, ruleset: str, year: int) -> None:
    write_blank(path, SELF_EVALUATION, load(ruleset), year)


def _year(text: str) -> int:
    digits = text.removesuffix("年").removesuffix("年度").strip()
    if not digits.isdecimal() or not MIN_YEAR <= int(digits) <= MAX_YEAR:
        raise CommandError(f"年度“{text[:20]}”不正确", f"{MIN_YEAR} 至 {MAX_YEAR} 的四位数", "请重新输入，如 2025。")
    return int(digits)


@command("批量汇总")
def merge(session: Session) -> str:
    """Starts the merge in a window of its own, which outlives Excel's patience with functions and buttons."""
    host = session.host
    folder = host.ask_folder("请选择存放各单位自评表的文件夹").absolute()  # the program that merges starts elsewhere
    if not folder.is_dir():
        raise CommandError(f"文件夹“{folder}”打不开", "存放自评表的文件夹", "请检查网络连接和读取权限后再试。")
    ruleset = host.ask("规则集编号（留空则逐表识别）：", "").strip()
    if ruleset:
        load(ruleset)
    target = host.ask_target("汇总.xlsx").absolute()
    check_output(target, ending=".xlsx")
    host.start(MERGING, [str(folder), str(target), *(["--ruleset", ruleset] if ruleset else [])])
    return f"已在单独的窗口中开始汇总“{folder.name}”。\n可以继续使用 Excel；要停止，请在该窗口按 Ctrl+C 或直接关闭它，已读取的结果会保留。\n完成后自动打开 {target.name}。"


@command("生成报告")
def report(session: Session) -> str:
    """The open table as a Word report."""
    with tempfile.TemporaryDirectory(prefix="perfeval-") as place:
        copy = session.host.copy_of(session.book, Path(place))
        if copy is None and not session.host.is_local:
            raise CommandError("网页版加载项没有收到工作簿文件，只有单元格的值不足以生成报告", "", "请在任务窗格中上传本文件生成报告，或使用桌面版加载项。")
        if copy is None:
            raise CommandError("取不到工作簿的当前内容：可能有单元格正在编辑，或处于“受保护的视图”", "可以编辑的工作簿", "请按回车结束编辑或点“启用编辑”，保存后再试。")
        document, errors = _document(session, copy)
        where = session.host.deliver(f"{Path(session.book.name).stem}-绩效自评报告.docx", lambda target: write_aside(target, document.data))
    lines = [f"{where}。"]
    if document.open_places:
        lines.append(f"有 {document.open_places} 处标明【待填】，请在 Word 中查找“【待填】”逐处补充。")
    if errors:
        lines.append(f"表中有 {errors} 项错误，请点“校验”查看，改正后重新生成报告。")
    return "\n".join(lines)


def _document(session: Session, copy: Path) -> tuple[Document, int]:
    """The report on the workbook as it is now, as `perfeval report` writes it, and how many errors the table has. Raises: CommandError."""
    from perfeval_xl.batch.overview import is_consolidated, read_overview, without_details  # noqa: PLC0415  # on demand: large libraries
    from perfeval_xl.report.narration import evaluation_story, is_department  # noqa: PLC0415
    from perfeval_xl.report.remarks import Annotate  # noqa: PLC0415
    from perfeval_xl.report.summary import overview_story  # noqa: PLC0415
    from perfeval_xl.report.word.report import report as made  # noqa: PLC0415

    try:
        name = shown_name(session.book.name)
        book = read_bytes(name, without_details(name, content_of(copy)))
        if is_consolidated(book):
            return made(overview_story(read_overview(book)), "summary"), 0
    except ReadError as error:
        raise CommandError(str(error)) from error
    done = session.assess(Reading(book, is_whole=True))
    rules = done.ruleset.at(done.evaluation.day)
    findings = full_audit(done.evaluation.submission, done.evaluation, rules).findings
    kind = "department" if is_department(done.evaluation, rules) else "project"
    return made(evaluation_story(done.evaluation, rules, findings, Annotate.NONE), kind), sum(f.severity is Severity.ERROR for f in findings)
