"""Time to create the status of many connectors, to send it over HTTP to another process, and to authorize the request.

Creating it is compared with encoding the same number of prepared reports; sending it with a bare trio socket that sends
the same number of bytes to the same client.
"""

import statistics
import sys
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
from benchmarks.measure import Figure, Plan, Stopwatch, interleaved, with_baseline
from integration_daemon.rest.daemon.status import IntegrationConnectorReport, Listed, status_of
from integration_daemon.rest.serving import serve
from integration_daemon.rest.slices import sliced
from integration_daemon.supervision.daemon import Daemon

PIECE = bytes(64 * 1024)


def measure(plan: Plan) -> Iterator[Figure]:
    """`reports_per_s` encoded and `milliseconds` served, with 1,000 to 100,000 connectors."""
    for connectors in plan.sizes(1_000, 10_000, 100_000):
        encoded, served, sent = trio.run(_take, connectors, plan.repeats)
        (bare,) = interleaved(plan.repeats, lambda n=connectors: _ready_made(n))  # type: ignore[misc]
        case = f"{connectors} connectors"
        yield with_baseline("status", case, "reports_per_s", encoded, "1/s", "encoding ready reports", bare)
        yield with_baseline("status", case, "milliseconds_over_http", served, "ms", "bare socket", sent)
    yield from authorized.measure(plan)


async def _take(connectors: int, repeats: int) -> tuple[float, float, float]:
    async with running_daemon(connectors) as daemon, trio.open_nursery() as nursery:
        stop = trio.Event()
        app = _app(daemon)
        url: str = await nursery.start(partial(serve, app, host="127.0.0.1", port=0, tls=None, stop=stop))
        rates = []
        for _ in range(repeats):
            with Stopwatch() as watch:
                size = await _whole(daemon)
            rates.append(connectors / watch.seconds)
        served = await _fetched(f"{url}/status", repeats)
        stop.set()
    return statistics.median(rates), served, await _sent(size, repeats)


async def _fetched(url: str, repeats: int) -> float:
    """Milliseconds that another process waits for a response."""
    command = [sys.executable, "-m", "benchmarks.status", url, str(repeats)]
    done = await trio.run_process(command, capture_stdout=True)
    return float(done.stdout)


def _fetch(url: str, repeats: int) -> float:
    times = []
    with httpx2.Client(timeout=60) as client:
        for _ in range(repeats):
            with Stopwatch() as watch:
                client.get(url).raise_for_status()
            times.append(watch.seconds * 1000)
    return statistics.median(times)


async def _sent(size: int, repeats: int) -> float:
    """Milliseconds that another process waits for the same number of bytes from a bare socket."""

    async def answer(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 200 \r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % size)
        for first in range(0, size, len(PIECE)):
            await stream.send_all(PIECE[: size - first])

    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, answer, 0, host="127.0.0.1"))
        milliseconds = await _fetched(f"http://127.0.0.1:{listener.socket.getsockname()[1]}", repeats)
        nursery.cancel_scope.cancel()
    return milliseconds


def _app(daemon: Daemon) -> Any:
    app = QuartTrio(__name__)

    async def status() -> Response:
        return Response(await sliced(status_of(_listed(daemon), "a run")), content_type="application/json")

    app.add_url_rule("/status", "status", status)
    return app


async def _whole(daemon: Daemon) -> int:
    """Create a response, and return its size in bytes."""
    answer = await sliced(status_of(_listed(daemon), "a run"))
    if isinstance(answer, bytes):
        return len(answer)
    return sum([len(slice_) async for slice_ in answer])


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


if __name__ == "__main__":
    print(_fetch(sys.argv[1], int(sys.argv[2])))
