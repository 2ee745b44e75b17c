"""Scans a whole tree against the catalogue: on a worker thread first, and in a process if that takes long.

A small tree is scanned in one call on a worker thread. In a larger tree, one step is scanned while another is
processed.
"""

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import NamedTuple

import trio

from services.files.scan import Step, scan
from services.files.scan_process import ScanOrder, scanning
from services.metadata.reconcile import OrderedCatalog
from services.metadata.sorted_diff import SortedDiff
from services.worker_threads import WorkerThreads

PATIENCE = 0.2
"""Seconds on the worker thread. A longer scan has a large tree, or too little time beside the event loop."""
SCANS_AT_ONCE = 1
"""Number of simultaneous first steps: most are short, and computing threads wait for each other."""
MOST_LONG = 256
"""Maximum number of further first steps that take long or hang."""

_PROCESSES = trio.CapacityLimiter(os.cpu_count() or 1)

Take = Callable[[Step], Awaitable[None]]


class RootChangedError(Exception):
    """The root of a tree was removed or replaced since its scan began."""


class _Begun(NamedTuple):
    """A scan after its first step."""

    step: Step
    further: Iterator[Step]
    identity: tuple[int, int]
    """The identity of the root."""


async def scan_tree(root: str, catalog: OrderedCatalog, take: Take, *, by_content: bool = False) -> None:
    """Scan the tree below an absolute path, and pass its steps to `take` in order.

    Raises `OSError` if the root cannot be read, `RootChangedError`, and `ThirdPartyUnavailableError` if the scan
    process is ended.
    """
    patience = trio.current_time() + PATIENCE
    comparison = await catalog.comparison()
    begin = partial(_begin, root, comparison, by_content=by_content)
    begun = await (_threads().run(begin) if catalog.is_read else trio.to_thread.run_sync(begin))
    if not begun.step.last:
        _report(begun.step, catalog)
        await take(begun.step)
        return
    problem: BaseException | None = None
    async with trio.open_nursery() as nursery:
        found, to_take = trio.open_memory_channel[Step](0)
        nursery.start_soon(_take_all, to_take, take)
        async with found:
            try:
                await _go_on(ScanOrder(root, by_content=by_content), begun, catalog, found.send, patience)
            except* OSError as error:  # earlier findings are still processed
                problem = error
    if problem is not None:
        raise RootChangedError(root) from problem
    await trio.to_thread.run_sync(_require_unchanged, root, begun.identity)


async def _go_on(order: ScanOrder, begun: _Begun, catalog: OrderedCatalog, take: Take, patience: float) -> None:
    step: Step | None = begun.step
    while step is not None:
        _report(step, catalog)
        await take(step)
        if step.last and trio.current_time() > patience:
            with _slot_for_a_process() as is_free:
                if is_free:
                    return await _scan_in_process(ScanOrder(order.root, step.last, order.by_content), catalog, take)
        step = await trio.to_thread.run_sync(next, begun.further, None)
    return None


async def _scan_in_process(order: ScanOrder, catalog: OrderedCatalog, take: Take) -> None:
    async with scanning(order, catalog.page_after) as next_step:
        while (step := await next_step()) is not None:
            _report(step, catalog)
            await take(step)


async def _take_all(steps: trio.MemoryReceiveChannel[Step], take: Take) -> None:
    async for step in steps:
        await take(step)


def _report(step: Step, catalog: OrderedCatalog) -> None:
    catalog.compared(step.known, step.unchanged, step.missing, is_last=not step.last)


def _begin(root: str, comparison: SortedDiff, *, by_content: bool) -> _Begun:
    """The first step of a scan, on a worker thread."""
    identity = identity_of(root)
    steps = scan(root, comparison, by_content=by_content)
    step = next(steps)
    if not step.last:
        _require_unchanged(root, identity)
    return _Begun(step, steps, identity)


def identity_of(root: str) -> tuple[int, int]:
    """The identity of a directory, independent of its name; raises `OSError` if it is missing. Blocks."""
    status = os.stat(root)
    return status.st_dev, status.st_ino


def _require_unchanged(root: str, identity: tuple[int, int]) -> None:
    try:
        is_unchanged = identity_of(root) == identity
    except OSError as error:
        raise RootChangedError(root) from error
    if not is_unchanged:
        raise RootChangedError(root)


def _threads() -> WorkerThreads:
    threads = _threads_of_this_run.get()
    if threads is None:
        threads = WorkerThreads("scans", slots=SCANS_AT_ONCE, most_long=MOST_LONG)
        _threads_of_this_run.set(threads)
    return threads


_threads_of_this_run: trio.lowlevel.RunVar[WorkerThreads | None] = trio.lowlevel.RunVar("_threads", None)


@contextmanager
def _slot_for_a_process() -> Iterator[bool]:
    is_free = False
    with suppress(trio.WouldBlock):
        _PROCESSES.acquire_nowait()
        is_free = True
    try:
        yield is_free
    finally:
        if is_free:
            _PROCESSES.release()
