"""Every test of Excel's rooms keeps its undo steps and its log to itself."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERFEVAL_UNDO", str(tmp_path / "local" / "undo"))
    monkeypatch.setenv("PERFEVAL_LOG", str(tmp_path / "local" / "log"))
