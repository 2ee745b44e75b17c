"""The native routes that show servers, connectors, held deletions and the audit log."""

import math

import trio
from msgspec import UNSET

from audit.destinations.memory_ring import MemoryRingDestination, RingQuery
from audit.record import NumberedRecord
from integration_daemon.platform.platform import Platform
from integration_daemon.rest.in_scope import entries_in_scope, placed_in_scope
from integration_daemon.rest.native import connector_list
from integration_daemon.rest.native.answers import (
    AuditLogAnswer,
    DeletionsAnswer,
    ServersAnswer,
    ShownServer,
    StoppedServer,
)
from integration_daemon.rest.native.connector_answers import ConnectorDetail, ConnectorPage
from integration_daemon.rest.native.connector_views import shown_connector, shown_removals
from integration_daemon.rest.native.queries import (
    LONGEST_WAIT,
    AuditLogQuery,
    ConnectorsQuery,
    DeletionsQuery,
    severities_of,
)
from integration_daemon.rest.native.routing import ROOTS, SERVER, native_get
from integration_daemon.rest.route import Call, Route
from integration_daemon.rest.times import shown_time
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from integration_daemon.supervision import removals
from services.metadata.bounds import MOST_IN_A_PAGE


async def _servers(call: Call) -> ServersAnswer:
    """List the running servers, and the stopped servers that have a stored document."""
    stopped = [each for each in await call.platform.known_servers() if each not in call.platform.servers]
    return ServersAnswer(
        stopped=[_stopped(call.platform, each) for each in stopped if call.granted_scopes.has_server(each)],
        servers=[
            ShownServer(
                name=server.name,
                type=server.type_name,
                start_time=shown_time(server.start_time.timestamp()) if server.start_time else None,
                services=server.services,
            )
            for server in call.servers.values()
        ],
    )


def _stopped(platform: Platform, name: str) -> StoppedServer:
    last = next(reversed(platform.history(name)), None)
    ended = None if last is None else last.end_time
    return StoppedServer(name=name, end_time=UNSET if ended is None else shown_time(ended.timestamp()))


async def _connectors(call: Call) -> ConnectorPage:
    """List the connectors in scope that a query selects, one page at a time, and count them by state and condition."""
    return await connector_list.page(call)


async def _connector(call: Call) -> ConnectorDetail:
    """Show the details of one connector: its failure, its held deletions, its last refreshes."""
    return await shown_connector(call.daemon, call.parameters["connector"])


async def _deletions(call: Call) -> DeletionsAnswer:
    """List the removals that wait for an operator's approval."""
    placed = await placed_in_scope(call, call.daemon.placed)
    held = await removals.held_removals([each for _, each in placed])
    query: DeletionsQuery = call.query
    end = None if query.limit is None else query.start_from + query.limit
    return DeletionsAnswer(total=len(held), deletions=[shown_removals(each) for each in held[query.start_from : end]])


async def _audit_log(call: Call) -> AuditLogAnswer:
    """Return the newest audit log records, which the server keeps in memory."""
    query: AuditLogQuery = call.query
    ring = call.server.ring
    wanted = RingQuery(
        after=query.after,
        before=query.before,
        limit=min(query.limit, MOST_IN_A_PAGE),
        severities=severities_of(query.severity),
        message_id=query.message_id,
        mentioning=query.connector,
        text=query.text,
        since=0.0 if query.since is None else query.since.timestamp(),
        until=math.inf if query.until is None else query.until.timestamp(),
        newest_first=query.newest_first,
        among=await entries_in_scope(call),
    )
    found = await _found(ring, wanted)
    with trio.move_on_after(min(query.wait_seconds, LONGEST_WAIT)):
        while not found and query.wait_seconds:  # a record out of scope does not end the wait
            await ring.wait_for_more(max(query.after, ring.last_number))
            found = await _found(ring, wanted)
    return AuditLogAnswer(last_number=found[-1].number if found else query.after, records=found)


async def _found(ring: MemoryRingDestination, wanted: RingQuery) -> list[NumberedRecord]:
    """The records that a query finds. A search for a text renders many records, and so runs on a worker thread."""
    return await trio.to_thread.run_sync(ring.find, wanted) if wanted.text else ring.find(wanted)


_READ = Permission.READ_STATUS

ROUTES: tuple[Route, ...] = (
    native_get("/api/v1/servers", _servers, _READ, ScopeRule.SERVERS),
    *(native_get(root + "/connectors", _connectors, _READ, ScopeRule.CONNECTORS, ConnectorsQuery) for root in ROOTS),
    *(native_get(root + "/connectors/{connector}", _connector, _READ, ScopeRule.CONNECTOR) for root in ROOTS),
    *(native_get(root + "/deletions", _deletions, _READ, ScopeRule.CONNECTORS, DeletionsQuery) for root in ROOTS),
    native_get(SERVER + "/audit-log", _audit_log, _READ, ScopeRule.CONNECTORS, AuditLogQuery),
)
