"""How many refreshes a second go through the whole supervision path.

Beside it: a bare pool of 256 trio tasks that call a no-op coroutine under `move_on_after`.
"""

from collections import deque
from collections.abc import Iterator

import trio

from benchmarks.hosting import running_daemon
from benchmarks.measure import Figure, Plan, Stopwatch, beside, interleaved
from integration_daemon.supervision import operations

BARE_WORKERS = 256


def measure(plan: Plan) -> Iterator[Figure]:
    """`refreshes_per_s` with 1,000, 10,000 and 100,000 connectors that do nothing."""
    for connectors in plan.sizes(1_000, 10_000, 100_000):
        rounds = max(1, 20_000 // connectors)
        ours, bare = interleaved(
            plan.repeats,
            lambda n=connectors, r=rounds: trio.run(_supervised, n, r),  # type: ignore[misc]
            lambda n=connectors, r=rounds: trio.run(_bare, n, r),  # type: ignore[misc]
        )
        yield beside(
            "refresh", f"{connectors} connectors", "refreshes_per_s", ours, "1/s", "bare pool of 256 tasks", bare
        )


async def _supervised(connectors: int, rounds: int) -> float:
    async with running_daemon(connectors) as daemon:
        with Stopwatch() as watch:
            for _ in range(rounds):
                await operations.refresh(daemon)
        return connectors * rounds / watch.seconds


async def _bare(connectors: int, rounds: int) -> float:
    with Stopwatch() as watch:
        for _ in range(rounds):
            due = deque(range(connectors))
            async with trio.open_nursery() as nursery:
                for _ in range(BARE_WORKERS):
                    nursery.start_soon(_bare_worker, due)
    return connectors * rounds / watch.seconds


async def _bare_worker(due: deque[int]) -> None:
    while due:
        due.popleft()
        with trio.move_on_after(3600):
            await _nothing()


async def _nothing() -> None:
    return None
