"""Random keys that stand for a caller, for some time or until the caller is no longer known."""

import secrets
from collections.abc import Callable
from typing import NamedTuple

import trio

from integration_daemon.security.permissions import Caller

Recall = Callable[[], Caller | None]
"""The caller that was given a key, as it is now; none: its token was revoked, or its password is another one."""


class Entry(NamedTuple):
    """What is known of a key."""

    until: float
    owner: str
    recall: Recall


class ExpiringKeys:
    """Keys that are valid for some seconds. A caller has at most so many; with one more, its oldest ends."""

    def __init__(self, seconds: float, most: int, *, prefix: str = "") -> None:
        self._seconds = seconds
        self._most = most
        self._prefix = prefix
        self._entries: dict[str, Entry] = {}

    def add(self, owner: str, recall: Recall) -> str:
        """A new key of a caller."""
        now = trio.current_time()
        self._entries = {key: entry for key, entry in self._entries.items() if entry.until > now}
        of_owner = [key for key, entry in self._entries.items() if entry.owner == owner]
        for key in of_owner[: len(of_owner) + 1 - self._most]:
            del self._entries[key]
        key = self._prefix + secrets.token_urlsafe(32)
        self._entries[key] = Entry(now + self._seconds, owner, recall)
        return key

    def find(self, key: str) -> Caller | None:
        """The caller that a key stands for, if it is valid."""
        entry = self._entries.get(key)
        return entry.recall() if entry is not None and entry.until > trio.current_time() else None

    def take(self, key: str) -> Entry | None:
        """The entry of a valid key, which is not valid any more."""
        entry = self._entries.pop(key, None)
        return entry if entry is not None and entry.until > trio.current_time() else None
