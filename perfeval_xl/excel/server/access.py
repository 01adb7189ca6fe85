"""Access: who a request is from. A sign-in gives a session, a session gives an identity, a ticket gives one download.

Sessions and tickets are signed, not stored: every worker can check them, and a new token ends all sessions given for the old one.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from perfeval_xl.excel.server.settings import Settings

HEADER = "auth-provider"
"""A header that no form and no foreign page can send without being asked first (CORS): xlwings' scripts send it with every call."""
HEADER_VALUE = "perfeval"
SESSION_SECONDS = 30 * 24 * 3_600
HOOK_SESSION_SECONDS = 12 * 3_600
"""Where the unit's own sign-on says who it is: no longer than a day at work, for PCs change hands and people leave."""
TICKET_SECONDS = 300
_MAX_NAME = 80

Hook = Callable[[Mapping[str, str]], str | None]


class Access:
    """Checks for one deployment."""

    def __init__(self, settings: Settings) -> None:
        self._token = settings.token
        self._hook = hooked(settings.hook)
        mark = hashlib.sha256(f"{settings.token}\0{settings.hook}".encode()).hexdigest()
        self._sessions = URLSafeTimedSerializer(settings.secret, salt=f"session-{mark}")
        self._tickets = URLSafeTimedSerializer(settings.secret, salt=f"ticket-{mark}")

    @property
    def kind(self) -> str:
        """What the sign-in asks for: `open` nothing, `token` the deployment's token, `hook` whatever the unit's own sign-on says."""
        return "hook" if self._hook else "token" if self._token else "open"

    def sign_in(self, token: str, headers: Mapping[str, str]) -> str | None:
        """A session, or None where the token is wrong or the unit's sign-on knows nobody."""
        if self._hook is not None:
            name = self._hook(headers)
            return str(self._sessions.dumps(["name", _name(name)])) if name else None
        if self._token and not hmac.compare_digest(self._token.encode(), token.strip().encode("utf-8", "surrogatepass")):
            return None
        return str(self._sessions.dumps(["one", secrets.token_hex(8)]))  # one token for all: each browser is a user of its own

    def user(self, session: str) -> str | None:
        """The identity behind a session; None where it is not ours or too old."""
        found = _loaded(self._sessions, session.removeprefix("Bearer ").strip(), HOOK_SESSION_SECONDS if self._hook else SESSION_SECONDS)
        return f"{found[0]}:{found[1]}" if isinstance(found, list) and len(found) == 2 else None

    def ticket(self, user: str, file: str) -> str:
        """For one file of one user: a download is a plain address, which carries no headers."""
        return str(self._tickets.dumps([user, file]))

    def redeemed(self, ticket: str, file: str) -> str | None:
        """The user a ticket was given to, where it is for this file and not too old."""
        found = _loaded(self._tickets, ticket, TICKET_SECONDS)
        return str(found[0]) if isinstance(found, list) and len(found) == 2 and found[1] == file else None


def _name(name: str) -> str:
    """As the sign-on writes it; a long one keeps what tells it from others."""
    return name if len(name) <= _MAX_NAME else f"{name[:_MAX_NAME - 33]}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def _loaded(signed: URLSafeTimedSerializer, text: str, seconds: int) -> Any:
    try:
        return signed.loads(text, max_age=seconds) if text else None
    except BadSignature:  # also one that is too old
        return None


def hooked(name: str) -> Hook | None:
    """The unit's own function: headers of a request (names in lower case) → who it is, or None. Raises: whatever its module does."""
    if not name:
        return None
    module, _, function = name.partition(":")
    found: Hook = getattr(importlib.import_module(module), function)
    return found
