"""The common part of the native routes: their paths, and the server of a request."""

from collections.abc import Mapping
from typing import Any

from integration_daemon.platform.server import Server
from integration_daemon.rest.native.queries import ServerQuery
from integration_daemon.rest.query import Query, not_understood
from integration_daemon.rest.route import Route, Style, get, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule

SERVER = "/api/v1/servers/{server}"
ROOTS = (SERVER, "/api/v1")
"""The two prefixes of a native path. Without the server in the path, the query names it, or only one server runs."""


def native_get(
    template: str, operation: Any, permission: Permission, scope: ScopeRule, query: type[Query] = ServerQuery
) -> Route:
    """A native route for GET."""
    return get(template, operation, permission, scope, style=Style.NATIVE, query=query)


def native_post(
    template: str, operation: Any, scope: ScopeRule, query: type[Query] = ServerQuery, body: type[Any] | None = None
) -> Route:
    """A native route for POST, with the permission to operate connectors."""
    return post(template, operation, Permission.OPERATE, scope, style=Style.NATIVE, query=query, body=body)


def name_server(servers: Mapping[str, Server], query: Query, rule: ScopeRule) -> str:
    """The server of a request whose path names none: that of the query, or else the only daemon or server in scope."""
    named = getattr(query, "server", None)
    if isinstance(named, str):
        return named
    found = [name for name, server in servers.items() if server.daemon is not None]
    if rule is ScopeRule.SERVER and len(servers) == 1:
        found = list(servers)
    if len(found) != 1:
        raise not_understood("server", f"name one of {', '.join(found)}" if found else "no such server runs here")
    return found[0]
