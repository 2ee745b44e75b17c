"""What the connectors of one integration service share in the data directory of their server."""

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from audit.log import AuditLog


class ServiceHome(msgspec.Struct, frozen=True, kw_only=True):
    """The place of a service in one server."""

    directory: Path
    """For its files; it need not exist. No other process uses it."""
    options: dict[str, Any]
    """The `integrationServiceOptions` of the document."""
    connectors: Callable[[], Collection[str]]
    """The names of its connectors, as they are configured at present."""
    audit_log: AuditLog


class SharedResources(Protocol):
    """What the connectors of a service share."""

    async def answer(self, request: bytes) -> bytes:
        """Carry out a request of a connector in another process: what `ResourcesOver` sends."""


ResourcesOver = Callable[[Callable[[bytes], Awaitable[bytes]]], Any]
"""Makes what a connector in another process has instead. It is given a way to send requests to the daemon."""
OpenResources = Callable[[ServiceHome], AbstractAsyncContextManager[SharedResources]]
"""Opens what the connectors of a service share; it is closed after them."""
