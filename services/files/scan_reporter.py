"""Audit records of a files connector: a few changes individually, and the totals."""

from services.files import messages
from services.files.context import FilesIntegratorContext
from services.files.scan import Step
from services.metadata.changes import Outcome, Rejection

NAMED_ONE_BY_ONE = 20
"""Maximum number of files of one scan with individual audit records; the others are counted in one record."""


class ScanReporter:
    """Reports one scan of a directory."""

    def __init__(self, context: FilesIntegratorContext, directory: str) -> None:
        self.seen = 0
        self.unreadable: set[str] = set()
        """Source keys of the first unreadable folders and files."""
        self._context = context
        self._directory = directory
        self._named = 0
        self._unclear = 0

    def add_step(self, step: Step) -> None:
        """Add the findings of a step."""
        self.seen += step.seen
        for unreadable in step.unreadable:
            if len(self.unreadable) < NAMED_ONE_BY_ONE:
                self.unreadable.add(unreadable.source_key)
            self._context.audit_log.record(
                messages.FOLDER_NOT_READABLE,
                connector=self._context.connector_name,
                path=unreadable.source_key,
                cause=unreadable.cause,
            )

        for unclear in step.not_understood:
            self._unclear += 1
            if self._unclear <= NAMED_ONE_BY_ONE:
                self._context.audit_log.record(
                    messages.CONTENT_NOT_READ,
                    connector=self._context.connector_name,
                    path=unclear.source_key,
                    cause=unclear.cause,
                )

    def catalogued(self, outcome: Outcome) -> None:
        """Log the elements that were created or updated."""
        for name, guid in outcome.guids.items():
            if self._named >= NAMED_ONE_BY_ONE:
                return
            self._named += 1
            self._context.audit_log.record(
                messages.FILE_CREATED, connector=self._context.connector_name, path=name.partition("::")[2], guid=guid
            )

    def sum_up(self, outcome: Outcome, *, deleted: bool) -> None:
        """Log the totals of the scan, if it changed anything."""
        if self._unclear > NAMED_ONE_BY_ONE:
            self._context.audit_log.record(
                messages.MORE_CONTENT_NOT_READ,
                connector=self._context.connector_name,
                count=self._unclear - NAMED_ONE_BY_ONE,
            )
        rejected = outcome.rejected
        for each in rejected[:NAMED_ONE_BY_ONE]:
            self._name_rejected(each)
        if len(rejected) > NAMED_ONE_BY_ONE:
            self._context.audit_log.record(
                messages.MORE_NOT_CATALOGUED,
                connector=self._context.connector_name,
                count=len(rejected) - NAMED_ONE_BY_ONE,
            )
        if outcome.created or outcome.updated or outcome.removed or rejected:
            self._context.audit_log.record(
                messages.REFRESHED,
                connector=self._context.connector_name,
                seen=self.seen,
                directory=self._directory,
                created=outcome.created,
                updated=outcome.updated,
                removed=outcome.removed,
                removal="deleted" if deleted else "archived",
                rejected=len(rejected),
            )

    def _name_rejected(self, rejection: Rejection) -> None:
        self._context.audit_log.record(
            messages.NOT_CATALOGUED,
            connector=self._context.connector_name,
            path=rejection.subject.partition("::")[2] or rejection.subject,
            message=rejection.message,
        )
