"""The connector for Iceberg catalogues, where the other side and its network are as bad as can be."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.errors import ThirdPartyUnavailableError
from services.metadata.changes import Batch, Put
from services.testing.running import SOURCE, RunningConnector
from tests.servers.between import Answer, Between, between
from tests.servers.nessie import Catalogue, NessieServer, field
from tests.services.catalog.iceberg_catalogues import BOTH, named, running, sales

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


async def describe(monitor: RunningConnector, kind: str, name: str, description: str) -> None:
    """Change the description of an element as a steward does."""
    element = (await named(monitor, kind))[name]
    put = Put(
        type_name=kind,
        qualified_name=element.qualified_name,
        source_key=element.qualified_name,
        fingerprint=f"of a steward: {description}",
        properties=msgspec.Raw(msgspec.json.encode({**element.properties, "description": description})),
        classifications=element.classifications,
    )
    assert (await monitor.store.apply(Batch(user="steward", metadata_source=SOURCE, changes=[put]))).updated == 1


async def test_a_table_dropped_and_created_again_keeps_its_element_and_none_of_the_old_columns(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    async with running(catalogue.address, tmp_path, BOTH) as both:
        await both.refresh()
        await describe(both, "RelationalTable", TABLE, "ours")
        catalogue.drop_table("sales.orders")
        catalogue.create_table("sales.orders", [field(1, "number", "string")], comment="theirs")
        await both.refresh()
        columns = [name for name in await named(both, "RelationalColumn") if name.startswith("sales::orders::")]
        assert columns == ["sales::orders::number"]
        (told,) = [each for each in both.messages if "changed on both sides" in each]
        assert "'ours' in open metadata, 'theirs' at the catalogue" in told
        comment = catalogue.properties("sales.orders")["comment"]
        assert (await named(both, "RelationalTable"))[TABLE].properties["description"] == comment


async def test_conflicts_of_several_objects_in_one_refresh_are_each_decided_and_reported_once(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    async with running(catalogue.address, tmp_path, BOTH) as both:
        await both.refresh()
        for kind, name in (("RelationalTable", TABLE), ("RelationalTable", "sales::large")):
            await describe(both, kind, name, "ours")
        await describe(both, "DeployedDatabaseSchema", "sales", "ours")
        catalogue.set("sales.orders", comment="theirs")
        catalogue.set_namespace("sales", comment="theirs")
        for _ in range(2):
            await both.refresh()
        told = [each for each in both.messages if "changed on both sides" in each]
        assert len(told) == 2
        assert catalogue.namespace_properties("sales")["comment"] == "theirs"
        assert catalogue.view("sales.large")["properties"]["comment"] == "ours"


@pytest.mark.parametrize(("ahead", "is_later"), [(86_400, False), (-86_400, True)])
async def test_a_conflict_takes_the_later_change_whatever_the_clock_of_the_catalogue_says(
    before: Between, catalogue: Catalogue, tmp_path: Path, ahead: int, *, is_later: bool
) -> None:
    shift = (ahead + (60 if is_later else -60)) * 1000

    def by_its_clock(method: str, path: str, answer: Answer) -> Answer:
        if "/tables/orders" not in path or answer.status != 200:
            return answer
        loaded = msgspec.json.decode(answer.body)
        loaded["metadata"]["last-updated-ms"] += shift
        for each in loaded["metadata"].get("metadata-log", ()):
            each["timestamp-ms"] += shift
        return answer._replace(body=msgspec.json.encode(loaded))

    before.ahead = ahead
    before.spoil = by_its_clock
    async with running(before.address, tmp_path, BOTH) as both:
        await both.refresh()
        catalogue.set("sales.orders", comment="theirs")
        await describe(both, "RelationalTable", TABLE, "ours")
        await both.refresh()
        assert catalogue.properties("sales.orders")["comment"] == ("theirs" if is_later else "ours")


async def test_odd_and_huge_names_are_catalogued_apart(
    nessie: NessieServer, catalogue: Catalogue, tmp_path: Path
) -> None:
    names = [("a/b", each) for each in ("a::b", "a/b", "a%3A%3Ab", "a b", "\u00fc", "n" * 300)] + [("a::b", "a")]
    for namespace in ("a/b", "a::b"):
        catalogue.create_namespace(namespace)
    location = nessie.keep("odd/metadata/1.metadata.json", msgspec.json.encode(catalogue.table("sales.orders")))
    catalogue.commit(dict.fromkeys(names, location))
    async with running(catalogue.address, tmp_path, includeNamespaces="a*") as monitor:
        await monitor.refresh()
        assert not [each for each in monitor.messages if "could not catalogue" in each]
        found = [each.properties["displayName"] for each in await monitor.elements("RelationalTable")]
        assert sorted(found) == sorted(name for _, name in names)
        catalogue.drop_table("a/b.a::b")
        await monitor.refresh()
        left = {each.properties["displayName"] for each in await monitor.elements("RelationalTable")}
        assert left == {name for _, name in names} - {"a::b"}


async def test_a_listing_that_repeats_its_tables_has_each_once(
    before: Between, catalogue: Catalogue, tmp_path: Path
) -> None:
    def repeated(method: str, path: str, answer: Answer) -> Answer:
        if "/entries" not in path:
            return answer
        listing: dict[str, Any] = msgspec.json.decode(answer.body)
        return answer._replace(body=msgspec.json.encode({**listing, "entries": listing["entries"] * 3}))

    before.spoil = repeated
    async with running(before.address, tmp_path) as monitor:
        outcome = await monitor.refresh()
        assert not outcome.rejected
        assert len(await monitor.elements("RelationalTable")) == 3


async def test_a_server_that_ignores_the_parent_of_a_listing_is_listed_once(
    before: Between, catalogue: Catalogue, tmp_path: Path
) -> None:
    def from_the_top(method: str, path: str, answer: Answer) -> Answer:
        assert before.count("parent=") < 10
        return answer._replace(body=b'{"namespaces": [["sales"]]}') if "/namespaces?" in path else answer

    before.is_nessie = False
    before.spoil = from_the_top
    async with running(before.address, tmp_path) as monitor:
        await monitor.refresh()
        assert set(await named(monitor, "DeployedDatabaseSchema")) == {"sales"}
        assert before.count("parent=") == 1


@pytest.mark.parametrize(
    "failed",
    [
        Answer(500, b"", {}),
        Answer(200, b'{"metadata": {"format-version": "2"}}', {}),
        Answer(200, b'{"metadata": ' + b"[" * 5_000, {}),
    ],
    ids=["status", "form", "depth"],
)
async def test_a_table_that_the_catalogue_fails_to_describe_is_reported_and_the_others_are_catalogued(
    before: Between, catalogue: Catalogue, tmp_path: Path, failed: Answer
) -> None:
    async with running(before.address, tmp_path) as monitor:
        await monitor.refresh()
        for table in ("sales.orders", "sales.eu.orders"):
            catalogue.set(table, comment="new")
        before.spoil = lambda method, path, answer: failed if "/sales/tables/orders" in path else answer
        for _ in range(2):
            await monitor.refresh()
        tables = await named(monitor, "RelationalTable")
        assert tables[TABLE].properties["description"] == "All orders"
        assert tables["sales.eu::orders"].properties["description"] == "new"
        assert sum("cannot read sales.orders (" in each for each in monitor.messages) == 2
        before.spoil = lambda method, path, answer: answer
        await monitor.refresh()
        assert (await named(monitor, "RelationalTable"))[TABLE].properties["description"] == "new"


async def test_a_catalogue_that_fails_to_describe_its_tables_is_not_available(
    nessie: NessieServer, before: Between, catalogue: Catalogue, tmp_path: Path
) -> None:
    location = nessie.keep("many/metadata/1.metadata.json", msgspec.json.encode(catalogue.table("sales.orders")))
    catalogue.commit({("sales", f"table{number}"): location for number in range(30)})
    before.spoil = lambda method, path, answer: Answer(500, b"", {}) if "/tables/" in path else answer
    async with running(before.address, tmp_path, requestsAtOnce=1) as monitor:
        with pytest.RaisesGroup(ThirdPartyUnavailableError, allow_unwrapped=True, flatten_subgroups=True):
            await monitor.refresh()


async def test_names_that_a_path_would_lose_are_not_taken_for_other_objects(
    nessie: NessieServer, before: Between, catalogue: Catalogue, tmp_path: Path
) -> None:
    location = nessie.keep("dots/metadata/1.metadata.json", msgspec.json.encode(catalogue.table("sales.orders")))
    names: list[Any] = [("sales", "."), ("sales", ".."), ("without a namespace",)]
    catalogue.commit(dict.fromkeys(names, location))
    async with running(before.address, tmp_path) as monitor:
        await monitor.refresh()
        assert before.count(r"/tables/%2E\?") == before.count(r"/tables/%2E%2E\?") == 1
        assert len(await monitor.elements("RelationalTable")) == 3
        assert before.count("without") == 0
