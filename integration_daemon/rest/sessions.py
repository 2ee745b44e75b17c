"""The log-in of a browser: a single-use link begins a session, which a cookie identifies."""

from collections.abc import Awaitable, Callable

from quart import Response, request
from werkzeug.exceptions import MethodNotAllowed

from integration_daemon.rest.access import Access, session_cookie
from integration_daemon.rest.native.answers import ConsoleLink
from integration_daemon.rest.query import FreeQuery
from integration_daemon.rest.refusals import refused
from integration_daemon.rest.route import Call, Route, Style, post
from integration_daemon.security.authentication import NotAuthenticatedError
from integration_daemon.security.messages import LINK_NOT_VALID, NO_SESSION
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from integration_daemon.security.sessions import SESSION_LASTS
from services.errors import InvalidParameterError

LOGIN = "login"
"""The endpoint of the log-in links."""
_PATH = "/login/"
LOGIN_RULE = f"{_PATH}<code>"


async def _console_link(call: Call) -> ConsoleLink:
    """Make a path that logs a browser in as the caller, once, within five minutes."""
    return ConsoleLink(path=f"{_PATH}{await call.access.link_for(request)}")


async def _logout(call: Call) -> Response:
    """End the session of the browser that sends the request."""
    cookie = session_cookie(request)
    session = request.cookies.get(cookie)
    if session is None or "Authorization" in request.headers:
        raise InvalidParameterError(NO_SESSION)
    call.access.authenticator.sessions.end(session)
    response = Response(b"{}", content_type="application/json")
    response.delete_cookie(cookie, httponly=True, samesite="Strict", secure=request.is_secure)
    return response


ROUTES: tuple[Route, ...] = (
    post(
        "/api/v1/console-links", _console_link, Permission.IDENTIFIED, ScopeRule.NONE, style=Style.NATIVE,
        query=FreeQuery,
    ),
    post(
        "/api/v1/logout", _logout, Permission.IDENTIFIED, ScopeRule.NONE, style=Style.NATIVE, query=FreeQuery,
        answers={200: ("application/json",)},
    ),
)  # fmt: skip


def login(access: Access) -> Callable[[str], Awaitable[Response]]:
    """The view of the log-in links."""

    async def begin(code: str) -> Response:
        if request.method == "HEAD":
            raise MethodNotAllowed(["GET"])  # a program that previews the link would use it up
        begun = access.authenticator.sessions.begin(code)
        if begun is None:
            return refused(NotAuthenticatedError(LINK_NOT_VALID), Style.NATIVE, "", LOGIN)
        cookie, page_key = begun
        response = Response(b"", status=303, headers={"Location": f"/#key={page_key}", "Cache-Control": "no-store"})
        response.set_cookie(
            session_cookie(request),
            cookie,
            max_age=int(SESSION_LASTS),
            httponly=True,
            samesite="Strict",
            secure=request.is_secure,
        )
        return response

    return begin
