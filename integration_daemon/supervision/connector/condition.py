"""The condition of a connector: whether its metadata is reliable, and if not, why. A decision, without I/O.

The state of a connector is its current activity; the condition judges the results. A connector in a normal state may
still fail to catalogue half of its elements.
"""

import time
from collections.abc import Iterator

import msgspec
import trio

from audit.counted import counted
from integration_daemon.supervision.connector.finding import Condition, Finding, Reason
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.state import TRANSITIONS, ConnectorState
from integration_daemon.supervision.connector.target_state import TargetState

LATE_AFTER = 30.0
"""Seconds that a due refresh may wait for a worker."""
STALE_AFTER = 3
"""Intervals without a success after which the metadata of a connector counts as out of date."""
STALE_AT_LEAST = 60.0
"""Least seconds without a success after which metadata counts as out of date, for short intervals."""
FLAPPING = 3
"""Restarts by policy within `FLAPPING_WITHIN` that make a connector FLAPPING."""
FLAPPING_WITHIN = 3600.0
"""Seconds."""

RUNNING, FAILED, REFRESHING = TargetState.RUNNING, ConnectorState.FAILED, ConnectorState.REFRESHING
"""Module constants because each connector is judged every few seconds, and attributes of an enum class are slow."""


class Health(msgspec.Struct, frozen=True):
    """The condition of a connector, and the findings behind it."""

    condition: Condition
    findings: tuple[Finding, ...] = ()
    """The most important first; empty if the condition is HEALTHY or UNKNOWN."""

    @property
    def since(self) -> float | None:
        """Time of the earliest finding, in seconds since the epoch; `None` without findings."""
        return min((each.since for each in self.findings), default=None)


_HEALTHY = Health(Condition.HEALTHY)
_UNKNOWN = Health(Condition.UNKNOWN)


def enter(connector: ManagedConnector, state: ConnectorState) -> None:
    """Change the state of a connector, and judge it in the new state, so that both are reported together.

    Raises `RuntimeError` for a transition that the state chart does not have.
    """
    if state not in TRANSITIONS[connector.state]:
        raise RuntimeError(f"{connector.name}: no way from {connector.state.label} to {state.label}")
    is_visible = state.visible is not connector.state.visible
    connector.state = state
    if is_visible:
        now = connector.last_status_change = time.time()
        connector.condition = health_of(connector, now).condition
        connector.note_change()
    else:
        connector.columns.statuses[connector.row] = state.number + connector.condition.number


def judge(connector: ManagedConnector, now: float | None = None) -> Health:
    """Judge a connector as `health_of` does, and update its condition."""
    health = health_of(connector, now)
    if health.condition is not connector.condition:
        connector.condition = health.condition
        connector.note_change()
    return health


def health_of(connector: ManagedConnector, now: float | None = None) -> Health:
    """Judge a connector at a time in seconds since the epoch, by default now.

    A connector is UNKNOWN if an operator has paused or stopped it, if it has not been refreshed yet, or not again since
    a failure.
    """
    if connector.target_state is not RUNNING:
        return _UNKNOWN
    now = time.time() if now is None else now
    findings = tuple(_findings(connector, now))
    if findings:
        is_stale = findings[0].reason is Reason.NO_RECENT_SUCCESS
        return Health(Condition.STALE if is_stale else Condition.DEGRADED, findings)
    return _UNKNOWN if connector.last_success is None or connector.failing_since is not None else _HEALTHY


def _findings(connector: ManagedConnector, now: float) -> Iterator[Finding]:
    """The problems of a connector, the most important first."""
    if (since := _stale_since(connector, now)) is not None:
        yield Finding(Reason.NO_RECENT_SUCCESS, since, _time_without_success(connector, now))
    if connector.state is FAILED:
        failure, since = connector.failure, connector.failing_since or connector.last_status_change
        yield Finding(Reason.FAILED, since, failure.message if failure is not None else "", _remedy(connector))
    elif (problem := connector.refresh_problem) is not None:
        yield Finding(Reason.REFRESH_WITHOUT_SUCCESS, connector.failing_since or now, problem)
    if connector.recent and connector.recent[0].rejected:
        yield _rejected(connector)
    if connector.removals is not None and (held := [each for each in connector.removals.held if not each.rejected]):
        count = sum(each.count for each in held)
        text = f"{counted(count, 'element')} no longer found"
        yield Finding(Reason.HELD_DELETIONS, min(each.since for each in held), text)
    yield from _about_time(connector, now)
    if connector.recovery is not None:
        yield from _flapping(connector, now)


def _remedy(connector: ManagedConnector) -> str:
    failure = connector.failure
    return failure.user_action if failure is not None else ""


def _stale_since(connector: ManagedConnector, now: float) -> float | None:
    """The time at which a scheduled connector's metadata became out of date; `None` if it has not."""
    if connector.interval <= 0:
        return None
    last = connector.last_success or connector.failing_since or connector.last_attempt
    if last is None:
        return None
    since = last + max(STALE_AFTER * connector.interval, STALE_AT_LEAST)
    return since if now > since else None


def _time_without_success(connector: ManagedConnector, now: float) -> str:
    interval = connector.interval / 60
    interval_text = f"its interval is {interval:g} {'minute' if interval == 1 else 'minutes'}"
    if connector.last_success is None:
        return f"it has never succeeded; {interval_text}"
    return f"its last success was {counted(round((now - connector.last_success) / 60), 'minute')} ago; {interval_text}"


def _rejected(connector: ManagedConnector) -> Finding:
    since, first = connector.recent[0].began, connector.recent[0]
    for report in connector.recent:
        if not report.rejected:
            break
        since = report.began
    text = f"{counted(first.rejected, 'element')} rejected"
    if first.rejections:
        text += f"; the first is {first.rejections[0].subject}: {first.rejections[0].message}"
    return Finding(Reason.REJECTED_ELEMENTS, since, text)


def _about_time(connector: ManagedConnector, now: float) -> Iterator[Finding]:
    if connector.due is not None and (late := trio.current_time() - connector.due) > LATE_AFTER:
        yield Finding(Reason.REFRESH_LATE, now - late, f"its refresh has been waiting for {late:,.0f} seconds")
    if connector.interval <= 0:
        return
    began = connector.last_attempt
    if connector.state is REFRESHING and began is not None and now - began > connector.interval:
        running = f"its refresh has been running for {now - began:,.0f} seconds"
        yield Finding(Reason.BEHIND_INTERVAL, connector.behind_since or began + connector.interval, running)
    elif connector.behind_since is not None:
        text = f"its last refresh took longer than its interval of {connector.interval / 60:g} minutes"
        yield Finding(Reason.BEHIND_INTERVAL, connector.behind_since, text)


def _flapping(connector: ManagedConnector, now: float) -> Iterator[Finding]:
    assert connector.recovery is not None
    restarts = connector.recovery.restarts_within(FLAPPING_WITHIN, trio.current_time())
    if len(restarts) >= FLAPPING and connector.state is not FAILED:
        since = now - (trio.current_time() - restarts[0])
        yield Finding(Reason.FLAPPING, since, f"it was restarted {len(restarts)} times within an hour")
