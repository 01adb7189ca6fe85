"""The command that brings many files together: merge."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfeval_xl.cli.base import HELP, PASSWORD, cli, password_of, stop

if TYPE_CHECKING:
    from perfeval_xl.batch.run import MergeRequest, Runner


@cli.command(help="把许多单位的自评表汇总为一个工作簿：名次、明细、统计、问题清单、报送情况、图表和运行记录。")
@click.argument("paths", metavar="文件夹、文件或压缩包", nargs=-1, required=True)
@click.option("-o", "--output", metavar="汇总.xlsx", required=True, type=click.Path(path_type=Path), help="写出的汇总工作簿")
@click.option("--roster", metavar="名单.xlsx", type=click.Path(path_type=Path), help="应报送单位名单：单位名称，可另有单位编码、主管部门、联系人")
@click.option("--ruleset", help="规则集编号，或规则集文件的路径；不指定时逐表识别")
@click.option("--jobs", metavar="数量", type=click.IntRange(1, 256), help="同时工作的进程数，默认为处理器个数")
@click.option("--cluster", metavar="地址", help="在 Dask 集群上读取，如 tcp://10.0.0.5:8786；文件须在共享路径上")
@click.option("--export", metavar="文件夹", type=click.Path(path_type=Path), help="另存为 Parquet、CSV 和 DuckDB 数据库，逐年累积")
@PASSWORD
@click.option("--fresh", is_flag=True, help="不用以前读取的结果，全部重新读取")
@click.option("--dry-run", is_flag=True, help="只列出将要做什么，不读取、不写出")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON")
@HELP
def merge(  # noqa: PLR0913  # click passes them
    paths: tuple[str, ...], output: Path, roster: Path | None, ruleset: str | None, jobs: int | None, cluster: str | None, export: Path | None, password_file: Path | None, fresh: bool,  # noqa: FBT001
    dry_run: bool, as_json: bool,  # noqa: FBT001
) -> None:  # fmt: skip
    if cluster is None and not dry_run:
        from perfeval_xl.batch.begin import begin  # noqa: PLC0415

        begin()  # meanwhile this process reads the program, too
    from perfeval_xl.batch.merge import MergeRequest, NothingFoundError, Order, StoppedError  # noqa: PLC0415  # imports on demand: --help answers at once
    from perfeval_xl.batch.merge import merge as merged  # noqa: PLC0415
    from perfeval_xl.batch.roster import RosterError, read_roster  # noqa: PLC0415
    from perfeval_xl.files import OutputError  # noqa: PLC0415
    from perfeval_xl.report.progress import telling  # noqa: PLC0415
    from perfeval_xl.rulesets.loader import RulesetError  # noqa: PLC0415

    try:
        others = [output, *([roster] if roster is not None else [])]
        request = MergeRequest(paths, ruleset, others, jobs=jobs, fresh=fresh, runner=_on_cluster(cluster), password=password_of(password_file))
        if dry_run:
            if roster is not None:
                read_roster(roster)
            _show_plan(request, as_json=as_json)
            return
        with telling("正在读取") as tell:
            from dataclasses import replace  # noqa: PLC0415

            answer = merged(Order(replace(request, tell=tell), output, roster, export, ["perfeval", *sys.argv[1:]]))
    except (OutputError, RosterError, RulesetError, NothingFoundError, StoppedError) as error:
        stop(str(error))
    except KeyboardInterrupt:
        stop("已中止。已经读取的结果都已保存，再次运行时从中断处继续；输出文件要么是原来的，要么是完整的新文件。")
    if as_json:
        import json  # noqa: PLC0415

        click.echo(json.dumps(answer.document, ensure_ascii=False, indent=2))
    else:
        from perfeval_xl.report.merge import show_merge  # noqa: PLC0415

        show_merge(answer.document, answer.notes)
    click.echo(f"汇总表已写入 {output}", err=True)
    if answer.has_errors:
        sys.exit(1)


def _on_cluster(address: str | None) -> Runner | None:
    if address is None:
        return None
    from functools import partial  # noqa: PLC0415

    from perfeval_xl.batch.cluster import run_cluster  # noqa: PLC0415

    return partial(run_cluster, address=address)


def _show_plan(request: MergeRequest, *, as_json: bool) -> None:
    from perfeval_xl.batch.merge import dry_run  # noqa: PLC0415

    planned, counts = dry_run(request)
    known = {s.name for s, d in planned.hashed if d in planned.known}
    if as_json:
        import json  # noqa: PLC0415

        click.echo(json.dumps({
            "files": counts, "read": [s.name for s, _ in planned.unread], "unchanged": sorted(known - set(planned.same)), "same": planned.same,
            "refused": [{"file": s.name, "reason": f.found, "kind": f.kind.kind} for s, f in planned.refused]
            + [{"file": r.name, "reason": r.finding.found, "kind": r.finding.kind.kind} for r in planned.found.refused], "skipped": planned.found.skipped,
        }, ensure_ascii=False, indent=2))  # fmt: skip
        return
    for source, _ in planned.hashed:
        what = f"与“{planned.same[source.name]}”内容相同，只汇总一次" if source.name in planned.same else "未变化，采用已读取的结果" if source.name in known else "将读取"
        click.echo(f"{what}\t{source.name}")
    for source, found in planned.refused:
        click.echo(f"不能读取\t{source.name}\t{found.found}")
    for refusal in planned.found.refused:
        click.echo(f"不能读取\t{refusal.name}\t{refusal.finding.found}")
    skipped = "".join(f"；略过{reason} {n} 个" for reason, n in planned.found.skipped.items())
    click.echo(f"共 {counts['found']} 个文件：将读取 {counts['read']} 个，未变化 {counts['unchanged']} 个，内容重复 {counts['same']} 个，不能读取 {counts['refused']} 个{skipped}。没有写出任何文件。", err=True)
