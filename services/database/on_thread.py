"""Calls a database source from the event loop: one call at a time, each on a worker thread."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from threading import Lock
from typing import ParamSpec, TypeVar

import trio

from services.database.description import DatabaseSource

CALLS_AT_ONCE = trio.CapacityLimiter(64)
"""Separate threads for database connectors, so that a hung database delays no other work."""
CLOSE_DEADLINE = 5.0
"""Seconds."""

Parameters = ParamSpec("Parameters")
T = TypeVar("T")


class SourceOnThread:
    """A database source. Cancelled calls continue on their threads until the source's own timeouts end them."""

    source: DatabaseSource

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_open = False
        self._at_work = False
        self._is_wanted = True

    async def open(self, opening: Callable[[], DatabaseSource]) -> None:
        """Open the source."""

        def opened() -> None:
            self.source = opening()
            self._is_open = True

        await self.call(opened)

    async def call(
        self, function: Callable[Parameters, T], *arguments: Parameters.args, **named: Parameters.kwargs
    ) -> T:
        """Call a function that uses the source."""
        return await on_thread(lambda: self._run(lambda: function(*arguments, **named)))

    async def close(self) -> None:
        """Close the source, immediately or when an abandoned call returns."""
        with trio.move_on_after(CLOSE_DEADLINE, shield=True):
            await trio.to_thread.run_sync(self._close, abandon_on_cancel=True)

    def _run(self, call: Callable[[], T]) -> T:
        with self._lock:
            self._at_work = True
        try:
            return call()
        finally:
            with self._lock:
                self._at_work = False
                if not self._is_wanted and self._is_open:
                    self.source.close()

    def _close(self) -> None:
        with self._lock:
            self._is_wanted = False
            if self._is_open and not self._at_work:
                self.source.close()


async def on_thread(call: Callable[[], T]) -> T:
    """Call a function that waits for a database; abandon the call when cancelled."""
    return await trio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=CALLS_AT_ONCE)


@asynccontextmanager
async def opened_source(opening: Callable[[], DatabaseSource]) -> AsyncIterator[SourceOnThread]:
    """A source, open until the end of the block."""
    source = SourceOnThread()
    try:
        await source.open(opening)
        yield source
    finally:
        await source.close()
