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
from integration_daemon.security.scope import Reach, ScopeRule
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
    """HTTP 200 with the true code in the body, for clients of the ecosystem."""
    FFDC_BY_CODE = "FFDC_BY_CODE"
    """The body of FFDC with the true HTTP code, for clients that look at the code alone."""
    NATIVE = "NATIVE"
    """The true HTTP code with a problem document (RFC 9457)."""
    SCIM = "SCIM"
    """The true HTTP code with an error of SCIM (RFC 7644, 3.12)."""


@dataclass(kw_only=True, slots=True)
class Call:
    """One request, as it is passed to its operation."""

    platform: Platform
    access: Access
    route: "Route"
    caller: Caller | None
    """`None` for a public route."""
    reach: Reach
    """The servers and connectors for which the caller has the route's permission."""
    guard: UserGuard | None
    """What the server's security connector decides about the user; none where it does not decide."""
    user: str
    """The user that the request names; empty if it names none."""
    parameters: Mapping[str, str]
    query: Any
    """The Struct that the route declares for its query."""
    body: Any
    """The Struct that the route declares for its body, or what its reader made of it."""

    async def require_connector(self, name: str) -> None:
        """Raise `UserNotAuthorizedError` if the caller may not do this with a connector named by the body or query."""
        route, names = self.route, {**self.parameters, "connector": name}
        self.access.require(request, self.caller, route.permission, ScopeRule.CONNECTOR, names, route.name)
        if self.guard is not None:
            await self.guard.require_connector(ACTIONS[route.permission], name)

    @property
    def is_of_6x(self) -> bool:
        """True if its URL names no user, as those of Egeria 6."""
        return "user" not in (request.view_args or {})

    @property
    def servers(self) -> Mapping[str, Server]:
        """The running servers that are in scope."""
        return in_reach(self.platform.servers, self.reach)

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
        """The integration daemon in that server; raises `PropertyServerError` if it is of another type."""
        server = self.server
        if server.daemon is None:
            raise self.not_offered("Integration Daemon Services")
        return server.daemon

    @property
    def served_store(self) -> MetadataStore:
        """The metadata that the server serves; raises `PropertyServerError` if it is not a metadata server."""
        server = self.server
        if server.store is None or not server.serves_metadata:
            raise self.not_offered("Open Metadata Store Services")
        return self._as_seen(server.store)

    @property
    def store(self) -> MetadataStore | None:
        """The metadata that the server uses, its own or another's, if there is any."""
        store = self.server.store
        return None if store is None else self._as_seen(store)

    def _as_seen(self, store: MetadataStore) -> MetadataStore:
        guard = self.guard
        return store if guard is None or not guard.decides_on_elements else SecuredStore(store, guard)

    def resources_of(self, service: IntegrationService) -> Any:
        """What the connectors of a service share; raises `PropertyServerError` if the daemon does not run it."""
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
    """The answer to a request whose work goes on: status 202, and where to follow the work."""

    body: Any
    location: str


Operation = Callable[[Call], Awaitable[Any]]
BodyReader = Callable[[bytes], Any]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One row."""

    methods: tuple[str, ...]
    template: str
    operation: Operation
    """Returns what is encoded as JSON; `bytes` and iterators of `bytes` are JSON already, `str` is plain text, and a
    `Response` is sent as it is."""
    permission: Permission
    scope: ScopeRule
    query: type[Query] = FreeQuery
    """A Struct; each field is a parameter."""
    body: type[Any] | BodyReader | None = None
    """A Struct, or a function of the bytes; without one the body is ignored."""
    body_required: bool = False
    only_reads: bool = False
    """A POST that changes nothing."""
    accepts_gzip: bool = False
    """The body may be compressed."""
    style: Style = Style.FFDC
    answers: Mapping[int, tuple[str, ...]] | None = None
    """The statuses and content types of the answers of a native route that returns a `Response`."""
    answer: str = "VoidResponse"
    """The class name that error answers in FFDC style carry."""
    action: str = ""
    """The name that clients of Egeria know the operation by; without one it is that of the function."""

    @property
    def name(self) -> str:
        """The name of its operation, as errors show it."""
        return self.action or self.operation.__name__.strip("_")

    @property
    def is_about_a_server(self) -> bool:
        """True if there is one server that each request is about."""
        return self.scope not in NOT_ABOUT_A_SERVER

    @property
    def changes(self) -> bool:
        """True if the request at hand changes something."""
        if self.permission is Permission.OPERATE:
            return True  # by GET as well
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
        """Inside, the request at hand is carried out, which the audit log has if it changes something.

        `call` names one of several that the request is about.
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


def in_reach(servers: Mapping[str, Server], reach: Reach) -> Mapping[str, Server]:
    """Those of the servers that are in scope."""
    return servers if reach.is_unlimited else {name: each for name, each in servers.items() if reach.has_server(name)}


_READING = (
    Permission.PUBLIC,
    Permission.READ_STATUS,
    Permission.READ_METADATA,
    Permission.SEND_LINEAGE,
    Permission.READ_BUNDLES,
)
"""Permissions whose requests are not recorded one by one: an event is data, of which there may be very much."""


def get(template: str, operation: Operation, permission: Permission, scope: ScopeRule, **row: Any) -> Route:
    """A row for GET."""
    return Route(methods=("GET",), template=template, operation=operation, permission=permission, scope=scope, **row)


def post(template: str, operation: Operation, permission: Permission, scope: ScopeRule, **row: Any) -> Route:
    """A row for POST."""
    return Route(methods=("POST",), template=template, operation=operation, permission=permission, scope=scope, **row)


def delete(template: str, operation: Operation, permission: Permission, scope: ScopeRule, **row: Any) -> Route:
    """A row for DELETE."""
    return Route(methods=("DELETE",), template=template, operation=operation, permission=permission, scope=scope, **row)
