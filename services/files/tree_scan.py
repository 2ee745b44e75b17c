"""Scanning a whole tree against the catalogue: on a worker thread at first, in a process if that takes long."""

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import trio

from services.files.scan import Step, scan
from services.files.scan_process import ScanOrder, scanning
from services.metadata.reconcile import OrderedCatalog
from services.metadata.sorted_diff import SortedDiff

PATIENCE = 0.2
"""Seconds on the worker thread. A tree that needs longer is large, or the event loop leaves the thread no time."""

_PROCESSES = trio.CapacityLimiter(os.cpu_count() or 1)

Take = Callable[[Step], Awaitable[None]]


async def scan_tree(root: str, catalog: OrderedCatalog, take: Take, *, by_content: bool = False) -> None:
    """Walk the tree below an absolute path, and have each step taken in turn.

    Raises `OSError` if the root cannot be read, and `ThirdPartyUnavailableError` if the process that scans is ended.
    """
    patience = trio.current_time() + PATIENCE
    comparison = await trio.to_thread.run_sync(
        SortedDiff, lambda after: trio.from_thread.run(catalog.page_after, after)
    )
    steps = scan(root, comparison, by_content=by_content)
    while (step := await trio.to_thread.run_sync(next, steps, None)) is not None:
        await _take(step, catalog, take)
        if step.last and trio.current_time() > patience:
            with _a_place_for_a_process() as is_free:
                if is_free:
                    return await _scan_on(ScanOrder(root, step.last, by_content), catalog, take)
    return None


async def _scan_on(order: ScanOrder, catalog: OrderedCatalog, take: Take) -> None:
    async with scanning(order, catalog.page_after) as next_step:
        while (step := await next_step()) is not None:
            await _take(step, catalog, take)


async def _take(step: Step, catalog: OrderedCatalog, take: Take) -> None:
    catalog.compared(step.known, step.unchanged, step.gone, is_last=not step.last)
    await take(step)


@contextmanager
def _a_place_for_a_process() -> Iterator[bool]:
    is_free = False
    with suppress(trio.WouldBlock):
        _PROCESSES.acquire_nowait()
        is_free = True
    try:
        yield is_free
    finally:
        if is_free:
            _PROCESSES.release()
