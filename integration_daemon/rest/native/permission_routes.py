"""The native route that shows the caller's permissions, so that programs need not offer refused operations."""

from collections.abc import Callable

from integration_daemon.rest.native.answers import PermissionsAnswer
from integration_daemon.rest.native.queries import PermissionsQuery
from integration_daemon.rest.native.routing import native_get
from integration_daemon.rest.route import Call, Route
from integration_daemon.security.permissions import ANYBODY, Permission
from integration_daemon.security.scope import GrantedScopes, ScopeRule


async def _permissions(call: Call) -> PermissionsAnswer:
    """Show the caller's permissions for the platform, and for the server and the connector that the query names."""
    query: PermissionsQuery = call.query
    server, connector = query.server, query.connector
    caller = ANYBODY if call.caller is None else call.caller

    def permissions(applies: Callable[[GrantedScopes], bool]) -> list[Permission]:
        return [each for each in Permission if applies(caller.granted_scopes(each))]

    if server is None:
        return PermissionsAnswer(caller=caller.name, of_platform=permissions(lambda scopes: scopes.is_unlimited))
    return PermissionsAnswer(
        caller=caller.name,
        of_platform=permissions(lambda scopes: scopes.is_unlimited),
        of_server=permissions(lambda scopes: scopes.has_whole_server(server)),
        of_connectors=permissions(lambda scopes: scopes.has_server(server)),
        of_connector=[] if connector is None else permissions(lambda scopes: scopes.has_connector(server, connector)),
    )


ROUTES: tuple[Route, ...] = (
    native_get("/api/v1/permissions", _permissions, Permission.IDENTIFIED, ScopeRule.NONE, PermissionsQuery),
)
