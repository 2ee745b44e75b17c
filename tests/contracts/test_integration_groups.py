"""An integration group is read alike from every metadata store."""

from collections.abc import AsyncIterator
from functools import partial
from math import inf
from pathlib import Path

import pytest

from integration_daemon.groups.classes import find_class
from integration_daemon.groups.definition import GroupDefinition
from integration_daemon.groups.feed import Feed
from integration_daemon.groups.reading import ConnectorClassInfo, GroupReader
from integration_daemon.groups.registration import Rules
from services.allowance import EVERYTHING, Allowance
from services.errors import ConnectorConfigurationError
from services.metadata.changes import Link, Remove, Unrelate
from services.metadata.mapping import to_put
from services.metadata.remote import open_remote_store
from services.metadata.store import MetadataStore
from services.metadata.types.connectors import Connection, Endpoint
from services.metadata.types.files import CSVFile, FileFolder
from tests.contracts.stores import opened
from tests.integration_daemon.groups.elements import GROUP, Author
from tests.integration_daemon.supervision.rig import Scripted
from tests.servers.egeria.server import egeria_server


@pytest.fixture(params=["embedded", "remote", "egeria"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MetadataStore]:
    async with opened(request, tmp_path) as found:
        yield found


async def read(store: MetadataStore, *secret_references: str, named: tuple[str, ...] = ()) -> GroupDefinition:
    """The definition of the group, as the reader returns it."""
    definition = await reader_of(store, *secret_references, named=named).read()
    assert definition is not None
    return definition


def reader_of(store: MetadataStore, *secret_references: str, named: tuple[str, ...] = ()) -> GroupReader:
    find = partial(find_class, named=lambda: named, allowance=EVERYTHING)
    return GroupReader(store, GROUP, Rules(secret_references), find)


async def test_registered_connectors_are_read_with_their_connections_and_catalog_targets(store: MetadataStore) -> None:
    author = Author(store)
    await author.group()
    await author.register_with_connection("landing", "/landing")
    await author.register(
        "targets", connectorUserId="npa", metadataSourceQualifiedName="Lake", refreshTimeInterval=60,
        stopTime="2040-01-01T00:00:00.000+00:00",
    )  # fmt: skip
    await author.target("targets", "oak", "/oak", configurationProperties={"watch": "false"})
    await author.target("targets", "elm", "/elm", metadataSourceQualifiedName="Elm")
    definition = await read(store)

    own, elm, oak = definition.units
    assert (definition.description, definition.connectors) == ("Landing areas", ["landing", "targets"])
    assert (own.config.connector_name, own.config.connection.address) == ("landing", "/landing")
    assert own.config.connection.configuration_properties == {"watch": "false"}
    assert [(each.config.connector_name, each.config.target_of, each.marker) for each in (elm, oak)] == [
        ("targets::elm", "targets", "files-integrator"), ("targets::oak", "targets", "files-integrator")
    ]  # fmt: skip
    assert (elm.config.connection.address, elm.config.metadata_source_qualified_name) == ("/elm", "Elm")
    assert (oak.config.connection.address, oak.config.metadata_source_qualified_name) == ("/oak", "Lake")
    assert oak.config.connection.configuration_properties == {"watch": "false"}
    assert (oak.config.connector_user_id, oak.config.refresh_time_interval) == ("npa", 60)
    assert (own.period.ends, oak.period.ends) == (inf, 2208988800.0)
    assert await read(store) == definition


async def test_a_group_that_is_not_there_is_told_from_an_empty_one(store: MetadataStore) -> None:
    assert await reader_of(store).read() is None
    await Author(store).group()
    assert (await read(store)).units == []


async def test_the_catalog_targets_at_a_server_of_egeria_take_no_request_each() -> None:
    async with egeria_server() as server, open_remote_store(server.url, "cocoMDS1", "npa") as store:
        author, reader = Author(store), reader_of(store)
        await author.group()
        await author.register("targets")
        await author.target("targets", "0", "/0")
        await reader.read()
        requests = []
        for count in (1, 40):
            for number in range(count):
                await author.target("targets", str(number), f"/{number}")
            before = len(server.seen)
            definition = await reader.read()
            assert definition is not None
            assert len(definition.units) == count
            requests.append(len(server.seen) - before)
        assert requests[0] == requests[1]


@pytest.fixture(params=["embedded", "remote"])
async def own_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MetadataStore]:
    """A store that tells of its changes."""
    async with opened(request, tmp_path) as found:
        yield found


async def test_only_changes_that_may_concern_a_group_are_news(own_store: MetadataStore) -> None:
    author, feed = Author(own_store), Feed(own_store)
    await author.group()
    await author.register("targets")
    await author.target("targets", "oak", "/oak")
    elements = reader_of(own_store)
    await elements.read()
    assert await feed.begin()
    assert not await feed.changes(elements)
    await author.put(*(CSVFile(qualified_name=f"CSVFile::{number}") for number in range(20)))
    assert not await feed.changes(elements)

    link = Link("CatalogTarget", "Connector:targets")
    await author.apply(to_put(FileFolder(qualified_name="Folder:/elm", path_name="/elm"), links=[link]))
    assert await feed.changes(elements)
    await author.put(FileFolder(qualified_name="Folder:/oak", path_name="/moved"))
    assert await feed.changes(elements)
    await author.apply(Remove(source_key="Folder:/oak", delete=True))
    assert await feed.changes(elements)
    assert not await feed.changes(elements)


async def test_a_feed_begins_after_the_last_change_however_many_there_were(own_store: MetadataStore) -> None:
    author, feed = Author(own_store), Feed(own_store)
    assert await feed.begin()
    assert not await feed.changes(())
    await author.put(*(CSVFile(qualified_name=f"CSVFile::{number}") for number in range(37)))
    await author.group()
    assert await feed.changes(())
    later = Feed(own_store)
    assert await later.begin()
    assert not await later.changes(())
    await author.relate("CatalogTarget", GROUP, "CSVFile::1")
    assert await later.changes(())


async def test_a_connector_has_the_settings_of_a_catalog_target_in_place_of_its_own(own_store: MetadataStore) -> None:
    author, own = Author(own_store), {"watch": "true", "allowCatalogDelete": "true"}
    await author.group()
    await author.register("targets", connection={"configurationProperties": own})
    settings, templates = {"watch": "false"}, {"file": "Template:CSV"}
    await author.target("targets", "elm", "/elm", configurationProperties=settings, templates=templates)
    (elm,) = (await read(own_store)).units
    assert elm.config.connection.configuration_properties == {**own, **settings, "templates": templates}


class Followed:
    """A group, of which only what has changed is read."""

    def __init__(self, store: MetadataStore) -> None:
        self._store = store
        self.author = Author(store)
        self._feed = Feed(store)
        self._reader = reader_of(store)

    async def begin(self) -> None:
        await self.author.group()
        await self.author.register("targets", connection={"displayName": "old"})
        await self.author.register_with_connection("landing", "/landing")
        assert await self._feed.begin()
        await self._reader.read()

    async def update(self) -> GroupDefinition | None:
        return await self._reader.update(await self._feed.changes(self._reader))

    async def has(self, *names: str, address: str = "") -> None:
        """That what was changed is read, by itself, as it is read with all the rest."""
        definition, whole = await self.update(), await read(self._store)
        assert definition == whole
        assert [each.config.connector_name for each in whole.units] == list(names)
        assert not address or address in [each.config.connection.address for each in whole.units]


async def test_catalog_targets_that_have_changed_are_read_as_with_the_whole_group(own_store: MetadataStore) -> None:
    group = Followed(own_store)
    author = group.author
    await group.begin()
    await author.target("targets", "oak", "/oak")
    await author.target("targets", "elm", "/elm")
    await group.has("landing", "targets::elm", "targets::oak")
    await author.target("targets", "elm", "/elm", configurationProperties={"watch": "false"})
    await group.has("landing", "targets::elm", "targets::oak")
    await author.untarget("targets", "/oak")
    await group.has("landing", "targets::elm")
    await author.apply(Remove(source_key="Folder:/elm"))
    await group.has("landing")

    await author.put(CSVFile(qualified_name="Server"))
    await author.relate("CatalogTarget", "Connector:targets", "Server", catalogTargetName="server")
    await group.has("landing", "targets::server")
    link = Link("ServerEndpoint", "Server")
    await author.apply(to_put(Endpoint(qualified_name="Address", network_address="/here"), links=[link]))
    await group.has("landing", "targets::server", address="/here")
    await author.apply(to_put(Endpoint(qualified_name="Address", network_address="/there"), links=[link]))
    await group.has("landing", "targets::server", address="/there")
    await author.put(Connection(qualified_name="Way"), Endpoint(qualified_name="Gate", network_address="/gate"))
    await author.relate("ConnectionToAsset", "Way", "Server")
    await author.relate("ConnectionEndpoint", "Gate", "Way")
    await group.has("landing", "targets::server", address="/gate")
    await author.put(Endpoint(qualified_name="Gate", network_address="/door"))
    await group.has("landing", "targets::server", address="/door")


async def test_connectors_that_have_changed_are_read_as_with_the_whole_group(own_store: MetadataStore) -> None:
    group = Followed(own_store)
    author = group.author
    await group.begin()
    await author.target("targets", "server", "/server")
    await author.put(Endpoint(qualified_name="Endpoint:landing", network_address="/moved"))
    await group.has("landing", "targets::server", address="/moved")
    await author.register("targets", connection={"displayName": "new"})
    await group.has("landing", "targets::server")
    await author.register("other", "/other")
    await author.target("other", "one", "/one")
    await group.has("landing", "other", "other::one", "targets::server")
    await author.relate("CatalogTarget", "Connector:other", "Folder:/one", catalogTargetName="two")
    await author.relate("CatalogTarget", "Connector:landing", "Folder:/one", catalogTargetName="one")
    await author.relate("CatalogTarget", "Connector:targets", "Connector:other", catalogTargetName="connector")
    await group.has("landing", "landing::one", "other", "other::two", "targets::connector", "targets::server")
    await author.apply(Unrelate(type_name="RegisteredIntegrationConnector", end1=GROUP, end2="Connector:targets"))
    await group.has("landing", "landing::one", "other", "other::two")
    await author.apply(Remove(source_key="Connector:other", delete=True))
    await group.has("landing", "landing::one")
    await author.group("Group:Other")
    assert await group.update() is await group.update()
    await author.apply(Remove(source_key=GROUP, delete=True))
    assert await group.update() is None
    await author.group()
    await author.register("targets", "/targets")
    await group.has("targets", "targets::server")


def test_metadata_names_no_class_that_is_neither_installed_nor_named_by_the_document_nor_listed() -> None:
    provider = f"{Scripted.__module__}.{Scripted.__qualname__}"
    with pytest.raises(ConnectorConfigurationError, match="OCF-CONNECTION-400-020"):
        find_class(provider, tuple, EVERYTHING)
    found = ConnectorClassInfo("files-integrator", needs_endpoint=False)
    assert find_class(provider, lambda: (provider,), EVERYTHING) == found
    assert find_class(provider, tuple, Allowance(connectors=("tests.*",))) == found
    with pytest.raises(ConnectorConfigurationError, match="OMAG-PLATFORM-400-101"):
        find_class("data-files-monitor", tuple, Allowance(connectors=("tests.*",)))
