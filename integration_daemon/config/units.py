"""Catalog targets: makes one configuration for each target from the configuration of a connector.

A catalog target runs as a connector of its own, with the connector's class and the settings that the target does not
override, so that the rest of the program need not distinguish it.
"""

import uuid
from collections.abc import Iterator

import msgspec

from integration_daemon.config.document import CatalogTargetConfig, IntegrationConnectorConfig
from integration_daemon.config.templates import Template
from services.framework.connection import Connection

SEPARATOR = "::"
"""Separates the name of a connector from that of its catalog target."""
_TARGET_IDS = uuid.UUID("b1b5a2f5-55a5-4b0a-9d52-7c0e0c0ff6d1")
_PLACE_IDS = uuid.UUID("f0f0d6b1-8a7e-4b52-9f55-3c5d0f4c6a2e")


class ConnectorUnit(IntegrationConnectorConfig, kw_only=True, omit_defaults=True, rename="camel"):
    """The configuration of a connector, or of a catalog target, that differs from the one in the document."""

    target_of: str = ""
    """The name of the connector, if this is one of its catalog targets."""
    element: str = ""
    """The qualified name of the element of the connector, if it belongs to an integration group."""
    refusal: str = ""
    """The reason why the connector cannot be run; it fails with this reason."""


def name_of_target(connector: str, target: str) -> str:
    """The name of a catalog target in statuses and requests."""
    return f"{connector}{SEPARATOR}{target}"


def units_of(config: IntegrationConnectorConfig) -> Iterator[IntegrationConnectorConfig]:
    """The configurations that are run for a connector: its own and those of its catalog targets.

    A connector without an endpoint has those of the targets alone. A template has those of each of its connectors.
    """
    if config.places is not None:
        for each in Template(config).connectors():
            connector_id = str(uuid.uuid5(_PLACE_IDS, f"{config.connector_id}/{each.connector_name}"))
            yield from units_of(msgspec.structs.replace(each, connector_id=connector_id))
        return
    targets = config.catalog_targets
    if not targets:
        yield config
        return
    alone = as_unit(msgspec.structs.replace(config, catalog_targets=None))
    if config.connection.address:
        yield alone
    for target in targets:
        yield for_target(alone, target)


def as_unit(config: IntegrationConnectorConfig, element: str = "") -> ConnectorUnit:
    """The configuration of a connector, in the form for catalog targets."""
    return ConnectorUnit(element=element, **{field: getattr(config, field) for field in _FIELDS})


_FIELDS = IntegrationConnectorConfig.__struct_fields__


def for_target(unit: ConnectorUnit, target: CatalogTargetConfig, *, target_id: str = "") -> ConnectorUnit:
    """The configuration of a connector, which has no targets itself, for one catalog target."""
    name = name_of_target(unit.connector_name, target.catalog_target_name)
    return msgspec.structs.replace(
        unit,
        target_of=unit.connector_name,
        connector_name=name,
        connector_id=target_id or str(uuid.uuid5(_TARGET_IDS, f"{unit.connector_id}/{name}")),
        connection=_connection_for(unit.connection, target),
        metadata_source_qualified_name=target.metadata_source_qualified_name or unit.metadata_source_qualified_name,
        permitted_synchronization=target.permitted_synchronization or unit.permitted_synchronization,
    )


def _connection_for(connection: Connection, target: CatalogTargetConfig) -> Connection:
    """The connection of a connector with the differences of the target. Credentials are replaced as a whole."""
    own = target.connection or _NOTHING
    settings = {
        **(connection.configuration_properties or {}),
        **(own.configuration_properties or {}),
        **(target.configuration_properties or {}),
    }
    changes = {
        "configuration_properties": settings or None,
        "endpoint": own.endpoint or connection.endpoint,
        "embedded_connections": own.embedded_connections or connection.embedded_connections,
    }
    if any(getattr(own, name) for name in _CREDENTIALS):
        changes |= {name: getattr(own, name) for name in _CREDENTIALS}
    return msgspec.structs.replace(connection, **changes)


_NOTHING = Connection()
_CREDENTIALS = ("user_id", "clear_password", "encrypted_password", "secured_properties")
