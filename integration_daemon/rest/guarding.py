"""Authorization of a request by the server's security connector, before the body is read."""

from collections.abc import Mapping

from integration_daemon.platform.platform import Platform
from integration_daemon.security.permissions import LOCAL_USER, Caller, Permission
from integration_daemon.security.scope import ScopeRule
from integration_daemon.security.server_guard import UserGuard
from services.framework.server_security import SecuredAction

ACTIONS = {
    Permission.READ_STATUS: SecuredAction.READ_STATUS,
    Permission.OPERATE: SecuredAction.OPERATE,
    Permission.READ_METADATA: SecuredAction.READ_METADATA,
    Permission.CHANGE_METADATA: SecuredAction.CHANGE_METADATA,
    Permission.SEND_LINEAGE: SecuredAction.CHANGE_METADATA,
    Permission.READ_BUNDLES: SecuredAction.READ_METADATA,
    Permission.SEND_IDENTITIES: SecuredAction.CHANGE_METADATA,
    Permission.ADMINISTER_SERVERS: SecuredAction.ADMINISTER,
}
NOT_ABOUT_A_SERVER = (ScopeRule.NONE, ScopeRule.SERVERS, ScopeRule.PLATFORM)


async def guard_for(
    platform: Platform,
    caller: Caller | None,
    user: str,
    permission: Permission,
    rule: ScopeRule,
    names: Mapping[str, str],
) -> UserGuard | None:
    """The decisions of the server's security connector for a user; none where it does not decide.

    It does not decide on the local user, who could change its rules. Raises `UserNotAuthorizedError` if it refuses the
    request.
    """
    server = platform.servers.get(names.get("server", ""))
    if server is None or server.guard is None or rule in NOT_ABOUT_A_SERVER:
        return None
    if caller is None or caller.name == LOCAL_USER:
        return None
    guard = server.guard.for_user(user)
    await guard.require_server(ACTIONS[permission])
    if rule is ScopeRule.CONNECTOR and "connector" in names:
        await guard.require_connector(ACTIONS[permission], names["connector"])
    return guard
