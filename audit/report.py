"""Counts of the records of each component, by severity."""

from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from audit.log import AuditLog, Component, Entry
from audit.severity import Severity


class AuditLogReport(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """Egeria's report of an audit log: counts by severity code, with a child for each component."""

    reporting_component: Component | None = None
    child_audit_log_reports: list["AuditLogReport"] = []
    severity_identification: dict[int, str]
    severity_count: dict[int, int]


class SeverityCounts:
    """Counts entries as they pass the pump. A component uses memory only once it has logged something."""

    def __init__(self) -> None:
        self.totals = [0] * len(Severity)
        """Number of records of all components, by the ordinal of their severity."""
        self.dropped: Counter[str] = Counter()
        """Number of dropped records by the name of the destination; `buffer`: dropped for all destinations."""
        self._logs: dict[tuple[str | None, str], AuditLog] = {}
        """The first log of each component, by subject and component name: a `Component` is slow to hash."""

    def add(self, entries: Sequence[Entry]) -> None:
        """Count entries."""
        totals = self.totals
        for entry in entries:
            counts = entry.log.counts
            if counts is None:
                counts = entry.log.counts = self._counts_of(entry.log)
            ordinal = entry.message.severity.ordinal
            counts[ordinal] += 1
            totals[ordinal] += 1

    def _counts_of(self, log: AuditLog) -> list[int]:
        first = self._logs.setdefault((log.subject, log.component.component_name), log)
        if first.counts is None:
            first.counts = [0] * len(Severity)
        return first.counts

    def report(self, among: Callable[[AuditLog], bool] | None = None) -> AuditLogReport:
        """The counts of each component, and their total. `among` selects logs; `None`: all."""
        logs = [log for log in self._logs.values() if among is None or among(log)]
        counted = [(log.component, log.counts) for log in logs if log.counts is not None]
        total = [sum(column) for column in zip([0] * len(Severity), *(counts for _, counts in counted), strict=True)]
        children = [_report(component, counts, []) for component, counts in counted]
        return _report(None, total, children)


def _report(component: Component | None, counts: list[int], children: list[AuditLogReport]) -> AuditLogReport:
    return AuditLogReport(
        reporting_component=component,
        child_audit_log_reports=children,
        severity_identification={severity.ordinal: severity.label for severity in Severity},
        severity_count={ordinal: count for ordinal, count in enumerate(counts) if count},
    )
