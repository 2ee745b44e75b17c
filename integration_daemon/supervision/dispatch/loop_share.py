"""The share of the event loop that one connector may use: a decision, without I/O.

A connector that blocks the loop (a hold) delays all other connectors and all requests. It may use a tenth of the time
of the loop: a hold of one second is paid off ten seconds after it began. Until then, its next refresh is postponed.
"""

from math import inf

SHARE = 0.1
"""The share of the loop's time that one connector may use."""
HOLDS_TOLERATED = 1
"""Holds that have no consequence: a first refresh may load a large library."""
FORGOTTEN_AFTER = 3600.0
"""Seconds without a hold after which earlier holds no longer count."""
LONGEST_POSTPONEMENT = 3600.0
"""Seconds by which a refresh is postponed at most."""
MOST_OWED = 120.0
"""Seconds to pay off beyond which a postponement is not enough."""
MOST_POSTPONEMENTS = 3
"""Postponements beyond which another one is not enough."""


class LoopShare:
    """The use of the event loop by one connector. Times are seconds of one monotonic clock."""

    __slots__ = (
        "_last",
        "_last_postponement",
        "_paid_off",
        "_postponements",
        "holds",
        "is_isolated",
        "is_reported",
        "seconds",
    )

    def __init__(self) -> None:
        self.holds = 0
        """Number of holds, without those that no longer count."""
        self.seconds = 0.0
        """The total time of these holds."""
        self.is_isolated = False
        """True once the connector was moved to a process of its own."""
        self.is_reported = False
        """True once the postponement was reported to the operator."""
        self._paid_off = -inf
        self._last = -inf
        self._last_postponement = -inf
        self._postponements = 0

    def add(self, seconds: float, now: float) -> None:
        """Add a hold of so many seconds that ended at `now`."""
        if now - self._last > FORGOTTEN_AFTER:
            self.holds, self.seconds, self.is_reported, self._postponements = 0, 0.0, False, 0
        self._last = now
        self.holds += 1
        self.seconds += seconds
        self._paid_off = min(max(self._paid_off, now - seconds) + seconds / SHARE, now + LONGEST_POSTPONEMENT)

    def postponed_until(self, now: float) -> float | None:
        """The time when the connector may use the loop again; `None` if it may use it now."""
        if self.is_isolated or self.holds <= HOLDS_TOLERATED or self._paid_off <= now:
            return None
        return self._paid_off

    def count_postponement(self, until: float) -> None:
        """Count a postponement of a refresh until this time; repeated requests in the meantime count once."""
        if until != self._last_postponement:
            self._last_postponement = until
            self._postponements += 1

    def is_far_exceeded(self, now: float) -> bool:
        """True if a postponement is not enough: too many seconds to pay off, or too many postponements."""
        until = self.postponed_until(now)
        return until is not None and (until - now > MOST_OWED or self._postponements > MOST_POSTPONEMENTS)
