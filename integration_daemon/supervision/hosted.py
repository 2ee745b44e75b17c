"""A hosted connector: at rest it is data, and this is that data."""

import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import trio

from audit.log import AuditLog
from audit.masking import masked_text
from audit.safe_text import safe_text
from integration_daemon.config.document import IntegrationConnectorConfig, Isolation
from integration_daemon.supervision import messages
from integration_daemon.supervision.calls import AsyncCall
from integration_daemon.supervision.failure import Failure, message_of, most_telling
from integration_daemon.supervision.loop_share import LoopShare
from integration_daemon.supervision.refresh_report import KEPT, REJECTIONS_SHOWN, RefreshReport
from integration_daemon.supervision.restart_policy import AutomaticRestart
from integration_daemon.supervision.state import TRANSITIONS, ConnectorState
from integration_daemon.supervision.wanted import Wanted
from services.framework.connector import IntegrationConnector
from services.framework.context import IntegrationContext
from services.framework.discretion import known_secrets
from services.framework.host import Listener
from services.metadata.changes import Outcome, Rejection
from services.metadata.removal import CompletedScan, DeletionSafety, RemovalGate

if TYPE_CHECKING:
    from integration_daemon.supervision.service_supervisor import ServiceSupervisor


class ConnectorReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """The status of a connector. Times are seconds since the epoch."""

    connector_name: str
    connector_id: str
    state: ConnectorState
    last_status_change: float
    last_refresh_time: float | None = None
    """When the schedule last came to the connector, whether or not it could be refreshed."""
    refresh_interval: float = 0.0
    """Minutes; 0: refreshed at start and on request."""
    last_attempt: float | None = None
    last_success: float | None = None
    last_failure: float | None = None
    consecutive_failures: int = 0
    restarts: int = 0
    abandoned: int = 0
    """Calls that would not let go when cancelled, and were left behind."""
    incarnation: int = 0
    next_due: float | None = None
    wanted: Wanted = Wanted.RUNNING
    lane: str = ""
    """`loop`, `thread` or `process`: where its refresh runs; empty before it is known."""
    failure: Failure | None = None
    """Why it is in FAILED state; absent in any other."""
    progress: str | None = None


class Requested:
    """A wait for several connectors to be done with what was asked of them."""

    def __init__(self, outstanding: int) -> None:
        self._outstanding = outstanding
        self.done = trio.Event()
        if outstanding == 0:
            self.done.set()

    def one_done(self) -> None:
        """One of them is done."""
        self._outstanding -= 1
        if self._outstanding == 0:
            self.done.set()


class Standing:
    """A task that runs beside a connector's methods for as long as its incarnation: its `engage` or a listener."""

    def __init__(self) -> None:
        self.scope = trio.CancelScope()
        self.ended = trio.Event()


class Turn:
    """One piece of work on a connector, from being taken off the queue to being done with."""

    __slots__ = (
        "cancelled_at",
        "connector",
        "deadline",
        "is_long",
        "method",
        "on_thread",
        "place",
        "requests",
        "scope",
        "seconds",
        "seen",
        "timed_out",
    )

    def __init__(self, connector: "HostedConnector", scope: trio.CancelScope, place: object | None) -> None:
        self.connector = connector
        self.scope = scope
        self.place = place
        """Its place among all that the daemon does, where that is bounded."""
        self.requests, connector.requests = connector.requests, ()
        """Who waits for this piece of work; what is asked from now on waits for the next one."""
        self.method = ""
        self.on_thread = False
        self.seconds = math.inf
        self.deadline: float | None = math.inf
        """Monotonic time at which the method in progress is cancelled; `None` until the watch has seen it begin."""
        self.seen = 0.0
        """When the watch first saw it at work."""
        self.is_long = False
        """It has given its place among the workers to another."""
        self.cancelled_at = math.inf
        self.timed_out = False

    def cancel(self, now: float, reason: str) -> None:
        """Cancel the work; whoever does not let go within its grace is abandoned by the watch."""
        if self.cancelled_at == math.inf:
            self.cancelled_at = now
        self.scope.cancel(reason=reason)

    @property
    def is_current(self) -> bool:
        """False once the connector was taken away from this work, because it would not let go."""
        return self.connector.turn is self


class HostedConnector:
    """One configured connector and all that is known of it. Changed only on the event loop."""

    __slots__ = (
        "abandoned",
        "audit_log",
        "config",
        "connector",
        "consecutive_failures",
        "context",
        "disconnect_due",
        "dry_run",
        "dry_run_wanted",
        "due",
        "engagement",
        "failure",
        "incarnation",
        "interval",
        "last_attempt",
        "last_failure",
        "last_refresh_time",
        "last_status_change",
        "last_success",
        "listeners",
        "logged_failure",
        "loop_share",
        "name",
        "next_due",
        "queued",
        "quiet",
        "recent",
        "recovery",
        "refresh_announced",
        "refresh_call",
        "refresh_on_thread",
        "refresh_wanted",
        "refreshes",
        "removals",
        "requests",
        "restart_wanted",
        "restarts",
        "scanned",
        "service",
        "state",
        "stop_wanted",
        "turn",
        "wanted",
    )

    def __init__(
        self,
        config: IntegrationConnectorConfig,
        service: "ServiceSupervisor",
        audit_log: AuditLog,
        recovery: AutomaticRestart | None,
    ) -> None:
        self.service = service
        self.audit_log = audit_log
        self.configure(config, recovery)

        self.state = ConnectorState.NEW
        self.last_status_change = time.time()
        self.last_refresh_time: float | None = None
        self.last_attempt: float | None = None
        self.last_success: float | None = None
        self.last_failure: float | None = None
        self.consecutive_failures = 0
        self.restarts = 0
        self.abandoned = 0
        """Calls that would not let go when cancelled, and were left behind."""
        self.due: float | None = None
        """Monotonic time at which the refresh that is wanted was due, if the schedule wants it."""
        self.next_due: float | None = None
        """Monotonic time of its next refresh on schedule."""
        self.failure: Failure | None = None

        self.logged_failure: tuple[str, str] | None = None
        """Method and message of the failure that the audit log has of it; the same one again is only counted."""
        self.quiet = False
        """This incarnation was begun by policy: what the first one logged is not logged again."""

        self.incarnation = 0
        self.connector: IntegrationConnector[Any] | None = None
        self.context: IntegrationContext | None = None
        self.refresh_call: AsyncCall | None = None
        self.refresh_on_thread = False
        self.refreshes = 0
        """Refreshes begun in this incarnation."""
        self.refresh_announced = False
        """The daemon has logged the coming refresh already."""
        self.disconnect_due = False
        """It was initialized, so it must be disconnected."""
        self.engagement: Standing | None = None
        """The task in which its `engage` runs."""
        self.listeners: tuple[Standing, ...] = ()
        """The tasks of what its context was told to run beside its methods."""

        self.removals: RemovalGate | None = None
        """What it must not remove without an operator's word; none until it has scanned something."""
        self.scanned: CompletedScan | None = None
        """The last scan of the refresh in progress, with the figures of all before it."""
        self.recent: tuple[RefreshReport, ...] = ()
        """What its last refreshes did, newest first."""
        self.dry_run: RefreshReport | None = None
        """What its last dry run would have done."""

        self.wanted = Wanted.RUNNING
        self.stop_wanted = False
        self.restart_wanted = False
        self.refresh_wanted = False
        self.dry_run_wanted = False
        self.requests: tuple[Requested, ...] = ()
        self.queued = False
        self.turn: Turn | None = None

    def configure(self, config: IntegrationConnectorConfig, recovery: AutomaticRestart | None) -> None:
        """Give it a configuration, and forget how often it was restarted under another."""
        self.config = config
        self.name = config.connector_name
        secrets = known_secrets(config.connection)
        self.audit_log.conceal = None if secrets is None else secrets.conceal
        self.recovery = recovery
        """How it is restarted by itself; `None` under the manual policy."""
        self.loop_share: LoopShare | None = None
        """What it has had of the event loop; none until it has held it."""
        self.interval = config.refresh_time_interval * 60.0
        """Seconds between refreshes; 0: at start and on request."""

    def ask(self, *requests: Requested) -> None:
        """Have requests told when the connector is done with what they want of it."""
        self.requests += requests

    async def scan_completed(self, scan: CompletedScan) -> Sequence[str] | None:
        """Decide on what a scan of this connector did not find (`ScanJudge`)."""
        safety = self.context.settings.safety if self.context is not None else DeletionSafety()
        decided: Sequence[str] | None
        if self.context is not None and self.context.store.is_dry:
            decided = None if safety.allows(scan.gone_count, scan.known) else ()
        else:
            decided = self._decide(scan, safety)
        kept = 0 if decided is None else scan.gone_count - len(decided)
        before = self.scanned
        seen, held = (before.seen, before.gone_count) if before is not None else (0, 0)
        self.scanned = msgspec.structs.replace(scan, seen=seen + scan.seen, gone_count=held + kept, gone=[])
        return decided

    def _decide(self, scan: CompletedScan, safety: DeletionSafety) -> Sequence[str] | None:
        if self.removals is None:
            self.removals = RemovalGate()
        asked = {held.scope for held in self.removals.held}
        decided = self.removals.decide(scan, safety)
        self._log_held(asked)
        return decided

    def _log_held(self, asked: set[str]) -> None:
        """Ask the operator about what has just been held, once."""
        for held in self.removals.held if self.removals is not None else ():
            if held.scope not in asked and not held.rejected:
                self.audit_log.record(
                    messages.REMOVALS_HELD,
                    connector=self.name,
                    scope=held.scope,
                    count=held.count,
                    known=held.known,
                    sample=", ".join(held.sample),
                )

    def note_refresh(self, seconds: float, error: Exception | None = None, *, dry: bool = False) -> None:
        """Keep what a refresh did, if it looked at the catalogue at all."""
        outcome = self.context.store.take_outcome() if self.context is not None else None
        scanned = self.scanned
        if outcome is None and scanned is None and not dry:
            return
        outcome = outcome or Outcome()
        report = RefreshReport(
            began=time.time() - seconds,
            seconds=round(seconds, 3),
            seen=scanned.seen if scanned is not None else 0,
            created=outcome.created,
            updated=outcome.updated,
            removed=outcome.removed,
            held=scanned.gone_count if scanned is not None else 0,
            rejected=len(outcome.rejected),
            rejections=[
                Rejection(safe_text(each.subject), safe_text(each.message))
                for each in outcome.rejected[:REJECTIONS_SHOWN]
            ],
            failure=self.discreet(message_of(most_telling(error))) if error is not None else "",
            dry=dry,
        )
        if dry:
            self.dry_run = report
        else:
            self.recent = (report, *self.recent[: KEPT - 1])

    def listen(self, listener: Listener) -> None:
        """Have a listener of this connector run beside its methods."""
        self.service.listen(self, listener)

    def ask_for_refresh(self) -> None:
        """Have it refreshed, because a listener of its own has noticed something."""
        if self.wanted is Wanted.RUNNING and self.state is not ConnectorState.FAILED:
            self.refresh_wanted = True
            self.service.submit(self)

    async def is_paused(self) -> bool:
        """Whether it is wanted to rest."""
        return self.wanted is not Wanted.RUNNING

    def enter(self, state: ConnectorState) -> None:
        """Go to another state; raises `RuntimeError` for a transition that the state chart does not have."""
        if state not in TRANSITIONS[self.state]:
            raise RuntimeError(f"{self.name}: no way from {self.state.label} to {state.label}")
        if state.visible is not self.state.visible:
            self.last_status_change = time.time()
        self.state = state

    def request_restart(self) -> None:
        """Have the work in progress end this run, and begin the next one with a refresh, as by policy."""
        self.restarts += 1
        self.quiet = self.restart_wanted = self.refresh_wanted = True

    @property
    def is_isolated(self) -> bool:
        """Whether its next run is in a process of its own: it is configured so, or has held the event loop."""
        was_moved = self.loop_share is not None and self.loop_share.is_isolated
        return was_moved or self.config.isolation is Isolation.PROCESS

    def _lane(self) -> str:
        if self.is_isolated:
            return "process"
        if self.refresh_call is None:
            return ""
        return "thread" if self.refresh_on_thread else "loop"

    def report(self) -> ConnectorReport:
        """The status as it is at this moment."""
        progress = self.context.progress if self.context is not None else None
        return ConnectorReport(
            connector_name=self.name,
            connector_id=self.config.connector_id or "",
            state=self.state,
            last_status_change=self.last_status_change,
            last_refresh_time=self.last_refresh_time,
            refresh_interval=self.config.refresh_time_interval,
            last_attempt=self.last_attempt,
            last_success=self.last_success,
            last_failure=self.last_failure,
            consecutive_failures=self.consecutive_failures,
            restarts=self.restarts,
            abandoned=self.abandoned,
            incarnation=self.incarnation,
            next_due=None if self.next_due is None else time.time() + self.next_due - trio.current_time(),
            wanted=self.wanted,
            lane=self._lane(),
            failure=self.failure,
            progress=None if progress is None else self.discreet(progress),
        )

    def discreet(self, text: str) -> str:
        """A text of the connector's own without the secrets that its form gives away, or that are known."""
        text = masked_text(text)
        conceal = self.audit_log.conceal
        return text if conceal is None else conceal(text)
