"""Processes apart: who comes when all places are taken is told so."""

from __future__ import annotations

import asyncio
import time

import pytest

pytest.importorskip("psutil")

from perfeval_xl.excel.server import apart as module
from perfeval_xl.excel.server.apart import Apart, ApartError


class OddError(Exception):
    """Cannot be made again from what it is made of."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one}{two}")


def odd() -> None:
    raise OddError(1, 2)


def test_an_error_that_cannot_be_sent_is_told_at_once() -> None:
    async def ask() -> None:
        apart = Apart()
        try:
            await apart.run(odd, seconds=30)
        finally:
            apart.close()

    started = time.monotonic()
    with pytest.raises(ApartError, match="处理程序意外中止"):
        asyncio.run(ask())
    assert time.monotonic() - started < 20


def test_nobody_waits_behind_a_crowd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)

    async def crowd() -> list[object]:
        apart = Apart()
        try:
            asked = [asyncio.create_task(apart.run(time.sleep, 0.5)) for _ in range(5)]
            first = await asyncio.gather(*asked, return_exceptions=True)
            return [*first, await apart.run(len, "abcd")]
        finally:
            apart.close()

    *answers, after = asyncio.run(crowd())
    assert [type(a) for a in answers] == [type(None)] * 3 + [ApartError] * 2
    assert str(answers[-1]).startswith("服务器正在处理其他人的工作簿")
    assert after == 4
