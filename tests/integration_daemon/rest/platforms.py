"""A platform served over real HTTP in the test process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import trio
from quart_trio import QuartTrio

from integration_daemon.config.load import convert
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.platform import Platform
from integration_daemon.rest.access import Access
from integration_daemon.rest.app import make_app
from integration_daemon.rest.serving import serve
from integration_daemon.rest.serving.incidents import Incidents, unrecorded
from integration_daemon.security.authentication import NoAuthentication

NO_TLS = False
"""A client of plain HTTP does not load the authorities of the machine, which takes longer than most requests."""

QUIET = {
    "auditLogConnections": [
        {
            "connectorType": {"connectorProviderClassName": "console"},
            "configurationProperties": {"supportedSeverities": ["Trace"]},
        }
    ]
}

METADATA_SERVER_DOCUMENT = {
    "localServerName": "cocoMDS1",
    "repositoryServicesConfig": {**QUIET, "localRepositoryConfig": {}},
}


def open_app(platform: Platform) -> QuartTrio:
    """The application without access control."""
    return make_app(platform, Access(NoAuthentication(), Incidents(unrecorded)))


@dataclass
class Served:
    """A platform with an HTTP client."""

    platform: Platform
    url: str
    http: httpx2.AsyncClient

    async def get(self, path: str) -> Any:
        """The decoded answer to a GET."""
        return (await self.http.get(self.url + path)).json()

    async def post(self, path: str, body: Any = None, **request: Any) -> Any:
        """The decoded answer to a POST."""
        if body is not None:
            request["json"] = body
        return (await self.http.post(self.url + path, **request)).json()


def daemon_document(name: str, directory: Path, connectors: int = 2) -> dict[str, Any]:
    """An integration daemon with data files monitors, each on its own directory, and an embedded store."""
    configs = []
    for number in range(connectors):
        folder = directory / f"landing {number}"
        folder.mkdir(exist_ok=True)
        configs.append(
            {
                "connectorName": f"monitor {number}",
                "metadataSourceQualifiedName": "landing",
                "refreshTimeInterval": 10,
                "connection": {
                    "connectorType": {"connectorProviderClassName": "data-files-monitor"},
                    "endpoint": {"address": str(folder)},
                    "clearPassword": "hunter2",
                },
            }
        )
    return {
        "localServerName": name,
        "localServerType": "Integration Daemon",
        "repositoryServicesConfig": QUIET,
        "integrationServicesConfig": [
            {"integrationServiceURLMarker": "files-integrator", "integrationConnectorConfigs": configs}
        ],
    }


@asynccontextmanager
async def served(tmp_path: Path, *documents: dict[str, Any], **settings: Any) -> AsyncIterator[Served]:
    """Serve a platform with these servers running."""
    platform, stop = Platform(PlatformSettings(data_directory=tmp_path / "data", **settings)), trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(platform.run)
        url = await nursery.start(partial(serve, open_app(platform), host="127.0.0.1", port=0, tls=None, stop=stop))
        for document in documents:
            await platform.start_server(convert(document, "test"))
        async with httpx2.AsyncClient(timeout=30, verify=NO_TLS) as http:
            yield Served(platform, url, http)
        await platform.stop_all()
        stop.set()
