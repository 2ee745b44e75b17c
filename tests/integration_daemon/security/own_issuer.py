"""An issuer of the tests' own, on loopback, that answers whatever a test tells it to, or nothing."""

import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio

from audit.message import AuditMessage
from integration_daemon.security.openid_connect.jwt_callers import JwtCallers, open_jwt_callers
from integration_daemon.security.openid_connect.settings import OpenIdConnect
from integration_daemon.security.permissions import Caller, Role
from tests.integration_daemon.security.signing import AUDIENCE, public_jwk, rsa_key

CONFIGURATION = "/.well-known/openid-configuration"
KEYS = "/keys"
ENDLESS = b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 100_000
"""The beginning of an answer, which may be followed by itself."""


class OwnIssuer:
    """Serves a configuration and a key set over plain HTTP. It is asked once for each of them, for each fetch."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[str] = []
        self.hangs = False
        self.is_endless = False
        self.answers: dict[str, bytes] = {}
        self.answer(CONFIGURATION, {"issuer": self.url, "jwks_uri": self.url + KEYS})
        self.has_keys(public_jwk(rsa_key("first"), "first"))

    @property
    def fetches(self) -> int:
        """The number of requests for its keys."""
        return self.asked.count(CONFIGURATION)

    def answer(self, path: str, content: Any, status: str = "200 OK", *headers: str) -> None:
        """Answer requests for a path with JSON, or with these bytes."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
        self.answers[path] = "\r\n".join(lines).encode() + body

    def has_keys(self, *keys: Any) -> None:
        """Answer with a set of these keys."""
        self.answer(KEYS, {"keys": keys})

    async def serve(self, stream: trio.abc.Stream) -> None:
        """Answer one request, and close."""
        async with stream:
            try:
                request = b""
                while b"\r\n\r\n" not in request:
                    part = await stream.receive_some()
                    if not part:
                        return
                    request += part
                path = request.split(b" ", 2)[1].decode()
                self.asked.append(path)
                if self.hangs:
                    await trio.sleep_forever()
                while self.is_endless:
                    await stream.send_all(ENDLESS)
                await stream.send_all(self.answers.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"))
            except trio.BrokenResourceError:
                return  # who asked has had enough, or does not trust us


@asynccontextmanager
async def own_issuer(tls: ssl.SSLContext | None = None) -> AsyncIterator[OwnIssuer]:
    """A running issuer."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    scheme, port = "http" if tls is None else "https", listener.socket.getsockname()[1]
    issuer = OwnIssuer(f"{scheme}://127.0.0.1:{port}")
    async with trio.open_nursery() as nursery:
        if tls is None:
            nursery.start_soon(trio.serve_listeners, issuer.serve, [listener])
        else:
            nursery.start_soon(trio.serve_listeners, issuer.serve, [trio.SSLListener(listener, tls)])
        yield issuer
        nursery.cancel_scope.cancel()


def settings_for(issuer: str, **changed: Any) -> OpenIdConnect:
    """Settings for an issuer, with roles for operators alone."""
    every: dict[str, Any] = {"issuer": issuer, "audience": AUDIENCE, "roles": {"operators": (Role.OPERATOR,)}}
    return OpenIdConnect(**{**every, **changed})


class Knowing:
    """Callers of an issuer, and what was recorded of it."""

    def __init__(self, callers: JwtCallers) -> None:
        self.callers = callers
        self.recorded: list[str] = []

    async def caller(self, token: str) -> Caller:
        """The caller with a token."""
        found = (await self.callers.recall(token))()
        assert found is not None
        return found

    def record(self, message: AuditMessage, error: BaseException | None, inserts: dict[str, object]) -> None:
        """Keep what the audit log would."""
        self.recorded.append(f"{message.id} {message.render(inserts)}")


@asynccontextmanager
async def knowing(
    issuer: OwnIssuer, prepare: Callable[[OwnIssuer], None] | None = None, **changed: Any
) -> AsyncIterator[Knowing]:
    """The callers of an issuer, after the first fetch of its keys, if that ends by itself."""
    if prepare is not None:
        prepare(issuer)
    found = Knowing(open_jwt_callers(settings_for(issuer.url, **changed)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(found.callers.run, found.record)
        while not found.recorded and not issuer.hangs:
            await trio.testing.wait_all_tasks_blocked(0.001)
        yield found
        nursery.cancel_scope.cancel()
