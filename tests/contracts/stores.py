"""The metadata stores that the contracts are tested on: embedded, in PostgreSQL, and remote over real HTTP.

The remote stores are a metadata server of this program and one of Egeria.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio

from integration_daemon.config.load import convert
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.platform import Platform
from integration_daemon.rest.serving import serve
from services.metadata.postgres import open_postgres_store
from services.metadata.remote import open_remote_store
from services.metadata.server_protocol import QualifiedNames
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore
from tests.end_to_end.page.documents import METADATA_SERVER
from tests.integration_daemon.rest.platforms import open_app
from tests.servers.egeria.server import egeria_server
from tests.servers.postgres import PostgresServer


@asynccontextmanager
async def embedded(directory: Path) -> AsyncIterator[MetadataStore]:
    async with open_sqlite_store(directory / "store.sqlite") as store:
        yield store


@asynccontextmanager
async def remote(directory: Path) -> AsyncIterator[MetadataStore]:
    platform, stop = Platform(PlatformSettings(data_directory=directory)), trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(platform.run)
        http = partial(serve, open_app(platform), host="127.0.0.1", port=0, tls=None, stop=stop)
        url = await nursery.start(http)
        await platform.start_server(convert(METADATA_SERVER, "test"))
        async with open_remote_store(url, "cocoMDS1", "npa") as store:
            yield store
        await platform.stop_all()
        stop.set()


@asynccontextmanager
async def egeria(directory: Path) -> AsyncIterator[MetadataStore]:
    names = QualifiedNames.DAEMON
    async with (
        egeria_server(keeps_archived_names=False) as server,
        open_remote_store(server.url, "cocoMDS1", "npa", names=names) as store,
    ):
        yield store


@pytest.fixture(params=["embedded", "postgres", "remote", "egeria"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MetadataStore]:
    async with opened(request, tmp_path) as found:
        yield found


@pytest.fixture(params=["embedded", "postgres", "remote"])
async def own_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MetadataStore]:
    """A store of this program: its pages stand still, its words are indexed, and its changes are numbered."""
    async with opened(request, tmp_path) as found:
        yield found


@asynccontextmanager
async def opened(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MetadataStore]:
    if request.param == "postgres":
        server: PostgresServer = request.getfixturevalue("postgres")
        async with open_postgres_store(server.new_database()) as found:
            yield found
    else:
        async with {"embedded": embedded, "remote": remote, "egeria": egeria}[request.param](tmp_path) as found:
            yield found
