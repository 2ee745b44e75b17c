"""A small application behind the real HTTP server, and clients that send it arbitrary bytes."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import trio
from quart import Response, request
from quart_trio import QuartTrio

from audit.message import AuditMessage
from integration_daemon.config.platform_file import EMPTY, PlatformFile
from integration_daemon.rest.serving import TLSFiles, serve

HELLO = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = 200_000_000


class Serving:
    """A server and its audit records."""

    def __init__(self) -> None:
        self.url = ""
        self.stop, self.stopped = trio.Event(), trio.Event()
        self.records: list[tuple[AuditMessage, BaseException | None, dict[str, object]]] = []

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.rpartition("/")[2].rpartition(":")
        return host, int(port)

    @property
    def recorded(self) -> list[str]:
        """The ids of the recorded messages."""
        return [message.id for message, _, _ in self.records]

    def record(self, message: AuditMessage, error: BaseException | None, inserts: dict[str, object]) -> None:
        message.render(inserts)  # every insert is given
        self.records.append((message, error, inserts))

    async def connect(self) -> trio.SocketStream:
        return await trio.open_tcp_stream(*self.address)

    async def ask(self, *pieces: bytes, half_close: bool = False) -> bytes:
        """Send a request and return everything that the server answers until it closes the connection."""
        async with await self.connect() as stream:
            for piece in pieces:
                await stream.send_all(piece)
            if half_close:
                await stream.send_eof()
            return await received(stream)


async def received(stream: trio.SocketStream, *, until: bytes | None = None) -> bytes:
    """Everything received until the stream ends, is reset, or contains a given text."""
    got = b""
    with trio.fail_after(60):
        while until is None or until not in got:
            try:
                piece = await stream.receive_some()
            except trio.BrokenResourceError:
                break
            if not piece:
                break
            got += piece
    return got


async def until(condition: Callable[[], bool]) -> None:
    """Poll until the condition holds."""
    with trio.fail_after(60):
        while not condition():  # noqa: ASYNC110
            await trio.sleep(0.02)


def descriptors() -> int:
    """The number of open files of this process."""
    return len(os.listdir("/proc/self/fd"))


def small_app(more: Callable[[], Awaitable[Any]] | None = None) -> QuartTrio:
    """Answers hello; `/large` answers many bytes, `/body` the length of the body, and `/more` as given."""
    app = QuartTrio(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024 * 1024

    async def hello() -> Response:
        return Response(b"hello")

    async def large() -> Response:
        return Response(b"x" * LARGE)

    async def body() -> Response:
        return Response(str(len(await request.data)).encode())

    app.add_url_rule("/", "hello", hello, methods=["GET", "POST"])
    app.add_url_rule("/large", "large", large)
    app.add_url_rule("/body", "body", body, methods=["POST"])
    if more is not None:
        app.add_url_rule("/more", "more", more, methods=["GET", "POST"])
    return app


@asynccontextmanager
async def serving(
    app: Any = None, *, tls: TLSFiles | None = None, file: PlatformFile = EMPTY
) -> AsyncIterator[Serving]:
    """Run a server until the block ends."""
    server = Serving()

    async def run(*, task_status: trio.TaskStatus[str]) -> None:
        listening = partial(serve, host="127.0.0.1", port=0, tls=tls, stop=server.stop, record=server.record, file=file)
        await listening(app or small_app(), task_status=task_status)
        server.stopped.set()

    async with trio.open_nursery() as nursery:
        server.url = await nursery.start(run)
        yield server
        server.stop.set()
        with trio.fail_after(60):
            await server.stopped.wait()
