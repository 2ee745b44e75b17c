"""The completion of a request to several subjects at once."""

from typing import Generic, TypeVar

import trio

SubjectT = TypeVar("SubjectT")


class Completion(Generic[SubjectT]):
    """Counts down the subjects that have yet to finish; `done` is set when none is left."""

    def __init__(self, outstanding: int) -> None:
        self.outstanding = outstanding
        """Subjects that have not finished yet."""
        self.done = trio.Event()
        if outstanding == 0:
            self.done.set()

    def one_done(self, subject: SubjectT) -> None:
        """Count a subject as finished, in the state in which its work has left it."""
        self.outstanding -= 1
        if self.outstanding == 0:
            self.done.set()

    async def wait(self, seconds: float) -> None:
        """Wait until all have finished, or for this many seconds; their work continues after that."""
        with trio.move_on_after(seconds):
            await self.done.wait()
