"""The memory ring: the newest records, for requests over REST."""

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import msgspec
import trio

from audit.batch import RecordBatch
from audit.destination import ALL_SEVERITIES, DestinationSettings
from audit.log import Entry
from audit.masking import shown_text
from audit.record import AuditRecord, NumberedRecord, Originator
from audit.rendering import record_of
from audit.severity import Severity


class RingQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A query for records, which must meet every condition given."""

    after: int = 0
    """Only records whose number is higher."""
    before: int | None = None
    """Only records whose number is lower; `None`: all."""
    limit: int = 100
    severities: frozenset[str] = frozenset()
    """Labels of severities; empty: all."""
    message_id: str | None = None
    mentioning: str | None = None
    """The exact value of a parameter of the message, such as the name of a connector."""
    text: str = ""
    """A part of the id or the text of the message, in upper or lower case."""
    since: float = 0.0
    """Seconds since the epoch: only records from this time on."""
    until: float = math.inf
    """Seconds since the epoch: only records before this time."""
    newest_first: bool = False
    among: Callable[[Entry], bool] | None = None
    """Selects the records that may be found; `None`: all."""


class MemoryRingDestination:
    """Keeps the last `capacity` records."""

    name = "memory ring"

    def __init__(self, *, severities: frozenset[Severity] = ALL_SEVERITIES, capacity: int = 10_000) -> None:
        self.severities = severities
        self._entries: deque[tuple[int, Entry]] = deque(maxlen=capacity)
        self._originator: Originator | None = None
        self._last = 0
        self._lock = threading.Lock()  # written on the feed's worker thread, read on the event loop
        self._more: trio.Event | None = None
        self._token: trio.lowlevel.TrioToken | None = None

    @classmethod
    def from_settings(
        cls, settings: DestinationSettings, *, severities: frozenset[Severity], server_name: str, directory: Path
    ) -> "MemoryRingDestination":
        """The property `capacity` is the number of records to keep."""
        return cls(severities=severities, capacity=_capacity(settings))

    @staticmethod
    def check_settings(settings: DestinationSettings) -> None:
        """Raise `DestinationError` for properties that cannot be used."""
        _capacity(settings)

    @property
    def last_number(self) -> int:
        """The number of the newest record; 0 when there has been none."""
        return self._last

    def write(self, batch: RecordBatch) -> None:
        """Keep the records, and wake the tasks that wait for more."""
        with self._lock:
            self._originator = batch.originator
            self._entries.extend(enumerate(batch.entries, self._last + 1))
            self._last += len(batch)
        token, more = self._token, self._more
        if token is not None and more is not None:
            token.run_sync_soon(more.set, idempotent=True)

    def close(self) -> None:
        """Keep the records, which can still be read."""

    def find(self, query: RingQuery) -> list[NumberedRecord]:
        """The records that match, oldest first unless the query says otherwise, at most `limit`."""
        with self._lock:  # the newest are at the end
            newer = 0 if query.before is None else max(0, self._last - query.before + 1)
            entries = list(islice(reversed(self._entries), newer, max(newer, self._last - query.after)))
        if not query.newest_first:
            entries.reverse()
        return list(islice(self._found(entries, query), query.limit))

    def _found(self, entries: list[tuple[int, Entry]], query: RingQuery) -> Iterator[NumberedRecord]:
        for number, entry in entries:
            if number > query.after and _may_match(entry, query):
                assert self._originator is not None
                record = record_of(entry, self._originator)
                if _matches(record, query):
                    yield NumberedRecord(number, record, _connector_of(entry))

    async def wait_for_more(self, after: int) -> None:
        """Wait until there is a record with a higher number."""
        self._token = trio.lowlevel.current_trio_token()
        while self._last <= after:
            if self._more is None or self._more.is_set():
                self._more = trio.Event()
            if self._last <= after:  # a record that arrived before the event existed woke no task
                await self._more.wait()


def _capacity(settings: DestinationSettings) -> int:
    return int(settings.number("capacity", 10_000, least=1, most=1_000_000))


def _texts_in(entry: Entry) -> list[str]:
    return [value for value in entry.parameters.values() if type(value) is str]


def _connector_of(entry: Entry) -> str | None:
    named = entry.parameters.get("connector")
    return entry.log.subject or (shown_text(named) if isinstance(named, str) else None)


def _matches(record: AuditRecord, query: RingQuery) -> bool:
    """Check the conditions that need the record to be rendered."""
    wanted = query.text.casefold()
    return (query.mentioning is None or query.mentioning in record.message_parameters) and (
        not wanted or wanted in record.message_text.casefold() or wanted in record.message_id.casefold()
    )


def _may_match(entry: Entry, query: RingQuery) -> bool:
    """Check the conditions that do not need the record to be rendered."""
    message = entry.message
    return (
        query.since <= entry.time < query.until
        and (query.among is None or query.among(entry))
        and (not query.severities or message.severity.label in query.severities)
        and (query.message_id is None or message.id == query.message_id)
        and (query.mentioning is None or query.mentioning in _texts_in(entry))
    )
