"""Merge: from the user's request to the finished workbook, and the answer about it. The one way for every front end."""

from __future__ import annotations

import datetime
import hashlib
import json
import shutil
import time
import zipfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perfeval_xl.batch.consolidation import MERGED, Consolidation
from perfeval_xl.batch.memory import watched
from perfeval_xl.batch.pool import StoppedError
from perfeval_xl.batch.roster import Unit, read_roster
from perfeval_xl.batch.run import MergeRequest, Plan, output_key, plan, run
from perfeval_xl.batch.sheets import Context, sheets
from perfeval_xl.batch.store import Store, fingerprint, folder, opened
from perfeval_xl.batch.work import OWN_SHEETS
from perfeval_xl.core.department import unit_key
from perfeval_xl.core.memory import without_cycle_search
from perfeval_xl.files import OutputError, check_output, clear_leftovers, placed
from perfeval_xl.rulesets.loader import load
from perfeval_xl.workbook.drawings import sheet_parts
from perfeval_xl.workbook.tables import write_tables

if TYPE_CHECKING:
    from perfeval_xl.batch.export import Replaced


@dataclass(frozen=True, slots=True)
class Order:
    """What to merge and where to. roster, export: where given. arguments: the command, for the record."""

    request: MergeRequest
    output: Path
    roster: Path | None = None
    export: Path | None = None
    arguments: Sequence[str] = ()


class NothingFoundError(Exception):
    """There is no workbook at all to merge; str() is one Chinese sentence."""


@dataclass(slots=True)
class Answer:
    """The document of `merge --json`, and what the terminal says besides."""

    document: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        """Whether anything found is an error."""
        return bool(self.document["findings"]["error"])


def merge(order: Order) -> Answer:
    """Raises: OutputError, RulesetError, RosterError, NothingFoundError, ClusterError."""
    start, started = time.perf_counter(), datetime.datetime.now()
    check_output(order.output, order.roster, ".xlsx")
    if order.export is not None:
        from perfeval_xl.batch.export import check_export  # noqa: PLC0415  # on demand: its library is large

        check_export(order.export)
    if order.request.ruleset:
        load(order.request.ruleset)
    units = read_roster(order.roster) if order.roster is not None else None
    request = replace(order.request, units=units, others=[*order.request.others, folder(), order.output, *([order.roster] if order.roster is not None else [])])
    mark = _mark(request)
    _check_existing(order.output)
    clear_leftovers(order.output.absolute().parent)
    with watched() as peak, opened(mark) as store, without_cycle_search():
        planned = _planned(request, store)
        _check_inputs(order.output, planned)
        key = output_key(mark, planned, request, str(order.output.resolve().parent))
        answer = _again(order, store, key, planned) if order.export is None and not request.fresh and not planned.unread else None
        if answer is None:
            answer = _made(order, request, planned, store, started, key)
        if request.runner is not None and not planned.unread:
            answer.notes.append("所有文件都已读取过，没有需要在集群上读取的文件，未连接集群。")
        store.used(d for _, d in planned.hashed)
        if not store.is_lasting:
            answer.notes.append(f"缓存文件夹“{folder()}”不可用，本次读取的结果不保留，下次将全部重新读取。请检查该文件夹的写入权限。")
    answer.document["output"] = str(order.output)
    answer.document["seconds"] = round(time.perf_counter() - start, 3)
    answer.document["peak_mib"] = round(peak.mib, 1)
    return answer


def _mark(request: MergeRequest) -> str:
    """What outcomes that are kept depend on. What a password opened is kept apart: without it nobody gets it back."""
    mark = fingerprint(request.ruleset)
    return mark if request.password is None else hashlib.scrypt(request.password.encode(), salt=mark.encode(), n=1 << 14, r=8, p=1, dklen=32).hex()


def dry_run(request: MergeRequest) -> tuple[Plan, dict[str, int]]:
    """What a run would do, without doing it: the plan, and how many files of each kind."""
    if request.ruleset:
        load(request.ruleset)
    with opened(_mark(request)) as store:
        planned = _planned(replace(request, others=[*request.others, folder()]), store)
    refused = len(planned.refused) + len(planned.found.refused)
    counts = {
        "found": len(planned.hashed) + refused, "read": len(planned.unread), "unchanged": len(planned.hashed) - len(planned.same) - len(planned.unread), "same": len(planned.same), "refused": refused,
    }  # fmt: skip
    return planned, counts


def _planned(request: MergeRequest, store: Store) -> Plan:
    planned = plan(request, store)
    if planned.found.missing:
        raise NothingFoundError(f"没有找到“{'”“'.join(planned.found.missing[:5])}”。请检查文件夹、文件名或通配符；没有写出任何文件。")
    if not planned.hashed and not planned.refused and not planned.found.refused:
        skipped = "、".join(f"{reason} {n} 个" for reason, n in planned.found.skipped.items())
        raise NothingFoundError("没有找到可以汇总的工作簿。请给出文件夹、文件名、通配符或 zip 压缩包" + (f"（已略过{skipped}）。" if skipped else "。"))
    return planned


def _check_existing(output: Path) -> None:
    """What lies where the output will go may be a submission, whatever way the inputs are given: only our own workbooks are replaced.

    Raises: OutputError.
    """
    if not output.is_file() or not output.stat().st_size:
        return
    try:
        with zipfile.ZipFile(output) as book:
            is_ours = list(sheet_parts(book))[: len(OWN_SHEETS)] == OWN_SHEETS
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError):
        is_ours = False
    if not is_ours:
        raise OutputError(f"输出文件“{output.name}”已经存在，而且不是汇总表，不会被覆盖。请换一个输出文件名或位置。")


def _check_inputs(output: Path, planned: Plan) -> None:
    """An input is never its own output, whatever way it was given."""
    for path in {s.path for s, _ in planned.hashed}:
        if "://" not in path and Path(path).name == output.name:
            check_output(output, Path(path))


def _again(order: Order, store: Store, key: str, planned: Plan) -> Answer | None:
    """The workbook of an earlier run over exactly the same files by the same rules; None where there is none."""
    kept = store.output(key)
    if kept is None:
        return None
    try:
        document: dict[str, Any] = json.loads(kept.with_suffix(".json").read_text(encoding="utf-8"))
        if not _lies_at(kept, order.output):
            with placed(order.output) as aside:
                shutil.copyfile(kept, aside)
    except (OSError, ValueError):
        return None
    document["files"]["unchanged"] = len(planned.hashed) - len(planned.same)
    return Answer(document, [*document.pop("notes", []), "与上次汇总相比，文件、名单和规则都没有变化，采用上次生成的汇总表。"])


def _lies_at(kept: Path, output: Path) -> bool:
    """Whether the output is still there as it was made."""
    try:
        return output.is_file() and output.stat().st_size == kept.stat().st_size and output.read_bytes() == kept.read_bytes()
    except OSError:
        return False


def _made(order: Order, request: MergeRequest, planned: Plan, store: Store, started: datetime.datetime, key: str) -> Answer:  # noqa: PLR0913  # the whole run
    consolidation = run(request, planned, store)
    context = Context(order.output, request.ruleset, started, order.arguments)
    with placed(order.output) as aside:
        write_tables(aside, sheets(consolidation, context))
    document = _document(consolidation, request)
    replaced = _exported(consolidation, order.export, document, context) if order.export is not None else []
    remarks = _remarks(consolidation)
    if consolidation.is_settled and store.is_lasting:
        store.keep_output(key, order.output)
        kept = store.output(key)
        if kept is not None:
            with suppress(OSError):
                kept.with_suffix(".json").write_text(json.dumps({**document, "notes": remarks}, ensure_ascii=False), encoding="utf-8")
    if order.export is not None:  # of this run alone, never kept with its output
        document["export"] = {"folder": str(order.export), "replaced": [one._asdict() for one in replaced]}
    return Answer(document, [*remarks, *(_replaced(one, order.export) for one in replaced)])


def _exported(consolidation: Consolidation, folder: Path, document: dict[str, Any], context: Context) -> Sequence[Replaced]:
    from perfeval_xl.batch.export import export  # noqa: PLC0415  # on demand: its library is large

    run = {"started": f"{context.started:%Y-%m-%d %H:%M:%S}", "ruleset": str(document["ruleset"]), "files": str(document["files"]["found"])}
    return export(consolidation, folder, run).replaced


def _replaced(one: Replaced, folder: Path | None) -> str:
    """Batches of one year exported after one another would each take the place of the one before: that must not pass in silence."""
    year = f" {one.year} 年度" if one.year else "未填年度"
    return f"导出文件夹“{folder}”中原有的{year}数据（自评表 {one.before} 份）已替换为本次汇总的 {one.now} 份。各年度整体替换；如果是分批汇总，请将各批文件放在一起重新汇总并导出。"


def _document(c: Consolidation, request: MergeRequest) -> dict[str, Any]:
    tables = c.tables()
    merged = sum(f.status == MERGED for f in c.files)
    used = Counter(t.ruleset for t in tables)
    return {
        "output": "",
        "ruleset": request.ruleset or "、".join(name for name, _ in used.most_common()),
        "rulesets": dict(used.most_common()),
        "files": {"found": len(c.files), "merged": merged, "refused": len(c.files) - merged, "unchanged": sum(f.is_unchanged for f in c.files)},
        "departments": len({unit_key(t.department) or f"\0{t.file}" for t in tables}),
        "tables": len(tables),
        "indicators": sum(t.indicators for t in tables),
        "findings": c.counts(),
        "refused": [_refused(f) for f in c.files if f.status != MERGED],
        "missing": [unit._asdict() for unit in c.matched.missing] if c.matched is not None else [],
        "unlisted": [{"department": u.department, "like": list(u.like)} for u in c.matched.unlisted] if c.matched is not None else [],
        "duplicates": [{"file": f.name, "kept": f.kept, "reason": f.reason} for f in c.files if f.kept],
        "skipped": dict(c.skipped),
        "seconds": 0.0,
        "peak_mib": 0.0,
    }


def _refused(file: Any) -> dict[str, str]:
    if file.refused is not None:
        return {"file": file.name, "reason": file.refused.found, "kind": file.refused.kind.kind}
    return {"file": file.name, "reason": file.reason, "kind": "duplicate-submission"}


def _remarks(c: Consolidation) -> list[str]:
    remarks = list(c.notes)
    if c.rows_in != c.rows_out:
        remarks.append(f"读入 {c.rows_in} 行指标，写出 {c.rows_out} 行，不一致。请勿使用本汇总表，并与维护人员联系。")
    return remarks


__all__ = ["Answer", "MergeRequest", "NothingFoundError", "Order", "OutputError", "StoppedError", "Unit", "dry_run", "merge"]
