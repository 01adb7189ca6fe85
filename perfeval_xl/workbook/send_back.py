"""Send-back notes: what one department has to mend, in the words of an official letter. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from perfeval_xl.compare.issues import ORDER, Checked, CheckedFile, Issue
from perfeval_xl.core.department import unit_key
from perfeval_xl.core.findings import SEVERITY_TITLES, Severity

COLUMNS = ("序号", "级别", "位置", "问题", "处理办法")
TITLE = "预算绩效自评退回修改意见"
CLOSING = (
    "请于　　　　年　　月　　日前改正，并重新报送。“错误”应当改正；“提醒”请逐项核对，确属实情的，请在“偏差原因”或备注栏说明理由；“提示”供参考。",
    "感谢你单位的支持与配合。如对以上意见有疑问，请与审核人联系。",
)
SIGNATURE = ("审核单位（盖章）：", "审核人：", "联系电话：", "日期：　　　　年　　月　　日")


class Line(NamedTuple):
    """One point of a note."""

    number: int
    severity: str
    place: str
    problem: str
    remedy: str


class Note(NamedTuple):
    """One department's letter. name: for the sheet. salutation: the department, where one is named."""

    name: str
    title: str
    salutation: str
    opening: str
    lines: Sequence[Line]


def notes_of(checked: Checked) -> list[Note]:
    """A letter for each department with an open error or warning, in the order of the files; its hints go with them."""
    groups: dict[str, list[CheckedFile]] = defaultdict(list)
    for one in checked.files:
        groups[unit_key(one.department) or f"\0{one.file}"].append(one)
    return [note for files in groups.values() if (note := _note(files)) is not None]


def _note(files: Sequence[CheckedFile]) -> Note | None:
    issues = [(one, issue) for one in files for issue in one.issues]
    still = [(one, issue) for one, issue in issues if not issue.is_accepted]
    if all(issue.finding.severity is Severity.INFO for _, issue in still):
        return None  # nothing is sent back for hints alone
    still.sort(key=lambda pair: ORDER[pair[1].finding.severity])  # stable: files and cells keep their order
    department = files[0].department
    years = list(dict.fromkeys(one.year for one in files if one.year))
    year = f"{years[0]} 年度" if len(years) == 1 else ""
    named = "、".join(f"“{one.file}”" for one in files[:5]) + (f"等 {len(files)} 份" if len(files) > 5 else "")
    counts = "、".join(f"{title} {count} 项" for severity, title in SEVERITY_TITLES.items() if (count := _count(still, severity)))
    accepted = len(issues) - len(still)
    apart = f"另有 {accepted} 项经复核已接受，不需改正。" if accepted else ""
    opening = f"你单位报送的{' ' if year else ''}{year}预算绩效自评材料（{named}）收悉。经审核，需要改正或说明的问题共 {len(still)} 项，其中{counts}。{apart}具体意见如下："
    is_single = len(files) == 1
    lines = [_line(number, one, issue, is_single=is_single) for number, (one, issue) in enumerate(still, 1)]
    return Note(department or files[0].file, f"{year}{TITLE}", f"{department or '报送单位'}：", opening, lines)


def _count(pairs: Sequence[tuple[CheckedFile, Issue]], severity: Severity) -> int:
    return sum(issue.finding.severity is severity for _, issue in pairs)


def _line(number: int, one: CheckedFile, issue: Issue, *, is_single: bool) -> Line:
    found = issue.finding
    place = " ".join(part for part in ("" if is_single else one.file, found.location.sheet, found.location.cell) if part) or "整个文件"
    wanted = f"应为：{found.expected}。" if found.expected else ""
    problem = f"{found.kind.title}：{found.found.rstrip('。')}。{wanted}"
    return Line(number, SEVERITY_TITLES[found.severity], place, problem, found.kind.remedy)
