"""The ribbon's buttons on closed files: drop TASK FILES, for the .cmd files that workbooks are dragged onto.

The names come as the command line Explorer made, in the environment variable PERFEVAL_LINE: a batch file cannot take & ^ % ! apart safely.
Outputs lie beside their inputs under new names; an input is never changed, an output of another day is never replaced.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import click

from perfeval_xl.cli.base import HELP, cli, stop

LINE = "PERFEVAL_LINE"
MAX_FILES = 10_000
_WORD = re.compile(r'"([^"]*)"|(\S+)')


@dataclass(frozen=True, slots=True)
class Task:
    """A button. script: its .cmd file. arguments: of perfeval, from an input and an output path. ending: of the output, "" for none.

    "=" as the input's. each: once for every file, not once for all. needs: what has to be dropped, "" where nothing has to.
    """

    title: str
    script: str
    arguments: Callable[[Sequence[str], str], list[str]]
    suffix: str = ""
    ending: str = ""
    each: bool = True
    needs: str = "自评表"


TASKS: Mapping[str, Task] = {
    "newTable": Task("新建自评表", "新建自评表.cmd", lambda _, out: ["new", out], "自评表", ".xlsx", each=False, needs=""),
    "recalculate": Task("重新计算", "重新计算.cmd", lambda files, out: ["recalc", files[0], "-o", out], "重新计算", "="),
    "check": Task("校验", "校验.cmd", lambda files, _: ["check", *files], each=False),
    "allocateWeights": Task("分配权重", "分配权重.cmd", lambda files, out: ["weights", files[0], "-o", out], "分配权重", "="),
    "undo": Task("撤销上次操作", "撤销上次操作.cmd", lambda _files, _out: [], each=False, needs=""),
    "merge": Task("批量汇总", "批量汇总.cmd", lambda files, out: ["merge", *files, "-o", out], "汇总", ".xlsx", each=False, needs="自评表，或装有自评表的文件夹"),
    "findings": Task("问题清单", "问题清单.cmd", lambda files, out: ["check", *files, "-o", out], "问题清单", ".xlsx", each=False),
    "report": Task("生成报告", "生成报告.cmd", lambda files, out: ["report", files[0], "-o", out], "自评报告", ".docx"),
    "rulesets": Task("规则集", "规则集.cmd", lambda files, _: ["rulesets", "add", files[0]] if files else ["rulesets"], needs=""),
    "doctor": Task("诊断", "诊断.cmd", lambda _files, _out: ["addin", "doctor"], each=False, needs=""),
    "help": Task("帮助", "帮助.cmd", lambda _files, _out: ["--help"], each=False, needs=""),
}
"""Ribbon id → what does the same to closed files."""


@cli.command(hidden=True, help="供拖放用的 .cmd 文件使用：对拖来的文件做与功能区按钮相同的事，结果写在原文件旁边。")
@click.argument("task", type=click.Choice(list(TASKS)))
@click.argument("files", nargs=-1)
@HELP
def drop(task: str, files: tuple[str, ...]) -> None:
    chosen = TASKS[task]
    given = dropped(os.environ.get(LINE, "")) or list(files)
    if len(given) > MAX_FILES:
        stop(f"一次拖来的文件超过 {MAX_FILES} 个。请拖放装有这些文件的文件夹，用“批量汇总”处理。")
    if missing := [one for one in given if not Path(one).exists()]:
        stop(f"找不到“{missing[0]}”。拖放的文件太多时，Windows 会截断名单：请拖放整个文件夹，或分几次拖放。")
    if not given and chosen.needs:
        stop(f"请把{chosen.needs}拖到“{chosen.script}”的图标上（可以一次拖几个），不要直接双击。")
    if task == "undo":
        _undo()
        return
    from perfeval_xl.cli import main  # noqa: PLC0415  # which has imported this

    worst, made = 0, []
    for group in [[one] for one in given] if chosen.each and given else [given]:
        out = _output(chosen, group)
        if chosen.each and len(given) > 1:
            click.echo(f"—— {Path(group[0]).name}")
        worst = max(worst, main(chosen.arguments(group, str(out))))
        if chosen.ending and out.exists():
            made.append(out)
            click.echo(f"结果：{out}")
    if made:
        _remember(made)
    if worst:
        sys.exit(worst)


def dropped(line: str) -> list[str]:
    r"""The files of a command line as Explorer makes it when they are dropped on a .cmd file; [] for any other.

    >>> dropped(r'C:\WINDOWS\system32\cmd.exe /c ""D:\工具\校验.cmd" D:\a&b.xlsx "D:\我的 表^1!.xlsx""')
    ['D:\\a&b.xlsx', 'D:\\我的 表^1!.xlsx']
    >>> dropped(r'"C:\WINDOWS\system32\cmd.exe" '), dropped("")
    ([], [])
    """
    found = re.search(r'(?i)^\s*(?:"[^"]*"|\S+)\s+(?:/\S\s+)*/[ck]\s*"?(.*)$', line.strip(), re.DOTALL)
    if found is None:
        return []
    words = [quoted or bare for quoted, bare in _WORD.findall(found[1].strip().removesuffix('"') if _is_wrapped(line) else found[1])]
    return words[1:] if words and PureWindowsPath(words[0]).suffix.lower() in {".cmd", ".bat"} else []


def _is_wrapped(line: str) -> bool:
    """Whether the whole command stands in quotes of its own, as Explorer writes it."""
    return re.search(r'(?i)/[ck]\s*""', line) is not None


def _output(task: Task, files: Sequence[str]) -> Path:
    """A name beside the first file that nothing has yet."""
    if not task.ending:
        return Path()
    source = Path(files[0]) if files else None
    if source is None:
        folder, stem = _desktop(), task.suffix
    elif source.is_dir():
        folder, stem = (source, task.suffix) if task.needs == "" else (source.absolute().parent, f"{source.absolute().name}-{task.suffix}")
    else:
        folder, stem = source.parent, f"{source.stem}-{task.suffix}" if task.needs else task.suffix
    ending = _ending(source) if task.ending == "=" and source is not None else task.ending
    number = 1
    while (target := folder / f"{stem}{'' if number == 1 else f'({number})'}{ending}").exists():
        number += 1
    return target


def _desktop() -> Path:
    """Where a clerk looks; never beside the .cmd files, which go when the program goes."""
    from platformdirs import user_desktop_path  # noqa: PLC0415

    desktop = user_desktop_path()
    return desktop if desktop.is_dir() else Path.home()


def _ending(source: Path) -> str:
    """What the changed file is called: as before, or .xlsx where a new workbook is made of an old kind."""
    return source.suffix.lower() if source.suffix.lower() in {".xlsx", ".xlsm", ".xltx", ".xltm"} else ".xlsx"


def _record() -> Path:
    from platformdirs import user_state_path  # noqa: PLC0415

    own = os.environ.get("PERFEVAL_STATE")
    return (Path(own) if own else user_state_path("perfeval", appauthor=False)) / "last-drop.json"


def _remember(made: Sequence[Path]) -> None:
    """What 撤销 takes away: the files just made, by content."""
    place = _record()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps({str(p.absolute()): hashlib.sha256(p.read_bytes()).hexdigest() for p in made}, ensure_ascii=False), encoding="utf-8")
    except OSError:
        click.echo("没能记下这次的结果，“撤销上次操作”对它们无效。", err=True)


def _undo() -> None:
    """Takes the results of the last drop away, but for those changed since. Inputs were never changed."""
    place = _record()
    try:
        made = dict(json.loads(place.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # gone, broken, or no record
        click.echo("没有可以撤销的操作。拖放工具从不改动原文件。")
        return
    for name, digest in made.items():
        path = Path(str(name))
        try:
            if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
                click.echo(f"“{path}”之后被改动过，没有删除。")
                continue
            path.unlink()
            click.echo(f"已删除 {path}")
        except FileNotFoundError:
            continue
        except OSError:
            stop(f"“{path}”无法删除，可能正在 Excel 或 Word 中打开。请关闭后重试。")
    place.unlink(missing_ok=True)
    click.echo("已撤销。原文件从未改动。")
