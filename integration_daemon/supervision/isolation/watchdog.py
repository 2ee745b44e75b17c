"""Notices when the event loop is held, and by whom.

Whatever blocks on the loop blocks everything, this program's own tasks included, so the watch is kept by a thread: it
asks the loop for a sign of life, and when none comes it looks at the stack of the loop's thread.
"""

import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, TypeVar

import trio

from audit.log import AuditLog
from integration_daemon.supervision.messages import LOOP_HELD

INTERVAL = 0.1
"""Seconds between signs of life."""
TOLERANCE = 0.25
"""Seconds without one after which the loop counts as held."""


class LoopWatchdog:
    """Watches the event loop of this process, while it runs."""

    def __init__(self, audit_log: AuditLog) -> None:
        self.longest = 0.0
        """The longest that the loop was held, in seconds."""
        self._audit_log = audit_log
        self._stop = threading.Event()
        self._beat = time.monotonic()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Watch until cancelled."""
        token, loop = trio.lowlevel.current_trio_token(), threading.get_ident()
        thread = threading.Thread(target=self._watch, args=(token, loop), name="loop watchdog", daemon=True)
        self._beat = time.monotonic()
        thread.start()
        task_status.started()
        try:
            await trio.sleep_forever()
        finally:
            self._stop.set()  # the thread sees it within an interval, and holds nothing that anybody waits for

    def _watch(self, token: trio.lowlevel.TrioToken, loop: int) -> None:
        while not self._stop.wait(INTERVAL):
            if time.monotonic() - self._beat > TOLERANCE:
                self._observe(loop)
            try:
                token.run_sync_soon(self._live, idempotent=True)
            except trio.RunFinishedError:
                return

    def _live(self) -> None:
        self._beat = time.monotonic()

    def _observe(self, loop: int) -> None:
        """The loop is held: see by whom, wait until it is free, and say how long it took."""
        began, frame = self._beat, sys._current_frames().get(loop)
        connector, stack = _connector_in(frame), "".join(traceback.format_stack(frame, limit=12)) if frame else ""
        while self._beat == began and not self._stop.wait(INTERVAL):
            pass
        held = time.monotonic() - began
        self.longest = max(self.longest, held)
        self._audit_log.record(
            LOOP_HELD, seconds=f"{held:.2f}", holder=connector or "something other than a connector", stack=stack
        )


FunctionT = TypeVar("FunctionT", bound=Callable[..., object])

_CALLERS: dict[CodeType, tuple[str, Callable[[Any], str]]] = {}


def calls_a_connector(parameter: str, describe: Callable[[Any], str]) -> Callable[[FunctionT], FunctionT]:
    """Mark a function that calls into a connector, so that the watchdog can name the connector.

    `describe` gives the connector's name from the value of the function's parameter. Raises `TypeError` for a
    parameter that the function does not have.
    """

    def mark(function: FunctionT) -> FunctionT:
        code = function.__code__
        if parameter not in code.co_varnames[: code.co_argcount]:
            raise TypeError(f"{function} has no parameter {parameter}")
        _CALLERS[code] = parameter, describe
        return function

    return mark


def _connector_in(frame: FrameType | None) -> str | None:
    """The connector whose code is on the stack, as the innermost function that called into one describes it."""
    while frame is not None:
        caller = _CALLERS.get(frame.f_code)
        if caller is not None:
            parameter, describe = caller
            return describe(frame.f_locals[parameter])
        frame = frame.f_back
    return None
