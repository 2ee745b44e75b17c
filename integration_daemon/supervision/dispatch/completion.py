"""The completion of something that was requested of several subjects at once."""

import trio


class Completion:
    """Counts down the subjects that have yet to finish; `done` is set when none is left."""

    __slots__ = ("_outstanding", "done")

    def __init__(self, outstanding: int) -> None:
        self._outstanding = outstanding
        self.done = trio.Event()
        if outstanding == 0:
            self.done.set()

    def one_done(self) -> None:
        """Count one subject as finished."""
        self._outstanding -= 1
        if self._outstanding == 0:
            self.done.set()
