"""The HTTP client of a catalogue: its requests, their responses, and the errors of failed requests."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import quote, urlencode

import httpx2
import msgspec
import trio

from audit.safe_text import safe_text
from services.catalog import messages
from services.catalog.rest.settings import RestSettings
from services.errors import (
    ConnectorConfigurationError,
    ThirdPartyUnavailableError,
    UserNotAuthorizedError,
)
from services.web_client.answers import request_error_text, retry_after_seconds
from services.web_client.authentication import Authentication, TokenRefusedError

TRIES = 4
"""Maximum number of attempts of a request that the server asks to repeat."""
MOST_FAILURES = 20
"""Maximum number of objects that the catalogue fails to describe, before it counts as not available."""
SAME_TIME = 5.0
"""Clock difference, in seconds, that is ignored: the `Date` field has whole seconds, and a response takes time."""
LONGEST_PAUSE = 10.0
"""Longest wait before a repetition, in seconds, whatever the server asks for."""

T = TypeVar("T")


class NotFoundError(Exception):
    """The catalogue does not have the requested object."""


class ForbiddenError(Exception):
    """The catalogue does not permit this request."""


class RefusedError(Exception):
    """The catalogue refuses the request, because of its contents or of the current state of the object."""


class FailedRequestError(ThirdPartyUnavailableError):
    """The catalogue failed at one request, or its response has another form; other requests may succeed."""


class ErrorModel(msgspec.Struct):
    """The error of a failed request: Iceberg catalogues send a type, Unity Catalog an error code."""

    message: str = ""
    type: str = ""
    error_code: str = ""


class ErrorAnswer(ErrorModel):
    """The body of a response to a failed request; Iceberg catalogues wrap the error in a field."""

    error: ErrorModel | None = None


class RestClient:
    """The client of one catalogue."""

    def __init__(self, http: httpx2.AsyncClient, rest: RestSettings) -> None:
        self.rest = rest
        self.base = rest.address
        """The URL that precedes all paths."""
        self._ahead: float | None = None
        """Seconds by which the catalogue's clock is ahead of the local clock."""
        self._http = http
        self._authentication = Authentication(rest.credentials, http)

    async def get(self, place: str, kind: type[T], parameters: Mapping[str, str] | None = None) -> T:
        """Read an object; see `send` for the errors."""
        content = (await self.send("GET", place, parameters=parameters)).content
        return self.decoded(content, kind, f"the answer to {place}")

    async def post(self, place: str, body: object, kind: type[T]) -> T:
        """Send a change, and return the decoded response; see `send` for the errors."""
        return self.decoded((await self.send("POST", place, body=body)).content, kind)

    def decoded(self, content: bytes, kind: type[T], subject: str = "an answer") -> T:
        """Decode a response; raises `FailedRequestError`, which names the subject, for another form."""
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise self._failed(f"{subject} cannot be decoded: {error}") from None

    async def send(
        self,
        method: str,
        place: str,
        *,
        parameters: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Send a request, and repeat it if the server asks for that.

        Raises `NotFoundError`, `ForbiddenError` and `RefusedError` for a request that the catalogue does not fulfil;
        `UserNotAuthorizedError` for credentials that it does not accept; `ThirdPartyUnavailableError` if it does not
        answer.
        """
        url = place if "://" in place else self.base + place
        if parameters:
            url += "?" + urlencode(parameters, quote_via=quote)
        sent = {"Content-Type": "application/json", **(headers or {})} if body is not None else dict(headers or {})
        content = None if body is None else msgspec.json.encode(body)
        for trial in range(1, TRIES + 1):
            token = await self._token()
            if token:
                sent["Authorization"] = f"Bearer {token}"
            try:
                response = await self._http.request(method, url, content=content, headers=sent)
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                raise self.broken(request_error_text(error)) from error
            if self._ahead is None:
                self._ahead = _seconds_ahead(response)
            if response.status_code < 300 or response.status_code == 304:
                return response
            if response.status_code == 401 and trial == 1 and self._authentication.refused(token):
                continue
            pause = retry_after_seconds(response, LONGEST_PAUSE)
            if pause is None or trial == TRIES:
                break
            await trio.sleep(pause)
        raise self._error_of(response)

    def local_time(self, seconds: float | None) -> float | None:
        """Convert a time of the catalogue, in seconds since the epoch, to the local clock."""
        return None if seconds is None else seconds - (self._ahead or 0.0)

    async def _token(self) -> str:
        try:
            return await self._authentication.token()
        except TokenRefusedError as error:
            raise UserNotAuthorizedError(messages.LOGIN_REFUSED, address=self.rest.address, cause=str(error)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self.broken(f"no token can be fetched: {request_error_text(error)}") from error

    def _error_of(self, response: httpx2.Response) -> Exception:
        status, text = response.status_code, _error_text(response)
        if status == 401:
            return UserNotAuthorizedError(messages.LOGIN_REFUSED, address=self.rest.address, cause=text)
        if status == 403:
            return ForbiddenError(text)
        if status == 404:
            return NotFoundError(text)
        if status < 500 and status not in (408, 429):
            return RefusedError(text)
        return self._failed(text) if status == 500 else self.broken(text)

    def _failed(self, cause: str) -> FailedRequestError:
        return FailedRequestError(messages.NOT_AVAILABLE, address=self.rest.address, cause=cause)

    def broken(self, cause: str) -> ThirdPartyUnavailableError:
        """The error for a catalogue that does not answer, or not in the described form."""
        return ThirdPartyUnavailableError(messages.NOT_AVAILABLE, address=self.rest.address, cause=cause)

    def refused(self, error: Exception) -> UserNotAuthorizedError:
        """The error for a catalogue that does not permit a request that the connector cannot work without."""
        return UserNotAuthorizedError(messages.LOGIN_REFUSED, address=self.rest.address, cause=str(error))

    def not_expected(self, error: Exception) -> ConnectorConfigurationError:
        """The error for a server that is not the expected catalogue."""
        return ConnectorConfigurationError(
            messages.NOT_A_CATALOGUE, address=self.rest.address, cause=str(error) or "it has no configuration"
        )


def _seconds_ahead(response: httpx2.Response) -> float:
    """Seconds by which a server's clock is ahead, from its `Date` field (RFC 9110, 6.6.1); 0 up to `SAME_TIME`."""
    try:
        server_time = parsedate_to_datetime(response.headers["Date"]).timestamp() + 0.5
    except (KeyError, ValueError, TypeError, OverflowError):
        return 0.0
    ahead = server_time - time.time()
    return ahead if abs(ahead) > SAME_TIME else 0.0


def _error_text(response: httpx2.Response) -> str:
    """The status and the catalogue's error message of a failed request, as one safe text."""
    try:
        answer = msgspec.json.decode(response.content, type=ErrorAnswer)
        error = answer.error or answer
        kind = error.type or error.error_code
        text = f"{kind}: {error.message}" if kind else error.message
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        text = ""
    return safe_text(f"HTTP status {response.status_code}" + (f", {text}" if text else ""), 300)
