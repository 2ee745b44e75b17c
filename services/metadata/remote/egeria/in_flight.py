"""How many requests a metadata server gets at once: more while that makes it faster, fewer once it slows down.

as fast as ever, all in use  ─▶ one more with every answer; two with every round of answers, once it was slow
slower than that             ─▶ one fewer with every ten answers
too much to do, or no answer ─▶ half as many
"""

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

import trio

LEAST = 2
FIRST = 8
MOST = 32
PATIENT = 2.0
"""An answer that takes this many times the shortest time is slow."""
NOTHING = 0.005
"""Seconds within which every answer is fast enough."""
FORGETTING = 1.01
"""The shortest time is believed a little less with every answer."""


class InFlight:
    """The bound on requests that are under way to one server."""

    def __init__(self) -> None:
        self._limiter = trio.CapacityLimiter(FIRST)
        self._exact = float(FIRST)
        self._was_slow = False
        self._shortest: dict[Hashable, float] = {}

    @property
    def most(self) -> int:
        """The number of requests that may be under way now."""
        return int(self._limiter.total_tokens)

    @asynccontextmanager
    async def one(self, kind: Hashable) -> AsyncIterator[None]:
        """Inside, one request of this kind is under way; an exception means that the server could not take it."""
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
