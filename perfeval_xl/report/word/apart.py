"""A stranger's template is filled in by a process of its own: one that never ends, or grows without end, costs itself only."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import TimeoutError as NotDoneError
from concurrent.futures import process
from contextlib import suppress

from perfeval_xl.report.narration import Story
from perfeval_xl.report.word.guard import TemplateError, check_template
from perfeval_xl.report.word.make import Document, make_document

SECONDS = 60
MEMORY = 1_500_000_000
"""Bytes of address space beyond what the process has at its start; not limited where the system cannot."""


def make_apart(name: str, template: bytes, story: Story, seconds: float = SECONDS) -> Document:
    """As make_document, within limits. Raises: TemplateError."""
    from pebble import ProcessExpired, ProcessPool  # noqa: PLC0415  # on demand

    check_template(name, template)
    pool = ProcessPool(max_workers=1, initializer=_limited, context=multiprocessing.get_context("spawn"))
    try:
        return _answer(pool.schedule(_make, (name, template, story), timeout=seconds).result())
    except NotDoneError as error:
        raise TemplateError(f"模板“{name}”在 {seconds:g} 秒内没有填写完，可能有层层嵌套的循环。请简化模板后重试。") from error
    except (ProcessExpired, process.BrokenProcessPool, MemoryError) as error:
        raise TemplateError(f"模板“{name}”需要的内存过多，没有生成报告。请简化模板后重试。") from error
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _make(name: str, template: bytes, story: Story) -> Document | str:
    try:
        return make_document(name, template, story)
    except TemplateError as error:
        return str(error)


def _answer(made: Document | str) -> Document:
    if isinstance(made, str):
        raise TemplateError(made)
    return made


def _limited() -> None:
    with suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415  # not on Windows

        with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123  # no folder to open it from
            now = int(stream.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))
