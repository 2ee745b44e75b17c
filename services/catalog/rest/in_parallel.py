"""Many calls, a bounded number of them at a time."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import TypeVar

import trio

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


@asynccontextmanager
async def results_of(
    function: Callable[[ItemT], Awaitable[ResultT]], items: Iterable[ItemT], at_once: int
) -> AsyncIterator[trio.MemoryReceiveChannel[ResultT]]:
    """The results of a function for each item, in the order in which they come.

    An exception ends the calls that are under way, and the block.
    """
    todo = iter(items)
    async with trio.open_nursery() as nursery:
        send, receive = trio.open_memory_channel[ResultT](at_once)
        async with send, receive:
            for _ in range(at_once):
                nursery.start_soon(_work, function, todo, send.clone())
            await send.aclose()
            yield receive
        nursery.cancel_scope.cancel(reason="nobody waits for the results any more")


async def _work(
    function: Callable[[ItemT], Awaitable[ResultT]], todo: Iterator[ItemT], send: trio.MemorySendChannel[ResultT]
) -> None:
    async with send:
        for item in todo:
            await send.send(await function(item))


async def all_results(
    function: Callable[[ItemT], Awaitable[ResultT]], items: Iterable[ItemT], at_once: int
) -> list[ResultT]:
    """All results of a function, in the order in which they come."""
    async with results_of(function, items, at_once) as receive:
        return [result async for result in receive]
