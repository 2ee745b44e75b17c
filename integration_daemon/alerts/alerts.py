"""Alerts people to the incidents of one daemon, without delaying the daemon.

    census ─▶ `CauseCollector` ─▶ `Incidents` decide ─▶ `Outboxes`, one for each receiver

Alerted incidents and waiting alerts are kept in a file, so that a restart of the daemon repeats no alert. An alert is
saved as delivered after its receiver has accepted it: only a process that is killed in between sends it again.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import trio

from audit.log import AuditLog
from integration_daemon.alerts import messages
from integration_daemon.alerts.alert import Alert, AlertTestResult, Event
from integration_daemon.alerts.cause_collector import CauseCollector, Count
from integration_daemon.alerts.incidents import Incident, Incidents
from integration_daemon.alerts.outboxes import Outboxes
from integration_daemon.config.alerts import AlertsConfig
from integration_daemon.supervision.state_file import JsonStateFile
from services.allowance import Allowance

FILE = "alerts.json"
FIRST_ATTEMPTS = 900.0
"""Seconds that open incidents of an earlier process wait for the first attempts of all connectors before they end."""
_RECORDS = {
    Event.BEGUN: messages.INCIDENT_BEGAN,
    Event.GROWN: messages.INCIDENT_GREW,
    Event.OVER: messages.INCIDENT_OVER,
}


class AlertState(msgspec.Struct, frozen=True):
    """State that is kept across restarts."""

    incidents: list[Incident] = []
    waiting: dict[str, list[Alert]] = {}
    """Undelivered alerts, by receiver."""


class Alerts:
    """The alerts of one daemon. All methods are for the event loop's thread."""

    def __init__(
        self, daemon: str, directory: Path, audit_log: AuditLog, *, allowance: Allowance, ca_bundle: Path | None
    ) -> None:
        self.cause_collector = CauseCollector(self.complete)
        self._daemon = daemon
        self._audit_log = audit_log
        self._outboxes = Outboxes(daemon, audit_log, allowance, ca_bundle)
        self._file = JsonStateFile(directory / FILE, AlertState, AlertState())
        self._incidents = Incidents(daemon)
        self._decided: list[Alert] = []
        """Decided alerts that are being saved."""
        self._saving = trio.Lock()
        self._problem = ""
        self._began = 0.0
        self._scope = trio.CancelScope()
        """The cancel scope of `run`."""
        self._nursery: trio.Nursery | None = None
        self._counts, self._received = trio.open_memory_channel[Count](1)

    @property
    def has_receivers(self) -> bool:
        """True if there are receivers."""
        return bool(self._outboxes)

    @property
    def incidents(self) -> list[Incident]:
        """The open incidents of which people were alerted."""
        return [each for each in self._incidents.alerted if each.ended is None]

    async def run(self, *, task_status: trio.TaskStatus[trio.CancelScope] = trio.TASK_STATUS_IGNORED) -> None:
        """Decide after each count, and deliver to the receivers, until the reported scope is cancelled."""
        with self._scope:
            async with trio.open_nursery() as self._nursery:
                task_status.started(self._scope)
                async for count in self._received:
                    await self._decide(count)

    async def apply(self, config: AlertsConfig | None) -> None:
        """Apply the configuration of a document, with its receivers. Alerted incidents continue.

        Without receivers, no alerts are decided on, and the census need not be observed. A document that is applied
        while its server stops takes effect at the next start.
        """
        assert self._nursery is not None
        config = config or AlertsConfig()
        waited: Mapping[str, Sequence[Alert]] = {}
        if config.receivers and not self._outboxes:
            kept, self._began = await self._load(), time.time()
            self._incidents, waited = Incidents(self._daemon, kept.incidents, self._began), kept.waiting
        elif not (config.receivers or self._outboxes):
            return
        if self._scope.cancel_called:
            return
        self._incidents.after = config.after
        self.cause_collector.select([each.value for each in config.conditions], self._incidents.open)
        self._outboxes.replace(config, waited, self._nursery, self._save)
        await self._save()

    async def test(self, user: str) -> Sequence[AlertTestResult]:
        """Send a test to all receivers at once, and return their results."""
        found = await self._outboxes.test()
        taken = sum(each.taken for each in found)
        self._audit_log.record(messages.ALERTS_TESTED, user=user, daemon=self._daemon, count=len(found), taken=taken)
        return found

    def complete(self, count: Count) -> None:
        """Queue a count of the connectors for a decision."""
        with suppress(trio.WouldBlock):  # the previous count waits for the file; the next one replaces this
            self._counts.send_nowait(count)

    async def _decide(self, count: Count) -> None:
        all_tried = not count.untried or count.at - self._began > FIRST_ATTEMPTS
        alerts = self._incidents.update(count.seen, count.at, all_tried=all_tried)
        self.cause_collector.note_open(self._incidents.open)
        if not alerts:
            return
        for alert in alerts:
            self._log(alert)
        self._decided = alerts
        await self._save()  # before the delivery, so that a process that is killed does not decide again
        self._decided = []
        for alert in alerts:
            self._outboxes.add(alert)

    def _log(self, alert: Alert) -> None:
        message = _RECORDS[alert.event]
        inserts = {
            "incident": alert.incident,
            "daemon": self._daemon,
            "title": f"{alert.title}: {alert.details}" if alert.details else alert.title,
            "count": alert.connectors,
            "condition": alert.condition,
            "names": ", ".join(alert.names),
            "action": alert.action,
            "seconds": f"{alert.seconds:.0f}",
        }
        self._audit_log.record(message, **{name: inserts[name] for name in message.parameter_names})

    async def _load(self) -> AlertState:
        try:
            return await trio.to_thread.run_sync(self._file.load)
        except OSError as error:
            self._not_kept(error)
            return AlertState()

    async def _save(self) -> None:
        """Save alerted incidents and waiting alerts. A file that cannot be written is logged once."""
        async with self._saving:
            waiting = {name: [*alerts, *self._decided] for name, alerts in self._outboxes.waiting.items()}
            content = AlertState([msgspec.structs.replace(each) for each in self._incidents.alerted], waiting)
            try:
                await trio.to_thread.run_sync(self._file.save, content)
                self._problem = ""
            except OSError as error:
                self._not_kept(error)

    def _not_kept(self, error: OSError) -> None:
        problem = error.strerror or type(error).__name__
        if problem != self._problem:
            self._audit_log.record(messages.ALERTS_NOT_SAVED, daemon=self._daemon, problem=problem)
        self._problem = problem
