"""The native routes: precise states, true HTTP codes, problem documents."""

from typing import Any

import msgspec
import trio

from audit.destinations.memory_ring import RingQuery
from audit.severity import Severity
from integration_daemon.rest.messages import BODY_NOT_UNDERSTOOD, NOT_READY
from integration_daemon.rest.route import Call, Permission, Route, Style, get
from integration_daemon.rest.times import shown_time
from integration_daemon.supervision.hosted import ConnectorReport
from services.errors import InvalidParameterError
from services.metadata.changes import Query

LONGEST_WAIT = 20.0
"""Seconds that a request for audit log records may wait for one."""
MOST_IN_A_PAGE = 1_000


async def _livez(call: Call) -> str:
    return "ok"


async def _readyz(call: Call) -> str:
    if not call.platform.servers:
        raise InvalidParameterError(NOT_READY)
    return "ok"


async def _servers(call: Call) -> dict[str, Any]:
    return {
        "servers": [
            {
                "name": server.name,
                "type": server.type_name,
                "startTime": shown_time(server.start_time.timestamp()) if server.start_time else None,
                "services": server.services,
            }
            for server in call.platform.servers.values()
        ]
    }


async def _connectors(call: Call) -> dict[str, Any]:
    wanted = call.query.get("service")
    services = [each for each in call.daemon.services if wanted in (None, each.hosting.service.url_marker)]
    start, limit = _number(call, "startFrom", 0), _number(call, "limit", MOST_IN_A_PAGE)
    named = [(service.hosting.service.url_marker, hosted) for service in services for hosted in service.connectors]
    page = named[start : start + min(limit, MOST_IN_A_PAGE)]
    return {
        "total": len(named),
        "connectors": [_native(marker, hosted.report()) for marker, hosted in page],
    }


async def _connector(call: Call) -> dict[str, Any]:
    hosted = call.daemon.connector(call.parameters["connector"])
    return _native(hosted.service.hosting.service.url_marker, hosted.report())


_TIMES = ("last_status_change", "last_refresh_time", "last_attempt", "last_success", "last_failure", "next_due")


def _native(marker: str, report: ConnectorReport) -> dict[str, Any]:
    times = {_camel(name): shown_time(value) for name in _TIMES if (value := getattr(report, name)) is not None}
    failure = msgspec.to_builtins(report.failure) if report.failure is not None else None
    shown = {
        "connectorName": report.connector_name,
        "connectorId": report.connector_id,
        "service": marker,
        "state": report.state.label,
        **times,
        "refreshInterval": report.refresh_interval,
        "consecutiveFailures": report.consecutive_failures,
        "restarts": report.restarts,
        "incarnation": report.incarnation,
        "failure": failure,
        "progress": report.progress,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


async def _audit_log(call: Call) -> dict[str, Any]:
    ring = call.server.ring
    labels = [label for label in call.query.get("severity", "").split(",") if label]
    try:
        severities = frozenset(Severity.from_label(label).label for label in labels)
    except ValueError as error:
        raise InvalidParameterError(BODY_NOT_UNDERSTOOD, place="severity", problem=error) from None
    query = RingQuery(
        after=_number(call, "after", 0),
        limit=min(_number(call, "limit", 100), MOST_IN_A_PAGE),
        severities=severities,
        message_id=call.query.get("messageId"),
        mentioning=call.query.get("connector"),
        newest_first=call.query.get("newestFirst") == "true",
    )
    found = ring.find(query)
    wait = min(_number(call, "waitSeconds", 0), LONGEST_WAIT)
    if not found and wait:
        with trio.move_on_after(wait):
            await ring.wait_for_more(max(query.after, ring.last_number))
        found = ring.find(query)
    return {"lastNumber": found[-1].number if found else max(query.after, 0), "records": found}


async def _elements(call: Call) -> dict[str, Any]:
    store = call.server.store
    if store is None:
        return {"elements": []}
    query = Query(
        type_name=call.query.get("type"),
        name_pattern=call.query.get("name"),
        metadata_source=call.query.get("source"),
        include_archived=call.query.get("archived") == "true",
        start_from=_number(call, "startFrom", 0),
        page_size=min(_number(call, "limit", 100), MOST_IN_A_PAGE),
    )
    return {"elements": await store.find(query)}


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    if not text.isdecimal():
        raise InvalidParameterError(BODY_NOT_UNDERSTOOD, place=name, problem=f"{text!r} is not a whole number")
    return int(text)


def _native_get(template: str, operation: Any, permission: Permission) -> Route:
    return get(template, operation, permission, style=Style.NATIVE)


_SERVER = "/api/v1/servers/{server}"

ROUTES: tuple[Route, ...] = (
    _native_get("/livez", _livez, Permission.PUBLIC),
    _native_get("/readyz", _readyz, Permission.PUBLIC),
    _native_get("/api/v1/servers", _servers, Permission.READ_STATUS),
    _native_get(_SERVER + "/connectors", _connectors, Permission.READ_STATUS),
    _native_get(_SERVER + "/connectors/{connector}", _connector, Permission.READ_STATUS),
    _native_get(_SERVER + "/audit-log", _audit_log, Permission.READ_STATUS),
    _native_get(_SERVER + "/elements", _elements, Permission.READ_METADATA),
)
