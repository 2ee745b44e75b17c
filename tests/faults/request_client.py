"""A client that sends given bytes over its own connection, and reads the answers."""

import socket
import struct
from typing import NamedTuple
from urllib.parse import urlsplit

import trio

from tests.faults.request_wire import Exchange

PATIENCE = 60.0
"""Seconds that an answer may take on a busy machine: a refresh waits for its work up to 20."""
GIVE_UP = 0.2
"""Seconds after which a client goes away that may get no answer."""
NO_BODY = (204, 304)


class Answer(NamedTuple):
    """One answer, decoded as far as these tests need."""

    status: int
    headers: dict[str, str]
    body: bytes


async def converse(url: str, exchange: Exchange) -> list[Answer]:
    """Send an exchange, and return the complete answers."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    stream = await trio.open_tcp_stream(parts.hostname, parts.port)
    received = b""
    try:
        for piece in exchange.pieces:
            await stream.send_all(piece)
        if exchange.half_closed:
            await stream.send_eof()
        if exchange.resets:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if exchange.reads:
            received = await _read(stream, exchange)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass  # the server may close the connection early
    finally:
        await trio.aclose_forcefully(stream)
    return answers_in(received, exchange.methods)


async def _read(stream: trio.SocketStream, exchange: Exchange) -> bytes:
    received = b""
    with trio.move_on_after(PATIENCE if exchange.answered else GIVE_UP):
        try:
            while len(answers_in(received, exchange.methods)) < len(exchange.methods):
                more = await stream.receive_some()
                if not more:
                    break
                received += more
        except trio.BrokenResourceError:
            pass  # answers before the reset count
    return received


def answers_in(received: bytes, methods: tuple[str, ...]) -> list[Answer]:
    """The complete answers; those to HEAD have no body."""
    found: list[Answer] = []
    while received.startswith(b"HTTP/1.1 ") and b"\r\n\r\n" in received:
        head, _, received = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        status = int(first.split(" ")[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if status < 200:
            continue
        method = methods[len(found)] if len(found) < len(methods) else ""
        length = 0 if method.upper() == "HEAD" or status in NO_BODY else int(headers.get("content-length", 0))
        if len(received) < length:
            break
        found.append(Answer(status, headers, received[:length]))
        received = received[length:]
    return found
