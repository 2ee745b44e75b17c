"""Authentication and authorization of requests, decided in one place before a body is read."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NoReturn

import msgspec
from quart import Request

from audit.message import ErrorMessage
from integration_daemon.config.limits import USUAL, Limits
from integration_daemon.rest.changes import Changes
from integration_daemon.rest.messages import REQUESTS_TOO_MANY, TOO_MANY_REQUESTS
from integration_daemon.rest.serving.incidents import Incidents
from integration_daemon.rest.serving.peer import PEER
from integration_daemon.rest.serving.request_rate import RETRY_AFTER, RequestRate
from integration_daemon.security import messages
from integration_daemon.security.authentication import Authentication, NotAuthenticatedError
from integration_daemon.security.grants import CallerGrant, Grants
from integration_daemon.security.logins import LoginRefusedError
from integration_daemon.security.peer import UNKNOWN, Peer
from integration_daemon.security.permissions import ANYBODY, Caller, Permission
from integration_daemon.security.scope import UNLIMITED, GrantedScopes, ScopeRule
from services.errors import InvalidParameterError, UserNotAuthorizedError

IsKnown = Callable[[], Awaitable[bool]]
"""Returns true while the caller of a request is authenticated."""


class Access:
    """Authenticates and authorizes the requests to one platform. Counts refusals, and records a limited number."""

    def __init__(
        self,
        authenticator: Authentication,
        incidents: Incidents,
        changes: Changes | None = None,
        grants: Sequence[CallerGrant] = (),
        note_use: Callable[[Caller], None] | None = None,
        *,
        limits: Limits = USUAL,
    ) -> None:
        self.authenticator = authenticator
        self.changes = changes or Changes()
        self._grants = Grants(grants)
        self._note_use = note_use
        self._incidents = incidents
        self._rate = RequestRate(limits)

    async def caller_of(self, request: Request, permission: Permission) -> Caller | None:
        """The caller of a request; none for a permission that everybody has.

        Raises `NotAuthenticatedError` or `LoginRefusedError` for an unknown caller.
        """
        if permission is Permission.PUBLIC:
            return None
        with self._recording(request):
            caller = await self.authenticator.caller(*_credentials_of(request))
        self._require_rate(caller, peer_of(request).address)
        if self._note_use is not None:
            self._note_use(caller)
        return self._grants.added_to(caller)

    def following(self, request: Request, caller: Caller | None) -> IsKnown:
        """A test for use during a long answer: true while the caller is authenticated and has the same permissions."""
        credentials = _credentials_of(request)

        async def is_known() -> bool:
            try:
                return self._grants.added_to(await self.authenticator.caller(*credentials)) == caller
            except UserNotAuthorizedError:
                return False

        return is_known

    async def token_for(self, request: Request, user: str, password: str) -> str:
        """A token for a user and a password; raises `LoginRefusedError` if they are wrong."""
        with self._recording(request):
            return await self.authenticator.issue(user, password, peer_of(request))

    async def link_for(self, request: Request) -> str:
        """A code that begins a session of the caller; raises as `caller_of`."""
        with self._recording(request):
            return await self.authenticator.link(_authorization_of(request), peer_of(request))

    @contextmanager
    def _recording(self, request: Request) -> Iterator[None]:
        """Record failed authentications as incidents."""
        address = peer_of(request).address
        try:
            yield
        except NotAuthenticatedError:
            self._incidents.add(messages.CALLERS_REFUSED, address=address)
            raise
        except LoginRefusedError as error:
            self._incidents.add(messages.LOGINS_REFUSED, user=error.user, address=address)
            raise

    def _require_rate(self, caller: Caller, address: str) -> None:
        """Raise `InvalidParameterError` for a caller that exceeds the request rate, from all its addresses together."""
        if caller is not ANYBODY and not self._rate.allows(caller.name, address):
            self._incidents.add(REQUESTS_TOO_MANY, client=caller.name)
            raise InvalidParameterError(TOO_MANY_REQUESTS, client=caller.name, seconds=RETRY_AFTER)

    def require(
        self,
        request: Request,
        caller: Caller | None,
        permission: Permission,
        rule: ScopeRule,
        names: Mapping[str, str],
        method: str,
    ) -> GrantedScopes:
        """The scopes in which a caller has a permission.

        Raises `UserNotAuthorizedError` if the caller lacks the permission, or lacks it for the objects with these names
        for which the rule requires it.
        """
        if permission is Permission.PUBLIC:
            return UNLIMITED
        granted_scopes = GrantedScopes(()) if caller is None else caller.granted_scopes(permission)
        if granted_scopes.is_empty:
            self._refuse(request, caller, messages.NOT_PERMITTED, permission=permission.value, method=method)
        if (what := granted_scopes.lacks(rule, names)) is not None:
            self._refuse(request, caller, messages.NOT_IN_SCOPE, permission=permission.value, what=what, method=method)
        return granted_scopes

    def require_user(self, request: Request, caller: Caller | None, user: str) -> None:
        """Raise `UserNotAuthorizedError` if a caller that is bound to a user makes a request for another one."""
        if caller is not None and caller.user is not None and user and user != caller.user:
            self._refuse(request, caller, messages.ANOTHER_USER, own=caller.user, user=user)

    def _refuse(self, request: Request, caller: Caller | None, message: ErrorMessage, **parameters: str) -> NoReturn:
        name = "(unknown)" if caller is None else caller.name
        self._incidents.add(
            messages.REQUESTS_NOT_PERMITTED,
            caller=name,
            address=peer_of(request).address,
            request=f"{request.method} {request.path}",
        )
        raise UserNotAuthorizedError(message, caller=name, **parameters)


def peer_of(request: Request) -> Peer:
    """The client that sent a request."""
    peer: Peer = request.scope.get("state", {}).get(PEER, UNKNOWN)
    return msgspec.structs.replace(peer, address=request.remote_addr or UNKNOWN.address)


def _credentials_of(request: Request) -> tuple[str | None, str | None, str, Peer]:
    """The credentials in a request: the header `Authorization`, the session, the key of the page, and the peer."""
    session, page_key = request.cookies.get(session_cookie(request)), request.headers.get("X-Console-Key", "")
    return _authorization_of(request), session, page_key, peer_of(request)


def _authorization_of(request: Request) -> str | None:
    """The header `Authorization`; raises `NotAuthenticatedError` for several, of which a proxy may check another."""
    given = request.headers.getlist("Authorization")
    if len(given) > 1:
        raise NotAuthenticatedError(messages.NOT_AUTHENTICATED, problem="the request has several headers Authorization")
    return given[0] if given else None


def session_cookie(request: Request) -> str:
    """The name of the session's cookie; it has the port, because browsers share cookies among all ports of a host."""
    port = request.host.rpartition(":")[2]
    return f"session-{port if port.isdigit() else 'default'}"
