"""The versions of configuration documents over REST: list, show, compare, restore, roll back."""

import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from integration_daemon.config import versions as config_versions
from integration_daemon.supervision.messages import ENDPOINT_CHANGED
from tests.integration_daemon.rest.platforms import Served, daemon_document, served

SERVER = "/api/v1/servers/exchangeDL01"
COMPATIBLE = "/servers/exchangeDL01/open-metadata/integration-daemon/users/garygeeke/integration-connectors"


@asynccontextmanager
async def daemon(tmp_path: Path) -> AsyncIterator[tuple[Served, dict[str, Any]]]:
    document = daemon_document("exchangeDL01", tmp_path)
    async with served(tmp_path, document) as platform:
        yield platform, document


def connectors_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    return found


async def versions(platform: Served) -> list[tuple[int, str]]:
    answer = await platform.get(SERVER + "/documents")
    return [(each["number"], each["how"]) for each in answer["versions"]]


async def addresses(platform: Served) -> list[str]:
    answer = await platform.get("/open-metadata/admin-services/users/u/servers/exchangeDL01/instance/configuration")
    return [each["connection"]["endpoint"]["address"] for each in connectors_of(answer["omagserverConfig"])]


async def test_a_change_over_rest_is_a_new_version(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = str(tmp_path / "other")
    async with daemon(tmp_path) as (platform, _):
        await platform.post(f"{COMPATIBLE}/monitor 1/endpoint-network-address", {"string": other})
        assert await versions(platform) == [(2, "CHANGED"), (1, "STARTED")]
        newest = (await platform.get(SERVER + "/documents"))["versions"][0]
        assert (newest["user"], newest["detail"]) == ("garygeeke", "endpoint address of connector monitor 1")

        difference = await platform.get(SERVER + "/documents/difference")
        path = "integrationServicesConfig[files-integrator].integrationConnectorConfigs[monitor 1].connection"
        first = str(tmp_path / "landing 1")
        assert difference == {
            "from": 1, "to": 2, "differences": [{"path": f"{path}.endpoint.address", "old": first, "new": other}],
        }  # fmt: skip
        assert (await addresses(platform))[1] == other

        await platform.platform.stop_server("exchangeDL01")
        await platform.platform.start_stored_server("exchangeDL01")
        assert (await addresses(platform))[1] == other
        assert len(await versions(platform)) == 2


async def test_changed_properties_and_connections_are_kept(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (platform, document):
        body = {"connectorName": "monitor 0", "configurationProperties": {"allowCatalogDelete": True}}
        await platform.post(f"{COMPATIBLE}/configuration-properties", body)
        connection = {**connectors_of(document)[1]["connection"], "clearPassword": "hunter3"}
        await platform.post(f"{COMPATIBLE}/monitor 1/connection", connection)
        assert [how for _, how in await versions(platform)] == ["CHANGED", "CHANGED", "STARTED"]
        answer = await platform.http.get(platform.url + SERVER + "/documents/difference?from=1&to=3")
        paths = [each["path"].rpartition("].")[2] for each in answer.json()["differences"]]
        assert paths == ["connection.configurationProperties", "connection.clearPassword"]
        assert "hunter" not in answer.text


async def test_a_version_is_shown_without_secrets_and_kept_for_this_user_alone(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (platform, _):
        answer = await platform.http.get(platform.url + SERVER + "/documents/1")
        assert answer.json()["document"]["localServerName"] == "exchangeDL01"
        assert "hunter2" not in answer.text
        directory = tmp_path / "data" / "servers" / "exchangeDL01" / "config" / "documents"
        assert "hunter2" in (directory / "1.json").read_text()
        assert {stat.S_IMODE(each.stat().st_mode) for each in directory.iterdir()} == {0o600}
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700


async def test_a_restored_version_is_applied_as_the_newest(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (platform, document):
        connectors_of(document).pop()
        done = await platform.post(SERVER + "/reload", document)
        assert (done["removed"], done["version"]) == (["monitor 1"], 2)
        done = await platform.post(SERVER + "/documents/1/restore?user=garygeeke")
        assert (done["added"], done["version"]) == (["monitor 1"], 3)
        assert await versions(platform) == [(3, "RESTORED"), (2, "SENT"), (1, "STARTED")]


async def test_a_version_is_restored_for_the_next_start_of_a_stopped_server(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (platform, document):
        connectors_of(document).pop()
        await platform.post(SERVER + "/reload", document)
        await platform.platform.stop_server("exchangeDL01")
        assert (await platform.post(SERVER + "/documents/1/restore"))["version"] == 3
        await platform.platform.start_stored_server("exchangeDL01")
        assert len(await addresses(platform)) == 2


async def test_versions_that_are_not_kept_are_refused(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (platform, _):
        assert (await platform.get(SERVER + "/documents/7"))["messageId"] == "INTEGRATION-DAEMON-CONFIG-404-001"
        assert (await platform.get(SERVER + "/documents/difference?from=7"))["status"] == 404
        assert (await platform.get(SERVER + "/documents/.."))["status"] in (400, 404)
        assert (await platform.post(SERVER + "/documents/one/restore"))["status"] == 400
        assert (await platform.get("/api/v1/servers/nobody/documents"))["status"] == 404
        assert (await platform.post(SERVER + "/reload?rollbackAfterSeconds=3601"))["status"] == 400
        assert await versions(platform) == [(1, "STARTED")]


async def test_a_change_that_fails_is_rolled_back_by_itself(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (platform, document):
        connectors_of(document)[1]["connection"]["endpoint"]["address"] = str(tmp_path / "nowhere")
        done = await platform.post(SERVER + "/reload?rollbackAfterSeconds=1", document)
        assert done["version"] == 2
        with trio.fail_after(20):
            record = await audited(platform, "OMAG-ADMIN-0026")
        assert "monitor 1" in str(record)
        assert await versions(platform) == [(3, "ROLLED_BACK"), (2, "SENT"), (1, "STARTED")]
        assert (await addresses(platform))[1] == str(tmp_path / "landing 1")


async def test_a_change_is_rolled_back_to_the_version_in_effect_however_many_have_been_stored_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_versions, "MOST_VERSIONS", 2)
    async with daemon(tmp_path) as (platform, document):
        for name in "abc":
            await platform.post(f"/open-metadata/admin-services/servers/exchangeDL01/organization-name?name={name}")
        assert [number for number, _ in await versions(platform)] == [4, 3, 1]
        connectors_of(document)[1]["connection"]["endpoint"]["address"] = str(tmp_path / "nowhere")
        await platform.post(SERVER + "/reload?rollbackAfterSeconds=1", document)
        with trio.fail_after(20):
            await audited(platform, "OMAG-ADMIN-0026")
        assert await versions(platform) == [(6, "ROLLED_BACK"), (5, "SENT")]
        assert (await addresses(platform))[1] == str(tmp_path / "landing 1")


async def test_a_change_that_comes_up_healthy_stays(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (platform, document):
        connectors_of(document)[1]["refreshTimeInterval"] = 20
        await platform.post(SERVER + "/reload?rollbackAfterSeconds=1", document)
        with trio.fail_after(20):
            await audited(platform, "OMAG-ADMIN-0025")
        assert await versions(platform) == [(2, "SENT"), (1, "STARTED")]


async def test_a_later_change_is_not_rolled_back_with_the_earlier_one(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (platform, document):
        connectors_of(document)[1]["connection"]["endpoint"]["address"] = str(tmp_path / "nowhere")
        await platform.post(SERVER + "/reload?rollbackAfterSeconds=1", document)
        assert (await platform.get(SERVER + "/documents"))["trial"]["previous"] == 1
        connectors_of(document)[0]["refreshTimeInterval"] = 20
        await platform.post(SERVER + "/reload", document)
        with trio.fail_after(20):
            await audited(platform, "OMAG-ADMIN-0027")
        assert await versions(platform) == [(3, "SENT"), (2, "SENT"), (1, "STARTED")]


async def audited(platform: Served, message_id: str) -> dict[str, Any]:
    """The record of a message, once it is there."""
    while True:
        path = f"{SERVER}/audit-log?messageId={message_id}&waitSeconds=20"
        if records := (await platform.get(path))["records"]:
            found: dict[str, Any] = records[0]
            return found


async def test_asterisks_in_a_document_that_is_sent_back_keep_the_stored_secret(tmp_path: Path) -> None:
    stored = tmp_path / "data" / "servers" / "exchangeDL01" / "config" / "documents"
    async with daemon(tmp_path) as (platform, _):
        shown = (await platform.get(SERVER + "/documents/1"))["document"]
        assert connectors_of(shown)[1]["connection"]["clearPassword"] == "********"
        connectors_of(shown)[1]["refreshTimeInterval"] = 20
        assert (await platform.post(SERVER + "/reload", shown))["changed"] == ["monitor 1"]
        assert (stored / "2.json").read_text().count("hunter2") == 2
        assert "***" not in (stored / "2.json").read_text()

        connectors_of(shown)[1]["connectorName"] = "monitor 9"
        refused = await platform.post(SERVER + "/reload", shown)
        assert (refused["status"], refused["messageId"]) == (400, "INTEGRATION-DAEMON-CONFIG-400-006")
        assert "integrationConnectorConfigs[1].connection.clearPassword" in refused["detail"]
        assert await versions(platform) == [(2, "SENT"), (1, "STARTED")]


async def test_a_changed_document_is_checked_before_it_is_applied(tmp_path: Path) -> None:
    async with daemon(tmp_path) as (platform, _):
        shown = (await platform.get(SERVER + "/documents/1"))["document"]
        connectors_of(shown)[1]["refreshTimeInterval"] = 20
        checked = await platform.post(SERVER + "/documents/check", shown)
        assert [each["severity"] for each in checked["problems"]] == ["warning"] * 2  # the passwords are written out
        (changed,) = checked["differences"]
        assert (changed["path"].rpartition(".")[2], changed["old"], changed["new"]) == ("refreshTimeInterval", 10, 20)

        connectors_of(shown)[1]["connectorName"] = "monitor 9"
        shown["localServerName"] = "another"
        checked = await check(platform, json.dumps(shown, indent=2).encode())
        errors = {each["path"]: each for each in checked["problems"] if each["severity"] == "error"}
        place = "$.integrationServicesConfig[0].integrationConnectorConfigs[1].connection.clearPassword"
        assert set(errors) == {"$.localServerName", place}
        line = json.dumps(shown, indent=2).splitlines()[errors[place]["line"] - 1]
        assert line.strip().startswith('"clearPassword"')
        assert checked["differences"] == []

        shown["localServerType"] = "hunter2"
        checked = await platform.http.post(platform.url + SERVER + "/documents/check", json=shown)
        assert "'********' is not a server type" in checked.text  # no problem quotes a stored secret

        (broken,) = (await check(platform, b'{\n  "localServerName": "x",\n  "a" 1}'))["problems"]
        assert (broken["path"], broken["line"]) == ("$", 3)
        (twice,) = (await check(platform, b'{"a": 1,\n"a": 2}'))["problems"]
        assert (twice["path"], twice["line"]) == ("$.a", 2)
        assert (await check(platform, b"[]"))["problems"][0]["path"] == "$"
        assert await versions(platform) == [(1, "STARTED")]
        records = await platform.get(SERVER + "/audit-log?limit=1000&text=documents/check")
        assert records["records"] == []  # a check changes nothing


async def check(platform: Served, content: bytes) -> Any:
    return (await platform.http.post(platform.url + SERVER + "/documents/check", content=content)).json()


async def test_a_changed_place_of_a_template_changes_its_connector_alone(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path, connectors=3)
    block = {**connectors_of(document)[0], "connectorName": "monitor {number}"}
    block["connection"] = {**block["connection"], "endpoint": {"address": str(tmp_path / "landing {directory}")}}
    block["places"] = [{"number": number, "directory": number} for number in range(3)]
    document["integrationServicesConfig"][0]["integrationConnectorConfigs"] = [block]
    async with served(tmp_path, document) as platform:
        page = await platform.get("/api/v1/connectors")
        assert [each["connectorName"] for each in page["connectors"]] == ["monitor 0", "monitor 1", "monitor 2"]
        block["places"][1:] = [{"number": 1, "directory": 2}, {"number": 3, "directory": 2}]
        done = await platform.post(SERVER + "/reload", document)
        assert (done["changed"], done["added"], done["removed"]) == (["monitor 1"], ["monitor 3"], ["monitor 2"])
        assert done["unchanged"] == 1

        shown = (await platform.get(SERVER + "/documents/2"))["document"]
        assert connectors_of(shown)[0]["places"] == block["places"]
        difference = await platform.get(SERVER + "/documents/difference")
        template = "integrationServicesConfig[files-integrator].integrationConnectorConfigs[monitor {number}].places"
        assert [(each["path"], each.get("old"), each.get("new")) for each in difference["differences"]] == [
            (f"{template}[1].directory", 1, 2),
            (f"{template}[2]", {"number": 2, "directory": 2}, None),
            (f"{template}[3]", None, {"number": 3, "directory": 2}),
        ]

        await platform.post(f"{COMPATIBLE}/monitor 1/endpoint-network-address", {"string": str(tmp_path)})
        assert await versions(platform) == [(2, "SENT"), (1, "STARTED")]  # the document has no place for this
        log = await platform.get(f"{SERVER}/audit-log?messageId={ENDPOINT_CHANGED.id}")
        told = log["records"][-1]["record"]
        assert "it lasts until the document is applied again" in told["systemAction"]
        assert "change its place in the document" in told["userAction"]
        assert (await platform.post(SERVER + "/reload", document))["changed"] == ["monitor 1"]
