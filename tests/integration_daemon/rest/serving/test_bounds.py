"""Limits on what clients can make the server hold: connections, bodies, and unread answers."""

from collections.abc import AsyncIterator
from math import inf

import pytest
import trio
from quart import Response
from trio.testing import wait_all_tasks_blocked

from integration_daemon.config.address_range import AddressRange
from integration_daemon.config.limits import Limits
from integration_daemon.config.platform_file import PlatformFile
from integration_daemon.rest.messages import CONNECTIONS_REFUSED, REQUESTS_REFUSED
from integration_daemon.rest.serving import address, connection_slot, memory, server, stream
from integration_daemon.rest.serving.shares import Shares
from tests.integration_daemon.rest.serving.clients import HELLO, LARGE, received, serving, small_app

MEGABYTE = 1024 * 1024


def limited(**limits: int) -> PlatformFile:
    """A platform file with these limits."""
    return PlatformFile(limits=Limits(**limits))


def posted(path: bytes, length: int) -> bytes:
    return b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % length


async def test_connections_beyond_the_limit_are_refused_and_open_ones_served() -> None:
    async with (
        serving(file=limited(connections=2)) as small,
        await small.connect() as one,
        await small.connect() as two,
    ):
        for each in (one, two):
            await each.send_all(HELLO)
            await received(each, until=b"hello")
        refused = await small.ask(HELLO)
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"retry-after" in refused
        await one.send_all(HELLO)
        assert await received(one, until=b"hello")
    assert small.recorded == [CONNECTIONS_REFUSED.id]


async def test_unwanted_bodies_take_no_place_from_other_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_slot, "LONGEST_DRAIN", inf)
    slow = posted(b"/nowhere", 10)
    async with (
        serving(file=limited(connections=2)) as small,
        await small.connect() as one,
        await small.connect() as two,
    ):
        for each in (one, two):
            await each.send_all(slow)
            await received(each, until=b"</p>")
        for _ in range(3):
            assert (await small.ask(HELLO.replace(b"1.1", b"1.0"))).endswith(b"hello")
        await two.send_all(bytes(10))
        assert not await received(one)  # the one that had been waited for longest
    assert small.recorded == []


@pytest.mark.parametrize("header", [b"Host: foreign.example.org", b"Host: localhost\r\nOrigin: http://foreign"])
async def test_a_foreign_page_is_refused_before_it_has_sent_a_body(
    header: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_slot, "LONGEST_DRAIN", inf)
    async with serving() as small, await small.connect() as client:
        await client.send_all(b"POST / HTTP/1.1\r\n" + header + b"\r\nContent-Length: 10\r\n\r\n")
        answer = await received(client, until=b"}")
        assert answer.startswith(b"HTTP/1.1 403")
        await client.send_all(bytes(10))
        assert await received(client) == b""


def test_no_client_has_all_connections() -> None:
    shares = Shares(4, [AddressRange("10.0.0.0/8")])
    with shares.counted("203.0.113.1"), shares.counted("2001:db8::1"), shares.counted("2001:db8::2"):
        assert shares.has_room_for("203.0.113.1")
        with shares.counted("203.0.113.1"):
            assert not shares.has_room_for("203.0.113.1")
        assert shares.has_room_for("203.0.113.1")
        assert not shares.has_room_for("2001:db8::3")  # of the same network
        assert shares.has_room_for("203.0.113.2")
    for exempt in ("127.0.0.1", "::1", "10.1.2.3", ""):
        with shares.counted(exempt), shares.counted(exempt):
            assert shares.has_room_for(exempt)


async def test_a_client_is_refused_more_than_its_share_of_the_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "address_of_peer", lambda stream: "203.0.113.1")
    async with serving(file=limited(connections=2)) as small, await small.connect() as one:
        await one.send_all(HELLO)
        await received(one, until=b"hello")
        assert (await small.ask(HELLO)).startswith(b"HTTP/1.1 503")
    assert small.recorded == [CONNECTIONS_REFUSED.id]


async def test_a_connection_closed_by_its_client_no_longer_counts() -> None:
    async with serving(file=limited(connections=3)) as small:
        for _ in range(20):
            async with await small.connect() as stream:
                await stream.send_all(HELLO)
                assert (await received(stream, until=b"hello")).startswith(b"HTTP/1.1 200")
                await wait_all_tasks_blocked(0.02)  # until the connection is idle,
            await wait_all_tasks_blocked(0.02)  # and the server has noticed that it is closed


async def test_a_body_is_refused_while_the_memory_budget_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "BUDGET", 3 * MEGABYTE)
    async with serving() as small:
        async with await small.connect() as first:
            await first.send_all(posted(b"/body", 2 * MEGABYTE) + b"x")
            refused = await small.ask(posted(b"/body", 2 * MEGABYTE), bytes(2 * MEGABYTE))
            assert refused.startswith(b"HTTP/1.1 503")
            assert b"retry-after" in refused
            assert (await small.ask(posted(b"/body", 5), b"hello")).endswith(b"5")  # small bodies always fit
            await first.send_all(bytes(2 * MEGABYTE - 1))
            assert (await received(first)).endswith(b"%d" % (2 * MEGABYTE))
        assert (await small.ask(posted(b"/body", 2 * MEGABYTE), bytes(2 * MEGABYTE))).startswith(b"HTTP/1.1 200")
    assert small.recorded == [REQUESTS_REFUSED.id]


async def test_a_refused_request_holds_no_memory_for_the_body_that_it_announced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "BUDGET", 3 * MEGABYTE)

    async def refuse() -> Response:
        return Response(b"no", status=401)

    async with serving(small_app(refuse)) as small, await small.connect() as refused:
        await refused.send_all(posted(b"/more", 3 * MEGABYTE))
        await received(refused, until=b"401")
        assert (await small.ask(posted(b"/body", MEGABYTE), bytes(MEGABYTE))).startswith(b"HTTP/1.1 200")


async def test_a_chunked_body_beyond_the_memory_budget_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "BUDGET", 3 * MEGABYTE)
    chunk = b"100000\r\n" + bytes(MEGABYTE) + b"\r\n"
    head = b"POST /body HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with serving() as small:
        for _ in range(3):  # refused bodies have released their memory
            assert (await small.ask(head, *[chunk] * 5, b"0\r\n\r\n")).startswith(b"HTTP/1.1 503")
            assert (await small.ask(head, *[chunk] * 2, b"0\r\n\r\n")).endswith(b"%d" % (2 * MEGABYTE))


async def test_an_answer_beyond_the_memory_budget_is_refused_while_others_are_sent() -> None:
    assert LARGE > memory.BUDGET  # a single answer always fits
    async with serving() as small, await small.connect() as reader:
        await reader.send_all(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await reader.receive_some(1)
        assert (await small.ask(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")).startswith(b"HTTP/1.1 503")
        await reader.aclose()
        with trio.fail_after(30):
            while not (await small.ask(b"HEAD /large HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200"):
                pass  # the server has not yet noticed that the first client has gone


async def test_a_client_that_does_not_read_its_answer_is_disconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SEND_PATIENCE", 0.2)
    monkeypatch.setattr(address, "UNREAD", 600_000)  # the operating system waits longer
    dropped = trio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        try:
            while True:
                yield bytes(64 * 1024)
        finally:
            dropped.set()

    async def streamed() -> Response:
        return Response(pieces())

    async with serving(small_app(streamed)) as small, await small.connect() as client:
        await client.send_all(b"GET /more HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with trio.fail_after(60):
            await dropped.wait()


@pytest.mark.parametrize("path", [b"/nowhere", b"/large-is-not-here"])
async def test_a_client_that_sends_an_unwanted_body_gets_its_answer(path: bytes) -> None:
    async with serving() as small:
        for size in (MEGABYTE, 20 * MEGABYTE):
            answer = await small.ask(posted(path, size), *[bytes(MEGABYTE)] * (size // MEGABYTE))
            assert answer.startswith(b"HTTP/1.1 404")


async def test_a_body_over_the_limit_is_answered_once_it_is_sent() -> None:
    async with serving() as small:
        size = 70 * MEGABYTE
        answer = await small.ask(posted(b"/body", size), *[bytes(MEGABYTE)] * (size // MEGABYTE))
        assert answer.startswith(b"HTTP/1.1 413")


async def test_a_stream_that_nobody_reads_is_not_produced_ahead() -> None:
    made = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal made
        for _ in range(10_000):
            made += 1
            yield bytes(64 * 1024)

    async def streamed() -> Response:
        return Response(pieces())

    async with serving(small_app(streamed)) as small, await small.connect() as client:
        await client.send_all(b"GET /more HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await client.receive_some(1)
        for _ in range(50):
            assert (await small.ask(HELLO.replace(b"1.1", b"1.0"))).endswith(b"hello")
        assert made < 1_000


async def test_a_request_with_longer_headers_than_the_limit_is_not_served() -> None:
    async with serving(file=limited(header_bytes=2_000)) as small:
        for size, served in ((1_000, True), (3_000, False)):
            request = HELLO[:-2] + b"Connection: close\r\nX-Long: " + b"x" * size + b"\r\n\r\n"
            assert (await small.ask(request)).endswith(b"hello") is served
