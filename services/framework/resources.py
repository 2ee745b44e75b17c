"""What the connectors of one integration service share in the data directory of their server."""

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

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


OpenResources = Callable[[ServiceHome], AbstractAsyncContextManager[Any]]
"""Opens what the connectors of a service share; it is closed after them."""
