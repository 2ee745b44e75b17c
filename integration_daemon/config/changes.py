"""Changes of single parts of a document. Each function returns a changed copy of the document."""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from audit.severity import Severity
from integration_daemon.config.document import (
    IntegrationConnectorConfig,
    IntegrationGroupConfig,
    IntegrationServiceConfig,
    OMAGServerConfig,
    RepositoryServicesConfig,
)
from services.framework.connection import Connection, ConnectorType, Endpoint

ItemT = TypeVar("ItemT", bound=msgspec.Struct)

PROPERTIES = (
    "localServerType",
    "localServerDescription",
    "organizationName",
    "localServerURL",
    "localServerUserId",
    "localServerPassword",
    "secretsStoreProvider",
    "secretsStoreLocation",
    "secretsStoreCollection",
    "maxPageSize",
    "metadataStore",
    "metadataStorePassword",
    "restartPolicy",
    "refreshesAtOnce",
    "stopDeadlineSeconds",
    "alerts",
)
"""The fields of a document that can be changed one by one: those of Egeria's `BasicServerProperties`, and ours."""
DESTINATIONS = {"console": "console", "files": "json-lines", "slf4j": "python-logging"}
"""The destinations of this program by Egeria's names of audit log destinations."""


def with_properties(config: OMAGServerConfig, properties: dict[str, Any]) -> OMAGServerConfig:
    """A copy with these fields, by their attribute names."""
    return msgspec.structs.replace(config, **properties)


def service_in(config: OMAGServerConfig, marker: str) -> IntegrationServiceConfig | None:
    """The integration service with this URL marker, if the document has it."""
    services = config.integration_services_config or ()
    return next((each for each in services if each.integration_service_url_marker == marker), None)


def with_services(config: OMAGServerConfig, services: Sequence[IntegrationServiceConfig]) -> OMAGServerConfig:
    """A copy with these integration services and no others."""
    return msgspec.structs.replace(config, integration_services_config=list(services) or None)


def with_service(config: OMAGServerConfig, service: IntegrationServiceConfig) -> OMAGServerConfig:
    """A copy with this integration service, which replaces a service with the same URL marker."""
    services = _with(config.integration_services_config, service, "integration_service_url_marker")
    return with_services(config, services)


def without_service(config: OMAGServerConfig, marker: str) -> OMAGServerConfig:
    """A copy without the integration service with this URL marker."""
    services = config.integration_services_config or ()
    return with_services(config, [each for each in services if each.integration_service_url_marker != marker])


def with_connector(config: OMAGServerConfig, marker: str, connector: IntegrationConnectorConfig) -> OMAGServerConfig:
    """A copy with this connector, which replaces one of the same name, in a service, which is added if absent."""
    service = service_in(config, marker) or IntegrationServiceConfig(integration_service_url_marker=marker)
    connectors = _with(service.integration_connector_configs, connector, "connector_name")
    return with_service(config, msgspec.structs.replace(service, integration_connector_configs=connectors))


def without_connector(config: OMAGServerConfig, service: IntegrationServiceConfig, name: str) -> OMAGServerConfig:
    """A copy without the connector of this name in a service."""
    connectors = [each for each in service.integration_connector_configs or () if each.connector_name != name]
    return with_service(config, msgspec.structs.replace(service, integration_connector_configs=connectors))


def with_groups(config: OMAGServerConfig, groups: Sequence[IntegrationGroupConfig]) -> OMAGServerConfig:
    """A copy with these integration groups and no others."""
    return msgspec.structs.replace(config, dynamic_integration_groups_config=list(groups) or None)


def with_group(config: OMAGServerConfig, group: IntegrationGroupConfig) -> OMAGServerConfig:
    """A copy with this integration group, which replaces a group of the same name."""
    groups = _with(config.dynamic_integration_groups_config, group, "integration_group_qualified_name")
    return with_groups(config, groups)


def destinations_in(config: OMAGServerConfig) -> list[Connection]:
    """The destinations of the audit log that the document names."""
    services = config.repository_services_config
    return list((services and services.audit_log_connections) or ())


def with_destinations(config: OMAGServerConfig, destinations: Sequence[Connection]) -> OMAGServerConfig:
    """A copy with these destinations of the audit log and no others."""
    services = config.repository_services_config or RepositoryServicesConfig()
    changed = msgspec.structs.replace(services, audit_log_connections=list(destinations) or None)
    is_empty = changed == RepositoryServicesConfig()
    return msgspec.structs.replace(config, repository_services_config=None if is_empty else changed)


def with_destination(config: OMAGServerConfig, destination: Connection, name: str = "") -> OMAGServerConfig:
    """A copy with this destination, which replaces the destination of this name.

    Without a name, it replaces the destination with the same provider and address.
    """
    destinations = destinations_in(config)
    for index, each in enumerate(destinations):
        if (name and is_named(each, name)) or (not name and _place_of(each) == _place_of(destination)):
            destinations[index] = destination
            break
    else:
        destinations.append(destination)
    return with_destinations(config, destinations)


def destination(kind: str, severities: Sequence[str], directory: str) -> Connection:
    """A destination of this kind for these severities; none: all severities."""
    provider = DESTINATIONS.get(kind, kind)
    if not severities and provider == "console":  # whose default leaves out some severities
        severities = [each.label for each in Severity]
    return Connection(
        connector_type=ConnectorType(connector_provider_class_name=provider),
        endpoint=Endpoint(address=directory) if directory else None,
        configuration_properties={"supportedSeverities": list(severities)} if severities else None,
    )


def default_destination() -> Connection:
    """The console with its default severities."""
    return Connection(connector_type=ConnectorType(connector_provider_class_name="console"))


def is_named(destination: Connection, name: str) -> bool:
    """True if the destination has this name, or is of this kind."""
    own = (destination.qualified_name, destination.display_name, destination.provider)
    return name in own or DESTINATIONS.get(name) == destination.provider


def name_of(destination: Connection) -> str:
    """The name of a destination for people."""
    return destination.display_name or destination.qualified_name or destination.provider


def _place_of(destination: Connection) -> tuple[str, str | None]:
    return destination.provider, destination.address


def _with(items: Sequence[ItemT] | None, item: ItemT, key: str) -> list[ItemT]:
    """The items with this one, which replaces an item with the same key."""
    kept = list(items or ())
    for index, each in enumerate(kept):
        if getattr(each, key) == getattr(item, key):
            return [*kept[:index], item, *kept[index + 1 :]]
    return [*kept, item]
