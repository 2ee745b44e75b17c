"""Classes and endpoints that are not allowed are refused with their place, and neither loaded nor reached."""

import sys
from pathlib import Path
from typing import Any

import pytest
import trio

from audit.errors import DescribedError
from integration_daemon.config.document import Isolation, OMAGServerConfig
from integration_daemon.config.load import convert
from integration_daemon.config.platform_file import PlatformFile
from integration_daemon.platform.embedded_store import require_usable
from integration_daemon.supervision.connector.state import ConnectorState
from services.allowance import Allowance
from services.errors import PropertyServerError
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider
from tests.integration_daemon.rest.platforms import Served, daemon_document, served

CONNECTOR = "$.integrationServicesConfig[0].integrationConnectorConfigs[0].connection"
CHANGES = "/servers/exchangeDL01/open-metadata/integration-daemon/users/erin/integration-connectors/monitor%200"


def document(directory: Path, **changes: Any) -> OMAGServerConfig:
    """The document of a daemon whose one connector has these changes to its connection."""
    raw = daemon_document("exchangeDL01", directory, 1)
    raw["integrationServicesConfig"][0]["integrationConnectorConfigs"][0]["connection"] |= changes
    return convert(raw, "test")


def connector_type(name: str) -> dict[str, Any]:
    return {"connectorType": {"connectorProviderClassName": name}}


async def refusal(platform: Served, config: OMAGServerConfig) -> str:
    with pytest.raises(DescribedError) as refused:
        await platform.platform.start_server(config)
    assert not platform.platform.servers
    return str(refused.value)


async def until(platform: Served, state: ConnectorState) -> Any:
    """The connector, once it is in a state."""
    while True:
        connector = platform.platform.servers["exchangeDL01"].daemon.connector("monitor 0")  # type: ignore[union-attr]
        if connector.state is state:
            return connector
        await trio.sleep(0.01)


async def test_a_class_that_is_not_allowed_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "planted_class.py").write_text("class Planted: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    allowance = Allowance(connectors=("data-files-monitor", "example.*"))
    async with served(tmp_path, allowance=allowance) as platform:
        said = await refusal(platform, document(tmp_path, **connector_type("planted_class.Planted")))
        place = f"{CONNECTOR}.connectorType.connectorProviderClassName"
        assert f"{place}: OMAG-PLATFORM-400-101 The platform does not allow the connector class planted_class" in said
        assert "planted_class" not in sys.modules


@pytest.mark.parametrize(
    "pattern",
    [
        "data-files-monitor",
        "data-*",
        "services.files.*",
        "org.odpi.openmetadata.adapters.connectors.integration.basicfiles.*",
    ],
)
async def test_an_installed_connector_is_allowed_by_any_of_its_names(pattern: str, tmp_path: Path) -> None:
    async with served(tmp_path, allowance=Allowance(connectors=(pattern,))) as platform:
        await platform.platform.start_server(document(tmp_path))


async def test_a_directory_that_is_not_allowed_is_not_read(tmp_path: Path) -> None:
    allowance = Allowance(endpoints=(str(tmp_path / "allowed"),))
    async with served(tmp_path, allowance=allowance) as platform:
        said = await refusal(platform, document(tmp_path))
        assert f"{CONNECTOR}.endpoint.address: the platform does not allow connections to {tmp_path}/landing 0" in said


async def test_a_changed_connection_is_held_to_what_is_allowed(tmp_path: Path) -> None:
    allowance = Allowance(connectors=("data-files-monitor",), endpoints=(str(tmp_path / "landing 0"),))
    async with served(tmp_path, allowance=allowance) as platform:
        await platform.platform.start_server(document(tmp_path))
        monitor = await until(platform, ConnectorState.WAITING)
        for path, body, message in (
            ("endpoint-network-address", {"string": "/etc"}, "OMAG-PLATFORM-400-102"),
            ("connection", {**connector_type("data-files-monitor"), "endpoint": {"address": "/etc"}}, "400-102"),
            ("connection", connector_type("data-folder-monitor"), "OMAG-PLATFORM-400-101"),
        ):
            answer = await platform.post(f"{CHANGES}/{path}", body)
            assert message in answer["exceptionErrorMessageId"]
        assert monitor.config.connection.address == f"{tmp_path}/landing 0"
        assert monitor.incarnations == 1
        within = {"string": str(tmp_path / "landing 0" / "deeper")}
        assert (await platform.post(f"{CHANGES}/endpoint-network-address", within))["relatedHTTPCode"] == 200


@pytest.mark.parametrize("isolation", ["none", "process"])
async def test_a_directory_that_is_replaced_by_a_link_is_not_read(isolation: str, tmp_path: Path) -> None:
    config = document(tmp_path)
    for service in config.integration_services_config or ():
        for connector in service.integration_connector_configs or ():
            connector.isolation = Isolation(isolation)
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "customers.csv").write_text("a,b\n")
    landing = tmp_path / "landing 0"
    async with served(tmp_path, allowance=Allowance(endpoints=(str(landing),))) as platform:
        await platform.platform.start_server(config)
        await until(platform, ConnectorState.WAITING)
        landing.rmdir()
        landing.symlink_to(tmp_path / "secret")
        await platform.post("/api/v1/servers/exchangeDL01/connectors/monitor%200/refresh")
        failed = await until(platform, ConnectorState.FAILED)
        assert f"does not allow connections to {landing}, which is {tmp_path}/secret" in failed.failure.message


async def test_a_document_from_rest_has_its_audit_log_written_where_the_platform_lists_it(tmp_path: Path) -> None:
    raw = daemon_document("exchangeDL01", tmp_path, 1)
    file = PlatformFile(log_directories=(str(tmp_path / "logs"),))
    async with served(tmp_path, file=file) as platform:
        for name, is_written in (("audit", True), ("../audit", False)):
            destination = {**connector_type("file"), "endpoint": {"address": f"{tmp_path}/logs/{name}"}}
            raw["repositoryServicesConfig"] = {"auditLogConnections": [destination]}
            if is_written:
                await platform.platform.start_server(convert(raw, "test"))
                await platform.platform.stop_server("exchangeDL01")
            else:
                assert "OMAG-PLATFORM-400-200" in await refusal(platform, convert(raw, "test"))
    assert "OMAG-ADMIN-0004" in (tmp_path / "logs" / "audit").read_text()
    assert not (tmp_path / "audit").exists()


class OfAnotherPackage(FilesIntegratorConnector):
    """Looks at nothing by itself before it connects."""

    provider = ConnectorProvider(description="for this test", endpoint_is_path=True)

    async def refresh(self) -> None:
        """Connect to whatever the address leads to."""


async def test_a_connector_of_another_package_is_not_made_with_an_address_that_leads_out(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "allowed").mkdir()
    (tmp_path / "allowed" / "link").symlink_to(tmp_path / "secret")
    made = connector_type(f"{__name__}.{OfAnotherPackage.__name__}")
    config = document(tmp_path, **made, endpoint={"address": f"{tmp_path}/allowed/link"})
    async with served(tmp_path, allowance=Allowance(endpoints=(str(tmp_path / "allowed"),))) as platform:
        await platform.platform.start_server(config)
        failed = await until(platform, ConnectorState.FAILED)
        assert f"does not allow connections to {tmp_path}/allowed/link, which is {tmp_path}/secret" in (
            failed.failure.message
        )


@pytest.mark.parametrize("option", ["hostaddr=10.0.0.1", "passfile=/etc/passwords", "sslkeylogfile=/tmp/anywhere"])
def test_the_address_of_a_metadata_store_has_no_option_that_leads_to_files_of_this_machine(option: str) -> None:
    with pytest.raises(PropertyServerError, match=f"the option {option.partition('=')[0]}"):
        require_usable(f"postgresql://db.example/store?{option}", Allowance())


async def test_metadata_stores_metadata_servers_and_documents_of_users_are_held_to_what_is_allowed(
    tmp_path: Path,
) -> None:
    raw = daemon_document("exchangeDL01", tmp_path, 1)
    raw["metadataStore"] = "postgresql://evil.example/store"
    raw["integrationServicesConfig"][0] |= {"omagserverPlatformRootURL": "https://evil.example", "omagserverName": "a"}
    users = {"address": "/etc/passwd"}
    raw["serverSecurityConnection"] = {
        "connectorType": {"connectorProviderClassName": "coco-pharmaceuticals"},
        "endpoint": users,
    }
    async with served(tmp_path, allowance=Allowance(endpoints=(str(tmp_path), "good.example"))) as platform:
        said = await refusal(platform, convert(raw, "test"))
        assert "$.metadataStore: the platform does not allow connections to evil.example:5432/store" in said
        url = "$.integrationServicesConfig[0].omagserverPlatformRootURL"
        assert f"{url}: the platform does not allow connections to evil.example:443" in said
        assert "$.serverSecurityConnection.endpoint.address: the platform does not allow" in said


async def test_a_store_whose_options_lead_elsewhere_is_not_connected_to(tmp_path: Path) -> None:
    raw = daemon_document("exchangeDL01", tmp_path, 1)
    raw["metadataStore"] = "postgresql://good.example/store?host=evil.example"
    async with served(tmp_path, allowance=Allowance(endpoints=(str(tmp_path), "good.example"))) as platform:
        assert "does not allow connections to evil.example:5432/store" in await refusal(platform, convert(raw, "test"))
