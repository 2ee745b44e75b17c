"""Files and folders at the routes of Egeria's Data Manager OMAS, as the rest of the program sees them."""

from pathlib import Path
from typing import Any

import pytest
import trio

from integration_daemon.rest.egeria.patterns import pattern_of
from services.errors import InvalidParameterError
from services.metadata.changes import Batch, Link
from services.metadata.mapping import to_put
from services.metadata.types.files import CSVFile, FileFolder
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, Served, daemon_document, served

SERVER = "/servers/cocoMDS1/open-metadata"
SOURCES = f"{SERVER}/framework-services/data-manager/open-integration/users/npa/metadata-sources"
FILES = f"{SERVER}/access-services/data-manager/users/npa/filesystems"
STORE = f"{SERVER}/framework-services/data-manager/open-metadata-store/users/npa"


async def source(platform: Served, name: str = "landing") -> dict[str, str]:
    body = {"typeName": "DataManager", "classificationName": "FileSystem", "qualifiedName": name}
    guid = (await platform.post(SOURCES + "/new", body))["guid"]
    return {"externalSourceGUID": guid, "externalSourceName": name}


async def add(platform: Served, path: str, provenance: dict[str, str], kind: str = "CSVFile") -> Any:
    body = {"typeName": kind, "name": path.rpartition("/")[2], "pathName": path, "modifiedTime": 1795558457115}
    return await platform.post(FILES + "/data-files", body | provenance)


async def native(platform: Served, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await platform.get(f"/api/v1/servers/cocoMDS1/elements?{query}"))["elements"]
    return found


async def test_a_file_of_another_daemon_is_in_the_catalogue_with_its_source_and_folders(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        made = (await add(platform, "/data/in/a.csv", await source(platform)))["guids"]
        (file,) = await native(platform, "type=CSVFile")
        assert (file["guid"], file["metadataSource"], file["createdBy"]) == (made[-1], "landing", "npa")
        assert file["properties"] == {
            "qualifiedName": "CSVFile:/data/in/a.csv",
            "displayName": "a.csv",
            "pathName": "/data/in/a.csv",
            "storeUpdateTime": "2026-11-24T22:14:17.115+00:00",
        }
        folders = await native(platform, "type=FileFolder")
        assert [each["guid"] for each in folders] == made[:-1]
        (landing,) = await native(platform, "type=FileSystem")
        assert landing["properties"]["qualifiedName"] == "landing"


async def test_connectors_of_both_programs_see_one_file(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        store = platform.platform.servers["cocoMDS1"].store
        assert store is not None
        provenance = await source(platform)
        folder = to_put(FileFolder(qualified_name="FileFolder::/d", path_name="/d"), source_key="/d/")
        links = [Link("NestedFile", "FileFolder::/d")]
        file = CSVFile(qualified_name="CSVFile::/d/a.csv", path_name="/d/a.csv", file_size=7)
        ours = Batch(
            user="us", metadata_source="landing", changes=[folder, to_put(file, source_key="/d/a.csv", links=links)]
        )
        guid = (await store.apply(ours)).guids["CSVFile::/d/a.csv"]

        found = await platform.post(FILES + "/data-files/by-path-name", {"fullPath": "/d/a.csv"})
        assert found["dataFile"]["elementHeader"]["guid"] == guid
        assert found["dataFile"]["dataFileProperties"]["extendedProperties"]["fileSize"] == 7
        await platform.post(f"{FILES}/data-files/{guid}?isMergeUpdate=true", {"description": "theirs"} | provenance)
        (element,) = await store.get([guid])
        assert element.properties["description"] == "theirs"
        assert element.properties["fileSize"] == 7
        folder_guid = await folder_at(platform, "/d")
        (in_folder,) = (await platform.get(f"{FILES}/folders/{folder_guid}/data-files"))["elementList"]
        assert in_folder["elementHeader"]["guid"] == guid
        # a file that they add belongs to our folder, and our connector takes it over in place
        theirs = (await add(platform, "/d/b.csv", provenance))["guids"]
        assert theirs[0] == folder_guid
        again = CSVFile(qualified_name="CSVFile::/d/b.csv", path_name="/d/b.csv")
        put = to_put(again, source_key="/d/b.csv", links=links)
        outcome = await store.apply(Batch(user="us", metadata_source="landing", changes=[put]))
        assert outcome.guids == {"CSVFile::/d/b.csv": theirs[1]}


async def folder_at(platform: Served, path: str) -> Any:
    answer = await platform.post(FILES + "/folders/by-path-name", {"fullPath": path})
    return answer["folder"]["elementHeader"]["guid"]


async def test_a_file_can_only_be_changed_by_its_source(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        owner, other = await source(platform), await source(platform, "other")
        guid = (await add(platform, "/a.csv", owner))["guids"][-1]
        for provenance in ({}, other):
            answer = await platform.post(f"{FILES}/data-files/{guid}/archive", provenance)
            assert answer["exceptionErrorMessageId"] == "OMRS-REPOSITORY-403-001"
        mixed = owner | {"externalSourceName": "other"}
        answer = await platform.post(f"{FILES}/data-files/{guid}/archive", mixed)
        assert answer["exceptionProperties"] == {"parameterName": "externalSourceGUID"}
        assert await native(platform, "type=CSVFile")
        assert (await platform.post(f"{FILES}/data-files/{guid}/delete", owner))["relatedHTTPCode"] == 200
        assert await native(platform, "type=CSVFile&archived=true") == []


async def test_a_file_at_a_path_is_added_once(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        provenance = await source(platform)
        await add(platform, "/d/a.csv", provenance)
        again = await add(platform, "/d/a.csv", provenance)
        assert (again["relatedHTTPCode"], again["exceptionErrorMessageId"]) == (409, "OMAG-COMMON-409-001")
        assert len(await native(platform, "type=DataFile")) == 1


async def test_files_of_one_new_folder_can_be_added_at_once(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        sources = [await source(platform), await source(platform, "other")]
        made: list[Any] = []

        async def one(number: int) -> None:
            answer = await add(platform, f"/new/folder/{number}.csv", sources[number % 2])
            assert answer["relatedHTTPCode"] == 200, answer
            made.append(answer["guids"])

        async with trio.open_nursery() as nursery:
            for number in range(12):
                nursery.start_soon(one, number)
        folders = await native(platform, "type=FileFolder")
        assert {tuple(each[:-1]) for each in made} == {tuple(each["guid"] for each in folders)}
        assert len(await native(platform, "type=CSVFile")) == 12


async def test_the_relationship_of_a_changed_file_to_its_folder_is_kept(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        provenance = await source(platform)
        folder, guid = (await add(platform, "/d/a.csv", provenance))["guids"]
        for way in ("true", "false"):
            body = {"displayName": "A", "pathName": "/d/a.csv"} | provenance
            answer = await platform.post(f"{FILES}/data-files/{guid}?isMergeUpdate={way}", body)
            assert answer["relatedHTTPCode"] == 200, answer
        values = {"propertyValueMap": {"name": {"class": "PrimitiveTypePropertyValue", "primitiveValue": "B"}}}
        await platform.post(f"{STORE}/metadata-elements/{guid}/update-properties", {"properties": values} | provenance)
        (in_folder,) = (await platform.get(f"{FILES}/folders/{folder}/data-files"))["elementList"]
        assert in_folder["dataFileProperties"]["displayName"] == "B"


BAD_BODIES = [
    ("/data-files", b'{"pathName": 7}', "$.pathName"),
    ("/data-files", b'{"typeName": "CSVFile"}', "$.pathName"),
    ("/data-files", b'{"pathName": "/a", "modifiedTime": "yesterday"}', "$.modifiedTime"),
    ("/data-files", b"[", "$"),
    ("/folders/by-path-name", b"{}", "fullPath"),
    ("/data-files", b'{"pathName": "' + b"/a" * 300 + b'"}', "pathName"),
]


async def test_a_bad_body_is_one_clear_error(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        for path, body, place in BAD_BODIES:
            response = await platform.http.post(platform.url + FILES + path, content=body)
            answer = response.json()
            assert (response.status_code, answer["relatedHTTPCode"]) == (400, 400), body
            assert place in answer["exceptionErrorMessage"]
        assert await native(platform, "type=DataAsset") == []


async def test_a_daemon_that_asks_for_a_topic_is_told_that_there_is_none(tmp_path: Path) -> None:
    path = "/access-services/data-manager/users/npa/topics/out-topic-connection/caller"
    async with served(tmp_path, METADATA_SERVER_DOCUMENT, daemon_document("dl01", tmp_path)) as platform:
        answer = await platform.get(SERVER + path)
        assert (answer["class"], answer["exceptionErrorMessageId"]) == ("OCFConnectionResponse", "OMAG-COMMON-404-003")
        other = await platform.get(SERVER.replace("cocoMDS1", "dl01") + path)
        assert other["exceptionErrorMessageId"] == "OMAG-MULTI-TENANT-404-002"


@pytest.mark.parametrize(
    ("expression", "pattern"),
    [
        (".*a.csv.*", "*a?csv*"),
        (r"\Q/data/a*\E.*", "/data/a[*]*"),
        (r"a\.b.+", "a.b?*"),
        ("^a$", "a"),
        ("", "*"),
        (r"\Qall of it", "all of it"),
    ],
)
def test_a_simple_regular_expression_is_a_shell_pattern(expression: str, pattern: str) -> None:
    assert pattern_of(expression, "$.searchString") == pattern


@pytest.mark.parametrize("expression", ["a|b", "(a)", "a+", r"\d", "a{2}", "[ab]", "a^", "$a"])
def test_a_regular_expression_that_says_more_is_refused(expression: str) -> None:
    with pytest.raises(InvalidParameterError, match="OMAG-COMMON-501-001"):
        pattern_of(expression, "$.searchString")


async def test_a_metadata_source_whose_element_was_deleted_can_be_registered_again(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        before = await source(platform)
        file = (await add(platform, "/data/a.csv", before))["guids"][-1]
        await platform.post(f"{STORE}/metadata-elements/{before['externalSourceGUID']}/delete", {})
        again = await source(platform)
        assert (await add(platform, "/data/b.csv", again))["relatedHTTPCode"] == 200
        await platform.post(f"{FILES}/data-files/{file}?isMergeUpdate=true", {"description": "still here"} | again)
        shown = (await platform.get(f"{FILES}/data-files/{file}"))["dataFile"]
        assert shown["dataFileProperties"]["description"] == "still here"
        assert shown["elementHeader"]["origin"]["homeMetadataCollectionId"] == again["externalSourceGUID"]
