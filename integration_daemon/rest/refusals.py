"""Answers to requests that fail, or that match no route."""

import msgspec
from quart import Response, current_app, request
from werkzeug.exceptions import HTTPException

from audit.errors import DescribedError
from integration_daemon.config.messages import VERSION_SUPERSEDED
from integration_daemon.rest import messages
from integration_daemon.rest.ffdc import error_body, problem_document
from integration_daemon.rest.route import Style
from integration_daemon.rest.scim.errors import SCIM_PATH, SCIM_TYPE, scim_error
from integration_daemon.security.messages import (
    ISSUER_KEYS_MISSING,
    JWT_NOT_ACCEPTED,
    NOT_AUTHENTICATED,
    REFUSALS,
    TOO_MANY_GUESSES,
    WRONG_PASSWORD,
)
from services.errors import InvalidParameterError
from services.metadata.messages import VALUE_NOT_USABLE

LONGEST_WAIT_FOR_A_BODY = 60
"""The time limit, in seconds, for the body of a request to arrive."""

_NATIVE = ("/api/", "/livez", "/readyz", "/metrics")
"""The prefixes of the paths of native routes."""
_MALFORMED = (
    messages.BODY_NOT_UNDERSTOOD,
    messages.BODY_MISSING,
    messages.BODY_ENCODED,
    messages.QUERY_NOT_UNDERSTOOD,
    VALUE_NOT_USABLE,
)
_BY_ITSELF = (
    NOT_AUTHENTICATED,
    JWT_NOT_ACCEPTED,
    ISSUER_KEYS_MISSING,
    *REFUSALS,
    WRONG_PASSWORD,
    TOO_MANY_GUESSES,
    messages.BODY_TOO_LARGE,
    messages.BODY_TOO_SLOW,
    messages.METHOD_NOT_ALLOWED,
    messages.TOO_MANY_REQUESTS,
    messages.UNKNOWN_URL,
    VERSION_SUPERSEDED,
)
"""Errors whose own code is the HTTP status of the compatible routes, too."""

_encode = msgspec.json.Encoder().encode


def refused(error: Exception, style: Style, answer: str, method: str) -> Response:
    """The answer to a request that failed, in the style of its route."""
    if style is Style.SCIM:
        failed = scim_error(error, method)
        response = Response(_encode(failed), status=int(failed.status), content_type=SCIM_TYPE)
    elif style is Style.NATIVE:
        problem = problem_document(error, method)
        response = Response(_encode(problem), status=problem["status"], content_type="application/problem+json")
    else:
        body = error_body(error, answer, method)
        status = body["relatedHTTPCode"] if style is Style.FFDC_BY_CODE else _shown_status(error)
        response = Response(_encode(body), status=status, content_type="application/json")
    if isinstance(error, DescribedError) and error.definition.http_code == 429:
        response.headers["Retry-After"] = str(error.parameters["seconds"])
    return response


def _shown_status(error: Exception) -> int:
    if not isinstance(error, DescribedError):
        return 200
    definition = error.definition
    if definition in _BY_ITSELF:
        return definition.http_code
    malformed = definition in _MALFORMED or definition.id.startswith("INTEGRATION-DAEMON-CONFIG-400")
    return 400 if malformed else 200


def refused_unauthenticated(error: DescribedError) -> Response:
    """The answer to an unauthenticated caller. It does not reveal whether the route exists."""
    return refused(error, _style_of(request.path), "VoidResponse", request.method)


def options(error: HTTPException) -> Response:
    """The answer to OPTIONS, which no route has: the methods of the routes with this path, if any."""
    if error.code != 405:
        return refused_outside_routes(error)
    return Response(b"", headers={"Allow": _allowed(error)})


def refused_outside_routes(error: HTTPException) -> Response:
    """The answer to a request that matches no route, or that the web framework refuses."""
    return refused_by_framework(error, _style_of(request.path), "VoidResponse", request.path)


def refused_by_framework(error: HTTPException, style: Style, answer: str, method: str) -> Response:
    """The answer to a request that the web framework refuses, or whose method is not allowed."""
    response = refused(described(error), style, answer, method)
    response.status_code = error.code or 500
    if error.code == 405:
        response.headers["Allow"] = _allowed(error)
    return response


def _allowed(error: HTTPException) -> str:
    return ", ".join(sorted({"OPTIONS", *(getattr(error, "valid_methods", None) or ())}))


def _style_of(path: str) -> Style:
    if SCIM_PATH in path:
        return Style.SCIM
    return Style.NATIVE if path.startswith(_NATIVE) else Style.FFDC


async def internal_error(error: Exception) -> Response:
    """The answer to a request that failed outside every route."""
    response = refused(error, Style.FFDC, "VoidResponse", request.path)
    response.status_code = 500
    return response


def described(error: HTTPException) -> InvalidParameterError:
    """Convert a refusal of the web framework to an error of ours."""
    match error.code:
        case 413:
            return InvalidParameterError(messages.BODY_TOO_LARGE, most=current_app.config["MAX_CONTENT_LENGTH"])
        case 408:
            return InvalidParameterError(messages.BODY_TOO_SLOW, seconds=LONGEST_WAIT_FOR_A_BODY)
        case 405:
            return InvalidParameterError(
                messages.METHOD_NOT_ALLOWED, method=request.method, path=request.path, allowed=_allowed(error)
            )
    return InvalidParameterError(messages.UNKNOWN_URL, problem=f"{request.method} {request.path}: {error.name}")
