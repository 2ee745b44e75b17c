"""One request to the metadata server, and its answer."""

import re
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import httpx2
import msgspec
import trio

from audit.errors import DescribedError
from services.errors import (
    InvalidParameterError,
    MetadataServerNotUnderstoodError,
    MetadataServerUnavailableError,
    PropertyServerError,
    UserNotAuthorizedError,
)
from services.metadata.remote.answers import Counterpart, asked_to_wait, in_words
from services.metadata.remote.egeria.in_flight import InFlight

PATIENCE = 60.0
"""Seconds for which a server may ask us to come back later, in all."""
_STORE = "framework-services/{}/open-metadata-store"
_SOURCES = "framework-services/{}/open-integration"
_ACCESS_SERVICE = "access-services/{}"
DEFAULT_ACCESS_SERVICE = "data-manager"
"""The access service that files and database integrators of Egeria use."""
LARGEST_PAGE = 500
"""Elements in one answer, where neither the configuration nor the server has a smaller bound."""
_HEADERS = {"Content-Type": "application/json"}
_VISIBLE = {"forLineage": "true", "forDuplicateProcessing": "false", "effectiveTime": "0"}
"""Mandatory in every read: archived elements are always asked for, so that the start of a page is exact."""

_PAGE_TOO_LARGE = ("OMAG-COMMON-400-010", "OPEN-METADATA-400-025")
_LARGEST_THERE = re.compile(r"allowable maximum of (\d+)")
_NOT_NOTED = re.compile(r"\(LatestChange\)|classification LatestChange\b")
"""In an error after a change has been made: requests at the same time compete for the note of the latest change."""

REFUSALS = (InvalidParameterError, UserNotAuthorizedError, PropertyServerError)
"""What the server may answer to one change that it does not make."""

_encode = msgspec.json.Encoder().encode
T = TypeVar("T")


class Requests:
    """The way to one metadata server."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        counterpart: Counterpart,
        user: str,
        *,
        access_service: str = DEFAULT_ACCESS_SERVICE,
        page_size: int = 0,
    ) -> None:
        self.counterpart = counterpart
        self.user = user
        self.in_flight = InFlight()
        self.page_size = min(page_size or LARGEST_PAGE, LARGEST_PAGE)
        self._client = client
        self.access_service = access_service

    async def page(self, path: str, kind: type[T], body: object | None = None, *, start: int, **query: object) -> T:
        """Ask for a page of what is there, of `page_size` or of what the server allows."""
        while True:
            size = self.page_size
            try:
                return await self.read(path, kind, body, startFrom=start, pageSize=size, **query)
            except InvalidParameterError as error:
                largest = _LARGEST_THERE.search(str(error)) if error.definition.id in _PAGE_TOO_LARGE else None
                if largest is None or not 0 < int(largest[1]) < size:
                    raise
                self.page_size = min(self.page_size, int(largest[1]))

    async def read(self, path: str, kind: type[T], body: object | None = None, **query: object) -> T:
        """Ask for what is there: with a body, a search."""
        parameters = urlencode({**_VISIBLE, **{name: str(value) for name, value in query.items()}})
        method = "GET" if body is None else "POST"
        return await self._ask(method, _STORE, f"{path}?{parameters}", body, kind, self.user, repeatable=True)

    async def write(self, path: str, body: object, kind: type[T], user: str, *, repeatable: bool = True) -> T:
        """Change something. What is not repeatable is not sent again when nobody knows whether it was done.

        The answer is empty if the change was made and the server could not take note of it.
        """
        try:
            return await self._ask("POST", _STORE, path, body, kind, user, repeatable=repeatable)
        except PropertyServerError as error:
            if _NOT_NOTED.search(str(error)) is None:
                raise
            return msgspec.convert({}, kind)

    async def ask_for_source(self, path: str, body: object, kind: type[T], user: str) -> T:
        """Look up or make a metadata source; its name is unique, so that it is not made twice."""
        return await self._ask("POST", _SOURCES, path, body, kind, user, repeatable=True)

    async def ask_access_service(self, path: str, body: object, kind: type[T], user: str) -> T:
        """Change something by a route of the access service itself, which refuses to make the same thing twice."""
        return await self._ask("POST", _ACCESS_SERVICE, path, body, kind, user, repeatable=True)

    async def _ask(
        self, method: str, service: str, path: str, body: object | None, kind: type[T], user: str, *, repeatable: bool
    ) -> T:
        at = self.counterpart
        server = f"{at.platform_url}/servers/{quote(at.server, safe='')}/open-metadata"
        url = f"{server}/{service.format(self.access_service)}/users/{quote(user, safe='')}{path}"
        content = None if body is None else _encode(body)
        response = await self._answered(method, url, content, repeatable=repeatable)
        at.raise_if_error(response.content, user)
        try:
            answer = msgspec.json.decode(response.content, type=kind)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise at.not_understood(response.status_code, f"the answer cannot be decoded: {error}") from None
        at.has_served = True
        return answer

    async def _answered(self, method: str, url: str, content: bytes | None, *, repeatable: bool) -> httpx2.Response:
        """The answer to a request, which is made again later if the server says that it has too much to do."""
        patience = PATIENCE
        while True:
            try:
                async with self.in_flight.one(_kind_of(method, url)):
                    response = await self._sent(method, url, content, repeatable=repeatable)
                    pause = asked_to_wait(response)
                    if pause is not None and pause <= patience:
                        raise _TooMuchToDo(pause)
                    self.counterpart.require_answer(response)
                    return response
            except _TooMuchToDo as answer:
                patience -= answer.pause
                await trio.sleep(answer.pause)

    async def _sent(self, method: str, url: str, content: bytes | None, *, repeatable: bool) -> httpx2.Response:
        """Send a request; once more if its connection turns out to have been closed, where it may be repeated."""
        try:
            try:
                return await self._client.request(method, url, content=content, headers=_HEADERS)
            except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
                if not repeatable:
                    raise
                return await self._client.request(method, url, content=content, headers=_HEADERS)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self.counterpart.unavailable(in_words(error)) from error


class _TooMuchToDo(Exception):
    def __init__(self, pause: float) -> None:
        self.pause = pause


def _kind_of(method: str, url: str) -> str:
    """What requests of similar cost have in common: the last word of their path."""
    return f"{method} {url.partition('?')[0].rpartition('/')[2]}" if method == "POST" else method


def require_refusal(error: DescribedError) -> DescribedError:
    """The same error, if it concerns one change alone; one that concerns the server is raised."""
    if isinstance(error, MetadataServerUnavailableError | MetadataServerNotUnderstoodError):
        raise error
    return error


def provenance(source: tuple[str, str] | None) -> dict[str, Any]:
    """What tells the server for which metadata source a change is made: its GUID and its name."""
    if source is None:
        return {}
    guid, name = source
    return {"externalSourceGUID": guid, "externalSourceName": name}
