"""A catalogue of which nothing has changed on either side is not compared, and one that somebody changed is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.catalog.synchronization import settlement
from services.framework.permitted_synchronization import PermittedSynchronization
from services.metadata.changes import Batch, Remove
from services.testing.running import SOURCE, RunningConnector
from tests.servers.between import Between, between
from tests.servers.nessie import Catalogue, NessieServer
from tests.services.catalog.iceberg_catalogues import BOTH, FROM, named, running, sales


@pytest.fixture
def catalogue(nessie: NessieServer) -> Catalogue:
    """A catalogue with two namespaces, two tables and a view."""
    return sales(nessie)


@pytest.fixture
def before(catalogue: Catalogue) -> Iterator[Between]:
    """A server before that catalogue."""
    with between(catalogue.address) as server:
        yield server


async def asked(monitor: RunningConnector, before: Between) -> list[str]:
    """The requests of a refresh to the catalogue."""
    before.requests.clear()
    await monitor.refresh()
    return [each.partition("?")[0].rpartition("/")[2] for each in before.requests]


def head_alone(before: Between) -> list[str]:
    return ["config", before.path.rpartition("/")[2]]


async def last_change(monitor: RunningConnector) -> int:
    return (await monitor.store.changes(0, 1_000)).last


@pytest.mark.parametrize("synchronization", [FROM, BOTH])
async def test_an_unchanged_catalogue_costs_one_request_and_writes_nothing_after_a_restart_too(
    before: Between, tmp_path: Path, synchronization: PermittedSynchronization
) -> None:
    async with running(before.address, tmp_path, synchronization) as monitor:
        await monitor.refresh()
        last = await last_change(monitor)
        assert await asked(monitor, before) == head_alone(before)
    async with running(before.address, tmp_path, synchronization) as monitor:
        for _ in range(2):
            assert await asked(monitor, before) == head_alone(before)
        assert await last_change(monitor) == last


async def test_a_remote_change_is_seen_after_a_restart(before: Between, catalogue: Catalogue, tmp_path: Path) -> None:
    async with running(before.address, tmp_path) as monitor:
        await monitor.refresh()
    catalogue.create_table("sales.new")
    async with running(before.address, tmp_path) as monitor:
        await monitor.refresh()
        assert "sales::new" in await named(monitor, "RelationalTable")


@pytest.mark.parametrize("is_restarted", [False, True])
async def test_an_element_that_somebody_removed_is_catalogued_again_although_the_catalogue_is_unchanged(
    before: Between, tmp_path: Path, *, is_restarted: bool
) -> None:
    async def remove(monitor: RunningConnector) -> None:
        table = (await named(monitor, "RelationalTable"))["sales::orders"]
        removal = Remove(source_key=table.qualified_name)
        outcome = await monitor.store.apply(Batch(user="somebody", metadata_source=SOURCE, changes=[removal]))
        assert outcome.removed == 1

    async with running(before.address, tmp_path) as monitor:
        await monitor.refresh()
        await remove(monitor)
        if not is_restarted:
            await monitor.refresh()
            assert "sales::orders" in await named(monitor, "RelationalTable")
    async with running(before.address, tmp_path) as monitor:
        await monitor.refresh()
        assert "sales::orders" in await named(monitor, "RelationalTable")


async def test_other_settings_compare_everything_again(before: Between, tmp_path: Path) -> None:
    async with running(before.address, tmp_path) as monitor:
        await monitor.refresh()
    async with running(before.address, tmp_path, excludeTables="*.large") as monitor:
        assert "entries" in await asked(monitor, before)
        assert "sales::large" not in await named(monitor, "RelationalTable")


async def test_an_hour_later_everything_is_compared_again(
    before: Between, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(before.address, tmp_path) as monitor:
        monkeypatch.setattr(settlement, "COMPARED_AFTER", 0.0)
        await monitor.refresh()
        assert "entries" in await asked(monitor, before)
    async with running(before.address, tmp_path) as monitor:
        assert "entries" in await asked(monitor, before)


async def test_a_commit_that_concerns_nothing_selected_is_compared_once(
    before: Between, catalogue: Catalogue, tmp_path: Path
) -> None:
    async with running(before.address, tmp_path, includeNamespaces="sales") as monitor:
        await monitor.refresh()
        catalogue.create_namespace("lab")
        assert "entries" in await asked(monitor, before)
        assert await asked(monitor, before) == head_alone(before)
