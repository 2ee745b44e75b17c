"""Cost of authorizing a status request with a token, compared with `--authentication none`.

The application is called without a server, which would add the same cost to both.
"""

import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import trio
from quart_trio import QuartTrio

from benchmarks.measure import Figure, Plan
from integration_daemon.config.load import convert
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.platform import Platform
from integration_daemon.rest.access import Access
from integration_daemon.rest.app import make_app
from integration_daemon.rest.changes import Changes
from integration_daemon.rest.serving.incidents import Incidents, unrecorded
from integration_daemon.security.authentication import NoAuthentication
from integration_daemon.security.authenticator import Authenticator
from integration_daemon.security.last_uses import LastUses
from integration_daemon.security.permissions import Role
from integration_daemon.security.scope import EVERYTHING, Scope, scope_of
from integration_daemon.security.tokens import TokenFile

CONNECTORS = 10
REQUESTS = 300
"""Number of requests of one sample; the first of them fill caches."""
PAIRS = 15
"""Number of samples of each kind, taken alternately."""
STATUS = "/servers/exchangeDL01/open-metadata/integration-daemon/users/garygeeke/status"


def measure(plan: Plan) -> Iterator[Figure]:
    """Microseconds of processor time of a request, with an unlimited and with a limited token."""
    for case, scope in (("a token", EVERYTHING), ("a limited token", scope_of(("exchange*",), ("monitor*",)))):
        authorized, bare, ratio = trio.run(_take, scope, plan)
        yield Figure(
            benchmark="status",
            case=f"{CONNECTORS} connectors, authorized by {case}",
            figure="cpu_microseconds",
            value=authorized,
            unit="µs",
            baseline="--authentication none",
            baseline_value=bare,
            ratio=ratio,
        )


async def _take(scope: Scope, plan: Plan) -> tuple[float, float, float]:
    """The medians of both, and the median of the ratios of the pairs."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        token = TokenFile(directory).create("bench", (Role.VIEWER,), user=None, expires=None, scope=scope)
        async with _platform(directory) as platform:
            incidents, authenticator = Incidents(unrecorded), Authenticator(directory)
            authenticator.open()
            open_app = make_app(platform, Access(NoAuthentication(), incidents))
            access = Access(authenticator, incidents, Changes(), (), LastUses(directory).note)
            guarded = make_app(platform, access)
            pairs = []
            for _ in range(1 if plan.quick else PAIRS):
                bare = await _requests(open_app, None)
                pairs.append((await _requests(guarded, token), bare))
    authorized, bares = zip(*pairs, strict=True)
    return median(authorized), median(bares), median(one / other for one, other in pairs)


@asynccontextmanager
async def _platform(directory: Path) -> AsyncIterator[Platform]:
    monitor = {"connectorType": {"connectorProviderClassName": "data-files-monitor"}}
    landing = directory / "landing"
    landing.mkdir()
    connection = {**monitor, "endpoint": {"address": str(landing)}}
    connectors = [
        {"connectorName": f"monitor {number}", "refreshTimeInterval": 0, "connection": connection}
        for number in range(CONNECTORS)
    ]
    service = {"integrationServiceURLMarker": "files-integrator", "integrationConnectorConfigs": connectors}
    quiet = {"connectorType": {"connectorProviderClassName": "memory-ring"}}
    document = {
        "localServerName": "exchangeDL01",
        "integrationServicesConfig": [service],
        "repositoryServicesConfig": {"auditLogConnections": [quiet]},
    }
    platform = Platform(PlatformSettings(data_directory=directory))
    async with trio.open_nursery() as nursery:
        await nursery.start(platform.run)
        await platform.start_server(convert(document, "benchmark"))
        yield platform
        await platform.stop_all()


async def _requests(app: QuartTrio, token: str | None) -> float:
    """Microseconds of processor time of one request, as the mean of many."""
    headers = [(b"host", b"localhost")]
    if token is not None:
        headers.append((b"authorization", f"Bearer {token}".encode()))
    scope = {
        "type": "http",
        "asgi": {"spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": STATUS,
        "raw_path": STATUS.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "extensions": {},
    }
    began = time.process_time()
    for _ in range(REQUESTS):
        await _request(app, scope)
    return (time.process_time() - began) / REQUESTS * 1e6


async def _request(app: Any, scope: dict[str, Any]) -> None:
    statuses: list[int] = []
    to_receive = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not to_receive:
            await trio.sleep_forever()
        return to_receive.pop()

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    assert statuses == [200]
