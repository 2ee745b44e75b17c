"""The interface of a server security connector: it decides, user by user, what may be done with one server.

It is asked after a caller's roles and scope have allowed a request, so that it can refuse and cannot allow. A class is
offered as an entry point of the group `integration_daemon.security_connectors`, and `serverSecurityConnection` in a
configuration document names it. A plain method runs on a worker thread; an `async` one on the event loop, which it must
not hold. A method that raises, takes longer than its time or returns something else has refused.
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
    """What a user asks for."""

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
    """Compare all elements of a metadata source with those of its technology, and remove some by their source keys:
    asked only of a connector that decides on elements, since it does not see these."""


class RequestedChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change that a user requests, with what is there."""

    change: Change
    elements: Sequence[ElementRecord]
    """The elements that it changes or links, as they are now; those that do not exist yet are left out."""


class SecurityContext(msgspec.Struct, frozen=True, kw_only=True):
    """What a security connector is made from."""

    server: str
    """The name of the server."""
    connection: Connection
    read_document: Callable[[Path], Any]
    """The plain content of a JSON, YAML or TOML file; raises a `DescribedError` for one that has none. Blocks."""


class ServerSecurityConnector:
    """The base class of server security connectors."""

    class_names: ClassVar[tuple[str, ...]] = ()
    """Names of Java classes that this class stands in for."""

    def __init__(self, context: SecurityContext) -> None:
        self.context = context

    def open(self) -> None:
        """Read what the decisions are made by, on a worker thread. If it raises, the server does not start."""

    def allows_server(self, user: str, action: SecuredAction) -> bool | Awaitable[bool]:
        """True if a user may do this with the server. Asked for every request."""
        raise NotImplementedError

    def allowed_connectors(
        self, user: str, action: SecuredAction, connectors: Sequence[str]
    ) -> Sequence[bool] | Awaitable[Sequence[bool]]:
        """For each of these integration connectors, True if the user may do this with it. By default: all."""
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
    """Why an object is not the class of a security connector; empty if it is."""
    if not isinstance(loaded, type) or not issubclass(loaded, ServerSecurityConnector):
        return "it is not a subclass of ServerSecurityConnector"
    return ""
