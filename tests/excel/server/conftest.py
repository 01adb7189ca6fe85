"""One server for all tests that only ask it; those that stop or limit it start their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.server import HAS_SERVER, Running, running


@pytest.fixture(scope="session")
def server() -> Iterator[Running]:
    """Reached by this machine only, without encryption; two worker processes."""
    if not HAS_SERVER:
        pytest.skip("the extra `server` is not installed")
    with running("--http", "--workers", "2") as up:
        yield up
