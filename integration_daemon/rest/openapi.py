"""The OpenAPI 3.1 description of the REST API, from the tables of routes and the Structs that they name.

https://spec.openapis.org/oas/v3.1.0
"""

import inspect
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from types import FunctionType
from typing import Any, NoReturn, get_args, get_type_hints

import msgspec
from quart import Response

from integration_daemon.rest.docstrings import field_docstrings
from integration_daemon.rest.native.answers import ProblemDocument
from integration_daemon.rest.query import FreeQuery
from integration_daemon.rest.route import Route, Style, Unfinished
from integration_daemon.rest.scim.errors import SCIM_TYPE, ScimError
from integration_daemon.security.permissions import Permission
from services.secret import Secret

JSON, PROBLEM, TEXT = "application/json", "application/problem+json", "text/plain"
ANY: dict[str, Any] = {}
"""The schema that every value matches."""
_REF = "#/components/schemas/{name}"


class FFDCError(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An error of a compatible route, in the form of Egeria."""

    class_: str = msgspec.field(name="class")
    related_http_code: int = msgspec.field(name="relatedHTTPCode")
    exception_class_name: str
    exception_error_message: str
    exception_error_message_id: str
    exception_system_action: str
    exception_user_action: str


def description(routes: Iterable[Route]) -> dict[str, Any]:
    """The OpenAPI document of these routes."""
    listed = [(path, method, route) for route in routes for path in route.paths for method in route.methods]
    schemas = _Schemas([kind for _, _, route in listed for kind in _kinds_of(route)])
    paths: dict[str, dict[str, Any]] = {}
    for path, method, route in listed:
        paths.setdefault(path, {})[method.lower()] = _operation(path, method, route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Integration daemon",
            "version": version("integration-daemon"),
            "description": "Native routes answer with the true HTTP status. Those of Egeria answer with status 200, "
            "and with the code of an error in relatedHTTPCode.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


class _Schemas:
    """The JSON schemas of the types that routes name."""

    def __init__(self, kinds: Iterable[Any]) -> None:
        wanted = {str(kind): kind for kind in (*kinds, ProblemDocument, FFDCError, ScimError) if kind is not None}
        found, self.components = msgspec.json.schema_components(
            wanted.values(), schema_hook=_foreign, ref_template=_REF
        )
        self._found = dict(zip(wanted, found, strict=True))

    def of(self, kind: Any) -> Mapping[str, Any]:
        """The schema of a type; `ANY` for none."""
        return ANY if kind is None else self._found[str(kind)]


def _foreign(kind: type) -> dict[str, Any]:
    """The schema of a type that msgspec does not know."""
    if issubclass(kind, Secret):
        return {"type": ["string", "null"], "writeOnly": True}
    raise NotImplementedError(kind)


def _operation(path: str, method: str, route: Route, schemas: _Schemas) -> dict[str, Any]:
    meaning, _, more = (inspect.getdoc(route.operation) or "").partition("\n\n")
    operation: dict[str, Any] = {
        "operationId": _identifier(method, path),
        "summary": " ".join(meaning.split()),
        "parameters": [*_path_parameters(path), *_query_parameters(route, schemas)],
        "responses": _responses(route, schemas),
        "x-permission": route.permission.value,
        "x-scope": route.scope.value,
    }
    if more:
        operation["description"] = more
    if route.body is not None:
        content = {JSON: {"schema": schemas.of(_body_of(route))}}
        operation["requestBody"] = {"content": content, "required": route.body_required}
    if route.permission is Permission.PUBLIC:
        operation["security"] = []
    return operation


def _identifier(method: str, path: str) -> str:
    """A unique name: some paths differ only in punctuation."""
    return method.lower() + re.sub(r"\W", "_", path.replace("-", "__").replace("//", "/_/"))


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    text = {"type": "string", "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": text} for name in names]


def _query_parameters(route: Route, schemas: _Schemas) -> list[dict[str, Any]]:
    if route.query is FreeQuery:
        return []
    meanings = field_docstrings(route.query)
    found = []
    for field in msgspec.structs.fields(route.query):
        schema = _without_null(schemas.of(field.type))
        shown: dict[str, Any] = {"name": field.encode_name, "in": "query", "schema": schema}
        if meaning := meanings.get(field.name):
            shown["description"] = meaning
        found.append(shown)
    return found


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema without null: a parameter that is sent has a value."""
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    return choices[0] if len(choices) == 1 else schema


def _responses(route: Route, schemas: _Schemas) -> dict[str, Any]:
    schema = schemas.of(_answer_of(route))
    if route.style is Style.NATIVE:
        failed = _answer("The request failed.", PROBLEM, schemas.of(ProblemDocument))
        return {"4XX": failed, "503": failed, **_successes(route, schema)}
    if route.style is Style.SCIM:
        failed = _answer("The request failed.", SCIM_TYPE, schemas.of(ScimError))
        return {**_successes(route, schema), "4XX": failed, "501": failed, "503": failed}
    error = schemas.of(FFDCError)
    answer = _answer("The answer, or an error.", JSON, {"anyOf": [schema, error]})
    if schema.get("type") == "string":
        answer["content"] = {TEXT: {"schema": schema}, JSON: {"schema": error}}
    failed = _answer("The request could not be carried out.", JSON, error)
    return {"200": answer, "4XX": failed, "503": failed}


def _successes(route: Route, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The successful answers of a route that has the true status codes."""
    if route.answers is not None:
        return {
            str(status): {"description": "The answer.", "content": {kind: {"schema": ANY} for kind in kinds}}
            for status, kinds in route.answers.items()
        }
    kind = TEXT if schema.get("type") == "string" else JSON
    answer = _answer("The answer.", kind, schema)
    if route.methods == ("GET",) and kind == JSON:
        return {"200": answer, "304": {"description": "The answer has the entity tag of If-None-Match."}}
    if Unfinished not in get_args(get_type_hints(route.operation).get("return")):
        return {"200": answer}
    follow = {"Location": {"description": "The operation, which continues.", "schema": {"type": "string"}}}
    return {"200": answer, "202": {**answer, "headers": follow}}


def _answer(meaning: str, kind: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": meaning, "content": {kind: {"schema": schema}}}


def _kinds_of(route: Route) -> list[Any]:
    """The types that the description of a route refers to."""
    fields = [] if route.query is FreeQuery else msgspec.structs.fields(route.query)
    return [_answer_of(route), _body_of(route), *(field.type for field in fields)]


def _answer_of(route: Route) -> Any:
    """The type of the answer; none if it is not described by a type."""
    kind = get_type_hints(route.operation).get("return")
    if kind in (Any, NoReturn) or (isinstance(kind, type) and issubclass(kind, Response)):
        return None
    if Unfinished in get_args(kind):
        (kind,) = [each for each in get_args(kind) if each is not Unfinished]
    return None if kind is bytes or "AsyncIterator" in str(kind) else kind


def _body_of(route: Route) -> Any:
    """The type of the body; none for a body decoded by a function, which accepts more than one form."""
    return None if isinstance(route.body, FunctionType) else route.body
