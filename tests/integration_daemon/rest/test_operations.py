"""Operations that take longer than their request: followed by their id, and cancelled."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.integration_daemon.rest.platforms import Served, daemon_document, served
from tests.integration_daemon.supervision.rig import SCRIPTS, Script, Scripted, until

ALL = "/api/v1/connectors"


class _Gate:
    """Refreshes of scripted connectors that end when the gate is open."""

    def __init__(self) -> None:
        self.begun = 0
        self.opened = trio.Event()

    async def pass_through(self, connector: Scripted) -> None:
        self.begun += 1
        await self.opened.wait()


@asynccontextmanager
async def scripted_platform(
    directory: Path, gate: _Gate, connectors: int = 3, **document: Any
) -> AsyncIterator[Served]:
    """A platform with scripted connectors `ward 0` and so on that have been refreshed once."""
    described = daemon_document("exchangeDL01", directory, connectors=connectors)
    described.update(document)
    for number, config in enumerate(described["integrationServicesConfig"][0]["integrationConnectorConfigs"]):
        config["connectorName"] = f"ward {number}"
        config["connection"] = {
            "connectorType": {"connectorProviderClassName": f"{Scripted.__module__}.{Scripted.__qualname__}"}
        }
        SCRIPTS[config["connectorName"]] = Script()
    async with served(directory, described) as platform:
        await platform.post(ALL + "/refresh")
        for number in range(connectors):
            SCRIPTS[f"ward {number}"].refresh = gate.pass_through
        yield platform
        gate.opened.set()


@pytest.fixture
def gate() -> _Gate:
    """A closed gate."""
    return _Gate()


async def test_a_refresh_that_goes_on_is_answered_with_where_to_follow_it(tmp_path: Path, gate: _Gate) -> None:
    async with scripted_platform(tmp_path, gate) as platform:
        answer = await platform.http.post(f"{platform.url}{ALL}/refresh?waitSeconds=0&user=peter")
        assert (answer.status_code, answer.json()["atWork"]) == (202, 3)
        where = answer.headers["Location"]
        assert where.endswith(answer.json()["operationId"])
        await until(lambda: gate.begun == 3)
        shown = await platform.get(where)
        assert (shown["state"], shown["user"], shown["outcome"]["atWork"]) == ("RUNNING", "peter", 3)
        assert [each["connectorName"] for each in shown["atWork"]] == ["ward 0", "ward 1", "ward 2"]
        gate.opened.set()
        await platform.post(ALL + "/refresh")
        done = await platform.get(where)
        assert (done["state"], done["outcome"]["done"], "ended" in done) == ("DONE", 3, True)
        listed = await platform.get("/api/v1/operations?limit=1")
        assert (listed["total"], len(listed["operations"])) == (3, 1)


async def test_a_cancelled_refresh_interrupts_connectors_which_begin_anew(tmp_path: Path, gate: _Gate) -> None:
    async with scripted_platform(tmp_path, gate, refreshesAtOnce=1) as platform:
        started = (await platform.post(ALL + "/refresh?waitSeconds=0"))["operationId"]
        await until(lambda: gate.begun == 1)
        cancelled = await platform.post(f"/api/v1/operations/{started}/cancel?user=erin")
        assert cancelled["cancelledBy"] == "erin"
        await until_ended(platform, started)
        shown = await platform.get(f"/api/v1/operations/{started}")
        assert (shown["state"], shown["outcome"]["cancelled"], shown["outcome"]["done"]) == ("CANCELLED", 3, 0)
        assert gate.begun == 1  # the others had not begun, and do not begin

        again = await platform.post(f"/api/v1/operations/{started}/cancel")
        assert (again["status"], again["messageId"]) == (409, "INTEGRATION-DAEMON-SERVICES-409-010")
        gate.opened.set()
        outcome = await platform.post(ALL + "/refresh")
        assert outcome["done"] == 3  # nothing is left behind
        assert SCRIPTS["ward 0"].calls.count("disconnect") == 1


async def until_ended(platform: Served, operation: str) -> None:
    """Wait until nothing of an operation is left to do."""
    with trio.fail_after(60):
        while (await platform.get(f"/api/v1/operations/{operation}"))["state"] == "RUNNING":  # noqa: ASYNC110
            await trio.sleep(0.02)


async def test_a_pause_is_not_cancelled_and_an_unknown_operation_is_not_found(tmp_path: Path, gate: _Gate) -> None:
    async with scripted_platform(tmp_path, gate, connectors=1) as platform:
        await platform.post(ALL + "/refresh?waitSeconds=0")
        await until(lambda: gate.begun == 1)
        paused = await platform.post(ALL + "/ward%200/pause?waitSeconds=0")
        refused = await platform.post(f"/api/v1/operations/{paused['outcome']['operationId']}/cancel")
        assert (refused["status"], refused["messageId"]) == (409, "INTEGRATION-DAEMON-SERVICES-409-011")
        assert (await platform.get("/api/v1/operations/nothing"))["status"] == 404


async def test_connectors_are_paused_and_resumed_by_a_filter(tmp_path: Path, gate: _Gate) -> None:
    async with scripted_platform(tmp_path, gate, connectors=12) as platform:
        gate.opened.set()
        paused = await platform.post(ALL + "/pause?text=ward%201")
        assert (paused["asked"], paused["done"]) == (3, 3)
        resting = await platform.get(ALL + "?state=PAUSED")
        assert [each["connectorName"] for each in resting["connectors"]] == ["ward 1", "ward 10", "ward 11"]
        resumed = await platform.post(ALL + "/resume?state=PAUSED")
        assert (resumed["operation"], resumed["done"]) == ("resume", 3)
        assert (await platform.get(ALL + "?state=PAUSED"))["total"] == 0
