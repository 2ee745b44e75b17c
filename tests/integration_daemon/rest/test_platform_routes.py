"""The routes of the platform: services, servers, starting and stopping."""

from pathlib import Path

import pytest

from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, daemon_document, served

PLATFORM = "/open-metadata/platform-services/users/garygeeke/server-platform"


OF_A_SERVER = "/servers/exchangeDL01/platform-services/users/garygeeke/server-platform/registered-services"
MARKERS = [
    "files-integrator", "security-integrator", "database-integrator", "lineage-integrator", "catalog-integrator",
    "organization-integrator",
]  # fmt: skip


@pytest.mark.parametrize("path", [OF_A_SERVER, OF_A_SERVER.replace("/platform-s", "/open-metadata/platform-s")])
async def test_the_integration_services_are_listed_as_on_the_page(path: str, tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        answer = await platform.get(path + "/integration-services")
    assert list(answer) == ["class", "relatedHTTPCode", "services"]
    assert answer["class"] == "RegisteredOMAGServicesResponse"
    assert [each["serviceURLMarker"] for each in answer["services"]] == MARKERS
    assert answer["services"][1] == {
        "serviceName": "Security Integrator OMIS",
        "serviceURLMarker": "security-integrator",
        "serviceDescription": "Distribute security properties to security enforcement points.",
        "serviceWiki": "https://odpi.github.io/services/omis/security-integrator/overview/",
    }


@pytest.mark.parametrize(
    "root", [PLATFORM, PLATFORM.replace("/users/garygeeke", ""), "/servers/exchangeDL01" + PLATFORM]
)
async def test_the_services_of_all_kinds_are_listed_with_ids_and_development_status(root: str, tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        services = (await platform.get(root + "/registered-services"))["services"]
        kinds = [
            await platform.get(f"{root}/registered-services/{kind}-services")
            for kind in ("access", "view", "engine", "governance", "common")
        ]
    assert [each["serviceName"] for each in services[-2:]] == [
        "Integration Daemon Services",
        "Open Metadata Repository Services (OMRS)",
    ]
    assert [each["serviceURLMarker"] for each in services[:-2]] == ["asset-manager", "data-manager", *MARKERS]
    assert (services[2]["serviceId"], services[2]["serviceDevelopmentStatus"]) == (4005, "STABLE")
    assert [len(each["services"]) for each in kinds] == [2, 0, 0, 1, 1]


@pytest.mark.parametrize(
    "root",
    [
        "/open-metadata/admin-services/users/garygeeke/servers/exchangeDL01",
        PLATFORM + "/servers/exchangeDL01",
        "/open-metadata/platform-services/server-platform/servers/exchangeDL01",
        "/open-metadata/server-operations/servers/exchangeDL01",
        "/open-metadata/server-operations//servers/exchangeDL01",
    ],
)
async def test_a_server_can_be_stopped_started_and_forgotten(root: str, tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        assert (await platform.get(PLATFORM + "/servers/active"))["serverList"] == ["exchangeDL01"]
        await platform.http.delete(platform.url + root + "/instance")
        assert (await platform.get(PLATFORM + "/servers/active"))["serverList"] == []
        status = await platform.get(PLATFORM + "/servers/exchangeDL01/status")
        assert (status["active"], status["isActive"]) == (False, False)
        assert len(status["serverHistory"]) == 1
        inactive = {"serverName": "exchangeDL01", "serverActiveStatus": "INACTIVE"}
        assert (await platform.get(root + "/instance/status"))["serverStatus"] == inactive

        started = await platform.post(root + "/instance")
        assert started["successMessage"].endswith(
            "[Open Metadata Repository Services (OMRS), Files Integrator OMIS, Integration Daemon Services]"
        )
        services = (await platform.get(root + "/instance/status"))["serverStatus"]["services"]
        assert [each["serviceStatus"] for each in services] == ["RUNNING"] * 3
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


ADMIN = "/open-metadata/admin-services/users/garygeeke/servers"


async def test_the_integration_services_of_a_stored_document_are_shown(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        root = f"{ADMIN}/exchangeDL01/integration-services"
        configured = await platform.get(root)
        assert [each["serviceURLMarker"] for each in configured["services"]] == ["files-integrator"]
        answer = await platform.get(root + "/files-integrator/configuration")
        assert answer["class"] == "IntegrationServiceConfigResponse"
        assert answer["config"]["integrationServiceURLMarker"] == "files-integrator"
        assert "hunter2" not in str(answer)
        assert (await platform.get(root + "/configuration"))["services"] == [answer["config"]]

        assert "config" not in await platform.get(root + "/database-integrator/configuration")
        unknown = await platform.get(root + "/nothing/configuration")
        assert unknown["exceptionErrorMessageId"] == "INTEGRATION-DAEMON-SERVICES-400-010"


@pytest.mark.parametrize(
    ("server", "types"),
    [
        ("exchangeDL01", ["Integration Daemon", "Governance Server", "Open Metadata and Governance (OMAG) Server"]),
        ("cocoMDS1", ["Metadata Access Store", "Cohort Member", "Open Metadata and Governance (OMAG) Server"]),
    ],
)
async def test_the_type_of_a_server_is_shown_with_those_above_it(server: str, types: list[str], tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path), METADATA_SERVER_DOCUMENT) as platform:
        shown = (await platform.get(f"{ADMIN}/{server}/server-type-classification"))["serverTypeClassification"]
    names = []
    while shown is not None:
        names.append(shown["serverTypeName"])
        shown = shown.get("serverSuperType")
    assert names == types


async def test_a_document_is_shown_with_an_audit_trail_as_clients_of_egeria_look_for_it(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        for path in ("configuration", "instance/configuration"):
            assert (await platform.get(f"{ADMIN}/exchangeDL01/{path}"))["omagserverConfig"]["auditTrail"] == []


async def test_the_program_says_what_it_is_to_anybody(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        for path in (PLATFORM + "/origin", "/api/about"):
            answer = await platform.http.get(platform.url + path)
            assert (answer.status_code, answer.text) == (200, platform.platform.origin)


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
