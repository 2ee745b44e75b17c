"""The interface of a server security connector, which decides on the requests of each user to one server.

It is consulted after a caller's roles and scope have permitted a request, so that it can only restrict. A class is
provided as an entry point of the group `integration_daemon.security_connectors`, and `serverSecurityConnection` in a
configuration document names it. A plain method runs on a worker thread; an `async` method runs on the event loop, which
it must not block. A method that raises, exceeds its time limit or returns another type refuses the request.
"""

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from services.framework.connection import Connection
from services.metadata.changes import Change
from services.metadata.element import ElementRecord


class SecuredAction(Enum):
    """The kind of a user's request."""

    READ_STATUS = "READ_STATUS"
    """Read statuses and audit logs."""
    OPERATE = "OPERATE"
    """Refresh, restart, pause and stop connectors, and decide on removals."""
    ADMINISTER = "ADMINISTER"
    """Stop and configure the server and its connectors."""
    READ_METADATA = "READ_METADATA"
    """Read elements and relationships."""
    CHANGE_METADATA = "CHANGE_METADATA"
    """Change elements and relationships."""
    SYNCHRONIZE_METADATA = "SYNCHRONIZE_METADATA"
    """Compare all elements of a metadata source with those of its technology, and remove some by their source keys.
    Only a connector that decides on elements is consulted, because the request contains none."""


class RequestedChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change that a user requests, with the affected elements."""

    change: Change
    elements: Sequence[ElementRecord]
    """The elements that it changes or links, in their current state; those that do not exist yet are left out."""


class SecurityContext(msgspec.Struct, frozen=True, kw_only=True):
    """The values from which a security connector is created."""

    server: str
    """The name of the server."""
    connection: Connection
    read_document: Callable[[Path], Any]
    """Reads the plain content of a JSON, YAML or TOML file; raises a `DescribedError` for an invalid file. Blocks."""


class ServerSecurityConnector:
    """The base class of server security connectors."""

    class_names: ClassVar[tuple[str, ...]] = ()
    """Names of Java classes that this class replaces."""

    def __init__(self, context: SecurityContext) -> None:
        self.context = context

    def open(self) -> None:
        """Read the basis of the decisions, on a worker thread. If it raises, the server does not start."""

    def allows_server(self, user: str, action: SecuredAction) -> bool | Awaitable[bool]:
        """True if a user may perform this action on the server. Called for every request."""
        raise NotImplementedError

    def allowed_connectors(
        self, user: str, action: SecuredAction, connectors: Sequence[str]
    ) -> Sequence[bool] | Awaitable[Sequence[bool]]:
        """For each of these integration connectors, True if the user may perform this action on it. By default: all."""
        return [True] * len(connectors)

    def readable_elements(
        self, user: str, elements: Sequence[ElementRecord]
    ) -> Sequence[bool] | Awaitable[Sequence[bool]]:
        """For each of these elements, True if the user may see it. By default: all."""
        return [True] * len(elements)

    def allowed_changes(
        self, user: str, changes: Sequence[RequestedChange]
    ) -> Sequence[bool] | Awaitable[Sequence[bool]]:
        """For each of these changes, True if the user may make it. By default: all."""
        return [True] * len(changes)


def security_connector_problem(loaded: Any) -> str:
    """The reason why an object is not a security connector class; empty if it is."""
    if not isinstance(loaded, type) or not issubclass(loaded, ServerSecurityConnector):
        return "it is not a subclass of ServerSecurityConnector"
    return ""
