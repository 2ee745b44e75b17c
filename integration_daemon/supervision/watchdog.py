"""Notices when the event loop is held, and by whom.

Whatever blocks on the loop blocks everything, this program's own tasks included, so the watch is kept by a thread: it
asks the loop for a sign of life, and when none comes it looks at the stack of the loop's thread.
"""

import sys
import threading
import time
import traceback
from types import FrameType

import trio

from audit.log import AuditLog
from integration_daemon.supervision.hosted import HostedConnector, Turn
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


def _connector_in(frame: FrameType | None) -> str | None:
    """Whose code is running: the connector of the turn, or of the engagement, that is on the stack."""
    while frame is not None:
        turn, hosted = frame.f_locals.get("turn"), frame.f_locals.get("hosted")
        if isinstance(turn, Turn):
            return f"integration connector {turn.connector.name} in its {turn.method} method"
        if isinstance(hosted, HostedConnector):
            return f"integration connector {hosted.name}"
        frame = frame.f_back
    return None
