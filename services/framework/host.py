"""The requests that a connector's context makes to its host."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from services.metadata.removal import CompletedScan

Listener = Callable[[], Awaitable[None] | None]


class Host(Protocol):
    """The supervisor's interface to a connector's context. It is also the connector's `RemovalPolicy`."""

    def listen(self, listener: Listener) -> None:
        """Run a listener beside the connector's methods, until it returns or this incarnation ends."""

    def ask_for_refresh(self) -> None:
        """Request a refresh as soon as possible, unless the connector is paused or failed."""

    async def is_paused(self) -> bool:
        """True if an operator has paused the connector."""

    async def scan_completed(self, scan: CompletedScan) -> Sequence[str] | None:
        """The source keys that may be removed now, or `None` for all missing elements."""
