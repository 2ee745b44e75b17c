"""The refresh of a connector, and its dry run."""

import time

import trio

from audit.foreign import contained_error
from integration_daemon.supervision.connector.condition import enter, judge
from integration_daemon.supervision.connector.finding import Condition
from integration_daemon.supervision.connector.incarnation import Incarnation
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.dispatch.work_item import WorkAbandonedError
from integration_daemon.supervision.environment import ServiceEnvironment
from integration_daemon.supervision.lifecycle.attempts import note_dry_run, note_failure, note_refresh
from integration_daemon.supervision.lifecycle.calling import Caller, Failed, Work, calls_for_item, incarnation_of
from integration_daemon.supervision.lifecycle.integration_reports import IntegrationReports
from integration_daemon.supervision.lifecycle.journal import Journal
from integration_daemon.supervision.recovery.failure import most_telling
from services.errors import RefreshPostponedError
from services.framework.dry_run import dry_run

REFRESHING, HEALTHY = ConnectorState.REFRESHING, Condition.HEALTHY
"""Module constants for the hot path: an attribute of an enum class costs seven times that of an object."""


class Refreshing:
    """Refreshes the connectors of one service."""

    def __init__(
        self, environment: ServiceEnvironment, journal: Journal, caller: Caller, reports: IntegrationReports
    ) -> None:
        self._journal = journal
        self._reports = reports
        self._call = caller.call
        self._failed = caller.failed
        self._meters = environment.meters
        self._late, self._took = environment.meters.lateness.add, environment.meters.durations.add

    @calls_for_item
    async def refresh(self, item: Work) -> Failed | None:
        """Refresh a connector. This is the hot path, which runs for every refresh of every connector.

        The call of the connector is that of `Caller.call`, written out.
        """
        connector = item.subject
        incarnation = connector.incarnation
        assert incarnation is not None
        at_rest = connector.state
        enter(connector, REFRESHING)
        connector.last_attempt = time.time()
        self._journal.refreshing(connector, incarnation)
        if connector.due is not None:
            self._late(trio.current_time() - connector.due)
            connector.due = None
        incarnation.refreshes += 1
        incarnation.scanned = None
        item.on_thread = incarnation.thread_call is not None
        try:
            item.begin_step("refresh", connector.config.refresh_deadline_seconds)
            await incarnation.refresh()
            item.end_step()
        except BaseException as error:
            if (contained := contained_error(error)) is None:
                raise
            return self._refresh_failed(item, incarnation, contained, at_rest)
        seconds = time.perf_counter() - item.began
        self._took(seconds)
        before = connector.recent
        incarnation.refresh_problem = note_refresh(connector, incarnation, seconds, self._meters)
        if connector.config.generate_integration_reports and connector.recent is not before:
            self._reports.note(connector, connector.recent[0])
        if connector.state is not REFRESHING:
            return None  # `engage` has failed meanwhile, and the connector with it
        enter(connector, at_rest)
        if incarnation.refresh_problem is not None:
            self._without_success(connector, incarnation.refresh_problem)
            return None
        connector.last_success = time.time()
        connector.failing_since = None
        if connector.consecutive_failures:
            self._journal.recovered(connector, incarnation)
            connector.consecutive_failures = 0
        self._journal.refreshed(connector, seconds)
        is_behind = seconds > connector.interval > 0.0
        connector.behind_since = (connector.behind_since or connector.last_success) if is_behind else None
        if connector.condition is not HEALTHY or connector.recent is not before or connector.behind_since is not None:
            judge(connector)
        return None

    def _without_success(self, connector: ManagedConnector, reason: str) -> None:
        self._meters.without_success += 1
        connector.failing_since = connector.failing_since or time.time()
        judge(connector)
        self._journal.refreshed_without_success(connector, reason)

    def _refresh_failed(
        self, item: Work, incarnation: Incarnation, error: Exception, at_rest: ConnectorState
    ) -> Failed | None:
        """Make a connector FAILED whose refresh raised, unless the refresh was postponed by `RefreshPostponedError`."""
        connector, shown = item.subject, most_telling(error)
        if not (isinstance(shown, RefreshPostponedError) and item.is_current and connector.state is REFRESHING):
            return self._failed(item, "refresh", error)
        incarnation.refresh_problem = connector.without_secrets(str(shown))
        seconds = time.perf_counter() - item.began
        note_failure(connector, incarnation, "refresh", incarnation.refresh_problem, seconds, self._meters)
        enter(connector, at_rest)
        self._without_success(connector, incarnation.refresh_problem)
        return None

    async def dry_run(self, item: Work) -> None:
        """Refresh without changing anything, and keep a report of the changes that a refresh would make."""
        connector, incarnation = item.subject, incarnation_of(item)
        at_rest = connector.state
        enter(connector, REFRESHING)
        incarnation.scanned = None
        connector.dry_run = None
        item.on_thread = incarnation.thread_call is not None
        failed: Exception | None = None
        with dry_run() as run:
            try:
                await self._call(item, "refresh", incarnation.refresh, connector.config.refresh_deadline_seconds)
            except WorkAbandonedError:
                raise
            except Exception as error:
                if not item.is_current:
                    raise WorkAbandonedError from error
                failed = error
        note_dry_run(connector, incarnation, time.perf_counter() - item.began, run.changes, failed)
        if connector.state is REFRESHING:
            enter(connector, at_rest)
