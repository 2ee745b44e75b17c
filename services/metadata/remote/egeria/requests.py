"""One request to the metadata server, and its response."""

import re
from typing import TypeVar
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
from services.metadata.messages import CALLER_REFUSED
from services.metadata.remote.answers import Counterpart, error_in, request_error_text, retry_after_seconds
from services.metadata.remote.egeria.concurrency_limit import ConcurrencyLimit
from services.metadata.remote.egeria.routes import EGERIA_4, Dialect, Operation, Route
from services.metadata.remote.egeria.values import as_body
from services.metadata.remote.egeria.wire import Values

PATIENCE = 60.0
"""Total time, in seconds, for which requests are repeated at the request of a busy server."""
DEFAULT_ACCESS_SERVICE = "data-manager"
"""The access service that Egeria's files and database integrators use."""
LARGEST_PAGE = 500
"""Maximum number of elements in one response, unless the configuration or the server has a smaller bound."""
_HEADERS = {"Content-Type": "application/json"}
_VISIBLE = {"forLineage": True, "forDuplicateProcessing": False}
"""Archived elements are always requested, so that the start of a page is exact."""
_AT_ANY_TIME = {"effectiveTime": 0}
_NO_SUCH_ROUTE = (404, 405)

_PAGE_TOO_LARGE = ("OMAG-COMMON-400-010", "OPEN-METADATA-400-025")
_LARGEST_THERE = re.compile(r"allowable maximum of (\d+)")
_NOT_NOTED = re.compile(r"\(LatestChange\)|classification LatestChange\b")
"""Matches an error that follows a successful change: simultaneous requests compete for the record of the change."""

REFUSALS = (InvalidParameterError, UserNotAuthorizedError, PropertyServerError)
"""The errors with which the server may refuse a single change."""

_encode = msgspec.json.Encoder().encode
T = TypeVar("T")


class Requests:
    """The requests to one metadata server."""

    def __init__(
        self,
        client: httpx2.AsyncClient,
        counterpart: Counterpart,
        user: str,
        dialect: Dialect = EGERIA_4,
        *,
        access_service: str = DEFAULT_ACCESS_SERVICE,
        page_size: int = 0,
    ) -> None:
        self.counterpart = counterpart
        self.user = user
        self.dialect = dialect
        self.concurrency_limit = ConcurrencyLimit()
        self.page_size = min(page_size or LARGEST_PAGE, LARGEST_PAGE)
        self.access_service = access_service
        self._client = client
        self._chosen: dict[Operation, int] = {}

    async def page(
        self, operation: Operation, kind: type[T], body: Values | None = None, *, start: int, end: int = 0, **parts: str
    ) -> T:
        """Read a page of `page_size` elements, or of the server's maximum if that is smaller.

        `end`: the end of the relationships that the element is.
        """
        while True:
            size = self.page_size
            options: dict[str, object] = {"startFrom": start, "pageSize": size}
            if end:
                options["startingAtEnd"] = end
            try:
                return await self.read(operation, kind, body, options, **parts)
            except InvalidParameterError as error:
                largest = _LARGEST_THERE.search(str(error)) if error.definition.id in _PAGE_TOO_LARGE else None
                if largest is None or not 0 < int(largest[1]) < size:
                    raise
                self.page_size = min(self.page_size, int(largest[1]))

    async def read(
        self,
        operation: Operation,
        kind: type[T],
        body: Values | None = None,
        options: dict[str, object] | None = None,
        **parts: str,
    ) -> T:
        """Read elements or relationships; with a body, search them."""
        options = {**_VISIBLE, **(options or {})}
        return await self._ask(operation, body, kind, self.user, options, parts, repeatable=True)

    async def write(
        self,
        operation: Operation,
        body: Values,
        kind: type[T],
        user: str,
        *,
        repeatable: bool = True,
        **parts: str,
    ) -> T:
        """Make a change. A change that is not `repeatable` is not sent again if its outcome is unknown.

        The result is empty if the change was made but the server failed to record it.
        """
        try:
            return await self._ask(operation, body, kind, user, {}, parts, repeatable=repeatable)
        except PropertyServerError as error:
            if operation is Operation.NEW_FILE or _NOT_NOTED.search(str(error)) is None:
                raise
            return msgspec.convert({}, kind)

    async def _ask(
        self,
        operation: Operation,
        body: Values | None,
        kind: type[T],
        user: str,
        options: dict[str, object],
        parts: dict[str, str],
        *,
        repeatable: bool,
    ) -> T:
        at = self.counterpart
        response = await self._by_any_route(operation, body, user, options, parts, repeatable=repeatable)
        at.raise_if_error(response.content, user)
        try:
            answer = msgspec.json.decode(response.content, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise at.not_understood(response.status_code, f"the answer cannot be decoded: {error}") from None
        at.has_served = True
        return answer

    async def _by_any_route(
        self,
        operation: Operation,
        body: Values | None,
        user: str,
        options: dict[str, object],
        parts: dict[str, str],
        *,
        repeatable: bool,
    ) -> httpx2.Response:
        """The response of the first route of an operation that the server has."""
        routes = self.dialect.routes[operation]
        number = self._chosen.get(operation, 0)
        while True:
            route = routes[number]
            url = self._url(route, user, options, parts)
            content = None if not route.body else _encode(self._content(route, body, options))
            response = await self._answered(route.method, url, content, operation, repeatable=repeatable)
            is_missing = (
                response.status_code in _NO_SUCH_ROUTE and not error_in(response.content).exception_error_message_id
            )
            if not is_missing or number + 1 == len(routes):
                self.counterpart.require_answer(response)
                self._chosen[operation] = number
                return response
            number += 1

    def _url(self, route: Route, user: str, options: dict[str, object], parts: dict[str, str]) -> str:
        at = self.counterpart
        server = f"{at.platform_url}/servers/{quote(at.server, safe='')}/open-metadata"
        service = route.service.format(access_service=self.access_service)
        url = f"{server}/{service}/users/{quote(user, safe='')}{route.path.format(**parts)}"
        if not options:
            return url
        return f"{url}?{urlencode({name: _in_query(value) for name, value in {**options, **_AT_ANY_TIME}.items()})}"

    def update(self, values: Values, *, replace: bool) -> Values:
        """The body of an update of properties, which replaces or keeps the other properties."""
        merge = {"mergeUpdate": not replace} if self.dialect.options_in_body else {}
        return {"replaceProperties": replace, **merge, "properties": as_body(values)}

    def removal(self, operation: Operation) -> Values:
        """The body of a removal, including archived elements."""
        method = {} if operation is Operation.DECLASSIFY else self.dialect.delete_method
        return {"forLineage": True, **method}

    def _content(self, route: Route, body: Values | None, options: dict[str, object]) -> Values:
        given = options if self.dialect.options_in_body else {}
        return {"class": route.body, **(body or {}), **given}

    async def _answered(
        self, method: str, url: str, content: bytes | None, operation: Operation, *, repeatable: bool
    ) -> httpx2.Response:
        """The response to a request, which is repeated later if the server is busy."""
        patience = PATIENCE
        while True:
            try:
                async with self.concurrency_limit.slot(operation):
                    response = await self._sent(method, url, content, repeatable=repeatable)
                    pause = retry_after_seconds(response)
                    if pause is not None and pause <= patience:
                        raise _TooMuchToDo(pause)
                    if response.status_code >= 500:
                        self.counterpart.require_answer(response)
                    return response
            except _TooMuchToDo as answer:
                patience -= answer.pause
                await trio.sleep(answer.pause)

    async def _sent(self, method: str, url: str, content: bytes | None, *, repeatable: bool) -> httpx2.Response:
        """Send a request, and once more if its connection was closed while idle and the request is repeatable."""
        try:
            try:
                return await self._client.request(method, url, content=content, headers=_HEADERS)
            except (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError):
                if not repeatable:
                    raise
                return await self._client.request(method, url, content=content, headers=_HEADERS)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self.counterpart.unavailable(request_error_text(error)) from error


class _TooMuchToDo(Exception):
    def __init__(self, pause: float) -> None:
        self.pause = pause


def _in_query(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def require_refusal(error: DescribedError) -> DescribedError:
    """Return an error that concerns a single change; raise an error that concerns the server or the caller."""
    if isinstance(error, MetadataServerUnavailableError | MetadataServerNotUnderstoodError):
        raise error
    if error.definition.id == CALLER_REFUSED.id:
        raise error
    return error


def provenance(source: tuple[str, str] | None) -> Values:
    """The fields that name the metadata source of a change: its GUID and its name."""
    if source is None:
        return {}
    guid, name = source
    return {"externalSourceGUID": guid, "externalSourceName": name}
