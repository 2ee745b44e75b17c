"""The Security Integrator integration service: its connector class and its registration."""

from services.framework.connector import IntegrationConnector
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.service import IntegrationService
from services.security.context import SecurityIntegratorContext
from services.security.publishing.bundles import RemoteBundles, open_bundles


class SecurityIntegratorConnector(IntegrationConnector[SecurityIntegratorContext]):
    """The base class of connectors that distribute security properties to enforcement points."""


SERVICE = IntegrationService(
    id=4008,
    full_name="Security Integrator OMIS",
    url_marker="security-integrator",
    description="Distribute security properties to security enforcement points.",
    wiki="https://odpi.github.io/services/omis/security-integrator/overview/",
    partner="Security Manager OMAS",
    default_permitted_synchronization=PermittedSynchronization.TO_THIRD_PARTY,
    connector_class=SecurityIntegratorConnector,
    connector_class_name="org.odpi.openmetadata.integrationservices.security.connector.SecurityIntegratorConnector",
    context_class=SecurityIntegratorContext,
    metadata_source_type="SoftwareCapability",
    open_resources=open_bundles,
    resources_over=RemoteBundles,
)
