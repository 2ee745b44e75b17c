"""Delay of refreshes when 10,000 per second are due, stalls of the event loop, and the time of a status request."""

import time
from collections.abc import Iterator
from functools import partial

import httpx2
import trio
from quart import Response
from quart_trio import QuartTrio

from benchmarks.hosting import running_daemon
from benchmarks.measure import Figure, Plan, Stopwatch
from integration_daemon.rest.serving import serve
from integration_daemon.supervision.connector.status import report_of
from integration_daemon.supervision.daemon import Daemon

OFFERED = 10_000
"""Number of refreshes due per second."""


def measure(plan: Plan) -> Iterator[Figure]:
    """`p99_milliseconds` of delay, the `longest_stall_milliseconds`, and `status_p99_milliseconds` of one connector."""
    connectors, seconds = (1_000, 2.0) if plan.quick else (100_000, 30.0)
    late, stall, rate, status = trio.run(_take, connectors, seconds)
    case = f"{connectors} connectors"
    for figure, value, unit in (
        ("p99_milliseconds", late, "ms"),
        ("longest_stall_milliseconds", stall, "ms"),
        ("refreshes_per_s", rate, "1/s"),
    ):
        yield Figure(benchmark="lateness", case=case, figure=figure, value=value, unit=unit)
    yield Figure(benchmark="status under load", case=case, figure="p99_milliseconds", value=status, unit="ms")


async def _take(connectors: int, seconds: float) -> tuple[float, float, float, float]:
    minutes = connectors / OFFERED / 60 if connectors > OFFERED else 1 / 60
    async with running_daemon(connectors, interval=minutes) as daemon, trio.open_nursery() as nursery:
        stop = trio.Event()
        app = _app(daemon)
        url: str = await nursery.start(partial(serve, app, host="127.0.0.1", port=0, tls=None, stop=stop))
        await trio.sleep(minutes * 60)  # until the first round is spread over the interval
        lateness = daemon.services[0].environment.meters.lateness
        lateness.clear()
        stalls: list[float] = []
        times: list[float] = []
        with trio.move_on_after(seconds):
            async with trio.open_nursery() as watchers:
                watchers.start_soon(_watch_the_loop, stalls)
                watchers.start_soon(_ask, url, times)
        refreshed = lateness.count
        stop.set()
    ordered = sorted(times)
    return (
        lateness.quantile(0.99) * 1000,
        max(stalls) * 1000,
        refreshed / seconds,
        ordered[int(len(ordered) * 0.99)] * 1000,
    )


async def _watch_the_loop(stalls: list[float]) -> None:
    while True:
        before = time.perf_counter()
        await trio.sleep(0.005)
        stalls.append(time.perf_counter() - before - 0.005)


async def _ask(url: str, times: list[float]) -> None:
    async with httpx2.AsyncClient(timeout=60) as client:
        while True:
            with Stopwatch() as watch:
                await client.get(url + "/status")
            times.append(watch.seconds)
            await trio.sleep(0.05)


def _app(daemon: Daemon) -> QuartTrio:
    app = QuartTrio(__name__)

    async def status() -> Response:
        return Response(repr(report_of(daemon.connector("connector 1"))))

    app.add_url_rule("/status", "status", status)
    return app
