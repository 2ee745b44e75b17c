"""Connections in the form in which clients of Egeria read them: each object names its class."""

from typing import Any

from msgspec.structs import replace

from integration_daemon.supervision.connector.managed import ManagedConnector
from services.framework.connection import Connection, EmbeddedConnection
from services.framework.discretion import for_showing


def shown_connection(connector: ManagedConnector) -> Any:
    """The connection of a connector, without its secrets; a Struct for the many connections without secrets."""
    bean = as_bean(connector.config.connection)
    return bean if connector.audit_log.conceal is None else for_showing(bean)


def as_bean(connection: Connection) -> Connection:
    """A connection whose objects name their classes, without which Java clients cannot decode them."""
    kind, endpoint, embedded = connection.connector_type, connection.endpoint, connection.embedded_connections
    return replace(
        connection,
        class_=connection.class_ or ("VirtualConnection" if embedded else "Connection"),
        connector_type=kind and replace(kind, class_=kind.class_ or "ConnectorType"),
        endpoint=endpoint and replace(endpoint, class_=endpoint.class_ or "Endpoint"),
        embedded_connections=embedded and [_embedded(each) for each in embedded],
    )


def _embedded(each: EmbeddedConnection) -> EmbeddedConnection:
    inner = each.embedded_connection
    return replace(each, class_=each.class_ or "EmbeddedConnection", embedded_connection=inner and as_bean(inner))
