"""Authentication at an Iceberg catalogue: with a token, or as an OAuth2 client (RFC 6749, 4.4)."""

import httpx2
import msgspec
import trio

from services.catalog.iceberg.settings import Credentials
from services.catalog.iceberg.wire import TokenAnswer
from services.secret import Secret

EARLIER = 30.0
"""Seconds before the end of a token at which another one is fetched."""
USUAL_LIFE = 300.0
"""Seconds that a token is used whose life the server does not tell."""


class TokenRefusedError(Exception):
    """The token endpoint refuses the client, or does not give a token."""


class Authentication:
    """The token of a connector. It is fetched when it is first needed, when it ends, and when it is refused."""

    def __init__(self, credentials: Credentials, http: httpx2.AsyncClient) -> None:
        self._credentials = credentials
        self._http = http
        self._current = ""
        self._until = 0.0
        self._turn = trio.Lock()

    async def token(self) -> str:
        """The token for a request; empty if none is needed.

        Raises `TokenRefusedError`, what the HTTP client raises, and what the reading of a secret raises.
        """
        if self._credentials.token is not None:
            return await _value_of(self._credentials.token)
        if not self._credentials.client_id:
            return ""
        async with self._turn:
            if trio.current_time() >= self._until:
                self._take(await self._fetched())
            return self._current

    def refused(self, token: str) -> bool:
        """The catalogue has refused a token; true if another one can be fetched."""
        if not self._credentials.client_id:
            return False
        if token == self._current:
            self._until = 0.0
        return True

    async def _fetched(self) -> TokenAnswer:
        credentials = self._credentials
        assert credentials.client_secret is not None
        form = {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": await _value_of(credentials.client_secret),
            "scope": credentials.scope,
        }
        response = await self._http.post(credentials.token_endpoint, data=form)
        if response.status_code >= 500:
            raise httpx2.RemoteProtocolError(f"the token endpoint answers {response.status_code}")
        if response.status_code >= 300:
            raise TokenRefusedError(f"the token endpoint answers {response.status_code}")
        try:
            return msgspec.json.decode(response.content, type=TokenAnswer)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise TokenRefusedError("the answer of the token endpoint has no access_token") from None

    def _take(self, answer: TokenAnswer) -> None:
        life = USUAL_LIFE if answer.expires_in is None else answer.expires_in
        self._current = answer.access_token
        self._until = trio.current_time() + max(life - EARLIER, life / 2)


async def _value_of(secret: Secret) -> str:
    if secret.is_reference:
        return await trio.to_thread.run_sync(secret.reveal)
    return secret.reveal()
