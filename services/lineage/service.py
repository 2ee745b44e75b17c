"""The Lineage Integrator integration service: its connector class and its registration."""

from services.framework.connector import IntegrationConnector
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.service import IntegrationService
from services.lineage.context import LineageIntegratorContext
from services.lineage.intake.file_spool import limits_in, open_spool
from services.lineage.intake.remote_spool import RemoteSpool


class LineageIntegratorConnector(IntegrationConnector[LineageIntegratorContext]):
    """The base of connectors that exchange lineage captured from third-party tools."""


SERVICE = IntegrationService(
    id=4006,
    full_name="Lineage Integrator OMIS",
    url_marker="lineage-integrator",
    description="Manage capture of lineage from a third party tool.",
    wiki="https://odpi.github.io/services/omis/lineage-integrator/overview/",
    partner="Asset Manager OMAS",
    default_permitted_synchronization=PermittedSynchronization.FROM_THIRD_PARTY,
    connector_class=LineageIntegratorConnector,
    connector_class_name="org.odpi.openmetadata.integrationservices.lineage.connector.LineageIntegratorConnector",
    context_class=LineageIntegratorContext,
    metadata_source_type="Engine",
    open_resources=open_spool,
    require_options=limits_in,
    resources_over=RemoteSpool,
)
