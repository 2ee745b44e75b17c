"""The lateness of refreshes, in a histogram that costs little."""

import bisect

_EDGES = [0.001 * 1.25**step for step in range(64)]
"""Upper edges of the classes, in seconds: from one millisecond, each a quarter wider, to some 20 minutes."""


class Lateness:
    """Counts refreshes on schedule by how late they started."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Reset all counts."""
        self.count = 0
        self.longest = 0.0
        self._classes = [0] * (len(_EDGES) + 1)

    def add(self, seconds: float) -> None:
        """Count one refresh with this lateness."""
        self.count += 1
        self.longest = max(self.longest, seconds)
        self._classes[bisect.bisect_left(_EDGES, seconds)] += 1

    def quantile(self, part: float) -> float:
        """The lateness that this part of the refreshes did not exceed, in seconds; 0 when there were none."""
        wanted = part * self.count
        seen = 0
        for edge, number in zip([*_EDGES, self.longest], self._classes, strict=True):
            seen += number
            if number and seen >= wanted:
                return min(edge, self.longest)
        return 0.0
