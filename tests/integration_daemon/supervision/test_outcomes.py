"""The outcome of an operation is reported for each connector, with the reason if it was not carried out."""

from functools import partial
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from integration_daemon.config.document import Isolation
from integration_daemon.supervision import operations
from integration_daemon.supervision.connector.operation_outcome import OperationOutcome
from integration_daemon.supervision.connector.outcomes import NAMED
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.requested import MOST_IN_PROGRESS
from services.errors import InvalidParameterError, RefreshPostponedError
from services.files.data_files_monitor import DataFilesMonitor
from services.files.messages import DIRECTORY_AWAITED
from services.framework.connection import Endpoint
from services.metadata.mapping import to_put
from services.metadata.sqlite import open_sqlite_store
from services.metadata.types.files import DataFile
from tests.integration_daemon.supervision.rig import (
    SCRIPTS,
    Script,
    Scripted,
    connection_to,
    once,
    running,
    scripted,
    until,
    waits,
)
from tests.integration_daemon.supervision.test_supervision import MINUTE, raises


def counts(outcome: OperationOutcome) -> dict[str, int]:
    """The counts of an outcome that are not 0."""
    names = ("asked", "done", "failed", "resting", "at_work")
    return {name: value for name in names if (value := getattr(outcome, name))}


def reason(outcome: OperationOutcome) -> str:
    """The reason why the operation on the only connector was not carried out."""
    (one,) = outcome.not_done
    return one.reason


async def test_a_refresh_reports_the_refreshed_connectors_and_why_others_were_not(autojump_clock: MockClock) -> None:
    def broken_later() -> Script:
        return Script(refresh=once(waits(0)))

    async with running(
        scripted("good"),
        scripted("broken", Script(refresh=raises(ValueError("broken")))),
        scripted("breaks", broken_later()),
        scripted("rests"),
        scripted("slow", Script(refresh=waits(1e6))),
    ) as rig:
        await operations.set_target_state(rig.daemon, "rests", TargetState.PAUSED, by=operations.Request(user="peter"))
        SCRIPTS["breaks"].refresh = raises(KeyError("gone"))
        outcome = await operations.refresh(rig.daemon)
        assert counts(outcome) == {"asked": 5, "done": 1, "failed": 2, "resting": 1, "at_work": 1}
        told = {each.connector_name: (each.state, each.was_called, each.reason) for each in outcome.not_done}
        assert told == {
            "broken": ("FAILED", False, "it is FAILED, and is not called until it is restarted: ValueError: broken"),
            "breaks": ("FAILED", True, "KeyError: 'gone'"),
            "rests": ("PAUSED", False, "its target state is PAUSED"),
        }
        assert SCRIPTS["broken"].calls.count("refresh") == 1


async def test_a_restart_that_fails_at_once_is_reported_as_failed(autojump_clock: MockClock) -> None:
    async with running(scripted("a", Script(start=raises(ValueError("no directory"))))) as rig:
        outcome = await operations.restart(rig.daemon, connector="a")
        assert (counts(outcome), reason(outcome)) == ({"asked": 1, "failed": 1}, "ValueError: no directory")


async def test_a_refresh_interrupted_by_a_restart_gets_the_outcome_of_the_restart(
    autojump_clock: MockClock,
) -> None:
    script = Script(refresh=waits(10))
    outcomes: list[OperationOutcome] = []

    async def refresh() -> None:
        outcomes.append(await operations.refresh(rig.daemon, connector="a"))

    async with running(scripted("a", script)) as rig:
        await trio.sleep(20)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(refresh)
            await trio.sleep(1)
            script.start = raises(ValueError("no directory"))
            restarted = await operations.restart(rig.daemon, connector="a")
    assert reason(restarted) == reason(outcomes[0]) == "ValueError: no directory"


async def test_a_change_of_target_state_reports_its_outcome(autojump_clock: MockClock) -> None:
    async with running(scripted("good"), scripted("bad", Script(refresh=raises(ValueError("broken"))))) as rig:
        want = partial(operations.set_target_state, rig.daemon)
        assert counts(await want("good", TargetState.PAUSED, by=operations.Request(user="p"))) == {
            "asked": 1,
            "done": 1,
        }
        assert "its target state is PAUSED" in reason(await operations.restart(rig.daemon, connector="good"))
        assert counts(await want("good", TargetState.RUNNING, by=operations.Request(user="p"))) == {
            "asked": 1,
            "done": 1,
        }
        assert counts(await want("good", TargetState.STOPPED, by=operations.Request(user="p"))) == {
            "asked": 1,
            "done": 1,
        }

        assert "FAILED" in reason(await want("bad", TargetState.PAUSED, by=operations.Request(user="p")))
        assert "FAILED" in reason(await want("bad", TargetState.RUNNING, by=operations.Request(user="p")))
        assert counts(await want("bad", TargetState.STOPPED, by=operations.Request(user="p"))) == {
            "asked": 1,
            "done": 1,
        }
        assert reason(await want("bad", TargetState.RUNNING, by=operations.Request(user="p"))) == "ValueError: broken"


async def test_an_outcome_lists_the_first_failures_and_counts_all(autojump_clock: MockClock) -> None:
    configs = [scripted(f"c{number}", Script(refresh=raises(ValueError()))) for number in range(2 * NAMED)]
    async with running(*configs) as rig:
        outcome = await operations.refresh(rig.daemon)
        assert (outcome.failed, len(outcome.not_done)) == (2 * NAMED, NAMED)


async def test_a_postponed_refresh_is_neither_a_success_nor_a_failure(
    autojump_clock: MockClock,
) -> None:
    script = Script()
    awaited = RefreshPostponedError(DIRECTORY_AWAITED, directory="data", connector="a")
    async with running(scripted("a", script, refresh_time_interval=1)) as rig:
        succeeded = rig.report("a").last_success
        script.refresh = raises(awaited)
        await trio.sleep(3 * MINUTE)
        report = rig.report("a")
        assert (report.state.label, report.last_success) == ("WAITING", succeeded)
        assert report.refresh_problem == str(awaited)
        assert len(rig.said("SERVICES-0043")) == 1
        assert "achieved nothing" in rig.said("SERVICES-0097")[0]
        assert rig.daemon.connector("a").recent[0].failure == str(awaited)
        assert reason(await operations.refresh(rig.daemon, connector="a")) == str(awaited)
        assert reason(await operations.restart(rig.daemon, connector="a")).startswith("it runs, but")

        script.refresh = None
        assert counts(await operations.refresh(rig.daemon, connector="a")) == {"asked": 1, "done": 1}
        assert rig.report("a").refresh_problem is None


def states(*names: str) -> Script:
    """A step that puts these elements and ignores the outcome."""

    async def refresh(connector: Scripted) -> None:
        async with connector.context.reconcile("/") as catalog:
            await catalog.put([to_put(DataFile(qualified_name=name), source_key=f"/{name}") for name in names])

    return Script(refresh=refresh)


async def test_refused_elements_are_named_with_the_reason(tmp_path: Path) -> None:
    taken = [f"taken {number:02}" for number in range(25)]
    async with (
        open_sqlite_store(tmp_path / "store.sqlite") as store,
        running(
            scripted("owner", states(*taken), metadata_source_qualified_name="one"),
            scripted("partly", states(*taken, "free"), metadata_source_qualified_name="two"),
            scripted("wholly", states(*taken), metadata_source_qualified_name="three"),
            store=store,
            service_at_once=1,
        ) as rig,
    ):
        outcome = await operations.refresh(rig.daemon)
        assert [each.connector_name for each in outcome.not_done] == ["wholly"]
        assert "all its 25 elements were refused; the first is taken 00: OMRS-REPOSITORY-409-001" in reason(outcome)
        assert rig.report("wholly").last_success is None
        assert rig.state("wholly") == "WAITING"
        assert rig.report("partly").last_success is not None
        report = rig.daemon.connector("partly").recent[0]
        assert (report.rejected, report.rejections[0].subject) == (25, "taken 00")
        refused = [line for line in rig.said("SERVICES-0095") if "connector partly" in line]
        assert len(refused) == 20 * len(rig.daemon.connector("partly").recent)
        assert "taken 00: OMRS-REPOSITORY-409-001 The qualified name taken 00 already belongs" in refused[0]
        assert any("5 more elements of integration connector partly" in line for line in rig.said("SERVICES-0096"))


async def test_a_connector_in_its_own_process_reports_postponed_refreshes_and_refused_elements(tmp_path: Path) -> None:
    connection = connection_to(DataFilesMonitor)
    connection.endpoint = Endpoint(address=str(tmp_path / "data"))
    connection.configuration_properties = {"waitForDirectory": True}
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("x")
    async with (
        open_sqlite_store(tmp_path / "store.sqlite") as store,
        running(
            scripted("owner", metadata_source_qualified_name="one", connection=connection),
            scripted("p", metadata_source_qualified_name="two", connection=connection, isolation=Isolation.PROCESS),
            store=store,
            service_at_once=1,
        ) as rig,
    ):
        await operations.refresh(rig.daemon, connector="owner")
        await until(lambda: rig.report("p").refresh_problem is not None)
        assert "all its 2 elements were refused" in (rig.report("p").refresh_problem or "")
        assert rig.said("CONNECTORS-0014")
        assert rig.said("SERVICES-0095") == []
        (tmp_path / "data").rename(tmp_path / "elsewhere")
        outcome = await operations.refresh(rig.daemon, connector="p")
        assert rig.state("p") == "WAITING"
        assert "404-040" in reason(outcome)


@pytest.mark.parametrize("method", ["initialize", "start", "refresh"])
async def test_failed_attempts_are_in_the_history(method: str, autojump_clock: MockClock) -> None:
    script = Script()
    setattr(script, method, raises(ValueError("refused")))
    async with running(scripted("a", script)) as rig:
        await operations.restart(rig.daemon, connector="a")
        setattr(script, method, waits(1e6))
        await operations.restart(rig.daemon, connector="a")
        await trio.sleep(10_000)
        timed_out, refused = rig.daemon.connector("a").recent
        assert (refused.method, refused.failure, refused.attempts) == (method, "ValueError: refused", 2)
        assert timed_out.method == method
        assert "did not finish within" in timed_out.failure


async def test_an_abandoned_call_is_in_the_history(autojump_clock: MockClock) -> None:
    never = trio.Event()

    async def clings(connector: Scripted) -> None:
        with trio.CancelScope(shield=True):
            await never.wait()

    async with running(scripted("a", Script(refresh=once(clings)), disconnect_deadline_seconds=5)) as rig:
        await operations.restart(rig.daemon, connector="a")
        recent = rig.daemon.connector("a").recent
        never.set()
    assert [(report.method, report.failure) for report in recent] == [
        ("refresh", "it was cancelled, did not end within 5 seconds, and was left behind")
    ]


async def test_only_connectors_that_will_be_refreshed_have_a_next_due_time(autojump_clock: MockClock) -> None:
    names = ("runs", "paused", "stopped", "broken")
    scripts = {"broken": Script(refresh=raises(ValueError("broken")))}
    async with running(*(scripted(each, scripts.get(each), refresh_time_interval=1) for each in names)) as rig:
        await operations.set_target_state(rig.daemon, "paused", TargetState.PAUSED, by=operations.Request(user="peter"))
        await operations.set_target_state(
            rig.daemon, "stopped", TargetState.STOPPED, by=operations.Request(user="peter")
        )
        await trio.sleep(3 * MINUTE)
        assert [each for each in names if rig.report(each).next_due is not None] == ["runs"]
        for each in ("paused", "stopped"):
            await operations.set_target_state(
                rig.daemon, each, TargetState.RUNNING, by=operations.Request(user="peter")
            )
        assert [each for each in names if rig.report(each).next_due is not None] == ["runs", "paused", "stopped"]


async def test_a_restart_leaves_a_paused_connector_paused(autojump_clock: MockClock) -> None:
    async with running(scripted("a")) as rig:
        await operations.set_target_state(rig.daemon, "a", TargetState.PAUSED, by=operations.Request(user="peter"))
        assert "its target state is PAUSED" in reason(await operations.restart(rig.daemon, connector="a"))
        assert (rig.state("a"), rig.report("a").incarnation) == ("PAUSED", 1)
        assert "disconnect" not in SCRIPTS["a"].calls


async def test_operations_that_wait_for_a_hanging_connector_are_bounded_and_a_stop_ends_them(
    autojump_clock: MockClock,
) -> None:
    at_once = operations.Request(patience=0)
    async with running(scripted("hangs", Script(refresh=waits(1e9)))) as rig:
        for _ in range(MOST_IN_PROGRESS):
            await operations.refresh(rig.daemon, by=at_once)
        for request in (operations.refresh, operations.restart, operations.dry_run):
            with pytest.raises(InvalidParameterError, match="has 1000 operations in progress"):
                await request(rig.daemon, connector="hangs", by=at_once)
        SCRIPTS["hangs"].refresh = None
        for target_state in (TargetState.STOPPED, TargetState.RUNNING):
            await operations.set_target_state(rig.daemon, "hangs", target_state)
        assert counts(await operations.refresh(rig.daemon)) == {"asked": 1, "done": 1}
