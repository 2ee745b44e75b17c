"""The same work for many items, many at once."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import trio

from services.metadata.remote.egeria.concurrency_limit import MOST

T = TypeVar("T")


async def in_parallel(work: Callable[[T], Awaitable[None]], things: Iterable[T]) -> None:
    """Do the work for all items, as many at once as requests are possible; the first exception ends all."""
    all_things = list(things)
    left = iter(all_things)

    async def worker() -> None:
        for thing in left:
            await work(thing)

    try:
        async with trio.open_nursery() as nursery:
            for number in range(min(MOST, len(all_things))):
                nursery.start_soon(worker, name=f"request {number}")
    except BaseExceptionGroup as group:
        raise _first(group) from None


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The exception that caused the cancellation of the others."""
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            return _first(each)
        if not isinstance(each, trio.Cancelled):
            return each
    return group.exceptions[0]
