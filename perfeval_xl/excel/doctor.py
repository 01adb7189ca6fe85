"""The doctor: what of this PC stands in the way of the add-in, each with its remedy. The button 诊断 and `perfeval addin doctor` both ask here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from perfeval_xl.excel.pc import machine, office
from perfeval_xl.excel.pc.diagnosis import Diagnosis
from perfeval_xl.excel.pc.facts import Facts, gathered
from perfeval_xl.excel.pc.profile import Profile, ProfileError, this_pc

__all__ = ["Diagnosis", "Facts", "diagnose", "document", "in_short", "judged"]


def diagnose(profile: Profile | None = None) -> list[Diagnosis]:
    """Of this PC, or of a made-up one. Never raises for what it finds; on other systems than Windows it checks what is there."""
    if profile is None:
        try:
            profile = this_pc()
        except ProfileError:
            profile = None
    return judged(gathered(profile))


def judged(facts: Facts) -> list[Diagnosis]:
    """All checks that apply, in the order a person would look. Pure."""
    program = [machine.check_program(facts), machine.check_xlwings(facts), machine.check_log(facts)]
    if facts.system != "win32":
        return [Diagnosis("office", "info", "Excel", f"本机不是 Windows（{facts.system}），没有 Excel，以下只检查程序本身", "请用命令行 perfeval 处理自评表，结果相同"), *program]
    parts = [machine.check_addin(facts), machine.check_mark(facts), machine.check_interpreter(facts), machine.check_library(facts), *machine.check_paths(facts)]
    blocks = [*machine.check_defender(facts), *machine.check_policies(facts)]
    if not office.version(facts):
        return [office.check_office(facts), office.check_owner(facts), *program, *blocks]
    settings = [office.check_trusted(facts), office.check_macros(facts), office.check_disabled(facts), office.check_protected_view(facts), office.check_copies(facts), office.check_both(facts)]
    return [office.check_office(facts), office.check_owner(facts), *program, *parts, *settings, *blocks, machine.check_engine(facts)]


def in_short(found: Sequence[Diagnosis]) -> str:
    """For a dialog: what stands in the way first, what is well as a number."""
    told = [str(one) for state in ("error", "warning", "info") for one in found if one.state == state]
    well = sum(one.state == "ok" for one in found)
    troubles = sum(one.state in {"error", "warning"} for one in found)
    head = f"发现 {troubles} 项问题。" if troubles else "没有发现问题。"
    return "\n\n".join([head, *told, f"另有 {well} 项正常。运行 perfeval addin doctor 可查看全部。"])


def document(found: Sequence[Diagnosis]) -> dict[str, Any]:
    """For programs: {"items": [{kind, state, subject, found, remedy}], "counts": {state: n}}."""
    states = [one.state for one in found]
    return {"items": [asdict(one) for one in found], "counts": {s: states.count(s) for s in ("error", "warning", "info", "ok")}}
