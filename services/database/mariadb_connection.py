"""A connection to MariaDB or MySQL that closes if a response takes too long or is too large.

PyMySQL limits the time between two pieces of a response, but not their number, and holds a response in memory.
"""

import time
from collections.abc import Callable
from math import inf
from typing import Any

import pymysql
from pymysql.constants import CR

MOST_BYTES = 256 * 1024 * 1024
"""Maximum size of the response to one statement: far more than the columns of a hundred thousand tables."""


class BoundedConnection(pymysql.Connection):
    """Raises `OperationalError`, and closes, if a response exceeds its time limit or maximum size.

    It replaces one method of PyMySQL; `test_hostile_servers.py` checks the replacement.
    """

    _rfile: Any
    _force_close: Callable[[], None]
    _last = inf
    _left = MOST_BYTES

    def expect_within(self, seconds: float) -> None:
        """Set the limits for the next response."""
        self._last, self._left = time.monotonic() + seconds, MOST_BYTES

    def _read_bytes(self, num_bytes: int) -> bytes:
        """Read `num_bytes` bytes, in pieces as they arrive."""
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
