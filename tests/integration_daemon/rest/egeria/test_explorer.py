"""The routes of the Metadata Explorer, as the clients of Egeria 5 that read metadata use them."""

from pathlib import Path
from typing import Any

from tests.integration_daemon.rest.egeria.test_files import FILES, STORE, add, source
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, served

EXPLORER = "/servers/cocoMDS1/api/open-metadata/metadata-explorer"


async def test_elements_and_their_relationships_can_be_explored(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        folder, file = (await add(platform, "/d/a.csv", await source(platform)))["guids"]
        named = {"class": "NameRequestBody", "name": "CSVFile:/d/a.csv", "namePropertyName": "qualifiedName"}
        found = await platform.post(EXPLORER + "/metadata-elements/guid-by-unique-name", named)
        assert found["guid"] == file
        nobody = await platform.post(EXPLORER + "/metadata-elements/by-unique-name", named | {"name": "nobody"})
        assert nobody == {"class": "OpenMetadataElementResponse", "relatedHTTPCode": 200}

        related = await platform.post(f"{EXPLORER}/related-elements/{file}/any-type?startFrom=0&pageSize=5", {})
        (link,) = related["relatedElementList"]["elementList"]
        assert link["element"]["elementGUID"] == folder
        for way in ("any-type", "type/NestedFile"):
            path = f"{EXPLORER}/metadata-elements/{file}/linked-by-{way}/to-elements/{folder}"
            between = await platform.post(path, {"class": "ResultsRequestBody"})
            (one,) = between["relationshipList"]["elementList"]
            assert (one["elementGUIDAtEnd1"], one["elementGUIDAtEnd2"]) == (folder, file)
        single = await platform.post(f"{EXPLORER}/relationships/by-guid/{link['relationshipGUID']}", {})
        assert single["element"]["relationshipGUID"] == one["relationshipGUID"]


async def test_pages_can_be_asked_for_in_the_url(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        provenance = await source(platform)
        for name in "abc":
            await add(platform, f"/{name}.csv", provenance)
        search = {"class": "SearchStringRequestBody", "searchString": ".csv", "typeName": "DataFile"}
        sizes = []
        for start in (0, 2, 4):
            path = f"{EXPLORER}/metadata-elements/by-search-string?startFrom={start}&pageSize=2"
            sizes.append(len((await platform.post(path, search))["elementList"]))
        assert sizes == [2, 1, 0]


async def test_an_element_is_shown_with_its_parts_and_their_relationships(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        provenance = await source(platform)
        outer, inner, file = (await add(platform, "/d/e/a.csv", provenance))["guids"]
        (*_, other) = (await add(platform, "/b.csv", provenance))["guids"]
        answer = await platform.post(f"{EXPLORER}/metadata-elements/{outer}/with-anchored-elements", {})
        graph = answer["elementGraph"]
        assert graph["elementGUID"] == outer
        assert [each["elementGUID"] for each in graph["anchoredElements"]] == [inner, file]
        ends = [(each["elementGUIDAtEnd1"], each["elementGUIDAtEnd2"]) for each in graph["relationships"]]
        assert ends == [(outer, inner), (inner, file)]
        alone = await platform.post(f"{EXPLORER}/metadata-elements/{other}/with-anchored-elements", {})
        assert not {"anchoredElements", "relationships"} & set(alone["elementGraph"])
        nobody = await platform.post(f"{EXPLORER}/metadata-elements/nobody/with-anchored-elements", {})
        assert nobody["exceptionErrorMessageId"] == "OMAG-REPOSITORY-HANDLER-404-007"


async def test_the_history_is_the_present_version_with_its_number(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        provenance = await source(platform)
        (folder, file) = (await add(platform, "/d/a.csv", provenance))["guids"]
        change = {"description": "new", **provenance}
        await platform.post(f"{FILES}/data-files/{file}?isMergeUpdate=true", change)
        path = f"{EXPLORER}/metadata-elements/{file}/history"
        answer = await platform.post(path + "?startFrom=0&pageSize=5&oldestFirst=True", {})
        (version,) = answer["elementList"]
        assert (version["elementGUID"], version["versions"]["version"]) == (file, 2)
        for request in ({"toTime": "2001-01-01T00:00:00"}, {"toTime": 1}):
            assert "elementList" not in await platform.post(path, {"class": "HistoryRequestBody", **request})
        assert "elementList" in await platform.post(path, {"toTime": "2999-01-01T00:00:00"})
        assert "elementList" not in await platform.post(path + "?startFrom=1", {})

        related = await platform.post(f"{EXPLORER}/related-elements/{file}/any-type", {})
        link = related["relatedElementList"]["elementList"][0]["relationshipGUID"]
        answer = await platform.post(f"{EXPLORER}/relationships/{link}/history", {})
        (one,) = answer["relationshipList"]["elementList"]
        assert (one["relationshipGUID"], one["elementGUIDAtEnd1"]) == (link, folder)
        unknown = await platform.post(f"{EXPLORER}/relationships/{file}/history", {})
        assert unknown["exceptionErrorMessageId"] == "OMAG-REPOSITORY-HANDLER-404-012"


async def test_relationships_are_found_by_type_and_by_the_values_of_their_properties(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        provenance = await source(platform)
        guids = [(await add(platform, f"/d/{name}.csv", provenance))["guids"][-1] for name in "abc"]
        flows = [(guids[0], guids[1], "one"), (guids[1], guids[2], "two")]
        for end1, end2, label in flows:
            body = {"typeName": "DataFlow", "metadataElement1GUID": end1, "metadataElement2GUID": end2}
            await platform.post(STORE + "/related-elements/new", {**body, "properties": {"label": label}})
        path = f"{EXPLORER}/relationships/by-search-conditions?startFrom=0&pageSize=10"

        async def found(**body: Any) -> list[tuple[str, str]]:
            answer = await platform.post(path, body)
            listed = answer.get("relationshipList", {"elementList": []})["elementList"]
            return [(each["elementGUIDAtEnd1"], each["elementGUIDAtEnd2"]) for each in listed]

        assert await found(relationshipTypeName="DataFlow") == [flow[:2] for flow in flows]
        assert len(await found()) == 5
        value = {"class": "PrimitiveTypePropertyValue", "typeName": "string", "primitiveValue": "two"}
        search = {"conditions": [{"property": "label", "operator": "EQ", "value": value}]}
        assert await found(relationshipTypeName="DataFlow", searchProperties=search) == [flows[1][:2]]
        refused = await platform.post(path, {"relationshipTypeName": "Nothing"})
        assert refused["exceptionErrorMessageId"] == "OMAG-COMMON-400-018"


async def test_nothing_can_be_changed_there(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        body = {"typeName": "GlossaryTerm", "properties": {"qualifiedName": "term"}}
        response = await platform.http.post(platform.url + EXPLORER + "/metadata-elements", json=body)
        assert response.status_code == 404
