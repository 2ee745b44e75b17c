"""The life cycle of a connector in steps: initialize, start, refresh, disconnect.

A step enters the connector's states and calls the connector. It returns the failure that ended it, if any; the service
decides on the consequences.
"""

import time
from collections.abc import Callable

from integration_daemon.supervision.connector.condition import enter
from integration_daemon.supervision.connector.incarnation import Incarnation
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.requests import Requests
from integration_daemon.supervision.connector.state import AT_AN_END, READY, ConnectorState
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.dispatch.work_item import WorkAbandonedError
from integration_daemon.supervision.environment import ServiceEnvironment
from integration_daemon.supervision.lifecycle.assembly import Assembly
from integration_daemon.supervision.lifecycle.attempts import note_failure
from integration_daemon.supervision.lifecycle.background import Background
from integration_daemon.supervision.lifecycle.calling import Caller, Failed, Work, incarnation_of
from integration_daemon.supervision.lifecycle.integration_reports import IntegrationReports
from integration_daemon.supervision.lifecycle.journal import Journal
from integration_daemon.supervision.lifecycle.refreshing import Refreshing
from integration_daemon.supervision.lifecycle.traced import traced
from integration_daemon.supervision.recovery.failure import MethodTimedOutError
from services.framework.connector import optional_method

RUNNING = TargetState.RUNNING
INITIALIZED, PAUSED = ConnectorState.INITIALIZED, ConnectorState.PAUSED
"""Module constants for the hot path: an attribute of an enum class costs seven times that of an object."""

Postpones = Callable[[ManagedConnector, Requests], bool]
"""True if the requested refresh of a connector must not run now, since the connector has used up its loop share."""


class Steps:
    """Carries out the steps of one service's connectors."""

    def __init__(
        self,
        environment: ServiceEnvironment,
        journal: Journal,
        caller: Caller,
        background: Background,
        assembly: Assembly,
        reports: IntegrationReports,
        postpones: Postpones,
    ) -> None:
        self._journal = journal
        self._caller = caller
        self._refreshing = Refreshing(environment, journal, caller, reports)
        self._refresh = traced(self._refreshing.refresh, environment.daemon.tracing, environment.daemon.name)
        self._background = background
        self._assembly = assembly
        self._postpones = postpones
        self._watch = environment.watch
        self._meters = environment.meters
        self._endpoints = environment.daemon.endpoints

    async def attend(self, item: Work) -> Failed | None:
        """Carry out all current requests of a connector, in the order of its life cycle."""
        connector = item.subject
        item.grace = connector.config.disconnect_deadline_seconds
        requests = connector.take_requests()
        if (requests.restart or requests.stop) and connector.state not in AT_AN_END:
            await self._end_incarnation(item)
        if requests.stop:
            requests.clear()
            return None
        if connector.target_state is not RUNNING:
            self._rest(connector, requests)
            return None
        if requests.restart:
            requests.restart = False
            if (failed := await self._initialize(item)) is not None:
                requests.clear()
                return failed
        elif connector.state is PAUSED:
            engaged = connector.incarnation is not None and connector.incarnation.engagement is not None
            enter(connector, ConnectorState.ENGAGED if engaged else ConnectorState.WAITING)
        if requests.dry_run:
            requests.dry_run = False
            if connector.state is INITIALIZED and (failed := await self._start(item)) is not None:
                return failed
            if connector.state in READY:
                await self._refreshing.dry_run(item)
        if requests.refresh:
            if connector.loop_share is not None and self._postpones(connector, requests):
                return None
            requests.refresh = False
            if self._watch.error is not None or self._endpoints.some_failed:
                error = self._unavailable(connector)
                if error is not None:
                    return self._caller.fail(connector, "refresh", error)
            if connector.state is INITIALIZED and (failed := await self._start(item)) is not None:
                return failed
            if connector.state in READY:
                return await self._refresh(item)
        return None

    def _rest(self, connector: ManagedConnector, requests: Requests) -> None:
        """Park a connector whose target state is paused or stopped, after its work has ended."""
        requests.clear()
        if connector.target_state is TargetState.PAUSED:
            if connector.state in READY or connector.state is ConnectorState.NEW:
                enter(connector, PAUSED)
        elif connector.state is ConnectorState.NEW:
            enter(connector, ConnectorState.STOPPING)
            enter(connector, ConnectorState.STOPPED)

    def _unavailable(self, connector: ManagedConnector) -> Exception | None:
        """The error of an unavailable dependency, with which a call of the connector would fail; `None` without one."""
        if connector.recovery is None or connector.state not in READY:
            return None
        if self._watch.error is not None:
            return self._watch.error
        outage = self._endpoints.outage_of(connector.config.connection)
        return outage.error if outage is not None else None

    async def _initialize(self, item: Work) -> Failed | None:
        connector = item.subject
        enter(connector, ConnectorState.INITIALIZING)
        connector.incarnations += 1
        incarnation = Incarnation(connector.incarnations, is_quiet=connector.restarts_quietly)
        connector.incarnation = incarnation
        self._journal.initializing(connector, incarnation, self._assembly.synchronization_of(connector.config))
        seconds = connector.config.start_deadline_seconds
        try:
            await self._caller.call(item, "initialize", lambda: self._assembly.make(connector, incarnation), seconds)
            incarnation.disconnect_due = True
            if method := optional_method(incarnation.connector, "initialize"):
                await self._caller.call_method(item, "initialize", method, seconds)
        except Exception as error:
            return self._caller.failed(item, "initialize", error)
        enter(connector, INITIALIZED)
        return None

    async def _start(self, item: Work) -> Failed | None:
        connector, incarnation = item.subject, incarnation_of(item)
        enter(connector, ConnectorState.STARTING)
        try:
            if method := optional_method(incarnation.connector, "start"):
                await self._caller.call_method(item, "start", method, connector.config.start_deadline_seconds)
        except Exception as error:
            return self._caller.failed(item, "start", error)
        enter(connector, ConnectorState.WAITING)
        self._background.engage(connector, incarnation)
        return None

    async def _end_incarnation(self, item: Work) -> None:
        connector, incarnation = item.subject, item.subject.incarnation
        if connector.state is not ConnectorState.STOPPING:
            enter(connector, ConnectorState.STOPPING)
        if incarnation is not None:
            await self._end_background(item, incarnation)
            if incarnation.disconnect_due:
                incarnation.disconnect_due = False
                await self._disconnect(item, incarnation)
        self._close(connector)

    async def _end_background(self, item: Work, incarnation: Incarnation) -> None:
        tasks = incarnation.background_tasks
        self._background.end(incarnation, "the connector is being stopped")
        for task in tasks:
            await self._caller.call(item, "engage", task.ended.wait, item.grace)

    async def _disconnect(self, item: Work, incarnation: Incarnation) -> None:
        try:
            if method := optional_method(incarnation.connector, "disconnect"):
                await self._caller.call_method(item, "disconnect", method, item.grace)
        except WorkAbandonedError:
            raise
        except Exception as error:
            if not item.is_current:
                raise WorkAbandonedError from error
            self._journal.disconnect_failed(item.subject, error)

    def _close(self, connector: ManagedConnector) -> None:
        """End the incarnation, and refuse its later requests."""
        if connector.incarnation is not None:
            connector.incarnation.close()
            connector.incarnation = None
        enter(connector, ConnectorState.STOPPED)

    def interrupted(self, item: Work) -> Failed | None:
        """Handle the end of work that was cancelled, because its deadline passed or in favour of another request."""
        connector = item.subject
        incarnation = connector.incarnation
        if item.on_thread:
            self._note_abandoned(item)
            if incarnation is not None:
                incarnation.close()  # the thread continues, and must not write beside its successor
        if item.step == "disconnect":
            self._journal.disconnect_failed(connector, MethodTimedOutError(connector.name, item.step, item.seconds))
            self._close(connector)
        elif item.step == "engage":
            if incarnation is not None:
                incarnation.engagement, incarnation.listeners = None, ()
        elif item.timed_out:
            return self._caller.fail(connector, item.step, MethodTimedOutError(connector.name, item.step, item.seconds))
        return None

    def abandoned(self, item: Work) -> Failed | None:
        """Handle work that did not end after its cancellation, and no longer owns the connector."""
        connector = item.subject
        self._note_abandoned(item)
        if connector.incarnation is not None:
            connector.incarnation.close()
        if connector.state is ConnectorState.STOPPING:
            self._close(connector)
        elif item.timed_out:
            return self._caller.fail(connector, item.step, MethodTimedOutError(connector.name, item.step, item.seconds))
        return None

    def _note_abandoned(self, item: Work) -> None:
        connector = item.subject
        self._journal.abandoned(connector, item.step)
        if connector.incarnation is not None and (not item.timed_out or connector.state is ConnectorState.STOPPING):
            # in the other case the failure that follows is recorded
            reason = f"it was cancelled, did not end within {item.grace:g} seconds, and was left behind"
            seconds = time.perf_counter() - item.began
            note_failure(connector, connector.incarnation, item.step, reason, seconds, self._meters)
