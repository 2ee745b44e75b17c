"""Valid and invalid requests to every route; the same seed gives the same requests."""

import random
from collections.abc import Callable, Sequence
from functools import cache
from types import FunctionType
from typing import Any, NamedTuple
from urllib.parse import quote

from msgspec import inspect

from integration_daemon.config.load import decode_document
from integration_daemon.rest.app import ROUTES
from integration_daemon.rest.daemon.daemon_routes import connection, connector_name, new_properties
from integration_daemon.rest.route import Route
from integration_daemon.security.permissions import Permission
from tests.faults.value_mutations import GUIDS, NAMES, NASTY, damaged, mutated, text_of, valid

_type_info = cache(inspect.type_info)
ANSWERED = [route for route in ROUTES if route.operation.__name__ != "_events"]
"""The routes, without the live stream, whose answers do not end."""
ALL_BUT_THE_END = [route for route in ANSWERED if route.operation.__name__ != "_shut_down"]
"""Those without the one that ends the process."""
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "FOO")
VICTIMS = ("victim", "victim 2")
"""Servers that may be started, stopped and forgotten."""
HEADERS: tuple[tuple[str, str], ...] = (
    ("Content-Type", "application/json"), ("Content-Type", "text/plain; charset=utf-16"),
    ("Content-Type", "multipart/"), ("Content-Type", "multipart/form-data; boundary=x"),
    ("Content-Type", "application/x-www-form-urlencoded"), ("Content-Type", ";=;"), ("Content-Encoding", "gzip"),
    ("Content-Encoding", "identity"), ("Content-Encoding", "x, y"), ("Accept", "*/*;q=x"),
    ("Accept-Encoding", "gzip;q=0"), ("Range", "bytes=0-1"), ("If-None-Match", "*"),
    ("If-Modified-Since", "yesterday"), ("Cookie", "a=b; ==;"), ("Authorization", "Basic !"),
    ("Authorization", "Bearer x"), ("Authorization", "Digest a=,b"), ("X-Forwarded-For", "1.2.3.4, x"),
    ("Origin", "null"), ("Expect", "100-continue"), ("Expect", "x"), ("Connection", "keep-alive, Upgrade"),
    ("Keep-Alive", "timeout=x"), ("X", "\xe9\xff"), ("X", "x" * 9_000), ("Host", "a b"), ("Host", "[::1"),
    ("Host", "x:99999999"), ("Host", ""), ("Date", "x"), ("TE", "trailers"), ("Cache-Control", "no-store"),
    ("Traceparent", "x"),
)  # fmt: skip


class Request(NamedTuple):
    """One request, before it is encoded."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def request(chance: random.Random, document: dict[str, Any]) -> Request:
    """A request to a random route; `document` describes a server that may be started."""
    route = chance.choice(ALL_BUT_THE_END)
    while (
        route.operation.__name__ == "_stop_all" and chance.random() < 0.95
    ):  # otherwise no server would run half of the time
        route = chance.choice(ALL_BUT_THE_END)
    headers = tuple(chance.choice(HEADERS) for _ in range(chance.choice((0, 0, 1, 1, 3))))
    asked = request_to(route, chance.choice(route.paths), chance, document)
    return asked._replace(headers=headers, method=chance.choice(METHODS) if chance.random() < 0.05 else asked.method)


def request_to(route: Route, path: str, chance: random.Random, document: dict[str, Any]) -> Request:
    """A request to a route in one of its spellings, without headers of its own."""
    query = _query(route, chance) if chance.random() < 0.6 else ""
    body = _body(route, chance, document) if route.body is not None or chance.random() < 0.1 else b""
    return Request(chance.choice(route.methods), _path(path, route, chance) + query, (), body)


def _path(template: str, route: Route, chance: random.Random) -> str:
    administers = route.permission is Permission.ADMINISTER_SERVERS and route.methods != ("GET",)
    choices: dict[str, Sequence[str]] = {
        "server": VICTIMS if administers else ("daemon",) * 3 + ("metadata",) * 3 + VICTIMS,
        "user": ("me",),
        "marker": ("files-integrator", "database-integrator"),
        "connector": ("monitor 0", "monitor 1"),
        "provider": ("data-files-monitor", "database-monitor", "no.such.Provider"),
        "guid": GUIDS,
        "service": ("asset-owner",),
        "classification": ("Confidentiality", "Memento"),
        "type": ("SemanticAssignment",),
    }
    parts = []
    for part in template.split("/"):
        if part.startswith("{"):
            name = part.strip("{}")
            value = chance.choice(choices.get(name, NAMES)) if chance.random() < 0.85 else _text(chance)
            # invalid server names are refused; a few valid ones are used, so that few servers are created
            part = quote(value, safe="") if not (administers and name == "server") else quote(_victim(value), safe="")
        parts.append(part)
    path = "/".join(parts)
    if chance.random() < 0.02:
        at = chance.randrange(1, len(path) + 1)
        path = (
            path[:at] + chance.choice(("%", "%zz", "%ff", "//", "/../", ";x=y", "é", "%00", "?", "#", "\\")) + path[at:]
        )
    return path


def _victim(value: str) -> str:
    return value if value in VICTIMS or not value[:1].isalnum() else VICTIMS[0]


def _query(route: Route, chance: random.Random) -> str:
    kind = _type_info(route.query)
    assert isinstance(kind, inspect.StructType)
    parts = []
    for field in chance.sample(kind.fields, chance.randint(0, len(kind.fields))):
        value = valid(field.type, chance, field.encode_name)
        right = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
        parts.append((field.encode_name, right if chance.random() < 0.7 else _text(chance)))
    if chance.random() < 0.1:
        parts.append((chance.choice(("limt", "x", "", "limit", "a[b]", "\x00")), _text(chance)))
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in parts)
    if chance.random() < 0.05:
        query += chance.choice(("&", "=", "&&=", "&a", "&%", "&%ff=%ff", "&limit=%ED%A0%80", "&after=1&after=x", ";"))
    return "?" + query


def _text(chance: random.Random) -> str:
    value = chance.choice(NASTY)
    text = value if isinstance(value, str) else str(value)
    return text.encode("utf-8", "replace").decode()


def _body(route: Route, chance: random.Random, document: dict[str, Any]) -> bytes:
    value = _read_by_function(route.body, chance, document) if route.body in _SEEDS else _of_type(route.body, chance)
    if isinstance(value, bytes):
        text = value
    else:
        for _ in range(chance.choice((0, 0, 1, 1, 2, 4))):
            value = mutated(value, chance)
        text = text_of(value)
    for _ in range(chance.choice((0, 0, 0, 0, 1, 2))):
        text = damaged(text, chance)
    return text


def _of_type(body: Any, chance: random.Random) -> Any:
    kind = Any if body is None or isinstance(body, FunctionType) else body
    return valid(_type_info(kind), chance)


def _read_by_function(body: Any, chance: random.Random, document: dict[str, Any]) -> Any:
    return _SEEDS[body](chance, document)


def _named(chance: random.Random, document: dict[str, Any]) -> Any:
    name = chance.choice(("monitor 0", "monitor 1", "nobody"))
    return chance.choice((b"", name.encode(), name, None, {"class": "NameRequestBody", "name": name}, [name]))


def _document(chance: random.Random, document: dict[str, Any]) -> Any:
    return chance.choice((b"", document, document))


def _connection(chance: random.Random, document: dict[str, Any]) -> Any:
    services = document["integrationServicesConfig"]
    return services[0]["integrationConnectorConfigs"][0]["connection"]


def _properties(chance: random.Random, document: dict[str, Any]) -> Any:
    name = chance.choice(("monitor 0", "monitor 1", "nobody"))
    return {"connectorName": name, "mergeUpdate": chance.random() < 0.5, "configurationProperties": {"a": 1}}


_SEEDS: dict[Any, Callable[[random.Random, dict[str, Any]], Any]] = {
    connector_name: _named,
    decode_document: _document,
    connection: _connection,
    new_properties: _properties,
}
"""The generators of bodies, by the function that reads the body; bodies of other functions are any JSON."""
