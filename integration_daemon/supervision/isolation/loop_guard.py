"""Ensures that no connector uses more than its share of the event loop, and reports connectors that do.

If the watchdog has caught a connector more than once:

    its next refresh is postponed, so that others can run
    if this is not enough, under the automatic policy, the connector is moved to its own process
    if this is not enough, under the manual policy, its `engage` and listeners are ended, and the connector fails
"""

import time
from collections.abc import Callable

import msgspec
import trio

from audit.errors import DescribedError
from audit.log import AuditLog
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.requests import Requests
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.dispatch.loop_share import SHARE, LoopShare
from integration_daemon.supervision.isolation import messages
from integration_daemon.supervision.isolation.watchdog import LoopWatchdog

BACKGROUND_METHODS = frozenset({"engage", "listener"})


class LoopShareExceededError(DescribedError):
    """An `engage` or a listener held the event loop for more than its connector's share."""


class LoopUse(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A connector's use of the event loop, as shown in its status."""

    times: int
    seconds: float
    put_off_until: float | None = None
    """Seconds since the epoch."""
    moved_to_process: bool = False


class LoopGuard:
    """Enforces the shares of the connectors of one daemon. Its methods are for the event loop's thread."""

    def __init__(
        self,
        audit_log: AuditLog,
        *,
        put_off: Callable[[ManagedConnector, float], None],
        restart: Callable[[ManagedConnector], None],
        fail: Callable[[ManagedConnector, str, Exception], None],
    ) -> None:
        """The arguments are functions that postpone a refresh, restart a connector, and fail a connector."""
        self.watchdog = LoopWatchdog(audit_log, self._held)
        self._put_off = put_off
        self._restart = restart
        self._fail = fail

    def postpones(self, connector: ManagedConnector, requests: Requests) -> bool:
        """Postpone the requested refresh if the connector has used up its share; true if it must not run now.

        If a postponement is not enough, the connector is moved to its own process instead. A refresh for which a
        caller waits is never postponed.
        """
        if requests.completions:
            return False
        self.watchdog.account()
        now, share = trio.current_time(), connector.loop_share
        until = share.postponed_until(now) if share is not None else None
        if share is None or until is None:
            return False
        requests.refresh, connector.due = False, None
        share.count_postponement(until)
        if connector.recovery is not None and share.is_far_exceeded(now):
            self._move_to_process(connector, share)
            connector.request_restart(quietly=True)
            return True
        self._put_off(connector, until)
        if not share.is_reported:
            share.is_reported = True
            connector.audit_log.record(
                messages.REFRESH_PUT_OFF, delay=f"{until - now:.0f}", **_inserts(connector, share)
            )
        return True

    def _held(self, connector: ManagedConnector, method: str, seconds: float) -> None:
        """Account for a hold of the loop by a connector. Called on the loop."""
        now = trio.current_time()
        share = connector.loop_share = connector.loop_share or LoopShare()
        share.add(seconds, now)
        if (
            method not in BACKGROUND_METHODS
            or not share.is_far_exceeded(now)
            or connector.state is ConnectorState.STOPPING
        ):
            return
        if connector.recovery is not None:
            self._move_to_process(connector, share)
            self._restart(connector)
        elif connector.state is not ConnectorState.FAILED:
            error = LoopShareExceededError(messages.LOOP_SHARE_EXCEEDED, method=method, **_inserts(connector, share))
            self._fail(connector, method, error)

    def _move_to_process(self, connector: ManagedConnector, share: LoopShare) -> None:
        share.is_isolated = True
        connector.audit_log.record(messages.MOVED_TO_PROCESS, **_inserts(connector, share))


def loop_use(connector: ManagedConnector) -> LoopUse | None:
    """A connector's use of the event loop; `None` if the watchdog has never caught it."""
    share = connector.loop_share
    if share is None or share.holds == 0:
        return None
    now = trio.current_time()
    until = share.postponed_until(now)
    return LoopUse(
        times=share.holds,
        seconds=round(share.seconds, 2),
        put_off_until=None if until is None else time.time() + until - now,
        moved_to_process=share.is_isolated,
    )


def _inserts(connector: ManagedConnector, share: LoopShare) -> dict[str, object]:
    return {
        "connector": connector.name,
        "times": share.holds,
        "seconds": f"{share.seconds:.1f}",
        "share": f"{SHARE:.0%}",
    }
