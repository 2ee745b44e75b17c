"""The background tasks of a connector: its `engage` and its listeners."""

from collections.abc import Callable
from typing import Any

import trio

from audit.foreign import contained_error
from integration_daemon.supervision import messages
from integration_daemon.supervision.connector.condition import enter
from integration_daemon.supervision.connector.incarnation import BackgroundTask, Incarnation
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.isolation.calls import as_async_call, contained
from integration_daemon.supervision.isolation.watchdog import calls_a_connector
from integration_daemon.supervision.lifecycle.journal import Journal
from services.framework.connector import optional_method
from services.framework.host import Listener

ENGAGE_PAUSE = 1.0
"""Seconds until an `engage` that has returned is called again."""

ReportFailure = Callable[[ManagedConnector, str, Exception], None]
"""Called with the connector, the method and the exception when a background task fails."""


class Background:
    """Runs the background tasks of one service's connectors, in the nursery of the service."""

    def __init__(self, journal: Journal, threads: trio.CapacityLimiter, report_failure: ReportFailure) -> None:
        self._journal = journal
        self._threads = threads
        self._report_failure = report_failure
        self._nursery: trio.Nursery | None = None

    def start(self, nursery: trio.Nursery) -> None:
        """Run tasks in this nursery from now on."""
        self._nursery = nursery

    def engage(self, connector: ManagedConnector, incarnation: Incarnation) -> None:
        """Start the connector's `engage`, if the connector uses blocking calls."""
        if not connector.config.uses_blocking_calls or self._nursery is None:
            return
        method = optional_method(incarnation.connector, "engage")
        if method is None:
            connector.audit_log.record(messages.ENGAGE_NOT_IMPLEMENTED, connector=connector.name)
            return
        incarnation.engagement = BackgroundTask()
        enter(connector, ConnectorState.ENGAGED)
        name = f"engage of {connector.name}"
        self._nursery.start_soon(self._engage, connector, incarnation, incarnation.engagement, method, name=name)

    def listen(self, connector: ManagedConnector, incarnation: Incarnation, listener: Listener) -> None:
        """Start a listener of the connector, which runs until it returns or the incarnation ends."""
        if self._nursery is None or connector.incarnation is not incarnation:
            return
        task = BackgroundTask()
        incarnation.listeners += (task,)
        name = f"listener of {connector.name}"
        self._nursery.start_soon(self._listen, connector, incarnation, task, listener, name=name)

    @calls_a_connector("connector", lambda connector: (connector, "engage"))
    async def _engage(
        self,
        connector: ManagedConnector,
        incarnation: Incarnation,
        task: BackgroundTask,
        method: Callable[[], Any],
    ) -> None:
        self._journal.engage_started(connector)
        try:
            with task.scope:
                call = as_async_call(method, self._threads)
                while True:
                    await contained(call)
                    self._journal.engage_returned(connector, ENGAGE_PAUSE)
                    await trio.sleep(ENGAGE_PAUSE)
        except BaseException as error:
            if (failure := contained_error(error)) is None:
                raise
            if incarnation.engagement is task:
                incarnation.engagement = None
                self.fail(connector, incarnation, "engage", failure)
        finally:
            task.ended.set()
            self._journal.engage_ended(connector)

    @calls_a_connector("connector", lambda connector: (connector, "listener"))
    async def _listen(
        self, connector: ManagedConnector, incarnation: Incarnation, task: BackgroundTask, listener: Listener
    ) -> None:
        try:
            with task.scope:
                await contained(as_async_call(listener, self._threads))
        except BaseException as error:
            if (failure := contained_error(error)) is None:
                raise
            if task in incarnation.listeners:
                self.fail(connector, incarnation, "listener", failure)
        finally:
            task.ended.set()
            incarnation.listeners = tuple(each for each in incarnation.listeners if each is not task)

    def end(self, incarnation: Incarnation, reason: str) -> None:
        """Cancel the background tasks of an incarnation."""
        for task in incarnation.background_tasks:
            task.scope.cancel(reason=reason)

    def fail(self, connector: ManagedConnector, incarnation: Incarnation, method: str, error: Exception) -> None:
        """Fail a connector because of one of its background tasks; the work in progress fails with it."""
        if connector.incarnation is not incarnation:
            return
        if connector.work is not None and connector.state is not ConnectorState.STOPPING:
            connector.work.cancel(trio.current_time(), f"{method} has failed")
        self._report_failure(connector, method, error)
