"""The open-metadata-store routes of Egeria, with bodies as its clients write them."""

from pathlib import Path
from typing import Any

import pytest

from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT as METADATA
from tests.integration_daemon.rest.platforms import Served, served

ROOTS = [
    "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store/users/erinoverview",
    "/servers/cocoMDS1/open-metadata/access-services/open-metadata-store",
    "/servers/cocoMDS1/open-metadata/framework-services/asset-owner/open-metadata-store/users/erinoverview",
]
ROOT = ROOTS[0]


def text(value: str) -> dict[str, Any]:
    return {
        "class": "PrimitiveTypePropertyValue",
        "typeName": "string",
        "primitiveTypeCategory": "OM_PRIMITIVE_TYPE_STRING",
        "primitiveValue": value,
    }


def properties(**values: str) -> dict[str, Any]:
    return {"class": "ElementProperties", "propertyValueMap": {name: text(value) for name, value in values.items()}}


async def create(platform: Served, name: str, root: str = ROOT, **more: Any) -> str:
    body = {
        "class": "NewOpenMetadataElementRequestBody",
        "typeName": "GlossaryTerm",
        "properties": properties(qualifiedName=name, displayName=name.upper()),
        **more,
    }
    guid: str = (await platform.post(root + "/metadata-elements", body))["guid"]
    return guid


@pytest.mark.parametrize("root", ROOTS)
async def test_an_element_can_be_created_found_changed_and_removed(root: str, tmp_path: Path) -> None:
    async with served(tmp_path, METADATA) as platform:
        guid = await create(platform, "term", root)
        one = f"{root}/metadata-elements/{guid}"
        element = (await platform.get(one))["element"]
        assert element["elementGUID"] == guid
        assert element["type"]["typeName"] == "GlossaryTerm"
        assert "Referenceable" in element["type"]["superTypeNames"]
        assert element["elementProperties"]["propertyValueMap"]["displayName"]["primitiveValue"] == "TERM"

        by_name = {"class": "UniqueNameRequestBody", "name": "term", "namePropertyName": "qualifiedName"}
        found = await platform.post(root + "/metadata-elements/guid-by-unique-name", by_name)
        assert found == {"class": "GUIDResponse", "relatedHTTPCode": 200, "guid": guid}

        body = {"class": "UpdatePropertiesRequestBody", "properties": properties(summary="short")}
        assert (await platform.post(one + "/update-properties", body))["relatedHTTPCode"] == 200
        changed = (await platform.post(one))["element"]
        assert set(changed["elementProperties"]["propertyValueMap"]) == {"qualifiedName", "displayName", "summary"}
        assert changed["versions"]["version"] == 2

        assert (await platform.post(one + "/delete"))["relatedHTTPCode"] == 200
        assert (await platform.get(one))["exceptionErrorMessageId"] == "OMRS-REPOSITORY-404-002"


async def test_elements_can_be_searched(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA) as platform:
        for name in ("one", "two", "tower"):
            await create(platform, name)
        body = {
            "class": "SearchStringRequestBody",
            "searchString": "tw",
            "startsWith": True,
            "typeName": "GlossaryTerm",
        }
        answer = await platform.post(ROOT + "/metadata-elements/by-search-string", body)
        assert len(answer["elementList"]) == 1

        condition = {"property": "displayName", "operator": "EQ", "value": text("TOWER")}
        body = {"metadataElementTypeName": "GlossaryTerm", "searchProperties": {"conditions": [condition]}}
        answer = await platform.post(ROOT + "/metadata-elements/by-search-conditions", body)
        assert len(answer["elements"]) == 1
        condition["operator"] = "LIKE"
        answer = await platform.post(ROOT + "/metadata-elements/by-search-conditions", body)
        assert (answer["relatedHTTPCode"], answer["exceptionErrorMessageId"]) == (501, "OMAG-COMMON-501-001")


async def test_numbered_pages_skip_no_element_while_others_are_removed(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA) as platform:
        guids = {name: await create(platform, f"term {name}") for name in "abcdef"}
        seen: list[str] = []
        while True:
            body = {"searchString": "term", "startFrom": len(seen), "pageSize": 2}
            found = (await platform.post(ROOT + "/metadata-elements/by-search-string", body))["elementList"]
            if not found:
                break
            seen += [each["elementGUID"] for each in found]
            await platform.post(f"{ROOT}/metadata-elements/{found[0]['elementGUID']}/delete")
        assert seen == list(guids.values())


async def test_native_pages_have_a_cursor_to_the_next(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA) as platform:
        guids = [await create(platform, f"term {number}") for number in range(5)]
        for query in ("type=GlossaryTerm", "text=term", "name=term*"):
            seen: list[str] = []
            path = f"/api/v1/servers/cocoMDS1/elements?{query}&limit=2"
            page = await platform.get(path)
            while "cursor" in page:
                seen += [each["guid"] for each in page["elements"]]
                page = await platform.get(f"{path}&cursor={page['cursor']}")
            seen += [each["guid"] for each in page["elements"]]
            assert seen == guids
            assert "indexedTo" not in page
        refused = await platform.get("/api/v1/servers/cocoMDS1/elements?cursor=x")
        assert "cursor" in refused["detail"]


async def test_relationships_and_classifications_can_be_added_and_removed(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA) as platform:
        first, second = await create(platform, "first"), await create(platform, "second")
        ends = {"typeName": "SemanticAssignment", "metadataElement1GUID": first, "metadataElement2GUID": second}
        made = await platform.post(ROOT + "/related-elements", ends)
        related = (await platform.get(f"{ROOT}/related-elements/{first}/any-type"))["relatedElementList"]["elementList"]
        assert [each["relationshipGUID"] for each in related] == [made["guid"]]
        assert related[0]["element"]["elementGUID"] == second

        classified = f"{ROOT}/metadata-elements/{first}/classifications/Confidentiality"
        await platform.post(classified, {"properties": properties(levelIdentifier="3")})
        element = (await platform.get(f"{ROOT}/metadata-elements/{first}"))["element"]
        assert [each["classificationName"] for each in element["classifications"]] == ["Confidentiality"]
        await platform.post(classified + "/delete")
        element = (await platform.get(f"{ROOT}/metadata-elements/{first}"))["element"]
        assert element["classifications"] == []


async def test_an_element_can_only_be_changed_by_its_source(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA) as platform:
        guid = await create(platform, "theirs", externalSourceName="their catalogue")
        one = f"{ROOT}/metadata-elements/{guid}"
        answer = await platform.post(one + "/delete")
        assert (answer["relatedHTTPCode"], answer["exceptionErrorMessageId"]) == (403, "OMRS-REPOSITORY-403-001")
        assert answer["exceptionClassName"].endswith("UserNotAuthorizedException")
        assert (await platform.post(one + "/delete", {"externalSourceName": "their catalogue"}))[
            "relatedHTTPCode"
        ] == 200


async def test_an_element_without_a_qualified_name_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA) as platform:
        body = {"typeName": "GlossaryTerm", "properties": properties(displayName="nameless")}
        response = await platform.http.post(platform.url + ROOT + "/metadata-elements", json=body)
        assert response.status_code == 400
        assert "$.properties.qualifiedName" in response.json()["exceptionErrorMessage"]
