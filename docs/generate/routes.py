"""The page of the REST API, from the tables of routes."""

import inspect
from collections import defaultdict
from collections.abc import Iterator
from types import FunctionType
from typing import Any, get_type_hints

import msgspec

from docs.generate.markdown import code, one_line, page, table
from integration_daemon.config.document import OMAGServerConfig
from integration_daemon.rest import metadata_routes, sessions, tokens
from integration_daemon.rest.administration import (
    audit_destination_routes,
    placeholder_routes,
    server_property_routes,
    service_configuration_routes,
)
from integration_daemon.rest.app import ROUTES
from integration_daemon.rest.daemon import configuration_routes, daemon_routes, platform_routes, registered_services
from integration_daemon.rest.docstrings import field_docstrings
from integration_daemon.rest.egeria import open_metadata_routes
from integration_daemon.rest.egeria import routes as egeria_routes
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
from integration_daemon.rest.route import Route, Style
from integration_daemon.rest.scim import scim_routes
from integration_daemon.security.permissions import Permission, Role
from integration_daemon.security.scope import ScopeRule
from services.framework.connection import Connection

_INTRODUCTION = """\
The routes come in two styles. **Compatible** routes are those of Egeria, in the spellings of its versions 2.x to 6.x.
They answer with HTTP status 200 even if the operation failed: the answer then contains the code of the error in
`relatedHTTPCode`, its message and its user action. Other statuses mean that the request could not be carried out: 400
if its body or its query is not valid, 404 or 405 if there is no such route, 408 if its body does not arrive, 409 if its
`expectedVersion` is not the newest version of the document, 413 if its body is too large, and 503 if the platform is
overloaded. The routes that receive lineage events always answer with the true status, because their clients look at
nothing else.

**Native** routes are `/livez`, `/readyz`, `/metrics` and those that begin with `/api/v1`. They answer with the true
HTTP status, and an error is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)). Their query
parameters are listed below; an unknown parameter is an error. The parameter `user` names the caller for the audit log.

`GET /api/v1/openapi.json` describes all routes in the form of [OpenAPI](https://spec.openapis.org/oas/v3.1.0), with the
permission of each, for programs that generate clients.

The platform speaks HTTP/1.1. The body of a request is JSON, unless its route describes another form: a configuration
document is sent as JSON, too, even if its file is YAML or TOML.

In a template, `{users}` stands for `/users/{user}` or for nothing, and other names in braces are parameters. A native
route without `/servers/{server}` refers to the only server of the platform, or to the server that the query parameter
`server` names.

Each route names the permission that it requires, and the required part of the caller's [scope](../security.md#scopes):
see [](../security.md#callers). In both styles, a request without a valid token is answered with status 401, and a
request whose caller lacks the permission, or lacks it for the object of the request, with status 403.
The status 429 means that too many passwords have been tried, or that the spool of lineage events is full; the header
`Retry-After` has the time to wait.
"""

_SECTIONS: dict[str, tuple[Route, ...]] = {
    "Integration daemon": daemon_routes.ROUTES,
    "Platform and servers": (*registered_services.ROUTES, *platform_routes.ROUTES),
    "Configuration documents": (
        *configuration_routes.ROUTES,
        *server_property_routes.ROUTES,
        *audit_destination_routes.ROUTES,
        *service_configuration_routes.ROUTES,
        *placeholder_routes.ROUTES,
    ),
    "Native": (
        *health_routes.ROUTES,
        *status_routes.ROUTES,
        *metrics.ROUTES,
        *connector_operation_routes.ROUTES,
        *document_routes.ROUTES,
        *document_check_routes.ROUTES,
        *operation_routes.ROUTES,
        *alert_routes.ROUTES,
        *event_stream.ROUTES,
        *validation_routes.ROUTES,
        *connector_configuration_routes.ROUTES,
        *element_routes.ROUTES,
        *permission_routes.ROUTES,
        *sessions.ROUTES,
        *tokens.ROUTES,
        ROUTES[-1],
    ),
    "Lineage events": lineage_routes.ROUTES,
    "Bundles for enforcement points": bundle_routes.ROUTES,
    "Users and groups by SCIM": scim_routes.ROUTES,
    "Open metadata": open_metadata_routes.ROUTES,
    "Metadata of Egeria's integration daemons": egeria_routes.ROUTES,
    "Open metadata in batches": metadata_routes.ROUTES,
}

_CONSOLE = "`/` is the console page, which shows the connectors in a browser and is not part of the API."


def routes_page() -> str:
    """Every route with its purpose, permission, body and answer."""
    parts = [part for title, routes in _SECTIONS.items() for part in (f"## {title}", *_section(routes))]
    return page(
        "The REST API", _INTRODUCTION, _CONSOLE, "## Permissions", _permissions(), "## Scopes", _scopes(), *parts
    )


def every_route() -> list[Route]:
    """The routes of all sections."""
    return [route for routes in _SECTIONS.values() for route in routes]


def _permissions() -> str:
    meanings = field_docstrings(Permission)
    rows = [
        (code(each.value), meanings[each.name], ", ".join(role.value for role in Role if each in role.permissions))
        for each in Permission
    ]
    return table(("Permission", "Allows", "Roles"), rows)


def _scopes() -> str:
    meanings = field_docstrings(ScopeRule)
    return table(("Scope", "Required in the caller's scope"), [(code(r.value), meanings[r.name]) for r in ScopeRule])


def _section(routes: tuple[Route, ...]) -> list[str]:
    """The entries of a section; routes that call the same operation in the same way share one entry."""
    entries: dict[tuple[object, ...], list[Route]] = defaultdict(list)
    for route in routes:
        entries[route.operation.__name__, meaning_of(route), route.query, _needs(route)].append(route)
    return [_entry(group) for group in entries.values()]


def _entry(routes: list[Route]) -> str:
    templates = [f"{method} {route.template}" for route in routes for method in route.methods]
    meaning, _, more = meaning_of(routes[0]).partition("\n\n")
    listed = "```text\n" + "\n".join(templates) + "\n```"
    parts = (f"**{one_line(meaning)}**", more, listed, *_parameters(routes[0]), _needs(routes[0]))
    return "\n\n".join(part for part in parts if part)


def _parameters(route: Route) -> Iterator[str]:
    """The parameters of the query, except those common to all routes."""
    meanings = field_docstrings(route.query)
    for field in msgspec.structs.fields(route.query):
        if field.name in meanings:
            yield f"{code(field.encode_name)}\n: {meanings[field.name]}{_default(field.default)}"


def _default(value: object) -> str:
    """The default of a parameter. Without a value, or as false, its description covers it."""
    if value in (msgspec.NODEFAULT, msgspec.UNSET, None, "", False):
        return ""
    shown = msgspec.json.encode(value).decode().strip('"')
    return f" Default: {code(shown)}."


def meaning_of(route: Route) -> str:
    """The docstring of the operation that a route calls."""
    return inspect.getdoc(route.operation) or ""


def _needs(route: Route) -> str:
    parts = [f"Permission: {code(route.permission.value)}. Scope: {code(route.scope.value)}."]
    if route.body is not None:
        parts.append(f"Body: {_body(route)}{'' if route.body_required else ', optional'}.")
    if route.style is Style.FFDC:
        parts.append(f"Answer: {code(route.answer)}.")
    return " ".join(parts)


def _body(route: Route) -> str:
    """The type of the decoded body; for a function that reads the body, its return type."""
    body = route.body
    kind = get_type_hints(body)["return"] if isinstance(body, FunctionType) else body
    if kind in _DESCRIBED:
        return _DESCRIBED[kind]
    return code(str(kind) if "[" in str(kind) else getattr(kind, "__name__", kind))


_DESCRIBED: dict[Any, str] = {
    OMAGServerConfig: "a [configuration document](configuration.md)",
    Connection: "a [Connection](configuration.md#connection)",
    str | None: "`NameRequestBody`, or the connector's name as text",
}
