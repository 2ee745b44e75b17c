"""A platform that authenticates its callers, for tests, with a token for each role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx2
import trio

from audit.message import AuditMessage
from integration_daemon.config.load import convert
from integration_daemon.config.platform_file import EMPTY, PlatformFile
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.platform import Platform
from integration_daemon.rest.access import Access
from integration_daemon.rest.app import make_app
from integration_daemon.rest.changes import Changes
from integration_daemon.rest.serving import TLSFiles, serve
from integration_daemon.rest.serving.incidents import Incidents
from integration_daemon.security.authenticator import Authenticator, IdentityProvider
from integration_daemon.security.followed_list import POLL_INTERVAL
from integration_daemon.security.permissions import Role
from integration_daemon.security.tokens import TokenFile
from tests.integration_daemon.rest.platforms import NO_TLS, daemon_document


class Guarded:
    """A platform that authenticates its callers, with a token of each role."""

    def __init__(
        self,
        platform: Platform,
        url: str,
        http: httpx2.AsyncClient,
        file: TokenFile,
        tokens: dict[Role, str],
        recorded: list[tuple[AuditMessage, dict[str, object]]],
    ) -> None:
        self.platform = platform
        self.url = url
        self.http = http
        self.file = file
        self.tokens = tokens
        self.recorded = recorded

    async def send(self, method: str, path: str, token: str | None = None, **request: object) -> httpx2.Response:
        """One request; its body is never what a route needs."""
        headers = {"Last-Event-ID": b"none"}  # so that a stream of events, which does not end, is refused as well
        if token is not None:
            headers["Authorization"] = f"Bearer {token}".encode()
        return await self.http.request(method, self.url + path, headers=headers, **request)  # type: ignore[arg-type]

    async def until_accepted(self, token: str) -> None:
        """Wait until a token that was made just now is accepted."""
        with trio.fail_after(20 * POLL_INTERVAL):
            while (await self.send("GET", "/api/v1/servers", token)).status_code == 401:  # noqa: ASYNC110
                await trio.sleep(0.02)

    async def until_revoked(self, token: str) -> None:
        """Wait until a token is no longer accepted."""
        with trio.fail_after(20 * POLL_INTERVAL):
            while (await self.send("GET", "/api/v1/servers", token)).status_code != 401:  # noqa: ASYNC110
                await trio.sleep(0.02)


@asynccontextmanager
async def guarded(
    tmp_path: Path,
    identity_provider: IdentityProvider | None = None,
    tls: TLSFiles | None = None,
    socket_path: Path | None = None,
    file: PlatformFile = EMPTY,
) -> AsyncIterator[Guarded]:
    directory = tmp_path / "data"
    token_file = TokenFile(directory)
    tokens = {role: token_file.create(role.value, (role,), user=None, expires=None) for role in Role}
    platform, stop = Platform(PlatformSettings(data_directory=directory)), trio.Event()
    authenticator = Authenticator(directory, identity_provider)
    authenticator.open()

    recorded: list[tuple[AuditMessage, dict[str, object]]] = []

    def record(message: AuditMessage, error: BaseException | None, inserts: dict[str, object]) -> None:
        recorded.append((message, inserts))

    async with trio.open_nursery() as nursery, httpx2.AsyncClient(timeout=30, verify=NO_TLS) as http:
        await nursery.start(platform.run)
        incidents = Incidents(record)
        nursery.start_soon(incidents.run)
        nursery.start_soon(authenticator.run, record)
        changes = Changes(platform.record_in)
        nursery.start_soon(changes.run)
        app = make_app(platform, Access(authenticator, incidents, changes))
        serving = partial(serve, app, host="127.0.0.1", port=0, tls=tls, socket_path=socket_path, stop=stop, file=file)
        url: str = await nursery.start(serving)
        await platform.start_server(convert(daemon_document("exchangeDL01", tmp_path), "test"))
        yield Guarded(platform, url, http, token_file, tokens, recorded)
        await platform.stop_all()
        stop.set()
        nursery.cancel_scope.cancel()
