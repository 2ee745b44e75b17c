"""The places of connections, of which there is a limited number. Some give way to other clients.

A connection gives way while it waits for the body of a client that is not known, or for the rest of a body that nobody
wants. The latter is read because a connection that is closed while its client still sends loses the answer on its way.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import trio

REST_OF_BODY = 30.0
"""Seconds that the rest of a body, which nobody wants any more, may take."""
PLACE = "place"
"""Key of the `Place` in the state of ASGI scopes."""


class Place:
    """The place of one connection."""

    def __init__(self, close: Callable[[], None], giving_way: "dict[Place, None]") -> None:
        """`giving_way` has the places that may be taken; the one that has been there for longest is the first."""
        self.close = close
        """Closes the connection at once."""
        self._giving_way = giving_way

    @contextmanager
    def gives_way(self) -> Iterator[None]:
        """Inside, the place may be taken."""
        self._giving_way[self] = None
        try:
            yield
        finally:
            self._giving_way.pop(self, None)


def take_one(giving_way: dict[Place, None]) -> bool:
    """Close the connection that has given way for longest; false if there is none."""
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
