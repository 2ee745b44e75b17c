"""The metadata store of a server: a file in its directory, or a database that its document names."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.util import find_spec

import trio

from audit.log import AuditLog
from audit.masking import masked_text
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.messages import LOCAL_REPOSITORY_OPENED
from integration_daemon.platform.server import Server
from services.allowance import Allowance
from services.errors import PropertyServerError
from services.libpq import libpq_targets, require_harmless
from services.metadata import messages
from services.metadata.relational.store import RelationalStore
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore

FILE_NAME = "open-metadata.sqlite"


@asynccontextmanager
async def embedded_store(server: Server, settings: PlatformSettings, log: AuditLog) -> AsyncIterator[MetadataStore]:
    """The server's own store, open until the block ends.

    Raises `PropertyServerError` if it cannot be used, `ConnectorConfigurationError` for a database that the platform
    does not allow.
    """
    await trio.Path(server.directory).mkdir(mode=0o700, parents=True, exist_ok=True)
    async with _opening(server, settings.allowance) as store:
        log.record(LOCAL_REPOSITORY_OPENED, server=server.name, path=store.name)
        server.stores_of_its_own.append(store)
        yield store


def require_usable(url: str, allowance: Allowance) -> None:
    """Raise `PropertyServerError` if the driver of the store, an optional dependency, is not installed.

    Raises `ConnectorConfigurationError` for a database that the platform does not allow. May block.
    """
    if find_spec("psycopg") is None:
        cause = "its driver is not installed; install integration-daemon[postgres]"
        raise PropertyServerError(messages.STORE_NOT_USABLE, path=url, cause=cause)
    from psycopg import ProgrammingError  # an optional dependency
    from psycopg.conninfo import conninfo_to_dict

    try:
        options = conninfo_to_dict(url)
        require_harmless(options)
        targets = libpq_targets(options) if allowance.endpoints is not None else []
    except (ProgrammingError, ValueError) as error:
        raise PropertyServerError(messages.STORE_NOT_USABLE, path=masked_text(url), cause=error) from None
    allowance.require(targets, "the metadata store")


def _opening(server: Server, allowance: Allowance) -> AbstractAsyncContextManager[RelationalStore]:
    url = server.config.metadata_store
    if url is None:
        return open_sqlite_store(server.directory / FILE_NAME)
    require_usable(url, allowance)
    from services.metadata.postgres import open_postgres_store  # an optional dependency

    return open_postgres_store(url, server.config.metadata_store_password)
