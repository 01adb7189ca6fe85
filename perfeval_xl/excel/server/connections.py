"""Connections: what may be held open without a request. The gate sees requests only; who never sends a whole head must not keep a place.

h11, not httptools, which keeps as many header lines as a client cares to send.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import sys
import time
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

LOG = logging.getLogger("perfeval.server")
KEPT_SECONDS = 30
"""A connection without a byte is kept so long after an answer."""
HEAD_SECONDS = 40.0
"""A request's head must be whole so long after the connection or the last answer, and each part of an answer be taken."""
MOST = 1_500
"""Connections of one process."""
_SHARE = 0.4
"""Of the files a system lets one process have: uploads and merges need the rest."""
HANDSHAKE_SECONDS = 10.0
"""For TLS; until then nothing of a connection is known but that it is there."""


@functools.lru_cache(maxsize=1)
def most() -> int:
    """Connections that one process may have here."""
    try:
        import resource  # noqa: PLC0415  # not on Windows
    except ImportError:
        return 400  # of the 512 that Windows' select takes
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8_192 if hard == resource.RLIM_INFINITY else min(8_192, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST if soft == resource.RLIM_INFINITY else max(20, min(MOST, int(soft * _SHARE)))


class _PatientLoop(asyncio.BaseEventLoop):
    """asyncio waits a minute for a handshake, and uvicorn has no setting for it."""

    async def create_server(self, *args: Any, **options: Any) -> Any:
        """As asyncio's, for whoever speaks TLS within its time."""
        if options.get("ssl") is not None:
            options.setdefault("ssl_handshake_timeout", HANDSHAKE_SECONDS)
        return await super().create_server(*args, **options)


class SelectorLoop(_PatientLoop, asyncio.SelectorEventLoop):
    """For every system, and for several worker processes."""


if sys.platform == "win32":

    class ProactorLoop(_PatientLoop, asyncio.ProactorEventLoop):
        """For one process on Windows: its select takes few sockets only."""


def loop(workers: int) -> str:
    """The name of the event loop, as uvicorn takes it."""
    return f"{__name__}:{'ProactorLoop' if sys.platform == 'win32' and workers == 1 else 'SelectorLoop'}"


class Connection(H11Protocol):
    """One connection; ended where it waits too long for a request, or has waited longest when there are too many."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as h11_impl
        """Takes its place, and that of the one that has waited longest where there is none."""
        super().connection_made(transport)
        self._since, self._unsent = time.monotonic(), 0
        self._watch: asyncio.TimerHandle | None = None
        self._look()
        if len(self.connections) > most():
            idle = [c for c in self.connections if isinstance(c, Connection) and c is not self and c.is_waiting]
            (min(idle, key=lambda c: c._since) if idle else self).give_up("too many connections")

    @property
    def is_waiting(self) -> bool:
        """Whether no request is under way, or its answer is given up."""
        return self.cycle is None or self.cycle.response_complete or self.transport.is_closing()

    def _look(self) -> None:
        """Once in a while whether a request has come: a head that dribbles in counts as none."""
        unsent = self.transport.get_write_buffer_size()
        if not self.is_waiting or unsent != self._unsent:  # the last of an answer may still be on its way
            self._since, self._unsent = time.monotonic(), unsent
        left = self._since + HEAD_SECONDS - time.monotonic()
        if left <= 0:
            self.give_up("no request")
            return
        self._watch = self.loop.call_later(min(left, HEAD_SECONDS / 4), self._look)

    def give_up(self, reason: str) -> None:
        """Ends it at once: whoever is at the other end has asked for nothing."""
        LOG.info("connection ended", extra={"facts": {"reason": reason}})
        with contextlib.suppress(OSError):
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is looked at any more."""
        if self._watch is not None:
            self._watch.cancel()
        super().connection_lost(exc)
