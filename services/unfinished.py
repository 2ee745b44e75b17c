"""Closing an HTTP response that has not been read completely."""

from collections.abc import AsyncIterator

import trio


async def end_unfinished(parts: AsyncIterator[object]) -> None:
    """Close an iterator over the parts of a response.

    A cancellation closes the generators of the HTTP client, which otherwise leaves them to the garbage collector.
    """
    with trio.CancelScope() as scope:
        scope.cancel()
        async for _ in parts:
            pass
