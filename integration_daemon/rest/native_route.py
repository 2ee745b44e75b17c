"""The common part of the native routes: their paths, and the server of a request."""

from collections.abc import Sequence
from typing import Any

from integration_daemon.platform.server import Server
from integration_daemon.rest.native_queries import ServerQuery
from integration_daemon.rest.query import Query, not_understood
from integration_daemon.rest.route import Call, Route, Style, get, post
from integration_daemon.security.permissions import Permission
from integration_daemon.supervision.daemon import Daemon

SERVER = "/api/v1/servers/{server}"
ROOTS = (SERVER, "/api/v1")
"""The two forms of a native path. Without the server, the query names it, or it is the only one."""


def native_get(template: str, operation: Any, permission: Permission, query: type[Query] = ServerQuery) -> Route:
    """A native row for GET."""
    return get(template, operation, permission, style=Style.NATIVE, query=query)


def native_post(template: str, operation: Any, query: type[Query] = ServerQuery) -> Route:
    """A native row for POST, for an operation."""
    return post(template, operation, Permission.OPERATE, style=Style.NATIVE, query=query)


def daemon_of(call: Call) -> Daemon:
    """The daemon named by the URL or by the query's `server`, or else the only daemon."""
    if "server" not in call.parameters:
        daemons = [each.name for each in call.platform.servers.values() if each.daemon is not None]
        _name_server(call, daemons)
    return call.daemon


def server_of(call: Call) -> Server:
    """The server named by the URL or by the query's `server`, or else the only daemon, or the only server."""
    if "server" not in call.parameters:
        servers = call.platform.servers
        daemons = [name for name, server in servers.items() if server.daemon is not None]
        _name_server(call, list(servers) if len(servers) == 1 else daemons)
    return call.server


def _name_server(call: Call, servers: Sequence[str]) -> None:
    """Set the server of a call to the one named by its query, or else to the only one of `servers`."""
    named = call.query.server
    if named is None and len(servers) != 1:
        raise not_understood("server", f"name one of {', '.join(servers)}" if servers else "no such server runs here")
    call.parameters = {**call.parameters, "server": named or servers[0]}
