"""The native route that shows the configuration of one connector."""

import trio
from msgspec import UNSET, UnsetType

from integration_daemon.rest.native.connector_answers import ConnectorConfigurationAnswer
from integration_daemon.rest.native.routing import ROOTS, native_get
from integration_daemon.rest.route import Call, Route
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.connector_description import ConnectorDescription
from services.errors import ConnectorConfigurationError
from services.framework.broker import InstalledConnector, find_connector_class
from services.framework.discretion import for_showing
from services.installed import described


async def _configuration(call: Call) -> ConnectorConfigurationAnswer:
    """Show the configuration of a connector without its secrets, and describe its class with its settings."""
    connector = call.daemon.connector(call.parameters["connector"])
    config, allowance = connector.config, call.daemon.environment.allowance
    provider = config.connection.provider

    def describe() -> ConnectorConfigurationAnswer:
        try:
            found = InstalledConnector(provider, find_connector_class(provider, connector.name, allowance))
            description: ConnectorDescription | UnsetType = described(found)
        except ConnectorConfigurationError:
            description = UNSET  # the connector's status names the error
        return ConnectorConfigurationAnswer(configuration=for_showing(config), connector_class=description)

    return await trio.to_thread.run_sync(describe)


ROUTES: tuple[Route, ...] = tuple(
    native_get(
        root + "/connectors/{connector}/configuration", _configuration, Permission.READ_STATUS, ScopeRule.CONNECTOR
    )
    for root in ROOTS
)
