"""The publisher keeps the rules for connectors, as far as they are not about elements that it writes: it has none."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from services.errors import UserNotAuthorizedError
from services.framework.connection import Connection, Endpoint
from services.framework.permitted_synchronization import PermittedSynchronization
from services.lineage.publisher.connector import OpenLineagePublisher
from services.metadata.changes import Batch, Link
from services.metadata.mapping import to_put
from services.metadata.types.lineage import Process
from services.testing.conformance.failures import FailureConformance
from services.testing.conformance.life_cycle import LifeCycleConformance
from services.testing.trial import Trial
from tests.services.lineage.event_receiver import CATALOGUED, FILE, EventReceiver


class _Publisher(OpenLineagePublisher):
    """One whose catalogue another connector has filled whenever it refreshes."""

    versions: ClassVar = itertools.count(1)

    async def refresh(self) -> None:
        load = Process(qualified_name="load", description=f"version {next(self.versions)}")
        changes = [*CATALOGUED, to_put(load, links=[Link("DataFlow", FILE)])]
        await self.context.store.apply(Batch(user="npa", metadata_source="another connector", changes=changes))
        await super().refresh()


class TestOpenLineagePublisher(LifeCycleConformance, FailureConformance):
    """The connector with a receiver of its own."""

    connector_class = _Publisher
    elements = 0
    sends = True
    synchronization = PermittedSynchronization.TO_THIRD_PARTY

    @pytest.fixture(autouse=True)
    def _receivers(self) -> Iterator[None]:
        self.receivers: list[EventReceiver] = []
        yield
        for each in self.receivers:
            each.close()

    def connection(self) -> Connection:
        return Connection(endpoint=Endpoint(address=self.receivers[-1].url))

    def make_third_party(self) -> None:
        self.receivers.append(EventReceiver())

    def change(self) -> None:
        """Each refresh finds a change."""

    def make_unavailable(self) -> None:
        self.receivers[-1].always = 500

    def wrong_connections(self) -> Sequence[Connection]:
        return [Connection(), Connection(endpoint=Endpoint(address="ftp://host"))]

    def test_restart(self, tmp_path: Path) -> None:
        """A new incarnation sends what is new, after a complete one and after a cancelled one."""

        async def story(trial: Trial) -> None:
            await trial.refreshed()
            await trial.cancelled("refresh", 1)
            self.receivers[-1].take()
            await trial.refreshed()
            assert self.receivers[-1].jobs().keys() == {"load"}

        self.run(tmp_path, story)

    @pytest.mark.parametrize(
        "synchronization", [PermittedSynchronization.FROM_THIRD_PARTY, PermittedSynchronization.BOTH_DIRECTIONS]
    )
    def test_nothing_is_sent_where_only_metadata_may_be_changed(
        self, tmp_path: Path, synchronization: PermittedSynchronization
    ) -> None:
        is_permitted = synchronization.allows_third_party_changes

        async def story(trial: Trial) -> None:
            async with trial.incarnation(synchronization=synchronization) as running:
                errors = await trial.errors_of(running.refresh)
            assert bool(self.receivers[-1].take()) == is_permitted
            assert {type(each) for each in errors} == (set() if is_permitted else {UserNotAuthorizedError})

        self.run(tmp_path, story)
