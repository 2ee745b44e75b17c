"""Changes of a running platform whose caller leaves, or during which the server stops."""

from pathlib import Path
from typing import Any

import trio

from integration_daemon.config.load import convert
from integration_daemon.config.versions import Origin
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, daemon_document, served
from tests.integration_daemon.supervision.rig import SCRIPTS, Script, Scripted

NAME = "exchangeDL01"


class Gate:
    """A step of a connector that lasts until the test ends it."""

    def __init__(self) -> None:
        self.reached, self.open = trio.Event(), trio.Event()

    async def __call__(self, connector: Scripted) -> None:
        self.reached.set()
        await self.open.wait()


def document(directory: Path, **settings: Any) -> dict[str, Any]:
    """A daemon with two scripted connectors, with these settings."""
    described = daemon_document(NAME, directory)
    for config in described["integrationServicesConfig"][0]["integrationConnectorConfigs"]:
        config["connection"] = {
            "connectorType": {"connectorProviderClassName": f"{Scripted.__module__}.{Scripted.__qualname__}"},
            "configurationProperties": settings,
        }
        SCRIPTS[config["connectorName"]] = Script()
    return described


async def test_a_change_that_has_begun_is_completed_when_its_caller_leaves(tmp_path: Path) -> None:
    gate = Gate()
    async with served(tmp_path, document(tmp_path)) as platform:
        changed = document(tmp_path, depth=2)
        SCRIPTS["monitor 0"].start = gate
        changes = platform.platform.changes
        async with trio.open_nursery() as caller:
            caller.start_soon(changes.apply_document, NAME, convert(changed, "test"), Origin())
            await gate.reached.wait()
            caller.cancel_scope.cancel()
            gate.open.set()
        shown = await platform.get(f"/api/v1/servers/{NAME}/documents")
        assert (shown["inEffect"], len(shown["versions"])) == (2, 2)
        for name in ("monitor 0", "monitor 1"):
            path = f"/servers/{NAME}/open-metadata/integration-daemon/integration-connectors/{name}"
            assert (await platform.get(path + "/configuration-properties"))["properties"] == {"depth": 2}
            assert SCRIPTS[name].calls[:3] == ["disconnect", "initialize", "start"]


async def test_a_server_whose_start_is_interrupted_is_not_missed(tmp_path: Path) -> None:
    gate = Gate()
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        wanted = document(tmp_path)
        SCRIPTS["monitor 0"].initialize = gate
        async with trio.open_nursery() as caller:
            caller.start_soon(platform.platform.start_server, convert(wanted, "test"))
            await gate.reached.wait()
            caller.cancel_scope.cancel()
        answer = await platform.http.get(platform.url + "/readyz?verbose")
        assert [each["name"] for each in answer.json()["servers"]] == ["cocoMDS1"]
        assert answer.status_code == 200
