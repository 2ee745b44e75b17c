"""Removals that wait for an operator, and what the operator says of them."""

from collections.abc import Sequence

import msgspec
import trio

from audit.message import AuditMessage
from integration_daemon.supervision import messages
from integration_daemon.supervision.daemon import Daemon
from integration_daemon.supervision.hosted import HostedConnector
from integration_daemon.supervision.selection import SLICE
from services.errors import InvalidParameterError
from services.metadata.removal import HeldRemoval


class HeldRemovals(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one connector must not remove until an operator decides."""

    connector_name: str
    held: Sequence[HeldRemoval]


async def held_removals(daemon: Daemon) -> list[HeldRemovals]:
    """All that waits for an operator, and then what an operator has rejected."""
    waiting: list[HeldRemovals] = []
    rejected: list[HeldRemovals] = []
    for number, hosted in enumerate(daemon.connectors, 1):
        if hosted.removals is not None and (held := hosted.removals.held):
            found = rejected if all(each.rejected for each in held) else waiting
            found.append(HeldRemovals(connector_name=hosted.name, held=held))
        if number % SLICE == 0:
            await trio.lowlevel.checkpoint()
    return waiting + rejected


async def approve(daemon: Daemon, connector: str, scope: str | None, *, user: str) -> None:
    """Have a connector refreshed, and let it remove as many elements as are held, in one scope or in all.

    Raises `InvalidParameterError` if there is no such connector or nothing is held there.
    """
    hosted = daemon.connector(connector)
    for each in _scopes(hosted, scope):
        assert hosted.removals is not None
        _log(daemon, messages.REMOVALS_APPROVED, hosted, hosted.removals.approve(each), user)
    await daemon.refresh(connector=connector)


async def reject(daemon: Daemon, connector: str, scope: str | None, *, user: str) -> None:
    """Keep the elements that are held, in one scope or in all, and ask again only when there are more.

    Raises `InvalidParameterError` if there is no such connector or nothing is held there.
    """
    hosted = daemon.connector(connector)
    for each in _scopes(hosted, scope):
        assert hosted.removals is not None
        _log(daemon, messages.REMOVALS_REJECTED, hosted, hosted.removals.reject(each), user)
    if daemon.rejections is not None:
        rejected = {
            each.name: each.removals.rejected
            for each in daemon.connectors
            if each.removals is not None and each.removals.rejected
        }
        await trio.to_thread.run_sync(daemon.rejections.save, rejected)


def _scopes(hosted: HostedConnector, scope: str | None) -> list[str]:
    held = [each.scope for each in hosted.removals.held] if hosted.removals is not None else []
    found = [each for each in held if scope in (None, each)]
    if not found:
        where = "" if scope is None else f" in {scope}"
        raise InvalidParameterError(messages.NOTHING_HELD, connector=hosted.name, where=where)
    return found


def _log(daemon: Daemon, message: AuditMessage, hosted: HostedConnector, held: HeldRemoval, user: str) -> None:
    daemon.hosting.audit_log.record(message, user=user, count=held.count, scope=held.scope, connector=hosted.name)
