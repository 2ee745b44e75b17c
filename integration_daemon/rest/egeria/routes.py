"""All routes that only the integration daemons and the clients of Egeria 4 use."""

from integration_daemon.rest.egeria import file_routes, source_routes, topic_routes
from integration_daemon.rest.route import Route

ROUTES: tuple[Route, ...] = (*source_routes.ROUTES, *file_routes.ROUTES, *topic_routes.ROUTES)
