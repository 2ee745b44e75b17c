"""The places of connections, whose number is limited. Some connections give way: they may be closed for other clients.

A connection gives way while it waits for the body of an unauthenticated client, or for the rest of an unwanted body.
The rest is read because closing a connection while its client still sends could lose the answer on its way.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import trio

REST_OF_BODY = 30.0
"""The time limit, in seconds, for the rest of an unwanted body."""
PLACE = "place"
"""The key of the `Place` in the state of ASGI scopes."""


class Place:
    """The place of one connection."""

    def __init__(self, close: Callable[[], None], giving_way: "dict[Place, None]") -> None:
        """`giving_way` has the places that may be taken; the first has given way for longest."""
        self.close = close
        """Closes the connection at once."""
        self._giving_way = giving_way

    @contextmanager
    def gives_way(self) -> Iterator[None]:
        """The place may be taken until the end of the block."""
        self._giving_way[self] = None
        try:
            yield
        finally:
            self._giving_way.pop(self, None)


def take_one(giving_way: dict[Place, None]) -> bool:
    """Close the connection that has given way for longest; returns false if none gives way."""
    if not giving_way:
        return False
    place = next(iter(giving_way))
    del giving_way[place]
    place.close()
    return True


async def wait_for_rest(scope: Any, until_ended: Callable[[], Awaitable[object]]) -> None:
    """Wait until an unwanted body has ended, for a limited time."""
    with trio.move_on_after(REST_OF_BODY), scope["state"][PLACE].gives_way():
        await until_ended()
