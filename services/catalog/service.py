"""The Catalog Integrator integration service: its connector class and its registration."""

from services.catalog.context import CatalogIntegratorContext
from services.framework.connector import IntegrationConnector
from services.framework.permitted_synchronization import PermittedSynchronization
from services.framework.service import IntegrationService


class CatalogIntegratorConnector(IntegrationConnector[CatalogIntegratorContext]):
    """The base of connectors that exchange metadata with third-party data catalogues."""


SERVICE = IntegrationService(
    id=4000,
    full_name="Catalog Integrator OMIS",
    url_marker="catalog-integrator",
    description="Exchange metadata with third party data catalogs.",
    wiki="https://odpi.github.io/services/omis/catalog-integrator/overview/",
    partner="Asset Manager OMAS",
    default_permitted_synchronization=PermittedSynchronization.BOTH_DIRECTIONS,
    connector_class=CatalogIntegratorConnector,
    connector_class_name="org.odpi.openmetadata.integrationservices.catalog.connector.CatalogIntegratorConnector",
    context_class=CatalogIntegratorContext,
    metadata_source_type="AssetManager",
)
