"""A limited pool of tasks that work on submitted subjects in turns, with deadlines.

    submit ─▶ queue ─▶ a worker takes it: one WorkItem ─▶ Handler.attend ─▶ Handler.finished, or back to the queue
                              │
                            watch: the deadline passed ─▶ cancel ─▶ the grace passed ─▶ abandon

A worker keeps one cancel scope over many work items, since opening one costs more than all the rest of a short piece
of work; a scope that was cancelled is discarded with the item it was cancelled for. A worker whose work does not end
after its cancellation is abandoned: it loses its subject, and another worker takes its place.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from math import inf
from time import perf_counter
from typing import Generic, TypeVar

import msgspec
import trio

from audit.foreign import contained_error
from integration_daemon.supervision.dispatch.work_item import SubjectT, WorkAbandonedError, WorkItem

SLICE = 0.001
"""Seconds that a worker goes from item to item before other tasks run: trio handles I/O only then."""
WATCH_INTERVAL = 0.25
"""Seconds between checks of the deadlines of work in progress; an idle pool makes no checks."""
LONG_AFTER = 1.0
"""Seconds after which work counts as long, and another worker may take its place."""

OutcomeT = TypeVar("OutcomeT")


class Handler(msgspec.Struct, Generic[SubjectT, OutcomeT], frozen=True, kw_only=True):
    """Does the work of a pool. The first four methods return the outcome of the work, if there is one."""

    attend: Callable[[WorkItem[SubjectT]], Awaitable[OutcomeT | None]]
    """Do the current work of the subject."""
    interrupted: Callable[[WorkItem[SubjectT]], OutcomeT | None]
    """The work ended because it was cancelled: its deadline passed, or other work goes first."""
    raised: Callable[[WorkItem[SubjectT], Exception], OutcomeT | None]
    """The work raised an exception during its cancellation."""
    abandoned: Callable[[WorkItem[SubjectT]], OutcomeT | None]
    """The work did not end after its cancellation, and loses its subject."""
    finished: Callable[[WorkItem[SubjectT], OutcomeT | None], bool]
    """The work is over; returns true if the subject has more work."""


class Load(msgspec.Struct, frozen=True):
    """Load of a pool."""

    waiting: int
    """Subjects in the queue."""
    in_progress: int
    """Work items that workers have begun."""


class WorkerPool(Generic[SubjectT, OutcomeT]):
    """Runs the work of one handler on at most so many tasks. All methods are for the event loop's thread."""

    def __init__(
        self,
        name: str,
        handler: Handler[SubjectT, OutcomeT],
        *,
        most_workers: int,
        most_long: int,
        slots: trio.CapacityLimiter | None = None,
    ) -> None:
        """`most_long` limits the long items that give up their slots; `slots` limits several pools together."""
        self._name = name
        self._handler = handler
        self._most_workers = most_workers
        self._most_long = most_long
        self._slots = slots
        self._queue: deque[SubjectT] = deque()
        self._idle = trio.lowlevel.ParkingLot()
        self._watching = trio.lowlevel.ParkingLot()
        self._in_progress: set[WorkItem[SubjectT]] = set()
        self._workers = 0
        """Tasks that occupy a place; tasks with long work in progress have given up theirs."""
        self._long = 0
        self._successors = 0
        """Workers that are about to run, because they were woken or have only yielded to other tasks."""
        self._latest: trio.CancelScope | None = None
        """The scope of the worker that has begun the latest item."""
        self._nursery: trio.Nursery | None = None

    @property
    def load(self) -> Load:
        """Current load of the pool."""
        return Load(len(self._queue), len(self._in_progress))

    def start(self, nursery: trio.Nursery) -> None:
        """Run the workers in this nursery until it is cancelled."""
        self._nursery = nursery
        nursery.start_soon(self._watch, name=f"watch of {self._name}")
        if self._queue:
            self._call_successor()

    def submit(self, subject: SubjectT, *, urgent: bool = False) -> None:
        """Queue a subject for work. Urgent work goes first; a subject in progress is queued again by its handler."""
        if subject.work is not None or (subject.queued and not urgent):
            return
        if subject.queued:
            self._queue.remove(subject)
        subject.queued = True
        if urgent:
            self._queue.appendleft(subject)
        else:
            self._queue.append(subject)
        if not self._successors:
            self._call_successor()

    async def _work(self) -> None:
        attend = self._handler.attend
        self._successors -= 1
        slice_ends = 0.0
        while self._workers <= self._most_workers:  # after long work, another worker may have its slot
            item: WorkItem[SubjectT] | None = None
            outcome: OutcomeT | None = None
            try:
                with trio.CancelScope() as scope:
                    is_sound = True  # cheaper than asking the scope, which reads the clock
                    while is_sound and self._workers <= self._most_workers:
                        slot, now = None, perf_counter()
                        if self._latest is not scope:  # this worker has waited, and other tasks have run
                            slice_ends = now + SLICE
                        is_over = now >= slice_ends
                        if is_over or not self._queue or self._slots is not None:
                            slot = await self._slot(makes_room=is_over)
                            slice_ends = perf_counter() + SLICE
                        item = self._begin(self._take(), scope, slot)
                        outcome = await attend(item)
                        is_sound = item.cancelled_at == inf
                        self._finish(item, outcome)
                        item = None
            except WorkAbandonedError:
                return
            except BaseException as error:  # raised during the cancellation, and not handled by the step
                if (contained := contained_error(error)) is None:
                    raise
                if item is not None and item.is_current:
                    self._finish(item, self._handler.raised(item, contained))
                    item = None
            if item is not None:
                if not item.is_current:
                    return
                self._finish(item, self._handler.interrupted(item))
        self._workers -= 1

    async def _slot(self, *, makes_room: bool) -> object | None:
        """Wait for queued work, and for a slot if the number of slots is limited.

        Only one worker at a time is about to run, or trio would run all of them before it handles I/O again. A worker
        wakes its successor when it takes an item, since the item may block, and makes room for it after a slice. So
        each pool has one worker that waits for a slot: pools get slots in turn, however much work is queued.
        """
        if makes_room:
            if self._successors:
                await self._stand_by()
            else:
                self._successors += 1
                await trio.lowlevel.checkpoint()
                self._successors -= 1
        while True:
            while not self._queue or (self._slots is not None and self._successors):
                await self._stand_by()
            if self._slots is None:
                return None
            slot = object()
            self._successors += 1
            await self._slots.acquire_on_behalf_of(slot)
            self._successors -= 1
            if self._queue:
                return slot
            self._slots.release_on_behalf_of(slot)

    def _take(self) -> SubjectT:
        subject = self._queue.popleft()
        subject.queued = False
        if self._queue and not self._successors:
            self._call_successor()
        return subject

    async def _stand_by(self) -> None:
        await self._idle.park()
        self._successors -= 1

    def _call_successor(self) -> None:
        if self._successors:
            return
        if self._idle:
            self._successors += 1
            self._idle.unpark()
        elif self._nursery is None or self._nursery.cancel_scope.cancel_called:
            return
        elif self._workers < self._most_workers:
            self._successors += 1
            self._workers += 1
            self._nursery.start_soon(self._work, name=f"worker of {self._name}")

    def _begin(self, subject: SubjectT, scope: trio.CancelScope, slot: object | None) -> WorkItem[SubjectT]:
        subject.work = item = WorkItem(subject, scope, slot)
        self._in_progress.add(item)
        self._latest = scope
        if self._watching:
            self._watching.unpark()
        return item

    def _finish(self, item: WorkItem[SubjectT], outcome: OutcomeT | None) -> None:
        self._in_progress.discard(item)
        if item.slot is not None and self._slots is not None:
            self._slots.release_on_behalf_of(item.slot)
        if item.is_long:
            self._long -= 1
            self._workers += 1
        subject = item.subject
        subject.work = None
        if self._handler.finished(item, outcome):
            self.submit(subject)

    async def _watch(self) -> None:
        while True:
            if not self._in_progress:
                await self._watching.park()
            await trio.sleep(WATCH_INTERVAL)
            now = trio.current_time()
            for item in list(self._in_progress):
                self._look_at(item, now)

    def _look_at(self, item: WorkItem[SubjectT], now: float) -> None:
        if item.deadline is None:
            item.deadline = now + item.seconds
            item.seen = item.seen or now
        elif not item.is_long and now - item.seen >= LONG_AFTER and self._long < self._most_long:
            self._give_place(item)
        if item.deadline <= now and item.cancelled_at > now:
            item.timed_out = True
            item.cancel(now, f"{item.step} did not finish within {item.seconds:g} seconds")
        elif item.cancelled_at + item.grace <= now:
            self._abandon(item)

    def _give_place(self, item: WorkItem[SubjectT]) -> None:
        """Let another worker take the slot of long work, so that short work does not wait."""
        item.is_long = True
        self._long += 1
        self._workers -= 1
        if self._queue:
            self._call_successor()

    def _abandon(self, item: WorkItem[SubjectT]) -> None:
        """Give up work that does not end: release its subject, and let another worker take its place."""
        outcome = self._handler.abandoned(item)
        self._workers -= 1
        self._finish(item, outcome)
        if self._queue:
            self._call_successor()
