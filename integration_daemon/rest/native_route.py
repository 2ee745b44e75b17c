"""What the native routes have in common: their paths, and the server that a request is about."""

from collections.abc import Sequence
from typing import Any

from integration_daemon.platform.server import Server
from integration_daemon.rest.native_queries import ServerQuery
from integration_daemon.rest.query import Query, not_understood
from integration_daemon.rest.route import Call, Route, Style, get, post
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from integration_daemon.supervision.daemon import Daemon

SERVER = "/api/v1/servers/{server}"
ROOTS = (SERVER, "/api/v1")
"""The two forms of a native path. Without the server, the query names it, or it is the only one."""


def native_get(
    template: str, operation: Any, permission: Permission, scope: ScopeRule, query: type[Query] = ServerQuery
) -> Route:
    """A native row for GET."""
    return get(template, operation, permission, scope, style=Style.NATIVE, query=query)


def native_post(template: str, operation: Any, scope: ScopeRule, query: type[Query] = ServerQuery) -> Route:
    """A native row for POST, for an operation."""
    return post(template, operation, Permission.OPERATE, scope, style=Style.NATIVE, query=query)


def daemon_of(call: Call) -> Daemon:
    """The daemon that the URL names, or else the query's `server`, or else the only one in scope."""
    if "server" not in call.parameters:
        daemons = [each.name for each in call.servers.values() if each.daemon is not None]
        _name_server(call, daemons)
    return call.daemon


def server_of(call: Call) -> Server:
    """The server that the URL names, or else the query's `server`, or else the only daemon, or the only server."""
    if "server" not in call.parameters:
        servers = call.servers
        daemons = [name for name, server in servers.items() if server.daemon is not None]
        _name_server(call, list(servers) if len(servers) == 1 else daemons)
    return call.server


def _name_server(call: Call, servers: Sequence[str]) -> None:
    """Set the server of a call to the one that its query names, or else to the only one of `servers`."""
    named = call.query.server
    if named is None and len(servers) != 1:
        raise not_understood("server", f"name one of {', '.join(servers)}" if servers else "no such server runs here")
    call.name_server(servers[0] if named is None else named)
