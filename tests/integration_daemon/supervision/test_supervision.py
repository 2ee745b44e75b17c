"""Supervision, seen from outside: the calls of connectors, their status, and the audit log."""

import time
from typing import ClassVar

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from integration_daemon.supervision import operations
from integration_daemon.supervision.recovery.failure import FailureKind
from integration_daemon.supervision.recovery.restart_policy import AutomaticRestart
from services.errors import InvalidParameterError, MetadataServerNotRunningError
from services.metadata.mapping import to_put
from services.metadata.messages import SERVER_NOT_AVAILABLE
from services.metadata.types.files import DataFile
from tests.integration_daemon.supervision.rig import (
    SCRIPTS,
    MemoryServer,
    Script,
    Scripted,
    Step,
    connection_to,
    once,
    running,
    scripted,
    waits,
)

MINUTE = 60.0


def raises(error: BaseException) -> Step:
    """A step that fails."""

    async def step(connector: Scripted) -> None:
        raise error

    return step


async def test_the_start_logs_the_messages_of_the_page_in_its_order(autojump_clock: MockClock) -> None:
    async with running(scripted("a", metadata_source_qualified_name="landing"), scripted("b")) as rig:
        said = rig.said()

    assert [line.split()[0] for line in said[:11]] == [
        "INTEGRATION-DAEMON-SERVICES-0001",
        "OMIS-FILES-INTEGRATOR-0001",
        "INTEGRATION-DAEMON-SERVICES-0008",
        "OMIS-FILES-INTEGRATOR-0002",
        "INTEGRATION-DAEMON-SERVICES-0008",
        "OMIS-FILES-INTEGRATOR-0002",
        "INTEGRATION-DAEMON-SERVICES-0040",
        "INTEGRATION-DAEMON-SERVICES-0041",
        "INTEGRATION-DAEMON-SERVICES-0041",
        "INTEGRATION-DAEMON-SERVICES-0013",
        "INTEGRATION-DAEMON-SERVICES-0043",
    ]
    assert said[1].endswith("for calls to server cocoMDS1 on platform https://localhost:9444")
    assert said[3].endswith(
        "connector a (id of a) connecting to third party technology landing with permitted synchronization of "
        "From Third Party and service options of null"
    )


async def test_the_methods_of_a_connector_are_called_in_order(autojump_clock: MockClock) -> None:
    async with running(scripted("a", refresh_time_interval=10)) as rig:
        await trio.sleep(25 * MINUTE)
        assert rig.state("a") == "WAITING"

    assert SCRIPTS["a"].calls == ["initialize", "start", "refresh", "refresh", "refresh", "disconnect"]


async def test_a_connector_without_an_interval_is_refreshed_at_start_and_on_request(autojump_clock: MockClock) -> None:
    async with running(scripted("a", refresh_time_interval=0)) as rig:
        await trio.sleep(1000 * MINUTE)
        assert SCRIPTS["a"].calls.count("refresh") == 1
        await operations.refresh(rig.daemon, connector="a")
        assert SCRIPTS["a"].calls.count("refresh") == 2


async def test_only_a_failed_connector_is_not_called_again(autojump_clock: MockClock) -> None:
    async with running(
        scripted("bad", Script(refresh=raises(KeyError("gone"))), refresh_time_interval=1),
        scripted("good", refresh_time_interval=1),
    ) as rig:
        stamped = rig.report("bad").last_refresh_time
        await trio.sleep(10.5 * MINUTE)
        report = rig.report("bad")
        assert report.state.label == "FAILED"
        assert report.failure is not None
        assert (report.failure.kind, report.failure.method) == (FailureKind.DEFECT, "refresh")
        assert report.last_success is None
        assert report.last_refresh_time is not None
        assert stamped is not None
        assert report.last_refresh_time > stamped  # the schedule still reaches the failed connector
        assert SCRIPTS["bad"].calls.count("refresh") == 1
        assert SCRIPTS["good"].calls.count("refresh") == 11
        assert len(rig.said("SERVICES-0031")) == 1
        assert "connector bad method refresh has returned with a KeyError exception" in rig.said("SERVICES-0031")[0]


@pytest.mark.parametrize("method", ["initialize", "start"])
async def test_a_connector_that_fails_before_its_first_refresh_can_be_restarted(
    method: str, autojump_clock: MockClock
) -> None:
    script = Script()
    setattr(script, method, once(raises(ValueError("not yet"))))
    async with running(scripted("a", script, refresh_time_interval=1)) as rig:
        await trio.sleep(3 * MINUTE)
        report = rig.report("a")
        assert report.failure is not None
        assert report.failure.method == method
        assert "refresh" not in script.calls

        await operations.restart(rig.daemon, connector="a")

        assert rig.state("a") == "WAITING"
        assert rig.report("a").failure is None
        assert script.calls.count("disconnect") == 1


async def test_a_request_to_refresh_does_not_wake_a_failed_connector(autojump_clock: MockClock) -> None:
    async with running(scripted("a", Script(refresh=once(raises(ValueError()))))) as rig:
        await operations.refresh(rig.daemon)
        assert SCRIPTS["a"].calls.count("refresh") == 1
        assert rig.state("a") == "FAILED"


async def test_a_restart_ends_the_current_refresh_and_starts_a_new_incarnation(autojump_clock: MockClock) -> None:
    async with running(scripted("a", Script(refresh=once(waits(3000))))) as rig:
        assert rig.state("a") == "REFRESHING"

        await operations.restart(rig.daemon, connector="a")

        report = rig.report("a")
        assert (report.state.label, report.incarnation, report.restarts) == ("WAITING", 2, 1)
        assert SCRIPTS["a"].calls == [
            "initialize", "start", "refresh", "disconnect", "initialize", "start", "refresh",
        ]  # fmt: skip


async def test_a_refresh_past_its_deadline_is_cancelled_and_others_continue(autojump_clock: MockClock) -> None:
    async with running(
        scripted("slow", Script(refresh=waits(1e6)), refresh_deadline_seconds=90, refresh_time_interval=1),
        scripted("quick", refresh_time_interval=1),
    ) as rig:
        await trio.sleep(2.2 * MINUTE)
        report = rig.report("slow")
        assert report.failure is not None
        assert report.failure.kind is FailureKind.TIMEOUT
        assert report.failure.message.endswith("did not finish within 90 seconds")
        assert SCRIPTS["quick"].calls.count("refresh") == 3


async def test_a_connector_that_ignores_cancellation_is_abandoned_and_can_no_longer_write(
    autojump_clock: MockClock,
) -> None:
    let_go = trio.Event()
    refused: list[str] = []

    async def refresh(connector: Scripted) -> None:
        with trio.CancelScope(shield=True):
            await let_go.wait()
        element = DataFile(qualified_name="late", path_name="/late")
        try:
            await connector.context.apply([to_put(element)])
        except InvalidParameterError as error:
            refused.append(error.definition.id)

    async with running(
        scripted("a", Script(refresh=once(refresh)), disconnect_deadline_seconds=5, refresh_time_interval=1),
        scripted("b", refresh_time_interval=1),
    ) as rig:
        await operations.restart(rig.daemon, connector="a")
        assert rig.state("a") == "WAITING"
        assert rig.report("a").incarnation == 2
        assert "connector a did not return from its refresh method within 5 seconds" in rig.said("SERVICES-0071")[0]

        let_go.set()
        await wait_all_tasks_blocked()
        assert refused == ["OIF-CONNECTOR-400-002"]
        assert rig.server.applied == []
        await trio.sleep(3 * MINUTE)
        assert SCRIPTS["a"].calls.count("refresh") == 5
        assert rig.state("b") == "WAITING"


async def test_stopping_disconnects_every_connector_and_is_bounded(autojump_clock: MockClock) -> None:
    never = trio.Event()

    async def hangs(connector: Scripted) -> None:
        await never.wait()

    async with running(
        scripted("hung", Script(disconnect=hangs), disconnect_deadline_seconds=500),
        scripted("tidy"),
        scripted("busy", Script(refresh=waits(1e6))),
        stop_deadline=30,
    ) as rig:
        began = trio.current_time()

    assert trio.current_time() - began == pytest.approx(30, abs=1)
    assert [SCRIPTS[name].calls[-1] for name in ("hung", "tidy", "busy")] == ["disconnect"] * 3
    assert "connector hung did not return from its disconnect method" in rig.said("SERVICES-0071")[0]
    assert rig.said()[-1].startswith("INTEGRATION-DAEMON-SERVICES-0026")


async def test_a_failing_disconnect_is_reported_and_changes_nothing(autojump_clock: MockClock) -> None:
    async with running(scripted("a", Script(disconnect=once(raises(OSError("socket")))))) as rig:
        await operations.restart(rig.daemon)
        assert rig.state("a") == "WAITING"
        assert "a failed to disconnect with a OSError exception" in rig.said("SERVICES-0023")[0]


async def test_automatic_restart_brings_a_connector_back(autojump_clock: MockClock) -> None:
    def policy() -> AutomaticRestart:
        return AutomaticRestart(draw=lambda: 1.0)

    async with running(scripted("a", Script(refresh=once(raises(ConnectionError("refused"))))), recovery=policy) as rig:
        failure = rig.report("a").failure
        assert failure is not None
        assert failure.kind is FailureKind.THIRD_PARTY_UNAVAILABLE
        assert rig.report("a").restart_due == pytest.approx(time.time() + 1, abs=60)
        await trio.sleep(2)
        assert rig.report("a").restart_due is None
        report = rig.report("a")
        assert (report.state.label, report.restarts, report.incarnation) == ("WAITING", 1, 2)


async def test_an_operators_restart_overtakes_the_planned_one(autojump_clock: MockClock) -> None:
    def policy() -> AutomaticRestart:
        return AutomaticRestart(draw=lambda: 1.0)

    async with running(scripted("a", Script(refresh=once(raises(ValueError())))), recovery=policy) as rig:
        await operations.restart(rig.daemon, connector="a")
        await trio.sleep(10)
        assert rig.report("a").incarnation == 2


async def test_engage_runs_alongside_refreshes_and_is_called_again(autojump_clock: MockClock) -> None:
    script = Script(engage=waits(9))
    async with running(scripted("a", script, uses_blocking_calls=True, refresh_time_interval=1)) as rig:
        assert rig.state("a") == "ENGAGED"
        await trio.sleep(60.5)
        assert script.calls.count("engage") == 7
        assert script.calls.count("refresh") == 2

    assert script.calls[-1] == "disconnect"
    assert rig.said("SERVICES-0035")


async def test_a_failing_engage_fails_the_connector(autojump_clock: MockClock) -> None:
    script = Script(engage=once(raises(ValueError("broken pipe"))))
    async with running(scripted("a", script, uses_blocking_calls=True)) as rig:
        await wait_all_tasks_blocked()
        report = rig.report("a")
        assert report.failure is not None
        assert report.failure.method == "engage"

        await operations.restart(rig.daemon)
        assert rig.state("a") == "ENGAGED"


async def test_a_connector_of_the_wrong_class_fails_as_on_the_page(autojump_clock: MockClock) -> None:
    from services.database.service import DatabaseIntegratorConnector

    class Wrong(DatabaseIntegratorConnector):
        async def refresh(self) -> None: ...

    globals()["Wrong"] = Wrong
    Wrong.__qualname__ = "Wrong"
    async with running(scripted("a", connection=connection_to(Wrong)), scripted("b")) as rig:
        failure = rig.report("a").failure
        assert failure is not None
        assert failure.kind is FailureKind.CONFIGURATION
        assert failure.message == (
            "OMIS-FILES-INTEGRATOR-400-001 Integration connector a is not of the correct type to run in the Files "
            "Integrator OMIS integration service. It must inherit from "
            "org.odpi.openmetadata.integrationservices.files.connector.FilesIntegratorConnector"
        )
        assert (
            "has returned with a org.odpi.openmetadata.frameworks.connectors.ffdc.InvalidParameterException"
            in (rig.said("SERVICES-0031")[0])
        )
        assert len(rig.said("INTEGRATOR-0002")) == 1
        assert rig.state("b") == "WAITING"


async def test_an_unavailable_metadata_server_is_asked_once_for_all_connectors(autojump_clock: MockClock) -> None:
    server = MemoryServer()
    server.error = MetadataServerNotRunningError(
        SERVER_NOT_AVAILABLE, metadata_server="cocoMDS1", server="cocoMDS1", user="exchangeDL01npa"
    )
    names = [f"c{number}" for number in range(50)]
    async with running(
        *(scripted(name, metadata_source_qualified_name="landing") for name in names), server=server
    ) as rig:
        assert server.asked == ["landing"]
        assert {rig.state(name) for name in names} == {"FAILED"}
        failure = rig.report("c0").failure
        assert failure is not None
        assert failure.kind is FailureKind.METADATA_SERVER_UNAVAILABLE
        assert failure.message == (
            "OMAG-MULTI-TENANT-404-001 The OMAG Server cocoMDS1 is not available to service a request from user "
            "exchangeDL01npa"
        )
        order = [line.split()[0][-4:] for line in rig.said("SERVICES-0008", "INTEGRATOR-0002", "SERVICES-0031")]
        assert order == ["0008", "0002", "0031"] * 50

        server.error = None
        await trio.sleep(MINUTE)
        assert rig.state("c0") == "FAILED"  # they stay failed until an operator restarts them
        await operations.restart(rig.daemon, service="files-integrator")
        assert {rig.state(name) for name in names} == {"WAITING"}
        assert server.asked == ["landing"] * 2


@pytest.mark.parametrize(
    "error",
    [
        ExceptionGroup("two", [ValueError("one"), KeyError("other")]),
        SystemExit(3),
        RecursionError("deep"),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_any_exception_of_a_connector_stays_with_it(error: BaseException, autojump_clock: MockClock) -> None:
    async with running(
        scripted("bad", Script(refresh=raises(error)), refresh_time_interval=1),
        scripted("good", refresh_time_interval=1),
    ) as rig:
        await trio.sleep(2.5 * MINUTE)
        assert rig.state("bad") == "FAILED"
        assert SCRIPTS["good"].calls.count("refresh") == 3


async def test_an_exception_raised_during_cancellation_stays_with_its_connector(autojump_clock: MockClock) -> None:
    async def refresh(connector: Scripted) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            nursery.start_soon(_raises_when_cancelled)

    async with running(
        scripted("bad", Script(refresh=refresh), refresh_deadline_seconds=5), scripted("good", refresh_time_interval=1)
    ) as rig:
        await trio.sleep(2.5 * MINUTE)
        assert rig.state("bad") == "FAILED"
        assert SCRIPTS["good"].calls.count("refresh") == 3


async def _raises_when_cancelled() -> None:
    try:
        await trio.sleep_forever()
    finally:
        raise ValueError("while letting go")


async def test_an_unknown_connector_or_service_is_named(autojump_clock: MockClock) -> None:
    async with running(scripted("a")) as rig:
        with pytest.raises(InvalidParameterError, match=r"INTEGRATION-DAEMON-SERVICES-400-031.*nobody"):
            await operations.refresh(rig.daemon, connector="nobody")
        with pytest.raises(InvalidParameterError, match=r"INTEGRATION-DAEMON-SERVICES-400-030.*no-integrator"):
            await operations.restart(rig.daemon, service="no-integrator")


async def test_plain_functions_run_on_worker_threads() -> None:
    async with running(scripted("thread", connection=connection_to(PlainConnector)), scripted("loop")) as rig:
        await operations.refresh(rig.daemon)
        assert rig.state("thread") == "WAITING"
        assert len(PlainConnector.threads) == 1


class PlainConnector(Scripted):
    """A connector with plain functions."""

    threads: ClassVar[list[str]] = []

    def refresh(self) -> None:  # type: ignore[override]
        import threading

        name = threading.current_thread().name
        if name not in self.threads:
            self.threads.append(name)
        assert threading.current_thread() is not threading.main_thread()
