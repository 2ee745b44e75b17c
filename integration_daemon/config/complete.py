"""Adds values that a document may omit because they follow from other values."""

import uuid

import msgspec

from integration_daemon.config.document import (
    IntegrationConnectorConfig,
    IntegrationServiceConfig,
    OMAGServerConfig,
)
from services.errors import InvalidParameterError
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.service import IntegrationService
from services.registry import service_of

_CONNECTOR_IDS = uuid.UUID("6a5f7d0e-5f0c-4d0a-9a3e-3f4f8f0b7c11")


def complete(config: OMAGServerConfig) -> OMAGServerConfig:
    """The document with descriptions of its services from the registry, and an id for every connector."""
    services = [
        complete_service(config.local_server_name, service) for service in config.integration_services_config or ()
    ]
    return msgspec.structs.replace(config, integration_services_config=services or None)


def complete_service(server: str, config: IntegrationServiceConfig) -> IntegrationServiceConfig:
    """A service of a server with its descriptions, and an id for each of its connectors."""
    connectors = [_identified(server, each) for each in config.integration_connector_configs or ()]
    config = msgspec.structs.replace(config, integration_connector_configs=connectors)
    try:
        service = service_of(config.integration_service_url_marker)
    except InvalidParameterError:
        return config  # the check names it
    return msgspec.structs.replace(
        config,
        integration_service_id=config.integration_service_id or service.id,
        integration_service_full_name=config.integration_service_full_name or service.full_name,
        integration_service_description=config.integration_service_description or service.description,
        integration_service_wiki=config.integration_service_wiki or service.wiki,
        default_permitted_synchronization=config.default_permitted_synchronization
        or service.default_permitted_synchronization,
    )


def permitted_synchronization_of(
    service_config: IntegrationServiceConfig, config: IntegrationConnectorConfig, service: IntegrationService
) -> PermittedSynchronization:
    """The permitted synchronization of a connector: its own, that of its service in the document, or the default."""
    return (
        config.permitted_synchronization
        or service_config.default_permitted_synchronization
        or service.default_permitted_synchronization
    )


def _identified(server: str, config: IntegrationConnectorConfig) -> IntegrationConnectorConfig:
    """The connector with an id that is the same at every start, so that records of different runs can be correlated."""
    if config.connector_id:
        return config
    name = f"{server}/{config.connector_name}"
    return msgspec.structs.replace(config, connector_id=str(uuid.uuid5(_CONNECTOR_IDS, name)))
