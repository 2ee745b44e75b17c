"""HTTP/1.0 and HTTP/1.1 are served, and a connection cannot switch to another protocol.

These tests use a socket, so that they fail if hypercorn renames an attribute that we replace.
"""

import pytest

from tests.integration_daemon.rest.serving.clients import HELLO, received, serving

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\nUpgrade: "
)
WEBSOCKET = b"\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"


@pytest.mark.parametrize("upgrade", [b"h2c", b"H2C", b"h2c, foo", b"TLS/1.0", b"foo\r\nUpgrade: h2c"])
async def test_a_request_with_an_upgrade_is_answered_over_http_1_1(upgrade: bytes) -> None:
    async with serving() as small, await small.connect() as stream:
        for request in (UPGRADE + upgrade + b"\r\n\r\n", HELLO):  # and the connection stays open
            await stream.send_all(request)
            answer = await received(stream, until=b"hello")
            assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("upgrade", [b"websocket", b"WebSocket", b"h2c, websocket", b"websocket\r\nUpgrade: h2c"])
async def test_a_web_socket_is_refused(upgrade: bytes) -> None:
    async with serving() as small:
        assert (await small.ask(UPGRADE + upgrade + WEBSOCKET)).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "request_",
    [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
        b"GET / HTTP/2.0\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.2\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/0.9\r\nHost: localhost\r\n\r\n",
    ],
)
async def test_other_versions_of_http_are_refused(request_: bytes) -> None:
    async with serving() as small:
        assert (await small.ask(request_)).startswith(b"HTTP/1.1 505")


async def test_http_1_0_is_served() -> None:
    async with serving() as small:
        answer = await small.ask(b"GET / HTTP/1.0\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b"hello")


async def test_a_request_with_an_absolute_url_is_served() -> None:
    async with serving() as small, await small.connect() as stream:
        await stream.send_all(b"GET http://x/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await received(stream, until=b"hello")).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("target", [b"//", b"//hello", b"//localhost/", b"http://localhost//", b"///"])
async def test_a_path_that_could_be_the_name_of_a_host_is_refused(target: bytes) -> None:
    async with serving() as small:
        answer = await small.ask(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400")


async def test_a_body_with_two_lengths_is_refused() -> None:
    async with serving() as small:
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert (await small.ask(head + b"0\r\n\r\n")).startswith(b"HTTP/1.1 400")
