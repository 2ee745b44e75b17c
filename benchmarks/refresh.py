"""Rate of refreshes through the whole supervision path.

It is compared with a bare pool of 256 trio tasks that call a no-op coroutine under `move_on_after`. The audit log is
discarded, or written to a text file; the time includes writing all of it.
"""

import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import trio

from audit.destination import ALL_SEVERITIES, Destination
from audit.destinations.rotated_file import RotatedFile
from audit.destinations.text_file import TextFileDestination
from benchmarks.hosting import Discard, running_daemon
from benchmarks.measure import Figure, Plan, Stopwatch, interleaved, with_baseline
from integration_daemon.supervision import operations
from integration_daemon.supervision.daemon import Daemon

BARE_WORKERS = 256


def measure(plan: Plan) -> Iterator[Figure]:
    """`refreshes_per_s` with 1,000, 10,000 and 100,000 connectors that do nothing."""
    for connectors in plan.sizes(1_000, 10_000, 100_000):
        rounds = max(1, 20_000 // connectors)
        discarded, written, bare = interleaved(
            plan.repeats,
            lambda n=connectors, r=rounds: trio.run(_supervised, n, r, Discard()),  # type: ignore[misc]
            lambda n=connectors, r=rounds: _written(n, r),  # type: ignore[misc]
            lambda n=connectors, r=rounds: trio.run(_bare, n, r),  # type: ignore[misc]
        )
        for case, ours in ((f"{connectors} connectors", discarded), (f"{connectors} connectors, text file", written)):
            yield with_baseline("refresh", case, "refreshes_per_s", ours, "1/s", "bare pool of 256 tasks", bare)


def _written(connectors: int, rounds: int) -> float:
    with tempfile.TemporaryDirectory() as directory:
        destination = TextFileDestination(RotatedFile(Path(directory, "log")), severities=ALL_SEVERITIES)
        return trio.run(_supervised, connectors, rounds, destination)


async def _supervised(connectors: int, rounds: int, destination: Destination) -> float:
    async with running_daemon(connectors, destination=destination) as daemon:
        await _log_written(daemon)
        with Stopwatch() as watch:
            for _ in range(rounds):
                await operations.refresh(daemon)
            await _log_written(daemon)
        return connectors * rounds / watch.seconds


async def _log_written(daemon: Daemon) -> None:
    while not daemon.environment.audit_log.write_now(60):  # noqa: ASYNC110 - a destination is writing: no event of ours
        await trio.sleep(0.001)


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
