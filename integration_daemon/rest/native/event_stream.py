"""The live stream of a server as server-sent events: changes of status, and audit log records.

https://html.spec.whatwg.org/multipage/server-sent-events.html

No client has a queue. Each reads from the last changes and records, which the daemon keeps in any case, at its own pace
and at most `MOST_AT_ONCE` of each in a turn; a client that is too slow receives an event `missed`.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec
import trio
from quart import Response, request

from audit.destinations.memory_ring import RingQuery
from audit.log import Entry
from audit.record import NumberedRecord
from integration_daemon.rest.in_scope import entries_in_scope, names_in_scope
from integration_daemon.rest.native.answers import Missed, ShownChange
from integration_daemon.rest.native.queries import EventsQuery, severities_of
from integration_daemon.rest.native.routing import ROOTS
from integration_daemon.rest.query import not_understood
from integration_daemon.rest.route import Call, Route, Style, get
from integration_daemon.rest.times import shown_time
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from integration_daemon.supervision.connector.changes import StatusChanges

MOST_AT_ONCE = 100
"""The largest number of changes, and of records, that are sent in one turn."""
PACE = 0.5
"""The shortest time between two turns in seconds."""
KEEP_ALIVE = 15.0
"""Seconds without an event after which a comment is sent, which shows that the connection is alive."""
RECORDS_SEARCHED_AT_ONCE = 2_000
"""The largest number of records that one turn searches for those that the client selects."""

_encode = msgspec.json.Encoder().encode


class _Place(msgspec.Struct):
    """The position of a client: the run of the server, and the numbers of the last change and record read."""

    run: str
    change: int
    record: int

    def __str__(self) -> str:
        return f"{self.run}-{self.change}-{self.record}"


class _Stream:
    """The events of one client."""

    def __init__(
        self,
        call: Call,
        has: Callable[[str], bool] | None,
        among: Callable[[Entry], bool] | None,
        place: _Place,
        *,
        is_of_this_run: bool,
    ) -> None:
        self._server = call.server
        self._changes = _changes_of(call)
        self._query: EventsQuery = call.query
        self._severities = severities_of(call.query.severity)
        self._has = has
        self._among = among
        self._is_known = call.access.following(request, call.caller)
        self._place = place
        self._is_of_this_run = is_of_this_run

    async def events(self) -> AsyncIterator[bytes]:
        """The events, until the client disconnects, its token is revoked or has other rights, or the server stops."""
        yield f"retry: 2000\nid: {self._place}\n\n".encode()
        if not self._is_of_this_run:
            yield _event("missed", Missed(changes=None, records_since=0))
        while not self._server.stop.is_set() and await self._is_known():
            if events := self._turn():
                yield b"".join(events)
                await trio.sleep(PACE)
                continue
            with trio.move_on_after(KEEP_ALIVE) as waiting:
                await self._wait_for_more()
            if waiting.cancelled_caught:
                yield b": nothing new\n\n"

    async def _wait_for_more(self) -> None:
        async with trio.open_nursery() as nursery:

            async def wait(more: Any, *arguments: int) -> None:
                await more(*arguments)
                nursery.cancel_scope.cancel()

            nursery.start_soon(wait, self._changes.wait_for_more, self._place.change)
            nursery.start_soon(wait, self._server.ring.wait_for_more, self._place.record)
            nursery.start_soon(wait, self._server.stop.wait)

    def _turn(self) -> list[bytes]:
        """The new events since the last turn, up to `MOST_AT_ONCE`. The last event has the new position as its id."""
        before, change = self._place, self._changes.last_number
        changes = self._changes.after(max(before.change, change - MOST_AT_ONCE))
        records, looked_from, last = self._records(before.record)
        self._place = _Place(before.run, change, last)
        events = [
            _event("status", ShownChange(**{**msgspec.structs.asdict(each), "at": shown_time(each.at)}))
            for each in changes
            if self._selects(each.connector_name)
        ]
        events += [_event("record", each) for each in records]
        missed_changes = change - before.change - len(changes)
        if missed_changes or looked_from > before.record or len(records) == MOST_AT_ONCE:
            events.insert(0, _event("missed", Missed(changes=missed_changes, records_since=before.record)))
        if events:
            events[-1] = b"id: %s\n" % str(self._place).encode() + events[-1]
        return events

    def _selects(self, name: str) -> bool:
        return self._query.connector in (None, name) and (self._has is None or self._has(name))

    def _records(self, after: int) -> tuple[Sequence[NumberedRecord], int, int]:
        """The newest records that the client selects, the number after which the search began, and the last number."""
        ring = self._server.ring
        last = ring.last_number
        looked_from = max(after, last - RECORDS_SEARCHED_AT_ONCE)
        query = RingQuery(
            after=looked_from,
            limit=MOST_AT_ONCE,
            severities=self._severities,
            message_id=self._query.message_id,
            mentioning=self._query.connector,
            newest_first=True,
            among=self._among,
        )
        found = ring.find(query)[::-1]
        return found, looked_from, max(last, found[-1].number if found else 0)


def _event(kind: str, data: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), _encode(data))


def _changes_of(call: Call) -> StatusChanges:
    """The changes of a daemon's connectors; a server of another type has none."""
    daemon = call.server.daemon
    return StatusChanges() if daemon is None else daemon.environment.changes


def _place_of(call: Call) -> tuple[_Place, bool]:
    """The position after the last event that a client received; false if that event is from another run."""
    started = call.server.start_time
    run = "0" if started is None else f"{int(started.timestamp() * 1000):x}"
    newest = _Place(run, _changes_of(call).last_number, call.server.ring.last_number)
    sent = request.headers.get("Last-Event-ID", "")
    if not sent:
        return newest, True
    parts = sent.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) < 16 for part in parts[1:]):
        raise not_understood("Last-Event-ID", "it is not the id of an event of this stream")
    if parts[0] != run:
        return newest, False
    return _Place(run, min(int(parts[1]), newest.change), min(int(parts[2]), newest.record)), True


async def _events(call: Call) -> Response:
    """Stream changes of status (`status`) and audit log records (`record`) as they happen, as server-sent events.

    A client that reconnects with the header `Last-Event-ID` receives the events since then that the daemon still has.
    An event `missed` reports that events were left out, because there were too many or the daemon was restarted: the
    lists of connectors and of audit log records have the omitted changes and records.
    """
    has, among = await names_in_scope(call), await entries_in_scope(call)
    place, is_of_this_run = _place_of(call)
    stream = _Stream(call, has, among, place, is_of_this_run=is_of_this_run)
    events = stream.events() if request.method == "GET" else b""
    response = Response(events, content_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
    response.timeout = None
    return response


ROUTES: tuple[Route, ...] = tuple(
    get(
        root + "/events",
        _events,
        Permission.READ_STATUS,
        ScopeRule.CONNECTORS,
        style=Style.NATIVE,
        query=EventsQuery,
        answers={200: ("text/event-stream",)},
    )
    for root in ROOTS
)
