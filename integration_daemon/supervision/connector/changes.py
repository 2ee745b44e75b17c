"""The last changes of connectors' states and conditions, for followers of the connectors' status."""

from collections import deque
from collections.abc import Sequence

import msgspec
import trio

CHANGES_KEPT = 10_000
"""Changes that are kept; a follower that is further behind misses some."""


class StatusChange(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A change of the state or the condition of a connector."""

    number: int
    """From 1, in the order of the changes."""
    at: float
    """Seconds since the epoch."""
    connector_name: str
    service: str
    state: str
    condition: str


class StatusChanges:
    """Changes by number. All methods are for the event loop's thread."""

    def __init__(self) -> None:
        self.last_number = 0
        self._changes: deque[StatusChange] = deque(maxlen=CHANGES_KEPT)
        self._more = trio.Event()

    def note(self, at: float, connector_name: str, service: str, state: str, condition: str) -> None:
        """Keep a change."""
        self.last_number += 1
        self._changes.append(
            StatusChange(
                number=self.last_number,
                at=at,
                connector_name=connector_name,
                service=service,
                state=state,
                condition=condition,
            )
        )
        self._more.set()

    def after(self, number: int) -> Sequence[StatusChange]:
        """The kept changes with a higher number, oldest first."""
        missing = min(self.last_number - number, len(self._changes))
        if missing <= 0:
            return ()
        newest = reversed(self._changes)
        return [next(newest) for _ in range(missing)][::-1]

    async def wait_for_more(self, number: int) -> None:
        """Wait until there is a change with a higher number."""
        while self.last_number <= number:
            self._more = trio.Event() if self._more.is_set() else self._more
            await self._more.wait()
