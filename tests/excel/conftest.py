"""Every test of Excel's rooms keeps its undo steps and its log to itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfeval_xl.batch.store import FOLDER_VARIABLE


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERFEVAL_UNDO", str(tmp_path / "local" / "undo"))
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "local" / "merge"))
    monkeypatch.setenv("PERFEVAL_LOG", str(tmp_path / "local" / "log"))
