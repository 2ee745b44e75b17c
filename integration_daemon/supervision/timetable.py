"""The schedule of a daemon: refreshes of connectors at their intervals, and restarts by policy."""

import random
import time

import msgspec
import trio

from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.dispatch.schedule import Schedule, next_due_after
from integration_daemon.supervision.service import ServiceSupervisor

SLICE = 256
"""Connectors that are handed over before other tasks run."""
TICK = 0.001
"""Least seconds between two checks of the schedule. Each check costs the event loop as much as several refreshes;
entries that become due within a millisecond are handed over together."""


class ScheduledEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry of the schedule: a periodic refresh of a connector, or a restart by policy.

    A later incarnation makes a restart void, and a later entry for the next refresh makes a refresh void.
    """

    service: ServiceSupervisor
    connector: ManagedConnector
    beat: float = 0.0
    """Time of the refresh without the connector's jitter."""
    restart_of: int | None = None
    """The incarnation to restart; `None` for a refresh."""


class Timetable:
    """The schedule of one daemon. Times are seconds of trio's clock."""

    def __init__(self) -> None:
        self._schedule: Schedule[ScheduledEntry] = Schedule()
        self._changed = trio.Event()

    async def run(self) -> None:
        """Request each refresh and restart when it is due, until cancelled."""
        while True:
            now = trio.current_time()
            for due, entry in self._schedule.pop_due(now, at_most=SLICE):
                self._fire(due, entry, now)
            if self._schedule.next_due <= now:
                await trio.lowlevel.checkpoint()
                continue
            self._changed = trio.Event()
            with trio.CancelScope(deadline=max(self._schedule.next_due, now + TICK)):
                await self._changed.wait()

    def plan_refresh(self, service: ServiceSupervisor, connector: ManagedConnector, beat: float) -> None:
        """Plan the next refresh of a connector, which replaces the planned one, with the connector's jitter."""
        if connector.interval <= 0:
            connector.next_due = None
            return
        jitter = connector.config.refresh_jitter_seconds
        connector.next_due = beat + random.uniform(0, jitter) if jitter else beat  # nosec B311 # it only spreads load
        self._plan(connector.next_due, ScheduledEntry(service, connector, beat=beat))

    def put_off(self, service: ServiceSupervisor, connector: ManagedConnector, until: float) -> None:
        """Plan the next refresh of a connector for a later time, which replaces the planned one."""
        connector.next_due = until
        self._plan(until, ScheduledEntry(service, connector, beat=until))

    def plan_restart(self, service: ServiceSupervisor, connector: ManagedConnector, delay: float) -> None:
        """Plan a restart of the current incarnation of a connector after a delay."""
        due = trio.current_time() + delay
        if connector.incarnation is not None:
            connector.incarnation.restart_due = due
        self._plan(due, ScheduledEntry(service, connector, restart_of=connector.incarnations))

    def clear(self) -> None:
        """Remove all entries."""
        self._schedule = Schedule()

    def _plan(self, due: float, entry: ScheduledEntry) -> None:
        self._schedule.add(due, entry)
        if self._schedule.next_due == due:
            self._changed.set()

    def _fire(self, due: float, entry: ScheduledEntry, now: float) -> None:
        service, connector = entry.service, entry.connector
        if entry.restart_of is None:
            if due != connector.next_due:
                return
            if connector.state is not ConnectorState.FAILED:  # failed connectors are not refreshed, so never late
                connector.due = due
            request_refresh(service, connector)
            beat = next_due_after(entry.beat, connector.interval, now) if connector.interval > 0 else 0.0
            self.plan_refresh(service, connector, beat)
        elif entry.restart_of == connector.incarnations and connector.state is ConnectorState.FAILED:
            service.restart_by_policy(connector)


def request_refresh(service: ServiceSupervisor, connector: ManagedConnector, *, urgent: bool = False) -> None:
    """Request a refresh if the target state is running, and record the time of the request in any case."""
    connector.last_refresh_time = time.time()
    if connector.target_state is TargetState.RUNNING:
        connector.request().refresh = True
    service.submit(connector, urgent=urgent)
