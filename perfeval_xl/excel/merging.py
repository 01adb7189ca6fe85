"""The window of 批量汇总: a merge in a process of its own, with progress in Chinese; opens the result when it is done.

A console, not a window of Tk: the embeddable Python has none. Ctrl+C, or closing the window, stops it; what was read is kept.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import click

from perfeval_xl.excel.host import open_file
from perfeval_xl.streams import in_utf8, stand_in


def run(folder: Path, output: Path, ruleset: str | None) -> int:
    """Merges; returns the exit status of `perfeval merge`, and says everything itself."""
    from perfeval_xl.batch.merge import MergeRequest, NothingFoundError, Order, StoppedError, merge  # noqa: PLC0415  # the window first, then the large libraries
    from perfeval_xl.files import OutputError  # noqa: PLC0415
    from perfeval_xl.report.merge import show_merge  # noqa: PLC0415
    from perfeval_xl.report.progress import telling  # noqa: PLC0415
    from perfeval_xl.rulesets.loader import RulesetError  # noqa: PLC0415

    try:
        with telling("正在读取") as tell:
            request = MergeRequest([str(folder)], ruleset, [output], tell=tell)
            answer = merge(Order(request, output, arguments=["perfeval", "merge", str(folder), "-o", str(output)]))
    except (OutputError, RulesetError, NothingFoundError, StoppedError) as error:
        click.echo(f"没有完成：{error}", err=True)
        return 2
    except KeyboardInterrupt:
        click.echo("已停止。已经读取的结果都已保存，再次汇总时从中断处继续；汇总文件要么是原来的，要么是完整的新文件。", err=True)
        return 2
    except Exception as error:  # no English lines in a clerk's window
        from perfeval_xl.excel.log import file, record  # noqa: PLC0415

        record("批量汇总", error)
        click.echo(f"出现意外错误，没有完成。请把日志文件发给信息技术人员（其中没有单元格内容）：{file()}", err=True)
        return 2
    show_merge(answer.document, answer.notes)
    click.echo(f"汇总表已写入 {output}", err=True)
    open_file(output)
    return 1 if answer.has_errors else 0


@click.command(help="批量汇总的窗口，由 Excel 加载项启动。")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--ruleset")
def main(folder: Path, output: Path, ruleset: str | None) -> None:
    """The window."""
    click.echo(f"批量汇总：{folder}\n结果将写入：{output}\n按 Ctrl+C 或关闭本窗口可以停止。\n", err=True)
    status = run(folder, output, ruleset)
    if sys.stdin is not None and sys.stdin.isatty():
        with contextlib.suppress(click.Abort):
            click.prompt("按回车键关闭本窗口", default="", show_default=False, prompt_suffix="", err=True)
    sys.exit(status)


if __name__ == "__main__":
    stand_in()
    in_utf8()
    main()
