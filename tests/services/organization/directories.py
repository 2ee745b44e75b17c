"""Directories that are asked by LDAP, in the words of tests."""

import select
import socket
import socketserver
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from services.framework.connection import Connection, Endpoint
from services.framework.permitted_synchronization import PermittedSynchronization
from services.organization.ldap_monitor import LDAPMonitor
from services.secret import Secret
from services.testing.running import RunningConnector, running_connector
from tests.servers.slapd import PASSWORD, READER, SlapdServer

PERSON = """dn: uid={uid},{base}
objectClass: inetOrgPerson
uid: {uid}
cn: {name}
sn: {name}
{more}
"""


@asynccontextmanager
async def running(
    directory: Path,
    address: str,
    user: str = READER,
    password: str = PASSWORD,
    permitted: PermittedSynchronization | None = None,
    **settings: Any,
) -> AsyncIterator[RunningConnector]:
    """A started `ldap-monitor`."""
    connection = Connection(
        endpoint=Endpoint(address=address),
        user_id=user or None,
        clear_password=Secret(password) if user else None,
        configuration_properties={"pageSize": 3, **settings},
    )
    async with running_connector(
        LDAPMonitor, directory, connection=connection, permitted_synchronization=permitted
    ) as found:
        yield found


def person(base: str, uid: str, name: str, more: str = "") -> str:
    """The entry of a person."""
    return PERSON.format(uid=uid, base=base, name=name, more=more)


def people(server: SlapdServer, base: str, number: int) -> None:
    """Load so many people."""
    each = (person(base, f"u{n}", f"Person {n}") for n in range(number))
    server.load("\n".join(each))


@contextmanager
def endless_directory() -> Iterator[tuple[str, list[int]]]:
    """A server whose answer to a search is one entry of 2 GB: its address, and how many bytes it has sent."""
    sent: list[int] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            number = _message_id(self.request.recv(65_536))
            bound = number + bytes.fromhex("61070a010004000400")
            self.request.sendall(bytes([0x30, len(bound)]) + bound)
            number = _message_id(self.request.recv(65_536))
            self.request.sendall(bytes.fromhex("30847fffffff") + number + bytes.fromhex("64847fffff00"))
            with suppress(OSError):
                while True:
                    sent.append(self.request.send(bytes(65_536)))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        host, port = server.server_address[:2]
        try:
            yield f"{host!s}:{port}", sent
        finally:
            server.shutdown()
            thread.join()


def _message_id(request: bytes) -> bytes:
    """The number of a request, as it is encoded (RFC 4511, 4.1.1)."""
    start = 2 + (request[1] & 0x7F if request[1] > 0x7F else 0)
    return request[start : start + 2 + request[start + 1]]


class Junction:
    """An address behind which there is one server or another."""

    def __init__(self, listener: socket.socket) -> None:
        self.port = int(listener.getsockname()[1])
        self.leads_to = 0
        """The port of the server."""
        self.breaks_after: int | None = None
        """Requests of a connection after which it breaks."""
        self._listener = listener

    def serve(self) -> None:
        """Serve one connection after another, until the listener is closed."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, socket.create_connection(("127.0.0.1", self.leads_to)) as server:
                self._carry(client, server)

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        asked = 0
        while True:
            for ready in select.select([client, server], [], [])[0]:
                data = ready.recv(65_536)
                asked += ready is client
                if not data or (self.breaks_after is not None and asked > self.breaks_after):
                    return
                (server if ready is client else client).sendall(data)


@contextmanager
def junction() -> Iterator[Junction]:
    """An address of which the server can be changed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made = Junction(listener)
        thread = threading.Thread(target=made.serve)
        thread.start()
        try:
            yield made
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join(10)


@contextmanager
def broken_after(port: int, requests: int) -> Iterator[int]:
    """A way to a server that breaks when so many requests have been answered."""
    with junction() as made:
        made.leads_to, made.breaks_after = port, requests
        yield made.port
