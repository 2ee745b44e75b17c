"""Cost of a scrape of the metrics for a daemon with many connectors.

The whole scrape is compared with the library's encoding of the same number of prepared families.
"""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import trio
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from benchmarks.hosting import running_daemon
from benchmarks.measure import Figure, Plan, with_baseline
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.platform.server import Server
from integration_daemon.rest.monitoring.metric_families import families
from integration_daemon.rest.monitoring.metrics import Collected

SCRAPES = 20


def measure(plan: Plan) -> Iterator[Figure]:
    """`loop_milliseconds` and total `milliseconds` of a scrape, and the `census_milliseconds`."""
    for connectors in plan.sizes(1_000, 10_000, 100_000):
        on_loop, whole, bare, census = trio.run(_take, connectors)
        case = f"{connectors} connectors"
        yield Figure(benchmark="metrics", case=case, figure="loop_milliseconds", value=on_loop * 1000, unit="ms")
        yield with_baseline("metrics", case, "milliseconds", whole * 1000, "ms", "encoding ready families", bare * 1000)
        yield Figure(benchmark="metrics", case=case, figure="census_milliseconds", value=census * 1000, unit="ms")


async def _take(connectors: int) -> tuple[float, float, float, float]:
    async with running_daemon(connectors) as daemon:
        server = Server(OMAGServerConfig(local_server_name="benchmark"), "Integration Daemon", Path("benchmark"))
        server.daemon = daemon
        census = await daemon.census.count()
        on_loop, whole, bare = [], [], []
        for _ in range(SCRAPES):
            began = time.perf_counter()
            found = list(families({"benchmark": server}))
            on_loop.append(time.perf_counter() - began)
            registry = CollectorRegistry()
            registry.register(Collected(found))
            encoding = time.perf_counter()
            generate_latest(registry)
            now = time.perf_counter()
            bare.append(now - encoding)
            whole.append(now - began)
            await trio.lowlevel.checkpoint()
    return statistics.median(on_loop), statistics.median(whole), statistics.median(bare), census
