"""One configured connector, with the state that outlives its runs."""

import time

from audit.log import AuditLog
from audit.masking import masked_text
from integration_daemon.config.document import IntegrationConnectorConfig, Isolation
from integration_daemon.config.units import ConnectorUnit
from integration_daemon.supervision.connector.changes import StatusChanges
from integration_daemon.supervision.connector.columns import StatusColumns, StatusRow
from integration_daemon.supervision.connector.finding import Condition
from integration_daemon.supervision.connector.incarnation import Incarnation
from integration_daemon.supervision.connector.refresh_report import RefreshReport
from integration_daemon.supervision.connector.requests import Requests
from integration_daemon.supervision.connector.state import AT_AN_END, ConnectorState
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.dispatch.completion import Completion
from integration_daemon.supervision.dispatch.loop_share import LoopShare
from integration_daemon.supervision.dispatch.work_item import WorkItem
from integration_daemon.supervision.recovery.failure import Failure
from integration_daemon.supervision.recovery.restart_policy import AutomaticRestart
from services.framework.discretion import known_secrets
from services.metadata.removal import RemovalGate


class ManagedConnector(StatusRow):
    """A connector as its service and its daemon manage it. Changed only on the event loop.

    The state of one run of the connector is in its `Incarnation`; this object outlives the runs.
    """

    __slots__ = (
        "abandoned",
        "audit_log",
        "behind_since",
        "changes",
        "condition",
        "config",
        "consecutive_failures",
        "dry_run",
        "due",
        "failing_since",
        "group",
        "in_progress",
        "incarnation",
        "incarnations",
        "interval",
        "last_refresh_time",
        "last_status_change",
        "logged_failure",
        "loop_share",
        "name",
        "next_due",
        "queued",
        "recent",
        "recovery",
        "removals",
        "requests",
        "restarts_quietly",
        "service",
        "state",
        "target_state",
        "work",
    )

    def __init__(
        self,
        config: IntegrationConnectorConfig,
        service: str,
        audit_log: AuditLog,
        recovery: AutomaticRestart | None,
        *,
        group: str = "",
        columns: StatusColumns,
    ) -> None:
        super().__init__(columns)
        self.service = service
        """The URL marker of its integration service."""
        self.group = group
        """The qualified name of its integration group; empty for a connector of the document."""
        self.audit_log = audit_log
        self.changes: StatusChanges | None = None
        """The changes of the daemon's connectors, to which changes of its status are added."""
        self.configure(config, recovery)

        self.state = ConnectorState.NEW
        self.target_state = TargetState.RUNNING
        self.last_status_change = time.time()
        self.last_refresh_time: float | None = None
        self.consecutive_failures = 0
        self.failing_since: float | None = None
        """Time of the first attempt after the last success; `None` if the last attempt was a success."""
        self.behind_since: float | None = None
        """Time since which its refreshes have taken longer than its interval; `None` if they do not."""
        self.condition = Condition.UNKNOWN
        """Its condition at the last judgement."""
        self.abandoned = 0
        """Number of calls that did not end after their cancellation, and were abandoned."""
        self.due: float | None = None
        """Monotonic time at which the requested refresh was due, if the schedule requested it."""
        self.next_due: float | None = None
        """Monotonic time of its next refresh on schedule."""
        self.logged_failure: tuple[str, str] | None = None
        """Method and message of the failure that was last logged; the same failure again is only counted."""

        self._begin_without_work()
        self._note_row()

    def _begin_without_work(self) -> None:
        """Set the attributes of work, findings and requests to their first values."""
        self.incarnation: Incarnation | None = None
        """Its current run."""
        self.incarnations = 0
        """The number of incarnations, including the current one."""
        self.restarts_quietly = False
        """True if the restart policy begins the next incarnation."""

        self.removals: RemovalGate | None = None
        """Removals that need an operator's approval; `None` before the first scan."""
        self.recent: tuple[RefreshReport, ...] = ()
        """Reports of its last refreshes, newest first."""
        self.dry_run: RefreshReport | None = None
        """The report of its last dry run; `None` during a dry run."""

        self.requests: Requests | None = None
        """Requests that no work has taken yet."""
        self.in_progress: Requests | None = None
        """Requests that the work in progress has taken, without those that it has begun."""
        self.queued = False
        self.work: WorkItem[ManagedConnector] | None = None

    def continue_from(self, former: "ManagedConnector") -> None:
        """Know the last attempts of a connector with the same name, which this one replaces in the running daemon."""
        self.recent, self.restarts, self.last_refresh_time = former.recent, former.restarts, former.last_refresh_time
        self.last_attempt, self.last_success = former.last_attempt, former.last_success
        self.last_failure, self.failing_since = former.last_failure, former.failing_since
        self.consecutive_failures = former.consecutive_failures

    def configure(self, config: IntegrationConnectorConfig, recovery: AutomaticRestart | None) -> None:
        """Set the configuration, and reset the restart policy and the use of the event loop."""
        self.columns.revision += 1
        self.config = config
        self.name = self.audit_log.subject = config.connector_name
        secrets = known_secrets(config.connection)
        self.audit_log.conceal = None if secrets is None else secrets.conceal
        self.recovery = recovery
        """Decides on automatic restarts; `None` under the manual policy."""
        self.interval = config.refresh_time_interval * 60.0
        """Seconds between refreshes; 0 for refreshes only at the start and on request."""
        self.loop_share: LoopShare | None = None
        """Its use of the event loop; `None` until it has blocked the loop."""

    @property
    def target_of(self) -> str:
        """The name of the connector whose catalog target this is; empty if it is not a catalog target."""
        return self.config.target_of if isinstance(self.config, ConnectorUnit) else ""

    @property
    def is_isolated(self) -> bool:
        """True if its next run is in its own process, as configured or because it blocked the event loop."""
        return self.config.isolation is Isolation.PROCESS or (
            self.loop_share is not None and self.loop_share.is_isolated
        )

    @property
    def failure(self) -> Failure | None:
        """The failure of a FAILED connector; `None` in any other state."""
        return self.incarnation.failure if self.incarnation is not None else None

    @property
    def refresh_problem(self) -> str | None:
        """The reason why the last refresh was no success, although the connector has not failed."""
        return self.incarnation.refresh_problem if self.incarnation is not None else None

    @property
    def progress(self) -> str | None:
        """Progress of its work, as reported by the connector."""
        context = self.incarnation.context if self.incarnation is not None else None
        shown = context.progress if context is not None else None
        return None if shown is None else self.without_secrets(shown)

    @property
    def is_stopping(self) -> bool:
        """True once a final stop was requested, because the daemon stops or the connector is removed."""
        return (self.requests is not None and self.requests.stop) or (
            self.in_progress is not None and self.in_progress.stop
        )

    def request(self) -> Requests:
        """The requests that no work has taken yet, to add to."""
        if self.requests is None:
            self.requests = Requests()
        return self.requests

    def await_completion(self, completion: Completion["ManagedConnector"]) -> None:
        """Answer a completion when the connector has carried out its requests."""
        requests = self.request()
        requests.completions = (*requests.completions, completion) if requests.completions else (completion,)

    def take_requests(self) -> Requests:
        """Take all requests, to begin with them."""
        requests = self.requests
        if requests is None:
            requests = Requests()
        self.requests, self.in_progress = None, requests
        return requests

    def end_work(self, work: WorkItem["ManagedConnector"]) -> bool:
        """Answer the completions of the work, and merge back the requests that it did not begin.

        The completions of work that makes way for a restart or a stop wait for the restart or stop instead. Returns
        true if there is more work.
        """
        ended, self.in_progress = self.in_progress, None
        if ended is None:
            return False
        requests = self.requests
        if requests is not None and requests.ends_run and self.state not in AT_AN_END and work.is_preempted:
            requests.completions = ended.completions + requests.completions
        else:
            for completion in ended.completions:
                completion.one_done(self)
        if ended.refresh or ended.restart or ended.dry_run or ended.stop:
            self.request().merge(ended)
        requests = self.requests  # answered callers may have made new requests
        if requests is None:
            return False
        return requests.has_work or bool(requests.completions) or (requests.stop and self.state not in AT_AN_END)

    def request_restart(self, *, quietly: bool) -> None:
        """Request a restart and a refresh; quietly if the restart policy requests them, not an operator."""
        self.restarts += 1
        self.restarts_quietly = quietly
        requests = self.request()
        requests.restart = requests.refresh = True

    def without_secrets(self, text: str) -> str:
        """Mask secrets in a text of the connector: its known secrets, and secrets recognised by their form."""
        text = masked_text(text)
        conceal = self.audit_log.conceal
        return text if conceal is None else conceal(text)

    def note_change(self) -> None:
        """Report a change of its state or condition to the followers of the connectors."""
        self._note_row()
        if self.changes is not None:
            self.changes.note(time.time(), self.name, self.service, self.state.label, self.condition.value)

    def _note_row(self) -> None:
        failure = self.failure if self.state is ConnectorState.FAILED else None
        kind = 0 if failure is None else failure.kind.number
        self.columns.statuses[self.row] = self.state.number + self.condition.number + kind
