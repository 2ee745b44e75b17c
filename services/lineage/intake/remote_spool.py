"""The spool for a connector in a separate process, which sends each call to the daemon."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec
import trio

from services.lineage.intake.receiving import Receipt
from services.lineage.intake.segments import SpooledEvent
from services.lineage.intake.spool import EventSpool

PAUSE = 0.5
"""Seconds between two checks for new events."""
T = TypeVar("T")


class SpoolRequest(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A call of a method of `EventSpool`."""

    call: str
    name: str = ""
    """The name of the consumer or receiver, or the origin of events."""
    events: list[bytes] = []
    position: int = 0
    limit: int = 0
    event: SpooledEvent | None = None
    reason: str = ""


class RemoteSpool:
    """An `EventSpool` that sends its calls to the daemon."""

    def __init__(self, ask: Callable[[bytes], Awaitable[bytes]]) -> None:
        self._ask = ask

    async def receive(self, events: Sequence[bytes], origin: str) -> Receipt:
        """As `EventSpool.receive`."""
        return await self._call(Receipt, call="receive", events=list(events), name=origin)

    async def append(self, events: Sequence[bytes]) -> int:
        """As `EventSpool.append`."""
        return await self._call(int, call="append", events=list(events))

    async def acknowledged(self, consumer: str) -> int:
        """As `EventSpool.acknowledged`."""
        return await self._call(int, call="acknowledged", name=consumer)

    async def read(self, after: int, limit: int) -> list[SpooledEvent]:
        """As `EventSpool.read`."""
        return await self._call(list[SpooledEvent], call="read", position=after, limit=limit)

    async def wait(self, after: int) -> None:
        """As `EventSpool.wait`. It polls, because a long request would delay all others."""
        while True:
            if await self.read(after, 1):
                return
            await trio.sleep(PAUSE)

    async def acknowledge(self, consumer: str, position: int) -> None:
        """As `EventSpool.acknowledge`."""
        await self._call(type(None), call="acknowledge", name=consumer, position=position)

    async def reject(self, consumer: str, event: SpooledEvent, reason: str) -> None:
        """As `EventSpool.reject`."""
        await self._call(type(None), call="reject", name=consumer, event=event, reason=reason)

    async def recall(self, receiver: str) -> bytes:
        """As `EventSpool.recall`."""
        return await self._call(bytes, call="recall", name=receiver)

    async def remember(self, receiver: str, content: bytes) -> None:
        """As `EventSpool.remember`."""
        await self._call(type(None), call="remember", name=receiver, events=[content])

    async def _call(self, kind: type[T], **request: Any) -> T:
        return msgspec.json.decode(await self._ask(msgspec.json.encode(SpoolRequest(**request))), type=kind)


async def answer_request(spool: EventSpool, content: bytes) -> bytes:
    """Execute a request of a connector in another process; raises the errors of the spool."""
    return msgspec.json.encode(await _carried_out(spool, msgspec.json.decode(content, type=SpoolRequest)))


async def _carried_out(spool: EventSpool, request: SpoolRequest) -> object:
    match request.call:
        case "receive":
            return await spool.receive(request.events, request.name)
        case "append":
            return await spool.append(request.events)
        case "acknowledged":
            return await spool.acknowledged(request.name)
        case "read":
            return await spool.read(request.position, request.limit)
        case "acknowledge":
            await spool.acknowledge(request.name, request.position)
        case "reject" if request.event is not None:
            await spool.reject(request.name, request.event, request.reason)
        case "recall":
            return await spool.recall(request.name)
        case "remember":
            await spool.remember(request.name, request.events[0])
        case _:
            raise ValueError(f"a spool has no call {request.call}")
    return None
