"""All routes for the integration daemons and the clients of Egeria 4 alone."""

from integration_daemon.rest.egeria import (
    asset_manager_routes,
    data_manager_routes,
    database_routes,
    file_routes,
    lineage_routes,
    people_routes,
    report_routes,
    source_routes,
    topic_routes,
)
from integration_daemon.rest.route import Route

ROUTES: tuple[Route, ...] = (
    *source_routes.ROUTES,
    *file_routes.ROUTES,
    *database_routes.ROUTES,
    *asset_manager_routes.ROUTES,
    *lineage_routes.ROUTES,
    *topic_routes.ROUTES,
    *data_manager_routes.ROUTES,
    *people_routes.ROUTES,
    *report_routes.ROUTES,
)
