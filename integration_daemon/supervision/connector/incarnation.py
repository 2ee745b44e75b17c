"""One run of a connector, from its `initialize` to the end of its `disconnect`."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import trio

from integration_daemon.supervision.recovery.failure import Failure
from services.framework.connector import IntegrationConnector
from services.framework.context import IntegrationContext
from services.metadata.removal import CompletedScan


class BackgroundTask:
    """A task that runs beside a connector's other methods during its incarnation: `engage` or a listener."""

    __slots__ = ("ended", "scope")

    def __init__(self) -> None:
        self.scope = trio.CancelScope()
        self.ended = trio.Event()


class Incarnation:
    """The state of one run of a connector, discarded as a whole when the run ends.

    A thread or task that outlives the run holds only this object, and so cannot reach the next run.
    """

    __slots__ = (
        "connector",
        "context",
        "disconnect_due",
        "engagement",
        "failure",
        "is_quiet",
        "listeners",
        "number",
        "refresh_announced",
        "refresh_problem",
        "refreshes",
        "restart_awaits",
        "restart_due",
        "scanned",
        "thread_call",
    )

    def __init__(self, number: int, *, is_quiet: bool) -> None:
        self.number = number
        """From 1."""
        self.is_quiet = is_quiet
        """True if the restart policy began the run: records of an earlier incarnation are not repeated in the log."""
        self.connector: IntegrationConnector[Any] | None = None
        self.context: IntegrationContext | None = None
        self.thread_call: Callable[[], Awaitable[Any]] | None = None
        """Calls `refresh` on a worker thread; `None` if `refresh` is asynchronous."""
        self.refreshes = 0
        """Refreshes begun."""
        self.refresh_announced = False
        """True if the daemon has already logged the next refresh."""
        self.disconnect_due = False
        """True if the connector was created, so that it must be disconnected."""
        self.engagement: BackgroundTask | None = None
        """The task that runs `engage`."""
        self.listeners: tuple[BackgroundTask, ...] = ()
        self.scanned: CompletedScan | None = None
        """The last scan of the refresh in progress, with the totals of all its scans; of a dry run, with the first
        elements whose removal would be held."""
        self.failure: Failure | None = None
        """The failure of a FAILED connector."""
        self.restart_due: float | None = None
        """Monotonic time at which the policy restarts the FAILED connector."""
        self.restart_awaits = ""
        """The dependency that must be available before the policy restarts the FAILED connector."""
        self.refresh_problem: str | None = None
        """The reason why the last refresh was no success, although the connector has not failed."""

    def refresh(self) -> Awaitable[Any]:
        """Begin a refresh of the connector, on the event loop or on a worker thread."""
        if self.thread_call is not None:
            return self.thread_call()
        assert self.connector is not None
        # Bound anew for each refresh: a kept method would cost 64 bytes per connector.
        return cast("Awaitable[Any]", self.connector.refresh())

    @property
    def background_tasks(self) -> list[BackgroundTask]:
        """The task of `engage`, if any, and the listeners."""
        return [task for task in (self.engagement, *self.listeners) if task is not None]

    def close(self) -> None:
        """Refuse all later requests of the run to the metadata server."""
        if self.context is not None:
            self.context.close()
