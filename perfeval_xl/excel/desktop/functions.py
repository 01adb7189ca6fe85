"""The worksheet functions in VBA: xlwings' own wrappers of perfeval_xl.excel.udfs, changed where a failure would look like a value."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass

from perfeval_xl.excel.desktop.project import Module, code_module

_MODULE = "PerfevalFunctions"
_FAILED = re.compile(r"(?m)^( *)(\w+) = Err\.Description$")
_NOT_AVAILABLE = "CVErr(2042)"  # #N/A: IFERROR then takes the native formula; a text would pass for a result
_LONGEST = 255  # what Application.MacroOptions takes
_TIMEOUT = 120
# Words no argument may be called in VBA. Source: the keyword lists of the language specification, [MS-VBAL] 3.3.5.2
_KEYWORDS = frozenset(
    """abs and any array as attribute boolean byref byte byval call case cbool cbyte ccur cdate cdbl cdec cint circle clng close const csng cstr
    currency cvar cverr date debug declare dim do doevents double each else elseif empty end endif enum eqv erase event exit false fix for friend
    function get global gosub goto if imp implements in input int integer is lbound len let like line lock long longlong longptr loop lset me mod
    name new next not nothing null on open option optional or paramarray preserve print private property pset public put raiseevent redim rem
    resume return rset scale seek select set sgn shared single spc static stop string sub tab then time to true type typeof ubound unlock until
    variant wend while with withevents write xor""".split()  # noqa: SIM905  # a list of eighty words in quotes nobody reads
)


class InspectionError(Exception):
    """The functions or commands of this installation cannot be turned into an add-in; the text is one Chinese sentence with the cause."""


@dataclass(frozen=True, slots=True)
class Description:
    """What the function wizard shows. arguments: a text for each, in order."""

    name: str
    category: str
    text: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """module: the wrappers. commands: ids that perfeval_xl.excel.commands knows."""

    module: Module
    descriptions: tuple[Description, ...]
    commands: frozenset[str]


def inspected(functions: str, commands: str) -> Inspection:
    """functions, commands: names of modules, imported in a process of its own. Raises: InspectionError."""
    command = [sys.executable, "-P", "-m", "perfeval_xl.excel.desktop.inspection", functions, commands]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT, check=True)  # noqa: S603  # ourselves, with names of modules
        found = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        raise InspectionError(f"无法读取工作表函数：{error.stderr.decode(errors='replace').strip()[-2000:]}") from error
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise InspectionError(f"无法读取工作表函数：{error}") from error
    descriptions = tuple(
        Description(f["name"], str(f["category"]), _shown(f["doc"]), tuple(_shown(text) for _, text in f["arguments"])) for f in found["functions"]
    )
    for function in found["functions"]:
        if clashing := [name for name, _ in function["arguments"] if name.lower() in _KEYWORDS]:
            raise InspectionError(f"函数 {function['name']} 的参数名是 VBA 的保留字：{'、'.join(clashing)}")
    return Inspection(_wrappers(found["wrappers"], [d.name for d in descriptions]), descriptions, frozenset(found["commands"]))


def _wrappers(source: str, names: list[str]) -> Module:
    """The module of wrappers. Raises: InspectionError when there is not exactly one for each function, or one ends otherwise than expected."""
    heads = re.findall(r"(?m)^Function (\w+)\(", source)
    if sorted(heads) != sorted(names):
        raise InspectionError(f"生成的函数与 FUNCTIONS 不一致：{'、'.join(sorted(set(heads) ^ set(names)))}")
    source, count = _FAILED.subn(rf"\1\2 = {_NOT_AVAILABLE}", source)
    if count != len(names):
        raise InspectionError(f"xlwings 生成的函数中有 {count} 处出错处理，应为 {len(names)} 处。请使用本程序适用的 xlwings 版本。")
    head = 'Option Explicit\n#Const App = "Microsoft Excel"\n'
    return code_module(_MODULE, head + source)


def _shown(text: str) -> str:
    """The first paragraph on one line, as much of it as the wizard takes."""
    return " ".join(text.strip().split("\n\n")[0].split())[:_LONGEST]
