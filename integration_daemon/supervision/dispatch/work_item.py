"""One piece of work in progress: its deadline, its cancellation, and whether it still owns its subject."""

from math import inf
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar

import trio


class WorkAbandonedError(Exception):
    """Raised inside work whose subject was taken away from it meanwhile; ends the worker's task."""


class Workable(Protocol):
    """What a pool works on. The pool sets both attributes; nobody else does."""

    queued: bool
    """It waits for a worker."""
    work: "WorkItem[Any] | None"
    """The work in progress on it."""


SubjectT = TypeVar("SubjectT", bound=Workable)


class WorkItem(Generic[SubjectT]):
    """The work on one subject, from the moment a worker takes it until it is finished."""

    __slots__ = (
        "began",
        "cancelled_at",
        "deadline",
        "grace",
        "is_long",
        "on_thread",
        "scope",
        "seconds",
        "seen",
        "slot",
        "step",
        "subject",
        "timed_out",
    )

    def __init__(self, subject: SubjectT, scope: trio.CancelScope, slot: object | None) -> None:
        self.subject = subject
        self.scope = scope
        self.slot = slot
        """Its share of a limit on all work, where there is one."""
        self.step = ""
        """Which step of the work is in progress."""
        self.began = 0.0
        """When the step began, by `time.perf_counter`."""
        self.on_thread = False
        """The step runs on a worker thread, which a cancellation leaves behind."""
        self.seconds = inf
        """How long the step may take."""
        self.grace = inf
        """Seconds that the work has to end after it was cancelled; then it is abandoned."""
        self.deadline: float | None = inf
        """Monotonic time at which the step is cancelled; `None` until the pool's watch has seen it begin."""
        self.seen = 0.0
        """When the watch first saw it in progress."""
        self.is_long = False
        """Another worker has taken its place in the pool."""
        self.cancelled_at = inf
        self.timed_out = False
        """It was cancelled because the step's deadline passed."""

    def begin_step(self, name: str, seconds: float) -> None:
        """Begin a step that may take so many seconds."""
        self.step = name
        self.began = perf_counter()
        self.seconds = seconds
        self.deadline = None

    def end_step(self) -> None:
        """End a step that has returned; raises `WorkAbandonedError` if the subject was taken away meanwhile."""
        self.deadline = inf
        self.on_thread = False
        if self.subject.work is not self:
            raise WorkAbandonedError

    def cancel(self, now: float, reason: str) -> None:
        """Cancel the work. If it has not ended after its grace, the watch abandons it."""
        if self.cancelled_at == inf:
            self.cancelled_at = now
        self.scope.cancel(reason=reason)

    @property
    def makes_way(self) -> bool:
        """True if it was cancelled so that something else is done first."""
        return self.cancelled_at != inf and not self.timed_out

    @property
    def is_current(self) -> bool:
        """False once the subject was taken away from this work."""
        return self.subject.work is self
