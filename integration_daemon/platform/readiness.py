"""The readiness of a platform: its expected servers run, and their metadata stores answer.

Failed connectors have no effect on readiness: their status and alerts report them.
"""

from collections.abc import Callable, Sequence

import msgspec

from integration_daemon.platform.platform import Platform
from integration_daemon.platform.server import Server


class ServerReadiness(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The readiness of a server."""

    name: str
    ready: bool
    reasons: Sequence[str]
    """The reasons why the server is not ready."""


class Readiness(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The readiness of a platform, and of each of its servers."""

    ready: bool
    reasons: Sequence[str]
    """The reasons why the platform is not ready, in addition to those of its servers."""
    servers: Sequence[ServerReadiness]

    def restricted_to(self, has_server: Callable[[str], bool]) -> "Readiness":
        """A copy with the details of some servers only."""
        return msgspec.structs.replace(self, servers=[each for each in self.servers if has_server(each.name)])


async def readiness_of(platform: Platform) -> Readiness:
    """The readiness of a platform; waits only for the answers of metadata stores."""
    due, hosted = platform.expected_servers.problems, {each.name: each for each in platform.all_servers}
    servers = []
    for name in sorted({*due, *hosted}):
        server = hosted.get(name)
        reasons = [due[name]] if server is None else await _reasons(server)
        servers.append(ServerReadiness(name=name, ready=not reasons, reasons=reasons))
    reasons = _reasons_of_platform(platform)
    is_ready = not reasons and all(each.ready for each in servers if each.name in due)
    return Readiness(ready=is_ready, reasons=reasons, servers=servers)


def _reasons_of_platform(platform: Platform) -> list[str]:
    found = []
    if platform.close_requested.is_set():
        found.append("the platform is stopping")
    if platform.directory_problem:
        found.append(f"the data directory {platform.directory_problem}")
    if not platform.servers:
        found.append("no server is running")
    return found


async def _reasons(server: Server) -> list[str]:
    if server.stop.is_set():
        return ["it is stopping"]
    if server.start_time is None:
        return ["it is starting"]
    return await server.store_probes.problems()
