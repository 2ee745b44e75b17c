"""A changed `alerts` of a document takes effect by a reload, and incidents go on."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import trio

from integration_daemon.platform.server import Server
from tests.integration_daemon.rest.platforms import Served, daemon_document, served
from tests.integration_daemon.supervision.rig import PATIENCE, SCRIPTS, Script, Scripted
from tests.servers.alert_receivers import Webhook, webhook

NAME = "exchangeDL01"


def document(directory: Path, *hooks: Webhook) -> dict[str, Any]:
    """A daemon with one scripted connector, whose incidents these webhooks are told of."""
    described = daemon_document(NAME, directory, connectors=1)
    (config,) = described["integrationServicesConfig"][0]["integrationConnectorConfigs"]
    config["connection"] = {
        "connectorType": {"connectorProviderClassName": f"{Scripted.__module__}.{Scripted.__qualname__}"}
    }
    if hooks:
        described["alerts"] = {"after": 0, "receivers": [{"webhook": each.url} for each in hooks]}
    return described


async def count_until(server: Server, is_told: Callable[[], bool]) -> None:
    """Have the connectors counted again and again, as happens every five seconds anyway."""
    assert server.daemon is not None
    with trio.fail_after(PATIENCE):
        while not is_told():
            await server.daemon.census.count()
            await trio.sleep(0.05)


async def reload(platform: Served, document: dict[str, Any]) -> None:
    done = await platform.post(f"/api/v1/servers/{NAME}/reload", document)
    assert (done.get("unchanged"), done.get("needsRestart")) == (1, []), done


async def fail(connector: Scripted) -> None:
    raise ValueError("the share is empty")


async def test_receivers_that_a_reload_names_are_told_and_others_no_longer(tmp_path: Path) -> None:
    with webhook() as first, webhook() as second:
        SCRIPTS["monitor 0"] = Script(refresh=fail)
        async with served(tmp_path, document(tmp_path)) as platform:
            server = platform.platform.servers[NAME]
            nobody = await platform.post("/api/v1/alerts/test")
            assert nobody["messageId"] == "INTEGRATION-DAEMON-SERVICES-404-003"

            await reload(platform, document(tmp_path, first))
            await count_until(server, lambda: first.events == ["BEGUN"])

            await reload(platform, document(tmp_path, second))
            SCRIPTS["monitor 0"].refresh = None
            await platform.post("/api/v1/connectors/restart")
            await count_until(server, lambda: second.events == ["OVER"])
            begun, over = first.received[0], second.received[0]
            assert (begun["incident"], begun["since"]) == (over["incident"], over["since"])
            assert first.events == ["BEGUN"]

            await reload(platform, document(tmp_path))
            assert (await platform.post("/api/v1/alerts/test"))["status"] == 404


async def test_alerts_that_were_changed_over_rest_count_after_a_restart(tmp_path: Path) -> None:
    with webhook() as hook:
        SCRIPTS["monitor 0"] = Script()
        async with served(tmp_path, document(tmp_path)) as platform:
            await reload(platform, document(tmp_path, hook))
            await platform.platform.stop_server(NAME)
            await platform.platform.start_stored_server(NAME)
            await platform.post("/api/v1/alerts/test")
            await trio.to_thread.run_sync(partial(hook.wait_until, received=1))
