"""An integration service: the kind of technology a group of connectors exchange metadata with."""

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
    """How settled a service is."""

    IN_DEVELOPMENT = "IN_DEVELOPMENT"
    """It is not complete."""
    TECHNICAL_PREVIEW = "TECHNICAL_PREVIEW"
    """It is complete, and its interface may change."""
    STABLE = "STABLE"
    """Its interface stays compatible."""


class IntegrationService(msgspec.Struct, frozen=True, kw_only=True):
    """A registered integration service, and the messages its context manager logs.

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
    """The access service its connectors' requests stand for."""
    default_permitted_synchronization: PermittedSynchronization
    connector_class: type[IntegrationConnector[Any]]
    connector_class_name: str
    """The name its connector class has in messages: that of the Java interface it stands for."""
    context_class: type[IntegrationContext]
    metadata_source_type: str = "SoftwareCapability"
    """The open metadata type of the metadata sources its connectors' elements belong to."""
    open_resources: OpenResources | None = None
    """Opens what its connectors share; their contexts have the result."""
    require_options: Callable[[Mapping[str, Any]], object] | None = None
    """Raises an error that names an option of no use as `option`."""
    development_status: DevelopmentStatus = DevelopmentStatus.TECHNICAL_PREVIEW
    resources_over: ResourcesOver | None = None
    """Makes what a connector in a process of its own has in their place."""
    context_manager_class_name: str = ""
    """The Java context manager class that documents name."""

    @property
    def message_name(self) -> str:
        """The part of its message ids that is its own: `FILES-INTEGRATOR`."""
        return self.url_marker.upper()

    @property
    def log_name(self) -> str:
        """Its name inside a sentence of the audit log: `files integrator`."""
        return self.url_marker.replace("-", " ")

    @property
    def messages(self) -> tuple[MessageDefinition, ...]:
        """All messages that are derived from the service's name."""
        return self.initializing, self.creating_context, self.wrong_connector_class

    @property
    def initializing(self) -> AuditMessage:
        """Logged once, when the service's contexts are about to be made."""
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
        """Logged for each connector, whenever its context is made."""
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
