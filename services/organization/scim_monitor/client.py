"""The HTTP client of a SCIM service provider: its requests, and the errors of those that fail."""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx2
import msgspec
import trio

from audit.safe_text import safe_text
from services.errors import (
    ConnectorConfigurationError,
    ThirdPartyUnavailableError,
    UserNotAuthorizedError,
)
from services.organization.scim_monitor import messages
from services.organization.scim_monitor.settings import ScimSettings
from services.web_client.answers import asked_to_wait, in_words
from services.web_client.authentication import Authentication, TokenRefusedError, value_of
from services.web_client.opening import open_http

LONGEST_EXCHANGE = 180.0
"""Seconds for a request with its whole answer: one that comes byte by byte keeps every other time limit."""
TRIES = 5
"""Times that a request is sent which the provider asks to repeat."""
LONGEST_PAUSE = 60.0
"""Seconds to wait before a repetition, whatever a provider asks for."""
MEDIA_TYPE = "application/scim+json"


class NotOfferedError(Exception):
    """The provider does not understand or offer a request: it has no such path, or no such kind of filter."""


class ErrorAnswer(msgspec.Struct, rename="camel"):
    """What a provider says of a failed request (RFC 7644, 3.12)."""

    detail: str = ""
    scim_type: str = ""


class ScimClient:
    """The client of one service provider; created by `open_client`."""

    def __init__(self, http: httpx2.AsyncClient, settings: ScimSettings) -> None:
        self._http = http
        self._settings = settings
        self._authentication = Authentication(settings.credentials, http)

    async def get(self, path: str, parameters: Mapping[str, str] | None = None) -> bytes:
        """The content of an answer, requested again where the provider asks for it.

        Raises `NotOfferedError` where the provider does not have what is asked for, `UserNotAuthorizedError` where it
        is not permitted, and `ThirdPartyUnavailableError` where there is no whole answer.
        """
        for trial in range(1, TRIES + 1):
            token, header = await self._authorization()
            response = await self._sent(path, parameters, header)
            if response.status_code < 300:
                return response.content
            if response.status_code == 401 and trial == 1 and self._authentication.refused(token):
                continue
            pause = asked_to_wait(response, LONGEST_PAUSE)
            if pause is None or trial == TRIES:
                break
            await trio.sleep(pause)
        raise self._error_of(response)

    async def _sent(self, path: str, parameters: Mapping[str, str] | None, authorization: str) -> httpx2.Response:
        headers = {"Accept": f"{MEDIA_TYPE}, application/json"}
        if authorization:
            headers["Authorization"] = authorization
        try:
            with trio.fail_after(LONGEST_EXCHANGE):
                return await self._http.get(f"{self._settings.address}/{path}", params=parameters, headers=headers)
        except trio.TooSlowError:
            raise self.broken("timed out") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self.broken(in_words(error)) from error

    async def _authorization(self) -> tuple[str, str]:
        """The token that is used, if one is, and the header."""
        settings = self._settings
        if settings.password is not None:
            pair = f"{settings.user}:{await value_of(settings.password)}"
            return "", f"Basic {b64encode(pair.encode()).decode()}"
        try:
            token = await self._authentication.token()
        except TokenRefusedError as error:
            raise self._refused(str(error)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self.broken(f"no token can be fetched: {in_words(error)}") from error
        return token, f"Bearer {token}" if token else ""

    def _error_of(self, response: httpx2.Response) -> Exception:
        status, text = response.status_code, _told(response)
        if status in (401, 403):
            return self._refused(text)
        if status in (400, 404, 501):
            return NotOfferedError(text)
        return self.broken(text)

    def broken(self, cause: str) -> ThirdPartyUnavailableError:
        """The error for a provider that does not answer, or not as described."""
        return ThirdPartyUnavailableError(messages.PROVIDER_NOT_AVAILABLE, address=self._settings.address, cause=cause)

    def is_none(self, error: NotOfferedError) -> ConnectorConfigurationError:
        """The error for an address that is not one of a service provider."""
        return ConnectorConfigurationError(messages.NOT_A_PROVIDER, address=self._settings.address, cause=error)

    def _refused(self, cause: str) -> UserNotAuthorizedError:
        return UserNotAuthorizedError(messages.PROVIDER_REFUSED, address=self._settings.address, cause=cause)


@asynccontextmanager
async def open_client(settings: ScimSettings) -> AsyncIterator[ScimClient]:
    """A client of a service provider, until the block ends."""
    async with open_http(settings.address, ca_bundle=settings.ca_bundle) as http:
        yield ScimClient(http, settings)


def _told(response: httpx2.Response) -> str:
    """What the provider says of a failed request."""
    try:
        error = msgspec.json.decode(response.content, type=ErrorAnswer)
        text = " ".join(filter(None, (error.scim_type, error.detail)))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        text = ""
    return safe_text(f"HTTP status {response.status_code}" + (f", {text}" if text else ""), 300)
