"""Authentication of a daemon to its metadata server: with a configured token, or with a token of the platform."""

import base64
from collections.abc import AsyncGenerator

import httpx2
import msgspec
import trio

from services.metadata.remote.answers import Counterpart
from services.secret import Secret

_EARLY = 60.0
"""Seconds before its expiry that a token is renewed."""
_LIFETIME = 600.0
"""Assumed lifetime, in seconds, of a token that does not contain its lifetime."""
_REFUSED = 401


class Login(msgspec.Struct, frozen=True):
    """A user of the platform of a metadata server."""

    user: Secret
    password: Secret


class ConfiguredToken(httpx2.Auth):
    """Reads the token for each request, so that a replaced token needs no restart."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        request.headers["Authorization"] = f"Bearer {await _revealed(self._token)}"
        yield request


class TokenOfPlatform(httpx2.Auth):
    """Requests a token from the platform, keeps it, and renews it before it expires or when it is refused."""

    def __init__(self, login: Login, counterpart: Counterpart) -> None:
        self._login = login
        self._counterpart = counterpart
        self._token: str | None = None
        self._due = 0.0
        self._asking = trio.Lock()

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        used: str | None = None
        for _ in range(2):
            async with self._asking:
                if self._token == used or trio.current_time() >= self._due:
                    response = yield await self._question()
                    self._keep(response.status_code, (await response.aread()).decode(errors="replace"))
            used = self._token
            request.headers["Authorization"] = f"Bearer {used}"
            if (yield request).status_code != _REFUSED:
                return

    async def _question(self) -> httpx2.Request:
        user, password = await _revealed(self._login.user), await _revealed(self._login.password)
        place = f"{self._counterpart.platform_url}/api/token"
        return httpx2.Request("POST", place, json={"userId": user, "password": password})

    def _keep(self, status: int, answer: str) -> None:
        token = answer.strip().strip('"')
        if status >= 500:
            raise self._counterpart.unavailable(f"HTTP status {status} to a request for a token")
        if status >= 400 or not token:
            raise self._counterpart.caller_refused(status, "to a request for a token")
        self._token = token
        self._due = trio.current_time() + max(_lifetime_of(token) - _EARLY, 1.0)


class _Claims(msgspec.Struct):
    exp: float
    iat: float


def _lifetime_of(token: str) -> float:
    """Seconds of validity of a token, by the platform's own clock."""
    part = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        claims = msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), type=_Claims)
    except (ValueError, msgspec.MsgspecError):
        return _LIFETIME
    return claims.exp - claims.iat


async def _revealed(secret: Secret) -> str:
    return await trio.to_thread.run_sync(secret.reveal) if secret.is_reference else secret.reveal()
