"""The liveness and readiness probes of the process, for Kubernetes, load balancers and the like."""

import msgspec
from quart import Response, request

from integration_daemon.platform.readiness import readiness_of
from integration_daemon.rest.messages import NOT_LIVE, NOT_READY
from integration_daemon.rest.query import FreeQuery, Text
from integration_daemon.rest.route import Call, Route, Style, get
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.errors import InvalidParameterError

_PROBLEM = "application/problem+json"
_JSON = "application/json"


class ReadinessQuery(FreeQuery, frozen=True, kw_only=True, rename="camel"):
    """The level of detail of the answer."""

    verbose: Text | None = None
    """With any value: the answer has the reasons as JSON, for callers that may read the status of servers."""


async def _livez(call: Call) -> str:
    """Answer `ok` while the process serves requests, and status 503 if it has not stopped within its time limit."""
    if call.platform.seconds_left < 0:
        raise InvalidParameterError(NOT_LIVE)
    return "ok"


async def _readyz(call: Call) -> Response:
    """Answer `ok` if every expected server is running and its metadata stores answer, else status 503.

    With the parameter `verbose`, the answer has the reasons, for the servers in scope.
    """
    if call.query.verbose is None:
        if not (await readiness_of(call.platform)).ready:
            raise InvalidParameterError(NOT_READY)
        return Response("ok", content_type="text/plain; charset=utf-8")
    caller = await call.access.caller_of(request, Permission.READ_STATUS)
    granted_scopes = call.access.require(
        request, caller, Permission.READ_STATUS, ScopeRule.SERVERS, {}, call.route.name
    )
    found = await readiness_of(call.platform)
    answer = msgspec.json.encode(found.restricted_to(granted_scopes.has_server))
    return Response(answer, status=200 if found.ready else 503, content_type=_JSON)


_PUBLIC, _NONE = Permission.PUBLIC, ScopeRule.NONE

ROUTES: tuple[Route, ...] = (
    get("/livez", _livez, _PUBLIC, _NONE, style=Style.NATIVE),
    get(
        "/readyz",
        _readyz,
        _PUBLIC,
        _NONE,
        style=Style.NATIVE,
        query=ReadinessQuery,
        answers={200: ("text/plain", _JSON), 503: (_PROBLEM, _JSON)},
    ),
)
