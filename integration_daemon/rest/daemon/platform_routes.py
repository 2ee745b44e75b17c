"""The compatible routes of the platform: list, start and stop servers, and show figures of their audit logs."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from audit.report import AuditLogReport
from audit.severity import Severity
from integration_daemon.config.load import decode_document
from integration_daemon.config.versions import How
from integration_daemon.platform.server import ServerRun
from integration_daemon.rest.administration.administering import DocumentChangeQuery
from integration_daemon.rest.document_origin import origin_of
from integration_daemon.rest.ffdc import (
    BooleanResponse,
    FFDCResponse,
    SuccessMessageResponse,
    VoidResponse,
)
from integration_daemon.rest.in_scope import logs_in_scope
from integration_daemon.rest.route import Call, Route, delete, get, post
from integration_daemon.rest.times import shown_time
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError
from services.metadata.messages import SERVER_NOT_AVAILABLE


class ServerListResponse(FFDCResponse, kw_only=True, rename="camel"):
    """Names of servers."""

    server_list: list[str]


class ServerServicesListResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The services that run in a server."""

    server_name: str
    server_services_list: list[str]


class ServerStatusResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The times of a server's runs, and whether it runs now."""

    server_name: str
    server_type: str | UnsetType = UNSET
    server_start_time: str | UnsetType = UNSET
    server_end_time: str | UnsetType = UNSET
    server_history: list[dict[str, str]] | UnsetType = UNSET
    """Its earlier runs, the newest last."""
    active: bool
    is_active: bool
    """The same value, under the name of Egeria 2.x."""


class OMAGServerServiceStatus(msgspec.Struct, kw_only=True, rename="camel"):
    """The status of a service of a server."""

    service_name: str
    service_status: str


class ServerServicesStatus(msgspec.Struct, kw_only=True, rename="camel"):
    """A server, and the services that run in it."""

    server_name: str
    server_type: str | UnsetType = UNSET
    server_active_status: str
    services: list[OMAGServerServiceStatus] | UnsetType = UNSET


class OMAGServerStatusResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The status of a server, and of its services."""

    server_status: ServerServicesStatus


class AuditLogReportResponse(FFDCResponse, kw_only=True, rename="camel"):
    """Counts of a server's audit log."""

    report: AuditLogReport


class AuditLogSeveritiesResponse(FFDCResponse, kw_only=True, rename="camel"):
    """The severities of the audit log."""

    severities: list[dict[str, Any]]


async def _origin(call: Call) -> str:
    """Return the name and version of this program."""
    return call.platform.origin


async def _known_servers(call: Call) -> ServerListResponse:
    """List the servers in scope that have a stored configuration document."""
    known = await call.platform.known_servers()
    return ServerListResponse(server_list=[each for each in known if call.granted_scopes.has_server(each)])


async def _active_servers(call: Call) -> ServerListResponse:
    """List the servers in scope that are running."""
    return ServerListResponse(server_list=sorted(call.servers))


async def _is_known(call: Call) -> BooleanResponse:
    """Show whether the platform stores the configuration document of a server."""
    return BooleanResponse(flag=call.parameters["server"] in await call.platform.known_servers())


async def _server_status(call: Call) -> ServerStatusResponse:
    """Show whether a server is running, and the times of its starts and stops."""
    name = call.parameters["server"]
    server = call.platform.servers.get(name)
    if server is None:
        await _require_known(call, name)
    history = call.platform.history(name)
    last = history[-1] if history else None
    return ServerStatusResponse(
        server_name=name,
        server_type=UNSET if server is None else server.type_name,
        server_start_time=_shown(server.start_time if server else (last.start_time if last else None)),
        server_end_time=_shown(None if server or last is None else last.end_time),
        server_history=[_run(each) for each in history] or UNSET,
        active=server is not None,
        is_active=server is not None,
    )


async def _instance_status(call: Call) -> OMAGServerStatusResponse:
    """Show whether a server is running, and its services."""
    name = call.parameters["server"]
    server = call.platform.servers.get(name)
    if server is None:
        await _require_known(call, name)
        return OMAGServerStatusResponse(
            server_status=ServerServicesStatus(server_name=name, server_active_status="INACTIVE")
        )
    services = [OMAGServerServiceStatus(service_name=each, service_status="RUNNING") for each in server.services]
    status = ServerServicesStatus(
        server_name=name, server_type=server.type_name, server_active_status="RUNNING", services=services
    )
    return OMAGServerStatusResponse(server_status=status)


async def _require_known(call: Call, name: str) -> None:
    if name not in await call.platform.known_servers():
        raise InvalidParameterError(SERVER_NOT_AVAILABLE, server=name, user=call.user)


def _run(run: ServerRun) -> dict[str, str]:
    ended = {} if run.end_time is None else {"endTime": shown_time(run.end_time.timestamp())}
    return {"startTime": shown_time(run.start_time.timestamp()), **ended}


def _shown(time: datetime | None) -> str | UnsetType:
    return UNSET if time is None else shown_time(time.timestamp())


async def _services(call: Call) -> ServerServicesListResponse:
    """List the services of a running server."""
    server = call.server
    return ServerServicesListResponse(server_name=server.name, server_services_list=server.services)


async def _start(call: Call) -> SuccessMessageResponse:
    """Start a server, with the document in the request or with its stored document."""
    origin, expected = origin_of(call, How.START_REQUESTED), call.query.expected_version
    if call.body is None:
        server = await call.platform.start_stored_server(call.parameters["server"], origin, expected)
    else:
        document = msgspec.structs.replace(call.body, local_server_name=call.parameters["server"])
        server = await call.platform.start_server(document, origin=origin, expected_version=expected)
    services = ", ".join(server.services)
    return SuccessMessageResponse(success_message=f"{server.name} is running the following services: [{services}]")


async def _stop(call: Call) -> VoidResponse:
    """Stop a server; its configuration document is kept."""
    await call.platform.stop_server(call.server.name)
    return VoidResponse()


async def _stop_all(call: Call) -> VoidResponse:
    """Stop all servers of the platform."""
    for name in list(call.platform.servers):
        await call.platform.stop_server(name)
    return VoidResponse()


async def _forget(call: Call) -> VoidResponse:
    """Stop a server and delete its configuration document; its metadata is kept."""
    await call.platform.forget_server(call.parameters["server"])
    return VoidResponse()


async def _shut_down(call: Call) -> VoidResponse:
    """Stop all servers, and end the process."""
    call.platform.shut_down()
    return VoidResponse()


async def _audit_log_report(call: Call) -> AuditLogReportResponse:
    """Show the number of audit log records of a server by severity."""
    return AuditLogReportResponse(report=call.server.counts.report(await logs_in_scope(call)))


async def _audit_log_severities(call: Call) -> AuditLogSeveritiesResponse:
    """List the severities of the audit log."""
    severities = [{"ordinal": each.ordinal, "name": each.label, "description": each.description} for each in Severity]
    return AuditLogSeveritiesResponse(severities=severities)


_PLATFORM = "/open-metadata/platform-services{users}/server-platform"
INSTANCES = (
    _PLATFORM + "/servers/{server}",
    "/open-metadata/admin-services{users}/servers/{server}",
    "/open-metadata/server-operations{users}/servers/{server}",
    "/open-metadata/server-operations//servers/{server}",
)
"""The prefixes of the paths of one server: those of the generations of Egeria, and that of pyegeria 6."""
_AUDIT_LOG = "/servers/{server}/open-metadata/repository-services{users}/audit-log"
_READ, _ADMINISTER = Permission.READ_STATUS, Permission.ADMINISTER_SERVERS
_NONE, _PART, _WHOLE = ScopeRule.NONE, ScopeRule.PART_OF_SERVER, ScopeRule.SERVER
_SERVERS, _STARTED = "ServerListResponse", "SuccessMessageResponse"


def _instance(root: str) -> tuple[Route, ...]:
    start: dict[str, Any] = {"query": DocumentChangeQuery, "body": decode_document, "answer": _STARTED}
    return (
        post(root + "/instance", _start, _ADMINISTER, _WHOLE, **start),
        post(root + "/instance/configuration", _start, _ADMINISTER, _WHOLE, body_required=True, **start),
        get(root + "/instance/status", _instance_status, _READ, _PART, answer="OMAGServerStatusResponse"),
        delete(root + "/instance", _stop, _ADMINISTER, _WHOLE),
        delete(root, _forget, _ADMINISTER, _WHOLE),
    )  # fmt: skip


ROUTES: tuple[Route, ...] = (
    *(row for root in INSTANCES for row in _instance(root)),
    get(_PLATFORM + "/origin", _origin, Permission.PUBLIC, _NONE, answer="StringResponse"),
    get("/api/about", _origin, Permission.PUBLIC, _NONE, answer="StringResponse"),
    get(_PLATFORM + "/servers", _known_servers, _READ, ScopeRule.SERVERS, answer=_SERVERS),
    get(_PLATFORM + "/servers/active", _active_servers, _READ, ScopeRule.SERVERS, answer=_SERVERS),
    get(_PLATFORM + "/servers/{server}/is-known", _is_known, _READ, _PART, answer="BooleanResponse"),
    get(_PLATFORM + "/servers/{server}/status", _server_status, _READ, _PART, answer="ServerStatusResponse"),
    get(_PLATFORM + "/servers/{server}/services", _services, _READ, _PART, answer="ServerServicesListResponse"),
    *(
        get(f"/open-metadata/server-operations{each}/servers/{{server}}/services", _services, _READ, _PART,
            answer="ServerServicesListResponse")
        for each in ("{users}", "/")
    ),
    delete(_PLATFORM + "/servers/instance", _stop_all, _ADMINISTER, ScopeRule.PLATFORM),
    delete(_PLATFORM + "/instance", _shut_down, _ADMINISTER, ScopeRule.PLATFORM),
    get(_AUDIT_LOG + "/report", _audit_log_report, _READ, ScopeRule.CONNECTORS, answer="AuditLogReportResponse"),
    get(_AUDIT_LOG + "/severity-definitions", _audit_log_severities, _READ, _NONE, answer="AuditLogSeveritiesResponse"),
)  # fmt: skip
