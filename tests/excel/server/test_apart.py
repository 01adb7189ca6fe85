"""Processes apart: who comes when all places are taken is told so."""

from __future__ import annotations

import asyncio
import time

import pytest

pytest.importorskip("psutil")

from perfeval_xl.excel.server import apart as module
from perfeval_xl.excel.server.apart import Apart, ApartError


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
