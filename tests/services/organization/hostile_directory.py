"""An LDAP server whose answers are what a test makes them."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from services.organization.ldap_sync import REQUEST, written

BIND, SEARCH = 0x60, 0x63
PAGED = "1.2.840.113556.1.4.319"
_ID = "00000000-0000-0000-0000-0000000000ff"


class Request(NamedTuple):
    """A message from the client."""

    number: int
    operation: int
    content: bytes
    """All of the message."""
    searches: int
    """The number of searches below an entry on all connections, including this one."""

    @property
    def is_for_changes(self) -> bool:
        """True for a request for changes."""
        return REQUEST.encode() in self.content

    @property
    def is_for_people(self) -> bool:
        """True for a search for people, false for groups."""
        return b"groupOfNames" not in self.content


Answers = Callable[[Request], Iterator[bytes]]


def octets(value: bytes | str) -> bytes:
    """An octet string."""
    return written(0x04, value.encode() if isinstance(value, str) else value)


def integer(number: int) -> bytes:
    """A whole number that is not negative."""
    return written(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def message(number: int, operation: bytes, controls: Mapping[str, bytes] | None = None) -> bytes:
    """A message."""
    found = b"".join(written(0x30, octets(name) + octets(value)) for name, value in (controls or {}).items())
    return written(0x30, integer(number) + operation + (written(0xA0, found) if found else b""))


def entry(number: int, dn: bytes | str, attributes: Mapping[str, Sequence[bytes | str]]) -> bytes:
    """A found entry."""
    parts = b"".join(
        written(0x30, octets(name) + written(0x31, b"".join(octets(each) for each in values)))
        for name, values in attributes.items()
    )
    return message(number, written(0x64, octets(dn) + written(0x30, parts)))


def somebody(number: int, name: str, key: str = "", **more: Sequence[bytes | str]) -> bytes:
    """The entry of a person."""
    return entry(number, f"uid={name},dc=x", {"entryUUID": [key or name], "cn": [name], "uid": [name], **more})


def end(number: int, cookie: bytes = b"", code: int = 0, operation: int = 0x65) -> bytes:
    """The end of an answer, with what leads to the next page."""
    result = written(operation, written(0x0A, bytes((code,))) + octets(b"") + octets(b""))
    value = written(0x30, integer(0) + octets(cookie))
    return message(number, result, {PAGED: value} if operation == 0x65 else None)


class _Talk(socketserver.BaseRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError):
            while data := self.request.recv(1 << 16):
                number, at = _integer(data)
                if data[at] == BIND:
                    self.request.sendall(end(number, operation=0x61))
                elif data[at] == SEARCH and b"supportedControl" in data:
                    supported = {"namingContexts": ["dc=x"], "supportedControl": [REQUEST]}
                    told = entry(number, "", supported) if self.server.tells_changes else b""
                    self.request.sendall(told + end(number))
                elif data[at] == SEARCH and b"contextCSN" in data:
                    state = {"contextCSN": ["20260101000000Z#000000#000#000000"], "entryUUID": [_ID]}
                    self.request.sendall(entry(number, "dc=x", state) + end(number))
                elif data[at] == SEARCH:
                    self.server.searches += 1
                    for part in self.server.answers(Request(number, data[at], data, self.server.searches)):
                        self.request.sendall(part)


def _integer(data: bytes) -> tuple[int, int]:
    """The number of a message, and where its operation begins."""
    at = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
    length = data[at + 1]
    return int.from_bytes(data[at + 2 : at + 2 + length], "big"), at + 2 + length


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    searches = 0
    tells_changes = False
    answers: Answers


@contextmanager
def directory_of(answers: Answers, *, tells_changes: bool = False) -> Iterator[str]:
    """The address of a server with these answers to searches; it may be one that tells what has changed."""
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.answers, server.tells_changes = answers, tells_changes
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"ldap://127.0.0.1:{server.server_address[1]}/dc=x"
        finally:
            server.shutdown()
            thread.join(10)
