"""How many records of each severity every component has logged."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec

from audit.log import Component
from audit.record import AuditRecord
from audit.severity import Severity


class AuditLogReport(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """The ecosystem's report of an audit log: counts by severity code, with a child for each component."""

    reporting_component: Component | None = None
    child_audit_log_reports: list["AuditLogReport"] = []
    severity_identification: dict[int, str]
    severity_count: dict[int, int]


class SeverityCounts:
    """Counts records as they pass the pump. A component takes room only once it has logged something."""

    def __init__(self) -> None:
        self._counts: defaultdict[Component, Counter[int]] = defaultdict(Counter)

    def add(self, records: Sequence[AuditRecord]) -> None:
        """Count some records."""
        for record in records:
            self._counts[record.originator_component][record.severity_code] += 1

    def report(self) -> AuditLogReport:
        """The counts of all components, and of each."""
        total: Counter[int] = Counter()
        for counts in self._counts.values():
            total.update(counts)
        return _report(None, total, [_report(component, counts, []) for component, counts in self._counts.items()])


def _report(component: Component | None, counts: Counter[int], children: list[AuditLogReport]) -> AuditLogReport:
    return AuditLogReport(
        reporting_component=component,
        child_audit_log_reports=children,
        severity_identification={severity.ordinal: severity.label for severity in Severity},
        severity_count=dict(sorted(counts.items())),
    )
