"""Connectors, their connections, and the groups in which they run."""

from typing import Any

from services.metadata.types.base import Referenceable, SoftwareCapability
from services.metadata.types.lineage import DeployedSoftwareComponent


class IntegrationGroup(SoftwareCapability, kw_only=True, rename="camel", omit_defaults=True):
    """Integration connectors that an integration daemon runs together."""


class DeployedConnector(DeployedSoftwareComponent, kw_only=True, rename="camel", omit_defaults=True):
    """A connector that is deployed."""


class IntegrationConnector(DeployedConnector, kw_only=True, rename="camel", omit_defaults=True):
    """A connector of an integration group, which exchanges metadata."""

    uses_blocking_calls: bool | None = None
    connection: dict[str, Any] | None = None
    """Its connection in the form of a configuration document, if no element of type `Connection` represents it."""


class Connection(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """The properties from which a connector is created."""

    user_id: str | None = None
    encrypted_password: str | None = None
    clear_password: str | None = None
    secured_properties: dict[str, Any] | None = None
    configuration_properties: dict[str, Any] | None = None


class ConnectorType(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """The class of a connector."""

    connector_provider_class_name: str | None = None


class Endpoint(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """The address of a third-party technology."""

    network_address: str | None = None
    protocol: str | None = None
    encryption_method: str | None = None


class IntegrationReport(Referenceable, kw_only=True, rename="camel", omit_defaults=True):
    """The changes made by one refresh of a connector."""

    server_name: str | None = None
    connector_id: str | None = None
    connector_name: str | None = None
    refresh_start_date: str | None = None
    refresh_completion_date: str | None = None
