"""What clients still send of bodies that nobody wants any more: it is read and thrown away.

A connection that is closed while its client still sends loses the answer on its way. So the answer is sent, and the
rest of the body is waited for; but not where the connection's place is needed for another client.
"""

from collections.abc import Awaitable, Callable

import trio

REST_OF_BODY = 30.0
"""Seconds that the rest of a body may take."""


class UnwantedBodies:
    """The connections of one server that are open for the rest of a body alone."""

    def __init__(self) -> None:
        self._waiting: dict[trio.CancelScope, None] = {}
        """The one that has waited for longest is the first."""

    async def wait(self, until_ended: Callable[[], Awaitable[object]]) -> None:
        """Wait until a body has ended, for a limited time, and while there is a place for its connection."""
        with trio.move_on_after(REST_OF_BODY) as scope:
            self._waiting[scope] = None
            try:
                await until_ended()
            finally:
                self._waiting.pop(scope, None)

    def give_up_one(self) -> bool:
        """Wait no longer for the body that has been waited for longest; false if there is none."""
        if not self._waiting:
            return False
        scope = next(iter(self._waiting))
        del self._waiting[scope]
        scope.cancel(reason="its place is needed")
        return True
