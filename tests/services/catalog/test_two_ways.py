"""The connector for Iceberg catalogues in both directions, at a Nessie server."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import trio

from services.framework.dry_run import dry_run
from services.testing.running import RunningConnector
from tests.servers.between import Answer, Between, between
from tests.servers.nessie import Catalogue, NessieServer
from tests.services.catalog.iceberg_catalogues import BOTH, named, running, sales, shown
from tests.services.catalog.steward import change_as_steward

TABLE = "sales::orders"


@pytest.fixture
def catalogue(nessie: NessieServer) -> Catalogue:
    """A catalogue with two namespaces, two tables and a view."""
    return sales(nessie)


@pytest.fixture
def before(catalogue: Catalogue) -> Iterator[Between]:
    """A server before that catalogue."""
    with between(catalogue.address) as server:
        yield server


async def change(monitor: RunningConnector, kind: str, name: str, **values: str | None) -> None:
    await change_as_steward(monitor, (await named(monitor, kind))[name], **values)


async def local_state(monitor: RunningConnector, name: str = TABLE) -> dict[str, str]:
    return shown((await named(monitor, "RelationalTable"))[name])


async def changed_after(monitor: RunningConnector, number: int) -> list[str]:
    """The elements that changed after a change, except the identifier that records the compared commit."""
    changes = (await monitor.store.changes(number, 1_000)).changes
    elements = [each.element for each in changes if each.element is not None]
    return [each.qualified_name for each in elements if each.properties.get("externalInstanceTypeName") != "catalogue"]


async def test_a_change_of_each_side_comes_to_the_other_and_does_not_return(
    before: Between, catalogue: Catalogue, tmp_path: Path
) -> None:
    async with running(before.address, tmp_path, BOTH) as monitor:
        await monitor.refresh()
        await change(monitor, "RelationalTable", TABLE, comment="Orders since 2019", steward="Peter", retention=None)
        catalogue.set("sales.orders", owner="erin")
        await monitor.refresh()
        agreed = {"comment": "Orders since 2019", "steward": "Peter", "owner": "erin"}
        assert await local_state(monitor) == catalogue.properties("sales.orders") == agreed
        table = (await named(monitor, "RelationalTable"))[TABLE]
        kinds = {each.type_name for each in await monitor.store.relationships([table.guid])}
        assert kinds == {"AttributeForSchema", "NestedSchemaAttribute", "ExternalIdLink"}
        last = (await monitor.store.changes(0, 1_000)).last
        before.requests.clear()
        await monitor.refresh()
        assert before.count("^POST") == 0
        assert await changed_after(monitor, last) == []
        assert not any("changed on both sides" in each for each in monitor.messages)


async def test_a_conflict_is_reported_once_with_both_values_and_the_rule(catalogue: Catalogue, tmp_path: Path) -> None:
    async with running(catalogue.address, tmp_path, BOTH) as monitor:
        await monitor.refresh()
        catalogue.set("sales.orders", comment="theirs")
        await change(monitor, "RelationalTable", TABLE, comment="ours")
        for _ in range(2):
            await monitor.refresh()
        assert (
            await local_state(monitor) == catalogue.properties("sales.orders") == {"comment": "ours", "retention": "7y"}
        )
        (told,) = [each for each in monitor.messages if "changed on both sides" in each]
        assert "'ours' in open metadata, 'theirs' at the catalogue" in told
        assert told.endswith("It takes 'ours', since the later change is taken")


async def test_namespaces_and_views_are_exchanged_too(catalogue: Catalogue, tmp_path: Path) -> None:
    async with running(catalogue.address, tmp_path, BOTH) as monitor:
        await monitor.refresh()
        await change(monitor, "DeployedDatabaseSchema", "sales", comment="What we sold", owner=None)
        await change(monitor, "RelationalTable", "sales::large", comment="The large ones")
        await monitor.refresh()
        assert catalogue.namespace_properties("sales").items() >= {"comment": "What we sold"}.items()
        assert "owner" not in catalogue.namespace_properties("sales")
        assert catalogue.view("sales.large")["properties"]["comment"] == "The large ones"
        last = (await monitor.store.changes(0, 1_000)).last
        await monitor.refresh()
        assert await changed_after(monitor, last) == []


async def test_an_exchange_that_was_interrupted_is_completed_without_a_conflict(
    before: Between, catalogue: Catalogue, tmp_path: Path
) -> None:
    """The change arrives, its answer does not; meanwhile it is changed here again."""
    async with running(before.address, tmp_path, BOTH) as monitor:
        await monitor.refresh()
        await change(monitor, "RelationalTable", TABLE, comment="first")
        before.spoil = lambda method, path, answer: Answer(500, b"", {}) if method == "POST" else answer
        with pytest.RaisesGroup(Exception, allow_unwrapped=True, flatten_subgroups=True):
            await monitor.refresh()
        assert catalogue.properties("sales.orders")["comment"] == "first"
        await change(monitor, "RelationalTable", TABLE, comment="second")
        before.spoil = lambda method, path, answer: answer
        await monitor.refresh()
        assert (await local_state(monitor))["comment"] == catalogue.properties("sales.orders")["comment"] == "second"
        assert not any("changed on both sides" in each for each in monitor.messages)


@pytest.mark.parametrize("status", [302, 403])
async def test_a_change_that_the_catalogue_refuses_is_reported_and_sent_again(
    before: Between, catalogue: Catalogue, tmp_path: Path, status: int
) -> None:
    async with running(before.address, tmp_path, BOTH) as monitor:
        await monitor.refresh()
        await change(monitor, "RelationalTable", TABLE, comment="ours")

        def refuse(method: str, path: str, answer: Answer) -> Answer:
            return Answer(status, b"", {}) if method == "POST" else answer

        before.spoil = refuse
        before.forwards = lambda method: method != "POST"
        await monitor.refresh()
        assert await local_state(monitor) == {"comment": "ours", "retention": "7y"}
        assert catalogue.properties("sales.orders")["comment"] == "All orders"
        assert any("refuses a change" in each for each in monitor.messages)
        before.spoil, before.forwards = lambda method, path, answer: answer, lambda method: True
        await monitor.refresh()
        assert catalogue.properties("sales.orders")["comment"] == "ours"


async def test_an_empty_comment_is_no_comment_and_is_left_as_it_is(catalogue: Catalogue, tmp_path: Path) -> None:
    catalogue.set("sales.orders", comment="")
    async with running(catalogue.address, tmp_path, BOTH) as monitor:
        await monitor.refresh()
        catalogue.set("sales.orders", owner="erin")
        await monitor.refresh()
        assert catalogue.properties("sales.orders") == {"comment": "", "owner": "erin", "retention": "7y"}
        assert await local_state(monitor) == {"owner": "erin", "retention": "7y"}


async def test_a_change_that_is_made_while_others_are_sent_is_not_lost(
    before: Between, catalogue: Catalogue, tmp_path: Path
) -> None:
    token, changed = trio.lowlevel.current_trio_token(), list[str]()

    def change_meanwhile(method: str, path: str, answer: Answer) -> Answer:
        kind, name = ("RelationalTable", TABLE) if "/tables/" in path else ("DeployedDatabaseSchema", "sales")
        if method == "POST" and name not in changed:
            changed.append(name)
            trio.from_thread.run(partial(change, monitor, kind, name, meanwhile="yes"), trio_token=token)
        return answer

    async with running(before.address, tmp_path, BOTH) as monitor:
        await monitor.refresh()
        await change(monitor, "RelationalTable", TABLE, comment="local")
        await change(monitor, "DeployedDatabaseSchema", "sales", comment="local")
        before.spoil = change_meanwhile
        for _ in range(2):
            await monitor.refresh()
        assert len(changed) == 2
        assert catalogue.properties("sales.orders") == {"comment": "local", "meanwhile": "yes", "retention": "7y"}
        assert await local_state(monitor) == catalogue.properties("sales.orders")
        namespace = shown((await named(monitor, "DeployedDatabaseSchema"))["sales"])
        assert namespace.items() >= {"comment": "local", "meanwhile": "yes"}.items()
        assert catalogue.namespace_properties("sales")["meanwhile"] == "yes"


async def test_a_dry_run_tells_what_would_be_sent_and_sends_nothing(
    before: Between, catalogue: Catalogue, tmp_path: Path
) -> None:
    async with running(before.address, tmp_path, BOTH) as monitor:
        await monitor.refresh()
        await change(monitor, "RelationalTable", TABLE, comment="ours")
        with dry_run() as supposed:
            await monitor.refresh()
        assert [each.partition("::sales")[2] for each in supposed.changes.sent] == ["::orders"]
        assert before.count("^POST") == 0
        assert catalogue.properties("sales.orders")["comment"] == "All orders"
