"""Time of a page of connectors while 10,000 refreshes per second are due, and the cost of followers.

The page has 100 of all connectors, filtered, sorted and counted, over HTTP. It is compared with the request for one
connector, to the same daemon in the same run. Followers are clients of the live stream that read all events.
"""

import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import trio

from benchmarks.hosting import running_daemon
from benchmarks.lateness import OFFERED
from benchmarks.measure import Figure, Plan, Stopwatch, with_baseline
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.platform import Platform
from integration_daemon.platform.server import Server
from integration_daemon.rest.access import Access
from integration_daemon.rest.app import make_app
from integration_daemon.rest.serving import serve
from integration_daemon.rest.serving.incidents import Incidents, unrecorded
from integration_daemon.security.authentication import NoAuthentication

PAGE = "/api/v1/connectors?condition=HEALTHY&text=7&sort=-lastSuccess&limit=100"
ONE = "/api/v1/connectors/connector%201"
FOLLOWERS = 200


def measure(plan: Plan) -> Iterator[Figure]:
    """`page_p99_milliseconds`, and the refreshes per second with followers of the live stream."""
    connectors, seconds, followers = (1_000, 2.0, 20) if plan.quick else (100_000, 30.0, FOLLOWERS)
    page, one, alone, followed, events = trio.run(_take, connectors, seconds, followers)
    case = f"{connectors} connectors"
    yield with_baseline("rest", case, "page_p99_milliseconds", page, "ms", "one connector", one)
    case = f"{case}, {followers} followers"
    yield with_baseline("rest", case, "refreshes_per_s", followed, "1/s", "no followers", alone)
    yield Figure(benchmark="rest", case=case, figure="events_per_s", value=events, unit="1/s")


async def _take(connectors: int, seconds: float, followers: int) -> tuple[float, float, float, float, float]:
    minutes = connectors / OFFERED / 60 if connectors > OFFERED else 1 / 60
    server = Server(OMAGServerConfig(local_server_name="benchmark"), "Integration Daemon", Path("benchmark"))
    async with (
        running_daemon(connectors, interval=minutes, destination=server.ring) as daemon,
        trio.open_nursery() as nursery,
    ):
        server.daemon = daemon
        url: str = await nursery.start(_served, server)
        await trio.sleep(minutes * 60)  # until the first round is spread over the interval
        pages: list[float] = []
        ones: list[float] = []
        refreshed = daemon.services[0].environment.meters.durations
        with trio.move_on_after(seconds):
            before = refreshed.count
            async with httpx2.AsyncClient(timeout=60) as client:
                while True:
                    for path, times in ((PAGE, pages), (ONE, ones)):
                        with Stopwatch() as watch:
                            (await client.get(url + path)).raise_for_status()
                        times.append(watch.seconds * 1000)
                        await trio.sleep(0.02)
        alone = (refreshed.count - before) / seconds
        events = [0]
        with trio.move_on_after(seconds):
            before, began = refreshed.count, time.perf_counter()
            async with trio.open_nursery() as following:
                for _ in range(followers):
                    following.start_soon(_follow, url, events)
        passed = time.perf_counter() - began
        followed = (refreshed.count - before) / passed
        nursery.cancel_scope.cancel()
    return _p99(pages), _p99(ones), alone, followed, events[0] / passed


class _OneServer(Platform):
    """A platform that hosts a server without having started it."""

    def __init__(self, server: Server) -> None:
        super().__init__(PlatformSettings(data_directory=Path("benchmark")))
        self._server = server

    @property
    def servers(self) -> Mapping[str, Server]:
        """The server."""
        return {self._server.name: self._server}


async def _served(server: Server, *, task_status: trio.TaskStatus[str]) -> None:
    app = make_app(_OneServer(server), Access(NoAuthentication(), Incidents(unrecorded)))
    async with trio.open_nursery() as nursery:
        serving = partial(serve, app, host="127.0.0.1", port=0, tls=None, stop=trio.Event())
        task_status.started(await nursery.start(serving))


async def _follow(url: str, events: list[int]) -> None:
    port = urlsplit(url).port
    assert port is not None
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        await stream.send_all(b"GET /api/v1/events HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        while received := await stream.receive_some():
            events[0] += received.count(b"event: ")


def _p99(times: list[float]) -> float:
    ordered = sorted(times)
    return ordered[int(len(ordered) * 0.99)]
