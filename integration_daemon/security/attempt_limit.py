"""A limit on the rate of attempts to guess a password."""

import trio

MOST_KEYS = 10_000
"""Keys that are remembered; the least recently used key is forgotten first."""


class AttemptLimit:
    """Allows some attempts for each key at once, and then one after each interval."""

    def __init__(self, at_once: int, interval: float) -> None:
        self._ahead = (at_once - 1) * interval
        self._interval = interval
        self._used_until: dict[str, float] = {}
        """Time at which all attempts of a key will be allowed again."""

    def wait(self, key: str) -> float:
        """Seconds until the next attempt is allowed; 0 if it is allowed now."""
        now = trio.current_time()
        return max(0.0, self._used_until.get(key, now) - now - self._ahead)

    def count(self, key: str) -> None:
        """Count an attempt."""
        now = trio.current_time()
        self._used_until[key] = max(now, self._used_until.pop(key, now)) + self._interval
        if len(self._used_until) > MOST_KEYS:
            del self._used_until[next(iter(self._used_until))]

    def discount(self, key: str) -> None:
        """Undo the count of the last attempt, which was correct."""
        if key in self._used_until:
            self._used_until[key] -= self._interval
