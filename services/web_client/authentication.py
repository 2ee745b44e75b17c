"""Authentication to a third party: with a token, or as an OAuth 2.0 client (RFC 6749, 4.4)."""

import re
from typing import NamedTuple

import httpx2
import msgspec
import trio

from services.secret import Secret

EARLIER = 30.0
"""Seconds before the expiry of a token at which a new one is fetched."""
USUAL_LIFE = 300.0
"""Lifetime in seconds of a token for which the server states none."""
_TOKEN = re.compile(r"[!-~]*")


class Credentials(NamedTuple):
    """The credentials of a connector: none, a token, or those of an OAuth 2.0 client."""

    token: Secret | None = None
    client_id: str = ""
    client_secret: Secret | None = None
    token_endpoint: str = ""
    scope: str = ""


class TokenAnswer(msgspec.Struct):
    """The answer of a token endpoint (RFC 6749, 5.1)."""

    access_token: str
    expires_in: float | None = None


class TokenRefusedError(Exception):
    """The token endpoint refuses the client, or does not give a token."""


class Authentication:
    """The token of a connector, which is fetched at the first request, before it expires, and after a refusal."""

    def __init__(self, credentials: Credentials, http: httpx2.AsyncClient) -> None:
        self._credentials = credentials
        self._http = http
        self._current = ""
        self._until = 0.0
        self._fetching = trio.Lock()

    async def token(self) -> str:
        """The token for a request; empty if none is needed.

        Raises `TokenRefusedError`, the errors of the HTTP client, and those of `Secret.reveal`.
        """
        if self._credentials.token is not None:
            return _sendable(await value_of(self._credentials.token))
        if not self._credentials.client_id:
            return ""
        async with self._fetching:
            if trio.current_time() >= self._until:
                self._store(await self._fetch())
            return self._current

    def refused(self, token: str) -> bool:
        """Discard a token that the third party has refused; true if another one can be fetched."""
        if not self._credentials.client_id:
            return False
        if token == self._current:
            self._until = 0.0
        return True

    async def _fetch(self) -> TokenAnswer:
        credentials = self._credentials
        assert credentials.client_secret is not None
        form = {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": await value_of(credentials.client_secret),
            **({"scope": credentials.scope} if credentials.scope else {}),
        }
        response = await self._http.post(credentials.token_endpoint, data=form)
        if response.status_code >= 500 or response.status_code in (408, 429):
            raise httpx2.RemoteProtocolError(f"the token endpoint answers {response.status_code}")
        if response.status_code >= 300:
            raise TokenRefusedError(f"the token endpoint answers {response.status_code}")
        try:
            return msgspec.json.decode(response.content, type=TokenAnswer, strict=False)  # some servers quote numbers
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise TokenRefusedError("the answer of the token endpoint has no access_token") from None

    def _store(self, answer: TokenAnswer) -> None:
        _sendable(answer.access_token)
        lifetime = USUAL_LIFE if answer.expires_in is None else answer.expires_in
        self._current = answer.access_token
        self._until = trio.current_time() + max(lifetime - EARLIER, lifetime / 2)


def _sendable(token: str) -> str:
    """The token; raises `TokenRefusedError` if a header field cannot have it. The HTTP client's error would show it."""
    if not _TOKEN.fullmatch(token):
        raise TokenRefusedError("the token has a space in it, or another character that a header field cannot have")
    return token


async def value_of(secret: Secret) -> str:
    """The value of a secret, read on a worker thread if it is a reference; raises as `Secret.reveal`."""
    if secret.is_reference:
        return await trio.to_thread.run_sync(secret.reveal)
    return secret.reveal()
