"""A route is a row of a table: its methods and path, the required permission, and its operation.

In a template, `{users}` stands for `/users/{user}` or for nothing, as in the generations of Egeria; other names in
braces are path parameters.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import msgspec
from quart import request

from integration_daemon.platform.platform import Platform
from integration_daemon.platform.server import Server
from integration_daemon.rest.access import Access, peer_of
from integration_daemon.rest.changes import Change
from integration_daemon.rest.guarding import ACTIONS, NOT_ABOUT_A_SERVER
from integration_daemon.rest.query import FreeQuery, Query
from integration_daemon.security.permissions import Caller, Permission
from integration_daemon.security.scope import GrantedScopes, ScopeRule
from integration_daemon.security.secured_store import SecuredStore
from integration_daemon.security.server_guard import UserGuard
from integration_daemon.supervision.daemon import Daemon
from services.errors import InvalidParameterError, PropertyServerError
from services.framework.service import IntegrationService
from services.metadata.messages import SERVER_NOT_AVAILABLE, SERVICE_NOT_AVAILABLE
from services.metadata.store import MetadataStore


class Style(Enum):
    """The form of a route's error answers."""

    FFDC = "FFDC"
    """HTTP status 200 with the true code in the body, for clients of the ecosystem."""
    FFDC_BY_CODE = "FFDC_BY_CODE"
    """The body of FFDC with the true HTTP status, for clients that look at the status alone."""
    NATIVE = "NATIVE"
    """The true HTTP status with a problem document (RFC 9457)."""
    SCIM = "SCIM"
    """The true HTTP status with an error of SCIM (RFC 7644, 3.12)."""


@dataclass(kw_only=True, slots=True)
class Call:
    """One request, as it is passed to its operation."""

    platform: Platform
    access: Access
    route: "Route"
    caller: Caller | None
    """`None` for a public route."""
    granted_scopes: GrantedScopes
    """The servers and connectors for which the caller has the route's permission."""
    guard: UserGuard | None
    """The decisions of the server's security connector for the user; none where it does not decide."""
    user: str
    """The user that the request names; empty: none."""
    parameters: Mapping[str, str]
    query: Any
    """The Struct that the route declares for its query."""
    body: Any
    """The Struct that the route declares for its body, or the result of the route's `BodyReader`."""

    async def require_connector(self, name: str) -> None:
        """Raise `UserNotAuthorizedError` if the caller lacks the route's permission for this connector.

        To be called for a connector that the body or the query names.
        """
        route, names = self.route, {**self.parameters, "connector": name}
        self.access.require(request, self.caller, route.permission, ScopeRule.CONNECTOR, names, route.name)
        if self.guard is not None:
            await self.guard.require_connector(ACTIONS[route.permission], name)

    @property
    def is_of_6x(self) -> bool:
        """True if the URL names no user, as in Egeria 6."""
        return "user" not in (request.view_args or {})

    @property
    def servers(self) -> Mapping[str, Server]:
        """The running servers that are in scope."""
        return servers_in_scope(self.platform.servers, self.granted_scopes)

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
        """The integration daemon of the server; raises `PropertyServerError` for a server of another type."""
        server = self.server
        if server.daemon is None:
            raise self.not_offered("Integration Daemon Services")
        return server.daemon

    @property
    def served_store(self) -> MetadataStore:
        """The store that the server serves; raises `PropertyServerError` if it is not a metadata server."""
        server = self.server
        if server.store is None or not server.serves_metadata:
            raise self.not_offered("Open Metadata Store Services")
        return self._as_seen(server.store)

    @property
    def store(self) -> MetadataStore | None:
        """The store that the server uses, its own or that of its metadata server, if any."""
        store = self.server.store
        return None if store is None else self._as_seen(store)

    def _as_seen(self, store: MetadataStore) -> MetadataStore:
        guard = self.guard
        return store if guard is None or not guard.decides_on_elements else SecuredStore(store, guard)

    def resources_of(self, service: IntegrationService) -> Any:
        """The shared resources of a service's connectors; raises `PropertyServerError` if the service does not run."""
        daemon = self.daemon
        daemon.require_running()
        for each in daemon.services:
            if each.environment.service is service:
                return each.environment.resources
        raise self.not_offered(service.full_name)

    def not_offered(self, service: str) -> PropertyServerError:
        """The error for a service that the server does not have."""
        return PropertyServerError(
            SERVICE_NOT_AVAILABLE, service=service, server=self.parameters["server"], user=self.user
        )


class Unfinished(NamedTuple):
    """The answer to a request whose work continues: status 202, with the URL of the operation."""

    body: Any
    location: str


Operation = Callable[[Call], Awaitable[Any]]
BodyReader = Callable[[bytes], Any]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a table of routes."""

    methods: tuple[str, ...]
    template: str
    operation: Operation
    """Returns an object to encode as JSON; `bytes` and iterators of `bytes` are JSON already, `str` is plain text, and
    a `Response` is sent unchanged."""
    permission: Permission
    scope: ScopeRule
    query: type[Query] = FreeQuery
    """A Struct with a field for each parameter."""
    body: type[Any] | BodyReader | None = None
    """A Struct, or a function that decodes the bytes; none: the body is ignored."""
    body_required: bool = False
    only_reads: bool = False
    """True: a POST that changes nothing."""
    accepts_gzip: bool = False
    """True: the body may be compressed."""
    style: Style = Style.FFDC
    answers: Mapping[int, tuple[str, ...]] | None = None
    """The statuses and content types of the answers of a native route that returns a `Response`."""
    answer: str = "VoidResponse"
    """The class name of error answers in FFDC style."""
    action: str = ""
    """The name of the operation for clients of Egeria; empty: that of the function."""

    @property
    def name(self) -> str:
        """The name of the operation, as errors show it."""
        return self.action or self.operation.__name__.strip("_")

    @property
    def is_about_a_server(self) -> bool:
        """True if each request concerns one server."""
        return self.scope not in NOT_ABOUT_A_SERVER

    @property
    def changes(self) -> bool:
        """True if the current request makes changes."""
        if self.permission is Permission.OPERATE:
            return True  # even a GET
        return request.method not in ("GET", "HEAD") and self.permission not in _READING and not self.only_reads

    def recording(
        self,
        platform: Platform,
        access: Access,
        caller: Caller | None,
        user: str,
        names: Mapping[str, str],
        call: str = "",
    ) -> AbstractContextManager[None]:
        """Record the current request, which is carried out in the block, in the audit log if it makes changes.

        `call` names one of several combined calls of the request.
        """
        if not self.changes:
            return nullcontext()

        def change() -> Change:
            server = names.get("server", "")
            return Change(
                caller="(unknown)" if caller is None else caller.name,
                user=user,
                address=peer_of(request).address,
                request=f"{request.method} {request.path}{f' ({call})' if call else ''}",
                server=server if server in platform.servers else "",
                connector=names.get("connector"),
            )

        return access.changes.recorded(change)

    @property
    def paths(self) -> list[str]:
        """The path templates of the row."""
        if "{users}" not in self.template:
            return [self.template]
        return [self.template.replace("{users}", users) for users in ("/users/{user}", "")]


def servers_in_scope(servers: Mapping[str, Server], scopes: GrantedScopes) -> Mapping[str, Server]:
    """The servers in scope among these."""
    return servers if scopes.is_unlimited else {name: each for name, each in servers.items() if scopes.has_server(name)}


_READING = (
    Permission.PUBLIC,
    Permission.READ_STATUS,
    Permission.READ_METADATA,
    Permission.SEND_LINEAGE,
    Permission.READ_BUNDLES,
)
"""Permissions whose requests are not recorded singly: events are data, and may be very many."""


def get(template: str, operation: Operation, permission: Permission, scope: ScopeRule, **row: Any) -> Route:
    """A route for GET."""
    return Route(methods=("GET",), template=template, operation=operation, permission=permission, scope=scope, **row)


def post(template: str, operation: Operation, permission: Permission, scope: ScopeRule, **row: Any) -> Route:
    """A route for POST."""
    return Route(methods=("POST",), template=template, operation=operation, permission=permission, scope=scope, **row)


def delete(template: str, operation: Operation, permission: Permission, scope: ScopeRule, **row: Any) -> Route:
    """A route for DELETE."""
    return Route(methods=("DELETE",), template=template, operation=operation, permission=permission, scope=scope, **row)
