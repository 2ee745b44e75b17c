"""Counts of the records of each component, by severity."""

from collections.abc import Sequence

import msgspec

from audit.log import Component, Entry
from audit.severity import Severity


class AuditLogReport(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    """The ecosystem's report of an audit log: counts by severity code, with a child for each component."""

    reporting_component: Component | None = None
    child_audit_log_reports: list["AuditLogReport"] = []
    severity_identification: dict[int, str]
    severity_count: dict[int, int]


class SeverityCounts:
    """Counts entries as they pass the pump. A component takes room only once it has logged something."""

    def __init__(self) -> None:
        self._components: dict[str, Component] = {}
        self._counts: dict[str, list[int]] = {}  # by name: a whole component is slow to hash

    def add(self, entries: Sequence[Entry]) -> None:
        """Count some entries."""
        for entry in entries:
            counts = entry.log.counts
            if counts is None:
                counts = entry.log.counts = self._counts_of(entry.log.component)
            counts[entry.message.severity.ordinal] += 1

    def _counts_of(self, component: Component) -> list[int]:
        self._components.setdefault(component.component_name, component)
        return self._counts.setdefault(component.component_name, [0] * len(Severity))

    def report(self) -> AuditLogReport:
        """The counts of all components, and of each."""
        total = [sum(column) for column in zip([0] * len(Severity), *self._counts.values(), strict=True)]
        children = [_report(self._components[name], counts, []) for name, counts in self._counts.items()]
        return _report(None, total, children)


def _report(component: Component | None, counts: list[int], children: list[AuditLogReport]) -> AuditLogReport:
    return AuditLogReport(
        reporting_component=component,
        child_audit_log_reports=children,
        severity_identification={severity.ordinal: severity.label for severity in Severity},
        severity_count={ordinal: count for ordinal, count in enumerate(counts) if count},
    )
