"""The native routes: precise states, true HTTP codes, problem documents."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import trio

from audit.destinations.memory_ring import RingQuery
from audit.severity import Severity
from integration_daemon.config.load import decode_document
from integration_daemon.platform.server import Server
from integration_daemon.rest import connector_list
from integration_daemon.rest.messages import NOT_READY
from integration_daemon.rest.native_queries import (
    MOST_IN_A_PAGE,
    AuditLogQuery,
    ChangesQuery,
    ConnectorsQuery,
    DecisionQuery,
    DeletionsQuery,
    ElementsQuery,
    SelectionQuery,
    ServerQuery,
)
from integration_daemon.rest.query import FreeQuery, not_understood
from integration_daemon.rest.query import Query as RequestQuery
from integration_daemon.rest.route import Call, Operation, Permission, Route, Style, get, post
from integration_daemon.rest.times import shown_time
from integration_daemon.supervision import removals
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.hosted import HostedConnector
from integration_daemon.supervision.loop_guard import loop_use
from integration_daemon.supervision.reconfigure import Reconfigured
from integration_daemon.supervision.refresh_report import RefreshReport
from integration_daemon.supervision.wanted import Wanted
from services.errors import InvalidParameterError
from services.metadata.changes import ChangePage, Query
from services.metadata.messages import ELEMENT_NOT_FOUND
from services.metadata.store import MetadataStore

LONGEST_WAIT = 20.0
"""Seconds that a request for audit log records may wait for one."""


async def _livez(call: Call) -> str:
    """Answer `ok` while the process serves requests."""
    return "ok"


async def _readyz(call: Call) -> str:
    """Answer `ok` if a server is running, else status 503."""
    call.platform.require_directory()
    if not call.platform.servers:
        raise InvalidParameterError(NOT_READY)
    return "ok"


async def _servers(call: Call) -> dict[str, Any]:
    """List the running servers."""
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
    """List the connectors that a query selects, one page at a time, and count them by state."""
    return await connector_list.page(_daemon(call), call.query, _native)


def _with_selected(what: str) -> Operation:
    async def operation(call: Call) -> dict[str, Any]:
        return await connector_list.do_with_selected(_daemon(call), what, call.query)

    operation.__name__ = f"{what}_selected"
    operation.__doc__ = f"{what.capitalize()} all connectors that the query selects."
    return operation


async def _connector(call: Call) -> dict[str, Any]:
    """Show all that is known of one connector: its failure, its held deletions, its last refreshes."""
    return _detail(_daemon(call).connector(call.parameters["connector"]))


def _operation(name: str, work: Callable[[Daemon, str, str], Awaitable[None]]) -> Operation:
    async def operation(call: Call) -> dict[str, Any]:
        daemon, connector = _daemon(call), call.parameters["connector"]
        await work(daemon, connector, call.user)
        return _native(daemon.connector(connector))

    operation.__name__, operation.__doc__ = name, _MEANINGS[name]
    return operation


def _wanting(wanted: Wanted) -> Callable[[Daemon, str, str], Awaitable[None]]:
    return lambda daemon, connector, user: daemon.want(connector, wanted, user=user)


OPERATIONS: dict[str, Callable[[Daemon, str, str], Awaitable[None]]] = {
    "refresh": lambda daemon, connector, user: daemon.refresh(connector=connector),
    "restart": lambda daemon, connector, user: daemon.restart(connector=connector),
    "pause": _wanting(Wanted.PAUSED),
    "resume": _wanting(Wanted.RUNNING),
    "stop": _wanting(Wanted.STOPPED),
}
"""What can be done with one connector; each waits for its work as the compatible routes do, then shows it."""

_MEANINGS = {
    "refresh": "Refresh a connector, and show it.",
    "restart": "Restart a connector, and show it.",
    "pause": "Pause a connector: it keeps its connections and is not refreshed.",
    "resume": "Have a paused or stopped connector run again.",
    "stop": "Disconnect a connector, which is not called again until it is resumed.",
}


def _daemon(call: Call) -> Daemon:
    """The daemon that the URL names, or else the query's `server`, or else the only one there is."""
    if "server" not in call.parameters:
        daemons = [each.name for each in call.platform.servers.values() if each.daemon is not None]
        _name_server(call, daemons)
    return call.daemon


def _name_server(call: Call, servers: Sequence[str]) -> None:
    """Have the call be about the server that its query names, or else the only one of several."""
    named = call.query.server
    if named is None and len(servers) != 1:
        raise not_understood("server", f"name one of {', '.join(servers)}" if servers else "no such server runs here")
    call.parameters = {**call.parameters, "server": named or servers[0]}


async def _dry_run(call: Call) -> dict[str, Any]:
    """Refresh a connector without writing, and return what it would change."""
    report = await _daemon(call).dry_run(call.parameters["connector"])
    return {"connectorName": call.parameters["connector"], "dryRun": _report(report) if report is not None else None}


async def _deletions(call: Call) -> dict[str, Any]:
    """List the removals that wait for an operator's approval."""
    held = await removals.held_removals(_daemon(call))
    query: DeletionsQuery = call.query
    end = None if query.limit is None else query.start_from + query.limit
    return {"total": len(held), "deletions": [_held(each) for each in held[query.start_from : end]]}


def _held(each: removals.HeldRemovals) -> dict[str, Any]:
    held = [{**msgspec.to_builtins(one), "since": shown_time(one.since)} for one in each.held]
    return {"connectorName": each.connector_name, "held": held}


def _deciding(decide: Callable[..., Awaitable[None]]) -> Operation:
    async def operation(call: Call) -> dict[str, Any]:
        daemon, connector = _daemon(call), call.parameters["connector"]
        query: DecisionQuery = call.query
        await decide(daemon, connector, query.scope, user=call.user)
        return _detail(daemon.connector(connector))

    operation.__name__ = decide.__name__
    operation.__doc__ = (decide.__doc__ or "").partition("\n\n")[0]
    return operation


async def _reload(call: Call) -> Reconfigured:
    """Apply the document in the request, or else the server's own document as it is now, to a running daemon."""
    return await call.platform.take_over(call.server.name, call.body, user=call.user)


_TIMES = ("last_status_change", "last_refresh_time", "last_attempt", "last_success", "last_failure", "next_due")


def _native(hosted: HostedConnector) -> dict[str, Any]:
    report = hosted.report()
    times = {_camel(name): shown_time(value) for name in _TIMES if (value := getattr(report, name)) is not None}
    failure = msgspec.to_builtins(report.failure) if report.failure is not None else None
    shown = {
        "connectorName": report.connector_name,
        "connectorId": report.connector_id,
        "service": hosted.service.hosting.service.url_marker,
        "state": report.state.label,
        "wanted": report.wanted.value,
        "lane": report.lane or None,
        **times,
        "refreshInterval": report.refresh_interval,
        "consecutiveFailures": report.consecutive_failures,
        "restarts": report.restarts,
        "abandoned": report.abandoned,
        "incarnation": report.incarnation,
        "failure": failure,
        "progress": report.progress,
        "eventLoop": _loop_use(hosted),
        "heldDeletions": _waiting(hosted),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _loop_use(hosted: HostedConnector) -> dict[str, Any] | None:
    """How the connector has held the event loop, if it has."""
    if (use := loop_use(hosted)) is None:
        return None
    shown: dict[str, Any] = msgspec.to_builtins(use)
    return {**shown, "putOffUntil": shown_time(use.put_off_until)} if use.put_off_until is not None else shown


def _waiting(hosted: HostedConnector) -> int | None:
    """How many elements wait for an operator's word, if any do."""
    if hosted.removals is None:
        return None
    return sum(each.count for each in hosted.removals.held if not each.rejected) or None


def _detail(hosted: HostedConnector) -> dict[str, Any]:
    """All that is known of one connector."""
    shown = _native(hosted)
    if hosted.removals is not None and hosted.removals.held:
        shown["deletions"] = _held(removals.HeldRemovals(connector_name=hosted.name, held=hosted.removals.held))["held"]
    if hosted.recent:
        shown["recentRefreshes"] = [_report(report) for report in hosted.recent]
    if hosted.dry_run is not None:
        shown["dryRun"] = _report(hosted.dry_run)
    return shown


def _report(report: RefreshReport) -> dict[str, Any]:
    return {**msgspec.to_builtins(report), "began": shown_time(report.began)}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


async def _audit_log(call: Call) -> dict[str, Any]:
    """Return the newest audit log records, which the server keeps in memory."""
    query: AuditLogQuery = call.query
    ring = call.server.ring
    wanted = RingQuery(
        after=query.after,
        limit=min(query.limit, MOST_IN_A_PAGE),
        severities=_severities(query.severity),
        message_id=query.message_id,
        mentioning=query.connector,
        newest_first=query.newest_first,
    )
    found = ring.find(wanted)
    if not found and query.wait_seconds:
        with trio.move_on_after(min(query.wait_seconds, LONGEST_WAIT)):
            await ring.wait_for_more(max(query.after, ring.last_number))
        found = ring.find(wanted)
    return {"lastNumber": found[-1].number if found else query.after, "records": found}


def _severities(labels: str) -> frozenset[str]:
    try:
        return frozenset(Severity.from_label(label).label for label in labels.split(",") if label)
    except ValueError as error:
        raise not_understood("severity", error) from None


async def _elements(call: Call) -> dict[str, Any]:
    """Return the elements that match a query."""
    store = _store(call)
    if store is None:
        return {"elements": []}
    query: ElementsQuery = call.query
    found = await store.find(
        Query(
            type_name=query.type,
            name_pattern=query.name,
            text=query.text,
            updated_since=query.updated_since,
            metadata_source=query.source,
            include_archived=query.archived,
            start_from=query.start_from,
            page_size=min(query.limit, MOST_IN_A_PAGE),
        )
    )
    answer: dict[str, Any] = {"elements": found}
    if query.relationships:
        answer["relationships"] = await store.relationships([each.guid for each in found])
    return answer


async def _element(call: Call) -> dict[str, Any]:
    """Return one element by its GUID, archived or not, with its relationships."""
    store, guid = _store(call), call.parameters["guid"]
    found = await store.get([guid]) if store is not None else []
    if store is None or not found:
        raise InvalidParameterError(ELEMENT_NOT_FOUND, kind="GUID", value=guid)
    return {"element": found[0], "relationships": await store.relationships([guid])}


async def _changes(call: Call) -> ChangePage:
    """Return what changed in the store, for programs that follow it."""
    store = _store(call)
    query: ChangesQuery = call.query
    if store is None:
        return ChangePage(changes=[], last=query.after, is_last=True)
    return await store.changes(query.after, min(query.limit, MOST_IN_A_PAGE))


def _store(call: Call) -> MetadataStore | None:
    if "server" in call.parameters:
        return call.server.store
    return _daemon_or_only_server(call).store


def _daemon_or_only_server(call: Call) -> Server:
    servers = call.platform.servers
    daemons = [name for name, server in servers.items() if server.daemon is not None]
    _name_server(call, list(servers) if len(servers) == 1 else daemons)
    return call.server


def _native_get(
    template: str, operation: Any, permission: Permission, query: type[RequestQuery] = ServerQuery
) -> Route:
    return get(template, operation, permission, style=Style.NATIVE, query=query)


def _native_post(template: str, operation: Any, query: type[RequestQuery] = ServerQuery) -> Route:
    return post(template, operation, Permission.OPERATE, style=Style.NATIVE, query=query)


_SERVER = "/api/v1/servers/{server}"
_ROOTS = (_SERVER, "/api/v1")

ROUTES: tuple[Route, ...] = (
    _native_get("/livez", _livez, Permission.PUBLIC, FreeQuery),
    _native_get("/readyz", _readyz, Permission.PUBLIC, FreeQuery),
    _native_get("/api/v1/servers", _servers, Permission.READ_STATUS),
    *(_native_get(root + "/connectors", _connectors, Permission.READ_STATUS, ConnectorsQuery) for root in _ROOTS),
    *(_native_get(root + "/connectors/{connector}", _connector, Permission.READ_STATUS) for root in _ROOTS),
    *(
        _native_post(f"{root}/connectors/{{connector}}/{name}", _operation(name, work))
        for root in _ROOTS
        for name, work in OPERATIONS.items()
    ),
    *(_native_post(f"{root}/connectors/{{connector}}/dry-run", _dry_run) for root in _ROOTS),
    *(
        _native_post(f"{root}/connectors/{what}", _with_selected(what), SelectionQuery)
        for root in _ROOTS
        for what in connector_list.BULK
    ),
    *(_native_get(root + "/deletions", _deletions, Permission.READ_STATUS, DeletionsQuery) for root in _ROOTS),
    *(
        _native_post(
            f"{root}/connectors/{{connector}}/deletions/{decide.__name__}", _deciding(decide), DecisionQuery
        )
        for root in _ROOTS
        for decide in (removals.approve, removals.reject)
    ),
    post(
        _SERVER + "/reload", _reload, Permission.ADMINISTER_SERVERS, body=decode_document, style=Style.NATIVE,
        query=ServerQuery,
    ),
    _native_get(_SERVER + "/audit-log", _audit_log, Permission.READ_STATUS, AuditLogQuery),
    *(_native_get(root + "/elements", _elements, Permission.READ_METADATA, ElementsQuery) for root in _ROOTS),
    *(_native_get(root + "/elements/{guid}", _element, Permission.READ_METADATA) for root in _ROOTS),
    *(_native_get(root + "/changes", _changes, Permission.READ_METADATA, ChangesQuery) for root in _ROOTS),
)  # fmt: skip
