"""The routes of the Metadata Explorer, as the clients of Egeria 5 that read metadata use them."""

from pathlib import Path

from tests.integration_daemon.rest.egeria.test_files import add, source
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


async def test_nothing_can_be_changed_there(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        body = {"typeName": "GlossaryTerm", "properties": {"qualifiedName": "term"}}
        response = await platform.http.post(platform.url + EXPLORER + "/metadata-elements", json=body)
        assert response.status_code == 404
