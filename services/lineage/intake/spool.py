"""The spool: lineage events that have been accepted, kept on disk until every consumer has catalogued them.

    receivers ─▶ receive ─▶ files ─▶ read ─▶ consumers ─▶ acknowledge ─▶ the files are removed
                    │                           └─▶ reject ─┐
                    └─ not valid ─────────────────────────────▶ dead letters ─▶ replay ─▶ receive

One spool is shared by the connectors of the service of one server, and survives the end of the process. An event is
accepted when `receive` returns: it is on the disk then. A consumer may get an event again after a restart, so that it
has to be one whose repetition changes nothing.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from services.lineage.intake.receiving import Receipt
from services.lineage.intake.segments import SpooledEvent

MOST_BYTES_READ = 16 * 1024 * 1024
"""About the most that one `read` returns."""


class EventSpool(Protocol):
    """The spool as its receivers and consumers see it. Consumers are named by their connectors."""

    async def receive(self, events: Sequence[bytes], origin: str) -> Receipt:
        """Accept those of the events that are valid, as `append` does, and keep the others as dead letters.

        `origin` says where they are from. Raises as `append`, and then none of them is accepted.
        """

    async def append(self, events: Sequence[bytes]) -> int:
        """Accept events; when this returns they are on the disk. Returns the position of the last one.

        Raises `SpoolFullError` if there is no room for all of them, and accepts none of them.
        """

    async def acknowledged(self, consumer: str) -> int:
        """The position up to which a consumer has acknowledged events. From now on, the consumer has a share in the
        spool: an event is kept until it has acknowledged it."""

    async def read(self, after: int, limit: int) -> list[SpooledEvent]:
        """The events after a position, oldest first, up to a number of them."""

    async def wait(self, after: int) -> None:
        """Wait until there is an event after a position."""

    async def acknowledge(self, consumer: str, position: int) -> None:
        """A consumer has finished with the events up to a position, and does not need them again."""

    async def reject(self, consumer: str, event: SpooledEvent, reason: str) -> None:
        """A consumer cannot catalogue an event: keep it with the reason, for an operator to replay it.

        The consumer acknowledges the event as any other, afterwards.
        """

    async def recall(self, receiver: str) -> bytes:
        """What a receiver has remembered last; empty if it has not."""

    async def remember(self, receiver: str, content: bytes) -> None:
        """Keep what a receiver needs in its next run, such as the place up to which it has received events."""


class SpoolConsumer:
    """The spool as one consumer sees it.

    position = await consumer.begin()
    while True:
        await consumer.wait(position)
        events = await consumer.read(position, limit=5_000)
        ...  # catalogue them, and `reject` what cannot be
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
