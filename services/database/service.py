"""The Database Integrator integration service: its connector class and its registration."""

from services.database.context import DatabaseIntegratorContext
from services.framework.connector import IntegrationConnector
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.service import DevelopmentStatus, IntegrationService


class DatabaseIntegratorConnector(IntegrationConnector[DatabaseIntegratorContext]):
    """The base of connectors that exchange metadata such as schemas, tables and columns of database managers."""


SERVICE = IntegrationService(
    id=4004,
    full_name="Database Integrator OMIS",
    url_marker="database-integrator",
    description="Extract metadata such as schema, tables and columns from database managers.",
    wiki="https://odpi.github.io/services/omis/database-integrator/overview/",
    partner="Data Manager OMAS",
    default_permitted_synchronization=PermittedSynchronization.FROM_THIRD_PARTY,
    connector_class=DatabaseIntegratorConnector,
    connector_class_name="org.odpi.openmetadata.integrationservices.database.connector.DatabaseIntegratorConnector",
    context_class=DatabaseIntegratorContext,
    metadata_source_type="SoftwareCapability",
    development_status=DevelopmentStatus.STABLE,
)
