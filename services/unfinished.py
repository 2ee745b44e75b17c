"""Ending an answer of an HTTP server before it has been read to its end."""

from collections.abc import AsyncIterator

import trio


async def end_unfinished(parts: AsyncIterator[object]) -> None:
    """End an iterator over the parts of an answer.

    The generators of the HTTP client are ended by a cancellation: it leaves them to the garbage collector otherwise.
    """
    with trio.CancelScope() as scope:
        scope.cancel()
        async for _ in parts:
            pass
