"""A daemon of integration groups in the test process."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trio

from integration_daemon.config.load import convert
from integration_daemon.groups.group import IntegrationGroup
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.platform import Platform
from integration_daemon.platform.server import Server
from integration_daemon.supervision.daemon import Daemon
from services.allowance import Allowance
from tests.integration_daemon.groups.elements import GROUP, Author
from tests.integration_daemon.rest.platforms import QUIET
from tests.integration_daemon.supervision.rig import PATIENCE, SCRIPTS, Script

SCRIPTED = "tests.integration_daemon.supervision.rig.Scripted"
ALLOWED = Allowance(connectors=("tests.*", "data-files-monitor"))


def document(**fields: Any) -> dict[str, Any]:
    """A daemon of one group that is read from its own store."""
    return {
        "localServerName": "exchangeDL01",
        "dynamicIntegrationGroupsConfig": [{"integrationGroupQualifiedName": GROUP}],
        "repositoryServicesConfig": QUIET,
        **fields,
    }


class Hosted:
    """A running daemon of a group."""

    def __init__(self, platform: Platform, server: Server) -> None:
        self.platform = platform
        self.server = server
        assert server.store is not None
        self.author = Author(server.store)

    @property
    def daemon(self) -> Daemon:
        assert self.server.daemon is not None
        return self.server.daemon

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.daemon.connectors]

    def problem_of(self, name: str) -> str:
        """The message of a connector's failure; empty if it has not failed, or does not exist."""
        if name not in self.names:
            return ""
        failure = self.daemon.connector(name).failure
        return "" if failure is None else failure.message

    @property
    def group(self) -> IntegrationGroup:
        assert self.server.groups is not None
        return self.server.groups.by_name[GROUP]

    async def refresh_config(self, group: str = GROUP) -> None:
        assert self.server.groups is not None
        await self.server.groups.follower(group).refresh()


async def until(holds: Callable[[], bool]) -> None:
    with trio.fail_after(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what is waited for is the state of other tasks
            await trio.sleep(0.01)


@asynccontextmanager
async def hosted(directory: Path, content: dict[str, Any], allowance: Allowance = ALLOWED) -> AsyncIterator[Hosted]:
    platform = Platform(PlatformSettings(data_directory=directory, allowance=allowance))
    async with trio.open_nursery() as nursery:
        await nursery.start(platform.run)
        server = await platform.start_server(convert(content, "test"))
        yield Hosted(platform, server)
        await platform.stop_all()


def script(name: str, **steps: Any) -> Script:
    SCRIPTS[name] = Script(**steps)
    return SCRIPTS[name]
