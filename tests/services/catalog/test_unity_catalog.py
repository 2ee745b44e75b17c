"""The connector for Unity Catalog servers, at a stand-in that is strict about the published API description."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.errors import ConnectorConfigurationError, ThirdPartyUnavailableError, UserNotAuthorizedError
from services.testing.running import RunningConnector
from tests.servers.unity import UnityServer, unity_server
from tests.services.catalog.unity_catalogs import BOTH, FROM, fill, named, running

KINDS = {
    "DataAccessManager": {"main"},
    "DeployedDatabaseSchema": {"main.sales"},
    "VirtualRelationalTable": {"main.sales.orders", "main.sales.returns", "main.sales.large"},
    "DataFolder": {"main.sales.scans"},
    "DeployedAPI": {"main.sales.tax"},
    "DeployedAnalyticsModel": {"main.sales.churn"},
}


@pytest.fixture
def server() -> Iterator[UnityServer]:
    """A server with objects of each kind; its pages have two."""
    with unity_server() as found:
        fill(found)
        yield found


async def last_change(monitor: RunningConnector) -> int:
    return (await monitor.store.changes(0, 1_000)).last


async def failure(monitor: RunningConnector) -> BaseException:
    with pytest.raises(Exception) as raised:  # noqa: PT011  (whatever it is, the test looks at it)
        await monitor.refresh()
    error: BaseException = raised.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def test_everything_is_catalogued_from_all_pages(server: UnityServer, tmp_path: Path) -> None:
    async with running(server, tmp_path) as monitor:
        await monitor.refresh()
        assert {kind: set(await named(monitor, kind)) for kind in KINDS} == KINDS
        orders = (await named(monitor, "VirtualRelationalTable"))["main.sales.orders"].properties
        assert (orders["displayName"], orders["description"]) == ("orders", "All orders")
        assert orders["additionalProperties"].items() >= {"retention": "7y", "unity:tableType": "MANAGED"}.items()
        large = (await named(monitor, "VirtualRelationalTable"))["main.sales.large"].properties
        assert large["additionalProperties"]["unity:viewDependencies"] == "main.sales.orders"
        tax = (await named(monitor, "DeployedAPI"))["main.sales.tax"].properties["additionalProperties"]
        assert (tax["unity:parameters"], tax["unity:routineDefinition"]) == ("amount decimal(9,2)", "amount * 2")


async def test_columns_are_catalogued_in_their_order(server: UnityServer, tmp_path: Path) -> None:
    async with running(server, tmp_path) as monitor:
        await monitor.refresh()
        found = await named(monitor, "RelationalColumn")
        columns = [each.properties for name, each in found.items() if name.startswith("main.sales.orders.")]
        columns.sort(key=lambda each: int(each.get("elementPosition", 0)))
        assert [each["dataType"] for each in columns] == ["long", "decimal(9,2)", "date"]
        assert (columns[0]["isNullable"], columns[0]["description"]) == (False, "The key")
        assert columns[2]["additionalProperties"] == {"unity:partitionIndex": "0"}


@pytest.mark.parametrize("synchronization", [FROM, BOTH])
async def test_an_unchanged_server_costs_its_listing_and_writes_nothing(
    server: UnityServer, tmp_path: Path, synchronization: Any
) -> None:
    async with running(server, tmp_path, synchronization) as monitor:
        await monitor.refresh()
        last, asked = await last_change(monitor), sorted(server.requests)
    for _ in range(2):
        server.requests.clear()
        async with running(server, tmp_path, synchronization) as monitor:
            await monitor.refresh()
            assert (await last_change(monitor), sorted(server.requests)) == (last, asked)


async def test_what_is_dropped_is_removed_with_its_columns(server: UnityServer, tmp_path: Path) -> None:
    async with running(server, tmp_path) as monitor:
        await monitor.refresh()
        server.drop("tables", "main.sales.orders")
        server.drop("functions", "main.sales.tax")
        await monitor.refresh()
        assert set(await named(monitor, "VirtualRelationalTable")) == {"main.sales.returns", "main.sales.large"}
        assert await named(monitor, "DeployedAPI") == {}
        assert not any(name.startswith("main.sales.orders.") for name in await named(monitor, "RelationalColumn"))


async def test_a_table_that_was_dropped_and_created_again_is_catalogued_as_it_is_now(
    server: UnityServer, tmp_path: Path
) -> None:
    async with running(server, tmp_path) as monitor:
        await monitor.refresh()
        before = (await named(monitor, "VirtualRelationalTable"))["main.sales.orders"]
        server.drop("tables", "main.sales.orders")
        server.add("tables", "main.sales.orders", comment="New orders")
        await monitor.refresh()
        after = (await named(monitor, "VirtualRelationalTable"))["main.sales.orders"]
        assert (after.guid, after.properties["description"]) == (before.guid, "New orders")
        columns = [name for name in await named(monitor, "RelationalColumn") if name.startswith("main.sales.orders.")]
        assert columns == ["main.sales.orders.id"]


async def test_settings_select_by_name_and_by_full_name(server: UnityServer, tmp_path: Path) -> None:
    server.add("catalogs", "other")
    settings: dict[str, Any] = {
        "excludeCatalogNames": "other",
        "includeTableNames": "main.sales.o*, returns",
        "excludeModelNames": "*",
    }
    async with running(server, tmp_path, **settings) as monitor:
        await monitor.refresh()
        assert set(await named(monitor, "DataAccessManager")) == {"main"}
        assert set(await named(monitor, "VirtualRelationalTable")) == {"main.sales.orders", "main.sales.returns"}
        assert await named(monitor, "DeployedAnalyticsModel") == {}
    assert not server.count("catalog_name=other")


async def test_what_may_not_be_read_is_reported_and_kept_and_nothing_beside_it(
    server: UnityServer, tmp_path: Path
) -> None:
    async with running(server, tmp_path) as monitor:
        await monitor.refresh()
        server.drop("volumes", "main.sales.scans")
        server.drop("tables", "main.sales.orders")
        server.forbidden = lambda method, path: path.count("/tables?") > 0
        await monitor.refresh()
        assert "main.sales.orders" in await named(monitor, "VirtualRelationalTable")
        assert await named(monitor, "DataFolder") == {}
        assert any("cannot read the tables of schema main.sales" in each for each in monitor.messages)


async def test_an_object_of_another_form_is_reported_and_the_others_are_catalogued(
    server: UnityServer, tmp_path: Path
) -> None:
    def of_another_form(method: str, path: str, answer: dict[str, Any]) -> dict[str, Any]:
        tables = [
            {**each, "comment": "new", **({"created_at": "yesterday"} if each["name"] == "orders" else {})}
            for each in answer.get("tables", ())
        ]
        return {**answer, "tables": tables} if "/tables?" in path else answer

    async with running(server, tmp_path) as monitor:
        await monitor.refresh()
        server.spoil = of_another_form
        for _ in range(2):
            await monitor.refresh()
        tables = await named(monitor, "VirtualRelationalTable")
        assert len(tables) == 3
        assert {name for name, each in tables.items() if each.properties.get("description") != "new"} == {
            "main.sales.orders"
        }
        assert sum("cannot read main.sales.orders (" in each for each in monitor.messages) == 2
        assert len(await named(monitor, "RelationalColumn")) > 0


async def test_a_server_without_a_kind_of_objects_is_catalogued_without_them(
    server: UnityServer, tmp_path: Path
) -> None:
    server.drop("models", "main.sales.churn")
    server.missing = "models"
    async with running(server, tmp_path) as monitor:
        await monitor.refresh()
        assert len(await named(monitor, "VirtualRelationalTable")) == 3
        assert not any("cannot read" in each for each in monitor.messages)


def _loop(method: str, path: str, answer: dict[str, Any]) -> dict[str, Any]:
    return {**answer, "next_page_token": "0"} if "/tables?" in path else answer


@pytest.mark.parametrize(
    "spoil",
    [
        _loop,
        lambda method, path, answer: b"" if "/volumes" in path else answer,
        lambda method, path, answer: b'{"tables": [{"name"' if "/tables" in path else answer,
        lambda method, path, answer: {"tables": [{"comment": "it has no name"}]} if "/tables" in path else answer,
        lambda method, path, answer: {"tables": [{"name": ""}]} if "/tables" in path else answer,
        lambda method, path, answer: b"\xff\xfe" if "/schemas" in path else answer,
        lambda method, path, answer: b"[" * 100_000 if "/schemas" in path else answer,
    ],
    ids=["a page that leads back", "500", "half a page", "no name", "an empty name", "no text", "nested"],
)
async def test_a_listing_that_is_not_complete_removes_nothing(server: UnityServer, tmp_path: Path, spoil: Any) -> None:
    async with running(server, tmp_path) as monitor:
        await monitor.refresh()
        server.drop("volumes", "main.sales.scans")
        server.spoil = spoil
        assert isinstance(await failure(monitor), ThirdPartyUnavailableError)
        assert {kind: set(await named(monitor, kind)) for kind in KINDS} == KINDS


async def test_a_table_that_was_hidden_for_a_while_is_catalogued_again_after_a_restart(
    server: UnityServer, tmp_path: Path
) -> None:
    """The listing is then as it was when all agreed, and open metadata is not."""
    async with running(server, tmp_path) as monitor:
        await monitor.refresh()
        server.spoil = lambda method, path, answer: {"tables": []} if "/tables?" in path else answer
        await monitor.refresh()
        assert await named(monitor, "VirtualRelationalTable") == {}
    server.spoil = lambda method, path, answer: answer
    async with running(server, tmp_path) as monitor:
        await monitor.refresh()
        assert set(await named(monitor, "VirtualRelationalTable")) == KINDS["VirtualRelationalTable"]


async def test_objects_that_a_page_repeats_are_one(server: UnityServer, tmp_path: Path) -> None:
    server.spoil = lambda method, path, answer: (
        {**answer, "tables": answer["tables"] * 2} if "/tables?" in path else answer
    )
    async with running(server, tmp_path) as monitor:
        await monitor.refresh()
        assert set(await named(monitor, "VirtualRelationalTable")) == KINDS["VirtualRelationalTable"]


async def test_names_with_separators_stay_apart(server: UnityServer, tmp_path: Path) -> None:
    odd = ["a::b", "a.b", "a/b", "a%3Ab", "a\x01b", "n" * 20_000]

    def with_odd_names(method: str, path: str, answer: dict[str, Any]) -> dict[str, Any]:
        return {"tables": [{"name": each, "columns": []} for each in odd]} if "/tables?" in path else answer

    server.spoil = with_odd_names
    async with running(server, tmp_path) as monitor:
        await monitor.refresh()
        assert [each for each in monitor.messages if "could not catalogue" in each] == []
        found = {each.properties["displayName"] for each in await monitor.elements("VirtualRelationalTable")}
        assert found == set(odd)
        last = await last_change(monitor)
        await monitor.refresh()
        assert await last_change(monitor) == last


async def test_a_token_that_is_not_accepted_fails_the_connector_and_is_not_told(
    server: UnityServer, tmp_path: Path
) -> None:
    server.token = "right"
    async with running(server, tmp_path, token="tell-nobody") as monitor:
        error = await failure(monitor)
        assert isinstance(error, UserNotAuthorizedError)
        assert "tell-nobody" not in repr(error) + str(error) + "".join(monitor.messages)
    async with running(server, tmp_path, token="right") as monitor:
        await monitor.refresh()
        assert await named(monitor, "DataAccessManager")


@pytest.mark.parametrize(
    "settings",
    [
        {"sendSchemas": "*"},
        {"sendSchemas": "*", "sendToCatalog": "main", "storageRoot": "bucket"},
        {"includeTableNames": 7},
    ],
)
async def test_a_wrong_setting_is_named(server: UnityServer, tmp_path: Path, settings: dict[str, Any]) -> None:
    with pytest.raises(ConnectorConfigurationError, match=r"sendToCatalog|storageRoot|includeTableNames"):
        async with running(server, tmp_path, **settings):
            raise AssertionError("it has started")
