"""Resources that the connectors of an integration service share, in the data directory of their server."""

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from audit.log import AuditLog


class ServiceHome(msgspec.Struct, frozen=True, kw_only=True):
    """The directory, options and connectors of a service in one server."""

    directory: Path
    """The directory for its files; it need not exist. No other process uses it."""
    options: dict[str, Any]
    """The `integrationServiceOptions` of the document."""
    connectors: Callable[[], Collection[str]]
    """Returns the names of the currently configured connectors."""
    audit_log: AuditLog


class SharedResources(Protocol):
    """The resources that the connectors of a service share."""

    async def answer(self, request: bytes) -> bytes:
        """Execute a request of a connector in another process, as sent by the result of `ResourcesOver`."""


ResourcesOver = Callable[[Callable[[bytes], Awaitable[bytes]]], Any]
"""Creates the substitute for a connector in another process, from a function that sends requests to the daemon."""
OpenResources = Callable[[ServiceHome], AbstractAsyncContextManager[SharedResources]]
"""Opens the shared resources of a service's connectors, which are closed after the connectors."""
