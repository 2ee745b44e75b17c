"""The reports of single refreshes to their observers."""

from collections.abc import Callable

import trio
from trio.testing import MockClock

from integration_daemon.supervision import operations
from integration_daemon.supervision.tracing import RefreshEnd, RefreshOutcome
from services.errors import RefreshPostponedError
from services.files.messages import DIRECTORY_AWAITED
from services.metadata.mapping import to_put
from services.metadata.types.files import DataFile
from tests.integration_daemon.supervision.rig import Script, Scripted, running, scripted, waits


class Ends:
    """The ends of refreshes, and how many have begun."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, str, str]] = []
        self.ends: list[RefreshEnd] = []

    def begin_refresh(self, server: str, service: str, connector: str) -> Callable[[RefreshEnd], None]:
        self.begun.append((server, service, connector))
        return self.ends.append

    @property
    def told(self) -> list[tuple[RefreshOutcome, str]]:
        """The outcomes with their kinds of failure."""
        assert len(self.begun) == len(self.ends)
        return [(each.outcome, each.failure_kind) for each in self.ends]


async def _catalogue(connector: Scripted) -> None:
    await connector.context.apply([to_put(DataFile(qualified_name="a file"))])


async def _fail(connector: Scripted) -> None:
    raise ValueError("it does not work today")


async def test_a_refresh_is_told_with_its_connector_and_what_it_did(autojump_clock: MockClock) -> None:
    ends = Ends()
    async with running(scripted("a", Script(refresh=_catalogue)), tracing=ends) as rig:
        await operations.refresh(rig.daemon)
    assert set(ends.begun) == {("exchangeDL01", "files-integrator", "a")}
    assert ends.told == [(RefreshOutcome.SUCCESS, "")] * 2
    report = ends.ends[0].report
    assert report is not None
    assert report.method == "refresh"


async def test_a_refresh_that_does_not_succeed_is_told_with_the_kind_of_its_failure(autojump_clock: MockClock) -> None:
    ends, script = Ends(), Script()
    config = scripted("a", script, refresh_deadline_seconds=5)
    async with running(config, tracing=ends) as rig:
        for step in (_fail, waits(1_000.0)):
            script.refresh = step
            await operations.restart(rig.daemon, connector="a")
    assert ends.told == [
        (RefreshOutcome.SUCCESS, ""),
        (RefreshOutcome.FAILED, "DEFECT"),
        (RefreshOutcome.FAILED, "TIMEOUT"),
    ]


async def test_a_refresh_that_is_postponed_or_interrupted_has_not_failed(autojump_clock: MockClock) -> None:
    async def postpone(connector: Scripted) -> None:
        raise RefreshPostponedError(DIRECTORY_AWAITED, connector=connector.connector_name, directory="/nowhere")

    ends, script = Ends(), Script(refresh=postpone)
    async with running(scripted("a", script), tracing=ends) as rig, trio.open_nursery() as nursery:
        script.refresh = waits(1_000.0)
        nursery.start_soon(operations.refresh, rig.daemon)
        await trio.sleep(1)
        script.refresh = None
        await operations.restart(rig.daemon)
        nursery.cancel_scope.cancel()
    outcomes = [outcome for outcome, _ in ends.told]
    assert outcomes == [RefreshOutcome.WITHOUT_SUCCESS, RefreshOutcome.INTERRUPTED, RefreshOutcome.SUCCESS]
