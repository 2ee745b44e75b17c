"""Whether a platform can do its work: the servers that are to run do run, and their metadata stores answer.

Connectors that fail do not count: they have a status, and alerts.
"""

from collections.abc import Callable, Sequence

import msgspec

from integration_daemon.platform.platform import Platform
from integration_daemon.platform.server import Server


class ServerReadiness(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether a server does its work."""

    name: str
    ready: bool
    reasons: Sequence[str]
    """Why it does not."""


class Readiness(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether a platform does its work, and each of its servers."""

    ready: bool
    reasons: Sequence[str]
    """Why it does not, beside the reasons of its servers."""
    servers: Sequence[ServerReadiness]

    def seen_by(self, has_server: Callable[[str], bool]) -> "Readiness":
        """The same with the details of some servers only."""
        return msgspec.structs.replace(self, servers=[each for each in self.servers if has_server(each.name)])


async def readiness_of(platform: Platform) -> Readiness:
    """Whether the platform is ready; waits at most for the answers of metadata stores."""
    due, hosted = platform.due_servers.problems, {each.name: each for each in platform.all_servers}
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
