"""Sessions of browsers: each is begun with a link that works once, and ends after some hours.

The cookie is HttpOnly and SameSite=Strict. Requests that foreign pages have a browser send are refused before
(`rest.serving.browser_guard`).
"""

import secrets
import time
from collections.abc import Callable

from integration_daemon.security.permissions import Caller

LINK_LASTS = 300.0
SESSION_LASTS = 12 * 3600.0
"""Seconds."""
MOST_SESSIONS = 1_000
"""When there would be more, the oldest end."""

Recall = Callable[[], Caller | None]
"""The caller that began a session, as it is now; none: its token was revoked or has expired."""


class _Expiring:
    """Random keys that are valid for some time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._entries: dict[str, tuple[float, Recall]] = {}

    def add(self, recall: Recall) -> str:
        """A new key."""
        now = time.monotonic()
        self._entries = {key: entry for key, entry in self._entries.items() if entry[0] > now}
        while len(self._entries) >= MOST_SESSIONS:
            del self._entries[next(iter(self._entries))]
        key = secrets.token_urlsafe(32)
        self._entries[key] = now + self._seconds, recall
        return key

    def find(self, key: str) -> Caller | None:
        """The caller that a key stands for, if it is valid."""
        until, recall = self._entries.get(key, (0.0, _nobody))
        return recall() if until > time.monotonic() else None

    def take(self, key: str) -> Recall | None:
        """What a valid key stands for; it is not valid any more."""
        until, recall = self._entries.pop(key, (0.0, _nobody))
        return recall if until > time.monotonic() else None


class Sessions:
    """The links and the sessions of one platform. They end with the process."""

    def __init__(self) -> None:
        self._links = _Expiring(LINK_LASTS)
        self._sessions = _Expiring(SESSION_LASTS)

    def link(self, recall: Recall) -> str:
        """A code that begins one session."""
        return self._links.add(recall)

    def begin(self, code: str) -> str | None:
        """The key of a new session, for its cookie; none if the code is not valid."""
        recall = self._links.take(code)
        return None if recall is None else self._sessions.add(recall)

    def caller(self, key: str) -> Caller | None:
        """The caller of a session."""
        return self._sessions.find(key)


def _nobody() -> None:
    return None
