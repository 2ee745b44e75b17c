"""Tells people of the incidents of one daemon, without ever holding it up.

    census ─▶ `Sightings` ─▶ `Incidents` decide ─▶ an `Outbox` for each receiver

What was told, and what waits, is kept in a file, so that a restart of the daemon repeats nothing. An alert is saved as
delivered after its receiver took it: only a process that is killed in between sends it again.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import trio

from audit.log import AuditLog
from integration_daemon.alerts import messages
from integration_daemon.alerts.alert import Alert, Event, Said, trial
from integration_daemon.alerts.incidents import Incident, Incidents
from integration_daemon.alerts.outbox import Outbox
from integration_daemon.alerts.receivers import Receiver, outcome_of, receiver_of
from integration_daemon.alerts.sightings import Count, Sightings
from integration_daemon.config.alerts import AlertsConfig
from integration_daemon.supervision.state_file import JsonStateFile
from services.allowance import Allowance
from services.framework.discretion import known_secrets

FILE = "alerts.json"
FIRST_ATTEMPTS = 900.0
"""Seconds that incidents of an earlier process wait for the first attempts of all connectors, before they can end."""
_RECORDS = {
    Event.BEGUN: messages.INCIDENT_BEGAN,
    Event.GROWN: messages.INCIDENT_GREW,
    Event.OVER: messages.INCIDENT_OVER,
}


class Kept(msgspec.Struct, frozen=True):
    """What outlives the process."""

    incidents: list[Incident] = []
    waiting: dict[str, list[Alert]] = {}
    """Alerts that were not delivered, by receiver."""


class Alerts:
    """The alerts of one daemon. All methods are for the event loop's thread."""

    def __init__(
        self,
        daemon: str,
        config: AlertsConfig,
        directory: Path,
        audit_log: AuditLog,
        *,
        allowance: Allowance,
        ca_bundle: Path | None,
    ) -> None:
        self.sightings = Sightings([each.value for each in config.conditions], self.complete)
        self._daemon = daemon
        self._after = config.after
        self._audit_log = audit_log
        secrets = known_secrets(config)
        self._conceal = secrets.conceal if secrets is not None else str
        receivers = _named_apart(receiver_of(each, allowance, ca_bundle) for each in config.receivers)
        self._outboxes = [Outbox(each, daemon, audit_log, self._conceal) for each in receivers]
        self._file = JsonStateFile(directory / FILE, Kept, Kept())
        self._incidents = Incidents(daemon, config.after)
        self._decided: list[Alert] = []
        """What was decided and is being saved."""
        self._saving = trio.Lock()
        self._problem = ""
        self._began = 0.0
        self._counts, self._received = trio.open_memory_channel[Count](1)

    async def run(self, *, task_status: trio.TaskStatus[trio.CancelScope] = trio.TASK_STATUS_IGNORED) -> None:
        """Recall what was told, decide after each count, and deliver; until the reported scope is cancelled."""
        with trio.CancelScope() as scope:
            kept, self._began = await self._load(), time.time()
            self._incidents = Incidents(self._daemon, self._after, kept.incidents, self._began)
            async with trio.open_nursery() as nursery:
                for outbox in self._outboxes:
                    for alert in kept.waiting.get(outbox.receiver.name, ()):
                        outbox.add(alert)
                    nursery.start_soon(outbox.run, self._save, name=f"alerts to {outbox.receiver.name}")
                task_status.started(scope)
                async for count in self._received:
                    await self._decide(count)

    async def test(self, user: str) -> Sequence[Said]:
        """Send a test to every receiver at once, and return what each said."""
        said: dict[str, Said] = {}

        async def try_out(outbox: Outbox) -> None:
            name = outbox.receiver.name
            taken, text = await outcome_of(outbox.receiver, trial(self._daemon), self._conceal)
            said[name] = Said(receiver=name, taken=taken, said=text)

        async with trio.open_nursery() as nursery:
            for outbox in self._outboxes:
                nursery.start_soon(try_out, outbox)
        found = [said[each.receiver.name] for each in self._outboxes]
        taken = sum(each.taken for each in found)
        self._audit_log.record(messages.ALERTS_TESTED, user=user, daemon=self._daemon, count=len(found), taken=taken)
        return found

    def complete(self, count: Count) -> None:
        """Take a count of the connectors, to decide on it soon."""
        with suppress(trio.WouldBlock):  # the count before waits for a file: the next one tells as much
            self._counts.send_nowait(count)

    async def _decide(self, count: Count) -> None:
        all_tried = not count.untried or count.at - self._began > FIRST_ATTEMPTS
        alerts = self._incidents.take(count.seen, count.at, all_tried=all_tried)
        if not alerts:
            return
        for alert in alerts:
            self._log(alert)
        self._decided = alerts
        await self._save()  # before anybody is told, so that a process that is killed does not decide it again
        self._decided = []
        for alert in alerts:
            for outbox in self._outboxes:
                outbox.add(alert)

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

    async def _load(self) -> Kept:
        try:
            return await trio.to_thread.run_sync(self._file.load)
        except OSError as error:
            self._not_kept(error)
            return Kept()

    async def _save(self) -> None:
        """Keep what was told and what waits. A file that cannot be written is logged once."""
        async with self._saving:
            waiting = {each.receiver.name: [*each.waiting, *self._decided] for each in self._outboxes}
            content = Kept([msgspec.structs.replace(each) for each in self._incidents.told], waiting)
            try:
                await trio.to_thread.run_sync(self._file.save, content)
                self._problem = ""
            except OSError as error:
                self._not_kept(error)

    def _not_kept(self, error: OSError) -> None:
        problem = error.strerror or type(error).__name__
        if problem != self._problem:
            self._audit_log.record(messages.ALERTS_NOT_KEPT, daemon=self._daemon, problem=problem)
        self._problem = problem


def _named_apart(receivers: Iterable[Receiver]) -> list[Receiver]:
    """The receivers, with a number in the names of those that would have the same, such as webhooks at one server."""
    seen: Counter[str] = Counter()
    found = list(receivers)
    for each in found:
        seen[each.name] += 1
        if (number := seen[each.name]) > 1:
            each.name += f" ({number})"
    return found
