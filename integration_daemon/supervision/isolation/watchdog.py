"""Detects that the event loop is blocked (held), and by which connector.

Blocking code on the loop blocks everything, including this program's own tasks. So a thread watches the loop: it
requests a sign of life from the loop, and if none comes, it examines the stack of the loop's thread.
"""

import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any, TypeVar

import trio

from audit.log import AuditLog
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.dispatch.histogram import Histogram
from integration_daemon.supervision.dispatch.loop_share import LoopShare
from integration_daemon.supervision.isolation.messages import LOOP_HELD

INTERVAL = 0.1
"""Seconds between signs of life."""
TOLERANCE = 0.25
"""Seconds without a sign of life after which the loop counts as held."""


Holder = tuple[ManagedConnector, str]
"""A connector that holds the loop, and its method in progress."""


class LoopWatchdog:
    """Watches the event loop of this process."""

    def __init__(self, audit_log: AuditLog, held: Callable[[ManagedConnector, str, float], None]) -> None:
        self.holds = Histogram()
        """Times that the loop took for each sign of life; one is requested every tenth of a second."""
        self._audit_log = audit_log
        self._held = held
        """Called on the loop with the connector that has held it, the method, and the seconds."""
        self._holder: tuple[float, ManagedConnector, str] | None = None
        self._stop = threading.Event()
        self._asked: float | None = None
        """Time of the request for a sign of life that the loop has not answered yet."""

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Watch until cancelled."""
        token, loop = trio.lowlevel.current_trio_token(), threading.get_ident()
        thread = threading.Thread(target=self._watch, args=(token, loop), name="loop watchdog", daemon=True)
        thread.start()
        task_status.started()
        try:
            await trio.sleep_forever()
        finally:
            self._stop.set()  # ends the thread within an interval; nothing waits for it

    def _watch(self, token: trio.lowlevel.TrioToken, loop: int) -> None:
        while not self._stop.wait(INTERVAL):
            asked = self._asked
            if asked is not None:
                if time.monotonic() - asked > TOLERANCE:
                    self._observe(loop, asked)
                continue
            self._asked = time.monotonic()
            try:
                token.run_sync_soon(self.account, idempotent=True)
            except trio.RunFinishedError:
                return

    def account(self) -> None:
        """Give a sign of life; if the loop was held until now, report the holder. Called on the loop."""
        began, self._asked = self._asked, None
        if began is not None:
            self.holds.add(time.monotonic() - began)
        holder, self._holder = self._holder, None
        if holder is not None and holder[0] == began:
            self._held(holder[1], holder[2], time.monotonic() - holder[0])

    def _observe(self, loop: int, began: float) -> None:
        """Find the holder of the loop, wait until the loop is free, and log the duration."""
        frame = sys._current_frames().get(loop)
        stack = "".join(traceback.format_stack(frame, limit=12)) if frame else ""
        found, holder = _holder_in(frame), "something other than a connector"
        if found is not None:
            connector, method = found
            holder = f"integration connector {connector.name} in its {method} method"
            self._holder = began, connector, method
            # with a loop share, the next refresh of the connector does not begin before this hold is accounted for
            connector.loop_share = connector.loop_share or LoopShare()
        while self._asked == began and not self._stop.wait(INTERVAL):
            pass
        held = time.monotonic() - began
        self._audit_log.record(LOOP_HELD, seconds=f"{held:.2f}", holder=holder, stack=stack)


def _holder_in(frame: FrameType | None) -> Holder | None:
    """The connector whose code is running, and its method in progress.

    The connector of a task that the connector has started itself is found by the task's ancestors.
    """
    task: trio.lowlevel.Task | None = None
    for each in _frames_above(frame):
        names = each.f_locals
        if (found := _holder_of(each)) is not None:
            return found
        if each.f_code.co_name == "unrolled_run" and isinstance(names.get("task"), trio.lowlevel.Task):
            task = names["task"]
    while task is not None and task.parent_nursery is not None:
        task = task.parent_nursery.parent_task
        for each in _frames_of(task):
            if (found := _holder_of(each)) is not None:
                return found
    return None


def _holder_of(frame: FrameType) -> Holder | None:
    caller = _CALLERS.get(frame.f_code)
    if caller is None:
        return None
    parameter, holder = caller
    return holder(frame.f_locals[parameter])


def _frames_above(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _frames_of(task: trio.lowlevel.Task) -> Iterator[FrameType]:
    """The frames of a waiting task, outermost first."""
    waiting: Any = task.coro
    while (frame := getattr(waiting, "cr_frame", None)) is not None:
        yield frame
        waiting = waiting.cr_await


FunctionT = TypeVar("FunctionT", bound=Callable[..., object])

_CALLERS: dict[CodeType, tuple[str, Callable[[Any], Holder]]] = {}
"""The functions that call into connectors, by their code objects."""


def calls_a_connector(parameter: str, holder: Callable[[Any], Holder]) -> Callable[[FunctionT], FunctionT]:
    """Mark a function that calls into a connector, so that the watchdog finds the connector on the stack.

    `holder` returns the connector and its method for a value of the function's parameter. Raises `TypeError` for a
    parameter that the function does not have.
    """

    def mark(function: FunctionT) -> FunctionT:
        code = function.__code__
        if parameter not in code.co_varnames[: code.co_argcount]:
            raise TypeError(f"{function} has no parameter {parameter}")
        _CALLERS[code] = parameter, holder
        return function

    return mark
