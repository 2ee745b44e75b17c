"""The Organization Integrator integration service: its connector class and its registration."""

from services.framework.connector import IntegrationConnector
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.service import IntegrationService
from services.organization.context import OrganizationIntegratorContext
from services.organization.scim_intake.directory import RemoteDirectory, open_directory


class OrganizationIntegratorConnector(IntegrationConnector[OrganizationIntegratorContext]):
    """The base class of connectors that exchange people and teams of an organisation."""


SERVICE = IntegrationService(
    id=4007,
    full_name="Organization Integrator OMIS",
    url_marker="organization-integrator",
    description="Load information about the teams and people in an organization and return collaboration activity.",
    wiki="https://odpi.github.io/services/omis/organization-integrator/overview/",
    partner="Community Profile OMAS",
    default_permitted_synchronization=PermittedSynchronization.FROM_THIRD_PARTY,
    connector_class=OrganizationIntegratorConnector,
    connector_class_name="org.odpi.openmetadata.integrationservices.organization.connector.OrganizationIntegratorConnector",
    context_class=OrganizationIntegratorContext,
    metadata_source_type="SoftwareCapability",
    open_resources=open_directory,
    resources_over=RemoteDirectory,
)
