"""Catalog targets: from the configuration of a connector to one configuration for each place that it works for.

A catalog target runs as a connector of its own does. It has the connector's class and settings, but for what it says
itself, so nothing else in the program needs to distinguish it.
"""

import uuid
from collections.abc import Iterator

import msgspec

from integration_daemon.config.document import CatalogTargetConfig, IntegrationConnectorConfig
from integration_daemon.config.templates import Template
from services.framework.connection import Connection

SEPARATOR = "::"
"""Stands between the name of a connector and that of its catalog target."""
_TARGET_IDS = uuid.UUID("b1b5a2f5-55a5-4b0a-9d52-7c0e0c0ff6d1")
_PLACE_IDS = uuid.UUID("f0f0d6b1-8a7e-4b52-9f55-3c5d0f4c6a2e")


class ConnectorUnit(IntegrationConnectorConfig, kw_only=True, omit_defaults=True, rename="camel"):
    """A connector, or a connector for one of its catalog targets, that the document does not have as it is run."""

    target_of: str = ""
    """The name of the connector, if this is one of its catalog targets."""
    element: str = ""
    """The qualified name of the element that stands for the connector, if it is of an integration group."""
    refusal: str = ""
    """Why it cannot be run; it then fails with this reason."""


def name_of_target(connector: str, target: str) -> str:
    """The name by which statuses and requests have a catalog target."""
    return f"{connector}{SEPARATOR}{target}"


def units_of(config: IntegrationConnectorConfig) -> Iterator[IntegrationConnectorConfig]:
    """What is run for a connector: itself and its catalog targets; the targets alone if it has no endpoint.

    For a template, this is what is run for the connector of each of its places.
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
    """The connection of a connector with what differs for the target. Credentials are replaced as a whole."""
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
