"""Creation of a connector and its context, for a daemon, a connector process or a connection test."""

from typing import Any

import trio

from audit.log import AuditLog
from services.allowance import Allowance
from services.framework.broker import ConnectorClass, find_connector_class, make_connector, require_class
from services.framework.connection import Connection
from services.framework.connector import IntegrationConnector
from services.framework.context import ContextSettings
from services.framework.host import Host
from services.framework.service import IntegrationService
from services.metadata.store import MetadataStore


def connector_class_for(service: IntegrationService, settings: ContextSettings) -> ConnectorClass:
    """The class of a configured connector.

    Raises `ConnectorConfigurationError` if there is none, and `WrongConnectorClassError` if it belongs to another
    service.
    """
    connector_class = find_connector_class(settings.connection.provider, settings.connector_name, settings.allowance)
    require_class(service, connector_class, settings.connector_name)
    return connector_class


async def require_allowed_endpoints(settings: ContextSettings, connector_class: ConnectorClass) -> None:
    """Raise `ConnectorConfigurationError` if a connection has an address that the platform does not allow."""
    if settings.allowance.endpoints is not None:
        await trio.to_thread.run_sync(
            _require_endpoints,
            settings.connection,
            settings.connector_name,
            connector_class,
            settings.allowance,
            abandon_on_cancel=True,
        )


def require_allowed_connection(connection: Connection, connector_name: str, allowance: Allowance) -> None:
    """Raise `ConnectorConfigurationError` for a class or an address that the platform does not allow. Blocks."""
    connector_class = find_connector_class(connection.provider, connector_name, allowance)
    _require_endpoints(connection, connector_name, connector_class, allowance)


def _require_endpoints(
    connection: Connection, connector_name: str, connector_class: ConnectorClass, allowance: Allowance
) -> None:
    for address in connection.addresses:
        is_path = connector_class.provider.endpoint_is_path
        allowance.require_address(address, f"the connector {connector_name}", is_path=is_path)


def new_connector(service: IntegrationService, settings: ContextSettings) -> IntegrationConnector[Any]:
    """A configured connector without a context; raises as `connector_class_for` does, and if it cannot be created."""
    return make_connector(connector_class_for(service, settings), settings.connection)


def give_context(
    connector: IntegrationConnector[Any],
    service: IntegrationService,
    settings: ContextSettings,
    store: MetadataStore,
    audit_log: AuditLog,
    host: Host | None = None,
    resources: Any = None,
) -> None:
    """Set a connector's context, connection and name."""
    context = service.context_class(settings, store, audit_log)
    context.host = host
    context.resources = resources
    connector.context = context
    connector.connection = settings.connection
    connector.connector_name = settings.connector_name
