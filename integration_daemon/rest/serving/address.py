"""The listening socket of the server, and the certificate that addresses reachable by other machines require."""

import socket
import ssl
from contextlib import suppress
from pathlib import Path

import msgspec

from integration_daemon.rest.messages import (
    BIND_FAILED,
    CERTIFICATE_NOT_USABLE,
    CLIENT_CA_NOT_USABLE,
    PLAIN_HTTP_REFUSED,
)
from services.errors import InvalidParameterError
from services.loopback import is_loopback

BACKLOG = 1024
"""The largest number of connections that wait to be accepted."""
UNREAD = 5_000
"""Milliseconds for which a client may leave data unacknowledged; then its connection is dropped."""


class TLSFiles(msgspec.Struct, frozen=True):
    """A certificate with its chain, and its key; all PEM."""

    certificate: Path
    key: Path
    client_ca: Path | None = None
    """The certificates of the authorities for client certificates; none: client certificates are not requested."""


def listen(host: str, port: int, tls: TLSFiles | None, passed: socket.socket | None = None) -> socket.socket:
    """A listening socket: the one that was passed for this address, or a new one; port 0 takes any free port.

    Raises `InvalidParameterError` if the address cannot be used, for plain HTTP on an address that other machines
    can reach, and for an unusable certificate.
    """
    if tls is None and not is_loopback(host):
        raise InvalidParameterError(PLAIN_HTTP_REFUSED, host=host)
    if tls is not None:
        _require_certificate(tls)
    listener = passed
    try:
        listener = passed or _bound(host, port)
        with suppress(AttributeError):  # not every system has this option
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        if listener is not None:
            listener.close()
        cause = error.strerror or type(error).__name__
        raise InvalidParameterError(BIND_FAILED, host=host, port=port, cause=cause) from None
    return listener


def _bound(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except BaseException:
        listener.close()
        raise
    return listener


def _require_certificate(tls: TLSFiles) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(tls.certificate, tls.key)
    except (OSError, ssl.SSLError) as error:
        raise InvalidParameterError(
            CERTIFICATE_NOT_USABLE, certificate=tls.certificate, key=tls.key, cause=_cause(error)
        ) from None
    if tls.client_ca is not None:
        try:
            context.load_verify_locations(tls.client_ca)
        except (OSError, ssl.SSLError) as error:
            raise InvalidParameterError(CLIENT_CA_NOT_USABLE, file=tls.client_ca, cause=_cause(error)) from None


def _cause(error: OSError) -> str:
    return getattr(error, "strerror", None) or getattr(error, "reason", None) or type(error).__name__
