"""The problems that a count of the connectors finds, which cause alerts."""

from trio.testing import MockClock

from integration_daemon.alerts.cause_collector import CauseCollector, Count
from integration_daemon.supervision import operations
from integration_daemon.supervision.connector.target_state import TargetState
from integration_daemon.supervision.operations import Request
from services.errors import MetadataServerUnavailableError
from services.metadata.messages import SERVER_NOT_AVAILABLE
from tests.integration_daemon.supervision.rig import Rig, Script, Scripted, running, scripted, waits

BY = Request(user="erin", patience=1.0)


async def _fail(connector: Scripted) -> None:
    raise ValueError(f"{connector.connector_name} does not work today")


async def counted(rig: Rig, cause_collector: CauseCollector, counts: list[Count]) -> list[tuple[str, int]]:
    """The causes of a count: kind, and number of connectors."""
    rig.daemon.census.observer = cause_collector
    await rig.daemon.census.count()
    return [(each.cause.kind, each.connectors) for each in counts[-1].seen]


def observer() -> tuple[CauseCollector, list[Count]]:
    counts: list[Count] = []
    cause_collector = CauseCollector(counts.append)
    cause_collector.select(["DEGRADED", "STALE"])
    return cause_collector, counts


async def test_connectors_that_fail_alike_are_counted_together_until_they_succeed(autojump_clock: MockClock) -> None:
    scripts = [Script(refresh=_fail) for _ in range(3)]
    configs = [scripted(f"Wards{number}", script) for number, script in enumerate(scripts)]
    async with running(*configs, scripted("Good")) as rig:
        cause_collector, counts = observer()
        assert await counted(rig, cause_collector, counts) == [("DEFECT", 3)]
        (seen,) = counts[-1].seen
        assert (seen.names, "does not work today" in seen.describe().title) == (["Wards0", "Wards1", "Wards2"], True)
        scripts[0].refresh = waits(1_000.0)
        await operations.restart(rig.daemon, connector="Wards0", by=BY)
        assert rig.state("Wards0") == "REFRESHING"
        assert await counted(rig, cause_collector, counts) == [("DEFECT", 3)]  # it has not succeeded yet
        scripts[1].refresh = None
        await operations.restart(rig.daemon, connector="Wards1")
        assert await counted(rig, cause_collector, counts) == [("DEFECT", 2)]
        await operations.set_target_state(rig.daemon, "Wards2", TargetState.PAUSED, by=BY)
        assert await counted(rig, cause_collector, counts) == [("DEFECT", 1)]


async def test_an_outage_of_the_metadata_server_is_one_cause(autojump_clock: MockClock) -> None:
    async with running(*(scripted(f"Wards{number}", Script(refresh=_ask)) for number in range(20))) as rig:
        cause_collector, counts = observer()
        assert await counted(rig, cause_collector, counts) == []
        rig.server.error = MetadataServerUnavailableError(
            SERVER_NOT_AVAILABLE, metadata_server="cocoMDS1", server="cocoMDS1", user="erin"
        )
        await operations.refresh(rig.daemon)
        assert await counted(rig, cause_collector, counts) == [("metadata server", 20)]
        (seen,) = counts[-1].seen
        assert seen.describe().title == "metadata server cocoMDS1 is not available"


async def _ask(connector: Scripted) -> None:
    async with connector.context.reconcile("/"):
        pass


async def test_other_conditions_are_looked_for_as_long_as_an_incident_goes_on(autojump_clock: MockClock) -> None:
    scripts = [Script(refresh=_fail), Script()]
    async with running(*(scripted(f"Wards{number}", script) for number, script in enumerate(scripts))) as rig:
        cause_collector, counts = observer()
        assert await counted(rig, cause_collector, counts) == [("DEFECT", 1)]
        (open_now,) = [each.cause for each in counts[-1].seen]
        cause_collector.select(["STALE"], [open_now])
        assert await counted(rig, cause_collector, counts) == [("DEFECT", 1)]
        cause_collector.note_open([open_now])
        assert await counted(rig, cause_collector, counts) == [("DEFECT", 1)]
        cause_collector.note_open([])
        assert await counted(rig, cause_collector, counts) == []
