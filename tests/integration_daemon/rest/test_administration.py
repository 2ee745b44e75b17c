"""Building, changing and deleting stored documents by the routes of Egeria's administration services."""

from pathlib import Path
from typing import Any

import trio

from tests.integration_daemon.rest.administered import (
    OF_6X,
    SERVER,
    SERVERS,
    SERVICE,
    STATUS,
    VERSIONS,
    connector,
    delete,
    done,
    stored,
    versions,
    written_by_hand,
)
from tests.integration_daemon.rest.platforms import daemon_document, served


async def test_a_document_that_is_built_step_by_step_is_the_one_that_is_written_by_hand(tmp_path: Path) -> None:
    landing = tmp_path / "landing"
    landing.mkdir()
    (landing / "one.csv").write_text("a,b\n")
    async with served(tmp_path / "by hand", written_by_hand(landing)) as platform:
        expected = await stored(platform)
    async with served(tmp_path / "step by step") as platform:
        await done(platform, "/server-type?typeName=Integration%20Daemon")
        await done(platform, "/organization-name?name=Coco%20Pharmaceuticals")
        await done(platform, "/max-page-size?limit=50")
        await done(platform, "/server-user-id?id=exchangeDL01npa")
        await done(platform, "/server-description", content=b"Reads the landing area.")
        await done(
            platform, "/server-url-root-for-caller", {"class": "URLRequestBody", "urlRoot": "https://localhost:9443"}
        )
        await done(platform, "/server-properties", {"stopDeadlineSeconds": 5})
        await done(platform, "/audit-log-destinations/console", ["Trace"])
        await done(platform, "/audit-log-destinations/files?directoryName=errors", ["Error", "Exception"])
        body = {"class": "IntegrationServiceRequestBody", "integrationServiceOptions": {}}
        await done(platform, SERVICE, {**body, "integrationConnectorConfigs": [connector(landing)]})
        assert await stored(platform) == expected

        answer = await platform.post(SERVER + "/instance")
        assert "Files Integrator OMIS" in answer["successMessage"]
        await platform.post(STATUS.replace("status", "refresh"))
        (service,) = (await platform.get(STATUS))["integrationServiceSummaries"]
        (report,) = service["integrationConnectorReports"]
        assert (report["connectorStatus"], "lastRefreshTime" in report) == ("RUNNING", True)
        found = await platform.get("/api/v1/servers/exchangeDL01/elements?type=DataFile")
        assert "one.csv" in str(found)


async def test_each_change_is_a_version_that_says_who_changed_what(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        await done(platform, "/organization-name?name=Coco")
        await platform.post(OF_6X + "/max-page-size?limit=7&delegatingUserId=peterprofile")
        await done(platform, "/max-page-size?limit=7")
        assert await versions(platform) == [(2, "maxPageSize"), (1, "organizationName")]
        newest, first = (await platform.get(VERSIONS))["versions"]
        assert (newest["user"], first["user"], first["how"]) == ("peterprofile", "garygeeke", "CHANGED")
        await done(platform, "/server-type?typeName=Integration%20Daemon")
        await platform.post(f"{VERSIONS}/1/restore")
        assert (await stored(platform)).get("maxPageSize") is None
        assert (await platform.post(f"{VERSIONS}/3/restore"))["version"] == 5


async def test_a_change_with_errors_is_refused_with_an_error_for_each_field(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        await done(platform, "/organization-name?name=Coco")
        wrong = connector(tmp_path, refreshTimeInterval="often", usesBlockingCalls="perhaps")
        answer = await platform.post(SERVER + SERVICE, {"integrationConnectorConfigs": [wrong]})
        place = "$.integrationConnectorConfigs[0]"
        assert answer["relatedHTTPCode"] == 400
        assert {f"{place}.refreshTimeInterval", f"{place}.usesBlockingCalls"} <= set(answer["exceptionProperties"])

        body = {"omagserverPlatformRootURL": "nowhere", "omagserverName": "cocoMDS1"}
        twice = [connector(tmp_path), connector(tmp_path)]
        answer = await platform.post(SERVER + SERVICE, {**body, "integrationConnectorConfigs": twice})
        assert answer["exceptionErrorMessageId"] == "OMAG-PLATFORM-400-005"
        place = "$.integrationServicesConfig[0]"
        assert {f"{place}.omagserverPlatformRootURL", f"{place}.integrationConnectorConfigs[1].connectorName"} <= set(
            answer["exceptionProperties"]
        )
        for path, request in (
            ("/max-page-size?limit=many", {}),
            ("/max-page-size", {}),
            ("/server-type?typeName=Integration%20Demon", {}),
            ("/server-properties", {"json": {"organisationName": "Coco"}}),
            ("/server-url-root", {}),
            ("/audit-log-destinations/console", {"json": ["Errors"]}),
            ("/audit-log-destinations/event-topic", {"json": []}),
            ("/audit-log-destinations/files?directoryName=/etc", {"json": []}),
            ("/integration-services/file-integrator", {"json": {}}),
            ("/integration-services/configuration/all", {"json": {}}),
            ("/integration-services/configuration", {"json": []}),
            ("/configuration", {"json": {"class": "OMAGServerConfigResponse", "relatedHTTPCode": 404}}),
            ("/security/connection", {"json": {"connectorType": {"connectorProviderClassName": "nobody"}}}),
        ):
            answer = await platform.post(SERVER + path, **request)
            assert answer["relatedHTTPCode"] == 400, (path, answer)
        assert await versions(platform) == [(1, "organizationName")]


async def test_a_document_may_be_incomplete_until_its_server_is_started(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        await done(platform, "/server-type?typeName=Integration%20Daemon")
        answer = await platform.post(SERVER + "/instance")
        assert answer["exceptionErrorMessageId"] == "OMAG-PLATFORM-400-002"
        assert "at least one service" in answer["exceptionProperties"]["$.integrationServicesConfig"]
        await done(platform, f"{SERVICE}/connectors/landing", connector(tmp_path))
        assert "successMessage" in await platform.post(SERVER + "/instance")
        assert (await delete(platform, SERVER + SERVICE))["relatedHTTPCode"] == 400
        assert (await delete(platform, SERVER + "/integration-services"))["relatedHTTPCode"] == 400


async def test_a_running_server_has_a_change_when_it_is_reloaded_or_started_again(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path, connectors=1)) as platform:
        await done(platform, f"{SERVICE}/connectors/landing", connector(tmp_path / "landing 0"))
        await done(platform, "/organization-name?name=Coco")
        daemon = platform.platform.servers["exchangeDL01"].daemon
        assert daemon is not None
        assert [each.name for each in daemon.connectors] == ["monitor 0"]
        answer = await platform.get(VERSIONS)
        assert (answer["inEffect"], answer["versions"][0]["number"]) == (1, 3)

        reloaded = await platform.post("/api/v1/servers/exchangeDL01/reload?rollbackAfterSeconds=3600")
        assert (reloaded["added"], reloaded["needsRestart"]) == (["landing"], ["organizationName"])
        answer = await platform.get(VERSIONS)
        assert (answer["inEffect"], answer["trial"]["previous"]) == (3, 1)


async def test_a_change_that_waits_is_kept_when_a_connection_is_changed(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        await done(platform, f"{SERVICE}/connectors/landing", connector(tmp_path / "landing 0"))
        root = "/servers/exchangeDL01/open-metadata/integration-daemon/integration-connectors"
        await platform.post(f"{root}/monitor 1/endpoint-network-address", {"string": str(tmp_path)})
        (service,) = (await stored(platform))["integrationServicesConfig"]
        names = [each["connectorName"] for each in service["integrationConnectorConfigs"]]
        assert names == ["monitor 0", "monitor 1", "landing"]
        assert service["integrationConnectorConfigs"][1]["connection"]["endpoint"]["address"] == str(tmp_path)
        assert (await platform.get(VERSIONS))["inEffect"] == 1


async def test_connectors_services_and_groups_are_added_replaced_and_removed(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        one, other = (connector(tmp_path, connectorName=name) for name in ("one", "other"))
        await done(platform, SERVICE, {"integrationConnectorConfigs": [one]})
        await done(platform, f"{SERVICE}/connectors/other", other)
        await done(platform, f"{SERVICE}/connectors/one", {**one, "refreshTimeInterval": 5})
        shown = await platform.get(f"{OF_6X}{SERVICE}/connectors/one")
        assert shown["config"]["refreshTimeInterval"] == 5
        await delete(platform, f"{SERVER}{SERVICE}/connectors/one")
        shown = await platform.get(f"{SERVER}{SERVICE}/connectors/one")
        assert (shown["relatedHTTPCode"], shown["exceptionProperties"]["known"]) == (404, "other")

        second = {"integrationServiceURLMarker": "database-integrator"}
        await done(platform, "/integration-services/configuration", second)
        await done(platform, "/integration-services/configuration", second)
        configured = (await platform.get(SERVER + "/integration-services"))["services"]
        assert [each["serviceURLMarker"] for each in configured] == ["files-integrator", "database-integrator"]
        await done(platform, "/integration-services/configuration/all", [second])
        assert (await delete(platform, SERVER + SERVICE))["relatedHTTPCode"] == 404
        await delete(platform, SERVER + "/integration-services/database-integrator")
        assert "integrationServicesConfig" not in await stored(platform)

        for name in ("a", "b"):
            await done(platform, "/integration-groups/configuration", {"integrationGroupQualifiedName": name})
        await delete(platform, SERVER + "/integration-groups/a")
        assert (await delete(platform, SERVER + "/integration-groups/a"))["relatedHTTPCode"] == 404
        listed = (await platform.get(SERVER + "/integration-groups/configuration"))["groups"]
        assert [each["integrationGroupQualifiedName"] for each in listed] == ["b"]
        await delete(platform, SERVER + "/integration-groups")
        assert "dynamicIntegrationGroupsConfig" not in await stored(platform)


async def test_audit_log_destinations_are_added_replaced_and_removed(tmp_path: Path) -> None:
    async def destinations() -> list[tuple[str, Any]]:
        found = (await platform.get(SERVER + "/audit-log-destinations")).get("connections", [])
        return [
            (
                each["connectorType"]["connectorProviderClassName"],
                each.get("configurationProperties", {}).get("supportedSeverities"),
            )
            for each in found
        ]

    async with served(tmp_path) as platform:
        await done(platform, "/audit-log-destinations/files", ["Error"])
        await done(platform, "/audit-log-destinations/default")
        assert await destinations() == [("console", None)]
        await done(platform, "/audit-log-destinations/console", [])
        ((_, all_of_them),) = await destinations()
        assert "Trace" in all_of_them
        await done(platform, "/audit-log-destinations/slf4j", ["Error"])
        await done(platform, "/audit-log-destinations/files", ["info"])
        own = {"qualifiedName": "mine", "connectorType": {"connectorProviderClassName": "file"}}
        await done(platform, "/audit-log-destinations/connection", own)
        own["configurationProperties"] = {"supportedSeverities": ["Action"]}
        await done(platform, "/audit-log-destinations/connection/mine", own)
        await delete(platform, SERVER + "/audit-log-destinations/connection/console")
        assert await destinations() == [("python-logging", ["Error"]), ("json-lines", ["info"]), ("file", ["Action"])]
        answer = await delete(platform, SERVER + "/audit-log-destinations/connection/console")
        assert (answer["relatedHTTPCode"], answer["exceptionProperties"]["known"]) == (
            404,
            "python-logging, json-lines, mine",
        )
        await delete(platform, SERVER + "/audit-log-destinations")
        assert await destinations() == []


async def test_a_masked_secret_keeps_the_stored_one_and_is_never_stored(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path)
    path = tmp_path / "data" / "servers" / "exchangeDL01" / "config" / "exchangeDL01.config"
    async with served(tmp_path, document) as platform:
        shown = await stored(platform)
        assert "hunter2" not in str(shown)
        await done(platform, "/configuration", {**shown, "organizationName": "Coco"})
        (service,) = shown["integrationServicesConfig"]
        service["integrationConnectorConfigs"].reverse()
        await done(platform, SERVICE, service)
        assert path.read_text().count("hunter2") == 2
        service["integrationConnectorConfigs"][0]["connectorName"] = "another"
        refused = await platform.post(SERVER + SERVICE, service)
        place = "$.integrationServicesConfig[0].integrationConnectorConfigs[0].connection.clearPassword"
        assert "asterisks" in refused["exceptionProperties"][place]
        for sent in (SERVER + "/configuration", "/api/v1/servers/exchangeDL01/reload"):
            assert "400" in str(await platform.post(sent, {**shown, "metadataStorePassword": "********"}))
        reloaded = await platform.post("/api/v1/servers/exchangeDL01/reload", await stored(platform))
        assert (reloaded["unchanged"], path.read_text().count("hunter2")) == (2, 2)
        assert "********" not in path.read_text()


async def test_a_masked_secret_of_a_connection_keeps_the_one_that_the_connector_has(tmp_path: Path) -> None:
    root = "/servers/exchangeDL01/open-metadata/integration-daemon/integration-connectors"
    document = daemon_document("exchangeDL01", tmp_path)
    (service,) = document["integrationServicesConfig"]
    connection = service["integrationConnectorConfigs"][0]["connection"]
    connection["configurationProperties"] = {"apiToken": "hunter3"}
    path = tmp_path / "data" / "servers" / "exchangeDL01" / "config" / "exchangeDL01.config"
    async with served(tmp_path, document) as platform:
        shown = (await platform.get(f"{SERVER}{SERVICE}/connectors/monitor 0"))["config"]["connection"]
        assert (await platform.post(f"{root}/monitor 0/connection", shown))["relatedHTTPCode"] == 200
        for properties in ({"apiToken": "********", "allowCatalogDelete": True}, {"otherToken": "********"}):
            body = {"connectorName": "monitor 0", "configurationProperties": properties}
            answer = await platform.post(f"{root}/configuration-properties", body)
        assert "asterisks" in answer["exceptionProperties"]["$.configurationProperties.otherToken"]
        assert ("hunter2" in path.read_text(), "hunter3" in path.read_text()) == (True, True)
        assert "********" not in path.read_text()


async def test_a_document_is_deleted_when_its_server_does_not_run(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        assert (await delete(platform, SERVER + "/configuration"))["relatedHTTPCode"] == 409
        await delete(platform, SERVER + "/instance")
        assert (await delete(platform, SERVER + "/configuration"))["relatedHTTPCode"] == 200
        assert (await platform.get(SERVER + "/configuration"))["relatedHTTPCode"] == 404
        for path in ("/configuration", SERVICE, "/integration-services", "/audit-log-destinations"):
            assert (await delete(platform, SERVER + path))["relatedHTTPCode"] == 404
        assert (await platform.get(SERVERS + "/nobody/server-properties"))["relatedHTTPCode"] == 404
        assert (await platform.post(SERVERS + "/.hidden/organization-name?name=x"))["relatedHTTPCode"] == 400


async def test_changes_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        async with trio.open_nursery() as nursery:
            for number in range(20):
                body = connector(tmp_path, connectorName=f"c{number}")
                nursery.start_soon(done, platform, f"{SERVICE}/connectors/c{number}", body)
        (service,) = (await stored(platform))["integrationServicesConfig"]
        assert len(service["integrationConnectorConfigs"]) == 20
        assert [number for number, _ in await versions(platform)] == list(range(20, 0, -1))


async def test_properties_are_shown_set_and_unset(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        given = {
            "organizationName": "Coco",
            "localServerPassword": "hunter2",
            "maxPageSize": 5,
            "restartPolicy": "automatic",
        }
        await done(platform, "/server-properties", {"class": "ServerPropertiesRequestBody", **given})
        await done(platform, "/server-properties", {"maxPageSize": None, "localServerUserId": "npa"})
        shown = (await platform.get(SERVER + "/server-properties"))["basicServerProperties"]
        assert shown == {
            "organizationName": "Coco",
            "localServerPassword": "********",
            "localServerUserId": "npa",
            "restartPolicy": "automatic",
        }
        await done(platform, "/organization-name?name=")
        assert "organizationName" not in await stored(platform)
        await done(platform, "/event-bus?topicURLRoot=egeria", {"producer": {"sasl.jaas.config": "hunter2"}})
        shown = (await platform.get(SERVER + "/event-bus"))["config"]
        assert (shown["topicURLRoot"], "hunter2" in str(shown)) == ("egeria", False)
        await delete(platform, SERVER + "/event-bus")
        assert "config" not in await platform.get(SERVER + "/event-bus")
        coco = {"connectorType": {"connectorProviderClassName": "coco-pharmaceuticals"}}
        await done(platform, "/security/connection", coco)
        assert (await platform.get(SERVER + "/security/connection"))["connection"] == coco
        await delete(platform, SERVER + "/security/connection")
        assert "connection" not in await platform.get(SERVER + "/security/connection")


async def test_placeholders_have_the_values_of_the_platform_when_a_document_is_used(tmp_path: Path) -> None:
    variables = SERVERS.replace("/servers", "/stores/placeholder-variables")
    running = SERVER + "/instance/configuration"
    async with served(tmp_path) as platform:
        await done(platform, "/organization-name?name=~{organization}~")
        await done(platform, f"{SERVICE}/connectors/landing", connector(tmp_path, connectorUserId="~{user}~"))
        refused = await platform.post(SERVER + "/instance")
        assert "organization is not set" in refused["exceptionProperties"]["$.organizationName"]

        given = {"organization": "Coco", "user": "npa", "secretPassword": "hunter2"}
        assert (await platform.post(variables, given))["relatedHTTPCode"] == 200
        shown = (await platform.get(variables))["stringMap"]
        assert shown == {**given, "secretPassword": "********"}
        await platform.post(variables, {**shown, "user": "npa2"})
        kept = await platform.get(variables.replace("/users/garygeeke", ""))
        assert (kept["stringMap"]["user"], kept["stringMap"]["secretPassword"]) == ("npa2", "********")
        assert "hunter2" in (tmp_path / "data" / "placeholder-variables.json").read_text()
        assert (await platform.post(variables, {"new": "********"}))["relatedHTTPCode"] == 400
        assert (await platform.post(variables, {"~{": "x"}))["relatedHTTPCode"] == 400
        assert (await platform.post(variables, ["organization"]))["relatedHTTPCode"] == 400

        assert "successMessage" in await platform.post(SERVER + "/instance")
        assert (await platform.get(running))["omagserverConfig"]["organizationName"] == "Coco"
        assert (await stored(platform))["organizationName"] == "~{organization}~"
        await platform.post(variables + "/organization", {"string": "Oak"})
        assert (await delete(platform, variables + "/secretPassword"))["relatedHTTPCode"] == 200
        reloaded = await platform.post("/api/v1/servers/exchangeDL01/reload")
        assert reloaded["needsRestart"] == ["organizationName"]

        root = "/servers/exchangeDL01/open-metadata/integration-daemon/integration-connectors"
        (tmp_path / "oak").mkdir()
        await platform.post(variables + "/root", {"string": str(tmp_path)})
        placed = connector(tmp_path)["connection"]
        placed["endpoint"]["address"], placed["userId"] = "~{root}~", "~{user}~"
        await done(platform, f"{SERVICE}/connectors/landing", connector(tmp_path, connection=placed))
        await platform.post("/api/v1/servers/exchangeDL01/reload")
        await platform.post(f"{root}/landing/endpoint-network-address", {"string": str(tmp_path / "oak")})
        found = (await platform.get(f"{SERVER}{SERVICE}/connectors/landing"))["config"]["connection"]
        assert (found["endpoint"]["address"], found["userId"]) == (str(tmp_path / "oak"), "~{user}~")

        await delete(platform, variables)
        assert (await platform.get(variables))["stringMap"] == {}
        assert (await platform.post("/api/v1/servers/exchangeDL01/reload"))["status"] == 400
