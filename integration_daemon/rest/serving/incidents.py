"""Errors of clients: all are counted, and a limited number is recorded in the audit log."""

from math import inf

import trio

from audit.errors import exception_class_name
from audit.foreign import leaves
from audit.message import AuditMessage, Record

QUIET = 60.0
"""Seconds between two records of the same message."""


def unrecorded(message: AuditMessage, error: BaseException | None, inserts: dict[str, object]) -> None:
    """Discard the record, for use without an audit log."""


class Incidents:
    """Records the first incident of each kind at once, and the following ones together, once in `QUIET` seconds."""

    def __init__(self, record: Record) -> None:
        self.counts: dict[str, int] = {}
        """The number of incidents, by message id."""
        self._record = record
        self._waiting: dict[AuditMessage, tuple[int, BaseException | None, dict[str, object]]] = {}
        self._wake = trio.Event()

    def add(self, message: AuditMessage, error: BaseException | None = None, **inserts: object) -> None:
        """Count an incident. The message has the inserts `count`, `total`, and, with an error, `exception`.

        Other inserts are those of the last incident that the record counts.
        """
        self.counts[message.id] = self.counts.get(message.id, 0) + 1
        count = self._waiting[message][0] if message in self._waiting else 0
        self._waiting[message] = (count + 1, error, inserts)
        self._wake.set()

    async def run(self) -> None:
        """Record incidents until cancelled, and then the remaining ones."""
        last: dict[AuditMessage, float] = {}
        try:
            while True:
                now = trio.current_time()
                for message in [each for each in self._waiting if last.get(each, -QUIET) + QUIET <= now]:
                    last[message] = now
                    self._write(message)
                self._wake = trio.Event()
                with trio.CancelScope(deadline=min((last[each] + QUIET for each in self._waiting), default=inf)):
                    await self._wake.wait()
        finally:
            for message in list(self._waiting):
                self._write(message)

    def _write(self, message: AuditMessage) -> None:
        count, error, inserts = self._waiting.pop(message)
        inserts = {"count": count, "total": self.counts[message.id], **inserts}
        if error is not None:
            inserts["exception"] = ", ".join(sorted({exception_class_name(each) for each in leaves(error)}))
        self._record(message, error, inserts)
