"""The web application: made from the tables of routes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
from quart import Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException

from audit.errors import DescribedError, exception_class_name
from audit.message import ErrorMessage
from integration_daemon.platform.platform import Platform
from integration_daemon.rest import console, daemon_routes, metadata_routes, native, platform_routes
from integration_daemon.rest.ffdc import error_body, problem_document
from integration_daemon.rest.messages import (
    BODY_MISSING,
    BODY_NOT_UNDERSTOOD,
    REQUEST_FAILED,
    UNKNOWN_URL,
)
from integration_daemon.rest.route import Call, Route, Style, read_body
from integration_daemon.rest.serving.memory import MOST_BYTES_IN_A_BODY
from services.errors import InvalidParameterError

JSON = "application/json"
PROBLEM = "application/problem+json"

_encode = msgspec.json.Encoder().encode


def make_app(platform: Platform) -> QuartTrio:
    """The application that serves a platform."""
    app = QuartTrio("integration_daemon", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES_IN_A_BODY
    app.config["BODY_TIMEOUT"] = 60
    app.config["RESPONSE_TIMEOUT"] = None
    for route in (
        *daemon_routes.ROUTES,
        *platform_routes.ROUTES,
        *metadata_routes.ROUTES,
        *native.ROUTES,
    ):
        _add(app, platform, route)
    console.add_pages(app)
    app.register_error_handler(HTTPException, _not_served)
    app.register_error_handler(Exception, _unforeseen)
    return app


def _add(app: QuartTrio, platform: Platform, route: Route) -> None:
    for path in route.paths:
        rule = path.replace("{", "<").replace("}", ">")
        endpoint = f"{'+'.join(route.methods)} {path}"
        app.add_url_rule(rule, endpoint, _view(platform, route), methods=list(route.methods))


def _view(platform: Platform, route: Route) -> Callable[..., Awaitable[Response]]:
    async def view(**parameters: str) -> Response:
        user = parameters.pop("user", "") or request.args.get("delegatingUserId", "")
        try:
            body = await _body(route)
            answer = await route.operation(Call(platform, user, parameters, request.args, body))
        except Exception as error:
            return await _failed(platform, route, user, parameters, error)
        return _answered(answer)

    return view


async def _body(route: Route) -> Any:
    if route.body is None:
        return None
    content = await request.data
    if not content.strip():
        if route.body_required:
            raise InvalidParameterError(BODY_MISSING, method=_name_of(route))
        return None
    return read_body(route, content)


def _answered(answer: Any) -> Response:
    if isinstance(answer, str):
        return Response(answer, content_type="text/plain; charset=utf-8")
    content = answer if isinstance(answer, bytes | AsyncIterator) else _encode(answer)
    return Response(content, content_type=JSON)


async def _failed(
    platform: Platform, route: Route, user: str, parameters: dict[str, str], error: Exception
) -> Response:
    if not isinstance(error, DescribedError):
        _record(platform, user, parameters, error)
    method = _name_of(route)
    if route.style is Style.NATIVE:
        problem = problem_document(error, method)
        return Response(_encode(problem), status=problem["status"], content_type=PROBLEM)
    status = 400 if isinstance(error, DescribedError) and _is_malformed(error.definition) else 200
    return Response(_encode(error_body(error, route.answer, method)), status=status, content_type=JSON)


def _is_malformed(definition: ErrorMessage) -> bool:
    return definition in (BODY_NOT_UNDERSTOOD, BODY_MISSING) or definition.id.startswith(
        "INTEGRATION-DAEMON-CONFIG-400"
    )


def _record(platform: Platform, user: str, parameters: dict[str, str], error: Exception) -> None:
    """Leave the details in the audit log of the server that was asked; the caller does not get them."""
    server = platform.servers.get(parameters.get("server", "")) or next(iter(platform.servers.values()), None)
    if server is not None and server.audit_log is not None:
        server.audit_log.exception(
            REQUEST_FAILED,
            error,
            method=request.method,
            path=request.path,
            user=user or "(none)",
            exception=exception_class_name(error),
            message=str(error),
        )


async def _not_served(error: HTTPException) -> Response:
    """A URL or method that is not in any table, or a body that is too large."""
    status = error.code or 500
    shown = InvalidParameterError(UNKNOWN_URL, problem=f"{request.method} {request.path}: {error.name}")
    body = {**error_body(shown, "VoidResponse", request.path), "relatedHTTPCode": status}
    return Response(_encode(body), status=status, content_type=JSON)


async def _unforeseen(error: Exception) -> Response:
    return Response(_encode(error_body(error, "VoidResponse", request.path)), status=500, content_type=JSON)


def _name_of(route: Route) -> str:
    return route.operation.__name__.strip("_")
