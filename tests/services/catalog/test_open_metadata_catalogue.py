"""The connector for other open metadata servers: one of this program, and one of Egeria."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio

from integration_daemon.config.load import convert
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.platform import Platform
from integration_daemon.rest.serving import serve
from services.catalog.open_metadata.open_metadata_catalog import OpenMetadataCatalog
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError
from services.framework.connection import Connection, Endpoint
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.changes import Batch, Change, Link, Put, Query, Remove
from services.metadata.mapping import to_put
from services.metadata.remote import open_remote_store
from services.metadata.store import MetadataStore
from services.metadata.types.files import CSVFile, FileFolder
from services.testing import running_connector
from services.testing.running import RunningConnector, connector_over, settings_of
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, open_app
from tests.servers.egeria.server import egeria_server

ASSETS = Query(type_name="DataAsset")
FROM = PermittedSynchronization.FROM_THIRD_PARTY


@asynccontextmanager
async def our_server(directory: Path) -> AsyncIterator[str]:
    platform, stop = Platform(PlatformSettings(data_directory=directory)), trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(platform.run)
        http = partial(serve, open_app(platform), host="127.0.0.1", port=0, tls=None, stop=stop)
        url: str = await nursery.start(http)
        await platform.start_server(convert(METADATA_SERVER_DOCUMENT, "test"))
        yield url
        await platform.stop_all()
        stop.set()


@asynccontextmanager
async def egeria(directory: Path) -> AsyncIterator[str]:
    async with egeria_server(keeps_archived_names=False) as server:
        yield server.url


@pytest.fixture(params=[our_server, egeria], ids=["ours", "egeria"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The platform of another metadata server."""
    async with request.param(tmp_path / "there") as found:
        yield found


def connection_to(url: str, **settings: Any) -> Connection:
    settings = {"serverName": "cocoMDS1", **settings}
    return Connection(endpoint=Endpoint(address=url), configuration_properties=settings)


@asynccontextmanager
async def running(url: str, directory: Path, **settings: Any) -> AsyncIterator[RunningConnector]:
    connection = connection_to(url, **settings)
    async with running_connector(
        OpenMetadataCatalog, directory, connection=connection, metadata_source="Copies", permitted_synchronization=FROM
    ) as found:
        yield found


@asynccontextmanager
async def between(store: MetadataStore, url: str, source: str, directory: Path) -> AsyncIterator[RunningConnector]:
    """A connector whose own store is at a metadata server too."""
    connection = connection_to(url, includeTypes="DataAsset, ExternalId")
    settings = settings_of(connection, FROM, metadata_source=source)
    async with connector_over(store, OpenMetadataCatalog, settings, directory) as found:
        await found.call("initialize")
        await found.call("start")
        yield found


@asynccontextmanager
async def copying_each_other(
    directory: Path,
) -> AsyncIterator[tuple[MetadataStore, MetadataStore, RunningConnector, RunningConnector]]:
    """Two servers, the first of which has a folder and a file, and the connectors that copy to the first and second."""
    async with (
        our_server(directory / "one") as one_url,
        our_server(directory / "two") as two_url,
        open_remote_store(one_url, "cocoMDS1", "npa") as one,
        open_remote_store(two_url, "cocoMDS1", "npa") as two,
    ):
        await change(one, folder("/in"), file("/in/a.csv"))
        async with (
            between(two, one_url, "From one", directory) as to_two,
            between(one, two_url, "From two", directory) as to_one,
        ):
            yield one, two, to_one, to_two


def file(path: str) -> Put:
    folder = path.rpartition("/")[0]
    return to_put(
        CSVFile(qualified_name=f"CSVFile::{path}", display_name=path.rpartition("/")[2], path_name=path),
        source_key=path,
        links=[Link("NestedFile", f"FileFolder::{folder}")],
        classifications={"Confidentiality": {"levelIdentifier": 3}},
    )


def folder(path: str) -> Put:
    return to_put(FileFolder(qualified_name=f"FileFolder::{path}", path_name=path), source_key=path + "/")


async def change(store: MetadataStore, *changes: Change, source: str = "Landing") -> None:
    outcome = await store.apply(Batch(user="npa", metadata_source=source, changes=changes))
    assert outcome.rejected == []


async def test_elements_classifications_and_relationships_are_copied_with_their_provenance(
    url: str, tmp_path: Path
) -> None:
    async with (
        open_remote_store(url, "cocoMDS1", "npa") as other_server,
        running(url, tmp_path, includeSources="L*") as copier,
    ):
        await change(other_server, folder("/in"), file("/in/a.csv"), file("/in/b.csv"))
        await change(other_server, file("/in/a.csv"), source="Landing")
        assert (await copier.refresh()).rejected == []
        copies = {each.qualified_name: each for each in await copier.elements("DataAsset")}
        originals = {each.qualified_name: each for each in await other_server.find(ASSETS)}
        assert set(copies) == {name for name, each in originals.items() if each.metadata_source == "Landing"}
        for name, copy in copies.items():
            assert (copy.properties, copy.type_name) == (originals[name].properties, originals[name].type_name)
            assert copy.classifications == originals[name].classifications
            assert copy.metadata_source == "Copies"
        by_path = {each.properties["pathName"]: each for each in copies.values()}  # Egeria has names of its own
        a, copied_folder = by_path["/in/a.csv"], by_path["/in"]
        links = {each.type_name: each for each in await copier.store.relationships([a.guid])}
        assert links["NestedFile"].end1_guid == copied_folder.guid
        provenance = links["ExternalIdLink"].properties["mappingProperties"]
        assert (provenance["guid"], provenance["metadataSource"]) == (originals[a.qualified_name].guid, "Landing")


async def test_a_second_refresh_copies_changes_alone(url: str, tmp_path: Path) -> None:
    async with (
        open_remote_store(url, "cocoMDS1", "npa") as other_server,
        running(url, tmp_path, includeTypes="DataFile") as copier,
    ):
        await change(other_server, folder("/in"), file("/in/a.csv"), file("/in/b.csv"))
        await copier.refresh()
        last = (await copier.store.changes(0, 1_000)).last
        await copier.refresh()
        assert (await copier.store.changes(0, 1_000)).last == last
        await change(other_server, Remove(source_key="/in/a.csv"), file("/in/c.csv"))
        await copier.refresh()
        paths = {each.properties["pathName"] for each in await copier.elements("DataAsset")}
        assert paths == {"/in/b.csv", "/in/c.csv"}  # of a type that is included


async def test_a_relationship_to_an_element_that_comes_later_is_copied_too(tmp_path: Path) -> None:
    async with our_server(tmp_path / "there") as url, open_remote_store(url, "cocoMDS1", "npa") as other_server:
        await change(other_server, folder("/in"))
        await change(other_server, msgspec.structs.replace(file("/in/a.csv"), links=(), fingerprint="before"))
        await change(other_server, Remove(source_key="/in/", delete=True), folder("/in"), file("/in/a.csv"))
        async with running(url, tmp_path, includeSources="Landing") as copier:
            await copier.refresh()
            (copy,) = await copier.elements("DataFile")
            assert [each.type_name for each in await copier.store.relationships([copy.guid], type_name="NestedFile")]
            last = (await copier.store.changes(0, 1_000)).last
            await copier.refresh()
            assert (await copier.store.changes(0, 1_000)).last == last


async def test_servers_that_copy_each_other_do_not_copy_their_own_elements_back(tmp_path: Path) -> None:
    async with copying_each_other(tmp_path) as (one, two, to_one, to_two):
        for _ in range(2):
            assert (await to_two.refresh()).rejected == []
            assert (await to_one.refresh()).rejected == []
        sources = {each.metadata_source for each in await one.find(ASSETS)}
        assert sources == {"Landing"}
        assert {each.metadata_source for each in await two.find(ASSETS)} == {"From one"}


async def test_an_original_that_was_created_again_has_a_copy_that_does_not_come_back(tmp_path: Path) -> None:
    async with copying_each_other(tmp_path) as (one, two, to_one, to_two):
        await to_two.refresh()
        await change(one, Remove(source_key="/in/a.csv", delete=True))
        await change(one, file("/in/a.csv"))
        for _ in range(2):
            await to_two.refresh()
            assert len(await two.find(Query(type_name="DataFile"))) == 1
            last = (await one.changes(0, 1_000)).last
            assert (await to_one.refresh()).rejected == []
            assert (await one.changes(0, 1_000)).last == last


async def test_an_element_whose_name_is_taken_leaves_the_other_element_alone(url: str, tmp_path: Path) -> None:
    async with open_remote_store(url, "cocoMDS1", "npa") as there, running(url, tmp_path) as copier:
        await change(there, folder("/in"))
        (name,) = {each.qualified_name for each in await there.find(ASSETS)}
        taken = to_put(FileFolder(qualified_name=name, path_name="/in"), source_key="/in/")
        await change(copier.store, taken, source="Ours")
        assert [each.subject for each in (await copier.refresh()).rejected] == [name]
        (ours,) = await copier.elements("FileFolder")
        assert await copier.store.relationships([ours.guid]) == []


async def test_failures_are_those_of_a_third_party(tmp_path: Path) -> None:
    async with our_server(tmp_path / "there") as url:
        kinds = {(url, "nowhere"): ThirdPartyUnavailableError, ("http://127.0.0.1:9", "x"): ThirdPartyUnavailableError}
        for (address, server), kind in kinds.items():
            async with running(address, tmp_path, serverName=server) as copier:
                with pytest.RaisesGroup(kind, allow_unwrapped=True, flatten_subgroups=True):
                    await copier.refresh()
    for settings in ({"serverName": ""}, {"includeTypes": "Nothing"}, {"includeSources": 7}):
        with pytest.raises(ConnectorConfigurationError):
            async with running("http://127.0.0.1:9", tmp_path, **settings):
                raise AssertionError("it has started")
