"""Many calls, a bounded number of them at a time."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

import trio

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


@asynccontextmanager
async def batches_of(
    function: Callable[[ItemT], Awaitable[ResultT | None]], items: Iterable[ItemT], at_once: int, size: int
) -> AsyncIterator[trio.MemoryReceiveChannel[list[ResultT]]]:
    """Yield the results of a function for each item, in the order of completion, without `None`.

    Results are delivered in lists of `size`, or slightly more: to deliver each result by itself would cost as much as
    half a request. The calls continue while a list is processed, until the next two lists are full. An exception ends
    the calls in progress, and the block.
    """
    send, receive = trio.open_memory_channel[list[ResultT]](0)
    batch: list[ResultT] = []
    handing_over = trio.Lock()

    async def call(item: ItemT) -> None:
        nonlocal batch
        result = await function(item)
        if result is not None:
            batch.append(result)
        if len(batch) >= size:
            async with handing_over:
                if len(batch) >= size:
                    full, batch = batch, []
                    await send.send(full)

    async def call_all() -> None:
        await for_each(call, items, at_once)
        if batch:
            await send.send(batch)
        send.close()  # not after an exception: the block must not end as if all results had been delivered

    with send, receive:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(call_all)
            yield receive
            nursery.cancel_scope.cancel(reason="nobody waits for the results any more")


async def all_results(
    function: Callable[[ItemT], Awaitable[ResultT]], items: Iterable[ItemT], at_once: int
) -> list[ResultT]:
    """All results of a function, in the order of completion."""
    results: list[ResultT] = []

    async def call(item: ItemT) -> None:
        results.append(await function(item))
        await trio.lowlevel.checkpoint()  # the function may contain no checkpoint

    await for_each(call, items, at_once)
    return results


async def for_each(function: Callable[[ItemT], Awaitable[None]], items: Iterable[ItemT], at_once: int) -> None:
    """Call a function with each item; an exception ends the other calls."""
    todo = iter(items)

    async def work() -> None:
        for item in todo:
            await function(item)

    async with trio.open_nursery() as nursery:
        for _ in range(at_once):
            nursery.start_soon(work)
