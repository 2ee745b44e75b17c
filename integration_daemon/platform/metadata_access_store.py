"""The server type Metadata Access Store: serves its embedded store over REST."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from audit.log import AuditLog
from integration_daemon.platform.embedded_store import embedded_store
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.server import Server
from integration_daemon.platform.server_run import repository_services


@asynccontextmanager
async def metadata_access_store(server: Server, settings: PlatformSettings, log: AuditLog) -> AsyncIterator[None]:
    """Open the embedded store and let the metadata routes use it until the server stops."""
    async with repository_services(server, log, settings.allowance), embedded_store(server, settings, log) as store:
        server.store = store
        server.serves_metadata = True
        server.services.append("Open Metadata Store Services")
        yield
        server.serves_metadata = False
