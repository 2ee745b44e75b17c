"""An OpenID Connect issuer of the tests' own: a program that was not written for us."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.servers.process import ServerProcess, server_of

CLIENT = "integration-daemon"
"""The client that tokens are made for, which is their audience."""
_CALLBACK = "http://127.0.0.1/callback"


class OpenIdProvider(ServerProcess):
    """An issuer that lets every user and every client in. It makes a new key whenever it starts."""

    name, package = "oidc-provider-mock", "none: it is a Python package"
    users = ()

    def make(self) -> None:
        """No preparation: the server stores nothing."""

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "oidc_provider_mock", "--port", str(self.port)]

    def answers(self) -> bool:
        try:
            return httpx2.get(f"{self.issuer}/.well-known/openid-configuration").status_code == 200
        except httpx2.HTTPError:
            return False

    @property
    def issuer(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.port}"

    def token(self, user: str, client: str = CLIENT, **claims: Any) -> str:
        """An ID token for a client, as a user gets one that logs in: by the authorization code flow."""
        with httpx2.Client(base_url=self.issuer) as http:
            http.put(f"/users/{user}", json=claims).raise_for_status()
            asked = {"response_type": "code", "client_id": client, "redirect_uri": _CALLBACK, "scope": "openid profile"}
            allowed = http.post("/oauth2/authorize", params=asked, data={"sub": user})
            (code,) = parse_qs(urlsplit(allowed.headers["location"]).query)["code"]
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": _CALLBACK}
            answer = http.post("/oauth2/token", data=form, auth=(client, "any password"))
            return str(answer.raise_for_status().json()["id_token"])


@contextmanager
def openid_provider() -> Iterator[OpenIdProvider]:
    """An issuer, until the block ends."""
    with server_of(OpenIdProvider) as server:
        yield server
