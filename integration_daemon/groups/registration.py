"""Conversion of elements and relationships into configurations of connectors and catalog targets, without I/O."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from math import inf
from typing import Any

import msgspec

from integration_daemon.config.document import CatalogTargetConfig, IntegrationConnectorConfig
from integration_daemon.config.load import convert_to, explain
from integration_daemon.config.units import ConnectorUnit, as_unit, for_target, name_of_target
from integration_daemon.groups.definition import ALWAYS, Period
from services.framework.connection import Connection
from services.framework.discretion import secrets_of
from services.metadata.element import ElementRecord, RelationshipRecord

LONGEST_NAME = 300
"""Greatest length of the name of a connector or a target, in characters."""
_REPORTS = ("generateIntegrationReport", "generateIntegrationReports", "generateConnectorActivityReports")
_ENDS = ("stopDate", "stopTime", "connectorShutdownDate")
_DELETING = ("SOFT_DELETE", "PURGE")
_COPIED = (
    "connectorUserId",
    "metadataSourceQualifiedName",
    "refreshTimeInterval",
    "permittedSynchronization",
)


class RefusedError(Exception):
    """A registered connector or target cannot be run, for the reason in the text."""


class Rules(msgspec.Struct, frozen=True):
    """The rules of the document for the connections of a group."""

    secret_references: Sequence[str] = ()
    """Shell patterns."""

    def require(self, connection: Connection) -> None:
        """Raise `RefusedError` for a connection with a secret reference that the group may not use.

        The author of the metadata chooses the address to which the secret is sent.
        """
        for secret in secrets_of(connection):
            reference = secret.stored_form()
            if secret.is_reference and not any(fnmatchcase(reference, each) for each in self.secret_references):
                raise RefusedError(
                    f"its connection has the secret reference {reference}, which the configuration document does not "
                    "list in secretReferences of the group"
                )


def name_of(link: RelationshipRecord, property_name: str, element: ElementRecord) -> str:
    """The name of an element in a relationship, by default the element's own name."""
    own = element.properties
    for name in (link.properties.get(property_name), own.get("displayName"), own.get("qualifiedName")):
        if isinstance(name, str) and name.strip():
            return name.strip()[:LONGEST_NAME]
    return element.guid


def registered(
    name: str, link: RelationshipRecord, element: ElementRecord, connections: Sequence[Mapping[str, Any]], rules: Rules
) -> ConnectorUnit:
    """The configuration of a registered connector; raises `RefusedError`."""
    own = element.properties.get("connection")
    connection = own if isinstance(own, dict) else next(iter(connections), None)
    if connection is None:
        raise RefusedError("its element has no connection")
    raw = {
        "connectorName": name,
        "connectorId": link.guid,
        "usesBlockingCalls": element.properties.get("usesBlockingCalls"),
        "generateIntegrationReports": _first(link.properties, _REPORTS),
        "connection": connection,
        **{field: link.properties.get(field) for field in _COPIED},
    }
    config: IntegrationConnectorConfig = _converted(IntegrationConnectorConfig, raw)
    if not config.connection.provider:
        raise RefusedError("its connection has no connectorProviderClassName")
    if 0 < config.refresh_time_interval < 1:
        raise RefusedError("its refreshTimeInterval is shorter than a minute")
    rules.require(config.connection)
    return as_unit(config, str(element.properties.get("qualifiedName") or ""))


def refused(name: str, connector_id: str, reason: str, *, target_of: str = "") -> ConnectorUnit:
    """The configuration of a connector or target that cannot be run, and fails with the reason."""
    return ConnectorUnit(
        connector_name=name, connector_id=connector_id, connection=Connection(), refusal=reason, target_of=target_of
    )


def target(
    config: ConnectorUnit,
    link: RelationshipRecord,
    element: ElementRecord,
    connections: Sequence[Mapping[str, Any]],
    endpoint: Mapping[str, Any] | None,
    rules: Rules,
    *,
    needs_address: bool,
) -> ConnectorUnit:
    """The configuration of a connector for a catalog target; raises `RefusedError`."""
    properties = link.properties
    raw = {
        "catalogTargetName": name_of(link, "catalogTargetName", element),
        "connection": _connection_of(element, connections, endpoint, properties.get("connectionName")),
        "metadataSourceQualifiedName": properties.get("metadataSourceQualifiedName"),
        "configurationProperties": properties.get("configurationProperties"),
        "permittedSynchronization": properties.get("permittedSynchronization"),
    }
    chosen: CatalogTargetConfig = _converted(CatalogTargetConfig, raw)
    if (templates := properties.get("templates")) is not None:
        settings = {"templates": templates, **(chosen.configuration_properties or {})}
        chosen = msgspec.structs.replace(chosen, configuration_properties=settings)
    if (method := properties.get("deleteMethod")) is not None:
        settings = {**(chosen.configuration_properties or {}), "allowCatalogDelete": method in _DELETING}
        chosen = msgspec.structs.replace(chosen, configuration_properties=settings)
    unit = for_target(config, chosen, target_id=link.guid)
    if needs_address and not unit.connection.address:
        raise RefusedError("neither its element nor the connector has an address to connect to")
    if connections:
        rules.require(unit.connection)
    return unit


def target_name(config: ConnectorUnit, link: RelationshipRecord, element: ElementRecord) -> str:
    """The full name of a catalog target."""
    return name_of_target(config.connector_name, name_of(link, "catalogTargetName", element))


def own_address(element: ElementRecord) -> dict[str, Any] | None:
    """The connection to an element, if the element itself contains its address."""
    if element.type_name == "Endpoint":
        address = element.properties.get("networkAddress") or element.properties.get("address")
    else:
        address = element.properties.get("pathName")
    return {"endpoint": {"address": address}} if address else None


def _connection_of(
    element: ElementRecord,
    connections: Sequence[Mapping[str, Any]],
    endpoint: Mapping[str, Any] | None,
    connection_name: object,
) -> Mapping[str, Any] | None:
    """The connection to a target: its own, or one made from its endpoint or its own address."""
    if connections:
        named = (
            each for each in connections if connection_name in (each.get("displayName"), each.get("qualifiedName"))
        )
        chosen = next(named, None) if connection_name else connections[0]
        if chosen is None:
            raise RefusedError(f"its element has no connection with the name {connection_name}")
        return {name: value for name, value in chosen.items() if name != "connectorType"}
    return {"endpoint": endpoint} if endpoint is not None else own_address(element)


def period_of(properties: Mapping[str, Any]) -> Period:
    """The period in which a connector or a target is to run; raises `RefusedError` for an invalid date."""
    begins, ends = properties.get("startDate"), _first(properties, _ENDS)
    if begins is None and ends is None:
        return ALWAYS
    return Period(_time("startDate", begins, -inf), _time("stopDate", ends, inf))


def _time(name: str, value: object, otherwise: float) -> float:
    if value is None:
        return otherwise
    try:
        if isinstance(value, int | float):
            return float(value) / 1000
        time = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError):
        raise RefusedError(f"its {name} is not a date") from None
    return (time if time.tzinfo is not None else time.replace(tzinfo=UTC)).timestamp()


def _first(properties: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((properties[name] for name in names if properties.get(name) is not None), None)


def _converted(kind: type[Any], raw: Mapping[str, Any]) -> Any:
    try:
        return convert_to(kind, dict(raw))
    except msgspec.ValidationError as error:
        place, problem = explain(error)
        raise RefusedError(f"{place.removeprefix('$.')}: {problem}") from None
    except TypeError as error:
        raise RefusedError(str(error)) from None
