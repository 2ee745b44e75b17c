"""A stand-in for a Unity Catalog server: strict about requests, and answering as its published API description says.

Its own server could not be had where these tests were written. What a request may be is in the tables below, made from
the facts of `api/all.yaml` (version 2.1) of the public repository. Anything else is answered with 400 and noted in
`violations`. That a change replaces all properties, and that an empty map of them changes none, is how the reference
server does it.
"""

import itertools
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

API = "/api/2.1/unity-catalog"
_NAME = re.compile(r"[a-zA-Z0-9_@-]{1,255}")
Json = dict[str, Any]


class Kind(NamedTuple):
    """The description of a kind of objects."""

    field: str
    parents: tuple[str, ...]
    most: int
    """The maximum of `max_results`."""
    create: dict[str, type]
    required: tuple[str, ...]
    update: dict[str, type] | None


_OBJECT: dict[str, type] = {"name": str, "comment": str}
_IN_CATALOG = {**_OBJECT, "catalog_name": str}
_IN_SCHEMA = {**_IN_CATALOG, "schema_name": str}
_TABLE = {"table_type": str, "data_source_format": str, "columns": list, "storage_location": str, "properties": dict}
_CHANGE: dict[str, type] = {"comment": str, "new_name": str}
_CATALOG, _SCHEMA = ("catalog_name",), ("catalog_name", "schema_name")
KINDS = {
    "catalogs": Kind(
        "catalogs",
        (),
        1000,
        {**_OBJECT, "properties": dict, "storage_root": str},
        ("name",),
        {**_CHANGE, "properties": dict},
    ),
    "schemas": Kind(
        "schemas",
        _CATALOG,
        1000,
        {**_IN_CATALOG, "properties": dict, "storage_root": str},
        ("name", "catalog_name"),
        {**_CHANGE, "properties": dict},
    ),
    "tables": Kind(
        "tables",
        _SCHEMA,
        50,
        {**_IN_SCHEMA, **_TABLE, "view_definition": str, "view_dependencies": dict},
        ("name", "catalog_name", "schema_name", "table_type", "columns"),
        None,
    ),
    "volumes": Kind(
        "volumes",
        _SCHEMA,
        10_000,
        {**_IN_SCHEMA, "volume_type": str, "storage_location": str},
        ("name", "catalog_name", "schema_name", "volume_type"),
        _CHANGE,
    ),
    "functions": Kind("functions", _SCHEMA, 1000, {"function_info": dict}, ("function_info",), None),
    "models": Kind("registered_models", _SCHEMA, 50, _IN_SCHEMA, ("name", "catalog_name", "schema_name"), _CHANGE),
}
_TYPES = {
    "BOOLEAN", "BYTE", "SHORT", "INT", "LONG", "FLOAT", "DOUBLE", "DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "STRING",
    "BINARY", "DECIMAL", "INTERVAL", "ARRAY", "STRUCT", "MAP", "VARIANT", "CHAR", "NULL", "USER_DEFINED_TYPE",
    "TABLE_TYPE"
}  # fmt: skip
_COLUMN: dict[str, type] = {
    "name": str,
    "type_text": str,
    "type_json": str,
    "type_name": str,
    "type_precision": int,
    "type_scale": int,
    "type_interval_type": str,
    "position": int,
    "comment": str,
    "nullable": bool,
    "partition_index": int,
}


class RefusedError(Exception):
    """A request that the description does not allow, or that cannot be done."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class UnityServer(ThreadingHTTPServer):
    """A server with its own objects."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = Lock()
        self.objects: dict[tuple[str, str], Json] = {}
        """By kind and full name."""
        self.requests: list[str] = []
        self.violations: list[str] = []
        """Requests that the description does not allow."""
        self.page = 2
        """The greatest page, whatever is asked for."""
        self.token = ""
        self.missing = ""
        """A kind of objects that this server does not know."""
        self.ahead = 0
        """Seconds that its clock is ahead, as its answers tell."""
        self.forbidden: Callable[[str, str], bool] = lambda method, path: False
        self.spoil: Callable[[str, str, Json], Json | bytes] = lambda method, path, answer: answer
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        """The address to give to a connector."""
        return f"http://127.0.0.1:{self.server_port}"

    def clock(self) -> int:
        """Its time, in milliseconds since the epoch."""
        return int((time.time() + self.ahead) * 1000)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that was killed before it had its answer."""

    def count(self, pattern: str) -> int:
        """The number of requests that match a pattern."""
        return sum(re.search(pattern, each) is not None for each in self.requests)

    def add(self, kind: str, name: str, **fields: Any) -> Json:
        """Create an object by its full name, as another client would."""
        names = name.split(".")
        body = {"name": names[-1], **dict(zip(KINDS[kind].parents, names, strict=False)), **fields}
        if kind == "tables":
            body = {"table_type": "MANAGED", "data_source_format": "DELTA", "columns": [column("id", "LONG")], **body}
        if kind == "volumes":
            body = {"volume_type": "MANAGED", **body}
        with self.lock:
            return self._create(kind, {"function_info": body} if kind == "functions" else body)

    def change(self, kind: str, name: str, **fields: Any) -> None:
        """Change an object, as another client would; tables can be changed here alone, as other means do."""
        with self.lock:
            found = self._found(kind, name)
            found.update({"updated_at": self.clock(), "updated_by": "somebody", **fields})

    def drop(self, kind: str, name: str) -> None:
        """Drop an object."""
        with self.lock:
            del self.objects[(kind, name)]

    def get(self, kind: str, name: str) -> Json:
        """An object as it is."""
        with self.lock:
            return dict(self._found(kind, name))

    def answer(self, method: str, path: str, parameters: Json, body: Json) -> Json:
        """The answer to a request."""
        if not path.startswith(API + "/"):
            raise RefusedError(404, "NOT_FOUND", f"there is nothing at {path}")
        kind, _, name = path.removeprefix(API + "/").partition("/")
        if kind not in KINDS or kind == self.missing or "/" in name:
            raise RefusedError(404, "NOT_FOUND", f"there is nothing at {path}")
        if method == "GET" and not name:
            return self._list(kind, parameters)
        self._require(not parameters, f"no parameters are known: {sorted(parameters)}")
        if method == "GET":
            return self._found(kind, unquote(name))
        if method == "POST" and not name:
            self._check(body, KINDS[kind].create, KINDS[kind].required)
            return self._create(kind, body)
        update = KINDS[kind].update
        if method == "PATCH" and name and update is not None:
            self._check(body, update, ())
            return self._update(kind, unquote(name), body)
        raise RefusedError(405, "UNIMPLEMENTED", f"{method} is not described for {path}")

    def _list(self, kind: str, parameters: Json) -> Json:
        known = {*KINDS[kind].parents, "max_results", "page_token"}
        optional = kind == "models"
        self._require(known >= parameters.keys(), f"unknown parameters: {sorted(parameters.keys() - known)}")
        self._require(optional or parameters.keys() >= set(KINDS[kind].parents), "a parent is missing")
        most = int(parameters.get("max_results", 0))
        self._require(0 <= most <= KINDS[kind].most, f"max_results must not be {most}")
        parents = [parameters[each] for each in KINDS[kind].parents if each in parameters]
        if parents:
            self._found(("", "catalogs", "schemas")[len(parents)], ".".join(parents))
        prefix = "".join(f"{each}." for each in parents)
        found = [
            each for (some, full), each in self.objects.items() if some == kind and full.rpartition(".")[0] + "." ==
            (prefix or ".")
        ]  # fmt: skip
        first = int(parameters.get("page_token") or 0)
        size = min(self.page, most or self.page)
        more = {"next_page_token": str(first + size)} if first + size < len(found) else {}
        return {KINDS[kind].field: found[first : first + size], **more}

    def _create(self, kind: str, body: Json) -> Json:
        info: Json = body["function_info"] if kind == "functions" else body
        self._require(_NAME.fullmatch(str(info["name"])) is not None, f"not a name: {info['name']!r}")
        parents = [info[each] for each in KINDS[kind].parents]
        if parents:
            self._found(("", "catalogs", "schemas")[len(parents)], ".".join(parents))
        full = ".".join([*parents, info["name"]])
        if (kind, full) in self.objects:
            raise RefusedError(400, "RESOURCE_ALREADY_EXISTS", f"{full} is there already")
        for each in info.get("columns", ()):
            self._check(each, _COLUMN, ())
            self._require(each["type_name"] in _TYPES, f"not a type: {each['type_name']}")
        if kind == "tables" and info["table_type"] == "EXTERNAL":
            self._require("storage_location" in info, "an external table has a storage location")
        now = self.clock()
        identifier = {"id": str(uuid.UUID(int=next(self._numbers)))}
        made = {**info, "owner": "erin", "created_at": now, "updated_at": now, "created_by": "erin", **identifier}
        self.objects[(kind, full)] = made
        return made

    def _update(self, kind: str, name: str, body: Json) -> Json:
        found = self._found(kind, name)
        self._require("new_name" not in body, "the connector never renames")
        if "comment" in body:
            found["comment"] = body["comment"]
        if body.get("properties"):
            found["properties"] = body["properties"]
        found |= {"updated_at": self.clock(), "updated_by": "the connector"}
        return found

    def _found(self, kind: str, name: str) -> Json:
        try:
            return self.objects[(kind, name)]
        except KeyError:
            raise RefusedError(404, "NOT_FOUND", f"{name} is not one of the {kind}") from None

    def _check(self, body: Json, fields: dict[str, type], required: tuple[str, ...]) -> None:
        self._require(isinstance(body, dict), "the body is no object")
        for name, value in body.items():
            self._require(name in fields, f"unknown field: {name}")
            self._require(type(value) is fields[name], f"{name} is no {fields[name].__name__}")
            if isinstance(value, dict) and name == "properties":
                self._require(all(isinstance(each, str) for each in value.values()), "a property is no text")
        self._require(body.keys() >= set(required), f"missing: {sorted(set(required) - body.keys())}")

    def _require(self, condition: object, problem: str) -> None:
        if not condition:
            raise RefusedError(400, "INVALID_ARGUMENT", problem)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: UnityServer

    def do_GET(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server, parts = self.server, urlsplit(self.path)
        with server.lock:
            server.requests.append(f"{self.command} {self.path}")
            try:
                if server.token and self.headers.get("Authorization") != f"Bearer {server.token}":
                    raise RefusedError(401, "UNAUTHENTICATED", "no authorization was found")
                if server.forbidden(self.command, self.path):
                    raise RefusedError(403, "PERMISSION_DENIED", "this is not permitted")
                body = json.loads(content) if content else {}
                parameters = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
                answer, status = server.answer(self.command, parts.path, parameters, body), 200
            except RefusedError as error:
                answer, status = {"error_code": error.code, "message": str(error)}, error.status
                if error.code in ("INVALID_ARGUMENT", "UNIMPLEMENTED"):
                    server.violations.append(f"{self.command} {self.path}: {error}")
            spoilt = server.spoil(self.command, self.path, answer)
        if isinstance(spoilt, bytes):
            self._send(500 if not spoilt else status, spoilt)
        else:
            self._send(status, json.dumps(spoilt).encode())

    do_POST = do_GET
    do_PATCH = do_GET
    do_DELETE = do_GET

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The time in an answer."""
        return super().date_time_string(int(self.server.clock() / 1000))

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


def column(name: str, kind: str, **fields: Any) -> Json:
    """A column of a table."""
    return {"name": name, "type_name": kind, "type_text": kind.lower(), "position": 0, "nullable": True, **fields}


@contextmanager
def unity_server() -> Iterator[UnityServer]:
    """A running server without objects, until the block ends; fails if a request was not as described."""
    server = UnityServer()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
    assert server.violations == []
