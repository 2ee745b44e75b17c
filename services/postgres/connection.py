"""A connection to PostgreSQL that ends where the server does not answer, or answers without end.

The server keeps `statement_timeout` by itself, or does not; libpq waits for ever, and holds an answer in memory whole.
"""

import socket
import struct
import sys
import time
from collections.abc import Generator
from math import inf
from typing import Any, TypeVar

import psycopg

MOST_BYTES = 256 * 1024 * 1024
"""The largest answer to one statement: far more than the columns of a hundred thousand tables."""
_RECEIVED_AT = 128
"""Where the number of bytes received is in the system's `tcp_info` (Linux)."""

T = TypeVar("T")


class BoundedConnection(psycopg.Connection[tuple[Any, ...]]):
    """Raises `OperationalError`, and is closed, when a statement takes longer than `patience` in seconds."""

    patience = inf

    def wait(self, gen: Generator[Any, Any, T], *arguments: Any, **named: Any) -> T:
        """Wait for an answer, as psycopg does."""
        try:
            return super().wait(self._bounded(gen), *arguments, **named)
        except _OutOfBoundsError:
            self.close()
            raise

    def _bounded(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """The same steps, each after a look at the time and at what has come: psycopg makes one at least every tenth of
        a second."""
        last, most = time.monotonic() + self.patience, _received(self.pgconn.socket) + MOST_BYTES
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if time.monotonic() > last:
                    raise _OutOfBoundsError(f"the server has not answered within {self.patience:g} seconds")
                if _received(self.pgconn.socket) > most:
                    raise _OutOfBoundsError(f"the answer of the server is larger than {MOST_BYTES} bytes")
                wanted = gen.send(ready)
        except StopIteration as end:
            answer: T = end.value
            return answer


class _OutOfBoundsError(psycopg.OperationalError):
    pass


def _received(descriptor: int) -> int:
    """Bytes that have come over a TCP connection; 0 for a Unix socket, and where the system does not tell."""
    if sys.platform != "linux":
        return 0
    with socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM) as connection:
        try:
            told = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RECEIVED_AT + 8)
        except OSError:
            return 0
    return struct.unpack_from("=Q", told, _RECEIVED_AT)[0] if len(told) == _RECEIVED_AT + 8 else 0
