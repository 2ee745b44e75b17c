"""The Files Integrator integration service: its connector class, its context, and its registration."""

from services.files.context import FilesIntegratorContext
from services.framework.connector import IntegrationConnector
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.service import DevelopmentStatus, IntegrationService


class FilesIntegratorConnector(IntegrationConnector[FilesIntegratorContext]):
    """The base of connectors that catalogue files."""


SERVICE = IntegrationService(
    id=4005,
    full_name="Files Integrator OMIS",
    url_marker="files-integrator",
    description="Extract metadata about files stored in a file system or file manager.",
    wiki="https://odpi.github.io/services/omis/files-integrator/overview/",
    partner="Data Manager OMAS",
    default_permitted_synchronization=PermittedSynchronization.FROM_THIRD_PARTY,
    connector_class=FilesIntegratorConnector,
    connector_class_name="org.odpi.openmetadata.integrationservices.files.connector.FilesIntegratorConnector",
    context_class=FilesIntegratorContext,
    metadata_source_type="FileSystem",
    development_status=DevelopmentStatus.STABLE,
)
