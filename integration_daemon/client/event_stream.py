"""The live stream of a server: server-sent events, decoded.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

import httpx2
import msgspec
import trio

from audit.record import NumberedRecord
from integration_daemon.client.errors import no_answer, not_a_platform
from integration_daemon.client.requests import Requests
from integration_daemon.rest.native.answers import Missed, ShownChange
from integration_daemon.rest.native.queries import EventsQuery
from services.unfinished import end_unfinished

Event = ShownChange | NumberedRecord | Missed
"""A change of status, an audit log record, or a report of omitted events."""
PAUSE = 2.0
"""Seconds between two attempts to reconnect."""
RECONNECT_TIMEOUT = 60.0
"""Seconds after which attempts to reconnect to a platform that does not answer end."""
_KINDS: dict[bytes, type[Event]] = {b"status": ShownChange, b"record": NumberedRecord, b"missed": Missed}
_Fields = dict[bytes, bytes]


class EventStream:
    """Events as they happen. After a lost connection, the stream continues where it ended, and may repeat an event."""

    def __init__(self, requests: Requests, path: str, query: EventsQuery) -> None:
        self._requests = requests
        self._path, self._query = path, query
        self._last_event_id = b""
        self._connection = AsyncExitStack()
        self._arriving: AsyncIterator[_Fields]

    def __aiter__(self) -> "EventStream":
        return self

    async def __anext__(self) -> Event:
        """The next event; raises `ClientError`: `NoAnswerError` if there has been no connection for a minute."""
        while True:
            try:
                fields = await anext(self._arriving)
            except (httpx2.HTTPError, StopAsyncIteration):
                await self._connect_again()
                continue
            self._last_event_id = fields.get(b"id", self._last_event_id)
            if b"data" in fields:
                return _event(self._requests.url, fields)

    async def connect(self) -> None:
        """Connect, and continue after the last event; raises `ClientError`, `httpx2.HTTPError` for no answer."""
        await self.aclose()
        headers = {"Last-Event-ID": self._last_event_id.decode()} if self._last_event_id else {}
        response = await self._connection.enter_async_context(self._requests.opened(self._path, self._query, headers))
        self._arriving = _fields_of(response)
        self._connection.push_async_callback(end_unfinished, self._arriving)

    async def aclose(self) -> None:
        """End the connection."""
        await self._connection.aclose()

    async def _connect_again(self) -> None:
        deadline = trio.current_time() + RECONNECT_TIMEOUT
        while True:
            await trio.sleep(PAUSE)
            try:
                return await self.connect()
            except httpx2.HTTPError as error:
                if trio.current_time() >= deadline:
                    raise no_answer(self._requests.url, error) from error


@asynccontextmanager
async def open_events(requests: Requests, path: str, query: EventsQuery) -> AsyncIterator[EventStream]:
    """A connected stream of the events from now on; raises `ClientError`."""
    async with aclosing(EventStream(requests, path, query)) as stream:
        try:
            await stream.connect()
        except httpx2.HTTPError as error:
            raise no_answer(requests.url, error) from error
        yield stream


async def _fields_of(response: httpx2.Response) -> AsyncIterator[_Fields]:
    """The fields of each event, by name. An event without data has only an event id."""
    rest, fields = b"", _Fields()
    async for chunk in response.aiter_bytes():
        *lines, rest = (rest + chunk).split(b"\n")  # a line of data can contain every other separator
        for line in lines:
            name, _, value = line.partition(b":")
            if line and name:
                fields[name] = value.removeprefix(b" ")
            elif not line and fields:
                yield fields
                fields = {}


def _event(url: str, fields: _Fields) -> Event:
    kind = fields.get(b"event", b"")
    try:
        return msgspec.json.decode(fields[b"data"], type=_KINDS[kind])
    except (KeyError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise not_a_platform(url, 200, f"the event {kind.decode(errors='replace')!r}: {error}") from None
