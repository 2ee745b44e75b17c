"""The status of a connector, as the REST routes and the command line show it."""

import time

import msgspec
import trio

from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.recovery.failure import Failure

CLOCK_SET = 0.5
"""Change of the offset between the time of day and the monotonic clock, in seconds, that means the clock was set."""


class ConnectorReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """The status of a connector at one moment. Times are seconds since the epoch."""

    connector_name: str
    connector_id: str
    state: ConnectorState
    last_status_change: float
    last_refresh_time: float | None = None
    """Time of the last scheduled or requested refresh, whether or not the connector could be refreshed."""
    refresh_interval: float = 0.0
    """Minutes; 0 for refreshes only at the start and on request."""
    last_attempt: float | None = None
    last_success: float | None = None
    last_failure: float | None = None
    consecutive_failures: int = 0
    restarts: int = 0
    abandoned: int = 0
    """Number of calls that did not end after their cancellation, and were abandoned."""
    incarnation: int = 0
    next_due: float | None = None
    """Time of the next scheduled refresh; absent while the connector is not to be refreshed."""
    restart_due: float | None = None
    """Time of the next restart by policy."""
    restart_awaits: str = ""
    """The dependency that must be available before the policy restarts the connector."""
    target_state: TargetState = TargetState.RUNNING
    lane: str = ""
    """The lane of the refresh: `loop`, `thread` or `process`; empty before it is known."""
    failure: Failure | None = None
    """The failure of a FAILED connector; absent in any other state."""
    refresh_problem: str | None = None
    """The reason why the last refresh was no success, although the connector has not failed."""
    progress: str | None = None


def report_of(connector: ManagedConnector) -> ConnectorReport:
    """The current status of a connector."""
    incarnation = connector.incarnation
    is_to_return = connector.state is ConnectorState.FAILED and connector.target_state is TargetState.RUNNING
    return ConnectorReport(
        connector_name=connector.name,
        connector_id=connector.config.connector_id or "",
        state=connector.state,
        last_status_change=connector.last_status_change,
        last_refresh_time=connector.last_refresh_time,
        refresh_interval=connector.config.refresh_time_interval,
        last_attempt=connector.last_attempt,
        last_success=connector.last_success,
        last_failure=connector.last_failure,
        consecutive_failures=connector.consecutive_failures,
        restarts=connector.restarts,
        abandoned=connector.abandoned,
        incarnation=connector.incarnations,
        next_due=_time_of(connector.next_due) if _is_scheduled(connector) else None,
        restart_due=_time_of(incarnation.restart_due) if incarnation is not None and is_to_return else None,
        restart_awaits=incarnation.restart_awaits if incarnation is not None and is_to_return else "",
        target_state=connector.target_state,
        lane=_lane_of(connector),
        failure=connector.failure,
        refresh_problem=connector.refresh_problem,
        progress=connector.progress,
    )


def _is_scheduled(connector: ManagedConnector) -> bool:
    is_wanted = connector.target_state is TargetState.RUNNING and not connector.is_stopping
    return is_wanted and connector.state is not ConnectorState.FAILED


class _Clock:
    """Converts monotonic times to times of day; a time converts to the same value until the clock is set."""

    offset = 0.0

    @classmethod
    def time_of(cls, monotonic: float) -> float:
        """In seconds since the epoch."""
        offset = time.time() - trio.current_time()
        if abs(offset - cls.offset) > CLOCK_SET:
            cls.offset = offset
        return cls.offset + monotonic


def _time_of(monotonic: float | None) -> float | None:
    return None if monotonic is None else _Clock.time_of(monotonic)


def _lane_of(connector: ManagedConnector) -> str:
    if connector.is_isolated:
        return "process"
    incarnation = connector.incarnation
    if incarnation is None or incarnation.connector is None:
        return ""
    return "loop" if incarnation.thread_call is None else "thread"
