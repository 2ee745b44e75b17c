"""Operations that take longer than their request: followed by their id, and cancelled."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from integration_daemon.private_files import write_private
from integration_daemon.supervision import requested, state_file
from integration_daemon.supervision.requested import DRY_RUNS_KEPT
from services.metadata.mapping import to_put
from services.metadata.types.files import DataFile
from tests.integration_daemon.rest.platforms import Served, daemon_document, served
from tests.integration_daemon.supervision.rig import SCRIPTS, Script, Scripted, once, until

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
        config["permittedSynchronization"] = "FROM_THIRD_PARTY"
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


@pytest.mark.parametrize("first", ["refresh", "dry-run"])
async def test_a_refresh_that_two_have_requested_goes_on_for_one_when_the_other_cancels(
    first: str, tmp_path: Path, gate: _Gate
) -> None:
    async with scripted_platform(tmp_path, gate, connectors=1) as platform:
        await platform.post(ALL + "/ward%200/refresh?waitSeconds=0")
        await until(lambda: gate.begun == 1)
        ids = [
            (await platform.post(f"{ALL}/ward%200/{each}?waitSeconds=0"))["outcome"]["operationId"]
            for each in (first, "refresh")
        ]
        before, gate.opened = gate.opened, trio.Event()
        before.set()
        await until(lambda: gate.begun == 2)  # for both
        cancelled = await platform.post(f"/api/v1/operations/{ids[0]}/cancel")
        assert (cancelled["state"], cancelled["outcome"]["cancelled"]) == ("CANCELLED", 1)
        assert (await platform.get(f"/api/v1/operations/{ids[1]}"))["state"] == "RUNNING"
        gate.opened.set()
        await until_ended(platform, ids[1])
        shown = await platform.get(f"/api/v1/operations/{ids[1]}")
        assert (shown["state"], shown["outcome"]["done"]) == ("DONE", 1)
        assert SCRIPTS["ward 0"].calls.count("disconnect") == 0


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


async def test_connectors_are_operated_by_their_names(tmp_path: Path, gate: _Gate) -> None:
    async with scripted_platform(tmp_path, gate, 4) as platform:
        gate.opened.set()
        outcome = await platform.post(f"{ALL}/pause", {"connectors": ["ward 3", "ward 1", "ward 3"]})
        assert (outcome["asked"], outcome["done"]) == (2, 2)
        shown = (await platform.get(ALL))["connectors"]
        assert [each["targetState"] for each in shown] == ["RUNNING", "PAUSED", "RUNNING", "PAUSED"]
        outcome = await platform.post(f"{ALL}/resume?state=PAUSED", {"connectors": ["ward 0", "ward 1"]})
        assert (outcome["asked"], outcome["done"]) == (1, 1)
        refused = await platform.post(f"{ALL}/stop", {"connectors": ["ward 0", "ward 7"]})
        assert (refused["status"], "ward 7" in refused["detail"]) == (400, True)
        assert (await platform.post(f"{ALL}/stop", {"connectors": [3]}))["status"] == 400
        assert (await platform.post(f"{ALL}/stop", {"connectors": []}))["asked"] == 0
        assert not [each for each in (await platform.get(ALL))["connectors"] if each["state"] == "STOPPED"]


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


async def catalogue(connector: Scripted) -> None:
    """State the file of a ward."""
    await connector.context.apply([to_put(DataFile(qualified_name=f"file of {connector.connector_name}"))])


async def test_connectors_that_are_paused_at_the_same_time_stay_paused_after_a_restart(
    tmp_path: Path, gate: _Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_begun = threading.Event()
    begun: list[Path] = []

    def write(path: Path, content: bytes) -> None:
        begun.append(path)
        if len(begun) == 1:  # the first is the last to be written, if they are written at the same time
            both_begun.wait(1)
        write_private(path, content)
        both_begun.set()

    monkeypatch.setattr(state_file, "write_private", write)
    async with scripted_platform(tmp_path, gate) as platform:
        async with trio.open_nursery() as callers:
            for name in ("ward 0", "ward 1"):
                callers.start_soon(platform.post, f"{ALL}/{name}/pause")
        gate.opened.set()
        await platform.platform.stop_server("exchangeDL01")
        await platform.platform.start_stored_server("exchangeDL01")
        counts = (await platform.get(ALL + "?limit=0"))["facets"]["state"]
    assert counts["PAUSED"] == 2


async def test_a_dry_run_is_followed_and_shows_what_it_would_change_at_its_end(tmp_path: Path, gate: _Gate) -> None:
    async def refresh(connector: Scripted) -> None:
        await gate.pass_through(connector)
        await catalogue(connector)

    async with scripted_platform(tmp_path, gate, connectors=1) as platform:
        SCRIPTS["ward 0"].refresh = refresh
        answer = await platform.http.post(f"{platform.url}{ALL}/ward%200/dry-run?waitSeconds=0&user=peter")
        assert (answer.status_code, answer.json()["dryRun"]) == (202, None)
        where = answer.headers["Location"]
        await until(lambda: gate.begun == 1)
        shown = await platform.get(where)
        assert (shown["state"], shown["user"], shown["outcome"]["operation"]) == ("RUNNING", "peter", "dry-run")
        assert "report" not in shown
        gate.opened.set()
        await until_ended(platform, answer.json()["outcome"]["operationId"])
        done = await platform.get(where)
        assert (done["state"], done["outcome"]["done"], done["report"]["dry"]) == ("DONE", 1, True)
        assert (done["report"]["created"], done["report"]["names"]["created"]) == (1, ["file of ward 0"])
        written = await platform.post(ALL + "/ward%200/refresh")  # so the dry run has written nothing
        refreshed = await platform.get(f"/api/v1/operations/{written['outcome']['operationId']}")
        assert (refreshed["report"]["created"], "dry" in refreshed["report"]) == (1, False)


async def test_an_operation_shows_its_own_report_and_not_that_of_a_later_refresh(tmp_path: Path, gate: _Gate) -> None:
    async with scripted_platform(tmp_path, gate, connectors=1) as platform:
        SCRIPTS["ward 0"].refresh = once(catalogue)
        first = (await platform.post(ALL + "/ward%200/refresh"))["outcome"]["operationId"]
        second = (await platform.post(ALL + "/ward%200/refresh"))["outcome"]["operationId"]
        assert (await platform.get(f"/api/v1/operations/{first}"))["report"]["created"] == 1
        assert "report" not in await platform.get(f"/api/v1/operations/{second}")  # it looked at nothing


async def test_a_dry_run_that_fails_is_not_done_and_shows_why(tmp_path: Path, gate: _Gate) -> None:
    async def refresh(connector: Scripted) -> None:
        raise ValueError("the share is empty")

    async with scripted_platform(tmp_path, gate, connectors=1) as platform:
        SCRIPTS["ward 0"].refresh = refresh
        answer = await platform.post(ALL + "/ward%200/dry-run")
        (not_done,) = answer["outcome"]["notDone"]
        assert (answer["outcome"]["failed"], not_done["reason"]) == (1, "ValueError: the share is empty")
        assert (not_done["state"], answer["dryRun"]["failure"]) == ("WAITING", "ValueError: the share is empty")


async def test_a_cancelled_dry_run_is_interrupted_and_has_no_result(tmp_path: Path, gate: _Gate) -> None:
    async with scripted_platform(tmp_path, gate, connectors=1) as platform:
        begun = (await platform.post(ALL + "/ward%200/dry-run?waitSeconds=0"))["outcome"]["operationId"]
        await until(lambda: gate.begun == 1)
        await platform.post(f"/api/v1/operations/{begun}/cancel?user=erin")
        await until_ended(platform, begun)
        shown = await platform.get(f"/api/v1/operations/{begun}")
        assert (shown["state"], shown["cancelledBy"], shown["outcome"]["cancelled"]) == ("CANCELLED", "erin", 1)
        assert "report" not in shown
        assert SCRIPTS["ward 0"].calls[-2:] == ["disconnect", "initialize"]
        gate.opened.set()
        again = await platform.post(ALL + "/ward%200/dry-run")
        assert again["outcome"]["done"] == 1


@pytest.mark.parametrize(("cancelled", "left"), [("dry-run", "refresh"), ("refresh", "dry-run")])
async def test_a_dry_run_and_a_refresh_that_wait_are_cancelled_one_by_one(
    cancelled: str, left: str, tmp_path: Path, gate: _Gate
) -> None:
    dry: list[bool] = []

    async def refresh(connector: Scripted) -> None:
        dry.append(connector.context.is_dry_run)
        await gate.pass_through(connector)

    async with scripted_platform(tmp_path, gate, connectors=1) as platform:
        SCRIPTS["ward 0"].refresh = refresh
        await platform.post(ALL + "/ward%200/refresh?waitSeconds=0")
        await until(lambda: gate.begun == 1)
        ids = {
            each: (await platform.post(f"{ALL}/ward%200/{each}?waitSeconds=0"))["outcome"]["operationId"]
            for each in (cancelled, left)
        }
        shown = await platform.post(f"/api/v1/operations/{ids[cancelled]}/cancel")
        assert shown["state"] == "CANCELLED"  # at once, since it has not begun
        gate.opened.set()
        await until_ended(platform, ids[left])
        assert dry == [False, left == "dry-run"]


async def test_a_dry_run_that_a_restart_ends_has_no_result(tmp_path: Path, gate: _Gate) -> None:
    async with scripted_platform(tmp_path, gate, connectors=1) as platform:
        begun = (await platform.post(ALL + "/ward%200/dry-run?waitSeconds=0"))["outcome"]["operationId"]
        await until(lambda: gate.begun == 1)
        await platform.post(ALL + "/ward%200/restart?waitSeconds=0")
        gate.opened.set()
        await until_ended(platform, begun)
        shown = await platform.get(f"/api/v1/operations/{begun}")
        (not_done,) = shown["outcome"]["notDone"]
        assert not_done["reason"] == "the connector was restarted before the end of its dry run"
        assert "report" not in shown


async def test_operations_on_very_many_connectors_are_forgotten_sooner(
    tmp_path: Path, gate: _Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requested, "MOST_CONNECTORS", 7)
    gate.opened.set()
    async with scripted_platform(tmp_path, gate) as platform:
        for _ in range(5):
            await platform.post(ALL + "/refresh")
        await platform.post(ALL + "/ward%200/refresh")
        kept = (await platform.get("/api/v1/operations"))["operations"]
        assert [each["outcome"]["asked"] for each in kept] == [1, 3, 3]
        monkeypatch.setattr(requested, "MOST_CONNECTORS", 2)
        last = await platform.post(ALL + "/refresh")
        kept = (await platform.get("/api/v1/operations"))["operations"]
        assert [each["operationId"] for each in kept] == [last["operationId"]]


async def test_the_last_dry_runs_are_kept(tmp_path: Path, gate: _Gate) -> None:
    async with scripted_platform(tmp_path, gate, connectors=1) as platform:
        gate.opened.set()
        ids = [
            (await platform.post(ALL + "/ward%200/dry-run"))["outcome"]["operationId"] for _ in range(DRY_RUNS_KEPT + 2)
        ]
        assert (await platform.get(f"/api/v1/operations/{ids[0]}"))["status"] == 404
        listed = await platform.get("/api/v1/operations")
        dry = [each["operationId"] for each in listed["operations"] if each["outcome"]["operation"] == "dry-run"]
        assert dry == ids[: -DRY_RUNS_KEPT - 2 : -1][: len(dry)]
        assert len(dry) >= DRY_RUNS_KEPT
