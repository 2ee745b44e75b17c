"""The store over metadata servers of Egeria 5 and 6, whose routes are known from their published source."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from trio.testing import MockClock

from audit.log import AuditLog
from integration_daemon.supervision.recovery.failure import FailureKind, failure_from
from services.errors import UserNotAuthorizedError
from services.metadata.changes import Batch, Change, Link, Outcome, Put, Query, Remove
from services.metadata.element import MetadataSource
from services.metadata.mapping import to_put
from services.metadata.remote import Login, open_remote_store
from services.metadata.store import MetadataStore
from services.metadata.types.files import CSVFile, FileFolder
from services.metadata.types.tabular import TabularColumn, TabularSchemaType
from services.secret import Secret
from tests.servers.egeria.server import EgeriaServer, egeria_server
from tests.services.metadata.test_protocols import Listened

SOURCE = "HospitalLandingArea"
LOGIN = Login(Secret("daemon"), Secret("a password"))
FILE = "/data/a.csv"
SCHEMA = f"CSVFile::{FILE}::schema"


@asynccontextmanager
async def server_and_store(
    generation: int, *, log: AuditLog | None = None, login: Login | None = None, **options: Any
) -> AsyncIterator[tuple[EgeriaServer, MetadataStore]]:
    async with (
        egeria_server(generation=generation, **options) as server,
        open_remote_store(server.url, "cocoMDS1", "npa", log=log, login=login) as store,
    ):
        yield server, store


def file(size: int) -> Put:
    element = CSVFile(qualified_name=f"CSVFile::{FILE}", path_name=FILE, display_name="a.csv", file_size=size)
    return to_put(element, source_key=FILE, links=[Link("NestedFile", "FileFolder::/data")])


def column(number: int) -> Put:
    return to_put(
        TabularColumn(qualified_name=f"{SCHEMA}::{number}", element_position=number),
        source_key=f"{FILE}\x01{number}",
        links=[Link("AttributeForSchema", SCHEMA)],
        classifications={"TypeEmbeddedAttribute": {"schemaTypeName": "TabularColumnType", "dataType": "int"}},
    )


def elements(size: int = 1) -> list[Put]:
    """A folder, a file in it, and the schema of the file."""
    schema = TabularSchemaType(qualified_name=SCHEMA, display_name="schema")
    return [
        to_put(FileFolder(qualified_name="FileFolder::/data", path_name="/data"), source_key="/data/"),
        file(size),
        to_put(schema, source_key=FILE + "\x01", links=[Link("Schema", f"CSVFile::{FILE}")]),
        *(column(number) for number in range(3)),
    ]


async def apply(store: MetadataStore, *changes: Change) -> Outcome:
    return await store.apply(Batch(user="onboardDL01npa", metadata_source=SOURCE, changes=changes))


def kinds_of_links(server: EgeriaServer) -> list[str]:
    return sorted(each.type_name for each in server.repository.relationships.values())


@pytest.mark.parametrize("generation", [5, 6])
async def test_elements_are_created_updated_archived_and_read_back(generation: int) -> None:
    async with server_and_store(generation) as (server, store):
        await store.register_source(MetadataSource(SOURCE, "FileSystem"), user="npa")
        assert await store.fingerprints(SOURCE, "/data/") == {}
        outcome = await apply(store, *elements())
        assert (outcome.created, outcome.rejected) == (6, [])
        assert kinds_of_links(server) == ["AssetSchemaType", *["AttributeForSchema"] * 3, "NestedFile"]
        source = server.named(SOURCE)
        assert server.repository.elements[outcome.guids[f"CSVFile::{FILE}"]].source == (source.guid, SOURCE)

        server.seen.clear()
        listed = await store.fingerprints(SOURCE, "/data/")
        assert listed == {each.source_key: each.fingerprint for each in elements()}
        assert (await apply(store, *elements())).unchanged == 6
        assert server.writes == []

        assert (await apply(store, *elements(size=2))).updated == 1
        (found,) = await store.find(Query(type_name="CSVFile"))
        assert (found.properties["fileSize"], found.properties["displayName"]) == (2, "a.csv")
        (first, *_) = await store.find(Query(type_name="TabularColumn"))
        assert first.classifications["TypeEmbeddedAttribute"]["dataType"] == "int"

        assert (await apply(store, Remove(source_key=FILE, archive_process="monitor"))).removed == 1
        assert FILE not in await store.fingerprints(SOURCE, "/data/")
        again = await apply(store, file(2))
        assert (again.rejected, kinds_of_links(server).count("NestedFile")) == ([], 1)
        assert (await apply(store, Remove(source_key=FILE, delete=True))).removed == 1
        assert found.guid not in server.repository.elements


@pytest.mark.parametrize("generation", [5, 6])
async def test_most_elements_take_one_request(generation: int) -> None:
    async with server_and_store(generation) as (server, store):
        await apply(store, *elements())
        server.seen.clear()
        await apply(store, *(column(number) for number in range(10, 60)))
        assert len(server.writes) == 50


@pytest.mark.parametrize("generation", [5, 6])
async def test_the_protocol_is_called_experimental_in_the_audit_log(generation: int) -> None:
    listened = Listened()
    async with server_and_store(generation, log=listened.log) as (server, store):
        await store.find(Query())
        place = f"the metadata server cocoMDS1 on platform {server.url}"
        assert listened.said[-1] == f"The protocol EGERIA_{generation} with {place} is experimental"


async def test_a_token_is_asked_for_once_and_again_before_it_ends(autojump_clock: MockClock) -> None:
    async with server_and_store(6, login=LOGIN) as (server, store):
        server.passwords = {"daemon": "a password"}
        for _ in range(3):
            await store.find(Query())
        assert len(server.tokens) == 1
        autojump_clock.jump(server.token_lifetime - 30)
        await store.find(Query())
        assert len(server.tokens) == 2


async def test_a_token_that_is_refused_is_asked_for_again() -> None:
    async with server_and_store(6, login=LOGIN) as (server, store):
        server.passwords = {"daemon": "a password"}
        await store.find(Query())
        server.tokens.clear()  # as a platform that was started again
        await apply(store, *elements())
        assert len(server.tokens) == 1


@pytest.mark.parametrize("login", [None, Login(Secret("daemon"), Secret("another password"))])
async def test_a_daemon_without_a_token_is_not_authorized(login: Login | None) -> None:
    async with server_and_store(6, login=login) as (server, store):
        server.passwords = {"daemon": "a password"}
        with pytest.raises(UserNotAuthorizedError, match="does not accept the caller: HTTP status 401") as caught:
            await apply(store, *elements())
    assert failure_from(caught.value, "refresh").kind is FailureKind.AUTHORIZATION
    assert "another password" not in str(caught.value)
