"""Opens resources that are closed only when a server stops."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any, TypeVar

import trio

T = TypeVar("T")


class Opener:
    """Opens and closes resources in a task of its own, because the task that requests a resource may end earlier.

    A context manager of trio must be entered and exited by the same task.
    """

    def __init__(self) -> None:
        self._sender, self._receiver = trio.open_memory_channel[_Request](0)

    def __enter__(self) -> None:
        """Resources can be opened and used until the end of the block."""

    def __exit__(self, *exception: object) -> None:
        self._sender.close()

    async def run(self) -> None:
        """Open requested resources; at the end, close all of them, the newest first."""
        async with AsyncExitStack() as stack:
            async for request in self._receiver:
                try:
                    request.result = await stack.enter_async_context(request.make())
                except Exception as error:  # raised in the task that requested the resource
                    request.error = error
                request.done.set()

    async def open(self, make: Callable[[], AbstractAsyncContextManager[T]]) -> T:
        """Enter a context manager; raises the exception of its entry."""
        request = _Request(make)
        await self._sender.send(request)
        await request.done.wait()
        if request.error is not None:
            raise request.error
        result: T = request.result
        return result


class _Request:
    """A request to open a resource."""

    def __init__(self, make: Callable[[], AbstractAsyncContextManager[Any]]) -> None:
        self.make = make
        self.result: Any = None
        self.error: Exception | None = None
        self.done = trio.Event()
