"""`/livez` and `/readyz`: what a supervisor of the process may rely on, with something really broken each time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from audit.log import AuditLog
from integration_daemon.config.load import convert
from integration_daemon.config.server_type import INTEGRATION_DAEMON
from integration_daemon.platform import platform as platform_module
from integration_daemon.platform.hosting import PlatformSettings
from integration_daemon.platform.integration_daemon_server import integration_daemon
from integration_daemon.platform.server import Server
from integration_daemon.security.permissions import Role
from integration_daemon.security.scope import Scope
from services.errors import InvalidParameterError
from tests.integration_daemon.rest.platforms import METADATA_SERVER_DOCUMENT, Served, daemon_document, served
from tests.integration_daemon.security.guarded import guarded
from tests.integration_daemon.security.test_scope import token_of
from tests.integration_daemon.supervision.rig import SCRIPTS, Script, Scripted

DAEMON = "exchangeDL01"
STORE = Path(f"data/servers/{DAEMON}/open-metadata.sqlite")
PATIENCE = 60


async def readiness(platform: Served) -> tuple[int, dict[str, Any]]:
    """The status of the answer with the reasons, and the answer."""
    answer = await platform.http.get(platform.url + "/readyz?verbose")
    return answer.status_code, answer.json()


async def until_ready(platform: Served, *, ready: bool) -> dict[str, Any]:
    """Wait until the platform is ready, or until it is not, and return the answer."""
    with trio.fail_after(PATIENCE):
        while True:
            status, shown = await readiness(platform)
            if shown["ready"] is ready:
                assert status == (200 if ready else 503)
                return shown
            await trio.sleep(0.05)


def reasons(shown: dict[str, Any], server: str = DAEMON) -> list[str]:
    """The reasons of one server."""
    (found,) = [each for each in shown["servers"] if each["name"] == server]
    assert found["ready"] is not bool(found["reasons"])
    return list(found["reasons"])


async def test_a_platform_is_ready_when_its_servers_run_and_their_stores_answer(tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document(DAEMON, tmp_path), METADATA_SERVER_DOCUMENT) as platform:
        assert (await platform.http.get(platform.url + "/readyz")).text == "ok"
        assert await until_ready(platform, ready=True) == {
            "ready": True,
            "reasons": [],
            "servers": [
                {"name": "cocoMDS1", "ready": True, "reasons": []},
                {"name": DAEMON, "ready": True, "reasons": []},
            ],
        }


async def test_a_platform_without_servers_is_not_ready(tmp_path: Path) -> None:
    async with served(tmp_path) as platform:
        assert await readiness(platform) == (503, {"ready": False, "reasons": ["no server is running"], "servers": []})


@pytest.mark.parametrize("name", [DAEMON, "cocoMDS1"])
async def test_a_metadata_store_that_fails_makes_the_platform_not_ready(name: str, tmp_path: Path) -> None:
    async with served(tmp_path, daemon_document(DAEMON, tmp_path), METADATA_SERVER_DOCUMENT) as platform:
        store = tmp_path / "data/servers" / name / "open-metadata.sqlite"
        store.rename(tmp_path / "elsewhere")
        (reason,) = reasons(await until_ready(platform, ready=False), name)
        assert reason.startswith(f"metadata server {name}: OMRS-REPOSITORY-500-002 ")
        assert (await platform.http.get(platform.url + "/livez")).text == "ok"
        (tmp_path / "elsewhere").rename(store)
        await until_ready(platform, ready=True)


async def test_a_metadata_server_that_is_down_makes_the_daemon_not_ready(tmp_path: Path) -> None:
    async with served(tmp_path / "theirs", METADATA_SERVER_DOCUMENT) as metadata_server:
        document = daemon_document(DAEMON, tmp_path)
        document["integrationServicesConfig"][0] |= {
            "omagserverPlatformRootURL": metadata_server.url,
            "omagserverName": "cocoMDS1",
        }
        async with served(tmp_path, document) as platform:
            await until_ready(platform, ready=True)
            await metadata_server.platform.stop_server("cocoMDS1")
            (reason,) = reasons(await until_ready(platform, ready=False))
            assert reason.startswith("metadata server cocoMDS1: ")


async def test_a_server_that_is_yet_to_start_or_starting_is_waited_for(tmp_path: Path) -> None:
    opened = trio.Event()

    async def initialize(connector: Scripted) -> None:
        await opened.wait()

    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        platform.platform.expected_servers.expect(["cocoMDS1", DAEMON])
        assert reasons(await until_ready(platform, ready=False)) == ["it is yet to be started"]
        document = daemon_document(DAEMON, tmp_path, connectors=1)
        (config,) = document["integrationServicesConfig"][0]["integrationConnectorConfigs"]
        config["connection"] = {
            "connectorType": {"connectorProviderClassName": f"{Scripted.__module__}.{Scripted.__qualname__}"}
        }
        SCRIPTS[config["connectorName"]] = Script(initialize=initialize)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(platform.platform.start_server, convert(document, "test"))
            while reasons((await readiness(platform))[1]) != ["it is starting"]:  # noqa: ASYNC110
                await trio.sleep(0.02)
            opened.set()
        await until_ready(platform, ready=True)


async def test_a_server_that_was_expected_and_cannot_start_is_named_with_the_reason(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        platform.platform.expected_servers.expect([DAEMON])
        store = tmp_path / STORE
        store.parent.mkdir(parents=True)
        store.write_bytes(b"this is no database, but long enough to be taken for one" * 100)
        with pytest.raises(Exception, match="OMRS-REPOSITORY"):
            await platform.platform.start_server(convert(daemon_document(DAEMON, tmp_path), "test"))
        (reason,) = reasons(await until_ready(platform, ready=False))
        assert reason.startswith("it has not started: OMRS-REPOSITORY-")


async def test_a_start_on_request_that_fails_is_not_missed_by_the_others(tmp_path: Path) -> None:
    async with served(tmp_path, METADATA_SERVER_DOCUMENT) as platform:
        document = daemon_document(DAEMON, tmp_path)
        document["integrationServicesConfig"][0]["integrationConnectorConfigs"].clear()
        document["metadataStore"] = "postgresql://127.0.0.1:1/nothing"
        with pytest.raises(Exception, match=r"127\.0\.0\.1"):
            await platform.platform.start_server(convert(document, "test"))
        await until_ready(platform, ready=True)


async def test_a_server_that_ends_by_itself_is_missed_until_somebody_stops_or_starts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_down = trio.Event()

    @asynccontextmanager
    async def breaking(server: Server, settings: PlatformSettings, log: AuditLog) -> AsyncIterator[None]:
        async def fail() -> None:
            await break_down.wait()
            raise OSError("no space left on device")

        async with integration_daemon(server, settings, log), trio.open_nursery() as nursery:
            if not break_down.is_set():
                nursery.start_soon(fail)
            yield

    monkeypatch.setitem(platform_module.SERVER_TYPES, INTEGRATION_DAEMON, breaking)
    document = daemon_document(DAEMON, tmp_path)
    async with served(tmp_path, document, METADATA_SERVER_DOCUMENT) as platform:
        await until_ready(platform, ready=True)
        break_down.set()
        shown = await until_ready(platform, ready=False)
        while reasons(shown) == ["it has ended"]:  # until its end is complete
            _, shown = await readiness(platform)
        assert reasons(shown) == ["it has ended: OSError: no space left on device"]

        await platform.platform.start_server(convert(document, "test"))
        await until_ready(platform, ready=True)
        await platform.platform.stop_server(DAEMON)
        await until_ready(platform, ready=True)
        with pytest.raises(InvalidParameterError):
            await platform.platform.stop_server(DAEMON)


async def test_a_stopping_platform_is_alive_and_not_ready_until_its_time_is_over(tmp_path: Path) -> None:
    document = {**METADATA_SERVER_DOCUMENT, "stopDeadlineSeconds": 3}
    async with served(tmp_path, document) as platform:
        platform.platform.shut_down()
        status, shown = await readiness(platform)
        assert (status, shown["reasons"]) == (503, ["the platform is stopping"])
        assert (await platform.http.get(platform.url + "/livez")).text == "ok"
        with trio.fail_after(PATIENCE):
            while (answer := await platform.http.get(platform.url + "/livez")).status_code == 200:  # noqa: ASYNC110
                await trio.sleep(0.1)
        assert (answer.status_code, answer.json()["messageId"]) == (503, "OMAG-PLATFORM-503-003")


async def test_reasons_are_for_those_who_may_read_the_status(tmp_path: Path) -> None:
    async with guarded(tmp_path) as platform:
        await platform.platform.start_server(convert(METADATA_SERVER_DOCUMENT, "test"))
        (tmp_path / STORE).unlink()
        stranger = await platform.send("GET", "/readyz")
        assert (stranger.status_code, stranger.json()["detail"]) == (
            503,
            "OMAG-PLATFORM-503-002 This platform is not ready",
        )
        assert (await platform.send("GET", "/readyz?verbose")).status_code == 401
        metadata_reader = platform.tokens[Role.METADATA_READER]
        assert (await platform.send("GET", "/readyz?verbose", metadata_reader)).status_code == 403
        viewer = await platform.send("GET", "/readyz?verbose", platform.tokens[Role.VIEWER])
        assert reasons(viewer.json())[0].startswith("metadata server")
        limited = await token_of(platform, Scope(servers=("coco*",)), Role.VIEWER)
        seen = await platform.send("GET", "/readyz?verbose", limited)
        assert (seen.status_code, [each["name"] for each in seen.json()["servers"]]) == (503, ["cocoMDS1"])
