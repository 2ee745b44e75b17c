"""One run of a connector, from its `initialize` to the end of its `disconnect`."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import trio

from integration_daemon.supervision.recovery.failure import Failure
from services.framework.connector import IntegrationConnector
from services.framework.context import IntegrationContext
from services.metadata.removal import CompletedScan


class BackgroundTask:
    """A task that runs beside a connector's methods for as long as its incarnation: its `engage` or a listener."""

    __slots__ = ("ended", "scope")

    def __init__(self) -> None:
        self.scope = trio.CancelScope()
        self.ended = trio.Event()


class Incarnation:
    """What belongs to one run of a connector. It is dropped as a whole when the run ends.

    A thread or task that the run left behind holds this object and nothing else, so it cannot reach the next run.
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
        """It was begun by the restart policy: what the log has of an earlier incarnation is not logged again."""
        self.connector: IntegrationConnector[Any] | None = None
        self.context: IntegrationContext | None = None
        self.thread_call: Callable[[], Awaitable[Any]] | None = None
        """Calls `refresh` on a worker thread; none for a connector whose `refresh` is asynchronous."""
        self.refreshes = 0
        """Refreshes begun."""
        self.refresh_announced = False
        """The daemon has logged the coming refresh already."""
        self.disconnect_due = False
        """The connector was made, so it must be disconnected."""
        self.engagement: BackgroundTask | None = None
        """The task of its `engage`."""
        self.listeners: tuple[BackgroundTask, ...] = ()
        self.scanned: CompletedScan | None = None
        """The last scan of the refresh in progress, with the figures of all before it; of a dry run, with the first
        places that would be held."""
        self.failure: Failure | None = None
        """Why the connector is FAILED."""
        self.restart_due: float | None = None
        """Monotonic time at which the policy restarts the FAILED connector."""
        self.restart_awaits = ""
        """What must be available again before the policy restarts the FAILED connector."""
        self.refresh_problem: str | None = None
        """Why the last refresh was no success, although the connector goes on."""

    def refresh(self) -> Awaitable[Any]:
        """Begin a refresh of the connector, on the event loop or on a worker thread."""
        if self.thread_call is not None:
            return self.thread_call()
        assert self.connector is not None
        # Bound anew for each refresh: kept, it would cost 64 bytes a connector.
        return cast("Awaitable[Any]", self.connector.refresh())

    @property
    def background_tasks(self) -> list[BackgroundTask]:
        """Its `engage`, if that runs, and its listeners."""
        return [task for task in (self.engagement, *self.listeners) if task is not None]

    def close(self) -> None:
        """Refuse everything that the run may still send to the metadata server."""
        if self.context is not None:
            self.context.close()
