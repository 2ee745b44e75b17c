"""Topics, forms, reports, queries and APIs at the routes of the Data Manager OMAS, as its integrators write them."""

from pathlib import Path
from typing import Any

import pytest
import trio

from tests.integration_daemon.rest.egeria.test_databases import DATA_MANAGER
from tests.integration_daemon.rest.egeria.test_files import native, source
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, Served, served

PAGE = "?startFrom=0&pageSize=5"
KINDS = [
    ("topics", "Topic", "eventBrokerIsHome", {"topicType": "orders"}, "event-brokers/{}/broker/topics"),
    ("forms", "Form", "applicationIsHome", {}, "forms/applications/{}/broker"),
    ("reports", "DeployedReport", "applicationIsHome", {"author": "pat"}, "reports/applications/{}/broker"),
    ("queries", "InformationView", "applicationIsHome", {}, "queries/applications/{}/broker"),
    ("apis", "DeployedAPI", "apiManagerIsHome", {}, "apis/api-managers/{}/broker"),
]


async def create(platform: Served, path: str, body: dict[str, Any]) -> Any:
    answer = await platform.post(f"{DATA_MANAGER}/{path}", body)
    assert answer["relatedHTTPCode"] == 200, answer
    return answer.get("guid")


@pytest.mark.parametrize(("path", "kind", "home", "bean", "owned"), KINDS)
async def test_an_asset_belongs_to_its_application_or_to_the_server(
    tmp_path: Path, path: str, kind: str, home: str, bean: dict[str, Any], owned: str
) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        broker = await source(platform, "broker")
        body = {"qualifiedName": "a", "name": "A", **bean, **broker}
        theirs = await create(platform, f"{path}?{home}=true", body)
        await create(platform, f"{path}?{home}=false", {**body, "qualifiedName": "b"})
        found = await native(platform, f"type={kind}")
        sources = {each["properties"]["qualifiedName"]: each.get("metadataSource", "") for each in found}
        assert sources == {"a": "broker", "b": ""}
        listed = await platform.get(f"{DATA_MANAGER}/{owned.format(broker['externalSourceGUID'])}{PAGE}")
        (mine,) = listed["elementList"]
        assert mine["elementHeader"]["guid"] == theirs
        properties = next(value for name, value in mine.items() if name != "elementHeader")
        assert {"name": "A", **bean}.items() <= properties.items()

        await create(platform, f"{path}/{theirs}?isMergeUpdate=true", {"description": "new", **broker})
        named = await platform.post(f"{DATA_MANAGER}/{path}/by-name{PAGE}", {"name": "a"})
        (again,) = named["elementList"]
        changed = next(value for name, value in again.items() if name != "elementHeader")
        assert (changed["name"], changed["description"]) == ("A", "new")
        wrong = await platform.post(f"{DATA_MANAGER}/{path}/{theirs}/b/delete", broker)
        assert wrong["relatedHTTPCode"] == 404
        await create(platform, f"{path}/{theirs}/a/delete", broker)
        assert len(await native(platform, f"type={kind}")) == 1


@pytest.mark.parametrize(
    ("whole", "part", "kind"), [("topics", "event-types", "EventType"), ("apis", "api-operations", "APIOperation")]
)
async def test_the_parts_of_a_topic_or_an_api_are_listed_and_deleted_with_it(
    tmp_path: Path, whole: str, part: str, kind: str
) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        guid = await create(platform, whole, {"qualifiedName": "whole", "name": "W"})
        for name in ("one", "two"):
            await create(platform, f"{whole}/{guid}/{part}", {"qualifiedName": name, "displayName": name.upper()})
        listed = (await platform.get(f"{DATA_MANAGER}/{whole}/{guid}/{part}{PAGE}"))["elementList"]
        assert [each["properties"]["displayName"] for each in listed] == ["ONE", "TWO"]
        assert len(await native(platform, "type=SchemaType")) == 3  # the structure between is made once
        part_guid = listed[0]["elementHeader"]["guid"]
        refused = await platform.post(f"{DATA_MANAGER}/{whole}/{part_guid}/{part}", {"qualifiedName": "three"})
        assert refused["exceptionErrorMessageId"] == "OMAG-REPOSITORY-HANDLER-404-001"
        await create(platform, f"{whole}/{guid}/whole/delete", {})
        assert await native(platform, f"type={kind}") == []


async def test_times_of_reports_are_taken_in_milliseconds(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        await create(platform, "reports", {"qualifiedName": "r", "createTime": 1795558457115})
        (report,) = await native(platform, "type=DeployedReport")
        assert report["properties"]["createdTime"] == "2026-11-24T22:14:17.115+00:00"


WRONG = [
    ("databases/tables/columns", {"elementPosition": "first"}, "properties.elementPosition"),
    ("databases/tables/columns", {"elementPosition": "1"}, "properties.elementPosition"),
    ("databases/tables/columns", {"nullable": "yes"}, "properties.nullable"),
    ("databases/tables", {"aliases": "a"}, "properties.aliases"),
    ("databases/tables", {"displayName": 7}, "properties.displayName"),
    ("databases/tables/columns", {"defaultValue": 7}, "properties.defaultValue"),
    ("databases", {"additionalProperties": {"a": 1}}, "properties.additionalProperties"),
    ("databases", {"extendedProperties": "none"}, "properties.extendedProperties"),
    ("databases", {"createTime": -1}, "properties.createTime"),
    ("databases/tables", {"elementPosition": 2**63}, "properties.elementPosition"),
    ("databases", {"typeName": 5}, "properties.typeName"),
]


@pytest.mark.parametrize(("path", "bean", "place"), WRONG)
async def test_a_value_of_a_wrong_type_is_refused_with_the_name_of_its_property(
    tmp_path: Path, path: str, bean: dict[str, Any], place: str
) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        body = {"properties": {"qualifiedName": "x", **bean}}
        answer = await platform.post(f"{DATA_MANAGER}/{path}", body)
        assert (answer["relatedHTTPCode"], answer["class"]) == (400, "GUIDResponse")
        assert answer["exceptionClassName"].endswith(".InvalidParameterException")
        assert answer["exceptionErrorMessageId"] == "OMAG-COMMON-400-042"
        assert place in answer["exceptionErrorMessage"]
        assert await native(platform, "type=Referenceable") == []


async def test_values_of_wrong_types_are_refused_at_the_generic_routes_too(tmp_path: Path) -> None:
    store = "/servers/cocoMDS1/open-metadata/framework-services/data-manager/open-metadata-store/users/npa"
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        body = {"typeName": "RelationalColumn", "properties": {"qualifiedName": "x", "position": "first"}}
        answer = await platform.post(f"{store}/metadata-elements/new", body)
        assert answer["relatedHTTPCode"] == 400
        assert "properties.position" in answer["exceptionErrorMessage"]


async def test_a_table_is_not_catalogued_in_a_file(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        body = {"typeName": "CSVFile", "pathName": "/data/a.csv"}
        file = (await platform.post(f"{DATA_MANAGER}/filesystems/data-files", body))["guids"][-1]
        table = {"parentGUID": file, "properties": {"qualifiedName": "t"}}
        refused = await platform.post(f"{DATA_MANAGER}/databases/tables", table)
        assert refused["exceptionErrorMessageId"] == "OMAG-REPOSITORY-HANDLER-404-001"
        assert await native(platform, "type=RelationalTable") == []


async def test_of_requests_that_create_one_name_at_once_exactly_one_succeeds(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        answers: list[Any] = []

        async def attempt(number: int) -> None:
            bean = {"qualifiedName": "one", "displayName": f"attempt {number}"}
            answers.append(await platform.post(f"{DATA_MANAGER}/topics", bean))

        async with trio.open_nursery() as nursery:
            for number in range(8):
                nursery.start_soon(attempt, number)
        (made,) = [each for each in answers if each["relatedHTTPCode"] == 200]
        others = {each["exceptionErrorMessageId"] for each in answers if each is not made}
        assert others == {"OMAG-COMMON-409-001"}
        (topic,) = await native(platform, "type=Topic")
        assert (topic["guid"], topic["version"]) == (made["guid"], 1)
