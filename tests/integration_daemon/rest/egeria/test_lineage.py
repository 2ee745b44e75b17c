"""Processes and lineage at the routes of Egeria's Asset Manager OMAS, with bodies as its client writes them."""

from pathlib import Path
from typing import Any

from tests.integration_daemon.rest.egeria.test_files import native
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, Served, served

MANAGER = "/servers/cocoMDS1/open-metadata/access-services/asset-manager/users/npa"


async def third_party(platform: Served) -> dict[str, str]:
    body = {"class": "AssetManagerProperties", "qualifiedName": "scheduler"}
    guid = (await platform.post(MANAGER + "/asset-managers", body))["guid"]
    assert (await platform.get(MANAGER + "/asset-managers/by-name/scheduler"))["guid"] == guid
    assert "guid" not in await platform.get(MANAGER + "/asset-managers/by-name/nobody")
    return {"assetManagerGUID": guid, "assetManagerName": "scheduler"}


async def process(platform: Served, name: str, owner: dict[str, str], *, is_home: bool = True) -> str:
    body = {
        "metadataCorrelationProperties": {**owner, "externalIdentifier": f"id of {name}"},
        "elementProperties": {"class": "ProcessProperties", "qualifiedName": name, "displayName": name.upper()},
    }
    home = str(is_home).lower()
    answer = await platform.post(f"{MANAGER}/processes?assetManagerIsHome={home}", body)
    assert answer["relatedHTTPCode"] == 200, answer
    guid: str = answer["guid"]
    return guid


async def test_a_process_belongs_to_its_third_party_or_to_the_server(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        owner = await third_party(platform)
        theirs = await process(platform, "load", owner)
        await process(platform, "clean", owner, is_home=False)
        found = await native(platform, "type=Process")
        sources = {each["properties"]["qualifiedName"]: each.get("metadataSource", "") for each in found}
        assert sources == {"load": "scheduler", "clean": ""}
        known = await native(platform, "type=ExternalId")
        assert {each["properties"]["qualifiedName"] for each in known} == {
            "ExternalId::scheduler::id of load",
            "ExternalId::scheduler::id of clean",
        }
        changed = {"elementProperties": {"qualifiedName": "load", "description": "nightly"}}
        path = f"{MANAGER}/processes/{theirs}"
        refused = await platform.post(f"{path}?isMergeUpdate=true", changed)
        assert refused["exceptionErrorMessageId"] == "OMRS-REPOSITORY-403-001"
        done = await platform.post(f"{path}?isMergeUpdate=true", changed | {"metadataCorrelationProperties": owner})
        assert done["relatedHTTPCode"] == 200
        bean = (await platform.post(path + "/retrieve", owner))["element"]["processProperties"]
        assert (bean["displayName"], bean["description"]) == ("LOAD", "nightly")
        listed = await platform.post(f"{MANAGER}/processes/by-asset-manager?startFrom=0&pageSize=5", owner)
        assert [each["elementHeader"]["guid"] for each in listed["elementList"]] == [theirs]
        assert (await platform.post(path + "/remove", owner))["relatedHTTPCode"] == 200
        named = await platform.post(f"{MANAGER}/processes/by-name?startFrom=0&pageSize=5", {"name": "load"})
        assert "elementList" not in named


async def test_lineage_is_made_changed_and_removed(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        owner = await third_party(platform)
        load, clean = await process(platform, "load", owner), await process(platform, "clean", owner)

        async def related() -> list[Any]:
            found = await platform.get(f"/api/v1/servers/cocoMDS1/elements/{load}")
            return [each for each in found["relationships"] if each["typeName"] != "ExternalIdLink"]

        way = f"{MANAGER}/data-flows/suppliers/{load}/consumers/{clean}?assetManagerIsHome=true"
        made = (await platform.post(way, owner | {"properties": {"class": "DataFlowProperties", "label": "a"}}))["guid"]
        (flow,) = await related()
        assert (flow["typeName"], flow["end1Guid"], flow["properties"]) == ("DataFlow", load, {"label": "a"})
        await platform.post(f"{MANAGER}/data-flows/{made}/update", owner | {"properties": {"label": "b"}})
        (flow,) = await related()
        assert flow["properties"] == {"label": "b"}
        assert (await platform.post(f"{MANAGER}/data-flows/{made}/remove", owner))["relatedHTTPCode"] == 200
        assert await related() == []
        answer = await platform.post(f"{MANAGER}/data-flows/{made}/remove", owner)
        assert answer["exceptionErrorMessageId"] == "OMAG-REPOSITORY-HANDLER-404-012"

        for path, kind in (
            (f"/control-flows/current-steps/{load}/next-steps/{clean}", "ControlFlow"),
            (f"/process-calls/callers/{load}/called/{clean}", "ProcessCall"),
            (f"/lineage-mappings/sources/{load}/destinations/{clean}", "LineageMapping"),
            (f"/processes/parent/{load}/child/{clean}", "ProcessHierarchy"),
        ):
            assert (await platform.post(MANAGER + path, owner))["relatedHTTPCode"] == 200
            assert [each["typeName"] for each in await related()][-1] == kind
        await platform.post(f"{MANAGER}/processes/parent/{load}/child/{clean}/remove", owner)
        assert {each["typeName"] for each in await related()} == {"ControlFlow", "ProcessCall", "LineageMapping"}
