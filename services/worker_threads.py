"""A small pool of worker threads for many short blocking calls.

    run ─▶ queue ─▶ a thread makes one call after another ─▶ the event loop wakes the callers, several at once
                        │
                      watch: the call is long ─▶ another thread takes the slot of this one

Switching from the event loop to a thread and back costs more than most of these calls take, because each wakes the
other and then waits for the interpreter lock. A thread that is awake continues while calls are queued, so the cost of a
call falls as the number of calls rises. No call waits for a hung one: a thread with a long call gives up its slot. If
all calls are long, as on a network share, as many run at once as allowed: a thread without a slot continues until its
next call is short.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from time import perf_counter
from typing import Any, Generic, TypeVar

import trio

LONG_AFTER = 0.002
"""Seconds after which a call is long. The watch checks at this interval, and only while calls are made."""

T = TypeVar("T")


class _Call(Generic[T]):
    """One call and its result."""

    __slots__ = ("_context", "_function", "done", "error", "result")

    result: T

    def __init__(self, function: Callable[[], T]) -> None:
        self.done = trio.Event()
        self.error: BaseException | None = None
        self._function = function
        self._context = copy_context()

    def make(self) -> None:
        try:
            self.result = self._context.run(self._function)
        except BaseException as error:  # raised again in the caller
            self.error = error


class _Thread:
    """A worker thread, from its first call to its last."""

    __slots__ = ("began",)

    began: float
    """The start time of the latest call."""


class WorkerThreads:
    """The threads for one kind of call, in one run of the event loop."""

    def __init__(self, name: str, *, slots: int, most_long: int = 0) -> None:
        """`slots` limits the calls at a time; up to `most_long` long calls do not count."""
        self._name = name
        self._slots = slots
        self._most_long = most_long
        self._token = trio.lowlevel.current_trio_token()
        self._lock = threading.Lock()
        """Protects the queue and the two sets."""
        self._queue: deque[_Call[Any]] = deque()
        self._at_work: set[_Thread] = set()
        """Threads that hold a slot."""
        self._long: set[_Thread] = set()
        """Threads that have lost their slots to others."""
        self._done: deque[_Call[Any]] = deque()
        self._wake_is_due = False
        self._is_watched = False

    async def run(self, function: Callable[[], T]) -> T:
        """Call a function on a worker thread, in a copy of the caller's context.

        A thread cannot be cancelled: if the caller is cancelled, the thread is left behind and its result discarded.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        call = _Call(function)
        self._submit(call)
        try:
            await call.done.wait()
        except trio.Cancelled:
            with self._lock, suppress(ValueError):
                self._queue.remove(call)
            raise
        if call.error is not None:
            raise call.error
        return call.result

    def _submit(self, call: _Call[Any]) -> None:
        with self._lock:
            self._queue.append(call)
            self._fill_slot()
        if self._most_long and not self._is_watched:
            self._is_watched = True
            trio.lowlevel.spawn_system_task(self._watch, name=f"watch of {self._name}")

    def _fill_slot(self) -> None:
        """Start a thread if a slot is free and a call is waiting."""
        if self._queue and len(self._at_work) < self._slots:
            thread = _Thread()
            thread.began = perf_counter()
            self._at_work.add(thread)
            trio.lowlevel.start_thread_soon(partial(self._work, thread), _ignore, self._name)

    def _work(self, thread: _Thread) -> None:
        while (call := self._next(thread)) is not None:
            call.make()
            self._done.append(call)
            if not self._wake_is_due:
                self._wake_is_due = True
                with suppress(trio.RunFinishedError):  # no caller is left
                    self._token.run_sync_soon(self._wake)

    def _next(self, thread: _Thread) -> _Call[Any] | None:
        """The next call, or `None` if the thread is to end."""
        now = perf_counter()
        with self._lock:
            if thread in self._long and len(self._at_work) < self._slots:
                self._long.remove(thread)
                self._at_work.add(thread)
            is_surplus = thread in self._long and now - thread.began < LONG_AFTER
            if is_surplus or not self._queue:
                self._at_work.discard(thread)
                self._long.discard(thread)
                return None
            thread.began = now
            return self._queue.popleft()

    def _wake(self) -> None:
        """On the event loop: wake the callers whose calls are done."""
        self._wake_is_due = False  # first: calls that end from now on ask for another wake
        while self._done:
            self._done.popleft().done.set()

    async def _watch(self) -> None:
        while self._at_work:
            await trio.sleep(LONG_AFTER)
            with self._lock:
                self._replace_long(perf_counter() - LONG_AFTER)
        self._is_watched = False

    def _replace_long(self, before: float) -> None:
        for thread in [each for each in self._at_work if each.began < before]:
            if len(self._long) < self._most_long:
                self._at_work.remove(thread)
                self._long.add(thread)
                self._fill_slot()


def _ignore(_: object) -> None:
    """Discard the result of a thread, which has none."""
