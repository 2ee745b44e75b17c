"""The text index is brought up to date beside other work, once a search has found that it is not."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

import trio

from audit.errors import DescribedError


class TextIndexing:
    """The task that indexes, a bounded number of elements at a time. Other work of the writer is done in between."""

    def __init__(self, index_some: Callable[[], Awaitable[bool]]) -> None:
        self._index_some = index_some
        """Returns whether some elements were left."""
        self._wanted = trio.Event()
        self._scope = trio.CancelScope()

    def begin(self) -> None:
        """Index all that there is, and return at once."""
        self._wanted.set()

    async def run(self) -> None:
        """Index whenever it is wanted, until `end`."""
        with self._scope:
            while True:
                await self._wanted.wait()
                self._wanted = trio.Event()
                with suppress(DescribedError):  # the search that comes next meets the same, and has somebody to tell
                    while await self._index_some():
                        pass

    def end(self) -> None:
        """Stop, whatever is left."""
        self._scope.cancel(reason="the store is closed")
