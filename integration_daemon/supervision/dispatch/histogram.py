"""A cheap histogram of durations."""

from bisect import bisect_left

EDGES = tuple(0.001 * 1.25**step for step in range(64))
"""Upper edges of the classes, in seconds: from one millisecond, each a quarter wider, to some 20 minutes."""


class Histogram:
    """Counts durations, such as those of refreshes or of their delays."""

    __slots__ = ("classes", "longest", "total")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Reset all counts."""
        self.longest = 0.0
        self.total = 0.0
        """The sum of all durations, in seconds."""
        self.classes = [0] * (len(EDGES) + 1)
        """Numbers of durations up to each edge and above the one before; the last: above all edges."""

    @property
    def count(self) -> int:
        """The number of durations."""
        return sum(self.classes)

    def add(self, seconds: float) -> None:
        """Count one duration."""
        self.total += seconds
        if seconds > self.longest:
            self.longest = seconds
        self.classes[bisect_left(EDGES, seconds)] += 1

    def quantile(self, part: float) -> float:
        """The duration that this part of the durations did not exceed, in seconds; 0 for an empty histogram."""
        wanted = part * self.count
        seen = 0
        for edge, number in zip([*EDGES, self.longest], self.classes, strict=True):
            seen += number
            if number and seen >= wanted:
                return min(edge, self.longest)
        return 0.0
