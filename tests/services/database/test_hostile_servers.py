"""A database server that never finishes its answer has its connection closed: nothing waits for it, and memory is
bounded."""

import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count

import pytest

from services.database import mariadb_connection, mariadb_server
from services.database.mariadb_server import MariaDBServer, mariadb_address
from services.database.postgres_database import PostgresDatabase
from services.errors import ThirdPartyUnavailableError
from services.postgres import connection, opening
from services.postgres.address import postgres_address

PIECE = b"x" * 65_536
FULL = 0xFFFFFF
"""The length of a packet of MariaDB that is continued in the next one."""


class Talk(socketserver.StreamRequestHandler):
    """Says what a server says before the first answer."""

    def received(self) -> bytes:
        """A message of PostgreSQL without a type."""
        return self.rfile.read(struct.unpack("!i", self.rfile.read(4))[0] - 4)

    def packet(self, number: int, content: bytes) -> None:
        """Send a packet of MariaDB."""
        self.wfile.write(struct.pack("<I", len(content) | number << 24) + content)

    def command(self) -> bytes:
        """A packet of MariaDB from the client."""
        return self.rfile.read(struct.unpack("<I", self.rfile.read(4))[0] & FULL)

    def postgres(self) -> None:
        """Let the client in, and wait for its first statement."""
        while struct.unpack("!i", self.received()[:4])[0] == 80877103:
            self.wfile.write(b"N")
        encoding = b"client_encoding\0UTF8\0"
        self.wfile.write(b"R" + struct.pack("!ii", 8, 0) + b"S" + struct.pack("!i", len(encoding) + 4) + encoding)
        self.wfile.write(b"Z" + struct.pack("!i", 5) + b"I")
        self.rfile.read(1)

    def mariadb(self) -> None:
        """Let the client in, and wait for its first question."""
        features = struct.pack("<HBHHB", 0xFFFF & ~0x0800, 45, 2, 0x00FF, 21) + bytes(10)
        self.packet(0, b"\x0a8.0\0" + bytes(4) + b"8" * 8 + b"\0" + features + b"8" * 12 + b"\0mysql_native_password\0")
        number = 2
        while b"SELECT" not in self.command():
            self.packet(number, b"\0\0\0\2\0\0\0")
            number = 1


def silent(talk: Talk) -> None:
    talk.rfile.read()


def endless_row(talk: Talk) -> None:
    talk.wfile.write(b"T" + struct.pack("!ih", 6, 0) + b"D" + struct.pack("!i", 2_000_000_000))
    while True:
        talk.wfile.write(PIECE)


def endless_rows(talk: Talk) -> None:
    talk.wfile.write(b"T" + struct.pack("!ih", 6, 0))
    while True:
        talk.wfile.write((b"D" + struct.pack("!ih", 6, 0)) * 1_000)


def dripping(talk: Talk) -> None:
    talk.wfile.write(struct.pack("<I", FULL | 1 << 24))
    while not threading.Event().wait(0.05):
        talk.wfile.write(b"x")


def endless_packets(talk: Talk) -> None:
    for number in count(1):
        talk.wfile.write(struct.pack("<I", FULL | number % 256 << 24) + bytes(FULL))


@contextmanager
def hostile(begin: Callable[[Talk], None], answer: Callable[[Talk], None]) -> Iterator[int]:
    """The port of a server, whose clients must have left at the end of the block."""
    left = threading.Event()

    class Hostile(Talk):
        def handle(self) -> None:
            with suppress(OSError):
                begin(self)
                answer(self)
            left.set()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Hostile) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
            assert left.wait(30)
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (opening, mariadb_server):
        monkeypatch.setattr(module, "CONNECT_TIMEOUT", 2)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [(silent, "has not answered within"), (endless_row, "is larger than"), (endless_rows, "is larger than")],
)
def test_an_answer_of_postgresql_is_bounded(
    answer: Callable[[Talk], None], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "MOST_BYTES", 4 * len(PIECE))
    seconds = 0.5 if answer is silent else 60
    with hostile(Talk.postgres, answer) as port:
        database = PostgresDatabase(postgres_address(f"postgresql://me@127.0.0.1:{port}/db", None), None, seconds)
        with pytest.raises(ThirdPartyUnavailableError, match=problem):
            database.describe()


@pytest.mark.parametrize(
    ("answer", "problem"), [(dripping, "has not answered in time"), (endless_packets, "is larger than")]
)
def test_an_answer_of_mariadb_is_bounded(
    answer: Callable[[Talk], None], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mariadb_connection, "MOST_BYTES", 4 * len(PIECE))
    seconds = 0.5 if answer is dripping else 60
    with hostile(Talk.mariadb, answer) as port, pytest.raises(ThirdPartyUnavailableError, match=problem):
        MariaDBServer(mariadb_address(f"mariadb://me@127.0.0.1:{port}", None), None, seconds)
