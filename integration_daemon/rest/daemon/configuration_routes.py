"""The compatible routes that show configuration documents and parts of them, without their secrets."""

from typing import Any

from msgspec import UNSET, UnsetType

from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.config.encode import for_showing
from integration_daemon.config.server_type import INTEGRATION_DAEMON, METADATA_ACCESS_STORE
from integration_daemon.platform.platform import type_of
from integration_daemon.rest.daemon.platform_routes import INSTANCES
from integration_daemon.rest.daemon.registered_services import RegisteredOMAGServicesResponse, as_registered
from integration_daemon.rest.ffdc import FFDCResponse
from integration_daemon.rest.route import Call, Operation, Route, get
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.registry import service_of


class OMAGServerConfigResponse(FFDCResponse, kw_only=True, rename="camel"):
    """A configuration document, without its secrets."""

    omagserver_config: dict[str, Any]


class IntegrationServiceConfigResponse(FFDCResponse, kw_only=True, rename="camel"):
    """One integration service of a document; absent if the document does not have it."""

    config: dict[str, Any] | UnsetType = UNSET


class IntegrationServicesResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The integration services of a document; absent if it has none."""

    services: list[dict[str, Any]] | UnsetType = UNSET


class ServerTypeClassificationSummary(FFDCResponse, kw_only=True, rename="camel"):
    """A type of server, with its supertypes."""

    server_type_name: str
    server_type_description: str
    server_super_type: "ServerTypeClassificationSummary | UnsetType" = UNSET
    server_type_wiki: str


class ServerClassificationResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The type of a server."""

    server_type_classification: ServerTypeClassificationSummary


async def _running_configuration(call: Call) -> OMAGServerConfigResponse:
    """Show the configuration document of a running server, without its secrets."""
    return _shown(call.server.config)


async def _stored_configuration(call: Call) -> OMAGServerConfigResponse:
    """Show the stored configuration document of a server, without its secrets."""
    config = await call.platform.documents.load(call.parameters["server"])
    return _shown(config)


def _shown(config: OMAGServerConfig) -> OMAGServerConfigResponse:
    """A document without its secrets, with an audit trail: clients take its absence to mean that no document exists."""
    return OMAGServerConfigResponse(omagserver_config={"auditTrail": [], **for_showing(config)})


async def _configured_services(call: Call) -> RegisteredOMAGServicesResponse:
    """List the integration services of the stored document of a server."""
    config = await call.platform.documents.load(call.parameters["server"])
    markers = [each.integration_service_url_marker for each in config.integration_services_config or ()]
    return RegisteredOMAGServicesResponse(services=[as_registered(service_of(marker)) for marker in markers])


async def _service_configurations(call: Call) -> IntegrationServicesResponse:
    """Show the integration services of the stored document of a server, without its secrets."""
    config = await call.platform.documents.load(call.parameters["server"])
    return IntegrationServicesResponse(services=for_showing(config.integration_services_config) or UNSET)


async def _service_configuration(call: Call) -> IntegrationServiceConfigResponse:
    """Show one integration service of the stored document of a server, without its secrets."""
    config = await call.platform.documents.load(call.parameters["server"])
    marker = service_of(call.parameters["marker"]).url_marker
    for service in config.integration_services_config or ():
        if service.integration_service_url_marker == marker:
            return IntegrationServiceConfigResponse(config=for_showing(service))
    return IntegrationServiceConfigResponse()


async def _server_type_classification(call: Call) -> ServerClassificationResponse:
    """Show the type of a server, with its supertypes."""
    config = await call.platform.documents.load(call.parameters["server"])
    return ServerClassificationResponse(server_type_classification=_TYPES[type_of(config)])


def _type(name: str, page: str, description: str, above: Any = UNSET) -> ServerTypeClassificationSummary:
    return ServerTypeClassificationSummary(
        server_type_name=name,
        server_type_description=description,
        server_super_type=above,
        server_type_wiki=f"https://egeria-project.org/concepts/{page}/",
    )


_ANY = _type("Open Metadata and Governance (OMAG) Server", "omag-server", "A server of an open metadata platform.")
_GOVERNANCE = _type("Governance Server", "governance-server", "A server that runs connectors.", _ANY)
_COHORT = _type("Cohort Member", "cohort-member", "A server that can share open metadata with others.", _ANY)
_TYPES = {
    INTEGRATION_DAEMON: _type(
        INTEGRATION_DAEMON,
        "integration-daemon",
        "A server whose connectors exchange metadata with third-party technologies.",
        _GOVERNANCE,
    ),
    METADATA_ACCESS_STORE: _type(
        METADATA_ACCESS_STORE, "metadata-access-store", "A server that keeps open metadata for others.", _COHORT
    ),
}

_ADMIN = "/open-metadata/admin-services{users}/servers/{server}"
_CONFIG = "OMAGServerConfigResponse"


def _get(template: str, operation: Operation, answer: str) -> Route:
    return get(template, operation, Permission.ADMINISTER_SERVERS, ScopeRule.SERVER, answer=answer)


ROUTES: tuple[Route, ...] = (
    *(_get(root + "/instance/configuration", _running_configuration, _CONFIG) for root in INSTANCES),
    _get(_ADMIN + "/configuration", _stored_configuration, _CONFIG),
    _get(_ADMIN + "/integration-services", _configured_services, "RegisteredOMAGServicesResponse"),
    _get(_ADMIN + "/integration-services/configuration", _service_configurations, "IntegrationServicesResponse"),
    _get(
        _ADMIN + "/integration-services/{marker}/configuration",
        _service_configuration,
        "IntegrationServiceConfigResponse",
    ),
    get(
        _ADMIN + "/server-type-classification",
        _server_type_classification,
        Permission.READ_STATUS,
        ScopeRule.PART_OF_SERVER,
        answer="ServerClassificationResponse",
    ),
)
