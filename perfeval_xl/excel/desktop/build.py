"""perfeval.xlam from addin/desktop, the installed xlwings and our own functions: one file, the same byte for byte each time."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from perfeval_xl.excel.desktop import standalone
from perfeval_xl.excel.desktop.assets import material
from perfeval_xl.excel.desktop.functions import Inspection, InspectionError, inspected
from perfeval_xl.excel.desktop.package import WORKBOOK_MODULE, Parts, Sheet, packed
from perfeval_xl.excel.desktop.project import Document, Module, code_module, document_module, vba_project
from perfeval_xl.excel.desktop.ribbon import Button, buttons
from perfeval_xl.files import write_aside

FILE_NAME = "perfeval.xlam"
FUNCTIONS, COMMANDS = "perfeval_xl.excel.udfs", "perfeval_xl.excel.commands"

# Settings no file of the user's may change: the workbook's folder is not searched for code, functions and commands run in one server.
SETTINGS = (("ADD_WORKBOOK_TO_PYTHONPATH", "False"), ("USE UDF SERVER", "True"), ("UDF MODULES", FUNCTIONS))
_ABOUT = (
    "预算绩效自评（perfeval）桌面插件",
    "本文件是 Excel 加载项，由 perfeval addin build 生成，请不要改动。按钮在“绩效自评”选项卡，函数以 PE_ 开头。",
)


class BuildError(Exception):
    """Why there is no add-in; the text is one Chinese sentence with the cause."""


@dataclass(frozen=True, slots=True)
class Built:
    """What was built. sha256: of the file. xlwings: version whose module and DLL it uses. commands, functions: their names, as in ribbon and cells."""

    path: Path
    sha256: str
    xlwings: str
    commands: tuple[str, ...]
    functions: tuple[str, ...]


def build(out: Path, functions: str = FUNCTIONS, commands: str = COMMANDS) -> Built:
    """Writes the add-in, whole or not at all. functions, commands: modules they come from. Raises: BuildError, OutputError."""
    try:
        folder = material()
        ribbon = (folder / "ribbon" / "customUI14.xml").read_bytes()
        module = standalone.installed_module()
        inspection = inspected(functions, commands)
        shown = buttons(ribbon)
        _check(shown, inspection)
        parts = Parts(
            "绩效自评",
            "预算绩效自评：填报、计算、校验、汇总和报告",
            sheets := _sheets(folder, inspection),
            vba_project(standalone.PROJECT, _modules(folder, module, inspection.module, sheets)),
            ribbon,
            {b.image: (folder / "ribbon" / "icons" / f"{b.image}.png").read_bytes() for b in shown},
        )
    except InspectionError as error:
        raise BuildError(str(error)) from error
    except standalone.StandaloneError as error:
        raise BuildError(f"已安装的 xlwings 与本程序预期的不同，为安全起见没有生成插件。请安装本程序适用的版本。原因：{error}") from error
    except OSError as error:
        raise BuildError(f"插件的组成文件不完整（{error.filename or error}）。请重新安装本程序。") from error
    data = packed(parts)
    write_aside(out, data)
    return Built(
        out, hashlib.sha256(data).hexdigest(), standalone.version_of(module), tuple(b.name for b in shown), tuple(d.name for d in inspection.descriptions)
    )


def _check(shown: tuple[Button, ...], inspection: Inspection) -> None:
    """Every button has its command and every command its button."""
    if missing := {b.name for b in shown} ^ inspection.commands:
        raise BuildError(f"按钮与命令不一致：{'、'.join(sorted(missing))}")


def _sheets(folder: Path, inspection: Inspection) -> tuple[Sheet, ...]:
    """The first can be seen, as one of a workbook must; the VBA reads the others."""
    texts = tomllib.loads((folder / "texts.toml").read_text(encoding="utf-8"))
    about = [[line] for line in _ABOUT]
    return (
        Sheet("说明", "SheetAbout", about, is_hidden=False),
        Sheet(f"{standalone.PROJECT}.conf", "SheetConfig", SETTINGS),
        Sheet(f"{standalone.PROJECT}.text", "SheetText", list(texts.items())),
        Sheet(f"{standalone.PROJECT}.help", "SheetHelp", [(d.name, d.category, d.text, *d.arguments) for d in inspection.descriptions]),
    )


def _modules(folder: Path, module: str, wrappers: Module, sheets: tuple[Sheet, ...]) -> list[Module]:
    """Documents first, as Excel itself writes them; then our own modules by name, the functions, xlwings."""
    own = sorted((folder / "vba").glob("*.bas"))
    return [
        document_module(WORKBOOK_MODULE, Document.WORKBOOK, _text(folder / "vba" / f"{WORKBOOK_MODULE}.cls")),
        *(document_module(sheet.module, Document.SHEET) for sheet in sheets),
        *(code_module(path.stem, _text(path)) for path in own),
        wrappers,
        code_module("xlwings", standalone.made_safe(module)),
    ]


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii")
