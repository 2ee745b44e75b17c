"""A database source that is used from the event loop: one call at a time, each on a worker thread."""

from collections.abc import Callable
from threading import Lock
from typing import ParamSpec, TypeVar

import trio

from services.database.description import DatabaseSource

Parameters = ParamSpec("Parameters")
T = TypeVar("T")


class SourceOnThread:
    """Calls that are cancelled are left to their threads, where the source's own timeouts end them."""

    def __init__(self, source: DatabaseSource) -> None:
        self.source = source
        self._lock = Lock()
        self._at_work = False
        self._is_closed = False

    async def call(
        self, function: Callable[Parameters, T], *arguments: Parameters.args, **named: Parameters.kwargs
    ) -> T:
        """Call something that uses the source."""
        return await trio.to_thread.run_sync(lambda: self._run(function, *arguments, **named), abandon_on_cancel=True)

    def close(self) -> None:
        """Let go of the source: now, or when the call that was abandoned comes back."""
        with self._lock:
            self._is_closed = True
            if not self._at_work:
                self.source.close()

    def _run(self, function: Callable[Parameters, T], *arguments: Parameters.args, **named: Parameters.kwargs) -> T:
        with self._lock:
            self._at_work = True
        try:
            return function(*arguments, **named)
        finally:
            with self._lock:
                self._at_work = False
                if self._is_closed:
                    self.source.close()
