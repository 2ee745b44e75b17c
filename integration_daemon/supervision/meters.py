"""Counters of an integration service, for its metrics."""

from collections import Counter

from integration_daemon.supervision.dispatch.histogram import Histogram
from integration_daemon.supervision.recovery.failure import FailureKind
from services.metadata.changes import Outcome


class ServiceMeters:
    """Counts since the start of a service. Changed on the event loop only."""

    def __init__(self) -> None:
        self.durations = Histogram()
        """Of refreshes that returned."""
        self.lateness = Histogram()
        """Delays with which scheduled refreshes began."""
        self.without_success = 0
        """Refreshes that returned, but achieved nothing."""
        self.failures: Counter[FailureKind] = Counter()
        """Failures of connectors in any of their methods."""
        self.restarts_by_operator = 0
        self.restarts_by_policy = 0
        self.elements: Counter[str] = Counter()
        """Elements `created`, `updated`, `removed` and `rejected`."""

    def note_outcome(self, outcome: Outcome) -> None:
        """Count the changes that a refresh made to the catalogue."""
        elements = self.elements
        elements["created"] += outcome.created
        elements["updated"] += outcome.updated
        elements["removed"] += outcome.removed
        elements["rejected"] += len(outcome.rejected)
