"""Removals that need an operator's approval: listed, approved, rejected."""

from collections.abc import Sequence

import msgspec
import trio

from audit.message import AuditMessage
from integration_daemon.supervision import messages
from integration_daemon.supervision.connector.condition import judge
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.operation_outcome import OperationOutcome
from integration_daemon.supervision.connector.selection import SLICE
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.operations import refresh
from services.errors import InvalidParameterError
from services.metadata.removal import HeldRemoval


class HeldRemovals(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The removals of one connector that wait for an operator's decision."""

    connector_name: str
    held: Sequence[HeldRemoval]


async def held_removals(connectors: Sequence[ManagedConnector]) -> list[HeldRemovals]:
    """The removals that wait for an operator, and then those that an operator has rejected."""
    waiting: list[HeldRemovals] = []
    rejected: list[HeldRemovals] = []
    for number, connector in enumerate(connectors, 1):
        if connector.removals is not None and (held := connector.removals.held):
            found = rejected if all(each.rejected for each in held) else waiting
            found.append(HeldRemovals(connector_name=connector.name, held=held))
        if number % SLICE == 0:
            await trio.lowlevel.checkpoint()
    return waiting + rejected


async def approve(
    daemon: Daemon, connector: str, scope: str | None, *, user: str, seen: int | None = None
) -> OperationOutcome:
    """Approve the removal of the elements that are held, in one scope or in all, and refresh the connector.

    Returns the outcome of the refresh; without a refresh the approval stays for the next one. Raises
    `InvalidParameterError` if the connector is unknown, nothing is held, or more elements are held than `seen`.
    """
    found = daemon.connector(connector)
    scopes = _scopes(found, scope)
    assert found.removals is not None
    held = sum(each.count for each in found.removals.held if each.scope in scopes)
    if seen is not None and held > seen:
        raise InvalidParameterError(messages.MORE_HELD, connector=connector, seen=seen, held=held)
    for each in scopes:
        _log(daemon, messages.REMOVALS_APPROVED, found, found.removals.approve(each), user)
    return await refresh(daemon, connector=connector)


async def reject(daemon: Daemon, connector: str, scope: str | None, *, user: str) -> None:
    """Keep the elements that are held, in one scope or in all; approval is requested again only for more elements.

    Raises `InvalidParameterError` if the connector is unknown or nothing is held.
    """
    found = daemon.connector(connector)
    for each in _scopes(found, scope):
        assert found.removals is not None
        _log(daemon, messages.REMOVALS_REJECTED, found, found.removals.reject(each), user)
    judge(found)
    if daemon.decisions is not None:
        with trio.CancelScope(shield=True):  # completed even if the caller disconnects
            await daemon.decisions.save_rejections(daemon.connectors)


def _scopes(connector: ManagedConnector, scope: str | None) -> list[str]:
    held = [each.scope for each in connector.removals.held] if connector.removals is not None else []
    found = [each for each in held if scope in (None, each)]
    if not found:
        where = "" if scope is None else f" in {scope}"
        raise InvalidParameterError(messages.NOTHING_HELD, connector=connector.name, where=where)
    return found


def _log(daemon: Daemon, message: AuditMessage, connector: ManagedConnector, held: HeldRemoval, user: str) -> None:
    daemon.environment.audit_log.record(
        message, user=user, count=held.count, scope=held.scope, connector=connector.name
    )
