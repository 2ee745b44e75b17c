"""The metadata store inside a server's own directory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from audit.log import AuditLog
from integration_daemon.platform.messages import LOCAL_REPOSITORY_OPENED
from integration_daemon.platform.server import Server
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore

FILE_NAME = "open-metadata.sqlite"


@asynccontextmanager
async def embedded_store(server: Server, log: AuditLog) -> AsyncIterator[MetadataStore]:
    """The server's own store, open until the block ends; raises `PropertyServerError` if it cannot be used."""
    await trio.Path(server.directory).mkdir(parents=True, exist_ok=True)
    path = server.directory / FILE_NAME
    async with open_sqlite_store(path) as store:
        log.record(LOCAL_REPOSITORY_OPENED, server=server.name, path=path)
        yield store
