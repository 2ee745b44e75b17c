"""An exception of a connection is counted and recorded, and ends only that connection."""

import socket
import struct
from contextlib import suppress
from typing import Any

import pytest
import trio
from quart import Response
from trio.testing import MockClock, wait_all_tasks_blocked

from integration_daemon.rest.messages import CONNECTION_FAILED
from integration_daemon.rest.serving.incidents import Incidents
from integration_daemon.rest.serving.memory import Receive, Send
from integration_daemon.rest.serving.stream import ClientStream
from tests.integration_daemon.rest.serving.clients import HELLO, descriptors, received, serving, small_app, until

POST = b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\n"
MALFORMED = {
    "a bad chunk": (POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", False),
    "a bad chunk after a good one": (POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX\r\n", False),
    "garbage after a request": (b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n\x00\x01garbage\r\n\r\n", False),
    "half of a body": (POST + b"Content-Length: 100\r\n\r\n0123456789", True),
    "half of a chunk": (POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", True),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", False),
    "no path": (b"GET ?x HTTP/1.1\r\nHost: localhost\r\n\r\n", False),
    "no path at a host": (b"GET http://x HTTP/1.1\r\nHost: localhost\r\n\r\n", False),
}


@pytest.mark.parametrize("kind", MALFORMED)
async def test_malformed_requests_end_only_their_own_connections(kind: str) -> None:
    request, half_close = MALFORMED[kind]
    async with serving() as small:
        statuses = {(await small.ask(request, half_close=half_close))[9:12] for _ in range(100)}
        assert statuses <= {b"400", b"404", b""}
        assert await small.ask(HELLO.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert small.recorded == []  # malformed requests are expected: they leave no records


class Raises:
    """An ASGI application that raises a given exception, before or after it has begun an answer."""

    def __init__(self, error: BaseException, *, begun: bool) -> None:
        self._error, self._begun = error, begun
        self._small = small_app()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/raises":
            await self._small(scope, receive, send)
            return
        if self._begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"beg", "more_body": True})
        raise self._error


@pytest.mark.parametrize("begun", [True, False])
@pytest.mark.parametrize("error", [KeyError("x"), SystemExit(1), KeyboardInterrupt(), GeneratorExit(), MemoryError()])
async def test_an_exception_of_a_request_is_recorded_and_ends_only_its_connection(
    error: BaseException, begun: bool
) -> None:
    async with serving(Raises(error, begun=begun)) as small, await small.connect() as bystander:
        await bystander.send_all(HELLO)
        assert b"hello" in await received(bystander, until=b"hello")
        answer = await small.ask(b"GET /raises HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert answer[9:12] in (b"200" if begun else b"500", b"")
        await bystander.send_all(HELLO)
        assert b"hello" in await received(bystander, until=b"hello")
    ((_, recorded, inserts), *_) = small.records
    assert type(error).__name__ in str(inserts["exception"])
    assert recorded is not None


async def test_a_request_that_fails_while_its_body_arrives_ends_its_connection() -> None:
    fail = trio.Event()

    async def app(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError
        await fail.wait()
        raise KeyError("x")

    async with serving(app) as small, await small.connect() as stream, trio.open_nursery() as nursery:

        async def post() -> None:
            with suppress(trio.BrokenResourceError):
                await stream.send_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\n")
                await stream.send_all(bytes(20_000_000))

        nursery.start_soon(post)
        await wait_all_tasks_blocked(0.1)
        fail.set()
        await received(stream)


async def test_ending_a_stream_does_not_conflict_with_sending() -> None:
    server_end, client_end = trio.socket.socketpair()
    async with trio.SocketStream(client_end), trio.SocketStream(server_end) as plain:
        stream = ClientStream(plain)

        async def send() -> None:
            with suppress(trio.ClosedResourceError):  # the end came first; a `BusyResourceError` would be a defect
                await stream.send_all(bytes(64))

        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(send)
                nursery.start_soon(stream.send_eof)


async def test_repeated_incidents_of_one_kind_are_recorded_at_most_once_a_minute(autojump_clock: MockClock) -> None:
    counts: list[object] = []
    incidents = Incidents(lambda message, error, inserts: counts.append(inserts["count"]))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(incidents.run)
        for _ in range(600):
            incidents.add(CONNECTION_FAILED, OSError("x"))
            await trio.sleep(0.3)
        await trio.sleep(60)
        incidents.add(CONNECTION_FAILED, OSError("x"))
        nursery.cancel_scope.cancel()
    assert counts[0] == 1
    assert len(counts) <= 5  # one record each minute
    assert sum(counts) == incidents.counts[CONNECTION_FAILED.id] == 601  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "request_",
    [
        HELLO,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
    ],
)
async def test_closed_connections_keep_no_descriptors(request_: bytes) -> None:
    async with serving() as small:
        await small.ask(b"nonsense\r\n\r\n")
        before = descriptors()
        for _ in range(500):
            async with await small.connect() as stream:
                await stream.send_all(request_)
        await until(lambda: descriptors() <= before)


async def test_a_client_that_disconnects_during_pipelined_requests_keeps_no_descriptors() -> None:
    asked, goes_on = trio.Event(), trio.Event()

    async def more() -> Response:
        asked.set()
        await goes_on.wait()
        return Response(b"so late")

    async with serving(small_app(more)) as small:
        await small.ask(b"nonsense\r\n\r\n")
        before = descriptors()
        stream = await small.connect()
        await stream.send_all(b"GET /more HTTP/1.1\r\nHost: localhost\r\n\r\n" + HELLO)
        await asked.wait()
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets
        await trio.aclose_forcefully(stream)
        goes_on.set()
        await until(lambda: descriptors() <= before)
