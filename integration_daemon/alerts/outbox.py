"""The alerts that wait for one receiver, and their delivery with retries after growing pauses."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import trio

from audit.log import AuditLog
from integration_daemon.alerts import messages
from integration_daemon.alerts.alert import Alert
from integration_daemon.alerts.receivers import Receiver, outcome_of

MOST = 100
"""Greatest number of waiting alerts."""
FIRST_PAUSE = 5.0
"""Seconds before the retry after a first failure, doubled after each further failure."""
LONGEST_PAUSE = 600.0
"""Longest pause before a retry, in seconds."""

GRACE = 0.5
"""Seconds that a delivery in progress may take after its cancellation: a restart would repeat an alert that the
receiver is about to accept."""


class Outbox:
    """Delivers alerts to one receiver, in order."""

    def __init__(self, receiver: Receiver, daemon: str, audit_log: AuditLog, conceal: Callable[[str], str]) -> None:
        self.receiver = receiver
        self.waiting: deque[Alert] = deque()
        self._daemon = daemon
        self._audit_log = audit_log
        self._conceal = conceal
        self._something = trio.Event()
        self._failures = 0

    @property
    def _inserts(self) -> dict[str, str]:
        return {"receiver": self.receiver.name, "daemon": self._daemon}

    def add(self, alert: Alert) -> None:
        """Add an alert; if too many wait, the oldest is dropped."""
        if len(self.waiting) >= MOST:
            oldest = self.waiting.popleft()
            self._audit_log.record(messages.ALERTS_DROPPED, headline=oldest.headline, **self._inserts)
        self.waiting.append(alert)
        self._something.set()

    async def run(self, save: Callable[[], Awaitable[None]]) -> None:
        """Deliver the waiting alerts until cancelled, and save after each delivery."""
        while True:
            while not self.waiting:
                self._something = trio.Event()
                await self._something.wait()
            alert = self.waiting[0]
            async with _finished():
                was_sent, answer = await outcome_of(self.receiver, alert, self._conceal)
                if was_sent:
                    self._note_delivery(alert)
                    await save()
            if not was_sent:
                await self._pause(answer)

    def _note_delivery(self, alert: Alert) -> None:
        if self.waiting and self.waiting[0] is alert:  # the alert has not been dropped meanwhile
            self.waiting.popleft()
        if self._failures:
            self._failures = 0
            self._audit_log.record(messages.ALERTS_ACCEPTED_AGAIN, **self._inserts)

    async def _pause(self, problem: str) -> None:
        if not self._failures:
            self._audit_log.record(messages.ALERT_NOT_TAKEN, problem=problem, **self._inserts)
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures, 10))
        self._failures += 1
        await trio.sleep(pause)


@asynccontextmanager
async def _finished() -> AsyncIterator[None]:
    """Inside, a cancellation from outside takes effect `GRACE` seconds later."""

    async def limit() -> None:
        try:
            await trio.sleep_forever()
        finally:
            shielded.deadline = trio.current_time() + GRACE

    async with trio.open_nursery() as nursery:
        with trio.CancelScope(shield=True) as shielded:
            nursery.start_soon(limit)
            yield
        nursery.cancel_scope.cancel()
