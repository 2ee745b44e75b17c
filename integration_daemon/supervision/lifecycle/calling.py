"""Calls of a connector's methods, and the conversion of their exceptions into failures."""

import time
from typing import Any, NamedTuple

import trio

from audit.foreign import raise_contained
from integration_daemon.supervision.connector.condition import enter
from integration_daemon.supervision.connector.incarnation import Incarnation
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.state import TRANSITIONS, ConnectorState
from integration_daemon.supervision.dispatch.work_item import WorkAbandonedError, WorkItem
from integration_daemon.supervision.isolation.calls import AsyncCall, as_async_call, runs_on_a_thread
from integration_daemon.supervision.isolation.watchdog import calls_a_connector
from integration_daemon.supervision.lifecycle.attempts import note_failure
from integration_daemon.supervision.lifecycle.journal import Journal
from integration_daemon.supervision.meters import ServiceMeters
from integration_daemon.supervision.recovery.failure import Failure, failure_from, most_telling

Work = WorkItem[ManagedConnector]


class Failed(NamedTuple):
    """A connector has become FAILED."""

    failure: Failure
    error: BaseException
    """The exception that the method raised."""

    @property
    def cause(self) -> BaseException:
        """The most specific exception of a group."""
        return most_telling(self.error)


calls_for_item = calls_a_connector("item", lambda item: (item.subject, item.step))
"""Marks a function that calls into the connector of its parameter `item`."""


class Caller:
    """Calls the connectors of one service."""

    def __init__(self, journal: Journal, threads: trio.CapacityLimiter, meters: ServiceMeters) -> None:
        self._journal = journal
        self._threads = threads
        self._meters = meters

    async def call_method(self, item: Work, name: str, method: Any, seconds: float) -> None:
        """Await a method of the connector, on the event loop or on a worker thread."""
        item.on_thread = runs_on_a_thread(method)
        await self.call(item, name, as_async_call(method, self._threads), seconds)

    @calls_for_item
    async def call(self, item: Work, name: str, call: AsyncCall, seconds: float) -> None:
        """Await one call, with a deadline that the pool enforces."""
        item.begin_step(name, seconds)
        try:
            await call()
        except Exception:
            raise
        except BaseException as error:
            raise_contained(error)
        item.end_step()

    def failed(self, item: Work, method: str, error: Exception) -> Failed | None:
        """Make the connector of a method that raised FAILED; raises `WorkAbandonedError` if the work was abandoned."""
        if isinstance(error, WorkAbandonedError) or not item.is_current:
            raise WorkAbandonedError from error
        return self.fail(item.subject, method, error)

    def fail(self, connector: ManagedConnector, method: str, error: BaseException) -> Failed | None:
        """Make a connector FAILED because of an exception of one of its methods.

        Returns `None` if the connector is already FAILED or stopping.
        """
        if connector.state is ConnectorState.FAILED:
            return None
        if ConnectorState.FAILED not in TRANSITIONS[connector.state] or connector.incarnation is None:
            self._journal.disconnect_failed(connector, error)
            return None
        failure = failure_from(error, method, connector.audit_log.conceal, connector=connector.name)
        work = connector.work
        seconds = time.perf_counter() - work.began if work is not None and work.step == method else 0.0
        note_failure(connector, connector.incarnation, method, failure.message, seconds, self._meters)
        self._meters.failures[failure.kind] += 1
        connector.incarnation.failure = failure
        connector.incarnation.refresh_problem = None
        connector.last_failure = time.time()
        connector.failing_since = connector.failing_since or connector.last_failure
        connector.consecutive_failures += 1
        connector.due = None  # the due refresh has failed, and is not late
        enter(connector, ConnectorState.FAILED)
        return Failed(failure, error)


def incarnation_of(item: Work) -> Incarnation:
    """The current incarnation of the work item's connector."""
    incarnation = item.subject.incarnation
    assert incarnation is not None
    return incarnation
