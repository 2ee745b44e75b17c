"""An integration service: a group of connectors for one kind of technology."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

import msgspec

from audit.message import AuditMessage, ErrorMessage, MessageDefinition
from audit.severity import Severity
from services.framework.connector import IntegrationConnector
from services.framework.context import IntegrationContext
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.resources import OpenResources, ResourcesOver


class DevelopmentStatus(Enum):
    """The stability of a service."""

    IN_DEVELOPMENT = "IN_DEVELOPMENT"
    """The service is incomplete."""
    TECHNICAL_PREVIEW = "TECHNICAL_PREVIEW"
    """The service is complete, but its interface may change."""
    STABLE = "STABLE"
    """The interface remains compatible."""


class IntegrationService(msgspec.Struct, frozen=True, kw_only=True):
    """A registered integration service, and the messages about its contexts.

    Ids, names, markers and descriptions are those of the ecosystem's integration services (OMISs).
    """

    id: int
    full_name: str
    """`Files Integrator OMIS`"""
    url_marker: str
    """`files-integrator`"""
    description: str
    wiki: str
    partner: str
    """The access service of the ecosystem that serves its connectors' requests."""
    default_permitted_synchronization: PermittedSynchronization
    connector_class: type[IntegrationConnector[Any]]
    connector_class_name: str
    """The name of its connector class in messages: that of the Java interface that it replaces."""
    context_class: type[IntegrationContext]
    metadata_source_type: str = "SoftwareCapability"
    """The open metadata type of its connectors' metadata sources."""
    open_resources: OpenResources | None = None
    """Opens the shared resources of its connectors, whose contexts contain the result."""
    require_options: Callable[[Mapping[str, Any]], object] | None = None
    """Raises an error, with the parameter `option`, for an unusable option."""
    development_status: DevelopmentStatus = DevelopmentStatus.TECHNICAL_PREVIEW
    resources_over: ResourcesOver | None = None
    """Creates the substitute for the shared resources for a connector in a separate process."""
    context_manager_class_name: str = ""
    """The Java context manager class that documents name."""

    @property
    def message_name(self) -> str:
        """The service's part of its message ids: `FILES-INTEGRATOR`."""
        return self.url_marker.upper()

    @property
    def log_name(self) -> str:
        """The service's name within a sentence of the audit log: `files integrator`."""
        return self.url_marker.replace("-", " ")

    @property
    def messages(self) -> tuple[MessageDefinition, ...]:
        """All messages that are derived from the service's name."""
        return self.initializing, self.creating_context, self.wrong_connector_class

    @property
    def initializing(self) -> AuditMessage:
        """Logged once, before the first context of the service is created."""
        return AuditMessage(
            id=f"OMIS-{self.message_name}-0001",
            severity=Severity.STARTUP,
            text=f"The {self.log_name} context manager is being initialized for calls to server "
            "{metadata_server} on platform {platform_url}",
            system_action="The contexts of the service's connectors will exchange metadata with this server.",
            user_action="No action is needed. Check that this is the metadata server the service should use.",
        )

    @property
    def creating_context(self) -> AuditMessage:
        """Logged for each connector, whenever its context is created."""
        return AuditMessage(
            id=f"OMIS-{self.message_name}-0002",
            severity=Severity.STARTUP,
            text="Creating context for integration connector {connector} ({connector_id}) connecting to third "
            "party technology {metadata_source} with permitted synchronization of {synchronization} and service "
            "options of {options}",
            system_action="The connector will be given its context and can begin to exchange metadata.",
            user_action="No action is needed. Check that the synchronization and the options are as intended.",
        )

    @property
    def wrong_connector_class(self) -> ErrorMessage:
        """The error of a connector that was configured under the wrong service."""
        return ErrorMessage(
            id=f"OMIS-{self.message_name}-400-001",
            http_code=400,
            text="Integration connector {connector} is not of the correct type to run in the "
            f"{self.full_name} integration service. It must inherit from {self.connector_class_name}",
            system_action="The connector is failed; the other connectors of the service are not affected.",
            user_action="Configure the connector in the integration service that matches it, or have its class "
            f"inherit from {self.connector_class.__module__}.{self.connector_class.__qualname__}, which is that class "
            "in Python.",
        )
