"""The compatible routes of the integration daemon, over HTTP."""

from pathlib import Path
from typing import Any

import pytest

from integration_daemon.config.load import convert
from tests.integration_daemon.rest.platforms import (
    METADATA_SERVER_DOCUMENT,
    Served,
    daemon_document,
    served,
)

ROOT = "/servers/exchangeDL01/open-metadata/integration-daemon"
USER = ROOT + "/users/garygeeke"
VOID = {"class": "VoidResponse", "relatedHTTPCode": 200}


async def refreshes(platform: Served) -> dict[str, int]:
    """The number of refreshes of each connector, from the audit log."""
    records = (await platform.get("/api/v1/servers/exchangeDL01/audit-log?messageId=INTEGRATION-DAEMON-SERVICES-0043"))[
        "records"
    ]
    names = [each["record"]["messageParameters"][0] for each in records]
    return {name: names.count(name) for name in sorted(set(names))}


async def incarnations(platform: Served) -> list[int]:
    connectors = (await platform.get("/api/v1/servers/exchangeDL01/connectors"))["connectors"]
    return [each["incarnation"] for each in connectors]


@pytest.mark.parametrize(
    "root",
    [USER, ROOT, USER.replace("integration-daemon", "integration_daemon")],
    ids=["2.x to 5.x", "6.x", "pyegeria 5.3"],
)
@pytest.mark.parametrize(
    "path",
    [
        "/integration-connectors/restart",
        "/integration-services/files-integrator/restart",
        "/integration-service/files-integrator/restart",
        "/restart",
    ],
)
async def test_restart_is_accepted_in_every_spelling(root: str, path: str, tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        assert await platform.post(root + path) == VOID
        assert await incarnations(platform) == [2, 2]


@pytest.mark.parametrize("spelling", ["integration-services", "integration-service"])
async def test_restart_by_get_works_as_on_the_page(spelling: str, tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        assert await platform.get(f"{USER}/{spelling}/files-integrator/restart") == VOID
        assert await incarnations(platform) == [2, 2]


@pytest.mark.parametrize(
    ("body", "restarted"),
    [
        (b'{"class":"NameRequestBody","name":"monitor 1"}', [1, 2]),
        (b'"monitor 1"', [1, 2]),
        (b"monitor 1", [1, 2]),
        (b"", [2, 2]),
        (b"null", [2, 2]),
        (b"{}", [2, 2]),
        (b'{"class":"NullRequestBody"}', [2, 2]),
    ],
)
async def test_a_connector_can_be_named_in_the_body(body: bytes, restarted: list[int], tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        assert await platform.post(USER + "/integration-connectors/restart", content=body) == VOID
        assert await incarnations(platform) == restarted


@pytest.mark.parametrize(
    "path", ["/refresh", "/integration-service/files-integrator/refresh", "/integration-connectors/refresh"]
)
async def test_refresh_is_accepted_in_every_form(path: str, tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        await platform.post(USER + path)
        (tmp_path / "landing 1" / "new.csv").touch()
        assert await platform.post(USER + path) == VOID
        elements = (await platform.get("/api/v1/servers/exchangeDL01/elements?type=CSVFile"))["elements"]
        assert [each["properties"]["fileName"] for each in elements] == ["new.csv"]


async def test_the_status_has_the_form_of_each_generation(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        await platform.post(USER + "/refresh")
        status = await platform.get(USER + "/status")
        (of_the_page,), nested = status["integrationServiceSummaries"], status["integrationDaemonStatus"]
        (of_4x,) = nested["integrationServiceSummaries"]
        assert {**of_4x, "integrationConnectorReports": []} == {**of_the_page, "integrationConnectorReports": []}
        assert of_4x["integrationConnectorReports"] == nested["integrationConnectorReports"]
        report = of_the_page["integrationConnectorReports"][0]
        assert (report["connectorStatus"], report["minMinutesBetweenRefresh"]) == ("RUNNING", 10)
        full = of_4x["integrationConnectorReports"][0]
        assert set(full) - set(report) == {
            "connectorId",
            "connection",
            "connectorInstanceId",
            "statistics",
        }
        assert report.items() <= full.items()
        assert full["connection"] == {
            "class": "Connection",
            "connectorType": {"class": "ConnectorType", "connectorProviderClassName": "data-files-monitor"},
            "endpoint": {"class": "Endpoint", "address": f"{tmp_path}/landing 0"},
            "clearPassword": "********",
        }

        newest = await platform.get(ROOT + "/status")
        assert "integrationServiceSummaries" not in newest
        reports = newest["integrationDaemonStatus"]["integrationConnectorReports"]
        assert [each["connectorStatus"] for each in reports] == ["WAITING"] * 2

        await platform.post("/api/v1/servers/exchangeDL01/connectors/monitor 0/pause")
        reports = (await platform.get(ROOT + "/status"))["integrationDaemonStatus"]["integrationConnectorReports"]
        assert [each["connectorStatus"] for each in reports] == ["STOPPED", "WAITING"]


def full_reports(status: dict[str, Any]) -> list[dict[str, Any]]:
    reports: list[dict[str, Any]] = status["integrationDaemonStatus"]["integrationConnectorReports"]
    return reports


async def test_a_report_tells_one_run_of_a_connector_from_the_next_and_shows_its_last_changes(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        await platform.post(USER + "/refresh")
        (tmp_path / "landing 0" / "new.csv").touch()
        await platform.post(USER + "/refresh")
        before = full_reports(await platform.get(USER + "/status"))
        assert before == full_reports(await platform.get(USER + "/status"))
        assert (before[0]["statistics"]["seen"], before[0]["statistics"]["created"]) == (2, 1)
        await platform.post(USER + "/integration-connectors/restart", {"name": "monitor 0"})
        after = full_reports(await platform.get(ROOT + "/status"))
        assert [a["connectorInstanceId"] == b["connectorInstanceId"] for a, b in zip(before, after, strict=True)] == [
            False,
            True,
        ]
        assert len({each["connectorInstanceId"] for each in (*before, *after)}) == 3


async def statuses(platform: Served) -> list[str]:
    """The status of the first connector: on the page, in 4.x and in 6.x."""
    await platform.post(USER + "/refresh")
    status = await platform.get(USER + "/status")
    reports = [
        status["integrationServiceSummaries"][0]["integrationConnectorReports"][0],
        full_reports(status)[0],
        full_reports(await platform.get(ROOT + "/status"))[0],
    ]
    return [each["connectorStatus"] for each in reports]


async def test_a_connector_that_fails_at_its_third_party_is_failed_in_all_generations(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    (tmp_path / "landing 0").rmdir()
    async with served(tmp_path, document) as platform:
        assert await statuses(platform) == ["FAILED"] * 3
        (native,) = (await platform.get("/api/v1/servers/exchangeDL01/connectors"))["connectors"]
        assert (native["state"], native["failure"]["kind"]) == ("FAILED", "CONFIGURATION")
        assert native["failure"]["userAction"]


async def test_a_connector_of_an_unknown_class_has_a_status_of_its_own_since_4x(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    (connector,) = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    connector["connection"]["connectorType"]["connectorProviderClassName"] = "nobody.Knows"
    async with served(tmp_path, document) as platform:
        assert await statuses(platform) == ["FAILED", "CONFIG_FAILED", "CONFIG_FAILED"]


@pytest.mark.parametrize("runs", [False, True], ids=["not running", "no metadata server"])
async def test_a_connector_without_context_has_a_status_of_its_own_since_4x(runs: bool, tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=1)
    async with served(tmp_path) as platform:
        (service,) = document["integrationServicesConfig"]
        name = "exchangeDL01" if runs else "cocoMDS1"
        service |= {"omagserverPlatformRootURL": platform.url, "omagserverName": name}
        await platform.platform.start_server(convert(document, "test"))
        assert await statuses(platform) == ["FAILED", "INITIALIZE_FAILED", "INITIALIZE_FAILED"]


async def test_the_daemon_has_no_integration_groups(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        answer = await platform.get(USER + "/integration-groups/summary")
        assert answer == {"class": "IntegrationGroupSummariesResponse", "relatedHTTPCode": 200}


def error_of(answer: dict[str, Any]) -> tuple[int, str, list[str]]:
    assert answer["exceptionSystemAction"]
    assert answer["exceptionUserAction"]
    assert answer["exceptionErrorMessage"].startswith(answer["exceptionErrorMessageId"])
    return answer["relatedHTTPCode"], answer["exceptionErrorMessageId"], answer["exceptionErrorMessageParameters"]


async def test_an_unknown_server_service_or_connector_is_an_error_in_the_body(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path), METADATA_SERVER_DOCUMENT) as platform:
        answer = await platform.get("/servers/nobody/open-metadata/integration-daemon/users/garygeeke/status")
        assert error_of(answer) == (404, "OMAG-MULTI-TENANT-404-001", ["nobody", "garygeeke"])
        assert answer["class"] == "IntegrationDaemonStatusResponse"
        assert answer["exceptionClassName"].endswith("InvalidParameterException")
        assert answer["exceptionProperties"] == {
            "parameterName": "serverName",
            "serverName": "nobody",
            "server": "nobody",
            "user": "garygeeke",
        }

        answer = await platform.get("/servers/cocoMDS1/open-metadata/integration-daemon/users/garygeeke/status")
        assert error_of(answer)[:2] == (404, "OMAG-MULTI-TENANT-404-002")
        assert answer["exceptionClassName"].endswith("PropertyServerException")

        answer = await platform.post(USER + "/integration-services/nothing/refresh")
        assert error_of(answer) == (400, "INTEGRATION-DAEMON-SERVICES-400-030", ["nothing", "exchangeDL01"])

        answer = await platform.post(USER + "/integration-connectors/restart", {"name": "nobody"})
        assert error_of(answer) == (400, "INTEGRATION-DAEMON-SERVICES-400-031", ["nobody", "exchangeDL01"])


@pytest.mark.parametrize("body", [b'{"name": 5}', b"[1]", b'{"name": ', b"\xff\xfe", b'{"name":"a"} trailing'])
async def test_a_malformed_body_is_refused_with_400(body: bytes, tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        response = await platform.http.post(platform.url + USER + "/refresh", content=body)
        assert response.status_code == 400
        assert error_of(response.json())[0] == 400
        assert await incarnations(platform) == [1, 1]


async def test_unknown_urls_and_wrong_methods_are_answered_in_json(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        for response in (
            await platform.http.get(platform.url + "/nothing/here"),
            await platform.http.delete(platform.url + USER + "/status"),
        ):
            assert response.status_code in (404, 405)
            assert response.json()["relatedHTTPCode"] == response.status_code


async def test_configuration_properties_can_be_read_and_changed(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        path = USER + "/integration-connectors/configuration-properties"
        body = {"connectorName": "monitor 0", "configurationProperties": {"waitForDirectory": True, "apiToken": "abc"}}
        assert await platform.post(path, body) == VOID
        answer = await platform.get(USER + "/integration-connectors/monitor%200/configuration-properties")
        assert answer["properties"] == {"waitForDirectory": True, "apiToken": "********"}
        assert await incarnations(platform) == [2, 1]


async def test_the_endpoint_of_a_connector_can_be_changed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.csv").touch()
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        path = USER + "/integration-connectors/monitor%200/endpoint-network-address"
        assert await platform.post(path, {"class": "StringRequestBody", "string": str(other)}) == VOID
        elements = (await platform.get("/api/v1/servers/exchangeDL01/elements?type=CSVFile"))["elements"]
        assert [each["properties"]["pathName"] for each in elements] == [str(other / "x.csv")]


async def test_odd_server_names_in_urls_are_unknown_servers(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        answer = await platform.get("/servers/..%2f..%0aetc/open-metadata/integration-daemon/users/x/status")
        assert answer["relatedHTTPCode"] == 404
        answer = await platform.get(f"/servers/{'x' * 4000}/open-metadata/integration-daemon/users/x/status")
        assert answer["relatedHTTPCode"] == 404


async def test_a_request_about_a_group_that_is_not_configured_is_refused(tmp_path: Path) -> None:
    name = {"integrationGroupQualifiedName": "Group:Landing"}
    document = {**daemon_document("daemon", tmp_path), "dynamicIntegrationGroupsConfig": [name]}
    async with served(tmp_path, document, daemon_document("other", tmp_path)) as platform:
        for server, group, code in (("daemon", "Group:Other", "034"), ("other", "Group:Landing", "035")):
            for request in ("summary", "refresh-config"):
                path = f"/servers/{server}/open-metadata/integration-daemon/integration-groups/{group}/{request}"
                answer = await platform.get(path)
                assert answer["exceptionErrorMessageId"] == f"INTEGRATION-DAEMON-SERVICES-400-{code}"
        path = "/servers/daemon/open-metadata/integration-daemon/users/peter/integration-groups/summary"
        (summary,) = (await platform.get(path))["integrationGroupSummaries"]
        assert summary["integrationGroupName"] == "Group:Landing"
        assert summary["integrationConnectorReports"] == []
