"""A small pool of worker threads for many short blocking calls.

    run ─▶ queue ─▶ a thread makes one call after another ─▶ the event loop wakes whoever waits, several at once
                        │
                      watch: the call is long ─▶ another thread takes the place of this one

A hand-over from the event loop to a thread and back costs more than most of these calls take, since both wake each
other and then wait for the interpreter. A thread that is awake goes on while calls are queued, so a call costs the less
the more calls there are. No call waits for one that hangs: that one keeps its thread, and loses its place. Where all
calls are long, as on a network share, as many are made at a time as may be: a thread without a place goes on until it
meets a short one.
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
"""Seconds after which a call is long; also between looks, of which there are none while no call is made."""

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
        except BaseException as error:  # raised again where the call is awaited
            self.error = error


class _Thread:
    """A worker thread, from its first call to its last."""

    __slots__ = ("began",)

    began: float
    """The start time of the latest call."""


class WorkerThreads:
    """The threads for one kind of call, in one run of the event loop."""

    def __init__(self, name: str, *, places: int, most_long: int = 0) -> None:
        """So many calls are made at a time, and beside them so many that are long."""
        self._name = name
        self._places = places
        self._most_long = most_long
        self._token = trio.lowlevel.current_trio_token()
        self._lock = threading.Lock()
        """Protects the queue and the two sets."""
        self._queue: deque[_Call[Any]] = deque()
        self._at_work: set[_Thread] = set()
        """Threads that hold a place."""
        self._long: set[_Thread] = set()
        """Threads that have lost their places to others."""
        self._done: deque[_Call[Any]] = deque()
        self._wake_is_due = False
        self._is_watched = False

    async def run(self, function: Callable[[], T]) -> T:
        """Call a function on a worker thread, in a copy of the caller's context.

        A thread cannot be cancelled: when the caller is, the thread is left behind, and the result goes nowhere.
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
            self._fill_place()
        if self._most_long and not self._is_watched:
            self._is_watched = True
            trio.lowlevel.spawn_system_task(self._watch, name=f"watch of {self._name}")

    def _fill_place(self) -> None:
        """Start a thread if a place is free and a call is waiting."""
        if self._queue and len(self._at_work) < self._places:
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
                with suppress(trio.RunFinishedError):  # nobody waits any more
                    self._token.run_sync_soon(self._wake)

    def _next(self, thread: _Thread) -> _Call[Any] | None:
        """The next call, or `None` if the thread is to end."""
        now = perf_counter()
        with self._lock:
            if thread in self._long and len(self._at_work) < self._places:
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
        """On the event loop: wake those whose calls are done."""
        self._wake_is_due = False  # first: what is done from now on asks for this again
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
                self._fill_place()


def _ignore(_: object) -> None:
    """A thread that ends has nothing to tell."""
