"""Sends requests to a platform, and decodes the answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import quote

import httpx2
import msgspec

from integration_daemon.client.errors import error_in, no_answer, not_a_platform
from integration_daemon.client.settings import Place
from integration_daemon.rest.query import Query

Answer = TypeVar("Answer")
STREAM_TIMEOUT = httpx2.Timeout(30.0, connect=5.0, read=60.0)
"""Time-outs of a live stream, in seconds. A stream without events has a comment every 15 seconds."""

REMEMBERED = 4
"""The largest number of answers in the cache."""


def segment(name: str) -> str:
    """A name as one segment of a path.

    `.` and `..` are encoded, too: HTTP clients would otherwise shorten the path, and the request would be another one.
    """
    return name.replace(".", "%2E") if name in (".", "..") else quote(name, safe="")


class Requests:
    """The requests of one client."""

    def __init__(self, place: Place) -> None:
        self.url, self.user = place.url, place.user
        self._root, self._http = place.root, place.http
        self._cache: dict[str, tuple[str, Any]] = {}
        """The last answers to GET with their entity tags, by URL: an unchanged answer is not sent again."""

    async def get(self, kind: type[Answer], path: str, query: Query | None = None) -> Answer:
        """The answer to a GET; raises `ClientError`."""
        request = self._http.build_request("GET", self._root + path, params=params_of(query))
        url = str(request.url)
        tag, cached = self._cache.pop(url, ("", None))
        if tag:
            request.headers["If-None-Match"] = tag
        response = await self._send(request)
        answer: Answer = cached if tag and response.status_code == 304 else self._decoded(response, kind)
        if tag := response.headers.get("ETag", ""):
            self._cache[url] = tag, answer
        while len(self._cache) > REMEMBERED:
            del self._cache[next(iter(self._cache))]
        return answer

    async def post(
        self, kind: type[Answer], path: str, query: Query | None = None, body: object = msgspec.UNSET
    ) -> Answer:
        """The answer to a POST, which is made for the user of the client; raises `ClientError`."""
        params = params_of(query)
        if self.user:
            params.setdefault("user", self.user)
        return self._decoded(await self._send(self._with_body("POST", path, params, body)), kind)

    async def call(self, method: str, path: str, body: object = msgspec.UNSET, **params: str) -> Any:
        """The answer of any route, also one of Egeria: its decoded JSON, or its text, or none if it is empty.

        Raises `ClientError`, also for an error in a body with status 200.
        """
        response = await self._send(self._with_body(method, path, params, body))
        if error := error_in(self.url, response.status_code, response.content):
            raise error
        if response.headers.get("Content-Type", "").startswith("text/"):
            return response.text
        return self._decoded(response, Any) if response.content else None

    @asynccontextmanager
    async def opened(self, path: str, query: Query, headers: dict[str, str]) -> AsyncIterator[httpx2.Response]:
        """The answer to a GET while it arrives. Raises `ClientError` if refused, `httpx2.HTTPError` for no answer."""
        stream = self._http.stream(
            "GET", self._root + path, params=params_of(query), headers=headers, timeout=STREAM_TIMEOUT
        )
        async with stream as response:
            if response.status_code >= 400:
                self._require_success(response, await response.aread())
            yield response

    def _with_body(self, method: str, path: str, params: dict[str, str], body: object) -> httpx2.Request:
        content = body if isinstance(body, bytes) else b"" if body is msgspec.UNSET else msgspec.json.encode(body)
        headers = {"Content-Type": "application/json"}
        return self._http.build_request(method, self._root + path, params=params, content=content, headers=headers)

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return await self._http.send(request)
        except httpx2.HTTPError as error:
            raise no_answer(self.url, error) from error

    def _decoded(self, response: httpx2.Response, kind: type[Answer]) -> Answer:
        self._require_success(response, response.content)
        try:
            return msgspec.json.decode(response.content, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise not_a_platform(self.url, response.status_code, error) from None

    def _require_success(self, response: httpx2.Response, content: bytes) -> None:
        if response.status_code >= 400 and (error := error_in(self.url, response.status_code, content)):
            raise error


def params_of(query: Query | None) -> dict[str, str]:
    """The parameters of a query that have a value."""
    if query is None:
        return {}
    values: dict[str, Any] = msgspec.to_builtins(query)
    return {name: _text(value) for name, value in values.items() if value not in (None, "")}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
