"""Accepts a limited number of connections until a stop, which no client can delay."""

import resource
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, suppress
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import AppWrapper

from audit.message import Record
from integration_daemon.config.limits import Limits
from integration_daemon.config.platform_file import EMPTY, PlatformFile
from integration_daemon.rest.messages import CONNECTIONS_REFUSED
from integration_daemon.rest.serving.address import TLSFiles, listen
from integration_daemon.rest.serving.browser_guard import BrowserGuard
from integration_daemon.rest.serving.certificate import RenewedContext, TLSListener
from integration_daemon.rest.serving.connection import Connection
from integration_daemon.rest.serving.connection_slot import ConnectionSlot, reclaim_one
from integration_daemon.rest.serving.finish_response import FinishResponse
from integration_daemon.rest.serving.forwarded import ForwardedClients
from integration_daemon.rest.serving.incidents import Incidents, unrecorded
from integration_daemon.rest.serving.memory import Application, BoundedMemory
from integration_daemon.rest.serving.passed_sockets import NONE_PASSED, PassedSockets
from integration_daemon.rest.serving.peer import address_of_peer
from integration_daemon.rest.serving.request_rate import BoundedRequestRate
from integration_daemon.rest.serving.shares import Shares
from integration_daemon.rest.serving.stream import ByteStream
from integration_daemon.rest.serving.unix_socket import unix_listener

DRAIN = 3.0
"""Seconds for requests in progress to finish when the server stops; then their connections are closed."""
CLOSE_GRACE = 2.0
"""Seconds for requests to end after their connections were closed; then they are cancelled."""
HANDSHAKE = 10.0
"""The time limit of a TLS handshake in seconds."""

_TOO_MANY = b"HTTP/1.1 503 \r\nretry-after: 2\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


async def serve(
    app: Application,
    *,
    host: str,
    port: int,
    tls: TLSFiles | None,
    socket_path: Path | None = None,
    passed: PassedSockets = NONE_PASSED,
    stop: trio.Event,
    record: Record = unrecorded,
    file: PlatformFile = EMPTY,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until `stop`, then finish the requests in progress. Reports the URL when the server listens.

    With `socket_path`, the server also listens on a Unix socket; `passed` sockets replace its own sockets. `file` has
    the limits for clients. A limited number of errors of clients is passed to `record`. Raises `InvalidParameterError`
    as `listen` and `unix_listener` do.
    """
    incidents = Incidents(record)
    wrapped = ASGIWrapper(_guarded(app, file, incidents))
    with ExitStack() as listeners:
        listener = listeners.enter_context(listen(host, port, tls, passed.tcp))
        local = [listeners.enter_context(each) for each in _local(socket_path, passed.unix)]
        shown = f"[{host}]" if ":" in host else host
        url = f"{'https' if tls else 'http'}://{shown}:{listener.getsockname()[1]}"
        async with trio.open_nursery() as nursery:
            nursery.start_soon(incidents.run, name="incidents of the http server")
            async with _lifespan(wrapped, config := _config(tls, file.limits)):
                server = _Server(wrapped, config, incidents, file)
                if server.renewed is not None:
                    nursery.start_soon(server.renewed.run, record, name="certificate of the http server")
                await server.run(listener, local, stop, partial(task_status.started, url))
            nursery.cancel_scope.cancel(reason="the http server has stopped")


def _local(path: Path | None, passed: socket.socket | None) -> list[AbstractContextManager[socket.socket]]:
    """The sockets for processes of this user."""
    return [passed] if passed is not None else [unix_listener(path)] if path is not None else []


def _guarded(app: Application, file: PlatformFile, incidents: Incidents) -> Application:
    """The application inside the middleware of the server."""
    bounded = BoundedMemory(app, incidents, file.limits.body_bytes)
    guarded = BrowserGuard(bounded, incidents, file.allowed_hosts)
    rated = BoundedRequestRate(guarded, incidents, file.limits)
    return FinishResponse(ForwardedClients(rated, file.trusted_proxies))


class _Server:
    """The open connections."""

    def __init__(self, app: AppWrapper, config: Config, incidents: Incidents, file: PlatformFile) -> None:
        self._app = app
        self._config = config
        self.renewed = _renewed(config)
        """The TLS context; none: the server serves plain HTTP."""
        self._incidents = incidents
        self._context = WorkerContext(None)
        self._open: set[Connection] = set()
        self._reclaimable_slots: dict[ConnectionSlot, None] = {}
        self._one_closed = trio.Event()
        self._most = min(file.limits.connections, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        self._shares = Shares(self._most, file.trusted_proxies)

    async def run(self, listener: socket.socket, local: list[socket.socket], stop: trio.Event, started: Any) -> None:
        """Serve until `stop`, and then until every connection is closed; without TLS on the `local` sockets."""
        listeners = [self._listener(listener), *(_plain(each) for each in local)]
        async with trio.open_nursery() as handlers:
            try:
                async with trio.open_nursery() as accepting:
                    await accepting.start(
                        partial(trio.serve_listeners, self._handle, listeners, handler_nursery=handlers)
                    )
                    started()
                    await stop.wait()
                    accepting.cancel_scope.cancel(reason="the http server is stopping")
                await self._context.terminated.set()  # idle connections are closed
                handlers.cancel_scope.deadline = trio.current_time() + DRAIN + CLOSE_GRACE
                await self._closed_within(DRAIN)
            finally:  # in any case: close the sockets, which ends hypercorn's shielded sends
                for connection in self._open:
                    connection.client.close_now()

    def _listener(self, listener: socket.socket) -> trio.SocketListener | TLSListener:
        plain = _plain(listener)
        return plain if self.renewed is None else TLSListener(plain, self.renewed)

    async def _handle(self, stream: ByteStream) -> None:
        address = address_of_peer(stream)
        if not self._shares.has_room_for(address) or not self._has_place():
            self._incidents.add(CONNECTIONS_REFUSED)
            await _refuse(stream)
            return
        connection = Connection(self._app, self._config, self._context, stream, self._reclaimable_slots)
        self._open.add(connection)
        try:
            with self._shares.counted(address):
                await connection.run_contained(self._incidents)
        finally:
            self._open.discard(connection)
            connection.client.close_now()
            vars(connection).clear()  # breaks its reference cycle with hypercorn's objects
            self._one_closed.set()

    def _has_place(self) -> bool:
        """True if a place is free, or another connection was closed for this one."""
        return len(self._open) < self._most or reclaim_one(self._reclaimable_slots)

    async def _closed_within(self, seconds: float) -> None:
        with trio.move_on_after(seconds):
            while self._open:
                self._one_closed = trio.Event()
                await self._one_closed.wait()


def _plain(listener: socket.socket) -> trio.SocketListener:
    return trio.SocketListener(trio.socket.from_stdlib_socket(listener))


def _renewed(config: Config) -> RenewedContext | None:
    def made() -> ssl.SSLContext:
        context = config.create_ssl_context()
        if context is None:
            raise ValueError("there is no certificate")
        return context

    files = [Path(each) for each in (config.certfile, config.keyfile, config.ca_certs) if each is not None]
    return RenewedContext(made, files) if config.ssl_enabled else None


async def _refuse(stream: ByteStream) -> None:
    """Answer that there are too many connections, if this is possible without waiting; over TLS, it is not."""
    if isinstance(stream, trio.SocketStream):
        with suppress(OSError, trio.BrokenResourceError), trio.move_on_after(0.1):
            await stream.send_all(_TOO_MANY)
            await stream.send_eof()
            # an unread request would make the system reset the connection before the client reads the answer
            await stream.receive_some()


@asynccontextmanager
async def _lifespan(app: AppWrapper, config: Config) -> AsyncIterator[None]:
    """The application's start before the first request, and its end after the last."""
    async with trio.open_nursery() as nursery:
        lifespan = Lifespan(app, config, {})
        await nursery.start(lifespan.handle_lifespan)
        await lifespan.wait_for_startup()
        yield
        await lifespan.wait_for_shutdown()
        nursery.cancel_scope.cancel(reason="the application has ended")


def _config(tls: TLSFiles | None, limits: Limits) -> Config:
    config = Config()
    config.h11_max_incomplete_size = limits.header_bytes
    config.include_server_header = False
    config.errorlog = None  # `Incidents` reports failures
    config.accesslog = None
    config.alpn_protocols = ["http/1.1"]
    config.ssl_handshake_timeout = HANDSHAKE
    # a put into a full queue without a reader never ends; `memory` reads without delay, and is bounded
    config.max_app_queue_size = inf  # type: ignore[assignment]
    if tls is not None:
        config.certfile, config.keyfile = str(tls.certificate), str(tls.key)
        if tls.client_ca is not None:
            config.ca_certs, config.verify_mode = str(tls.client_ca), ssl.VerifyMode.CERT_OPTIONAL
    return config
