"""A batch of records for a destination. A record costs almost nothing until a destination reads it."""

from collections.abc import Iterator, Sequence
from itertools import repeat
from typing import overload

from audit.log import Entry
from audit.record import AuditRecord, Originator
from audit.rendering import record_of


class RecordBatch(Sequence[AuditRecord]):
    """Records of one server. Each is rendered whenever it is read."""

    __slots__ = ("entries", "originator")

    def __init__(self, entries: Sequence[Entry], originator: Originator) -> None:
        self.entries = entries
        """The records as they were logged."""
        self.originator = originator

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, index: int) -> AuditRecord: ...

    @overload
    def __getitem__(self, index: slice) -> "RecordBatch": ...

    def __getitem__(self, index: int | slice) -> "AuditRecord | RecordBatch":
        if isinstance(index, slice):
            return RecordBatch(self.entries[index], self.originator)
        return record_of(self.entries[index], self.originator)

    def __iter__(self) -> Iterator[AuditRecord]:
        return map(record_of, self.entries, repeat(self.originator))
