"""How long the status of many connectors takes: to put together, and over HTTP; and what it costs to authorize it.

Beside the whole: encoding as many reports that are ready made.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx2
import msgspec
import trio
from quart import Response
from quart_trio import QuartTrio

from benchmarks import authorized
from benchmarks.hosting import running_daemon
from benchmarks.measure import Figure, Plan, Stopwatch, beside, interleaved
from integration_daemon.rest.daemon_routes import IntegrationConnectorReport, Listed, status_of
from integration_daemon.rest.serving import serve
from integration_daemon.rest.slices import sliced
from integration_daemon.rest.state_names import state_name_2x
from integration_daemon.supervision.daemon import Daemon


def measure(plan: Plan) -> Iterator[Figure]:
    """`reports_per_s` encoded and `milliseconds` served, with 1,000 to 100,000 connectors."""
    for connectors in plan.sizes(1_000, 10_000, 100_000):
        encoded, served = trio.run(_take, connectors, plan.repeats)
        (bare,) = interleaved(plan.repeats, lambda n=connectors: _ready_made(n))  # type: ignore[misc]
        case = f"{connectors} connectors"
        yield beside("status", case, "reports_per_s", encoded, "1/s", "encoding ready reports", bare)
        yield Figure(benchmark="status", case=case, figure="milliseconds_over_http", value=served, unit="ms")
    yield from authorized.measure(plan)


async def _take(connectors: int, repeats: int) -> tuple[float, float]:
    async with running_daemon(connectors) as daemon, trio.open_nursery() as nursery:
        stop = trio.Event()
        app = _app(daemon)
        url: str = await nursery.start(partial(serve, app, host="127.0.0.1", port=0, tls=None, stop=stop))
        rates, times = [], []
        async with httpx2.AsyncClient(timeout=60) as client:
            for _ in range(repeats):
                with Stopwatch() as watch:
                    await _whole(daemon)
                rates.append(connectors / watch.seconds)
                with Stopwatch() as watch:
                    await client.get(url + "/status")
                times.append(watch.seconds * 1000)
        stop.set()
    return sorted(rates)[len(rates) // 2], sorted(times)[len(times) // 2]


def _app(daemon: Daemon) -> Any:
    app = QuartTrio(__name__)

    async def status() -> Response:
        return Response(await sliced(status_of(_listed(daemon), state_name_2x)), content_type="application/json")

    app.add_url_rule("/status", "status", status)
    return app


async def _whole(daemon: Daemon) -> None:
    answer = await sliced(status_of(_listed(daemon), state_name_2x))
    if not isinstance(answer, bytes):
        async for _ in answer:
            pass


def _listed(daemon: Daemon) -> list[Listed]:
    return [(service, list(service.connectors.values())) for service in daemon.services]


def _ready_made(connectors: int) -> float:
    reports = [
        IntegrationConnectorReport(
            connector_name=f"connector {number}",
            connector_status="RUNNING",
            last_status_change="2021-02-02T20:57:50.647+00:00",
            last_refresh_time="2021-02-02T20:57:50.647+00:00",
            min_minutes_between_refresh=10,
        )
        for number in range(connectors)
    ]
    with Stopwatch() as watch:
        msgspec.json.encode(reports)
    return connectors / watch.seconds
