"""The outcome of an operator's request: which connectors carried it out, which did not, and why.

Each connector is judged at the moment its work ends, so an outcome needs only a few counters for any number of
connectors; only the first connectors that did not carry it out are named.
"""

import secrets
import time
from collections.abc import Sequence

from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.operation_outcome import Goal, NotDone, OperationOutcome
from integration_daemon.supervision.connector.refresh_report import RefreshReport
from integration_daemon.supervision.connector.state import AT_AN_END, READY, ConnectorState
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.dispatch.completion import Completion

NAMED = 100
"""Connectors of one request that are named with their reasons; the others are counted."""


GOAL_OF = {TargetState.RUNNING: Goal.RESUME, TargetState.PAUSED: Goal.PAUSE, TargetState.STOPPED: Goal.STOP}

_REACHED = {
    Goal.REFRESH: READY,
    Goal.RESTART: READY,
    Goal.DRY_RUN: READY,
    Goal.RESUME: READY,
    Goal.PAUSE: AT_AN_END | {ConnectorState.PAUSED},
    Goal.STOP: AT_AN_END,
}
"""The states in which a connector has reached each goal."""


class Operation(Completion[ManagedConnector]):
    """An operator's request, whose outcome is determined connector by connector."""

    def __init__(self, goal: Goal, connectors: Sequence[ManagedConnector]) -> None:
        super().__init__(len(connectors))
        self.id = secrets.token_hex(8)
        """Unique among all operations."""
        self.ended: float | None = time.time() if not connectors else None
        """Seconds since the epoch; `None` while there is work left."""
        self.is_cancelled = False
        """True once cancelled: connectors whose work ends afterwards count as cancelled."""
        self.report: RefreshReport | None = None
        """The report of the refresh or the dry run, for a request to one connector."""
        self._only = connectors[0] if len(connectors) == 1 else None
        self._before = None if self._only is None else _last_report(self._only, goal)
        self._goal = goal
        self._reached = _REACHED[goal]
        self._asked = len(connectors)
        self._had_failed = {each for each in connectors if each.state is ConnectorState.FAILED}
        self._failed = self._resting = self._cancelled = 0
        self._named_failed: list[NotDone] = []
        self._named_resting: list[NotDone] = []

    def one_done(self, subject: ManagedConnector) -> None:
        """Judge a connector whose work has ended."""
        incarnation = subject.incarnation
        if subject is self._only and (report := _last_report(subject, self._goal)) is not self._before:
            self.report = report
        if self.is_cancelled:
            self._cancelled += 1
        elif self._goal is Goal.DRY_RUN:
            if self.report is None or self.report.failure:
                self._note(subject, _reason_without_dry_run(subject, self.report))
        elif subject.state not in self._reached or (
            incarnation is not None and incarnation.refresh_problem is not None
        ):
            self._judge(subject)
        Completion.one_done(self, subject)
        if not self.outstanding:
            self.ended = time.time()

    @property
    def goal(self) -> Goal:
        """The requested operation."""
        return self._goal

    def _judge(self, connector: ManagedConnector) -> None:
        not_done = reason_not_reached(connector, self._goal, had_failed=connector in self._had_failed)
        if not_done is not None:
            self._note(connector, not_done)

    def _note(self, connector: ManagedConnector, not_done: NotDone) -> None:
        if connector.target_state is TargetState.RUNNING or connector.state is ConnectorState.FAILED:
            self._failed += 1
            named = self._named_failed
        else:
            self._resting += 1
            named = self._named_resting
        if len(named) < NAMED:
            named.append(not_done)

    def outcome(self) -> OperationOutcome:
        """The outcome so far."""
        return OperationOutcome(
            operation=self._goal.value,
            operation_id=self.id,
            asked=self._asked,
            done=self._asked - self.outstanding - self._failed - self._resting - self._cancelled,
            failed=self._failed,
            cancelled=self._cancelled,
            resting=self._resting,
            at_work=self.outstanding,
            not_done=[*self._named_failed, *self._named_resting][:NAMED],
        )


def _last_report(connector: ManagedConnector, goal: Goal) -> RefreshReport | None:
    if goal is Goal.DRY_RUN:
        return connector.dry_run
    return connector.recent[0] if connector.recent else None


def _reason_without_dry_run(connector: ManagedConnector, report: RefreshReport | None) -> NotDone:
    """The reason why a connector has no result of its dry run: it failed, or did not end."""
    if report is not None:
        return NotDone(connector_name=connector.name, state=connector.state.label, reason=report.failure)
    return reason_not_reached(connector, Goal.DRY_RUN) or NotDone(
        connector_name=connector.name,
        state=connector.state.label,
        reason="the connector was restarted before the end of its dry run",
        user_action="Request the dry run again.",
    )


def reason_not_reached(connector: ManagedConnector, goal: Goal, *, had_failed: bool = False) -> NotDone | None:
    """The reason why a connector has not reached a goal, judged by its state; `None` if it has.

    `had_failed`: the connector was FAILED at the time of the request, so that a refresh called nothing.
    """
    state, failure, was_called = connector.state, connector.failure, True
    reason, action = "", ""
    if state in _REACHED[goal]:
        if goal in (Goal.PAUSE, Goal.STOP, Goal.DRY_RUN) or connector.refresh_problem is None:
            return None
        reason = connector.refresh_problem
        if goal is not Goal.REFRESH:
            reason = f"it runs, but its refresh achieved nothing: {reason}"
    elif state is ConnectorState.FAILED and failure is not None:
        reason, action = failure.message, failure.user_action
        if had_failed and goal is not Goal.RESTART:
            was_called = False
            reason = f"it is FAILED, and is not called until it is restarted: {reason}"
            action = action or "Remove the cause, then restart the connector."
    elif connector.target_state is not TargetState.RUNNING:
        was_called = goal is Goal.RESTART
        reason, action = f"its target state is {connector.target_state.value}", "Resume the connector first."
    else:
        reason = f"it is {state.label}"
    return NotDone(
        connector_name=connector.name, state=state.label, reason=reason, user_action=action, was_called=was_called
    )
