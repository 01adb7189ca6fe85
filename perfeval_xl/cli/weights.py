"""The command that shares out weights: weights."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfeval_xl.cli.base import HELP, PASSWORD, SHEET, assessed, cli, stop

if TYPE_CHECKING:
    from perfeval_xl.workbook.assess import Assessment
    from perfeval_xl.workbook.sheetedit import NewValue


@cli.command(help="分配权重：把各部分的满分平均分给还没有分值的指标，另存为新文件；已填的分值不动。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, metavar="输出文件", type=click.Path(path_type=Path), help="输出文件，不能是输入文件本身")
@click.option("--ruleset", help="规则集编号，或规则集文件的路径")
@SHEET
@PASSWORD
@HELP
def weights(file: Path, output: Path, ruleset: str | None, sheet: str, password_file: Path | None) -> None:
    from perfeval_xl.files import OutputError, check_output, write_aside  # noqa: PLC0415  # imports on demand: --help answers at once
    from perfeval_xl.workbook import patch  # noqa: PLC0415
    from perfeval_xl.workbook.allotment import AllotmentError, allotted  # noqa: PLC0415
    from perfeval_xl.workbook.refill import OTHERS, same_bytes, state_of  # noqa: PLC0415

    try:
        check_output(output, file)
        state = state_of(file)
        taken = assessed(file, ruleset, sheet, password_file)
        data = same_bytes(file, state)
        if data is None:
            stop(f"文件“{file.name}”在读取期间被改动。请在保存并关闭该文件后重试。")
        shares = allotted(taken, taken.book.grids)
        if not shares.count:
            click.echo(shares.text)
            click.echo("没有写出文件。", err=True)
            return
        suffix = patch.traits(data).suffix
        if output.suffix.lower() != suffix:
            stop(f"输出文件名应以 {suffix} 结尾，否则 Excel 拒绝打开。请改用“{output.stem}{suffix}”。")
        write_aside(output, _with_totals(patch.patch(data, by_address(shares.cells)), file.name, taken, password_file))
    except (OutputError, AllotmentError) as error:
        stop(str(error))
    except patch.PatchError as error:
        stop(f"{error.cause}，不能原样修改。请用 Excel 或 WPS 将文件另存为 .xlsx，再重新运行。")
    click.echo(shares.text)
    click.echo(f"规则集：{taken.evaluation.ruleset}（{taken.evaluation.ruleset_reason}）")
    if patch.formula_count(data):
        click.echo(f"注：{OTHERS}")
    click.echo(f"已写入 {output}", err=True)


def _with_totals(data: bytes, name: str, taken: Assessment, password_file: Path | None) -> bytes:
    """The stored results of formulas brought up to date: sums of weights, then rates and scores. Cells without a formula stay as they are."""
    from perfeval_xl.cli.base import password_of  # noqa: PLC0415
    from perfeval_xl.workbook import patch  # noqa: PLC0415
    from perfeval_xl.workbook.allotment import stored_sums  # noqa: PLC0415
    from perfeval_xl.workbook.assess import Request, assess_book  # noqa: PLC0415
    from perfeval_xl.workbook.read import read_bytes  # noqa: PLC0415
    from perfeval_xl.workbook.refill import refilled  # noqa: PLC0415

    request = Request(taken.evaluation.ruleset, taken.evaluation.submission.sheet, None)
    password = password_of(password_file)
    done = assess_book(read_bytes(name, data, password), request)
    data = patch.patch(data, by_address(stored_sums(done, done.book.grids)))
    done = assess_book(read_bytes(name, data, password), request)
    cells: dict[str, dict[str, NewValue]] = {}
    for change in refilled(data, done.evaluation, done.ruleset, done.book.grids).recalculation.changes:
        if change.is_formula:
            cells.setdefault(change.sheet, {})[change.cell] = change.value
    return patch.patch(data, cells)


def by_address(cells: Mapping[str, Mapping[tuple[int, int], Decimal]]) -> dict[str, dict[str, NewValue]]:
    """The same, with the cells by their addresses."""
    from perfeval_xl.workbook.grid import address  # noqa: PLC0415

    return {name: {address(*at): value for at, value in values.items()} for name, values in cells.items()}
