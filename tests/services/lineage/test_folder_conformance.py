"""The folder of event files keeps the rules for connectors, as far as they are not about elements: it has none."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import trio

from services.errors import UserNotAuthorizedError
from services.framework.connection import Connection, Endpoint
from services.framework.permitted_synchronization import PermittedSynchronization
from services.lineage.intake.file_spool import FileSpool
from services.lineage.receivers.folder import OpenLineageFolder
from services.testing.conformance.failures import FailureConformance
from services.testing.conformance.life_cycle import LifeCycleConformance
from services.testing.trial import Trial


class TestOpenLineageFolder(LifeCycleConformance, FailureConformance):
    """The connector on a folder with three files."""

    connector_class = OpenLineageFolder
    elements = 0

    def connection(self) -> Connection:
        return _connection_to(self.directory / "events")

    def make_third_party(self) -> None:
        (self.directory / "events").mkdir()
        for number in range(3):
            self._add(number)

    def change(self) -> None:
        self._add(3)

    def make_unavailable(self) -> None:
        shutil.move(self.directory / "events", self.directory / "elsewhere")

    def wrong_connections(self) -> Sequence[Connection]:
        return [Connection(), _connection_to(__file__), _connection_to(self.directory / "events", pollSeconds="soon")]

    def test_restart(self, tmp_path: Path) -> None:
        """A new incarnation receives what is new, after a complete one and after a cancelled one."""

        async def story(trial: Trial) -> None:
            await trial.refreshed()
            await trial.cancelled("refresh", 1)
            await trio.to_thread.run_sync(self.change)
            async with trial.incarnation() as running:
                await trial.call(running, "refresh")
                spool: FileSpool = running.connector.context.resources
                assert len({each.content for each in await spool.read(0, 100)}) == 4

        self.run(tmp_path, story)

    def test_nothing_is_received_where_only_the_third_party_may_be_changed(self, tmp_path: Path) -> None:
        async def story(trial: Trial) -> None:
            async with trial.incarnation(synchronization=PermittedSynchronization.TO_THIRD_PARTY) as running:
                errors = await trial.errors_of(running.refresh)
                spool: FileSpool = running.connector.context.resources
                assert spool.last == 0
            assert {type(each) for each in errors} == {UserNotAuthorizedError}

        self.run(tmp_path, story)

    def _add(self, number: int) -> None:
        event = {"eventTime": "2026-11-26T00:00:00Z", "job": {"namespace": "food", "name": f"job {number}"}}
        (self.directory / "events" / f"{number}.json").write_bytes(msgspec.json.encode(event))


def _connection_to(path: object, **settings: object) -> Connection:
    return Connection(endpoint=Endpoint(address=str(path)), configuration_properties={**settings})
