"""The requests of a connector's context to its host."""

from collections.abc import Callable, Sequence

import msgspec

from integration_daemon.supervision import messages
from integration_daemon.supervision.connector.incarnation import Incarnation
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.connector.target_state import TargetState
from services.framework.dry_run import current_dry_run
from services.framework.host import Listener
from services.metadata.removal import NAMED, CompletedScan, DeletionSafety, RemovalGate

LOGGED = 10
"""Held elements that a record of the audit log names."""
_NOTHING_SCANNED = CompletedScan(scope="", seen=0, known=0, missing_count=0, missing=[])


class HostServices(msgspec.Struct, frozen=True):
    """The objects that the hosts of one service's connectors share."""

    listen: Callable[[ManagedConnector, Incarnation, Listener], None]
    submit: Callable[[ManagedConnector], None]


class ConnectorHost:
    """The host of one incarnation of a connector (`services.framework.host.Host`)."""

    __slots__ = ("_connector", "_incarnation", "_services")

    def __init__(self, connector: ManagedConnector, incarnation: Incarnation, services: HostServices) -> None:
        self._connector = connector
        self._incarnation = incarnation
        self._services = services

    def listen(self, listener: Listener) -> None:
        """Run a listener beside the connector's methods."""
        self._services.listen(self._connector, self._incarnation, listener)

    def ask_for_refresh(self) -> None:
        """Request a refresh on behalf of a listener of the connector."""
        connector = self._connector
        if connector.incarnation is not self._incarnation or connector.target_state is not TargetState.RUNNING:
            return
        if connector.state is not ConnectorState.FAILED:
            connector.request().refresh = True
            self._services.submit(connector)

    async def is_paused(self) -> bool:
        """True if an operator has paused or stopped the connector, which then must not change open metadata."""
        return self._connector.target_state is not TargetState.RUNNING

    async def scan_completed(self, scan: CompletedScan) -> Sequence[str] | None:
        """Decide on the removals of a scan (`services.metadata.removal.RemovalPolicy`).

        Raises `InvalidParameterError` once the incarnation has ended: the scan of an abandoned task must neither use up
        nor request an operator's approval.
        """
        incarnation, context = self._incarnation, self._incarnation.context
        if context is not None:
            context.store.require_open()
        safety = context.settings.safety if context is not None else DeletionSafety()
        decided: Sequence[str] | None
        is_dry = current_dry_run() is not None
        if is_dry and safety.allows(scan.missing_count, scan.known):
            decided = None
        else:
            decided = () if is_dry else self._decide(scan, safety)
        kept = 0 if decided is None else scan.missing_count - len(decided)
        before = incarnation.scanned or _NOTHING_SCANNED
        incarnation.scanned = msgspec.structs.replace(
            scan,
            seen=before.seen + scan.seen,
            refused=before.refused + scan.refused,
            missing_count=before.missing_count + kept,
            missing=(before.missing + scan.missing)[:NAMED] if is_dry and kept else before.missing,
        )
        return decided

    def _decide(self, scan: CompletedScan, safety: DeletionSafety) -> Sequence[str] | None:
        connector = self._connector
        if connector.removals is None:
            connector.removals = RemovalGate()
        already_logged = {held.scope for held in connector.removals.held}
        decided = connector.removals.decide(scan, safety)
        self._log_held(already_logged)
        return decided

    def _log_held(self, already_logged: set[str]) -> None:
        """Request an operator's approval of newly held removals, once for each scope."""
        connector = self._connector
        for held in connector.removals.held if connector.removals is not None else ():
            if held.scope not in already_logged and not held.rejected:
                connector.audit_log.record(
                    messages.REMOVALS_HELD,
                    connector=connector.name,
                    scope=held.scope,
                    count=held.count,
                    known=held.known,
                    sample=", ".join(held.sample[:LOGGED]),
                )
