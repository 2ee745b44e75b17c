"""Random keys that identify a caller, for some time or until the caller's credential is no longer valid."""

import secrets
from collections.abc import Callable
from typing import NamedTuple

import trio

from integration_daemon.security.permissions import Caller

Recall = Callable[[], Caller | None]
"""Returns the current caller behind a key; `None` if its token was revoked or its password was changed."""


class Entry(NamedTuple):
    """A key's expiry time, owner and caller."""

    until: float
    owner: str
    recall: Recall


class ExpiringKeys:
    """Keys that are valid for some seconds. The number of keys of a caller is limited; one more ends the oldest."""

    def __init__(self, seconds: float, most: int, *, prefix: str = "") -> None:
        self._seconds = seconds
        self._most = most
        self._prefix = prefix
        self._entries: dict[str, Entry] = {}

    def add(self, owner: str, recall: Recall) -> str:
        """Create a key of a caller."""
        now = trio.current_time()
        self._entries = {key: entry for key, entry in self._entries.items() if entry.until > now}
        of_owner = [key for key, entry in self._entries.items() if entry.owner == owner]
        for key in of_owner[: len(of_owner) + 1 - self._most]:
            del self._entries[key]
        key = self._prefix + secrets.token_urlsafe(32)
        self._entries[key] = Entry(now + self._seconds, owner, recall)
        return key

    def find(self, key: str) -> Caller | None:
        """The caller that a valid key identifies."""
        entry = self._entries.get(key)
        return entry.recall() if entry is not None and entry.until > trio.current_time() else None

    def take(self, key: str) -> Entry | None:
        """Remove a key, and return its entry if the key was valid."""
        entry = self._entries.pop(key, None)
        return entry if entry is not None and entry.until > trio.current_time() else None
