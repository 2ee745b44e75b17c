"""Connector classes and the validation of documents over REST, and the audit log by time."""

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from tests.integration_daemon.rest.platforms import daemon_document, served

VALIDATE = "/api/v1/validate"


async def test_connector_classes_tell_their_settings_and_what_they_need(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path, connectors=1)) as platform:
        listed = (await platform.get("/api/v1/connector-classes"))["connectorClasses"]
        by_name = {each["connector"]["name"]: each for each in listed}
        monitor = by_name["database-monitor"]
        assert monitor["connector"]["service"] == "database-integrator"
        assert monitor["connector"]["rights"]
        schema = monitor["settingsSchema"]
        assert schema["properties"]["statementTimeoutSeconds"]["default"] == 300.0
        assert schema["additionalProperties"] is False


async def test_a_document_is_validated_with_the_place_of_each_problem(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=2)
    async with served(tmp_path, document) as platform:
        assert (await platform.post(VALIDATE, document))["isValid"] is True
        service = document["integrationServicesConfig"][0]
        service["integrationServiceURLMarker"] = "file-integrator"
        service["integrationConnectorConfigs"][1]["refreshTimeInterva"] = 5
        found = await platform.post(VALIDATE, document)
        assert found["isValid"] is False
        by_path = {each["path"]: each for each in found["problems"]}
        place = "$.integrationServicesConfig[0]"
        assert "files-integrator" in str(by_path[f"{place}.integrationServiceURLMarker"])
        misspelt = by_path[f"{place}.integrationConnectorConfigs[1].refreshTimeInterva"]
        assert (misspelt["severity"], "refreshTimeInterval" in misspelt["hint"]) == ("warning", True)
        lines = json.dumps(document, indent=1)
        answer = await platform.http.post(platform.url + VALIDATE, content=lines.encode())
        line = next(each["line"] for each in answer.json()["problems"] if "refreshTimeInterva" in each["path"])
        assert '"refreshTimeInterva": 5' in lines.splitlines()[line - 1]
        refused = await platform.http.post(platform.url + VALIDATE, content=b"{nonsense")
        assert refused.status_code == 400


async def test_the_audit_log_is_queried_by_time_and_message(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path, connectors=1)) as platform:
        await platform.post("/api/v1/connectors/refresh")
        between = quote(datetime.now(UTC).isoformat())
        await platform.post("/api/v1/connectors/monitor%200/pause?user=peter")
        log = "/api/v1/servers/exchangeDL01/audit-log"
        before = (await platform.get(f"{log}?until={between}"))["records"]
        later = (await platform.get(f"{log}?since={between}&waitSeconds=20"))["records"]
        everything = (await platform.get(log))["records"]
        assert before
        assert later
        assert [*before, *later] == [each for each in everything if each["number"] <= later[-1]["number"]]
        message = later[0]["record"]["messageId"]
        found = (await platform.get(f"{log}?messageId={message}&since={between}"))["records"]
        assert {each["record"]["messageId"] for each in found} == {message}
        assert (await platform.get(f"{log}?since=yesterday"))["status"] == 400


async def test_the_configuration_of_a_connector_is_shown_without_secrets_and_with_its_class(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=2)
    configs = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    configs[1]["connection"]["connectorType"]["connectorProviderClassName"] = "nowhere.Missing"
    async with served(tmp_path, document) as platform:
        shown = await platform.get("/api/v1/connectors/monitor%200/configuration")
        assert "hunter2" not in str(shown)
        assert shown["configuration"]["connection"]["endpoint"]["address"] == str(tmp_path / "landing 0")
        described = shown["connectorClass"]
        assert (described["name"], described["service"]) == ("data-files-monitor", "files-integrator")
        assert "watch" in {each["name"] for each in described["settings"]}
        missing = await platform.get("/api/v1/connectors/monitor%201/configuration")
        assert missing["configuration"]["connectorName"] == "monitor 1"
        assert "connectorClass" not in missing
        assert (await platform.get("/api/v1/connectors/nobody/configuration"))["status"] == 400
