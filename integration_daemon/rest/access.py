"""Authentication and authorization of requests, decided in one place before a body is read."""

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from quart import Request

from audit.message import ErrorMessage
from integration_daemon.rest.changes import Changes
from integration_daemon.rest.serving.incidents import Incidents
from integration_daemon.security import messages
from integration_daemon.security.authenticator import Authenticator, NotAuthenticatedError
from integration_daemon.security.grants import CallerGrant, Grants
from integration_daemon.security.permissions import Caller, Permission
from integration_daemon.security.scope import UNLIMITED, Reach, ScopeRule
from services.errors import UserNotAuthorizedError


class Access:
    """Decides on the requests to one platform. Refusals are counted, and recorded a bounded number of times."""

    def __init__(
        self,
        authenticator: Authenticator,
        incidents: Incidents,
        changes: Changes | None = None,
        grants: Sequence[CallerGrant] = (),
        note_use: Callable[[Caller], None] | None = None,
    ) -> None:
        self.authenticator = authenticator
        self.changes = changes or Changes()
        self._grants = Grants(grants)
        self._note_use = note_use
        self._incidents = incidents

    def caller_of(self, request: Request, permission: Permission) -> Caller | None:
        """The caller of a request; none where everybody has the permission.

        Raises `NotAuthenticatedError` for an unknown caller.
        """
        if permission is Permission.PUBLIC:
            return None
        authorization = request.headers.get("Authorization")
        session = request.cookies.get(session_cookie(request))
        try:
            caller = self.authenticator.caller(authorization, session, request.headers.get("X-Console-Key", ""))
        except NotAuthenticatedError:
            self._incidents.add(messages.CALLERS_REFUSED, address=request.remote_addr or "(unknown)")
            raise
        if self._note_use is not None:
            self._note_use(caller)
        return self._grants.added_to(caller)

    def require(
        self,
        request: Request,
        caller: Caller | None,
        permission: Permission,
        rule: ScopeRule,
        names: Mapping[str, str],
        method: str,
    ) -> Reach:
        """What a caller has a permission for.

        Raises `UserNotAuthorizedError` if it does not have it, or not for what the rule requires of these names.
        """
        if permission is Permission.PUBLIC:
            return UNLIMITED
        reach = Reach(()) if caller is None else caller.reach(permission)
        if reach.is_empty:
            self._refuse(request, caller, messages.NOT_PERMITTED, permission=permission.value, method=method)
        if (what := reach.lacks(rule, names)) is not None:
            self._refuse(request, caller, messages.NOT_IN_SCOPE, permission=permission.value, what=what, method=method)
        return reach

    def require_user(self, request: Request, caller: Caller | None, user: str) -> None:
        """Raise `UserNotAuthorizedError` if a caller that is bound to a user makes a request for another one."""
        if caller is not None and caller.user is not None and user and user != caller.user:
            self._refuse(request, caller, messages.ANOTHER_USER, own=caller.user, user=user)

    def _refuse(self, request: Request, caller: Caller | None, message: ErrorMessage, **parameters: str) -> NoReturn:
        name = "(unknown)" if caller is None else caller.name
        self._incidents.add(
            messages.REQUESTS_NOT_PERMITTED,
            caller=name,
            address=request.remote_addr or "(unknown)",
            request=f"{request.method} {request.path}",
        )
        raise UserNotAuthorizedError(message, caller=name, **parameters)


def session_cookie(request: Request) -> str:
    """The name of the session's cookie: browsers share cookies among all ports of a host."""
    port = request.host.rpartition(":")[2]
    return f"session-{port if port.isdigit() else 'default'}"
