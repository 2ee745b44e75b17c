"""The receiver of published events: any server that accepts OpenLineage events over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx2
import msgspec
import trio

from audit.masking import masked_text
from services.address_password import CREDENTIALS_IN_ADDRESS
from services.cause import innermost_text
from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError, UserNotAuthorizedError
from services.lineage.publisher.messages import ADDRESS_NOT_UNDERSTOOD, LOGIN_REFUSED, NOT_AVAILABLE
from services.loopback import is_on_this_machine
from services.secret import Secret
from services.web_client.answers import retry_after_seconds
from services.web_client.opening import open_http

USUAL_PATH = "/api/v1/lineage"
TIMEOUTS = httpx2.Timeout(connect=5.0, read=30.0, write=30.0, pool=None)
TRIES = 4
PAUSE = 1.0
"""Seconds before an event is sent again if the receiver does not ask for another time."""
LONGEST_PAUSE = 10.0
"""Longest wait before an event is sent again, in seconds, whatever the receiver asks for."""
_TOO_MANY, _UNAVAILABLE = 429, 503


class ReceiverSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The address and API key of a receiver."""

    url: str
    api_key: Secret | None


def receiver_settings(connector: str, address: str | None, api_key: Secret | None) -> ReceiverSettings:
    """The settings for an address; raises `ConnectorConfigurationError` if it is unusable."""
    problem = _problem(address or "", has_key=api_key is not None)
    if problem:
        raise ConnectorConfigurationError(ADDRESS_NOT_UNDERSTOOD, connector=connector, problem=problem)
    assert address is not None
    parts = urlsplit(address)
    path = parts.path.rstrip("/") or USUAL_PATH
    return ReceiverSettings(url=f"{parts.scheme}://{parts.netloc}{path}", api_key=api_key)


def _problem(address: str, *, has_key: bool) -> str:
    if masked_text(address) != address:
        return CREDENTIALS_IN_ADDRESS
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is no URL"
    if parts.scheme not in ("http", "https") or not host:
        return "it does not begin with https://host or http://host"
    if parts.query or parts.fragment:
        return "it has a query or a fragment"
    if has_key and parts.scheme == "http" and not is_on_this_machine(address):
        return "an API key is sent to other machines over https:// alone"
    return ""


class Receiver:
    """A connection to a receiver; created by `open_receiver`."""

    def __init__(self, http: httpx2.AsyncClient, settings: ReceiverSettings) -> None:
        self._http = http
        self._settings = settings

    async def send(self, event: bytes) -> str:
        """Send an event. Returns the reason if it was refused; an empty text if it was accepted.

        Raises `UserNotAuthorizedError` if the API key is refused, and `ThirdPartyUnavailableError` if there is no valid
        response.
        """
        headers = {"Content-Type": "application/json"}
        if self._settings.api_key is not None:
            value = await trio.to_thread.run_sync(self._settings.api_key.reveal, abandon_on_cancel=True)
            headers["Authorization"] = f"Bearer {value}"
        for trial in range(1, TRIES + 1):
            try:
                response = await self._http.post(self._settings.url, content=event, headers=headers)
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                raise self._broken(innermost_text(error)) from error
            status = response.status_code
            if status not in (_TOO_MANY, _UNAVAILABLE) or trial == TRIES:
                break
            await trio.sleep(retry_after_seconds(response, LONGEST_PAUSE) or PAUSE)
        if status in (401, 403):
            raise UserNotAuthorizedError(LOGIN_REFUSED, address=self._settings.url, status=status)
        if status >= 500 or status in (404, 405, 408, _TOO_MANY) or 300 <= status < 400:
            raise self._broken(f"it answers with HTTP status {status}")
        return "" if status < 300 else f"HTTP status {status}"

    def _broken(self, cause: str) -> ThirdPartyUnavailableError:
        return ThirdPartyUnavailableError(NOT_AVAILABLE, address=self._settings.url, cause=cause)


@asynccontextmanager
async def open_receiver(settings: ReceiverSettings) -> AsyncIterator[Receiver]:
    """A receiver, open until the end of the block."""
    async with open_http(settings.url, timeouts=TIMEOUTS) as http:
        yield Receiver(http, settings)
