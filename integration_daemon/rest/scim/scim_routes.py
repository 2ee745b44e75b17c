"""The routes by which identity providers push users and groups (RFC 7644). A change is answered when it is on the disk.

The base URL for clients is `https://HOST:PORT/api/v1/scim/v2`, or `/api/v1/servers/SERVER/scim/v2`.
"""

import re
from collections.abc import Collection
from typing import Any, NoReturn

import msgspec
from quart import Response, request

from integration_daemon.rest.native.routing import ROOTS
from integration_daemon.rest.query import FreeQuery, Text
from integration_daemon.rest.route import Call, Operation, Route, Style
from integration_daemon.rest.scim.discovery import provider_config, resource_types, schemas
from integration_daemon.rest.scim.errors import SCIM_PATH, SCIM_TYPE
from integration_daemon.rest.scim.responses import list_response, projected, with_locations
from integration_daemon.security.permissions import Permission
from integration_daemon.security.scope import ScopeRule
from services.organization.scim.filter import parsed_filter
from services.organization.scim.messages import BODY_NOT_A_RESOURCE, NOT_OFFERED, VERSION_CHANGED
from services.organization.scim.patch import operations_of
from services.organization.scim.refusal import ScimRefusedError
from services.organization.scim.resources import ResourceKind
from services.organization.scim.schema import RESOURCE_TYPES
from services.organization.scim.values import MEMBERS, Content, resource_of
from services.organization.scim_intake.directory import ReceivedDirectory
from services.organization.scim_intake.reader import ResourceReader, Search
from services.organization.scim_intake.writer import ResourceWriter, no_such_resource
from services.organization.service import SERVICE

DEFAULT_COUNT, MAX_COUNT = 100, 1_000
LAST_INDEX = 2**53
"""The largest number of a resource: no database has more."""
_VERSION = re.compile(r'(?:W/)?"(\d{1,18})"')
_encode = msgspec.json.Encoder().encode


class ScimQuery(FreeQuery, frozen=True, kw_only=True, rename="camel"):
    """Selects resources, and the attributes that are shown."""

    server: Text | None = None
    """The name of the server, if the path does not name it and the platform runs several."""
    filter: Text = ""
    """A filter of RFC 7644, 3.4.2.2."""
    start_index: int = 1
    """The number of the first resource, from 1."""
    count: int = DEFAULT_COUNT
    """The number of resources in the answer, at most 1,000."""
    attributes: Text = ""
    """Names of attributes, separated by commas; empty: all attributes are shown, otherwise only these."""
    excluded_attributes: Text = ""
    """Names of attributes, separated by commas, that are not shown."""


async def _search(call: Call) -> Response:
    """Find users or groups by a filter, page by page."""
    query: ScimQuery = call.query
    search = Search(
        kind=_kind(call),
        condition=parsed_filter(query.filter) if query.filter else None,
        start=min(max(1, query.start_index), LAST_INDEX),
        most=min(max(0, query.count), MAX_COUNT),
        without_members=_hides_members(query),
    )
    base, resource_type = _base_url(), RESOURCE_TYPES[search.kind]

    def found(reader: ResourceReader) -> bytes:
        result = reader.search(search)
        shown = [projected(resource_type, with_locations(each, base), query.attributes, query.excluded_attributes)
                 for each in result.resources]  # fmt: skip
        return _encode(list_response(shown, total=result.total, start=search.start))

    return _answered(await _directory(call).read(found))


async def _get(call: Call) -> Response:
    """Show a user or group; status 304 if it has the version that `If-None-Match` names."""
    kind, key, query, base = _kind(call), call.parameters["id"], call.query, _base_url()
    known = request.headers.get("If-None-Match", "")

    def found(reader: ResourceReader) -> Response:
        resource = reader.get(kind, key, without_members=_hides_members(query))
        if resource["meta"]["version"] in known:
            return Response(b"", status=304, headers={"ETag": resource["meta"]["version"]})
        return _shown(call, resource, base)

    return await _directory(call).read(found)


async def _create(call: Call) -> Response:
    """Create a user or group."""
    kind, base = _kind(call), _base_url()

    def created(writer: ResourceWriter, reader: ResourceReader) -> Response:
        key = writer.create(kind, resource_of(RESOURCE_TYPES[kind], _decoded(call.body)))
        return _shown(call, reader.get(kind, key), base, status=201)

    return await _directory(call).change(created)


async def _replace(call: Call) -> Response:
    """Replace a user or group, if it has the version that `If-Match` names."""
    kind, key, base, version = _kind(call), call.parameters["id"], _base_url(), _expected_version(call)

    def replaced(writer: ResourceWriter, reader: ResourceReader) -> Response:
        writer.replace(kind, key, resource_of(RESOURCE_TYPES[kind], _decoded(call.body)), version)
        return _shown(call, reader.get(kind, key), base)

    return await _directory(call).change(replaced)


async def _modify(call: Call) -> Response:
    """Carry out changes of a user or group, all of them or none. The answer to changes of members has no body."""
    kind, key, base, version = _kind(call), call.parameters["id"], _base_url(), _expected_version(call)

    def modified(writer: ResourceWriter, reader: ResourceReader) -> Response:
        writer.patch(kind, key, operations_of(call.body), version)
        if kind is ResourceKind.GROUP and not call.query.attributes:
            return Response(b"", status=204)  # a group may have very many members
        return _shown(call, reader.get(kind, key), base)

    return await _directory(call).change(modified)


async def _delete(call: Call) -> Response:
    """Delete a user or group, and its memberships."""
    kind, key, version = _kind(call), call.parameters["id"], _expected_version(call)
    await _directory(call).change(lambda writer, _: writer.delete(kind, key, version))
    return Response(b"", status=204)


async def _config(call: Call) -> Response:
    """Show the features that this receiver supports."""
    return _answered(_encode(provider_config(_base_url())))


async def _types(call: Call) -> Response:
    """Show the types of resources: users and groups."""
    return _answered(_encode(_of_discovery(call, resource_types(_base_url()), "type")))


async def _schemas(call: Call) -> Response:
    """Show the schemas, with the attributes that are stored."""
    return _answered(_encode(_of_discovery(call, schemas(_base_url()), "schema")))


async def _not_offered(call: Call) -> NoReturn:
    """Refuse a bulk request, or a search in users and groups together."""
    raise ScimRefusedError(NOT_OFFERED)


def _of_discovery(call: Call, documents: Collection[dict[str, Any]], name: str) -> dict[str, Any]:
    wanted = call.parameters.get(name)
    if wanted is None:
        return list_response(list(documents), total=len(documents), start=1)
    for each in documents:
        if each["id"].lower() == wanted.lower():
            return each
    raise no_such_resource(ResourceKind.USER, wanted)


def _kind(call: Call) -> ResourceKind:
    return ResourceKind.GROUP if f"/{ResourceKind.GROUP.value}" in call.route.template else ResourceKind.USER


def _base_url() -> str:
    """The base URL of the client: the URL before `/Users`."""
    path = request.path
    return f"{request.scheme}://{request.host}{path[: path.index(SCIM_PATH) + len(SCIM_PATH)]}"


def _hides_members(query: ScimQuery) -> bool:
    names = {each.strip().lower() for each in query.attributes.split(",") if each.strip()}
    hidden = {each.strip().lower() for each in query.excluded_attributes.split(",")}
    return MEMBERS in hidden or (bool(names) and not any(each.partition(".")[0] == MEMBERS for each in names))


def _expected_version(call: Call) -> int | None:
    """The version that `If-Match` names; none: any. Raises `ScimRefusedError` for a malformed version."""
    given = request.headers.get("If-Match", "*").strip()
    if given == "*":
        return None
    found = _VERSION.fullmatch(given)
    if found is None:
        raise ScimRefusedError(VERSION_CHANGED, id=repr(call.parameters["id"][:60]), version=repr(given[:60]))
    return int(found[1])


def _decoded(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ScimRefusedError(BODY_NOT_A_RESOURCE, problem=error, scim_type="invalidSyntax") from None


def _shown(call: Call, resource: Content, base: str, *, status: int = 200) -> Response:
    query: ScimQuery = call.query
    shown = with_locations(resource, base)
    location, version = shown["meta"]["location"], shown["meta"]["version"]
    content = _encode(projected(RESOURCE_TYPES[_kind(call)], shown, query.attributes, query.excluded_attributes))
    response = _answered(content, status=status)
    response.headers["ETag"] = version
    if status == 201:
        response.headers["Location"] = location
    return response


def _answered(content: bytes, *, status: int = 200) -> Response:
    return Response(content, status=status, content_type=SCIM_TYPE)


def _directory(call: Call) -> ReceivedDirectory:
    received: ReceivedDirectory = call.resources_of(SERVICE)
    return received


def _raw_body(content: bytes) -> bytes:
    """The bytes of the body. The thread that carries out the change decodes them."""
    return content


def _row(method: str, path: str, operation: Operation, *statuses: int, has_body: bool = False) -> tuple[Route, ...]:
    return tuple(
        Route(
            methods=(method,),
            template=f"{root}{SCIM_PATH}{path}",
            operation=operation,
            permission=Permission.SEND_IDENTITIES,
            scope=ScopeRule.SERVER,
            query=ScimQuery,
            body=_raw_body if has_body else None,
            body_required=has_body,
            style=Style.SCIM,
            answers={status: () if status in _EMPTY else (SCIM_TYPE,) for status in statuses},
        )
        for root in ROOTS
    )


_EMPTY = (204, 304)
_PATHS = tuple(f"/{kind.value}" for kind in ResourceKind)
ROUTES: tuple[Route, ...] = (
    *(route for path in _PATHS for route in _row("GET", path, _search, 200)),
    *(route for path in _PATHS for route in _row("POST", path, _create, 201, has_body=True)),
    *(route for path in _PATHS for route in _row("GET", path + "/{id}", _get, 200, 304)),
    *(route for path in _PATHS for route in _row("PUT", path + "/{id}", _replace, 200, has_body=True)),
    *(route for path in _PATHS for route in _row("PATCH", path + "/{id}", _modify, 200, 204, has_body=True)),
    *(route for path in _PATHS for route in _row("DELETE", path + "/{id}", _delete, 204)),
    *_row("GET", "/ServiceProviderConfig", _config, 200),
    *_row("GET", "/ResourceTypes", _types, 200),
    *_row("GET", "/ResourceTypes/{type}", _types, 200),
    *_row("GET", "/Schemas", _schemas, 200),
    *_row("GET", "/Schemas/{schema}", _schemas, 200),
    *_row("POST", "/.search", _not_offered),
    *_row("POST", "/Bulk", _not_offered),
)
