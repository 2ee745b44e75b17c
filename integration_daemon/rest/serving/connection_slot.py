"""The slots of connections, whose number is limited. Some slots are reclaimable: their connections may be closed for
other clients.

A slot is reclaimable while its connection waits for the body of an unauthenticated client, or for the rest of an
unwanted body. The rest is read because closing a connection while its client still sends could lose the answer on its
way.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import trio

LONGEST_DRAIN = 30.0
"""The time limit, in seconds, for the rest of an unwanted body."""
SLOT = "slot"
"""The key of the `ConnectionSlot` in the state of ASGI scopes."""


class ConnectionSlot:
    """The slot of one connection."""

    def __init__(self, close: Callable[[], None], reclaimable_slots: "dict[ConnectionSlot, None]") -> None:
        """`reclaimable_slots` are those of all connections; the first has been reclaimable for longest."""
        self.close = close
        """Closes the connection at once."""
        self._reclaimable_slots = reclaimable_slots

    @contextmanager
    def reclaimable(self) -> Iterator[None]:
        """The slot may be reclaimed until the end of the block."""
        self._reclaimable_slots[self] = None
        try:
            yield
        finally:
            self._reclaimable_slots.pop(self, None)


def reclaim_one(reclaimable_slots: dict[ConnectionSlot, None]) -> bool:
    """Close the connection whose slot has been reclaimable for longest; returns false if no slot is reclaimable."""
    if not reclaimable_slots:
        return False
    slot = next(iter(reclaimable_slots))
    del reclaimable_slots[slot]
    slot.close()
    return True


async def drain_body(scope: Any, until_ended: Callable[[], Awaitable[object]]) -> None:
    """Wait until an unwanted body has ended, for a limited time."""
    with trio.move_on_after(LONGEST_DRAIN), scope["state"][SLOT].reclaimable():
        await until_ended()
