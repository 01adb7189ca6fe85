"""Command line: parse, call one function, print. Exit status 0 nothing wrong, 1 errors found, 2 could not run."""

from __future__ import annotations

import sys

import click

from perfeval_xl.cli import addin, audit, drop, import_, merge, report, rules, serve, tables, weights
from perfeval_xl.cli.base import cli, in_chinese
from perfeval_xl.streams import in_utf8, stand_in

__all__ = ["addin", "audit", "cli", "drop", "import_", "main", "merge", "report", "rules", "serve", "tables", "weights"]


def main(arguments: list[str] | None = None) -> int:
    """Runs the program; returns the exit status."""
    stand_in()
    in_utf8()
    try:
        if not (arguments if arguments is not None else sys.argv[1:]):
            arguments = ["--help"]
        cli.main(arguments, prog_name="perfeval", standalone_mode=False)
    except click.ClickException as error:
        click.echo(in_chinese(error), err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("已中止。", err=True)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    return 0
