"""The schedule: one heap of due times on the monotonic clock, without I/O."""

import heapq
import itertools
from typing import Generic, TypeVar

T = TypeVar("T")


class Schedule(Generic[T]):
    """Items by the time they are due, in seconds of one monotonic clock; equal times keep their order."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._order = itertools.count()

    def add(self, due: float, item: T) -> None:
        """Plan an item."""
        heapq.heappush(self._heap, (due, next(self._order), item))

    def pop_due(self, now: float, *, at_most: int) -> list[tuple[float, T]]:
        """Remove and return the items due by `now`, each with its due time, earliest first."""
        due: list[tuple[float, T]] = []
        while self._heap and self._heap[0][0] <= now and len(due) < at_most:
            when, _, item = heapq.heappop(self._heap)
            due.append((when, item))
        return due

    @property
    def next_due(self) -> float:
        """The time when the earliest item is due; infinity if there is none."""
        return self._heap[0][0] if self._heap else float("inf")

    def __len__(self) -> int:
        return len(self._heap)


def next_due_after(due: float, interval: float, now: float) -> float:
    """The next due time after `now` with a fixed interval. Missed times are skipped, and the phase is kept."""
    beats = max(1, int((now - due) // interval) + 1)
    return due + beats * interval
