"""Iteration over all results of a query to a metadata store, page by page."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Generic, TypeVar

import trio

ItemT = TypeVar("ItemT")

ReadPage = Callable[[str | None], Awaitable[tuple[str | None, Sequence[ItemT]]]]
"""Takes the cursor of a page, or `None` for the first; returns the cursor of the next page, and the page's items."""


class AllPages(Generic[ItemT]):
    """All items, read page by page during the iteration, so that memory holds only one page.

        async for item in pages: ...        in an `async def`
        for item in pages: ...              in a plain `def`, on its worker thread

    Pages without items are skipped. Each iteration starts at the first page. Every element that exists throughout the
    iteration occurs once; an element that is created meanwhile occurs at the end.

    Raises the exceptions of the store at the first item that cannot be read.
    """

    def __init__(self, read_page: ReadPage[ItemT]) -> None:
        self._read_page = read_page

    def __aiter__(self) -> AsyncIterator[ItemT]:
        return _OnTheLoop(self._read_page)

    def __iter__(self) -> Iterator[ItemT]:
        return _OnAThread(self._read_page)


class _Reading(Generic[ItemT]):
    """One iteration. It keeps no resource open, so that it can be abandoned at any item."""

    def __init__(self, read_page: ReadPage[ItemT]) -> None:
        self._read_page = read_page
        self._cursor: str | None = None
        self._is_at_end = False
        self._items: deque[ItemT] = deque()

    async def fill(self) -> None:
        """Ensure that there is an item, unless there are no more."""
        while not self._items and not self._is_at_end:
            self._cursor, items = await self._read_page(self._cursor)
            self._is_at_end = self._cursor is None
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
