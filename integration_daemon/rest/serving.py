"""Serving the application: our own listening socket, TLS, and a stop that nobody can hold up."""

import ipaddress
import os
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import trio
from hypercorn.config import Config
from hypercorn.trio import serve as serve_with_hypercorn

from integration_daemon.rest.messages import BIND_FAILED, CERTIFICATE_NOT_USABLE, PLAIN_HTTP_REFUSED
from services.errors import InvalidParameterError

DRAIN = 3.0
"""Seconds that requests in progress have to finish when the server stops."""
LAST_RESORT = 8.0
"""Seconds after which the server stops whoever is still being served."""
UNREAD = 5_000
"""Milliseconds that a client may leave what was sent to it unacknowledged; then its connection is dropped."""


class TLSFiles(msgspec.Struct, frozen=True):
    """A certificate with its chain, and its key; both PEM."""

    certificate: Path
    key: Path


async def serve(
    app: Any,
    *,
    host: str,
    port: int,
    tls: TLSFiles | None,
    stop: trio.Event,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until `stop`, then finish the requests in progress. Reports the URL once it listens.

    Port 0 takes any free port. Raises `InvalidParameterError` for an address that cannot be listened on, plain HTTP
    on an address others can reach, and a certificate that cannot be used.
    """
    if tls is None and not _is_loopback(host):
        raise InvalidParameterError(PLAIN_HTTP_REFUSED, host=host)
    if tls is not None:
        _require_certificate(tls)
    with _listen(host, port) as listener:
        config = _config(listener, tls)
        shown = f"[{host}]" if ":" in host else host
        url = f"{'https' if tls else 'http'}://{shown}:{listener.getsockname()[1]}"
        async with trio.open_nursery() as nursery:
            await nursery.start(_hypercorn, app, config, stop)
            task_status.started(url)
            await stop.wait()
            nursery.cancel_scope.deadline = trio.current_time() + LAST_RESORT


async def _hypercorn(
    app: Any, config: Config, stop: trio.Event, *, task_status: trio.TaskStatus[Any] = trio.TASK_STATUS_IGNORED
) -> None:
    await serve_with_hypercorn(app, config, shutdown_trigger=stop.wait, task_status=task_status)


def _config(listener: socket.socket, tls: TLSFiles | None) -> Config:
    config = Config()
    # hypercorn closes the descriptor it is given, so it gets one of its own
    config.bind = [f"fd://{os.dup(listener.fileno())}"]
    config.graceful_timeout = DRAIN
    config.include_server_header = False
    config.errorlog = None
    config.accesslog = None
    # over HTTP/2 a request that its client gave up is not cancelled, and would hold up the stop
    config.alpn_protocols = ["http/1.1"]
    if tls is not None:
        config.certfile, config.keyfile = str(tls.certificate), str(tls.key)
    return config


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. A client that stops reading is dropped: hypercorn would wait for it for ever."""
    listener: socket.socket | None = None
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(AttributeError):  # not every system has it
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD)
        listener.bind((host, port))
        listener.listen(1024)
        listener.setblocking(False)
    except OSError as error:
        if listener is not None:
            listener.close()
        cause = error.strerror or type(error).__name__
        raise InvalidParameterError(BIND_FAILED, host=host, port=port, cause=cause) from None
    return listener


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _require_certificate(tls: TLSFiles) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(tls.certificate, tls.key)
    except (OSError, ssl.SSLError) as error:
        cause = getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
        raise InvalidParameterError(
            CERTIFICATE_NOT_USABLE, certificate=tls.certificate, key=tls.key, cause=cause
        ) from None
