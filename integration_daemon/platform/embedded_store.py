"""The metadata store of a server: a file in its directory, or a database that its document names."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.util import find_spec

import trio

from audit.log import AuditLog
from integration_daemon.platform.messages import LOCAL_REPOSITORY_OPENED
from integration_daemon.platform.server import Server
from services.errors import PropertyServerError
from services.metadata import messages
from services.metadata.relational.store import RelationalStore
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore

FILE_NAME = "open-metadata.sqlite"


@asynccontextmanager
async def embedded_store(server: Server, log: AuditLog) -> AsyncIterator[MetadataStore]:
    """The server's own store, open until the block ends; raises `PropertyServerError` if it cannot be used."""
    await trio.Path(server.directory).mkdir(mode=0o700, parents=True, exist_ok=True)
    async with _opening(server) as store:
        log.record(LOCAL_REPOSITORY_OPENED, server=server.name, path=store.name)
        server.stores_of_its_own.append(store)
        yield store


def require_driver(url: str) -> None:
    """Raise `PropertyServerError` if the driver of the store, which is an extra, is not installed."""
    if find_spec("psycopg") is None:
        cause = "its driver is not installed; install integration-daemon[postgres]"
        raise PropertyServerError(messages.STORE_NOT_USABLE, path=url, cause=cause)


def _opening(server: Server) -> AbstractAsyncContextManager[RelationalStore]:
    url = server.config.metadata_store
    if url is None:
        return open_sqlite_store(server.directory / FILE_NAME)
    require_driver(url)
    from services.metadata.postgres import open_postgres_store  # an extra

    return open_postgres_store(url, server.config.metadata_store_password)
