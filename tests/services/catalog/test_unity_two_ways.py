"""The connector for Unity Catalog servers in both directions, and to them."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import pytest
import trio

from services.database.database_monitor import DatabaseMonitor
from services.framework.connection import Connection, Endpoint
from services.framework.dry_run import dry_run
from services.testing import running_connector
from services.testing.running import RunningConnector
from tests.servers.unity import UnityServer, unity_server
from tests.services.catalog.steward import change_as_steward
from tests.services.catalog.unity_catalogs import BOTH, TO, fill, named, running

SENDING = {
    "sendSchemas": "DeployedDatabaseSchema::*hospital.sqlite::main",
    "sendToCatalog": "main",
    "storageRoot": "s3://bucket/sent/",
}


@pytest.fixture
def server() -> Iterator[UnityServer]:
    """A server with objects of each kind."""
    with unity_server() as found:
        fill(found)
        yield found


async def change(monitor: RunningConnector, kind: str, name: str, **values: str | None) -> None:
    await change_as_steward(monitor, (await named(monitor, kind))[name], **values)


async def local_state(monitor: RunningConnector, kind: str, name: str) -> dict[str, str]:
    """The shared properties of an element."""
    properties = (await named(monitor, kind))[name].properties
    further = properties.get("additionalProperties", {})
    shared = {key: value for key, value in further.items() if not key.startswith("unity:")}
    return {**shared, **({"comment": properties["description"]} if properties.get("description") else {})}


def remote_state(server: UnityServer, kind: str, name: str) -> dict[str, str]:
    found = server.get(kind, name)
    return {**found.get("properties", {}), **({"comment": found["comment"]} if found.get("comment") else {})}


async def test_changes_of_each_side_come_to_the_other_and_do_not_return(server: UnityServer, tmp_path: Path) -> None:
    async with running(server, tmp_path, BOTH) as both:
        await both.refresh()
        await change(both, "DeployedDatabaseSchema", "main.sales", comment="Sold since 2019", steward="Erin")
        server.change("schemas", "main.sales", properties={"tier": "silver"})
        await change(both, "DataFolder", "main.sales.scans", comment="Bills")
        await change(both, "DeployedAnalyticsModel", "main.sales.churn", comment=None)
        await both.refresh()
        agreed = {"comment": "Sold since 2019", "steward": "Erin", "tier": "silver"}
        assert await local_state(both, "DeployedDatabaseSchema", "main.sales") == agreed
        assert remote_state(server, "schemas", "main.sales") == agreed
        assert (
            remote_state(server, "volumes", "main.sales.scans"),
            remote_state(server, "models", "main.sales.churn"),
        ) == (
            {"comment": "Bills"},
            {},
        )
        sent, last = server.count("^PATCH"), (await both.store.changes(0, 1_000)).last
        for _ in range(2):
            await both.refresh()
        assert (sent, server.count("^PATCH")) == (3, 3)
        changed = [each.qualified_name for each in (await both.store.changes(last, 1_000)).changes]
        assert [each for each in changed if "::main" in each] == []
        assert not any("changed on both sides" in each for each in both.messages)


@pytest.mark.parametrize("is_later", [False, True])
@pytest.mark.parametrize("ahead", [0, 86_400, -86_400])
async def test_a_conflict_takes_the_later_change_whatever_the_clock_of_the_server_says(
    server: UnityServer, tmp_path: Path, ahead: int, *, is_later: bool
) -> None:
    async with running(server, tmp_path, BOTH) as both:
        await both.refresh()
        await change(both, "DeployedDatabaseSchema", "main.sales", comment="ours")
        server.ahead = ahead
        now = server.clock() + (3_600_000 if is_later else -3_600_000)
        server.change("schemas", "main.sales", comment="theirs", updated_at=now)
        for _ in range(2):
            await both.refresh()
        taken = "theirs" if is_later else "ours"
        assert (await local_state(both, "DeployedDatabaseSchema", "main.sales"))["comment"] == taken
        assert remote_state(server, "schemas", "main.sales")["comment"] == taken
        (told,) = [each for each in both.messages if "changed on both sides" in each]
        assert f"It takes {taken!r}, since the later change is taken" in told


async def test_the_last_property_cannot_be_taken_away_and_that_is_reported(server: UnityServer, tmp_path: Path) -> None:
    async with running(server, tmp_path, BOTH) as both:
        await both.refresh()
        await change(both, "DeployedDatabaseSchema", "main.sales", tier=None)
        await both.refresh()
        assert any("has not changed the property 'tier'" in each for each in both.messages)
        assert remote_state(server, "schemas", "main.sales")["tier"] == "gold"


async def test_tables_and_functions_are_those_of_the_server(server: UnityServer, tmp_path: Path) -> None:
    async with running(server, tmp_path, BOTH) as both:
        await both.refresh()
        await change(both, "VirtualRelationalTable", "main.sales.orders", comment="ours")
        await both.refresh()
        assert server.count("^PATCH") == 0
        assert (await local_state(both, "VirtualRelationalTable", "main.sales.orders"))["comment"] == "All orders"


async def test_a_refused_change_is_reported_and_sent_again(server: UnityServer, tmp_path: Path) -> None:
    async with running(server, tmp_path, BOTH) as both:
        await both.refresh()
        await change(both, "DataAccessManager", "main", comment="ours")
        server.forbidden = lambda method, path: method == "PATCH"
        await both.refresh()
        assert any("refuses a change" in each for each in both.messages)
        assert (await local_state(both, "DataAccessManager", "main"))["comment"] == "ours"
        server.forbidden = lambda method, path: False
        await both.refresh()
        assert remote_state(server, "catalogs", "main")["comment"] == "ours"


async def test_a_change_whose_answer_is_lost_is_completed_without_a_conflict(
    server: UnityServer, tmp_path: Path
) -> None:
    async with running(server, tmp_path, BOTH) as both:
        await both.refresh()
        await change(both, "DataAccessManager", "main", comment="first")
        server.spoil = lambda method, path, answer: b"" if method == "PATCH" else answer
        with pytest.RaisesGroup(Exception, allow_unwrapped=True, flatten_subgroups=True):
            await both.refresh()
        await change(both, "DataAccessManager", "main", comment="second")
        server.spoil = lambda method, path, answer: answer
        await both.refresh()
        assert remote_state(server, "catalogs", "main")["comment"] == "second"
        assert not any("changed on both sides" in each for each in both.messages)


async def test_a_change_that_is_made_while_others_are_sent_is_not_lost(server: UnityServer, tmp_path: Path) -> None:
    token, paths = trio.lowlevel.current_trio_token(), list[str]()

    def change_meanwhile(method: str, path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if method == "PATCH" and path not in paths:
            paths.append(path)
            steward = partial(change, both, "DeployedDatabaseSchema", "main.sales", meanwhile="yes")
            trio.from_thread.run(steward, trio_token=token)
        return answer

    async with running(server, tmp_path, BOTH) as both:
        await both.refresh()
        await change(both, "DeployedDatabaseSchema", "main.sales", comment="local")
        server.spoil = change_meanwhile
        for _ in range(2):
            await both.refresh()
        assert len(paths) == 1
        assert remote_state(server, "schemas", "main.sales").items() >= {"comment": "local", "meanwhile": "yes"}.items()
        assert await local_state(both, "DeployedDatabaseSchema", "main.sales") == remote_state(
            server, "schemas", "main.sales"
        )


async def test_dry_runs_tell_what_would_be_sent_and_send_nothing(server: UnityServer, tmp_path: Path) -> None:
    await database(tmp_path, "CREATE TABLE ward (id BIGINT)")
    async with running(server, tmp_path, BOTH, **SENDING) as both:
        with dry_run() as supposed:
            await both.refresh()
        assert [each.rpartition("::")[2] for each in supposed.changes.sent] == ["main", "ward"]
        await both.refresh()
        await change(both, "DataAccessManager", "main", comment="ours")
        asked = len([each for each in server.requests if not each.startswith("GET")])
        with dry_run() as supposed:
            await both.refresh()
        assert [each.partition("::")[0] for each in supposed.changes.sent] == ["DataAccessManager"]
        assert len([each for each in server.requests if not each.startswith("GET")]) == asked


async def database(directory: Path, *statements: str) -> None:
    """Change a database, and catalogue it in the store of this directory."""
    path = directory / "hospital.sqlite"
    connection = apsw.Connection(str(path))
    for statement in statements:
        connection.execute(statement)
    connection.close()
    where = Connection(endpoint=Endpoint(address=f"sqlite://{path}"))
    async with running_connector(DatabaseMonitor, directory, connection=where, metadata_source="Hospital") as monitor:
        await monitor.refresh()


@pytest.mark.parametrize("synchronization", [TO, BOTH])
async def test_a_schema_of_another_source_is_created_and_does_not_come_back(
    server: UnityServer, tmp_path: Path, synchronization: Any
) -> None:
    await database(tmp_path, "CREATE TABLE ward (id BIGINT NOT NULL, beds DECIMAL(5, 1))")
    async with running(server, tmp_path, synchronization, **SENDING) as sender:
        for _ in range(3):
            await sender.refresh()
        assert server.count("^POST") == 2
        ward = server.get("tables", "main.main.ward")
        assert [(each["name"], each["type_text"], each["nullable"]) for each in ward["columns"]] == [
            ("id", "bigint", False),
            ("beds", "decimal(5,1)", True),
        ]
        assert (ward["table_type"], ward["storage_location"]) == ("EXTERNAL", "s3://bucket/sent/main/ward")
        assert not any(name.startswith("main.main") for name in await named(sender, "VirtualRelationalTable"))


async def test_a_table_that_was_changed_locally_is_reported_until_it_is_dropped(
    server: UnityServer, tmp_path: Path
) -> None:
    await database(tmp_path, "CREATE TABLE ward (id BIGINT)")
    async with running(server, tmp_path, TO, **SENDING) as sender:
        await sender.refresh()
    await database(tmp_path, "ALTER TABLE ward ADD COLUMN floor INTEGER")
    async with running(server, tmp_path, TO, **SENDING) as sender:
        await sender.refresh()
        assert any("cannot change a table" in each for each in sender.messages)
        server.drop("tables", "main.main.ward")
        await sender.refresh()
    assert len(server.get("tables", "main.main.ward")["columns"]) == 2
