"""One piece of work in progress: its deadline, its cancellation and its ownership of the subject."""

from math import inf
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar

import msgspec
import trio


class WorkAbandonedError(Exception):
    """Raised inside abandoned work, which no longer owns its subject; ends the worker's task."""


class Workable(Protocol):
    """The subject of work. Only the pool sets its attributes."""

    queued: bool
    """True while the subject waits for a worker."""
    work: "WorkItem[Any] | None"
    """The work in progress on the subject."""


SubjectT = TypeVar("SubjectT", bound=Workable)


class WorkItem(msgspec.Struct, Generic[SubjectT], eq=False):
    """The work on one subject, from the moment a worker takes it until it is finished."""

    subject: SubjectT
    scope: trio.CancelScope
    slot: object | None
    """Its slot in a limit on all work, if there is one."""
    step: str = ""
    """The step of the work that is in progress."""
    began: float = 0.0
    """Time at which the step began, by `time.perf_counter`."""
    on_thread: bool = False
    """True if the step runs on a worker thread, which survives a cancellation."""
    seconds: float = inf
    """The time limit of the step, in seconds."""
    grace: float = inf
    """Seconds after its cancellation within which the work must end, or it is abandoned."""
    deadline: float | None = inf
    """Monotonic time at which the step is cancelled; `None` until the pool's watch has seen it begin."""
    seen: float = 0.0
    """Time at which the watch first saw the work in progress."""
    is_long: bool = False
    """True once another worker has taken its place in the pool."""
    cancelled_at: float = inf
    timed_out: bool = False
    """True if the work was cancelled because the step's deadline passed."""

    def begin_step(self, name: str, seconds: float) -> None:
        """Begin a step that may take so many seconds."""
        self.step = name
        self.began = perf_counter()
        self.seconds = seconds
        self.deadline = None

    def end_step(self) -> None:
        """End a step that has returned; raises `WorkAbandonedError` if the work was abandoned meanwhile."""
        self.deadline = inf
        self.on_thread = False
        if self.subject.work is not self:
            raise WorkAbandonedError

    def cancel(self, now: float, reason: str) -> None:
        """Cancel the work. If it does not end within its grace, the watch abandons it."""
        if self.cancelled_at == inf:
            self.cancelled_at = now
        self.scope.cancel(reason=reason)

    @property
    def is_preempted(self) -> bool:
        """True if the work was cancelled in favour of other work."""
        return self.cancelled_at != inf and not self.timed_out

    @property
    def is_current(self) -> bool:
        """False once the work was abandoned."""
        return self.subject.work is self
