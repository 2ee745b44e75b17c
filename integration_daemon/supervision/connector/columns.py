"""The status of a daemon's connectors in columns: a list of 100,000 connectors is selected, counted and sorted by a few
operations on whole columns, instead of one on each connector.

A column takes one byte for each connector, or eight for a number. Every change of a connector is written to the
columns at once, so that they always agree with the connectors.
"""

from array import array
from typing import Any

NONE = -1.0
"""Marks a missing time; all times are greater."""


class StatusColumns:
    """The columns of one daemon, with a row for each connector. All methods are for the event loop's thread."""

    def __init__(self) -> None:
        self.statuses = bytearray()
        """The number of each connector's status: the sum of the numbers of its state and its condition, and if it is
        FAILED of the kind of its failure. 0 marks an empty row."""
        self.last_attempt, self.last_success, self.last_failure = array("d"), array("d"), array("d")
        """Times in seconds since the epoch."""
        self.restarts = array("d")
        self.all: tuple[Any, ...] = (
            *(self.statuses, self.last_attempt, self.last_success, self.last_failure, self.restarts),
        )
        self.revision = 0
        """Increased when connectors are added, removed, configured or reordered."""
        self._free: list[int] = []

    def add(self) -> int:
        """Allocate a row."""
        self.revision += 1
        if self._free:
            return self._free.pop()
        for column in self.all:
            column.append(0)
        return len(self.statuses) - 1

    def free(self, row: int) -> None:
        """Release a row."""
        self.revision += 1
        self._free.append(row)


class StatusRow:
    """The row of one connector."""

    __slots__ = ("columns", "row")

    def __init__(self, columns: StatusColumns) -> None:
        self.columns = columns
        self.row = columns.add()
        self.restarts = 0
        self.last_attempt = self.last_success = self.last_failure = None

    def leave_columns(self) -> None:
        """Release the row of a connector that is removed from the daemon, and use columns of its own from now on."""
        mine, row = StatusColumns(), self.row
        mine.add()
        for kept, column in zip(mine.all, self.columns.all, strict=True):
            kept[0] = column[row]
        self.columns.free(row)
        self.columns, self.row = mine, 0

    @property
    def last_attempt(self) -> float | None:
        """Time of the last refresh, in seconds since the epoch."""
        return value if (value := self.columns.last_attempt[self.row]) >= 0.0 else None

    @last_attempt.setter
    def last_attempt(self, seconds: float | None) -> None:
        self.columns.last_attempt[self.row] = NONE if seconds is None else seconds

    @property
    def last_success(self) -> float | None:
        """Time of the last success of a refresh, in seconds since the epoch."""
        return value if (value := self.columns.last_success[self.row]) >= 0.0 else None

    @last_success.setter
    def last_success(self, seconds: float | None) -> None:
        self.columns.last_success[self.row] = NONE if seconds is None else seconds

    @property
    def last_failure(self) -> float | None:
        """Time of the last failure, in seconds since the epoch."""
        return value if (value := self.columns.last_failure[self.row]) >= 0.0 else None

    @last_failure.setter
    def last_failure(self, seconds: float | None) -> None:
        self.columns.last_failure[self.row] = NONE if seconds is None else seconds

    @property
    def restarts(self) -> int:
        """Number of restarts."""
        return int(self.columns.restarts[self.row])

    @restarts.setter
    def restarts(self, count: int) -> None:
        self.columns.restarts[self.row] = count
