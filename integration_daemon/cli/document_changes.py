"""The common part of the commands that change the stored document of a running or stopped server."""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from integration_daemon.cli.client import OPERATOR, Target, platform_of
from integration_daemon.cli.failure import fail
from integration_daemon.cli.show import plain, print_json
from integration_daemon.client import PlatformClient, RefusedRequestError
from integration_daemon.client.requests import segment
from integration_daemon.client.settings import or_environment
from integration_daemon.config.messages import VERSION_SUPERSEDED
from services.near_names import near_names

Json = Annotated[bool, Parameter(help="For programs: the version of the document.", negative="")]
_SERVERS = "/open-metadata/platform-services/server-platform/servers"
_ADMIN = "/open-metadata/admin-services"
_MOST_TRIES = 5
"""The largest number of times that a change is made if other users change the document at the same time."""


class StoredDocument:
    """The stored document of the server of a command."""

    def __init__(self, platform: PlatformClient, user: str, server: str, known: list[str]) -> None:
        self.platform, self.server = platform, server
        self._user, self._known = user, known

    @property
    def is_new(self) -> bool:
        """True if the platform does not have the document yet."""
        return self.server not in self._known

    def path(self, rest: str) -> str:
        """A path of the administration services, below the server."""
        return f"{_ADMIN}/users/{segment(self._user)}/servers/{segment(self.server)}/{rest}"

    async def get(self, rest: str) -> Any:
        """The answer to a GET."""
        return await self.platform.call("GET", self.path(rest))

    async def change(self, rest: str, body: object = msgspec.UNSET, *, json: bool, **params: str) -> None:
        """Send a change, and report the new version of the document."""
        before = await self._newest()
        await self.platform.call("POST", self.path(rest), body, **params)
        await self._report(before, json=json)

    async def edit(
        self, edited: Callable[[], Awaitable[tuple[str, object]]], *, json: bool, repeats: bool = True
    ) -> None:
        """Read a part of the document, send the changed part, and report the new version of the document.

        `edited` reads the part, and returns its path and its changed content. If another user has changed the document
        since, nothing is stored, and the part is read and changed again, or without `repeats`, the command fails.
        """
        for left in reversed(range(_MOST_TRIES if repeats else 1)):
            before = await self._newest()
            rest, body = await edited()
            try:
                await self.platform.call("POST", self.path(rest), body, expectedVersion=str(before))
                break
            except RefusedRequestError as error:
                if error.definition.id != VERSION_SUPERSEDED.id or not left:
                    raise
                self._known = await known_servers(self.platform)
        await self._report(before, json=json)

    async def remove(self, rest: str, *, json: bool) -> None:
        """Remove a part of the document, and report the new version."""
        before = await self._newest()
        await self.platform.call("DELETE", self.path(rest))
        await self._report(before, json=json)

    async def _newest(self) -> int:
        """The number of the newest version; 0 for a new document."""
        return 0 if self.is_new else (await self.platform.server(self.server).versions()).versions[0].number

    async def _report(self, before: int, *, json: bool) -> None:
        answer = await self.platform.server(self.server).versions()
        number, in_effect = answer.versions[0].number, answer.in_effect or None
        if json:
            print_json({"server": self.server, "version": number, "inEffect": in_effect})
            return
        if number == before:
            print(f"{plain(self.server)}: no change; version {number} is still the newest")
            return
        if self.is_new and (near := near_names(self.server, self._known)):
            print(
                f"integration-daemon: this is a new document; did you mean {plain(' or '.join(near))}?", file=sys.stderr
            )
        print(f"{plain(self.server)}: version {number} is stored, {_effect_of(number, in_effect)}")


async def known_servers(platform: PlatformClient) -> list[str]:
    """The names of the servers that run or have a stored document."""
    found: list[str] = (await platform.call("GET", _SERVERS))["serverList"]
    return found


@asynccontextmanager
async def document_of(target: Target | None, own_name: str | None = None) -> AsyncIterator[StoredDocument]:
    """The document of the named server, by default of `own_name`, or of the only server that the platform knows."""
    given = target or Target()
    async with platform_of(target) as platform:
        known = await known_servers(platform)
        name = or_environment(given.server, "SERVER") or own_name
        if name is None and len(known) != 1:
            listed = f"has documents of {', '.join(known)}" if known else "has no documents yet"
            fail(f"name the server with --server: the platform is {platform.url}, and {listed}")
        yield StoredDocument(platform, or_environment(given.user, "USER") or OPERATOR, name or known[0], known)


def _effect_of(number: int, in_effect: int | None) -> str:
    if in_effect is None:
        return "for the next start: integration-daemon config start"
    if in_effect == number:
        return "and in effect"
    return f"and version {in_effect} is in effect; to apply it now: integration-daemon reload"
