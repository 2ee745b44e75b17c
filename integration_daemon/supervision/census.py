"""A census of a daemon's connectors by service, state, condition and kind of failure, taken in slices.

Readers, such as a scrape of metrics, take the last complete count, at a cost that does not depend on the number of
connectors. The census also judges every connector, and so notices the conditions that only time brings about.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import trio

from integration_daemon.supervision.connector.condition import Health, judge
from integration_daemon.supervision.connector.finding import Condition
from integration_daemon.supervision.connector.managed import ManagedConnector
from integration_daemon.supervision.connector.state import ConnectorState
from integration_daemon.supervision.recovery.failure import FailureKind

INTERVAL = 5.0
"""Seconds between two counts, at least."""
SHARE = 0.01
"""Largest share of the event loop's time that counting takes: many connectors are counted less often."""
SLICE = 20
"""Connectors that are judged before other tasks run: less than a tenth of a millisecond.
A request waits for many slices."""


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of connectors."""

    taken: float
    """Seconds since the epoch; 0 before the first count."""
    by_condition: Counter[tuple[str, ConnectorState, Condition]]
    """By the URL marker of the service, the state and the condition."""
    by_failure: Counter[tuple[str, FailureKind]]
    """FAILED connectors, by the URL marker of the service and the kind of the failure."""
    held: int
    """Elements whose removal awaits an operator's approval."""


class Observer(Protocol):
    """Observes the judgement of each connector."""

    def begin(self, now: float) -> None:
        """A count begins, at a time in seconds since the epoch."""

    def see(self, connector: ManagedConnector, health: Health) -> None:
        """A connector has been judged. The call takes microseconds at most."""

    def end(self) -> None:
        """The count is complete."""


class Census:
    """Counts the connectors of one daemon periodically."""

    def __init__(self, connectors: Callable[[], Sequence[ManagedConnector]]) -> None:
        self._connectors = connectors
        self.last = Count(taken=0.0, by_condition=Counter(), by_failure=Counter(), held=0)
        """The last complete count."""
        self.observer: Observer | None = None

    async def run(self) -> None:
        """Count periodically until cancelled."""
        while True:
            seconds = await self.count()
            await trio.sleep(max(INTERVAL, seconds / SHARE))

    async def count(self) -> float:
        """Judge and count every connector; return the seconds of the event loop that this took."""
        by_condition: Counter[tuple[str, ConnectorState, Condition]] = Counter()
        by_failure: Counter[tuple[str, FailureKind]] = Counter()
        connectors, held, seconds, observer = self._connectors(), 0, 0.0, self.observer
        if observer is not None:
            observer.begin(time.time())
        for start in range(0, len(connectors), SLICE):
            began, now = time.perf_counter(), time.time()
            for each in connectors[start : start + SLICE]:
                health = judge(each, now)
                if observer is not None:
                    observer.see(each, health)
                by_condition[each.service, each.state, each.condition] += 1
                if (failure := each.failure) is not None:
                    by_failure[each.service, failure.kind] += 1
                if each.removals is not None:
                    held += sum(removal.count for removal in each.removals.held if not removal.rejected)
            seconds += time.perf_counter() - began
            await trio.lowlevel.checkpoint()
        self.last = Count(taken=time.time(), by_condition=by_condition, by_failure=by_failure, held=held)
        if observer is not None:
            observer.end()
        return seconds
