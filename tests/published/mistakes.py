"""The published rows rebuilt as workbooks, read back and audited: every mistake of the field beside what is found.

Run: python -m tests.published.mistakes [real_cases.csv]   prints a table per mistake, and false alarms among the clean rows.
Where the list keeps a score but no weight, the weight is taken to be the score; rows without either share the one above.
"""

from __future__ import annotations

import csv
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl import load_workbook

from perfeval_xl.core.checks import audit
from perfeval_xl.core.evaluate import evaluate
from perfeval_xl.core.findings import Finding
from perfeval_xl.core.model import Submission
from perfeval_xl.rulesets.loader import load
from perfeval_xl.workbook.parse import parse_book
from perfeval_xl.workbook.read import read_workbook
from tests.published.real_cases import DAMAGED, DEFAULT, RULESETS
from tests.support.layouts import Form, Layout, Row, national, six_columns

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "mistakes.toml").read_text(encoding="utf-8"))
ABOUT_WRITING = frozenset({"operator-in-actual", "lookalike-operator", "number-as-text"})
"""True of what is written wherever they stand; nobody labels them as mistakes."""
OF_THE_WHOLE = frozenset({"weights-do-not-sum", "unscored-section"})
"""About a whole document. The list keeps only some rows of most: sums of those say nothing."""


class Found(NamedTuple):
    """A rebuilt document. lines: row number → indicator name; the fund table's row under its own name."""

    source: str
    lines: Mapping[int, str]
    findings: Sequence[Finding]

    def kinds_at(self, name: str) -> set[str]:
        """Kinds on the rows of that name; of the whole document for an empty one."""
        return {f.kind.kind for f in self.findings if not name or self.lines.get(line_of(f)) == name}


def line_of(finding: Finding) -> int:
    return int(re.sub(r"[^0-9]", "", finding.location.cell) or 0)


@dataclass
class Document:
    """Rows of one source as the list keeps them."""

    source: str
    year: str
    title: str
    department: str
    rows: list[Row] = field(default_factory=list)
    rates: list[str] = field(default_factory=list)
    funds: dict[str, str] = field(default_factory=dict)


def documents(path: Path) -> dict[str, Document]:
    out: dict[str, Document] = {}
    reasons = {(r["source"], r["name"]): r["text"] for r in CASES["reasons"]}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for r in csv.DictReader(stream):
            source = r["source_file"][:2]
            title = (f"{r['year']}年度" if r["year"] else "") + r["doc_type"]
            document = out.setdefault(source, Document(source, r["year"], title, r["region"]))
            if "预算执行率" in {r["level1"], r["level3_indicator"]}:
                document.funds = {"name": r["level3_indicator"], "annual": r["target_text"], "actual": r["actual_text"], "rate": r["completion_text"], "weight": r["weight"], "score": r["score"]}
                continue
            weight = r["weight"] or r["score"]
            reason = reasons.get((source, r["level3_indicator"]), "")
            document.rows.append(Row(r["level1"], r["level2"], r["level3_indicator"], r["target_text"], r["actual_text"], weight, r["score"], reason))
            document.rates.append(r["completion_text"])
    return out


def build(document: Document, folder: Path) -> Path:
    """The national form (the first document's own six columns for it), corrected to what the list says."""
    is_six = document.source == "01"
    layout = Layout("six-columns", six_columns) if is_six else Layout("national", national)
    path = layout.save(folder / f"{document.source}.xlsx", document.rows, Form(document.title, document.department, "1" if document.funds else "", "1"))
    book = load_workbook(path)
    sheet = book.worksheets[0]
    named = {str(sheet.cell(r, 3).value): r for r in range(1, sheet.max_row + 1) if sheet.cell(r, 3).value}
    if is_six:
        for row, rate in zip(document.rows, document.rates, strict=True):
            sheet.cell(named[row.name], 6, rate or None)
    else:
        _correct(sheet, document, named)
    said = next((c["text"] for c in CASES["conclusions"] if c["source"] == document.source), "")
    if said:
        sheet.cell(sheet.max_row + 1, 1, "自评结论：" + said)
    book.save(path)
    return path


def _correct(sheet: Any, document: Document, named: Mapping[str, int]) -> None:
    last = sheet.max_row
    sheet.cell(last, 6).value = sheet.cell(last, 7).value = None  # the list keeps no totals
    if document.funds:
        extra: dict[str, Any] = next((f for f in CASES["funds"] if f["source"] == document.source), {})
        values = [extra.get("initial", ""), extra.get("adjusted") or extra.get("annual", document.funds["annual"]), document.funds["actual"], document.funds["weight"], document.funds["rate"], document.funds["score"]]
        for column, text in enumerate(values, 3):
            sheet.cell(4, column).value = _typed(text)
        for line in (5, 6):
            for column in range(2, 6):
                sheet.cell(line, column).value = None
        for line, texts in enumerate(extra.get("sources", []), 5):
            for column, text in enumerate(texts, 2):
                sheet.cell(line, column).value = _typed(text)
        if "adjusted" in extra:
            sheet.cell(3, 4).value = "调整后预算数"
    start = 0
    lines = [named[r.name] for r in document.rows if r.name in named]
    if document.source == "29":
        for row, line in zip(document.rows, lines, strict=True):
            if row.score:
                start = line
            elif start:
                sheet.merge_cells(start_row=start, end_row=line, start_column=6, end_column=6)
                sheet.merge_cells(start_row=start, end_row=line, start_column=7, end_column=7)


def _typed(text: str) -> object:
    return float(text) if re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", text) else text or None


def audited(path: Path, source: str, fund_name: str = "") -> Found:
    book = read_workbook(path)
    submission = parse_book(book.file, book.grids, book.names)
    assert isinstance(submission, Submission), submission.message
    ruleset = load(RULESETS.get(source, "national-project-2020"))
    done = evaluate(submission, ruleset)
    lines = {r.place.row: r.name for r in submission.indicators}
    if submission.execution is not None:
        lines[submission.execution.total.place.row] = fund_name
    return Found(source, lines, audit(submission, done, ruleset.at(done.day)))


class Result(NamedTuple):
    """One mistake. missed: source and indicator."""

    title: str
    carried: int
    found: int
    missed: list[str]
    is_made: bool = False


def published(path: Path = DEFAULT) -> list[Found]:
    with tempfile.TemporaryDirectory() as folder:
        return [audited(build(d, Path(folder)), d.source, d.funds.get("name", "")) for d in documents(path).values()]


def labelled(documents_found: Sequence[Found]) -> Iterator[Result]:
    by_source = {d.source: d for d in documents_found}
    for mistake in CASES["mistakes"]:
        rows, kinds = mistake.get("rows", []), set(mistake["kinds"])
        missed = [f"{source} {name}" for source, name in rows if not kinds & by_source[source].kinds_at(name)]
        yield Result(mistake["title"], len(rows), len(rows) - len(missed), missed)


def made() -> Iterator[Result]:
    """Mistakes that no row of the list carries, after the field's examples, among sound rows."""
    sound = [Row("产出指标", "时效指标", "按期完成率", "100%", "100%", "20", "20"), Row("效益指标", "社会效益指标", "受益人数", "≥100人", "105人", "30", "30")]
    with tempfile.TemporaryDirectory() as folder:
        for number, mistake in enumerate(CASES["mistakes"]):
            kinds = set(mistake["kinds"])
            rows = [(r[2], Row(*r[:5], *r[6:])) for r in mistake.get("made", [])]
            funds, title = mistake.get("made_funds"), mistake.get("made_title")
            if not rows and not funds and not title:
                continue
            document = Document("00", "2023", title or "2023年度项目支出绩效自评表", "某单位", [row for _, row in rows] + sound)
            if funds:
                document.funds = {"name": "年度资金总额", "annual": funds["budget"], "actual": funds["spent"], "rate": funds["rate"], "weight": "10", "score": "10"}
            path = build(document, Path(folder))
            if title:
                book = load_workbook(path)
                about = book.create_sheet("基本情况")
                about["A1"], about["B1"] = "预算年度", mistake["made_year"]
                book.save(path)
            done = audited(path.rename(path.with_name(f"{number}.xlsx")), "00", "年度资金总额")
            names = [name for name, _ in rows] or (["年度资金总额"] if funds else [""])
            missed = [name for name in names if not kinds & done.kinds_at(name)]
            yield Result(mistake["title"], len(names), len(names) - len(missed), missed, is_made=True)


class Alarm(NamedTuple):
    """A finding on a row that carries no mistake."""

    source: str
    name: str
    kinds: tuple[str, ...]


def false_alarms(documents_found: Sequence[Found], *, damaged: bool = False) -> tuple[int, list[Alarm]]:
    """Rows without a label, and those of them with a finding."""
    wrong = {(source, name) for mistake in CASES["mistakes"] for source, name in mistake.get("rows", [])}
    count, alarms = 0, []
    for document in documents_found:
        if (document.source in DAMAGED) is not damaged:
            continue
        for line, name in document.lines.items():
            if (document.source, name) in wrong:
                continue
            count += 1
            kinds = {f.kind.kind for f in document.findings if line_of(f) == line} - ABOUT_WRITING - OF_THE_WHOLE
            if kinds:
                alarms.append(Alarm(document.source, name, tuple(sorted(kinds))))
    return count, alarms


def main() -> None:
    done = published(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT)
    print("| mistake | rows that carry it | found | missed |\n|---|---|---|---|")
    results = list(labelled(done))
    for one in results:
        print(f"| {one.title} | {one.carried} | {one.found} | {'、'.join(one.missed)} |")
    carried, found = sum(r.carried for r in results), sum(r.found for r in results)
    print(f"\npublished: {found} of {carried} found ({100 * found / carried:.1f} %)")
    examples = list(made())
    print("made after the field's examples: " + "; ".join(f"{r.title} {r.found}/{r.carried}" for r in examples))
    count, alarms = false_alarms(done)
    print(f"clean rows: {count}, with a false alarm {len(alarms)} ({100 * len(alarms) / count:.1f} %)")
    for alarm in alarms:
        print("  ", alarm.source, alarm.name, *alarm.kinds)
    count, alarms = false_alarms(done, damaged=True)
    print(f"rows without a label in damaged documents: {count}, with a finding {len(alarms)}")
    for alarm in alarms:
        print("  ", alarm.source, alarm.name, *alarm.kinds)


if __name__ == "__main__":
    main()
