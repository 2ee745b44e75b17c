"""A route is a row of a table: its methods and path, the required permission, and its operation.

In a template, `{users}` stands for `/users/{user}` or for nothing, as in the generations of Egeria; other names in
braces are path parameters.
"""

from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from typing import Any

import msgspec

from integration_daemon.platform.platform import Platform
from integration_daemon.platform.server import Server
from integration_daemon.rest.access import Access
from integration_daemon.rest.query import FreeQuery, Query
from integration_daemon.security.permissions import Caller, Permission
from integration_daemon.supervision.daemon import Daemon
from services.errors import InvalidParameterError
from services.metadata.messages import SERVER_NOT_AVAILABLE, SERVICE_NOT_AVAILABLE
from services.metadata.store import MetadataStore


class Style(Enum):
    """The form of a route's error answers."""

    FFDC = "FFDC"
    """HTTP 200 with the true code in the body, for clients of the ecosystem."""
    NATIVE = "NATIVE"
    """The true HTTP code with a problem document (RFC 9457)."""


class Call:
    """One request, as it is passed to its operation."""

    def __init__(
        self,
        platform: Platform,
        access: Access,
        caller: Caller | None,
        user: str,
        parameters: Mapping[str, str],
        query: Any,
        body: Any,
    ) -> None:
        self.platform = platform
        self.access = access
        self.caller = caller
        """`None` for a public route."""
        self.user = user
        """The user that the request names; empty if it names none."""
        self.parameters = parameters
        self.query = query
        """The Struct that the route declares for its query."""
        self.body = body
        """The Struct that the route declares for its body, or what its reader made of it."""

    @property
    def server(self) -> Server:
        """The server named by the URL; raises `InvalidParameterError` if it is not running."""
        name = self.parameters["server"]
        server = self.platform.servers.get(name)
        if server is None:
            raise InvalidParameterError(SERVER_NOT_AVAILABLE, server=name, user=self.user)
        return server

    @property
    def daemon(self) -> Daemon:
        """The integration daemon in that server; raises `InvalidParameterError` if it is of another type."""
        server = self.server
        if server.daemon is None:
            raise self._not_offered("Integration Daemon Services")
        return server.daemon

    @property
    def served_store(self) -> MetadataStore:
        """The metadata that the server serves; raises `InvalidParameterError` if it is not a metadata server."""
        server = self.server
        if server.store is None or not server.serves_metadata:
            raise self._not_offered("Open Metadata Store Services")
        return server.store

    def _not_offered(self, service: str) -> InvalidParameterError:
        return InvalidParameterError(
            SERVICE_NOT_AVAILABLE, service=service, server=self.parameters["server"], user=self.user
        )


Operation = Callable[[Call], Awaitable[Any]]
BodyReader = Callable[[bytes], Any]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One row."""

    methods: tuple[str, ...]
    template: str
    operation: Operation
    """Returns what is encoded as JSON; `bytes` and iterators of `bytes` are JSON already, `str` is plain text."""
    permission: Permission
    query: type[Query] = FreeQuery
    """A Struct; each field is a parameter."""
    body: type[Any] | BodyReader | None = None
    """A Struct, or a function of the bytes; without one the body is ignored."""
    body_required: bool = False
    style: Style = Style.FFDC
    answer: str = "VoidResponse"
    """The class name that error answers in FFDC style carry."""

    @property
    def paths(self) -> list[str]:
        """The path templates of the row."""
        if "{users}" not in self.template:
            return [self.template]
        return [self.template.replace("{users}", users) for users in ("/users/{user}", "")]


def get(template: str, operation: Operation, permission: Permission, **row: Any) -> Route:
    """A row for GET."""
    return Route(methods=("GET",), template=template, operation=operation, permission=permission, **row)


def post(template: str, operation: Operation, permission: Permission, **row: Any) -> Route:
    """A row for POST."""
    return Route(methods=("POST",), template=template, operation=operation, permission=permission, **row)


def delete(template: str, operation: Operation, permission: Permission, **row: Any) -> Route:
    """A row for DELETE."""
    return Route(methods=("DELETE",), template=template, operation=operation, permission=permission, **row)
