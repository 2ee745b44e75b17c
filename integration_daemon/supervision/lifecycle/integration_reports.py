"""Integration reports: elements at the metadata server that report the changes made by refreshes.

A refresh that changed nothing is not reported. Refreshes that end while a report of their connector waits to be written
are added to that report, so that at most one report of each connector waits.
"""

from datetime import UTC, datetime

import msgspec
import trio

from audit.masking import masked_text
from integration_daemon.config.units import ConnectorUnit
from integration_daemon.supervision import messages
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.refresh_report import RefreshReport
from integration_daemon.supervision.environment import ServiceEnvironment
from services.metadata.changes import Batch, Change, Link, Remove
from services.metadata.element import MetadataSource
from services.metadata.mapping import to_put
from services.metadata.types.connectors import IntegrationReport

MOST_REPORTS = 10
"""Reports of a connector that are kept at the metadata server; the oldest are deleted."""


class PendingReport(msgspec.Struct, frozen=True):
    """The changes of a connector that have not been reported yet. Times are seconds since the epoch."""

    began: float
    ended: float
    created: int
    updated: int
    removed: int

    def and_then(self, other: "PendingReport") -> "PendingReport":
        """The sum of both."""
        return PendingReport(
            min(self.began, other.began),
            max(self.ended, other.ended),
            self.created + other.created,
            self.updated + other.updated,
            self.removed + other.removed,
        )


class IntegrationReports:
    """Writes the reports of one service's connectors, one after another."""

    def __init__(self, environment: ServiceEnvironment) -> None:
        self._environment = environment
        self._daemon = environment.daemon
        self._source = MetadataSource(
            f"IntegrationReports:{self._daemon.name}", display_name=f"Integration reports of {self._daemon.name}"
        )
        self._is_registered = False
        self._pending: dict[ManagedConnector, PendingReport] = {}
        self._some = trio.Event()
        self._has_failed = False

    def note(self, connector: ManagedConnector, report: RefreshReport) -> None:
        """Queue a report of a refresh, if the refresh has changed elements."""
        if not (report.created or report.updated or report.removed):
            return
        ended = report.began + report.seconds
        found = PendingReport(report.began, ended, report.created, report.updated, report.removed)
        before = self._pending.get(connector)
        self._pending[connector] = found if before is None else before.and_then(found)
        self._some.set()

    async def run(self) -> None:
        """Write the queued reports until cancelled. A report that cannot be written is discarded."""
        while True:
            await self._some.wait()
            self._some = trio.Event()
            while self._pending:
                connector = next(iter(self._pending))
                try:
                    problem = await self._write(connector, self._pending.pop(connector))
                except Exception as error:  # an error of the metadata server does not affect the connectors
                    problem = str(error)
                self._note(problem)

    async def _write(self, connector: ManagedConnector, pending: PendingReport) -> str:
        """Write a report; returns the reason if the metadata server has refused it, else an empty text."""
        config, store = connector.config, self._environment.store
        user = config.connector_user_id or self._daemon.user_id
        if not self._is_registered:
            await store.register_source(self._source, user=user)
            self._is_registered = True
        began, scope = _iso(pending.began), f"{config.connector_id}/"
        element = config.element if isinstance(config, ConnectorUnit) else ""
        put = to_put(
            IntegrationReport(
                qualified_name=f"IntegrationReport::{self._daemon.name}::{scope}{began}",
                server_name=self._daemon.name,
                connector_id=config.connector_id,
                connector_name=connector.name,
                refresh_start_date=began,
                refresh_completion_date=_iso(pending.ended),
                additional_properties={
                    "createdElements": str(pending.created),
                    "updatedElements": str(pending.updated),
                    "deletedElements": str(pending.removed),
                },
            ),
            source_key=scope + began,
            links=[Link("RelatedIntegrationReport", element)] if element else (),
        )
        written = await store.fingerprints(self._source.qualified_name, scope)
        old = sorted(written.keys() - {put.source_key})[: -(MOST_REPORTS - 1)]
        changes: list[Change] = [put, *(Remove(source_key=key, delete=True) for key in old)]
        outcome = await store.apply(Batch(user=user, metadata_source=self._source.qualified_name, changes=changes))
        return outcome.rejected[0].message if outcome.rejected else ""

    def _note(self, problem: str) -> None:
        """Log a failed write, once until the next successful one."""
        if problem and not self._has_failed:
            self._daemon.audit_log.record(
                messages.REPORTS_NOT_WRITTEN,
                daemon=self._daemon.name,
                metadata_server=self._environment.metadata_server,
                message=masked_text(problem),
            )
        self._has_failed = bool(problem)


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
