"""The connectors and audit log records of a server that are in the scope of a request's caller."""

from collections.abc import Callable, Sequence

import trio

from audit.log import AuditLog, Entry
from integration_daemon.platform.platform import PLATFORM
from integration_daemon.rest.guarding import ACTIONS
from integration_daemon.rest.route import Call
from integration_daemon.supervision import operations
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.selection import SLICE
from integration_daemon.supervision.daemon import Daemon, Placed
from integration_daemon.supervision.service import ServiceSupervisor


async def placed_in_scope(call: Call, placed: Sequence[Placed]) -> Sequence[Placed]:
    """The connectors in scope among these."""
    return await _chosen(placed, await names_in_scope(call))


async def chosen_in_scope(call: Call, daemon: Daemon, service: str | None, connector: str | None) -> Sequence[Placed]:
    """The connector that the request names, or else the connectors in scope of the service, or of all services.

    Raises `UserNotAuthorizedError` for a connector out of scope, `InvalidParameterError` for an unknown one.
    """
    if connector is not None:
        await call.require_connector(connector)
        return operations.select(daemon, service, connector)
    return await placed_in_scope(call, operations.select(daemon, service, None))


async def services_in_scope(call: Call) -> list[tuple[ServiceSupervisor, Sequence[ManagedConnector]]]:
    """Every service with its present connectors in scope."""
    has = await names_in_scope(call)
    return [
        (service, [each for _, each in await _chosen(service.placed, has)]) for service in list(call.daemon.services)
    ]


async def _chosen(placed: Sequence[Placed], has: Callable[[str], bool] | None) -> Sequence[Placed]:
    if has is None:
        return placed
    found: list[Placed] = []
    for start in range(0, len(placed), SLICE):
        found += [each for each in placed[start : start + SLICE] if has(each[1].name)]
        await trio.lowlevel.checkpoint()
    return found


async def names_in_scope(call: Call) -> Callable[[str], bool] | None:
    """A test by name for connectors in scope, which the security connector allows, too; none: all are in scope."""
    has, daemon = call.granted_scopes.connectors_of(call.parameters["server"]), call.server.daemon
    if daemon is None or call.guard is None or not call.guard.decides_on_connectors:
        return has
    names = [each.name for _, each in await _chosen(daemon.placed, has)]
    return frozenset(await call.guard.allowed_connectors(ACTIONS[call.route.permission], names)).__contains__


async def logs_in_scope(call: Call) -> Callable[[AuditLog], bool] | None:
    """A test for the component logs of the server's audit log that are in scope; none: all are in scope."""
    has = await names_in_scope(call)
    if has is not None:
        return lambda log: log.subject is not None and has(log.subject)
    return None if call.granted_scopes.is_unlimited else lambda log: log.component is not PLATFORM


async def entries_in_scope(call: Call) -> Callable[[Entry], bool] | None:
    """A test for the records of the server's audit log that are in scope; none: all are in scope.

    A record that a connector logs belongs to that connector alone, even if it names others.
    """
    has, logs = await names_in_scope(call), await logs_in_scope(call)
    if logs is None:
        return None

    def is_in_scope(entry: Entry) -> bool:
        if has is None or entry.log.subject is not None:
            return logs(entry.log)
        named = entry.parameters.get("connector")
        return entry.log.component is not PLATFORM and isinstance(named, str) and has(named)

    return is_in_scope
