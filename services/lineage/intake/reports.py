"""The audit records about the intake, whose number is bounded however many events arrive."""

import time

from audit.log import AuditLog
from services.lineage.intake.messages import EVENTS_REJECTED, REJECTED_NOT_STORED, SENDERS_REFUSED
from services.lineage.intake.receiving import Receipt

QUIET = 60.0
"""Seconds between two records of the same kind."""


class IntakeReports:
    """Counts occurrences between two records. All methods are for the event loop's thread."""

    def __init__(self, audit_log: AuditLog) -> None:
        self._audit_log = audit_log
        self._rejected = _Counter()
        self._refused = _Counter()
        self._not_kept = _Counter()

    def rejected(self, receipt: Receipt, origin: str) -> None:
        """Report invalid events."""
        if (count := self._rejected.add(len(receipt.rejected))) is not None:
            first = receipt.rejected[0]
            self._audit_log.record(
                EVENTS_REJECTED, count=count, origin=origin, place=first.place, problem=first.problem
            )

    def not_kept(self, events: int, cause: Exception) -> None:
        """Report rejected events that could not be written to the dead letters."""
        if (count := self._not_kept.add(events)) is not None:
            self._audit_log.record(REJECTED_NOT_STORED, count=count, cause=str(cause))

    def refused(self, reason: str) -> None:
        """Report events that were refused because the spool is full."""
        if (count := self._refused.add(1)) is not None:
            self._audit_log.record(SENDERS_REFUSED, count=count, reason=reason)


class _Counter:
    """Counts occurrences; `add` returns the count when it is due to be recorded."""

    def __init__(self) -> None:
        self._count = 0
        self._recorded = -QUIET

    def add(self, number: int) -> int | None:
        self._count += number
        now = time.monotonic()
        if now - self._recorded < QUIET:
            return None
        self._recorded, count, self._count = now, self._count, 0
        return count
