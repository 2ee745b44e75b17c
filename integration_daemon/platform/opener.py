"""Opening what is closed only when a server stops."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, TypeVar

import trio

T = TypeVar("T")


class Opener:
    """A separate task that opens and closes, because the task that requests something may end before it is closed."""

    def __init__(self) -> None:
        self._wanted, self._to_open = trio.open_memory_channel[_Wish](0)

    def __enter__(self) -> None:
        """Until the end of the block, things can be requested and used."""

    def __exit__(self, *exception: object) -> None:
        self._wanted.close()

    async def run(self) -> None:
        """Open what is requested, and close all of it at the end, the newest first."""
        async with AsyncExitStack() as stack:
            async for wish in self._to_open:
                try:
                    wish.result = await stack.enter_async_context(wish.make())
                except Exception as error:  # raised in the task that requested it
                    wish.error = error
                wish.done.set()

    async def open(self, make: Callable[[], AbstractAsyncContextManager[T]]) -> T:
        """Enter a context manager; raises what that raises."""
        wish = _Wish(make)
        await self._wanted.send(wish)
        await wish.done.wait()
        if wish.error is not None:
            raise wish.error
        result: T = wish.result
        return result


class _Wish:
    """A request to open something."""

    def __init__(self, make: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
        self.make = make
        self.result: Any = None
        self.error: Exception | None = None
        self.done = trio.Event()
