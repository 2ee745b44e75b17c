"""The spool: accepted lineage events are on disk until every consumer has catalogued them.

    receivers ─▶ receive ─▶ files ─▶ read ─▶ consumers ─▶ acknowledge ─▶ the files are removed
                    │                           └─▶ reject ─┐
                    └─ invalid ───────────────────────────────▶ dead letters ─▶ replay ─▶ receive

The connectors of a server's service share one spool, which survives the end of the process. An event is accepted when
`receive` returns: it is on the disk then. A consumer may receive an event again after a restart, and must tolerate
repeated events.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from services.lineage.intake.receiving import Receipt
from services.lineage.intake.segments import SpooledEvent

MOST_BYTES_READ = 16 * 1024 * 1024
"""Approximate maximum size of the events that one `read` returns."""


class EventSpool(Protocol):
    """The interface of the spool for receivers and consumers. Consumers have the names of their connectors."""

    async def receive(self, events: Sequence[bytes], origin: str) -> Receipt:
        """Accept the valid events, as `append` does, and keep the others as dead letters.

        `origin` names their sender. Raises the errors of `append`, in which case none of them is accepted.
        """

    async def append(self, events: Sequence[bytes]) -> int:
        """Accept events, which are on the disk when this returns. Returns the position of the last one.

        Raises `SpoolFullError`, and accepts none of them, if there is no room for all of them.
        """

    async def acknowledged(self, consumer: str) -> int:
        """The position up to which a consumer has acknowledged events. This registers the consumer: from now on, each
        event is kept until the consumer has acknowledged it."""

    async def read(self, after: int, limit: int) -> list[SpooledEvent]:
        """The events after a position, oldest first, at most `limit`."""

    async def wait(self, after: int) -> None:
        """Wait until an event exists after a position."""

    async def acknowledge(self, consumer: str, position: int) -> None:
        """Record that a consumer no longer needs the events up to a position."""

    async def reject(self, consumer: str, event: SpooledEvent, reason: str) -> None:
        """Keep an event that a consumer cannot catalogue as a dead letter, for an operator to replay.

        The consumer acknowledges the event afterwards, like any other.
        """

    async def recall(self, receiver: str) -> bytes:
        """The content that a receiver last stored with `remember`; empty if there is none."""

    async def remember(self, receiver: str, content: bytes) -> None:
        """Store data that a receiver needs in its next run, such as the position of the last received event."""


class SpoolConsumer:
    """The spool for one consumer.

    position = await consumer.begin()
    while True:
        await consumer.wait(position)
        events = await consumer.read(position, limit=5_000)
        ...  # catalogue the events, and `reject` those that cannot be catalogued
        position = events[-1].position
        await consumer.acknowledge(position)
    """

    def __init__(self, spool: Callable[[], EventSpool], name: str) -> None:
        self._spool = spool
        self._name = name

    async def begin(self) -> int:
        """Register the consumer, and return the position of the last event that it has acknowledged."""
        return await self._spool().acknowledged(self._name)

    async def read(self, after: int, limit: int) -> list[SpooledEvent]:
        """As `EventSpool.read`."""
        return await self._spool().read(after, limit)

    async def wait(self, after: int) -> None:
        """As `EventSpool.wait`."""
        await self._spool().wait(after)

    async def acknowledge(self, position: int) -> None:
        """As `EventSpool.acknowledge`."""
        await self._spool().acknowledge(self._name, position)

    async def reject(self, event: SpooledEvent, reason: str) -> None:
        """As `EventSpool.reject`."""
        await self._spool().reject(self._name, event, reason)
