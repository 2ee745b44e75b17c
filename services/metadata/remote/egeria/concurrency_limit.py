"""Controls the number of simultaneous requests to a metadata server by its response times.

as fast as ever, limit reached ─▶ one more with every response; two with every round of responses, once it was slow
slower                         ─▶ one fewer with every ten responses
overloaded, or no response     ─▶ half as many
"""

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

import trio

LEAST = 2
FIRST = 8
MOST = 32
PATIENT = 2.0
"""A response is slow if it takes this many times the shortest time."""
NOTHING = 0.005
"""Seconds within which every response is fast enough."""
FORGETTING = 1.01
"""Factor by which the recorded shortest time grows with every response, so that it adapts."""


class ConcurrencyLimit:
    """The limit on simultaneous requests to one server."""

    def __init__(self) -> None:
        self._limiter = trio.CapacityLimiter(FIRST)
        self._exact = float(FIRST)
        self._was_slow = False
        self._shortest: dict[Hashable, float] = {}

    @property
    def current(self) -> int:
        """The current limit."""
        return int(self._limiter.total_tokens)

    @asynccontextmanager
    async def slot(self, kind: Hashable) -> AsyncIterator[None]:
        """Send one request of this kind inside the block; an exception means that the server was overloaded."""
        async with self._limiter:
            busy = self._limiter.available_tokens < 1
            began = trio.current_time()
            try:
                yield
            except Exception:
                self._was_slow = True
                self._adapt(self._exact / 2)
                raise
            self._note(kind, trio.current_time() - began, busy=busy)

    def _note(self, kind: Hashable, took: float, *, busy: bool) -> None:
        shortest = min(took, self._shortest.get(kind, took) * FORGETTING)
        self._shortest[kind] = shortest
        if took > PATIENT * shortest + NOTHING:
            self._was_slow = True
            self._adapt(self._exact - 0.1)
        elif busy:
            self._adapt(self._exact + (2 / self._exact if self._was_slow else 1))

    def _adapt(self, exact: float) -> None:
        self._exact = min(float(MOST), max(float(LEAST), exact))
        self._limiter.total_tokens = int(self._exact)
