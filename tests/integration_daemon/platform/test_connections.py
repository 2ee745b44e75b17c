"""Probing the connections of a document."""

import sys

import pytest

from integration_daemon.config.document import (
    IntegrationConnectorConfig,
    IntegrationServiceConfig,
    OMAGServerConfig,
)
from integration_daemon.config.platform_file import EMPTY
from integration_daemon.platform.connections import probe_connections
from services.files.service import FilesIntegratorConnector
from services.framework.connector import ConnectorProvider
from services.framework.permitted_synchronization import PermittedSynchronization
from tests.integration_daemon.supervision.rig import connection_to


async def test_a_store_without_its_driver_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    config = OMAGServerConfig(local_server_name="daemon", metadata_store="postgresql://metadata@127.0.0.1/catalogue")

    (tried,) = await probe_connections(config, None, EMPTY)

    assert tried.name == "metadata store"
    assert "integration-daemon[postgres]" in tried.problem
    assert tried.failure_kind == "CONFIGURATION"
    assert tried.user_action


class Looking(FilesIntegratorConnector):
    """A connector that reports its permitted synchronization."""

    provider = ConnectorProvider(description="Tells what it is permitted.")

    async def probe(self) -> str:
        """The permitted synchronization that it was given."""
        return self.context.settings.permitted_synchronization.value


@pytest.mark.parametrize("level", ["connector", "service"])
async def test_a_connector_is_probed_with_the_permitted_synchronization_of_the_document(level: str) -> None:
    chosen = PermittedSynchronization.BOTH_DIRECTIONS
    connector = IntegrationConnectorConfig(connector_name="a", connection=connection_to(Looking))
    service = IntegrationServiceConfig(
        integration_service_url_marker="files-integrator", integration_connector_configs=[connector]
    )
    if level == "connector":
        connector.permitted_synchronization = chosen
    else:
        service.default_permitted_synchronization = chosen
    config = OMAGServerConfig(local_server_name="daemon", integration_services_config=[service])

    (tried,) = await probe_connections(config, None, EMPTY)

    assert (tried.seen, tried.problem) == (chosen.value, "")
