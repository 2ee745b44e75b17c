"""Audit records of changes, and of each deviation from the requested protection once."""

from collections.abc import Sequence

from audit.message import AuditMessage
from services.framework.context import IntegrationContext
from services.framework.rejections import NAMED_ONE_BY_ONE
from services.security.postgres import messages
from services.security.postgres.enforcement import PlannedStep, Result
from services.security.postgres.step import Refusal

_NOT_CATALOGUED = (
    "open metadata has no database of this address, so nothing is changed; give the connector the address that the "
    "database monitor has"
)


_TABLE_NOT_CATALOGUED = (
    "its protection is kept, since open metadata has no table of this name: if it was renamed, catalogue the database "
    "again, and classify it"
)


class ResultReporter:
    """Logs the results of all refreshes of one connector."""

    def __init__(self, context: IntegrationContext, database: str) -> None:
        self._context = context
        self._database = database
        self._reported: set[tuple[str, ...]] = set()
        """Deviations that have been reported and still exist."""

    def report(self, result: Result, *, is_catalogued: bool, unknown: Sequence[str]) -> None:
        """Log the result of a refresh; `unknown` are changed tables that are not catalogued."""
        for each in result.done:
            self._record_step(messages.DRIFT_REVERTED if each.changed_by_others else messages.APPLIED, each)
        reported: set[tuple[str, ...]] = set()
        for each in result.drift:
            reported.add(key := (messages.CHANGED_BY_OTHERS.id, each.subject, each.changed_by_others))
            if key not in self._reported:
                self._record_step(messages.CHANGED_BY_OTHERS, each)
        reported |= self._report_once(messages.STEP_FAILED, result.failed)
        kept = [Refusal(each, _TABLE_NOT_CATALOGUED) for each in unknown]
        kept += [] if is_catalogued else [Refusal("everything", _NOT_CATALOGUED)]
        reported |= self._report_once(messages.DEVIATION, [*kept, *result.refused, *result.exposed])
        self._reported = reported
        if result.postponed:
            self._record(messages.LEFT_TO_NEXT_REFRESH, number=result.postponed)

    def _report_once(self, message: AuditMessage, found: Sequence[Refusal]) -> set[tuple[str, ...]]:
        """Log the first new deviations; returns the keys of those in `found` that have been reported."""
        keys = {(message.id, *each): each for each in found}
        new = [(key, each) for key, each in keys.items() if key not in self._reported]
        for _, each in new[:NAMED_ONE_BY_ONE]:
            self._record(message, subject=each.subject, reason=each.reason)
        if len(new) > NAMED_ONE_BY_ONE:
            self._record(messages.MORE_DEVIATIONS, number=len(new) - NAMED_ONE_BY_ONE)
        return (keys.keys() & self._reported) | {key for key, _ in new[:NAMED_ONE_BY_ONE]}

    def _record_step(self, message: AuditMessage, each: PlannedStep) -> None:
        statements = "; ".join(each.statements)
        self._record(message, subject=each.subject, difference=each.changed_by_others, statements=statements)

    def _record(self, message: AuditMessage, **parameters: object) -> None:
        self._context.audit_log.record(
            message, connector=self._context.connector_name, database=self._database, **parameters
        )
