"""No test sees or touches the rule sets of the person who runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfeval_xl.rulesets import loader, store


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folder, empty."""
    folder = tmp_path / "own"
    monkeypatch.delenv(loader.FOLDER_VARIABLE, raising=False)
    for module in (loader, store):
        monkeypatch.setattr(module, "user_folder", lambda: folder)
    return folder
