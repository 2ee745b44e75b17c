"""The life of a connector, step by step: initialize, start, refresh, disconnect."""

import time
from math import inf
from typing import Any

import trio

from audit.foreign import raise_contained
from audit.log import Buffer, ForeignAuditLog
from audit.safe_text import safe_text
from integration_daemon.config.document import DeletionSafetyConfig, IntegrationConnectorConfig
from integration_daemon.supervision import messages
from integration_daemon.supervision.calls import AsyncCall, as_async_call, runs_on_a_thread
from integration_daemon.supervision.failure import (
    Failure,
    FailureKind,
    MethodTimedOutError,
    class_name_of,
    definition_of,
    failure_from,
    most_telling,
)
from integration_daemon.supervision.hosted import HostedConnector, Turn
from integration_daemon.supervision.hosting import ServiceHosting
from integration_daemon.supervision.outage import DependencyWatch
from integration_daemon.supervision.process_lane import ConnectorInProcess
from integration_daemon.supervision.state import AT_AN_END, READY, TRANSITIONS, ConnectorState
from integration_daemon.supervision.wanted import Wanted
from services.framework.broker import find_connector_class, make_connector, require_class
from services.framework.connector import IntegrationConnector, optional_method
from services.framework.context import ContextSettings
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.removal import DeletionSafety

RUNNING = Wanted.RUNNING
INITIALIZED, PAUSED, REFRESHING = ConnectorState.INITIALIZED, ConnectorState.PAUSED, ConnectorState.REFRESHING
"""Named here for the hot path: an attribute of an enum's class costs seven times that of an object."""


class TurnAbandonedError(Exception):
    """Raised inside a piece of work whose connector was taken away from it meanwhile; ends its task."""


class Lifecycle:
    """Takes the connectors of one service from step to step; every failure ends as the connector's status."""

    def __init__(self, hosting: ServiceHosting) -> None:
        self.hosting = hosting
        self._watch = hosting.watch
        self._endpoints = hosting.daemon.endpoints
        self._lateness = hosting.daemon.lateness
        self._daemon = hosting.daemon.name
        self._creating_context = hosting.service.creating_context

    async def attend(self, turn: Turn) -> None:
        """Do everything that is wanted of a connector now, in the order of its life."""
        hosted = turn.connector
        if (hosted.restart_wanted or hosted.stop_wanted) and hosted.state not in AT_AN_END:
            await self._end_incarnation(turn)
        if hosted.stop_wanted:
            hosted.restart_wanted = hosted.refresh_wanted = hosted.dry_run_wanted = False
            return
        if hosted.wanted is not RUNNING:
            self._rest(hosted)
            return
        if hosted.restart_wanted:
            hosted.restart_wanted = False
            await self._initialize(turn)
        elif hosted.state is PAUSED:
            hosted.enter(ConnectorState.WAITING if hosted.engagement is None else ConnectorState.ENGAGED)
        if hosted.dry_run_wanted:
            hosted.dry_run_wanted = False
            if hosted.state in READY:
                await self._dry_run(turn)
        if hosted.refresh_wanted:
            if hosted.loop_share is not None and not turn.requests and hosted.service.holds_back(hosted):
                return
            hosted.refresh_wanted = False
            if (self._watch.error is not None or self._endpoints.some_failed) and self._waits_for_a_dependency(turn):
                return
            if hosted.state is INITIALIZED:
                await self._start(turn)
            if hosted.state in READY:
                await self._refresh(turn)

    def _rest(self, hosted: HostedConnector) -> None:
        """It is wanted paused or stopped, and has let go of what it was doing."""
        hosted.restart_wanted = hosted.refresh_wanted = hosted.dry_run_wanted = False
        if hosted.wanted is Wanted.PAUSED and (hosted.state in READY or hosted.state is ConnectorState.NEW):
            hosted.enter(PAUSED)
        elif hosted.wanted is Wanted.STOPPED and hosted.state is ConnectorState.NEW:
            hosted.enter(ConnectorState.STOPPING)
            hosted.enter(ConnectorState.STOPPED)

    def _waits_for_a_dependency(self, turn: Turn) -> bool:
        """Whether there is no use in calling a connector now: something that it needs is known to be away."""
        hosted = turn.connector
        error = self._watch.error
        if error is None and (endpoint := self._endpoints.down(hosted)) is not None:
            error = endpoint.error
        if error is None or hosted.recovery is None or hosted.state not in READY:
            return False
        self.failed(turn, "refresh", error)
        return True

    async def _initialize(self, turn: Turn) -> None:
        hosted = turn.connector
        hosted.enter(ConnectorState.INITIALIZING)
        hosted.incarnation += 1
        hosted.refreshes = 0
        hosted.refresh_announced = False
        hosted.failure = None
        self._log_initializing(hosted)
        try:
            await self._call(turn, "initialize", lambda: self._make(hosted), hosted.config.start_deadline_seconds)
            hosted.disconnect_due = True
            if method := optional_method(hosted.connector, "initialize"):
                await self._call_method(turn, "initialize", method, hosted.config.start_deadline_seconds)
        except Exception as error:
            self.failed(turn, "initialize", error)
        else:
            hosted.enter(INITIALIZED)

    async def _make(self, hosted: HostedConnector) -> None:
        """Make the connector and its context. The class is checked before anything is asked of a server."""
        hosting, config = self.hosting, hosted.config
        connector_class = find_connector_class(config.connection.provider, hosted.name)
        require_class(hosting.service, connector_class, hosted.name)
        connector: IntegrationConnector[Any]
        if hosted.is_isolated:
            engages = optional_method(connector_class, "engage") is not None
            connector = ConnectorInProcess(hosting.service.url_marker, engages=engages)
        else:
            connector = make_connector(connector_class, config.connection)
        settings = self._context_settings(hosted)
        self._log_creating_context(hosted, settings)
        if settings.metadata_source:
            await hosting.sources.require(settings.metadata_source, hosting.daemon.user_id)
        hosted.context = hosting.service.context_class(settings, hosting.store, hosted.audit_log)
        hosted.context.host = hosted
        connector.context = hosted.context
        connector.connection = settings.connection
        connector.connector_name = hosted.name
        hosted.connector = connector
        hosted.refresh_call = as_async_call(connector.refresh, hosting.threads)
        hosted.refresh_on_thread = runs_on_a_thread(connector.refresh)

    async def _start(self, turn: Turn) -> None:
        hosted = turn.connector
        hosted.enter(ConnectorState.STARTING)
        try:
            if method := optional_method(hosted.connector, "start"):
                await self._call_method(turn, "start", method, hosted.config.start_deadline_seconds)
        except Exception as error:
            self.failed(turn, "start", error)
        else:
            hosted.enter(ConnectorState.WAITING)
            hosted.service.engage(hosted)

    async def _refresh(self, turn: Turn) -> None:
        """The hot path: everything here happens once for every refresh of every connector."""
        hosted = turn.connector
        call = hosted.refresh_call
        assert call is not None
        at_rest = hosted.state
        hosted.enter(REFRESHING)
        hosted.last_attempt = time.time()
        self._log_refreshing(hosted)
        if hosted.due is not None:
            self._lateness.add(trio.current_time() - hosted.due)
            hosted.due = None
        hosted.refreshes += 1
        hosted.scanned = None
        turn.on_thread = hosted.refresh_on_thread
        began = time.perf_counter()
        try:
            await self._call(turn, "refresh", call, hosted.config.refresh_deadline_seconds)
        except Exception as error:
            hosted.note_refresh(time.perf_counter() - began, error)
            self.failed(turn, "refresh", error)
            return
        seconds = time.perf_counter() - began
        hosted.note_refresh(seconds)
        if hosted.state is not REFRESHING:
            return  # its engage failed meanwhile, and the refresh with it
        hosted.enter(at_rest)
        hosted.last_success = time.time()
        if hosted.consecutive_failures:
            self._recovered(hosted)
        hosted.audit_log.record(
            messages.REFRESH_COMPLETED,
            connector=hosted.name,
            daemon=self._daemon,
            milliseconds=round(seconds * 1000),
        )

    async def _dry_run(self, turn: Turn) -> None:
        """Refresh, with everything but reading left out; what it would have done is the connector's dry run."""
        hosted = turn.connector
        call, context = hosted.refresh_call, hosted.context
        assert call is not None
        assert context is not None
        at_rest = hosted.state
        hosted.enter(REFRESHING)
        hosted.scanned = None
        began = time.perf_counter()
        log, context.audit_log = context.audit_log, ForeignAuditLog(Buffer(0), hosted.audit_log.component)
        context.store.begin_dry_run()
        try:
            await self._call(turn, "refresh", call, hosted.config.refresh_deadline_seconds)
        except Exception as error:
            hosted.note_refresh(time.perf_counter() - began, error, dry=True)
        else:
            hosted.note_refresh(time.perf_counter() - began, dry=True)
        finally:
            context.audit_log = log
            context.store.take_outcome()
        if hosted.state is REFRESHING:
            hosted.enter(at_rest)

    async def _end_incarnation(self, turn: Turn) -> None:
        hosted = turn.connector
        if hosted.state is not ConnectorState.STOPPING:
            hosted.enter(ConnectorState.STOPPING)
        seconds = hosted.config.disconnect_deadline_seconds
        standing = [each for each in (hosted.engagement, *hosted.listeners) if each is not None]
        for each in standing:
            each.scope.cancel(reason="the connector is being stopped")
        for each in standing:
            await self._call(turn, "engage", each.ended.wait, seconds)
        if hosted.disconnect_due:
            hosted.disconnect_due = False
            await self._disconnect(turn, seconds)
        self.close(hosted)

    async def _disconnect(self, turn: Turn, seconds: float) -> None:
        hosted = turn.connector
        try:
            if method := optional_method(hosted.connector, "disconnect"):
                await self._call_method(turn, "disconnect", method, seconds)
        except Exception as error:
            if not turn.is_current:
                raise TurnAbandonedError from error
            self._log_disconnect_failed(hosted, error)

    def close(self, hosted: HostedConnector) -> None:
        """The incarnation is over: nothing it may still send is accepted."""
        if hosted.context is not None:
            hosted.context.close()
        hosted.context = hosted.connector = hosted.refresh_call = hosted.engagement = hosted.failure = None
        hosted.listeners = ()
        hosted.enter(ConnectorState.STOPPED)

    def failed(self, turn: Turn, method: str, error: BaseException) -> None:
        """A method raised: the connector is FAILED, and its restart policy says what follows."""
        if not turn.is_current:
            raise TurnAbandonedError from error
        self.mark_failed(turn.connector, method, error)

    def mark_failed(self, hosted: HostedConnector, method: str, error: BaseException) -> None:
        """Make a connector FAILED, for whatever left one of its methods; the first failure is the one that counts."""
        if hosted.state is ConnectorState.FAILED:
            return
        if ConnectorState.FAILED not in TRANSITIONS[hosted.state]:  # it is on its way out: that fails nothing
            self._log_disconnect_failed(hosted, error)
            return
        failure = failure_from(error, method, hosted.audit_log.conceal, connector=hosted.name)
        shown = most_telling(error)
        hosted.failure = failure
        hosted.last_failure = time.time()
        hosted.consecutive_failures += 1
        hosted.enter(ConnectorState.FAILED)
        watch = self._watch_of(hosted, failure.kind)
        if watch is not None and isinstance(shown, Exception):
            watch.failed_for_want_of_it(hosted, shown)  # which logs the outage, once for all
            return
        self._log_failure(hosted, failure, error)
        hosted.service.recover(hosted)

    def _watch_of(self, hosted: HostedConnector, kind: FailureKind) -> DependencyWatch | None:
        """Who brings a connector back that failed for want of something that others need too."""
        if hosted.recovery is None:
            return None
        if kind is FailureKind.METADATA_SERVER_UNAVAILABLE:
            return self._watch
        if kind is FailureKind.THIRD_PARTY_UNAVAILABLE:
            return self._endpoints.watch_of(hosted)
        return None

    def _log_failure(self, hosted: HostedConnector, failure: Failure, error: BaseException) -> None:
        """Log a failure, unless the policy has restarted the connector and it failed in the same way again."""
        told = (failure.method, failure.message)
        if hosted.quiet and hosted.logged_failure == told:
            return
        hosted.logged_failure = told
        shown = most_telling(error)
        inserts = {
            "connector": hosted.name,
            "method": failure.method,
            "exception": failure.exception_class,
            "message": safe_text(shown),
        }
        if definition_of(shown) is not None:
            hosted.audit_log.record(messages.METHOD_FAILED, **inserts)
        else:
            hosted.audit_log.exception(messages.METHOD_FAILED, error, **inserts)

    def _recovered(self, hosted: HostedConnector) -> None:
        """A connector that had failed has been refreshed."""
        if hosted.logged_failure is not None and hosted.quiet:
            hosted.audit_log.record(
                messages.CONNECTOR_RECOVERED, connector=hosted.name, count=hosted.consecutive_failures
            )
        hosted.logged_failure = None
        hosted.consecutive_failures = 0

    def interrupted(self, turn: Turn) -> None:
        """The work was cancelled, because its deadline passed or because something else is wanted now."""
        hosted = turn.connector
        if turn.on_thread:
            self.log_abandoned(turn)
            if hosted.context is not None:
                hosted.context.close()  # the thread goes on, and must not write beside its successor
        if turn.method == "disconnect":
            self._log_disconnect_failed(hosted, MethodTimedOutError(hosted.name, turn.method, turn.seconds))
            self.close(hosted)
        elif turn.method == "engage":
            hosted.engagement, hosted.listeners = None, ()
        elif turn.timed_out:
            self.mark_failed(hosted, turn.method, MethodTimedOutError(hosted.name, turn.method, turn.seconds))

    def log_abandoned(self, turn: Turn) -> None:
        """Name and count a call that would not let go."""
        turn.connector.abandoned += 1
        turn.connector.audit_log.record(
            messages.CONNECTOR_ABANDONED,
            connector=turn.connector.name,
            method=turn.method,
            seconds=f"{turn.connector.config.disconnect_deadline_seconds:g}",
        )

    async def _call_method(self, turn: Turn, name: str, method: Any, seconds: float) -> None:
        turn.on_thread = runs_on_a_thread(method)
        await self._call(turn, name, as_async_call(method, self.hosting.threads), seconds)

    async def _call(self, turn: Turn, name: str, call: AsyncCall, seconds: float) -> None:
        """Await one call under a deadline that the service's watch keeps."""
        turn.method = name
        turn.seconds = seconds
        turn.deadline = None
        try:
            await call()
        except Exception:
            raise
        except BaseException as error:
            raise_contained(error)
        turn.deadline = inf
        turn.on_thread = False
        if not turn.is_current:
            raise TurnAbandonedError

    def _context_settings(self, hosted: HostedConnector) -> ContextSettings:
        config = hosted.config
        return ContextSettings(
            connector_name=hosted.name,
            connector_id=config.connector_id or "",
            connection=config.connection,
            user_id=config.connector_user_id or self.hosting.daemon.user_id,
            metadata_source=config.metadata_source_qualified_name or "",
            permitted_synchronization=self._synchronization(hosted),
            incarnation=hosted.incarnation,
            max_page_size=self.hosting.daemon.max_page_size,
            service_options=self.hosting.config.integration_service_options or {},
            retention_days=config.archive_retention_days,
            safety=_safety_of(config),
        )

    def _synchronization(self, hosted: HostedConnector) -> PermittedSynchronization:
        return (
            hosted.config.permitted_synchronization
            or self.hosting.config.default_permitted_synchronization
            or self.hosting.service.default_permitted_synchronization
        )

    def _log_creating_context(self, hosted: HostedConnector, settings: ContextSettings) -> None:
        if hosted.quiet:
            return
        hosted.audit_log.record(
            self._creating_context,
            connector=hosted.name,
            connector_id=settings.connector_id,
            metadata_source=settings.metadata_source or "null",
            synchronization=settings.permitted_synchronization.display_name,
            options=settings.service_options or "null",
        )

    def _log_initializing(self, hosted: HostedConnector) -> None:
        if hosted.quiet:
            return
        hosted.audit_log.record(
            messages.CONNECTOR_INITIALIZING,
            connector=hosted.name,
            service=self.hosting.service.full_name,
            daemon=self._daemon,
            synchronization=self._synchronization(hosted).display_name,
        )

    def _log_refreshing(self, hosted: HostedConnector) -> None:
        if hosted.refresh_announced or (hosted.quiet and not hosted.refreshes):
            hosted.refresh_announced = False
            return
        message = messages.REFRESH if hosted.refreshes else messages.FIRST_REFRESH
        hosted.audit_log.record(message, connector=hosted.name, daemon=self._daemon)

    def _log_disconnect_failed(self, hosted: HostedConnector, error: BaseException) -> None:
        hosted.audit_log.exception(
            messages.DISCONNECT_FAILED,
            error,
            connector=hosted.name,
            exception=class_name_of(error),
            message=safe_text(error),
        )


def _safety_of(config: IntegrationConnectorConfig) -> DeletionSafety:
    """The deletion safety of a connector; most have the usual one, which they share."""
    chosen = config.deletion_safety
    if chosen is None and not config.confirm_deletions:
        return _USUAL
    chosen = chosen or DeletionSafetyConfig()
    return DeletionSafety(few=chosen.few, percent=chosen.percent, most=chosen.most, confirm=config.confirm_deletions)


_USUAL = DeletionSafety()
