"""The add-in, built once for all tests that read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfeval_xl.excel.desktop.build import Built, build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("addin") / "perfeval.xlam")


@pytest.fixture(scope="session")
def addin(built: Built) -> Path:
    return built.path
