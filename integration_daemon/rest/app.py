"""The web application, created from the tables of routes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from hashlib import blake2b
from typing import Any

import msgspec
from quart import Response, request
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from audit.errors import DescribedError, exception_class_name
from integration_daemon.platform.platform import Platform
from integration_daemon.rest import console, messages, metadata_routes, sessions, tokens
from integration_daemon.rest.access import Access
from integration_daemon.rest.administration import (
    audit_destination_routes,
    placeholder_routes,
    server_property_routes,
    service_configuration_routes,
)
from integration_daemon.rest.daemon import configuration_routes, daemon_routes, platform_routes, registered_services
from integration_daemon.rest.egeria import open_metadata_routes
from integration_daemon.rest.egeria import routes as egeria_routes
from integration_daemon.rest.guarding import guard_for
from integration_daemon.rest.monitoring import health_routes, metrics
from integration_daemon.rest.native import (
    alert_routes,
    bundle_routes,
    connector_configuration_routes,
    connector_operation_routes,
    document_check_routes,
    document_routes,
    element_routes,
    event_stream,
    lineage_routes,
    operation_routes,
    permission_routes,
    status_routes,
    validation_routes,
)
from integration_daemon.rest.native.routing import name_server
from integration_daemon.rest.openapi_route import with_description
from integration_daemon.rest.query import read_query, require_storable_text
from integration_daemon.rest.reading_bodies import Bodies
from integration_daemon.rest.refusals import (
    LONGEST_WAIT_FOR_A_BODY,
    internal_error,
    options,
    refused,
    refused_by_framework,
    refused_outside_routes,
    refused_unauthenticated,
)
from integration_daemon.rest.route import Call, Route, Style, Unfinished, servers_in_scope
from integration_daemon.rest.scim import scim_routes
from integration_daemon.rest.segments import MatchedRule, SegmentMap
from integration_daemon.rest.traced import RequestTracing, View, traced
from integration_daemon.security.permissions import ANYBODY, Caller, Permission

JSON = "application/json"
_encode = msgspec.json.Encoder().encode


ROUTES: tuple[Route, ...] = with_description(
    (
        *daemon_routes.ROUTES,
        *registered_services.ROUTES,
        *platform_routes.ROUTES,
        *configuration_routes.ROUTES,
        *server_property_routes.ROUTES,
        *audit_destination_routes.ROUTES,
        *service_configuration_routes.ROUTES,
        *placeholder_routes.ROUTES,
        *metadata_routes.ROUTES,
        *open_metadata_routes.ROUTES,
        *egeria_routes.ROUTES,
        *health_routes.ROUTES,
        *status_routes.ROUTES,
        *document_routes.ROUTES,
        *document_check_routes.ROUTES,
        *metrics.ROUTES,
        *connector_operation_routes.ROUTES,
        *operation_routes.ROUTES,
        *event_stream.ROUTES,
        *alert_routes.ROUTES,
        *validation_routes.ROUTES,
        *connector_configuration_routes.ROUTES,
        *element_routes.ROUTES,
        *lineage_routes.ROUTES,
        *scim_routes.ROUTES,
        *bundle_routes.ROUTES,
        *permission_routes.ROUTES,
        *sessions.ROUTES,
        *tokens.ROUTES,
    )
)
"""All routes, except the console page."""


@cache
def _url_map() -> SegmentMap:
    """The URLs of every application, by endpoint. They are compiled once, which takes most of the time of a start."""
    urls = SegmentMap()
    urls.merge_slashes = False  # another spelling is another URL: no redirections
    for route in ROUTES:
        for path in route.paths:
            rule = path.replace("{", "<").replace("}", ">")
            urls.add(MatchedRule(rule, endpoint=_endpoint(route, path), methods=route.methods))
    urls.add(MatchedRule(sessions.LOGIN_RULE, endpoint=sessions.LOGIN, methods=["GET"]))
    for url in console.pages():
        urls.add(MatchedRule(url, endpoint=url, methods=["GET"]))
    return urls


def _endpoint(route: Route, path: str) -> str:
    return f"{'+'.join(route.methods)} {path}"


def make_app(platform: Platform, access: Access, tracing: RequestTracing | None = None) -> QuartTrio:
    """The application that serves a platform to authenticated callers."""
    app = QuartTrio("integration_daemon", static_folder=None)
    app.url_map = _url_map()
    limits = platform.settings.file.limits
    app.config["MAX_CONTENT_LENGTH"] = limits.body_bytes
    app.config["BODY_TIMEOUT"] = LONGEST_WAIT_FOR_A_BODY
    app.config["RESPONSE_TIMEOUT"] = None
    bodies = Bodies(limits)
    for route in ROUTES:
        for path in route.paths:
            view = traced(_view(platform, access, bodies, route), tracing, path)
            app.view_functions[_endpoint(route, path)] = view
    app.view_functions[sessions.LOGIN] = sessions.login(access)
    app.view_functions.update(console.pages())
    app.after_request(_finished)
    app.register_error_handler(HTTPException, _not_served(access))
    app.register_error_handler(Exception, internal_error)
    return app


def _view(platform: Platform, access: Access, bodies: Bodies, route: Route) -> View:
    async def view(**parameters: str) -> Response:
        user = parameters.pop("user", "")
        try:
            caller = await access.caller_of(request, route.permission)
        except DescribedError as error:
            return refused_unauthenticated(error)
        try:
            _require_harmless(route)
            granted_scopes = access.require(request, caller, route.permission, route.scope, parameters, route.name)
            for name, text in {"user": user, **parameters}.items():
                require_storable_text(name, text)
            query = read_query(route.query, request.args)
            if "server" not in parameters and route.is_about_a_server:
                parameters["server"] = name_server(
                    servers_in_scope(platform.servers, granted_scopes), query, route.scope
                )
                access.require(request, caller, route.permission, route.scope, parameters, route.name)
            user = user or query.delegating_user_id or query.user or _own_user(caller)
            access.require_user(request, caller, user)
            guard = await guard_for(platform, caller, user, route.permission, route.scope, parameters)
            with route.recording(platform, access, caller, user, parameters):
                async with bodies.read(route) as body:
                    call = Call(
                        platform=platform,
                        access=access,
                        route=route,
                        caller=caller,
                        granted_scopes=granted_scopes,
                        guard=guard,
                        user=user,
                        parameters=parameters,
                        query=query,
                        body=body,
                    )
                    answer = await route.operation(call)
        except HTTPException as error:
            return refused_by_framework(error, route.style, route.answer, route.name)
        except Exception as error:
            if not isinstance(error, DescribedError):
                _record(platform, user, parameters, error)
            return refused(error, route.style, route.answer, route.name)
        return _answered(answer, route)

    return view


def _not_served(access: Access) -> Callable[[HTTPException], Awaitable[Response]]:
    """Answers requests that match no route, or that the web framework refuses.

    Unauthenticated clients do not learn which paths and methods exist.
    """

    async def not_served(error: HTTPException) -> Response:
        if request.routing_exception is not None:  # otherwise, a view has authenticated the caller
            try:
                await access.caller_of(request, Permission.IDENTIFIED)
            except DescribedError as refusal:
                return refused_unauthenticated(refusal)
        return options(error) if request.method == "OPTIONS" else refused_outside_routes(error)

    return not_served


def _own_user(caller: Caller | None) -> str:
    """The user of a request that names none: the user of its token, or else the name of the token."""
    if caller is None or caller is ANYBODY:
        return ""
    return caller.user or caller.name


def _require_harmless(route: Route) -> None:
    """Refuse HEAD for a route whose GET makes changes."""
    if request.method == "HEAD" and route.permission is Permission.OPERATE:
        raise MethodNotAllowed(route.methods)


def _answered(answer: Any, route: Route) -> Response:
    if isinstance(answer, Response):
        return answer
    if isinstance(answer, Unfinished):
        return Response(_encode(answer.body), status=202, content_type=JSON, headers={"Location": answer.location})
    if isinstance(answer, str):
        return Response(answer, content_type="text/plain; charset=utf-8")
    content = answer if isinstance(answer, bytes | AsyncIterator) else _encode(answer)
    response = Response(content, content_type=JSON)
    if route.style is Style.NATIVE and request.method == "GET" and isinstance(content, bytes):
        etag = blake2b(content, digest_size=12).hexdigest()
        if request.if_none_match.contains(etag):
            response = Response(b"", status=304)
        response.set_etag(etag)
    return response


async def _finished(response: Response) -> Response:
    """Keep answers out of caches, and name the authentication scheme to unauthenticated callers."""
    response.headers.setdefault("Cache-Control", "no-store")
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _record(platform: Platform, user: str, parameters: dict[str, str], error: Exception) -> None:
    """Record the details of an unexpected error in the server's audit log. The answer does not have them."""
    inserts: dict[str, object] = {
        "method": request.method,
        "path": request.path,
        "user": user or "(none)",
        "exception": exception_class_name(error),
        "message": str(error),
    }
    server = platform.servers.get(parameters.get("server", ""))
    if server is None or server.audit_log is None:
        platform.record(messages.REQUEST_FAILED, error, inserts)
    else:
        server.audit_log.exception(messages.REQUEST_FAILED, error, **inserts)
