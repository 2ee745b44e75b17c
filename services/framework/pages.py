"""All of something that a metadata store hands out page by page."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Generic, TypeVar

import trio

ItemT = TypeVar("ItemT")

ReadPage = Callable[[int], Awaitable[tuple[int, Sequence[ItemT]]]]
"""From where to read on: how many elements the store gave, and what of them is wanted."""


class AllPages(Generic[ItemT]):
    """All items, read page by page while they are iterated over, so that memory holds one page of them.

        async for item in pages: ...        in an `async def`
        for item in pages: ...              in a plain `def`, on its worker thread

    A page of which nothing is wanted is passed over; only a page that the store has nothing for is the end. Each
    iteration begins at the first page. Pages are counted from the oldest element: an element that is created meanwhile
    is met at the end, and when elements are archived or deleted meanwhile, some may be missed until the next time.

    Raises what the store raises, at the item that could not be read.
    """

    def __init__(self, read_page: ReadPage[ItemT]) -> None:
        self._read_page = read_page

    def __aiter__(self) -> AsyncIterator[ItemT]:
        return _OnTheLoop(self._read_page)

    def __iter__(self) -> Iterator[ItemT]:
        return _OnAThread(self._read_page)


class _Reading(Generic[ItemT]):
    """One iteration. It holds nothing open, so that it can be left at any item."""

    def __init__(self, read_page: ReadPage[ItemT]) -> None:
        self._read_page = read_page
        self._read = 0
        self._is_at_end = False
        self._items: deque[ItemT] = deque()

    async def fill(self) -> None:
        """Have an item, unless there are no more."""
        while not self._items and not self._is_at_end:
            count, items = await self._read_page(self._read)
            self._read += count
            self._is_at_end = count == 0
            self._items.extend(items)


class _OnTheLoop(_Reading[ItemT]):
    def __aiter__(self) -> "_OnTheLoop[ItemT]":
        return self

    async def __anext__(self) -> ItemT:
        if not self._items:
            await self.fill()
        if not self._items:
            raise StopAsyncIteration
        return self._items.popleft()


class _OnAThread(_Reading[ItemT]):
    def __iter__(self) -> "_OnAThread[ItemT]":
        return self

    def __next__(self) -> ItemT:
        if not self._items:
            trio.from_thread.run(self.fill)
        if not self._items:
            raise StopIteration
        return self._items.popleft()
