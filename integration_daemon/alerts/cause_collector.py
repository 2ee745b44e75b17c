"""Collects the causes of problems during a count of the connectors."""

from collections.abc import Callable, Collection
from functools import partial

import msgspec

from audit.masking import shown_text
from integration_daemon.alerts.alert import NAMED
from integration_daemon.alerts.cause import Cause, CauseDescription, cause_of, description_of, findings_with_causes
from integration_daemon.alerts.incidents import CountedCause, cause_of_many
from integration_daemon.supervision.census import Observer
from integration_daemon.supervision.connector.condition import FLAPPING_WITHIN, Health
from integration_daemon.supervision.connector.finding import Condition, Finding, Reason
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.recovery.dependencies import endpoint_of
from integration_daemon.supervision.recovery.failure import Failure

_STALE_ALONE, _FLAPPING = Cause(Reason.NO_RECENT_SUCCESS.label), Cause(Reason.FLAPPING.label)
RUNNING, UNKNOWN, FAILED = TargetState.RUNNING, Condition.UNKNOWN, Reason.FAILED


class Count(msgspec.Struct, frozen=True):
    """The result of a count."""

    seen: Collection[CountedCause]
    untried: int
    """Connectors that have not been tried yet."""
    at: float
    """Seconds since the epoch."""


class _Last(msgspec.Struct):
    """The last causes of a connector."""

    causes: tuple[Cause, ...]
    at: float
    failure: Failure | None
    of_failure: Cause | None
    """The cause of the failure, cached because its computation at each count is expensive."""


class CauseCollector(Observer):
    """Collects the causes while connectors are judged, and reports each complete count."""

    def __init__(self, complete: Callable[[Count], None]) -> None:
        self._conditions: frozenset[str] = frozenset()
        self._ongoing: frozenset[Cause] = frozenset()
        self._complete = complete
        self._now = 0.0
        self._untried = 0
        self._seen: dict[Cause, CountedCause] = {}
        self._last: dict[str, _Last] = {}
        """Causes by the name of the connector, kept for an hour."""
        self._before: dict[Cause, CountedCause] = {}
        """The causes of the previous count."""

    def select(self, conditions: Collection[str], ongoing: Collection[Cause] = ()) -> None:
        """Select connectors in these conditions, and others with a cause of an open incident."""
        self._conditions, self._ongoing = frozenset(conditions), frozenset(ongoing)
        self._seen = {cause: seen for cause, seen in self._seen.items() if self._is_selected(seen)}

    def note_open(self, causes: Collection[Cause]) -> None:
        """Update the causes of open incidents, which are selected in any condition."""
        self._ongoing = self._ongoing.intersection(causes)

    def begin(self, now: float) -> None:
        self._now, self._untried = now, 0
        self._before, self._seen = self._seen, {}

    def see(self, connector: ManagedConnector, health: Health) -> None:
        if health.condition is UNKNOWN and connector.target_state is RUNNING:
            self._untried += connector.last_attempt is None
        found = False
        if health.findings and health.condition.value in self._conditions:
            found = self._find(connector, health)
        elif health.findings and self._ongoing and health.condition is not UNKNOWN:
            found = self._find(connector, health, new=False)
        if not found and connector.failing_since is not None and connector.target_state is RUNNING:
            self._keep_causes(connector)

    def end(self) -> None:
        self._last = {name: each for name, each in self._last.items() if self._now - each.at < FLAPPING_WITHIN}
        self._complete(Count(list(self._seen.values()), self._untried, self._now))

    def _find(self, connector: ManagedConnector, health: Health, *, new: bool = True) -> bool:
        """Note the causes of a connector, new or continuing; false if known causes explain all findings."""
        failure, last = connector.failure, self._last.get(connector.name)
        is_explained = last is not None and last.causes != (_STALE_ALONE,)
        causes, of_failure = [], None
        for finding in findings_with_causes(health.findings):
            cause = _cause(connector, finding, failure, last)
            if finding.reason is FAILED:
                of_failure = cause
            if is_explained and finding.reason is Reason.FLAPPING:
                continue
            if is_explained and cause == _STALE_ALONE and connector.failing_since is not None:
                continue
            if not new and not self._is_ongoing(cause):
                continue
            if cause not in self._seen:
                describe = partial(_description, connector, cause, finding, failure)
                self._seen[cause] = CountedCause(
                    cause=cause, describe=describe, condition=health.condition.value, since=finding.since
                )
            self._count(cause, connector.name, finding.since, health.condition)
            causes.append(cause)
        lasting = tuple(each for each in causes if each != _FLAPPING)
        if lasting:
            self._last[connector.name] = _Last(lasting, self._now, failure, of_failure)
        return bool(causes)

    def _is_selected(self, seen: CountedCause) -> bool:
        return seen.condition in self._conditions or self._is_ongoing(seen.cause)

    def _is_ongoing(self, cause: Cause) -> bool:
        return cause in self._ongoing or cause_of_many(cause.kind) in self._ongoing

    def _keep_causes(self, connector: ManagedConnector) -> None:
        """Keep the causes of a failing connector that has not succeeded yet."""
        last = self._last.get(connector.name)
        for cause in last.causes if last is not None else ():
            before = self._seen.get(cause) or self._before.get(cause)
            if before is not None and self._is_selected(before):
                if cause not in self._seen:
                    self._seen[cause] = msgspec.structs.replace(before, connectors=0, names=[])
                self._count(cause, connector.name, before.since, Condition(before.condition))

    def _count(self, cause: Cause, name: str, since: float, condition: Condition) -> None:
        seen = self._seen[cause]
        seen.connectors += 1
        if since < seen.since:
            seen.since = since
        if condition is Condition.STALE:
            seen.condition = condition.value
        if len(seen.names) < NAMED:
            seen.names.append(shown_text(name))


def _cause(connector: ManagedConnector, finding: Finding, failure: Failure | None, last: _Last | None) -> Cause:
    if last is not None and last.of_failure is not None and last.failure is failure and finding.reason is FAILED:
        return last.of_failure
    return cause_of(finding, failure, connector.name, endpoint_of(connector.config.connection))


def _description(
    connector: ManagedConnector, cause: Cause, finding: Finding, failure: Failure | None
) -> CauseDescription:
    """The description of a cause, without the secrets of the connector."""
    description = description_of(cause, finding, failure)
    title, text, action = (
        shown_text(connector.without_secrets(each))
        for each in (description.title, description.text, description.action)
    )
    return CauseDescription(title, text, action)
