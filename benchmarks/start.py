"""Time of a cold start until every connector runs."""

import statistics
from collections.abc import Iterator

import trio

from benchmarks.hosting import running_daemon
from benchmarks.measure import Figure, Plan, Stopwatch


def measure(plan: Plan) -> Iterator[Figure]:
    """`seconds` until all connectors are RUNNING."""
    for connectors in plan.sizes(10_000, 100_000):
        takes = [trio.run(_take, connectors) for _ in range(min(plan.repeats, 3))]
        yield Figure(
            benchmark="start",
            case=f"{connectors} connectors",
            figure="seconds",
            value=statistics.median(takes),
            unit="s",
        )


async def _take(connectors: int) -> float:
    with Stopwatch() as watch:
        async with running_daemon(connectors):
            watch.__exit__()
            return watch.seconds
