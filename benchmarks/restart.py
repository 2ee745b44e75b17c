"""Time to restart one connector among many, compared with a bare cancel-and-respawn of a task."""

from collections.abc import Iterator

import trio

from benchmarks.hosting import running_daemon
from benchmarks.measure import Figure, Plan, Stopwatch, with_baseline
from integration_daemon.supervision import operations

TAKES = 2_000
WARM_UP = 50
"""Restarts before the measured ones, during which work left by the start is completed."""


def measure(plan: Plan) -> Iterator[Figure]:
    """`p99_microseconds` of restarting one connector."""
    for connectors in plan.sizes(1_000, 100_000):
        ours, bare = trio.run(_take, connectors, 50 if plan.quick else TAKES)
        yield with_baseline(
            "restart", f"{connectors} connectors", "p99_microseconds", ours, "us", "bare cancel and respawn", bare
        )


async def _take(connectors: int, takes: int) -> tuple[float, float]:
    bare = [await _bare() for _ in range(WARM_UP + takes)]
    async with running_daemon(connectors) as daemon:
        ours = []
        for number in range(WARM_UP + takes):
            with Stopwatch() as watch:
                await operations.restart(daemon, connector=f"connector {number * 7 % connectors}")
            ours.append(watch.seconds)
    return _p99(ours[WARM_UP:]), _p99(bare[WARM_UP:])


async def _bare() -> float:
    """Cancel a waiting task, and start the next one until it waits."""
    async with trio.open_nursery() as nursery:
        first = await nursery.start(_waiting)
        with Stopwatch() as watch:
            first.cancel()
            second = await nursery.start(_waiting)
        second.cancel()
    return watch.seconds


async def _waiting(*, task_status: trio.TaskStatus[trio.CancelScope]) -> None:
    with trio.CancelScope() as scope:
        task_status.started(scope)
        await trio.sleep_forever()


def _p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)] * 1e6
