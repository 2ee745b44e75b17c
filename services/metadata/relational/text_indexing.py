"""Updates the text index in the background, after a search has found it out of date."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import trio

from audit.errors import DescribedError


class TextIndexing:
    """The task that updates the index, a limited number of elements at a time, between other work of the writer."""

    def __init__(self, index_some: Callable[[], Awaitable[bool]]) -> None:
        self._index_some = index_some
        """Returns whether some elements remain."""
        self._wanted = trio.Event()
        self._scope = trio.CancelScope()

    def begin(self) -> None:
        """Start indexing all elements, and return at once."""
        self._wanted.set()

    async def run(self) -> None:
        """Index on request, until `end`."""
        with self._scope:
            while True:
                await self._wanted.wait()
                self._wanted = trio.Event()
                with suppress(DescribedError):  # the next search meets the same error, and reports it to its caller
                    while await self._index_some():
                        pass

    def end(self) -> None:
        """Stop, even if elements remain."""
        self._scope.cancel(reason="the store is closed")
