"""The peer of a connection, as verified by the TLS handshake or the operating system."""

import os
import socket
import struct
import sys
from typing import Any

import trio

from integration_daemon.rest.serving.stream import ByteStream
from integration_daemon.security.peer import Peer

PEER = "peer"
"""The key of the `Peer` in the state of ASGI scopes."""


def peer_of(stream: ByteStream) -> Peer:
    """The peer without its address, which a proxy may forward with each request."""
    if isinstance(stream, trio.SSLStream):
        return Peer(certificate=_names(stream.getpeercert() or {}))
    return Peer(is_local_user=_is_local_user(stream.socket))


def address_of_peer(stream: ByteStream) -> str:
    """The IP address of the peer; empty for a Unix socket, and for a peer that has disconnected."""
    plain = stream.transport_stream if isinstance(stream, trio.SSLStream) else stream
    try:
        name = plain.socket.getpeername()
    except OSError:
        return ""
    return str(name[0]) if isinstance(name, tuple) else ""


def _names(certificate: dict[str, Any]) -> tuple[str, ...]:
    """The common name in a certificate, and its alternative URIs and e-mail addresses."""
    subject = [value for part in certificate.get("subject", ()) for name, value in part if name == "commonName"]
    others = [value for kind, value in certificate.get("subjectAltName", ()) if kind in ("URI", "email")]
    return (*subject, *others)


def _is_local_user(connection: trio.socket.SocketType) -> bool:
    """True if the connection came over a Unix socket, from a process of this user."""
    if sys.platform != "linux" or connection.family != socket.AF_UNIX:
        return False
    _, user, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return bool(user == os.geteuid())
