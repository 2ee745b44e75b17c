"""The compatible routes that list the services of this platform by their kind."""

import msgspec

from audit.log import Component
from integration_daemon.platform.integration_daemon_server import DAEMON_SERVICES
from integration_daemon.platform.server_run import REPOSITORY_SERVICES
from integration_daemon.rest.ffdc import FFDCResponse
from integration_daemon.rest.route import Call, Operation, Route, get
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.framework.service import DevelopmentStatus, IntegrationService
from services.registry import registered_services


class RegisteredOMAGService(msgspec.Struct, kw_only=True, rename="camel"):
    """A service that servers can be configured with, in the form of later generations of Egeria."""

    service_id: int
    service_name: str
    service_development_status: DevelopmentStatus
    service_url_marker: str | msgspec.UnsetType = msgspec.field(name="serviceURLMarker", default=msgspec.UNSET)
    service_description: str
    service_wiki: str


class RegisteredOMAGServicesResponse(FFDCResponse, kw_only=True, rename="camel"):
    """Services of one kind, or of all kinds."""

    services: list[RegisteredOMAGService]


class ServiceOnThePage(msgspec.Struct, kw_only=True, rename="camel"):
    """An integration service with the fields of the reference page."""

    service_name: str
    service_url_marker: str = msgspec.field(name="serviceURLMarker")
    service_description: str
    service_wiki: str


class ServicesOnThePage(FFDCResponse, kw_only=True, rename="camel", tag="RegisteredOMAGServicesResponse"):
    """The integration services in the form of the reference page."""

    services: list[ServiceOnThePage]


async def _all_services(call: Call) -> RegisteredOMAGServicesResponse:
    """List the services of all kinds that servers of this platform can run."""
    return RegisteredOMAGServicesResponse(services=[*_ACCESS, *_integration_services(), *_GOVERNANCE, *_COMMON])


async def _list_integration_services(call: Call) -> RegisteredOMAGServicesResponse:
    """List the registered integration services, with their URL markers."""
    return RegisteredOMAGServicesResponse(services=_integration_services())


async def _list_access_services(call: Call) -> RegisteredOMAGServicesResponse:
    """List the services of a Metadata Access Store for daemons of Egeria 4."""
    return RegisteredOMAGServicesResponse(services=_ACCESS)


async def _list_governance_services(call: Call) -> RegisteredOMAGServicesResponse:
    """List the governance services: those of the integration daemon."""
    return RegisteredOMAGServicesResponse(services=_GOVERNANCE)


async def _list_common_services(call: Call) -> RegisteredOMAGServicesResponse:
    """List the services that every server has."""
    return RegisteredOMAGServicesResponse(services=_COMMON)


async def _no_services(call: Call) -> RegisteredOMAGServicesResponse:
    """Answer with an empty list: this program has no services of this kind."""
    return RegisteredOMAGServicesResponse(services=[])


async def _services_on_the_page(call: Call) -> ServicesOnThePage:
    """List the registered integration services in the form of the reference page."""
    services = [
        ServiceOnThePage(
            service_name=service.full_name,
            service_url_marker=service.url_marker,
            service_description=service.description,
            service_wiki=service.wiki,
        )
        for service in registered_services()
    ]
    return ServicesOnThePage(services=services)


def _integration_services() -> list[RegisteredOMAGService]:
    return [as_registered(service) for service in registered_services()]


def as_registered(service: IntegrationService) -> RegisteredOMAGService:
    """An integration service in the form of these lists."""
    return RegisteredOMAGService(
        service_id=service.id,
        service_name=service.full_name,
        service_development_status=service.development_status,
        service_url_marker=service.url_marker,
        service_description=service.description,
        service_wiki=service.wiki,
    )


def _service_of(component: Component) -> RegisteredOMAGService:
    return RegisteredOMAGService(
        service_id=component.component_id,
        service_name=component.component_name,
        service_development_status=DevelopmentStatus.STABLE,
        service_description=component.component_description,
        service_wiki=component.component_wiki_url,
    )


def _access_service(number: int, name: str, description: str) -> RegisteredOMAGService:
    marker = name.lower().replace(" ", "-")
    return RegisteredOMAGService(
        service_id=number,
        service_name=f"{name} OMAS",
        service_development_status=DevelopmentStatus.TECHNICAL_PREVIEW,
        service_url_marker=marker,
        service_description=description,
        service_wiki=f"https://egeria-project.org/services/omas/{marker}/overview/",
    )


_ACCESS = [
    _access_service(204, "Asset Manager", "Keep what the catalog and lineage integrators of Egeria 4 exchange."),
    _access_service(210, "Data Manager", "Keep what the files and database integrators of Egeria 4 catalogue."),
]
_GOVERNANCE, _COMMON = [_service_of(DAEMON_SERVICES)], [_service_of(REPOSITORY_SERVICES)]

_KINDS: dict[str, Operation] = {
    "": _all_services,
    "/integration-services": _list_integration_services,
    "/governance-services": _list_governance_services,
    "/common-services": _list_common_services,
    "/access-services": _list_access_services,
    "/view-services": _no_services,
    "/engine-services": _no_services,
}
_OF_THE_PAGE: dict[str, Operation] = {"/integration-services": _services_on_the_page}
"""The kinds that the reference page shows, below the path of a server."""
_PATHS = tuple(
    f"{prefix}{{users}}/server-platform/registered-services"
    for prefix in ("/open-metadata/platform-services", "/platform-services")
)


def _listing(path: str, list_services: Operation) -> Route:
    return get(path, list_services, Permission.READ_STATUS, ScopeRule.NONE, answer="RegisteredOMAGServicesResponse")


ROUTES: tuple[Route, ...] = (
    *(_listing(path + kind, each) for path in _PATHS for kind, each in _KINDS.items()),
    *(
        _listing(f"/servers/{{server}}{path}{kind}", _OF_THE_PAGE.get(kind, each))
        for path in _PATHS
        for kind, each in _KINDS.items()
    ),
)
