"""Removals in a daemon: they are held, decided by an operator, and reported; dry runs show them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from integration_daemon.config.document import DeletionSafetyConfig, Isolation
from integration_daemon.supervision import operations
from integration_daemon.supervision.removals import approve, held_removals, reject
from services.errors import InvalidParameterError
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.changes import Query
from services.metadata.mapping import to_put
from services.metadata.sqlite import open_sqlite_store
from services.metadata.store import MetadataStore
from services.metadata.types.files import DataFile
from tests.faults.test_process_lane import isolated
from tests.integration_daemon.supervision.rig import Rig, Script, Scripted, running, scripted


class Shelf:
    """The content of the third party: a number of files, or a broken file."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.error: Exception | None = None

    async def show(self, connector: Scripted) -> None:
        async with connector.context.reconcile("/") as catalog:
            puts = [to_put(DataFile(qualified_name=f"/{n}"), source_key=f"/{n:04}") for n in range(self.count)]
            await catalog.put(puts)
            if self.error is not None:
                raise self.error


@asynccontextmanager
async def shelf(directory: Path, count: int, **settings: object) -> AsyncIterator[tuple[Rig, Shelf, MetadataStore]]:
    it = Shelf(count)
    settings.setdefault("permitted_synchronization", PermittedSynchronization.FROM_THIRD_PARTY)
    config = scripted("a", Script(refresh=it.show), metadata_source_qualified_name="shelf", **settings)
    async with open_sqlite_store(directory / "store.sqlite") as store, running(config, store=store) as rig:
        await operations.refresh(rig.daemon, connector="a")
        yield rig, it, store


async def held(store: MetadataStore) -> int:
    return len(await store.find(Query(type_name="DataFile", page_size=1_000)))


async def test_a_large_deletion_is_held_until_an_operator_approves(tmp_path: Path) -> None:
    async with shelf(tmp_path, 100) as (rig, it, store):
        it.count = 50
        for _ in range(3):
            await operations.refresh(rig.daemon, connector="a")
        assert await held(store) == 100
        (waiting,) = await held_removals(rig.daemon.connectors)
        assert [(each.scope, each.count, each.known) for each in waiting.held] == [("/", 50, 100)]
        assert len(rig.said("SERVICES-0082")) == 1

        with pytest.raises(InvalidParameterError, match=r"409-004.*49 removals.*50 are waiting"):
            await approve(rig.daemon, "a", None, user="peter", seen=49)
        assert await held(store) == 100
        await approve(rig.daemon, "a", None, user="peter", seen=50)
        assert await held(store) == 50
        assert await held_removals(rig.daemon.connectors) == []
        with pytest.raises(InvalidParameterError, match="No removal of integration connector a is waiting"):
            await approve(rig.daemon, "a", "/", user="peter")


@pytest.mark.parametrize("approved", [False, True])
async def test_a_scan_that_ends_after_its_incarnation_does_not_reach_the_held_removals(
    approved: bool, tmp_path: Path
) -> None:
    async with shelf(tmp_path, 100) as (rig, it, store):
        forgotten = rig.context("a").reconcile("/")
        await forgotten.__aenter__()  # it will have seen nothing
        await operations.restart(rig.daemon, connector="a")
        if approved:
            it.count = 50
            await operations.refresh(rig.daemon, connector="a")
            gate = rig.daemon.connector("a").removals
            assert gate is not None
            gate.approve("/")
        with pytest.raises(InvalidParameterError, match="used its context after its run number 1 had ended"):
            await forgotten.__aexit__(None, None, None)
        await operations.refresh(rig.daemon, connector="a")
        assert await held_removals(rig.daemon.connectors) == []
        assert await held(store) == it.count


async def test_a_rejection_survives_a_restart_of_the_connector(tmp_path: Path) -> None:
    async with shelf(tmp_path, 100) as (rig, it, store):
        it.count = 50
        await operations.refresh(rig.daemon, connector="a")
        await reject(rig.daemon, "a", "/", user="peter")
        await operations.restart(rig.daemon, connector="a")
        assert await held(store) == 100
        assert (await held_removals(rig.daemon.connectors))[0].held[0].rejected
        assert len(rig.said("SERVICES-0082")) == 1


async def test_the_document_sets_the_deletion_safety(tmp_path: Path) -> None:
    async with shelf(tmp_path, 100, deletion_safety=DeletionSafetyConfig(percent=60)) as (rig, it, store):
        it.count = 50
        await operations.refresh(rig.daemon, connector="a")
        assert await held(store) == 50


async def test_with_confirmed_deletions_an_element_is_removed_after_a_second_scan(tmp_path: Path) -> None:
    async with shelf(tmp_path, 100, confirm_deletions=True) as (rig, it, store):
        it.count = 95
        await operations.refresh(rig.daemon, connector="a")
        assert await held(store) == 100
        await operations.refresh(rig.daemon, connector="a")
        assert await held(store) == 95


async def test_every_refresh_is_reported(tmp_path: Path) -> None:
    async with shelf(tmp_path, 100) as (rig, it, _):
        it.count = 101
        await operations.refresh(rig.daemon, connector="a")
        it.count = 90
        await operations.refresh(rig.daemon, connector="a")
        it.count = 10
        await operations.refresh(rig.daemon, connector="a")
        it.error, it.count = ValueError("broken"), 92
        await operations.refresh(rig.daemon, connector="a")
        told = [
            (report.seen, report.created, report.removed, report.held, report.failure)
            for report in reversed(rig.daemon.connector("a").recent)
        ]
    assert told == [
        (100, 100, 0, 0, ""),
        (100, 0, 0, 0, ""),
        (101, 1, 0, 0, ""),
        (90, 0, 11, 0, ""),
        (10, 0, 0, 80, ""),
        (0, 2, 0, 0, "ValueError: broken"),
    ]


async def test_a_dry_run_shows_the_difference_and_writes_nothing(tmp_path: Path) -> None:
    async with shelf(tmp_path, 100) as (rig, it, store):
        before = len(rig.said("SERVICES-0042"))
        it.count = 95
        report = (await operations.dry_run(rig.daemon, "a")).report
        assert report is not None
        assert (report.seen, report.removed, report.created, report.dry) == (95, 5, 0, True)
        it.count = 200
        report = (await operations.dry_run(rig.daemon, "a")).report
        assert report is not None
        assert (report.created, report.removed) == (100, 0)
        assert report.names is not None
        assert (report.names.created[0], len(report.names.created)) == ("/100", 20)
        it.count = 40
        report = (await operations.dry_run(rig.daemon, "a")).report
        assert report is not None
        assert report.names is not None
        assert (report.held, report.names.held) == (60, [f"/{number:04}" for number in range(40, 60)])
        it.count = 200
        assert await held(store) == 100
        assert len(rig.said("SERVICES-0042")) == before
        assert rig.state("a") == "WAITING"
        await operations.refresh(rig.daemon, connector="a")
        assert await held(store) == 200


async def test_a_failed_dry_run_changes_nothing(tmp_path: Path) -> None:
    async with shelf(tmp_path, 100) as (rig, it, store):
        it.error, it.count = ValueError("broken"), 0
        report = (await operations.dry_run(rig.daemon, "a")).report
        assert report is not None
        assert report.failure == "ValueError: broken"
        assert rig.state("a") == "WAITING"
        assert await held(store) == 100


@pytest.mark.parametrize("settings", [{"permitted_synchronization": PermittedSynchronization.BOTH_DIRECTIONS}])
async def test_a_connector_that_may_change_its_third_party_refuses_a_dry_run(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    async with shelf(tmp_path, 1, **settings) as (rig, _, _):
        with pytest.raises(InvalidParameterError, match="may change its third party"):
            await operations.dry_run(rig.daemon, "a")


async def test_a_connector_in_its_own_process_reports_its_refreshes(tmp_path: Path) -> None:
    config = isolated()
    config.isolation = Isolation.PROCESS
    async with open_sqlite_store(tmp_path / "store.sqlite") as store, running(config, store=store) as rig:
        with trio.fail_after(40):
            while not rig.daemon.connector("isolated").recent:  # noqa: ASYNC110 - a process starts
                await trio.sleep(0.05)
        (report,) = rig.daemon.connector("isolated").recent
        assert (report.seen, report.created) == (1, 1)
