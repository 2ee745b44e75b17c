"""A platform of this program in a process of its own, whose metadata servers are started and stopped by requests."""

import itertools
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx2
import trio

from services.metadata.changes import Batch, Change
from services.metadata.remote import open_remote_store
from tests.servers.process import ServerProcess, server_of


class MetadataPlatform(ServerProcess):
    """A platform that lets everybody in."""

    name, package = "Integration Daemon", "none: it is this program"
    users = ()
    started_after = 60.0

    def make(self) -> None:
        """Write the document of the server that it starts with."""
        self._numbers = itertools.count(1)
        (self.directory / "first.yaml").write_text("localServerName: first\nlocalServerType: Metadata Access Store\n")

    def command(self) -> Sequence[str]:
        program = [sys.executable, "-m", "integration_daemon", "run", str(self.directory / "first.yaml")]
        return [*program, "--port", str(self.port), "--authentication", "none"]

    def answers(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/readyz", trust_env=False).status_code == 200
        except httpx2.HTTPError:
            return False

    @property
    def url(self) -> str:
        """The address of the platform."""
        return f"http://127.0.0.1:{self.port}"

    def discard(self) -> None:
        """Stop the platform, which ends processes of its own."""
        self.stop()

    def new_server(self) -> str:
        """Start another metadata server, and return its name."""
        name = f"store{next(self._numbers)}"
        document = {"localServerName": name, "localServerType": "Metadata Access Store"}
        httpx2.post(self._instance(name) + "/configuration", json=document, trust_env=False).raise_for_status()
        return name

    def stop_server(self, name: str) -> None:
        """Stop a metadata server."""
        httpx2.delete(self._instance(name), trust_env=False).raise_for_status()

    def apply(self, server: str, *changes: Change) -> None:
        """Make changes at a metadata server. Blocks."""

        async def apply() -> None:
            async with open_remote_store(self.url, server, "npa") as store:
                outcome = await store.apply(Batch(user="npa", metadata_source="Landing", changes=changes))
                assert outcome.rejected == []

        trio.run(apply)

    def _instance(self, name: str) -> str:
        return f"{self.url}/open-metadata/platform-services/users/npa/server-platform/servers/{name}/instance"


@contextmanager
def metadata_platform() -> Iterator[MetadataPlatform]:
    """A running platform, until the block ends."""
    with server_of(MetadataPlatform) as platform:
        yield platform
