"""Work in a process of its own: what it raises arrives as it was raised, whatever class it is of."""

from __future__ import annotations

import ast
import importlib
import os
import pickle
import signal
from pathlib import Path
from typing import Any

import pytest

import perfeval_xl
from perfeval_xl import apart as module
from perfeval_xl.apart import LostError, apart
from perfeval_xl.core.findings import Location, finding
from perfeval_xl.excel.changes import PartlyError
from perfeval_xl.excel.host import CommandError
from perfeval_xl.rulesets.loader import RulesetContentError
from perfeval_xl.workbook.allotment import AllotmentError
from perfeval_xl.workbook.assess import AssessError
from perfeval_xl.workbook.package import PatchError
from perfeval_xl.workbook.readers.base import ReadError

FOUND = finding("not-a-workbook", Location("a.xlsx"), "不是工作簿", "工作簿")
OWN: list[Exception] = [
    RulesetContentError(["第一处有误。", "第二处有误。"]), ReadError(FOUND), AssessError("不能计分", FOUND), AssessError("不能计分"), AllotmentError("没有分值", "有分值", "请填写。"),
    PatchError("工作表受保护"), PatchError("工作表受保护", "请取消保护"), CommandError("没有表", "有表", "请选择。"), PartlyError(["A1", "B2"]),
]  # fmt: skip
"""One for each way to make an error that is more than its words."""


@pytest.mark.parametrize("error", OWN, ids=lambda e: type(e).__name__)
def test_an_error_of_ours_is_the_same_on_the_other_side(error: Exception) -> None:
    made = pickle.loads(pickle.dumps(error))  # noqa: S301  # made here
    assert (type(made), str(made), vars(made)) == (type(error), str(error), vars(error))


def test_every_error_of_ours_with_a_constructor_of_its_own_is_tried() -> None:
    """But for those of the server: they are answered where they are raised."""
    root = Path(perfeval_xl.__file__).parent
    found = set()
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name.endswith("Error") and any(isinstance(f, ast.FunctionDef) and f.name in {"__init__", "__new__"} for f in node.body):
                name = ".".join(path.relative_to(root.parent).with_suffix("").parts)
                if not name.startswith("perfeval_xl.excel.server."):
                    found.add(getattr(importlib.import_module(name), node.name))
    assert found == {type(error) for error in OWN}


def _raises(error: Exception) -> None:
    raise error


class OddError(Exception):
    """As some libraries have them: it cannot be made again from its own arguments."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first}{second}")


def _odd() -> None:
    raise OddError("一", "二")


def _limits() -> tuple[Any, ...]:
    import resource  # noqa: PLC0415  # there is none on Windows

    print("x")
    return resource.getrlimit(resource.RLIMIT_AS)[0] > module.MEMORY, resource.getrlimit(resource.RLIMIT_CORE), signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.parametrize("error", [OWN[0], LookupError("rounding")], ids=lambda e: type(e).__name__)
def test_what_the_work_raises_arrives_as_it_was_raised(error: Exception) -> None:
    with pytest.raises(type(error)) as told:
        apart(_raises, (error,), 60)
    assert (type(told.value), str(told.value)) == (type(error), str(error))


def test_an_error_that_cannot_be_sent_is_told_at_once() -> None:
    """It would never arrive: the work would seem to be endless."""
    with pytest.raises(LostError, match="OddError"):
        apart(_odd, (), 60)


@pytest.mark.skipif(os.name == "nt", reason="Windows limits the time only")
def test_its_process_is_limited_as_a_worker_is_and_says_nothing_in_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    assert apart(_limits, (), 60) == (True, (0, 0), True)
    assert capfd.readouterr() == ("", "")
