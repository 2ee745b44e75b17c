"""Rows that are gathered and inserted by few large statements.

Each statement gives up the interpreter's lock once, however many rows it has: beside a busy event loop, a statement a
row would wait for the lock as often as there are rows.
"""

from typing import Any

import apsw

SIZES = (200, 20, 1)
"""Rows in one statement: each text is compiled once and kept."""


class Inserts:
    """The rows that wait to be inserted into one table."""

    def __init__(self, connection: apsw.Connection, statement: str, columns: int) -> None:
        self._connection = connection
        self._statement = statement
        self._row = f"({', '.join('?' * columns)})"
        self._columns = columns
        self._values: list[Any] = []

    def add(self, *row: Any) -> None:
        """Have a row inserted at the next `flush`."""
        self._values.extend(row)

    def flush(self) -> None:
        """Insert what waits, in order."""
        values, self._values = self._values, []
        first = 0
        for size in SIZES:
            sql = self._statement.format(rows=", ".join([self._row] * size))
            step = size * self._columns
            while len(values) - first >= step:
                self._connection.execute(sql, values[first : first + step])
                first += step
