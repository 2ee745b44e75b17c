"""A connection to PostgreSQL that closes if a response takes too long or is too large.

A hostile server may ignore `statement_timeout`; libpq waits without limit, and holds a response in memory.
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
"""Maximum size of the response to one statement: far more than the columns of a hundred thousand tables."""
_RECEIVED_AT = 128
"""Offset of the number of received bytes in the system's `tcp_info` structure (Linux)."""

T = TypeVar("T")


class BoundedConnection(psycopg.Connection[tuple[Any, ...]]):
    """Raises `OperationalError`, and closes, when a statement takes longer than `patience` seconds."""

    patience = inf

    def wait(self, gen: Generator[Any, Any, T], *arguments: Any, **named: Any) -> T:
        """Wait for a response, as psycopg does."""
        try:
            return super().wait(self._bounded(gen), *arguments, **named)
        except _OutOfBoundsError:
            self.close()
            raise

    def _bounded(self, gen: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """The same steps, each after a check of the time and of the number of received bytes.

        Psycopg makes a step at least every tenth of a second.
        """
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
            result: T = end.value
            return result


class _OutOfBoundsError(psycopg.OperationalError):
    pass


def _received(descriptor: int) -> int:
    """Bytes received over a TCP connection; 0 for a Unix socket, and if the system does not report the number."""
    if sys.platform != "linux":
        return 0
    with socket.fromfd(descriptor, socket.AF_INET, socket.SOCK_STREAM) as connection:
        try:
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RECEIVED_AT + 8)
        except OSError:
            return 0
    return struct.unpack_from("=Q", info, _RECEIVED_AT)[0] if len(info) == _RECEIVED_AT + 8 else 0
