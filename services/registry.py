"""The registry of integration services, which installed packages provide through entry points."""

from functools import cache

from services.errors import InvalidParameterError
from services.framework.entry_points import SERVICES, installed_entry_points
from services.framework.service import IntegrationService
from services.messages import SERVICE_NOT_REGISTERED

_ORDER_OF_THE_PAGE = (
    "files-integrator",
    "security-integrator",
    "database-integrator",
    "lineage-integrator",
    "catalog-integrator",
    "organization-integrator",
)


@cache
def registered_services() -> tuple[IntegrationService, ...]:
    """All integration services: Egeria's in the order of its documentation, then others by their id."""
    services: list[IntegrationService] = [each.loaded for each in installed_entry_points(SERVICES) if not each.problem]
    return tuple(sorted(services, key=_rank))


@cache
def service_of(marker: str) -> IntegrationService:
    """The service with this URL marker; raises `InvalidParameterError` with the known markers."""
    for service in registered_services():
        if service.url_marker == marker:
            return service
    known = ", ".join(service.url_marker for service in registered_services())
    raise InvalidParameterError(SERVICE_NOT_REGISTERED, marker=marker, known=known)


def _rank(service: IntegrationService) -> tuple[int, int]:
    if service.url_marker in _ORDER_OF_THE_PAGE:
        return _ORDER_OF_THE_PAGE.index(service.url_marker), service.id
    return len(_ORDER_OF_THE_PAGE), service.id
