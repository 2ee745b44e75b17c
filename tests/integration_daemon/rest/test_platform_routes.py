"""The routes of the platform: services, servers, starting and stopping."""

from pathlib import Path

import pytest

from tests.integration_daemon.rest.platforms import daemon_document, served

PLATFORM = "/open-metadata/platform-services/users/garygeeke/server-platform"


@pytest.mark.parametrize(
    "path",
    [
        "/servers/exchangeDL01/platform-services/users/garygeeke/server-platform/registered-services/integration-services",
        "/servers/x/open-metadata/platform-services/users/garygeeke/server-platform/registered-services",
        PLATFORM + "/registered-services/integration-services",
        "/open-metadata/platform-services/server-platform/registered-services",
    ],
)
async def test_the_registered_services_are_listed_as_on_the_page(path: str, tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        answer = await platform.get(path)
    assert list(answer) == ["class", "relatedHTTPCode", "services"]
    assert answer["class"] == "RegisteredOMAGServicesResponse"
    assert [each["serviceURLMarker"] for each in answer["services"]] == [
        "files-integrator", "security-integrator", "database-integrator", "lineage-integrator", "catalog-integrator",
        "organization-integrator",
    ]  # fmt: skip
    assert answer["services"][1] == {
        "serviceName": "Security Integrator OMIS",
        "serviceURLMarker": "security-integrator",
        "serviceDescription": "Distribute security properties to security enforcement points.",
        "serviceWiki": "https://odpi.github.io/services/omis/security-integrator/overview/",
    }


@pytest.mark.parametrize(
    "root",
    [
        "/open-metadata/admin-services/users/garygeeke/servers/exchangeDL01",
        PLATFORM + "/servers/exchangeDL01",
        "/open-metadata/platform-services/server-platform/servers/exchangeDL01",
        "/open-metadata/server-operations/servers/exchangeDL01",
    ],
)
async def test_a_server_can_be_stopped_started_and_forgotten(root: str, tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        assert (await platform.get(PLATFORM + "/servers/active"))["serverList"] == ["exchangeDL01"]
        await platform.http.delete(platform.url + root + "/instance")
        assert (await platform.get(PLATFORM + "/servers/active"))["serverList"] == []
        status = await platform.get(root + "/instance/status")
        assert status["isActive"] is False
        assert len(status["serverHistory"]) == 1

        started = await platform.post(root + "/instance")
        assert started["successMessage"].endswith(
            "[Open Metadata Repository Services (OMRS), Files Integrator OMIS, Integration Daemon Services]"
        )
        await platform.http.delete(platform.url + root)
        assert (await platform.get(PLATFORM + "/servers"))["serverList"] == []
        answer = await platform.post(root + "/instance")
        assert answer["exceptionErrorMessageId"] == "OMAG-PLATFORM-404-002"


async def test_a_server_can_be_started_with_a_document_in_the_request(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        path = PLATFORM + "/servers/sent/instance/configuration"
        answer = await platform.post(path, daemon_document("sent", tmp_path))
        assert answer["class"] == "SuccessMessageResponse"
        again = await platform.post(path, daemon_document("sent", tmp_path))
        assert (again["relatedHTTPCode"], again["exceptionErrorMessageId"]) == (409, "OMAG-PLATFORM-409-001")

        shown = (await platform.get(path))["omagserverConfig"]
        assert shown["localServerName"] == "sent"
        assert "hunter2" not in str(shown)
        assert "********" in str(shown)


async def test_a_document_with_errors_starts_nothing_and_names_them(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        document = daemon_document("sent", tmp_path)
        connectors = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
        connectors[1]["connectorName"] = "monitor 0"
        answer = await platform.post(PLATFORM + "/servers/sent/instance", document)
        assert "'monitor 0' is already used at $.integrationServicesConfig[0]" in answer["exceptionErrorMessage"]
        connectors[0]["refreshTimeInterval"] = "often"
        response = await platform.http.post(platform.url + PLATFORM + "/servers/sent/instance", json=document)
        assert response.status_code == 400
        assert "integrationConnectorConfigs[0].refreshTimeInterval" in response.json()["exceptionErrorMessage"]
        assert (await platform.get(PLATFORM + "/servers/active"))["serverList"] == []


async def test_the_records_of_the_audit_log_are_counted(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        root = "/servers/exchangeDL01/open-metadata/repository-services/users/garygeeke/audit-log"
        assert len((await platform.get(root + "/severity-definitions"))["severities"]) == 16
        report = (await platform.get(root + "/report"))["report"]
        assert report["severityCount"]["8"] >= 10


async def test_the_health_of_the_platform_is_reported(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        assert (await platform.http.get(platform.url + "/livez")).text == "ok"
        not_ready = await platform.http.get(platform.url + "/readyz")
        assert (not_ready.status_code, not_ready.headers["content-type"]) == (503, "application/problem+json")
        page = await platform.http.get(platform.url + "/")
        assert "default-src 'self'" in page.headers["content-security-policy"]
