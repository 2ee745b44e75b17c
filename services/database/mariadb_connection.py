"""A connection to MariaDB that ends where the server does not answer, or answers without end.

PyMySQL limits the time between two pieces of an answer, but not their number; and it holds an answer in memory whole.
"""

import time
from collections.abc import Callable
from math import inf
from typing import Any

import pymysql
from pymysql.constants import CR

MOST_BYTES = 256 * 1024 * 1024
"""The largest answer to one statement: far more than the columns of a hundred thousand tables."""


class BoundedConnection(pymysql.Connection):
    """Raises `OperationalError`, and is closed, where an answer takes longer or is larger than it may be.

    It replaces one method of PyMySQL; `test_hostile_servers.py` checks the replacement.
    """

    _rfile: Any
    _force_close: Callable[[], None]
    _last = inf
    _left = MOST_BYTES

    def expect_within(self, seconds: float) -> None:
        """Bound what is read from now on, as one answer."""
        self._last, self._left = time.monotonic() + seconds, MOST_BYTES

    def _read_bytes(self, num_bytes: int) -> bytes:
        """So many bytes, piece by piece as they come."""
        pieces = b""
        while len(pieces) < num_bytes:
            if time.monotonic() > self._last:
                raise self._lost("the server has not answered in time")
            try:
                piece = self._rfile.read1(num_bytes - len(pieces))
            except OSError as error:
                raise self._lost(f"lost connection to the server ({error})") from None
            self._left -= len(piece)
            if not piece or self._left < 0:
                problem = f"its answer is larger than {MOST_BYTES} bytes" if piece else "lost connection to the server"
                raise self._lost(problem)
            pieces += piece
        return pieces

    def _lost(self, problem: str) -> pymysql.OperationalError:
        self._force_close()
        return pymysql.OperationalError(CR.CR_SERVER_LOST, problem)
