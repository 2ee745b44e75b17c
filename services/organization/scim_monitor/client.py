"""The HTTP client for a SCIM service provider: requests, and errors for failed requests."""

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
from services.web_client.answers import request_error_text, retry_after_seconds
from services.web_client.authentication import Authentication, TokenRefusedError, value_of
from services.web_client.opening import open_http

LONGEST_EXCHANGE = 180.0
"""Seconds for a request with its complete response: a response that arrives byte by byte exceeds no other limit."""
TRIES = 5
"""Maximum number of attempts of a request that the provider asks to repeat."""
LONGEST_PAUSE = 60.0
"""Maximum delay in seconds before a repetition."""
MEDIA_TYPE = "application/scim+json"


class UnsupportedRequestError(Exception):
    """The provider does not support a request: it does not have the path, or does not understand the filter."""


class ErrorAnswer(msgspec.Struct, rename="camel"):
    """The body of an error response (RFC 7644, 3.12)."""

    detail: str = ""
    scim_type: str = ""


class ScimClient:
    """The client of one service provider; created by `open_client`."""

    def __init__(self, http: httpx2.AsyncClient, settings: ScimSettings) -> None:
        self._http = http
        self._settings = settings
        self._authentication = Authentication(settings.credentials, http)

    async def get(self, path: str, parameters: Mapping[str, str] | None = None) -> bytes:
        """The content of a response. The request is repeated if the provider asks for it.

        Raises `UnsupportedRequestError` if the provider does not support the request, `UserNotAuthorizedError` if it
        does not permit it, and `ThirdPartyUnavailableError` if there is no complete response.
        """
        for trial in range(1, TRIES + 1):
            token, header = await self._authorization()
            response = await self._send(path, parameters, header)
            if response.status_code < 300:
                return response.content
            if response.status_code == 401 and trial == 1 and self._authentication.refused(token):
                continue
            pause = retry_after_seconds(response, LONGEST_PAUSE)
            if pause is None or trial == TRIES:
                break
            await trio.sleep(pause)
        raise self._error_of(response)

    async def _send(self, path: str, parameters: Mapping[str, str] | None, authorization: str) -> httpx2.Response:
        headers = {"Accept": f"{MEDIA_TYPE}, application/json"}
        if authorization:
            headers["Authorization"] = authorization
        try:
            with trio.fail_after(LONGEST_EXCHANGE):
                return await self._http.get(f"{self._settings.address}/{path}", params=parameters, headers=headers)
        except trio.TooSlowError:
            raise self.broken("timed out") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self.broken(request_error_text(error)) from error

    async def _authorization(self) -> tuple[str, str]:
        """The token, or an empty text without one, and the value of the Authorization header."""
        settings = self._settings
        if settings.password is not None:
            pair = f"{settings.user}:{await value_of(settings.password)}"
            return "", f"Basic {b64encode(pair.encode()).decode()}"
        try:
            token = await self._authentication.token()
        except TokenRefusedError as error:
            raise self._refused(str(error)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self.broken(f"no token can be fetched: {request_error_text(error)}") from error
        return token, f"Bearer {token}" if token else ""

    def _error_of(self, response: httpx2.Response) -> Exception:
        status, text = response.status_code, _error_text(response)
        if status in (401, 403):
            return self._refused(text)
        if status in (400, 404, 501):
            return UnsupportedRequestError(text)
        return self.broken(text)

    def broken(self, cause: str) -> ThirdPartyUnavailableError:
        """The error for a provider that does not answer, or sends an invalid response."""
        return ThirdPartyUnavailableError(messages.PROVIDER_NOT_AVAILABLE, address=self._settings.address, cause=cause)

    def not_a_provider(self, error: UnsupportedRequestError) -> ConnectorConfigurationError:
        """The error for an address at which there is no service provider."""
        return ConnectorConfigurationError(messages.NOT_A_PROVIDER, address=self._settings.address, cause=error)

    def _refused(self, cause: str) -> UserNotAuthorizedError:
        return UserNotAuthorizedError(messages.PROVIDER_REFUSED, address=self._settings.address, cause=cause)


@asynccontextmanager
async def open_client(settings: ScimSettings) -> AsyncIterator[ScimClient]:
    """Open a client for a service provider, until the block ends."""
    async with open_http(settings.address, ca_bundle=settings.ca_bundle) as http:
        yield ScimClient(http, settings)


def _error_text(response: httpx2.Response) -> str:
    """The status and the provider's explanation of a failed request."""
    try:
        error = msgspec.json.decode(response.content, type=ErrorAnswer)
        text = " ".join(filter(None, (error.scim_type, error.detail)))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        text = ""
    return safe_text(f"HTTP status {response.status_code}" + (f", {text}" if text else ""), 300)
