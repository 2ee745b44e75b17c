"""The policy of automatic restarts of failed connectors: a decision, without I/O."""

import random
from collections import deque
from collections.abc import Callable

import msgspec

from integration_daemon.supervision.recovery.failure import FailureKind

SLOWLY_PROBED = frozenset({FailureKind.CONFIGURATION, FailureKind.AUTHORIZATION})
"""Kinds of failure that a restart seldom cures, retried at a slow, steady pace."""


class BackOff(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of automatic restart; times in seconds."""

    first: float = 1.0
    longest: float = 300.0
    healthy_after: float = 600.0
    """Time without a failure after which the back-off starts again at `first`."""
    probe_interval: float = 300.0
    window: float = 3600.0
    restarts_in_window: int = 60
    """Greatest number of restarts within the window; after that, an operator must restart the connector."""


class Decision(msgspec.Struct, frozen=True):
    """The decision that follows a failure."""

    delay: float | None
    """Seconds until the restart; `None` to leave the restart to an operator."""
    reason: str


class AutomaticRestart:
    """Full-jitter exponential back-off with a limit on restarts, for one connector."""

    def __init__(self, figures: BackOff | None = None, draw: Callable[[], float] = random.random) -> None:
        self._figures = figures or BackOff()
        self._draw = draw
        self._failures = 0
        self._last_failure = float("-inf")
        self._restarts: deque[float] = deque()

    def after_failure(self, kind: FailureKind, now: float) -> Decision:
        """Decide on a restart after a failure at `now` (monotonic seconds)."""
        figures = self._figures
        if now - self._last_failure >= figures.healthy_after:
            self._failures = 0
        self._last_failure = now
        self._failures += 1
        if kind in SLOWLY_PROBED:
            return Decision(figures.probe_interval, f"a failure of kind {kind.value} is tried again at a slow pace")
        while self._restarts and self._restarts[0] < now - figures.window:
            self._restarts.popleft()
        if len(self._restarts) >= figures.restarts_in_window:
            return Decision(None, f"it was restarted {len(self._restarts)} times within {figures.window:g} seconds")
        self._restarts.append(now)
        longest = min(figures.longest, figures.first * 2.0 ** (self._failures - 1))
        return Decision(self._draw() * longest, f"failure {self._failures} in a row")

    def restarts_within(self, seconds: float, now: float) -> list[float]:
        """The times of the restarts decided on within the last `seconds`, the oldest first."""
        return [each for each in self._restarts if each >= now - seconds]
