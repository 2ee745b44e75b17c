"""Telling the operator what was done, and once each what is not as asked for."""

from collections.abc import Sequence

from audit.message import AuditMessage
from services.framework.context import IntegrationContext
from services.framework.rejections import NAMED_ONE_BY_ONE
from services.security.postgres import messages
from services.security.postgres.enforcement import Done, Result
from services.security.postgres.step import Refusal

_NOT_CATALOGUED = (
    "open metadata has no database of this address, so nothing is changed; give the connector the address that the "
    "database monitor has"
)


_TABLE_NOT_CATALOGUED = (
    "its protection is kept, since open metadata has no table of this name: if it was renamed, catalogue the database "
    "again, and classify it"
)


class Telling:
    """The records of one connector in the audit log, over all its refreshes."""

    def __init__(self, context: IntegrationContext, database: str) -> None:
        self._context = context
        self._database = database
        self._told: set[tuple[str, ...]] = set()
        """What has been told and is still so."""

    def tell(self, result: Result, *, is_catalogued: bool, unknown: Sequence[str]) -> None:
        """Record the result of a refresh; `unknown` are changed tables that are not catalogued."""
        for each in result.done:
            self._record_done(messages.MENDED if each.changed_by_others else messages.APPLIED, each)
        told: set[tuple[str, ...]] = set()
        for each in result.left:
            told.add(key := (messages.CHANGED_BY_OTHERS.id, each.subject, each.changed_by_others))
            if key not in self._told:
                self._record_done(messages.CHANGED_BY_OTHERS, each)
        told |= self._tell_once(messages.STEP_FAILED, result.failed)
        kept = [Refusal(each, _TABLE_NOT_CATALOGUED) for each in unknown]
        kept += [] if is_catalogued else [Refusal("everything", _NOT_CATALOGUED)]
        told |= self._tell_once(messages.NOT_AS_ASKED, [*kept, *result.refused, *result.exposed])
        self._told = told
        if result.not_tried:
            self._record(messages.LEFT_TO_NEXT_REFRESH, number=result.not_tried)

    def _tell_once(self, message: AuditMessage, found: Sequence[Refusal]) -> set[tuple[str, ...]]:
        """Record the first that are new; returns those that need not be told again."""
        keys = {(message.id, *each): each for each in found}
        new = [(key, each) for key, each in keys.items() if key not in self._told]
        for _, each in new[:NAMED_ONE_BY_ONE]:
            self._record(message, subject=each.subject, reason=each.reason)
        if len(new) > NAMED_ONE_BY_ONE:
            self._record(messages.MORE_NOT_AS_ASKED, number=len(new) - NAMED_ONE_BY_ONE)
        return (keys.keys() & self._told) | {key for key, _ in new[:NAMED_ONE_BY_ONE]}

    def _record_done(self, message: AuditMessage, each: Done) -> None:
        statements = "; ".join(each.statements)
        self._record(message, subject=each.subject, difference=each.changed_by_others, statements=statements)

    def _record(self, message: AuditMessage, **parameters: object) -> None:
        self._context.audit_log.record(
            message, connector=self._context.connector_name, database=self._database, **parameters
        )
