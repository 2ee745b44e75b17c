"""A dry run belongs to its call: it affects neither concurrent tasks nor later incarnations."""

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from audit.message import AuditMessage
from audit.severity import Severity
from integration_daemon.config.document import Isolation
from integration_daemon.supervision import operations
from services.errors import InvalidParameterError
from services.framework.connector import ConnectorProvider
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.changes import Outcome
from services.metadata.mapping import to_put
from services.metadata.types.files import DataFile
from tests.integration_daemon.supervision.rig import (
    SCRIPTS,
    Rig,
    Script,
    Scripted,
    connection_to,
    running,
    scripted,
    until,
)

FROM = PermittedSynchronization.FROM_THIRD_PARTY
_HEARD = AuditMessage(
    id="HEARD", severity=Severity.INFORMATION, text="a change was heard", system_action="None.", user_action="None."
)


async def put(connector: Scripted, name: str) -> Outcome:
    """Catalogue a file."""
    return await connector.context.apply([to_put(DataFile(qualified_name=name))])


def names(rig: Rig) -> list[str]:
    """The names of the files written to the metadata server."""
    return [getattr(change, "qualified_name", "") for batch in rig.server.applied for change in batch.changes]


async def test_a_listener_that_writes_during_a_dry_run_changes_the_catalogue(autojump_clock: MockClock) -> None:
    going_on, may_end, outcomes = trio.Event(), trio.Event(), list[Outcome]()

    async def refresh(connector: Scripted) -> None:
        if SCRIPTS["a"].calls.count("refresh") == 1:
            return
        await put(connector, "seen by the dry run")
        going_on.set()
        await may_end.wait()

    async def listen(connector: Scripted) -> None:
        await going_on.wait()
        outcomes.append(await put(connector, "heard by the listener"))
        connector.context.audit_log.record(_HEARD)
        may_end.set()

    script = Script(refresh=refresh, listener=listen)
    async with running(scripted("a", script, permitted_synchronization=FROM)) as rig:
        await trio.sleep(1)
        report = (await operations.dry_run(rig.daemon, "a")).report
        assert report is not None
        assert (report.created, report.failure) == (1, "")
        assert names(rig) == ["heard by the listener"]
        assert rig.said("HEARD") == ["HEARD a change was heard"]


async def test_tasks_started_by_a_dry_run_belong_to_it(autojump_clock: MockClock) -> None:
    async def refresh(connector: Scripted) -> None:
        if SCRIPTS["a"].calls.count("refresh") == 1:
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(put, connector, "in a task")
        connector.context.audit_log.record(_HEARD)

    async with running(scripted("a", Script(refresh=refresh), permitted_synchronization=FROM)) as rig:
        await trio.sleep(1)
        report = (await operations.dry_run(rig.daemon, "a")).report
        assert report is not None
        assert report.created == 1
        assert names(rig) == []
        assert rig.said("HEARD") == []


@pytest.mark.parametrize("error", [None, ValueError("late")])
async def test_an_abandoned_dry_run_is_not_in_the_history_of_the_next_incarnation(
    error: Exception | None, autojump_clock: MockClock
) -> None:
    release = trio.Event()

    async def refresh(connector: Scripted) -> None:
        if SCRIPTS["a"].calls.count("refresh") == 2:
            with trio.CancelScope(shield=True):
                await release.wait()
            if error is not None:
                raise error

    config = scripted("a", Script(refresh=refresh), permitted_synchronization=FROM, disconnect_deadline_seconds=5)
    async with running(config) as rig:
        await trio.sleep(1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(operations.dry_run, rig.daemon, "a")
            await trio.sleep(1)
            await operations.restart(rig.daemon, connector="a")
        assert rig.report("a").abandoned == 1
        assert (rig.state("a"), rig.report("a").incarnation) == ("WAITING", 2)
        release.set()
        await trio.sleep(1)
        connector = rig.daemon.connector("a")
        assert [(report.method, report.dry) for report in connector.recent] == [("refresh", False)]  # abandoned
        assert connector.dry_run is None
        assert (rig.state("a"), rig.report("a").incarnation) == ("WAITING", 2)


class HandsOver(Scripted):
    """A connector whose listener does the work of its refresh."""

    provider = ConnectorProvider(description="Hands over.", hands_over=True)


async def test_a_connector_whose_refresh_hands_over_its_work_refuses_a_dry_run(autojump_clock: MockClock) -> None:
    config = scripted("a", connection=connection_to(HandsOver), permitted_synchronization=FROM)
    async with running(config) as rig:
        await trio.sleep(1)
        with pytest.raises(InvalidParameterError, match="hands work to a listener"):
            await operations.dry_run(rig.daemon, "a")


class TellsWhatItWouldSend(Scripted):
    """A connector that sends one file at each refresh."""

    provider = ConnectorProvider(description="Sends a file.", supposes_sending=True)


async def test_a_dry_run_names_what_would_be_sent_to_the_third_party(autojump_clock: MockClock) -> None:
    sent: list[str] = []

    async def refresh(connector: Scripted) -> None:
        if not connector.context.supposes_to_send("a file"):
            sent.append("a file")

    config = scripted("a", Script(refresh=refresh), connection=connection_to(TellsWhatItWouldSend))
    async with running(config) as rig:
        await trio.sleep(1)
        assert sent == ["a file"]
        report = (await operations.dry_run(rig.daemon, "a")).report
        assert report is not None
        assert report.names is not None
        assert (report.sent, report.names.sent, sent) == (1, ["a file"], ["a file"])


class InAProcess(Scripted):
    """A connector that catalogues and logs one file at each refresh."""

    provider = ConnectorProvider(description="Catalogues a file.")

    async def initialize(self) -> None:
        """Do nothing: another process has no script."""

    start = disconnect = initialize

    async def refresh(self) -> None:
        await put(self, "from a process")
        self.context.audit_log.record(_HEARD)


async def test_a_connector_in_its_own_process_supports_a_dry_run(tmp_path: Path) -> None:
    config = scripted("a", connection=connection_to(InAProcess), permitted_synchronization=FROM)
    config.isolation = Isolation.PROCESS
    async with running(config) as rig:
        await until(lambda: rig.report("a").last_success is not None)
        written = len(names(rig))
        report = (await operations.dry_run(rig.daemon, "a")).report
        assert report is not None
        assert (report.created, len(names(rig))) == (1, written)
        assert len(rig.said("HEARD")) == written
