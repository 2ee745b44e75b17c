"""Importing a module runs it, so nothing is imported only because a caller names it."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration_daemon.rest.platforms import Served, daemon_document, served

DAEMON = "/servers/exchangeDL01/open-metadata/integration-daemon/users/me"
OTHER_VALIDATE = "/servers/exchangeDL01/open-metadata/integration-services/files-integrator/users/me/validate-connector"
MODULE = '''
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider

class Guest(FilesIntegratorConnector):
    """A connector of somebody else."""

    provider = ConnectorProvider(description="A guest.")

    async def refresh(self) -> None:
        """Nothing."""
'''
REFUSED = "OCF-CONNECTION-400-020"


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The dotted path of a class that can be imported and has not been imported yet."""
    (tmp_path / "a_guest.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "a_guest", raising=False)
    return "a_guest.Guest"


def connection(provider: str) -> dict[str, Any]:
    return {"connectorType": {"connectorProviderClassName": provider}, "endpoint": {"address": "x"}}


async def asked(platform: Served, provider: str) -> list[Any]:
    """The answers of all routes that accept a class name."""
    return [
        await platform.get(f"{DAEMON}/validate-connector/{provider}"),
        await platform.get(f"{OTHER_VALIDATE}/{provider}"),
        await platform.post(f"{DAEMON}/integration-connectors/monitor 0/connection", connection(provider)),
    ]


async def test_a_class_named_only_by_a_caller_is_not_imported(named: str, tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document("exchangeDL01", tmp_path)) as platform:
        for provider in (named, named.replace(".", ":"), "a_guest", "lib2to3.__main__.x", "a_guest.Nothing"):
            for answer in await asked(platform, provider):
                assert answer["exceptionErrorMessageId"] == REFUSED
                assert answer["relatedHTTPCode"] == 400
        assert "a_guest" not in sys.modules
        assert "lib2to3.__main__" not in sys.modules
        connectors = (await platform.get("/api/v1/connectors"))["connectors"]
        assert {each["incarnation"] for each in connectors} == {1}
        assert not any("failure" in each for each in connectors)


async def test_classes_that_are_installed_or_in_the_document_are_accepted(named: str, tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path)
    connectors = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    connectors[1]["connection"] = connection(named)
    async with served(tmp_path, document) as platform:
        for provider in (named, "data-folder-monitor"):
            for answer in await asked(platform, provider):
                assert answer["relatedHTTPCode"] == 200, answer
        report = (await platform.get(f"{DAEMON}/validate-connector/{named}"))["connectorReport"]
        assert report["connectorType"]["description"] == "A guest."


async def test_a_new_document_may_name_another_class(named: str, tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path)
    async with served(tmp_path, document) as platform:
        connectors = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
        connectors[1]["connection"] = connection(named)
        assert (await platform.post("/api/v1/servers/exchangeDL01/reload", document))["changed"] == ["monitor 1"]
        assert (await platform.get(f"{DAEMON}/validate-connector/{named}"))["relatedHTTPCode"] == 200


async def test_a_changed_restart_policy_changes_its_connectors(tmp_path: Path) -> None:
    document = daemon_document("exchangeDL01", tmp_path)
    async with served(tmp_path, document) as platform:
        done = await platform.post("/api/v1/servers/exchangeDL01/reload", {**document, "restartPolicy": "automatic"})
        assert (done["added"], done["changed"], done["removed"]) == ([], ["monitor 0", "monitor 1"], [])
