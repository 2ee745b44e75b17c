"""The store over a metadata server of Egeria: what is there already, what was cut off, and what the server refuses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from services.errors import MetadataServerNotUnderstoodError, MetadataServerUnavailableError
from services.metadata.changes import Batch, Change, Link, Outcome, Put, Query, Remove
from services.metadata.element import MetadataSource
from services.metadata.mapping import to_put
from services.metadata.remote import open_remote_store
from services.metadata.remote.egeria.concurrency_limit import LEAST, MOST
from services.metadata.server_protocol import MetadataServerProtocol, QualifiedNames
from services.metadata.store import MetadataStore
from services.metadata.types.files import CSVFile, DataFile, FileFolder, YAMLFile
from services.metadata.types.relational import RelationalColumn
from tests.servers.egeria.server import EgeriaServer, egeria_server

EGERIA = MetadataServerProtocol.EGERIA_4
SOURCE = "HospitalLandingArea"
OMAS = "/servers/cocoMDS1/open-metadata/access-services/data-manager/users/exchangeDL01npa/filesystems"
ENCODED = {"DataAssetEncoding": {"encoding": "UTF-8"}}
SOURCES = "/servers/cocoMDS1/open-metadata/framework-services/data-manager/open-integration/users/exchangeDL01npa"


@asynccontextmanager
async def beside_egeria(
    names: QualifiedNames = QualifiedNames.SERVER, **options: Any
) -> AsyncIterator[tuple[EgeriaServer, MetadataStore]]:
    async with (
        egeria_server(**options) as server,
        open_remote_store(server.url, "cocoMDS1", "npa", protocol=EGERIA, names=names) as store,
    ):
        yield server, store


def made_by_egeria(server: EgeriaServer, path: str, type_name: str = "CSVFile") -> str:
    """A file that a files daemon of Egeria has catalogued for the same metadata source; returns its GUID."""
    _, source = server.answer("POST", SOURCES + "/metadata-sources/by-name", {}, {"name": SOURCE})
    body = {
        "class": "DataFileRequestBody",
        "typeName": type_name,
        "name": path.rpartition("/")[2],
        "pathName": path,
        "modifiedTime": 1_795_558_457_115,
        "externalSourceGUID": source["guid"],
        "externalSourceName": SOURCE,
    }
    _, answer = server.answer("POST", OMAS + "/data-files", {}, body)
    return str(answer["guids"][-1])


def folder(path: str) -> Put:
    return to_put(FileFolder(qualified_name=f"FileFolder::{path}", path_name=path), source_key=path + "/")


def file(path: str, size: int = 1, kind: type[DataFile] = CSVFile, **more: Any) -> Put:
    element = kind(qualified_name=f"{kind.type_name()}::{path}", path_name=path, file_size=size)
    link = Link("NestedFile", f"FileFolder::{path.rpartition('/')[0]}")
    return to_put(element, source_key=path, links=[link], **more)


async def apply(store: MetadataStore, *changes: Change, source: str = SOURCE) -> Outcome:
    return await store.apply(Batch(user="onboardDL01npa", metadata_source=source, changes=changes))


async def test_files_and_folders_are_named_as_the_server_names_them() -> None:
    async with beside_egeria() as (server, store):
        await apply(store, folder("/data"), file("/data/a.csv"))
        assert server.names == ["CSVFile:/data/a.csv", "FileFolder:/data", SOURCE]
        (found,) = await store.find(Query(qualified_name="CSVFile::/data/a.csv"))
        assert found.qualified_name == "CSVFile:/data/a.csv"


async def test_what_a_connector_states_and_the_server_has_no_room_for_is_kept_and_read_back() -> None:
    async with beside_egeria() as (server, store):
        column = RelationalColumn(
            qualified_name="RelationalColumn::db::t::c",
            display_name="c",
            element_position=3,
            data_type="int",
            is_nullable=False,
            additional_properties={"unit": "kg"},
        )
        classified = {"TypeEmbeddedAttribute": {"schemaTypeName": "RelationalColumnType", "dataType": "int"}}
        await apply(store, to_put(column, source_key="db::t\x01c", classifications=classified))

        element = server.named("RelationalColumn::db::t::c")
        additional = element.properties["additionalProperties"]["mapValues"]["propertyValueMap"]
        assert {name: each["primitiveValue"] for name, each in additional.items() if name != "integrationDaemon"} == {
            "dataType": "int",
            "unit": "kg",
        }
        (found,) = await store.find(Query(type_name="RelationalColumn"))
        assert found.properties == {
            "qualifiedName": "RelationalColumn::db::t::c",
            "displayName": "c",
            "elementPosition": 3,
            "dataType": "int",
            "isNullable": False,
            "additionalProperties": {"unit": "kg"},
        }
        assert found.classifications == classified


async def test_what_a_daemon_of_egeria_has_catalogued_is_taken_over_under_its_name_and_guid() -> None:
    async with beside_egeria() as (server, store):
        await store.register_source(MetadataSource(SOURCE, "FileSystem"), user="npa")
        guid = made_by_egeria(server, "/data/a.csv")
        listed = await store.fingerprints(SOURCE, "/data/")
        assert listed == {"/data/": "", "/data/a.csv": ""}

        outcome = await apply(store, folder("/data"), file("/data/a.csv"))

        assert (outcome.created, outcome.updated, outcome.rejected) == (0, 2, [])
        assert server.names == ["CSVFile:/data/a.csv", "FileFolder:/data", SOURCE]
        assert server.named("CSVFile:/data/a.csv").guid == guid
        assert len(server.repository.relationships) == 1  # the one that was there
        assert all((await store.fingerprints(SOURCE, "/data/")).values())


async def test_what_is_there_is_found_by_either_name_and_never_doubled() -> None:
    async with beside_egeria(QualifiedNames.DAEMON) as (server, store):
        await apply(store, folder("/data"), file("/data/a.csv"))
        async with open_remote_store(server.url, "cocoMDS1", "npa", protocol=EGERIA) as other:  # of the other rule
            outcome = await apply(other, folder("/data"), file("/data/a.csv", 2))

        assert (outcome.created, outcome.updated, outcome.unchanged, outcome.rejected) == (0, 1, 1, [])
        assert server.names == ["CSVFile::/data/a.csv", "FileFolder::/data", SOURCE]
        assert len(server.repository.relationships) == 1


async def test_a_file_of_a_type_that_the_server_does_not_have_is_of_the_type_above() -> None:
    async with beside_egeria() as (server, store):
        await apply(store, folder("/data"), file("/data/a.yaml", kind=YAMLFile))
        assert server.named("YAMLFile:/data/a.yaml").type_name == "DataFile"
        (found,) = await store.find(Query(type_name="YAMLFile"))
        assert found.type_name == "YAMLFile"

        # and another store, which has not learned that yet, leaves it as it is
        other = open_remote_store(server.url, "cocoMDS1", "npa", protocol=EGERIA)
        async with other as anew:
            outcome = await apply(anew, file("/data/a.yaml", 2, kind=YAMLFile))
        assert (outcome.updated, outcome.created, outcome.rejected) == (1, 0, [])
        assert not any("Memento" in path for path in server.writes)


async def test_an_archived_file_that_comes_back_is_the_same_element_where_its_name_is_kept() -> None:
    async with beside_egeria() as (server, store):
        await apply(store, folder("/data"), file("/data/a.csv"))
        guid = server.named("CSVFile:/data/a.csv").guid
        removal = await apply(store, Remove(source_key="/data/a.csv", archive_process="monitor"))
        assert removal.removed == 1, "the server answers with an error after it has archived"
        assert server.named("CSVFile:/data/a.csv").is_archived
        assert await store.fingerprints(SOURCE, "/data/a") == {}

        outcome = await apply(store, file("/data/a.csv"))

        assert outcome.rejected == []
        assert (server.named("CSVFile:/data/a.csv").guid, server.named("CSVFile:/data/a.csv").is_archived) == (
            guid,
            False,
        )
        assert (await apply(store, file("/data/a.csv"))).unchanged == 1


@pytest.mark.parametrize("cut_after", [1, 2, 3, 4, 5, 6])
async def test_a_batch_that_is_cut_off_is_completed_by_the_next(cut_after: int) -> None:
    changes = (folder("/data"), file("/data/a.csv", classifications=ENCODED))
    async with beside_egeria() as (server, store):
        await store.register_source(MetadataSource(SOURCE, "FileSystem"), user="npa")
        await store.fingerprints(SOURCE, "/data/")
        with server.cut_off_after(cut_after), suppress(MetadataServerUnavailableError):
            await apply(store, *changes)  # the last cut comes after all is done
        listed = await store.fingerprints(SOURCE, "/data/")
        stated = {each.source_key: each.fingerprint for each in changes}
        outcome = await apply(
            store, *(each for each in changes if listed.get(each.source_key) != stated[each.source_key])
        )

        assert outcome.rejected == []
        assert await store.fingerprints(SOURCE, "/data/") == stated
        assert server.names == ["CSVFile:/data/a.csv", "FileFolder:/data", SOURCE]
        assert [each.type_name for each in server.repository.relationships.values()] == ["NestedFile"]
        assert "DataStoreEncoding" in server.named("CSVFile:/data/a.csv").classifications


async def test_a_server_that_was_restarted_with_nothing_in_it_is_filled_again() -> None:
    async with beside_egeria() as (server, store):
        await store.register_source(MetadataSource(SOURCE, "FileSystem"), user="npa")
        await apply(store, folder("/data"), file("/data/a.csv"))
        server.restart()

        assert await store.fingerprints(SOURCE, "/data/") == {}
        assert (await apply(store, folder("/data"), file("/data/a.csv"))).created == 2

        assert server.names == ["CSVFile:/data/a.csv", "FileFolder:/data", SOURCE]
        source = server.named(SOURCE)
        assert (source.type_name, list(source.classifications)) == ("DataManager", ["FileSystem"])
        assert server.named("CSVFile:/data/a.csv").source == (source.guid, SOURCE)


@pytest.mark.parametrize(
    ("lost", "source"),
    [
        ("/filesystems/data-files", SOURCE),
        ("/classifications/DataStoreEncoding/new", SOURCE),
        ("/update-properties", SOURCE),
        ("/metadata-elements/new", ""),
        ("/related-elements/new", ""),
    ],
)
async def test_a_request_whose_answer_is_lost_is_not_made_twice(lost: str, source: str) -> None:
    async with beside_egeria() as (server, store):
        await apply(store, folder("/data"), source=source)
        server.lost_answer = lost
        outcome = await apply(store, file("/data/a.csv", classifications=ENCODED), source=source)
        assert (server.lost_answer, outcome.rejected) == ("", [])
        assert server.names == ["CSVFile:/data/a.csv", "FileFolder:/data", *([source] if source else [])]
        assert [each.type_name for each in server.repository.relationships.values()] == ["NestedFile"]
        assert "DataStoreEncoding" in server.named("CSVFile:/data/a.csv").classifications
        assert (await apply(store, file("/data/a.csv", classifications=ENCODED), source=source)).unchanged == 1


async def test_a_new_file_takes_one_request() -> None:
    async with beside_egeria() as (server, store):
        files = [folder("/data"), *(file(f"/data/{number}.csv") for number in range(50))]
        assert (await apply(store, *files)).created == 51
        others = ["metadata-sources/new", "metadata-elements/new", "update-properties"]  # the last seals the first file
        assert sorted({path.rpartition("/")[2] for path in server.writes}) == ["data-files", "new", "update-properties"]
        assert server.writes.count("filesystems/data-files") == len(server.writes) - len(others) == 50
        made = server.named("CSVFile:/data/7.csv")
        assert (made.source[1], made.created_by, made.text("name")) == (SOURCE, "onboardDL01npa", "")
        (found,) = await store.find(Query(qualified_name="CSVFile::/data/7.csv"))
        assert found.properties == {
            "qualifiedName": "CSVFile:/data/7.csv",
            "pathName": "/data/7.csv",
            "fileSize": 1,
        }
        assert len(await store.relationships([server.named("FileFolder:/data").guid])) == 50
        server.seen.clear()
        assert len(await store.fingerprints(SOURCE, "/data/")) == 51
        assert (await apply(store, *files)).unchanged == 51
        assert server.writes == []


@pytest.mark.parametrize("classifications", [ENCODED, {"NoSuchThing": {}}])
async def test_a_new_file_with_a_classification_takes_two_requests(classifications: dict[str, Any]) -> None:
    async with beside_egeria() as (server, store):
        files = [
            folder("/data"),
            *(file(f"/data/{number}", kind=YAMLFile, classifications=classifications) for number in range(50)),
        ]
        outcome = await apply(store, *files)
        assert (outcome.created, len(outcome.rejected)) == (51, 0 if classifications == ENCODED else 50)
        assert server.names[:2] == ["FileFolder:/data", SOURCE]
        assert server.named("YAMLFile:/data/7").type_name == "DataFile"
        if classifications == ENCODED:
            assert server.writes.count("filesystems/data-files") <= 50 + 32  # the type of the first ones is refused
            assert len([path for path in server.writes if path.endswith("/DataStoreEncoding/new")]) == 50
            assert len([path for path in server.writes if path.endswith("/update-properties")]) == 1
        listed = await store.fingerprints(SOURCE, "/data/")
        assert listed == {each.source_key: each.fingerprint for each in files}
        server.named("YAMLFile:/data/7").classifications.clear()
        is_sealed_early = classifications == ENCODED
        assert ((await store.fingerprints(SOURCE, "/data/7"))["/data/7"] == "") is is_sealed_early


async def test_files_of_a_server_that_leaves_something_out_are_made_as_other_elements() -> None:
    async with beside_egeria(keeps_all_of_files=False) as (server, store):
        files = [folder("/data"), *(file(f"/data/{number}.csv") for number in range(50))]
        await apply(store, *files)
        assert server.writes.count("filesystems/data-files") == 1
        assert len(await store.relationships([server.named("FileFolder:/data").guid])) == 50
        assert (await apply(store, *files)).unchanged == 51
        async with open_remote_store(server.url, "cocoMDS1", "npa", protocol=EGERIA) as other:
            listed = await other.fingerprints(SOURCE, "/data/")
        assert listed == {each.source_key: each.fingerprint for each in files}


async def test_a_file_without_its_link_is_completed_by_the_next_scan() -> None:
    async with beside_egeria() as (server, store):
        changes = (folder("/data"), file("/data/a.csv"), file("/data/b.csv"))
        await apply(store, *changes)
        server.repository.forget_links(server.named("CSVFile:/data/b.csv"))  # the server ended in between
        assert (await store.fingerprints(SOURCE, "/data/"))["/data/b.csv"] == ""
        assert (await apply(store, *changes)).updated == 1
        assert [each.type_name for each in server.repository.relationships.values()] == ["NestedFile"] * 2
        assert all((await store.fingerprints(SOURCE, "/data/")).values())


async def test_a_change_that_the_server_makes_and_cannot_take_note_of_is_made() -> None:
    async with beside_egeria(lost_notes=3) as (server, store):
        files = [folder("/data"), *(file(f"/data/{number}.csv") for number in range(5))]
        assert (await apply(store, *files)).rejected == []
        assert [each.type_name for each in server.repository.relationships.values()] == ["NestedFile"] * 5
        assert (await apply(store, *files)).unchanged == 6


async def test_pages_are_as_large_as_the_server_allows() -> None:
    async with beside_egeria(largest_page=7) as (server, store):
        files = [folder("/data"), *(file(f"/data/{number:02}.csv") for number in range(20))]
        await apply(store, *files)
        listed = await store.fingerprints(SOURCE, "/data/")
        assert len(listed) == 21
        assert len(await store.relationships([server.named("FileFolder:/data").guid])) == 20
        server.seen.clear()
        assert await store.fingerprints(SOURCE, "/data/") == listed
        assert len(server.seen) == 5  # the source, and four pages, the last of which is empty


async def test_a_server_that_served_is_unavailable_while_its_services_start() -> None:
    async with beside_egeria() as (server, store):
        server.is_starting = True
        with pytest.raises(MetadataServerNotUnderstoodError, match="OMAG-MULTI-TENANT-404-002"):
            await store.fingerprints(SOURCE, "")
        server.is_starting = False
        await store.fingerprints(SOURCE, "")
        server.is_starting = True
        with pytest.raises(MetadataServerUnavailableError):
            await store.fingerprints(SOURCE, "")


async def test_only_what_the_source_itself_owns_is_listed() -> None:
    async with beside_egeria() as (_, store):
        await apply(store, folder("/data"), file("/data/a.csv"))
        await apply(store, file("/data/b.csv"), source="other")
        assert set(await store.fingerprints(SOURCE, "/data/")) == {"/data/", "/data/a.csv"}
        assert set(await store.fingerprints("other", "/data/")) == {"/data/b.csv"}
        assert await store.fingerprints("", "/data/") == {}


async def test_a_bad_element_is_one_rejection_with_the_server_s_message() -> None:
    async with beside_egeria() as (_, store):
        bad = file("/data/b.csv", classifications={"DataAssetEncoding": {"nosuchprop": "x"}})
        outcome = await apply(store, folder("/data"), file("/data/a.csv"), bad)
        assert outcome.created == 3
        (rejection,) = outcome.rejected
        assert rejection.subject == "CSVFile::/data/b.csv"
        assert rejection.message.startswith("OMAG-REPOSITORY-HANDLER-500-001 ")
        assert "OMRS-REPOSITORY-400-028 A property called nosuchprop" in rejection.message


async def test_an_element_that_another_source_owns_is_left_alone() -> None:
    async with beside_egeria() as (server, store):
        await apply(store, folder("/data"), file("/data/a.csv"), source="other")
        outcome = await apply(store, file("/data/a.csv", 99))
        assert "already belongs to an element of other" in outcome.rejected[0].message
        assert (await apply(store, Remove(source_key="/data/a.csv"))).removed == 0
        assert not server.named("CSVFile:/data/a.csv").is_archived


async def test_a_name_without_its_source_key_could_not_be_found_again_and_is_refused() -> None:
    async with beside_egeria() as (server, store):
        outcome = await apply(store, to_put(DataFile(qualified_name="something"), source_key="/elsewhere"))
        assert outcome.rejected[0].message.startswith("OMRS-REPOSITORY-400-046 The element something cannot be kept")
        assert server.names == [SOURCE]


async def test_an_unchanged_element_is_read_in_pages_and_writes_nothing() -> None:
    async with beside_egeria() as (server, store):
        await store.register_source(MetadataSource(SOURCE, "FileSystem"), user="npa")
        files = [folder("/data"), *(file(f"/data/{number:04}.csv") for number in range(600))]
        await store.fingerprints(SOURCE, "/data/")
        assert (await apply(store, *files)).created == 601
        server.seen.clear()

        listed = await store.fingerprints(SOURCE, "/data/")

        assert len(listed) == 601
        assert server.writes == []
        assert len(server.seen) == 4  # the source, and three pages, the last of which is empty
        assert (await apply(store, *files)).unchanged == 601
        assert server.writes == []


async def test_several_requests_are_under_way_at_once_and_not_more_than_32() -> None:
    async with beside_egeria() as (server, store):
        await store.register_source(MetadataSource(SOURCE, "FileSystem"), user="npa")
        await store.fingerprints(SOURCE, "/")
        puts = [to_put(DataFile(qualified_name=f"DataFile::/{n}"), source_key=f"/{n}") for n in range(300)]
        server.gathers = LEAST
        await apply(store, *puts)
        assert LEAST <= server.most_at_once <= MOST == 32


async def test_of_two_elements_of_one_file_the_newer_is_kept_in_step() -> None:
    async with beside_egeria(QualifiedNames.DAEMON) as (server, store):
        await apply(store, folder("/data"), file("/data/a.csv"))
        made_by_egeria(server, "/data/a.csv")  # under the other name
        assert (await store.fingerprints(SOURCE, "/data/"))["/data/a.csv"] == ""
        outcome = await apply(store, file("/data/a.csv", 2))
        assert (outcome.created, outcome.updated) == (0, 1)
        assert [each for each in server.names if each.startswith("CSV")] == [
            "CSVFile:/data/a.csv",
            "CSVFile::/data/a.csv",
        ]
        assert server.named("CSVFile::/data/a.csv").version == 2
